"""The options for opening the way to Storage: the ladder of tags and prefixes, and the ways around it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netcheck.errors import PlanError
from netcheck.model.address import Endpoint, Family, ServiceTag
from netcheck.model.regions import azurecloud_tag_for, location_of
from netcheck.policy.builtin import INTERNET_LOWER, INTERNET_UPPER
from netcheck.policy.resolve import AddressBook, to_prefixes
from netcheck.questions.places import Addresses, find_target
from netcheck.questions.profiles import Need
from netcheck.sets.intervals import IntervalSet


class Option(StrEnum):
    """An option, by the name that commands and answers use."""

    STORAGE_REGION_TAG = "storage-region-tag"
    STORAGE_TAG = "storage-tag"
    AZURECLOUD_REGION_TAG = "azurecloud-region-tag"
    AZURECLOUD_TAG = "azurecloud-tag"
    INTERNET = "internet"
    STORAGE_REGION_PREFIXES = "storage-region-prefixes"
    STORAGE_PREFIXES = "storage-prefixes"
    AZURECLOUD_REGION_PREFIXES = "azurecloud-region-prefixes"
    AZURECLOUD_PREFIXES = "azurecloud-prefixes"
    HTTP_PROXY = "http-proxy"
    SERVICE_ENDPOINT = "service-endpoint"
    PRIVATE_ENDPOINT = "private-endpoint"

    @property
    def is_by_prefix(self) -> bool:
        """Whether the rules list address prefixes, which change as the published ranges change."""
        return self.value.endswith("-prefixes")

    @property
    def needs_published_tag(self) -> bool:
        """Whether the rules name a published service tag, which classic NSGs do not know."""
        return self.value.endswith("-tag")


@dataclass(frozen=True, slots=True)
class Destination:
    """What a rule of an option names, the addresses this may open, and how many IPv4 addresses it certainly opens."""

    endpoints: tuple[Endpoint, ...]
    addresses: Addresses
    label: str
    size: int


def destination_of(option: Option, need: Need, book: AddressBook, families: tuple[Family, ...]) -> Destination:
    """Return what the rules of an option name for one need; raise PlanError where no tag stands for it."""
    if option is Option.INTERNET:
        upper = {f: INTERNET_UPPER[f] for f in families}
        return Destination((ServiceTag("Internet"),), upper, "Internet", INTERNET_LOWER[4].size)
    if need.is_by_name:
        raise PlanError("NC418", f"no tag and no prefix stands for {need.label}: its addresses are in no file",
                        "take http-proxy, or internet")  # fmt: skip
    found = find_target(book, tag_for(option, need, book))
    addresses = {f: found.addresses.get(f, IntervalSet(())) for f in families}
    size = found.addresses.get(4, IntervalSet(())).size
    is_published = book.site.tags is not None and book.site.tags.get(found.label) is not None
    if is_published and not option.is_by_prefix:
        return Destination((ServiceTag(found.label),), addresses, found.label, size)
    return Destination(
        tuple(p for f in addresses for p in to_prefixes(addresses[f], f)),
        addresses,
        f"the prefixes of {found.label}",
        size,
    )


def tag_for(option: Option, need: Need, book: AddressBook) -> str:
    """Return the tag an option opens for a need; a need outside Storage keeps its own tag on the Storage rungs."""
    is_storage = need.target.lower().partition(".")[0] == "storage"
    match option:
        case Option.STORAGE_TAG | Option.STORAGE_PREFIXES:
            return "Storage" if is_storage else need.target
        case Option.AZURECLOUD_REGION_TAG | Option.AZURECLOUD_REGION_PREFIXES:
            return azurecloud_tag_for(_location(need, book), book.site.tags)
        case Option.AZURECLOUD_TAG | Option.AZURECLOUD_PREFIXES:
            return "AzureCloud"
        case _:
            return need.target


def _location(need: Need, book: AddressBook) -> str:
    """Return the region of the need's tag, else that of the site."""
    entry = book.site.tags.get(need.target) if book.site.tags else None
    location = (location_of(entry) if entry else "") or book.site.location
    if not location:
        raise PlanError("NC403", "the region is not known", "add `location:` to the site, or name a regional target")
    return location
