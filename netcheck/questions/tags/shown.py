"""`tags show`: one tag with its addresses, what may name it, and how it lies to its regions and to `AzureCloud`."""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.model.address import FAMILIES
from netcheck.model.names import key
from netcheck.model.regions import azurecloud_tag_for, location_of
from netcheck.model.tags import TagEntry, TagTable
from netcheck.policy.resolve import AddressBook
from netcheck.questions.answer import FORMAT, tags_dict
from netcheck.questions.places import Addresses
from netcheck.questions.tags.named import addresses_of, book_of, counts, find_tag, listed
from netcheck.questions.tags.which import entry_dict
from netcheck.sets.intervals import union

DATA_CENTRES = "AzureCloud"


@dataclass(frozen=True, slots=True)
class Beside:
    """Another tag, and the addresses of the shown one that it does not hold."""

    tag: str
    outside: Addresses

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON."""
        return {"tag": self.tag, "addressesOutside": counts(self.outside)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTag:
    """One tag of a file.

    `regions` are the tags of single regions that its name begins, and `in_no_region` the addresses that none of them
    holds. `beside` are `AzureCloud` and its part for the tag's region. `same_region` are tags of the same service that
    state the same region: a region value does not name one tag.
    """

    table: TagTable
    entry: TagEntry
    addresses: Addresses
    regions: tuple[TagEntry, ...]
    in_no_region: Addresses
    beside: tuple[Beside, ...]
    same_region: tuple[str, ...]

    def published(self, family: int) -> tuple[str, ...]:
        """Return the prefixes of one family as they stand in the file, unmerged."""
        return tuple(text for text in self.entry.prefixes if (":" in text) is (family == 6))

    def to_dict(self) -> dict[str, object]:
        """Return the tag as JSON: `prefixes` are merged to the fewest, `published` are those of the file."""
        return {
            "format": FORMAT,
            "tag": self.entry.name,
            **entry_dict(self.entry),
            "addresses": counts(self.addresses),
            "prefixes": listed(self.addresses),
            "published": {f"ipv{family}": list(self.published(family)) for family in FAMILIES},
            "regions": [one.name for one in self.regions],
            "addressesInNoRegion": counts(self.in_no_region) if self.regions else None,
            "beside": [one.to_dict() for one in self.beside],
            "sameRegion": list(self.same_region),
            "tags": tags_dict(self.table),
        }


def show(table: TagTable, name: str) -> ShownTag:
    """Return one tag of a file; raise QuestionError where there is none of that name."""
    book = book_of(table)
    entry = find_tag(book, name)
    addresses = addresses_of(book, entry.name)
    regions = tuple(sorted(_regions(table, entry), key=lambda one: one.name))
    parts = [addresses_of(book, one.name) for one in regions]
    return ShownTag(
        table=table,
        entry=entry,
        addresses=addresses,
        regions=regions,
        in_no_region={f: addresses[f] - union(one[f] for one in parts) for f in FAMILIES},
        beside=tuple(_beside(book, table, entry, addresses)),
        same_region=tuple(_same_region(table, entry)),
    )


def _regions(table: TagTable, entry: TagEntry) -> list[TagEntry]:
    start = f"{key(entry.name)}."
    return [one for at, one in table.entries.items() if at.startswith(start) and one.region]


def _beside(book: AddressBook, table: TagTable, entry: TagEntry, addresses: Addresses) -> list[Beside]:
    place = location_of(entry)
    names = dict.fromkeys((DATA_CENTRES, *([azurecloud_tag_for(place, table)] if place else ())))
    found = [one for name in names if (one := table.get(name)) is not None and one.name != entry.name]
    known = [(one.name, addresses_of(book, one.name)) for one in found]
    return [Beside(name, {f: addresses[f] - other[f] for f in FAMILIES}) for name, other in known]


def _same_region(table: TagTable, entry: TagEntry) -> list[str]:
    if not location_of(entry):
        return []
    start = entry.name.rpartition(".")[0]
    return sorted(
        one.name
        for one in table.entries.values()
        if one.region == entry.region and one.name != entry.name and key(one.name.rpartition(".")[0]) == key(start)
    )
