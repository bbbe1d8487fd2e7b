"""Region names: locations, tag suffixes, names of the older XML."""

from __future__ import annotations

import pytest

from netcheck.model import regions
from netcheck.model.tags import TagEntry, TagTable


def _table(*entries: tuple[str, str]) -> TagTable:
    made = {
        name.casefold(): TagEntry(name=name, region=region, system_service="", prefixes=()) for name, region in entries
    }
    return TagTable(file="t.json", cloud="Public", change_number=1, published="", entries=made)


TABLE = _table(
    ("Storage.WestUS", "westus"),
    ("Storage.EastUS2Stage", "eastus2"),
    ("Storage.EastUS2", "eastus2"),
    ("Storage.GermanyWestCentral", "germanywc"),
    ("AzureCloud.germanywc", "germanywc"),
    ("AzureMonitor.Core", ""),
)


@pytest.mark.parametrize("spelling", ["westus", "West US", "WESTUS", " west us "])
def test_storage_tag_takes_every_spelling(spelling: str) -> None:
    """A location is found in its short and its long spelling, and answered as the table spells the tag."""
    assert regions.storage_tag_for(spelling, TABLE) == "Storage.WestUS"


def test_storage_tag_is_found_by_name() -> None:
    """A staging tag with the same region value never stands in for the region's own tag."""
    assert regions.storage_tag_for("eastus2", TABLE) == "Storage.EastUS2"


def test_unknown_location_stays_unknown() -> None:
    """A location without a tag gives a name that the table does not have."""
    assert TABLE.get(regions.storage_tag_for("mars", TABLE)) is None


@pytest.mark.parametrize(
    ("location", "tag"),
    [
        ("westus", "AzureCloud.westus"),
        ("germanywestcentral", "AzureCloud.germanywc"),
        ("France Central", "AzureCloud.centralfrance"),
        ("francesouth", "AzureCloud.southfrance"),
        ("brazilsoutheast", "AzureCloud.brazilse"),
        ("switzerlandnorth", "AzureCloud.switzerlandn"),
    ],
)
def test_azurecloud_tag(location: str, tag: str) -> None:
    """The AzureCloud suffix of some regions is not the location."""
    assert regions.azurecloud_tag_for(location) == tag


@pytest.mark.parametrize(
    ("name", "location"),
    [
        ("Storage.WestUS", "westus"),
        ("Storage.GermanyWestCentral", "germanywestcentral"),
        ("AzureCloud.germanywc", "germanywestcentral"),
        ("Storage.EastUS2Stage", "eastus2stage"),
        ("AzureMonitor.Core", ""),
    ],
)
def test_location_of_tag(name: str, location: str) -> None:
    """A tag names its location both ways; a dot alone makes no region."""
    entry = TABLE.get(name)
    assert entry is not None
    assert regions.location_of(entry) == location


@pytest.mark.parametrize(
    ("name", "location"),
    [
        ("ussouth", "southcentralus"),
        ("usnorth", "northcentralus"),
        ("useast", "eastus"),
        ("useast2", "eastus2"),
        ("USWest", "westus"),
        ("useast ", "eastus"),
        ("asiasoutheast", "southeastasia"),
        ("uksouth", "uksouth"),
        ("chinanorth", "chinanorth"),
        ("southcentralus", None),
        ("", None),
    ],
)
def test_xml_names(name: str, location: str | None) -> None:
    """The XML puts the geography first, and `ussouth` is South Central US."""
    assert regions.xml_region_to_location(name) == location
