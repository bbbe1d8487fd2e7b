"""Azure region names: the location, the suffixes that service tags use, and the names of the older XML file.

The tables are what Microsoft's published files of 2019 to 2025 hold: wherever a region is not listed here, its
tag suffix (letter case aside), its `AzureCloud.` suffix and its Resource Manager location are one word.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netcheck.model.tags import TagEntry, TagTable

_CLOUD_SUFFIX: Mapping[str, str] = MappingProxyType(
    {
        "brazilsoutheast": "brazilse",
        "chilecentral": "chilec",
        "francecentral": "centralfrance",
        "francesouth": "southfrance",
        "germanynorth": "germanyn",
        "germanywestcentral": "germanywc",
        "norwayeast": "norwaye",
        "norwaywest": "norwayw",
        "switzerlandnorth": "switzerlandn",
        "switzerlandwest": "switzerlandw",
        "eastusstg": "usstagee",
        "southcentralusstg": "usstagec",
    }
)
"""Location -> `AzureCloud.` suffix (also `properties.region` of every tag of the region), where they differ.

The staging tags `EastUS2Stage` and `NorthCentralUSStage` carry the region value of the real region: a tag is
found by its name, never by its region value.
"""

_LOCATION_OF_CLOUD_SUFFIX: Mapping[str, str] = MappingProxyType({v: k for k, v in _CLOUD_SUFFIX.items()})

_XML_LOCATION: Mapping[str, str] = MappingProxyType(
    {
        "uswest": "westus",
        "useast": "eastus",
        "useast2": "eastus2",
        "uswest2": "westus2",
        "uswestcentral": "westcentralus",
        "uscentral": "centralus",
        "usnorth": "northcentralus",
        "ussouth": "southcentralus",
        "europenorth": "northeurope",
        "europewest": "westeurope",
        "asiaeast": "eastasia",
        "asiasoutheast": "southeastasia",
        "indiacentral": "centralindia",
        "indiasouth": "southindia",
        "indiawest": "westindia",
        "australiac": "australiacentral",
        "australiac2": "australiacentral2",
        "francec": "francecentral",
        "frances": "francesouth",
        "southafrican": "southafricanorth",
        "southafricaw": "southafricawest",
        "uaen": "uaenorth",
        "uaec": "uaecentral",
        "brazilse": "brazilsoutheast",
        "uscentraleuap": "centraluseuap",
        "useast2euap": "eastus2euap",
        "germanyn": "germanynorth",
        "germanywc": "germanywestcentral",
        "norwaye": "norwayeast",
        "norwayw": "norwaywest",
        "switzerlandn": "switzerlandnorth",
        "switzerlandw": "switzerlandwest",
    }
)
"""Region name of the `PublicIPs` XML -> location, where they differ. `ussouth` is South *Central* US."""

_XML_SAME = frozenset(
    [
        "australiaeast",
        "australiasoutheast",
        "brazilsouth",
        "canadacentral",
        "canadaeast",
        "japaneast",
        "japanwest",
        "koreacentral",
        "koreasouth",
        "uknorth",
        "uksouth",
        "uksouth2",
        "ukwest",
        "chinanorth",
        "chinanorth2",
        "chinaeast",
        "chinaeast2",
        "germanycentral",
        "germanynortheast",
    ]
)
"""Region names of the `PublicIPs` XML that are the location itself."""


def normal_location(text: str) -> str:
    """Return a location as Resource Manager writes it: `West US` and `westus` are both `westus`."""
    return "".join(text.split()).casefold()


def storage_tag_for(location: str, table: TagTable | None = None) -> str:
    """Return the regional Storage tag of a location, spelled as the table spells it (`Storage.WestUS`).

    Without a table, or where the table has no such tag, the location itself is the suffix: tags are compared without
    regard to letter case, and a tag that no table knows stays unknown.
    """
    return _spelled(f"Storage.{normal_location(location)}", table)


def azurecloud_tag_for(location: str, table: TagTable | None = None) -> str:
    """Return the regional AzureCloud tag of a location, e.g. `AzureCloud.germanywc` for `germanywestcentral`."""
    place = normal_location(location)
    return _spelled(f"AzureCloud.{_CLOUD_SUFFIX.get(place, place)}", table)


def location_of(entry: TagEntry) -> str:
    """Return the location a tag is about, or "" when it is about none.

    A dot in a name does not make a region (`AzureMonitor.Core`): the file has to state one. What it states is not the
    location of a staging tag (`Storage.EastUS2Stage` states `eastus2`), so the name decides which it is.
    """
    head, dot, suffix = entry.name.rpartition(".")
    if not (head and dot and entry.region):
        return ""
    place = normal_location(suffix)
    return _LOCATION_OF_CLOUD_SUFFIX.get(place, place)


def xml_region_to_location(name: str) -> str | None:
    """Return the location for a region name of the `PublicIPs` XML, None if unknown; case and outer spaces aside."""
    word = name.strip().casefold()
    return _XML_LOCATION.get(word) or (word if word in _XML_SAME else None)


def known_xml_regions() -> tuple[str, ...]:
    """Return every region name that the `PublicIPs` XML may use, sorted."""
    return tuple(sorted({*_XML_LOCATION, *_XML_SAME}))


def _spelled(name: str, table: TagTable | None) -> str:
    entry = table.get(name) if table else None
    return entry.name if entry else name
