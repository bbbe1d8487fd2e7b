"""`tags which`: every tag that holds an address or a prefix, wholly or in part, the most specific first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netcheck.model.address import AddressRange, address_text, span_to_prefixes
from netcheck.model.names import key
from netcheck.model.regions import location_of
from netcheck.model.tags import TagEntry, TagTable
from netcheck.policy.builtin import (
    AZURE_LOAD_BALANCER,
    DNS_PORT,
    INTERNET_LOWER,
    INTERNET_UPPER,
    METADATA,
    METADATA_PORT,
    WIRE_SERVER,
)
from netcheck.policy.resolve import AddressBook, to_set
from netcheck.questions.answer import FORMAT, prefixes, tags_dict
from netcheck.questions.diff.tags import is_usable_in_nsg
from netcheck.questions.tags.named import book_of, parse_asked
from netcheck.sets.intervals import EMPTY, IntervalSet, union

_CERTAIN = (
    ("AzureLoadBalancer", 0, AZURE_LOAD_BALANCER),
    ("AzurePlatformDNS", DNS_PORT, {4: to_set([WIRE_SERVER], 4)}),
    ("AzurePlatformIMDS", METADATA_PORT, {4: to_set([METADATA], 4)}),
    ("VirtualNetwork", 0, {4: to_set([WIRE_SERVER], 4)}),
)
"""What the built-in tags hold whatever the network; the space of networks in `VirtualNetwork` comes to that."""


class BuiltIn(NamedTuple):
    """A tag that no file lists, and how much of the asked addresses it holds: `whole`, `part`, or `perhaps`.

    `port` is the only one that it is about, 0 where it is about all.
    """

    tag: str
    holds: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A tag with the part of the asked addresses that it holds.

    `size` is the number of all its addresses of that family: the fewer, the more specific it is. `by` are those of its
    published prefixes that hold the part.
    """

    entry: TagEntry
    held: IntervalSet
    is_whole: bool
    size: int
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One address or prefix with the tags that hold it; `left` is what of it no published tag holds.

    `builtin` are tags that no file lists.
    """

    asked: AddressRange
    holders: tuple[Holder, ...]
    left: IntervalSet
    builtin: tuple[BuiltIn, ...]

    @property
    def text(self) -> str:
        """What was asked about, an address without a length."""
        return address_text(self.asked)

    def to_dict(self) -> dict[str, object]:
        """Return the answer about one address or prefix as JSON."""
        family = self.asked.family
        return {
            "asked": self.text,
            "family": family,
            "tags": [_holder(one, family) for one in self.holders],
            "inNoTag": {"addresses": self.left.size, "prefixes": list(prefixes(family, self.left))},
            "builtIn": [{"tag": one.tag, "holds": one.holds, "port": one.port or None} for one in self.builtin],
        }


def _holder(one: Holder, family: int) -> dict[str, object]:
    return {
        "tag": one.entry.name,
        "holds": "whole" if one.is_whole else "part",
        "prefixes": list(prefixes(family, one.held)),
        "by": list(one.by),
        "addressesOfTag": one.size,
        **entry_dict(one.entry),
    }


def entry_dict(entry: TagEntry) -> dict[str, object]:
    """Return what a file says of a tag beside its prefixes, as JSON."""
    return {
        "region": entry.region or None,
        "location": location_of(entry) or None,
        "systemService": entry.system_service or None,
        "networkFeatures": None if entry.network_features is None else list(entry.network_features),
        "usableInNsg": is_usable_in_nsg(entry),
        "changeNumber": entry.change_number,
    }


@dataclass(frozen=True, slots=True)
class WhichReport:
    """The answers of `tags which`, in the order of the question."""

    table: TagTable
    answers: tuple[Held, ...]

    @property
    def is_all_held(self) -> bool:
        """Whether every address asked about is in a published tag."""
        return not any(one.left for one in self.answers)

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON."""
        return {
            "format": FORMAT,
            "question": {"kind": "tags which", "addresses": [one.text for one in self.answers]},
            "answers": [one.to_dict() for one in self.answers],
            "tags": tags_dict(self.table),
        }


def which(table: TagTable, asked: Sequence[str]) -> WhichReport:
    """Return the tags that hold addresses, prefixes or ranges `first-last`.

    Raise QuestionError for a text that is none of these, and InputError where the file has a prefix that is none.
    """
    book = book_of(table)
    return WhichReport(table, tuple(_held(book, table, one) for one in map(parse_asked, asked)))


def _held(book: AddressBook, table: TagTable, asked: AddressRange) -> Held:
    wanted = IntervalSet.span(asked.first, asked.last)
    found = [one for entry in table.entries.values() if (one := _holding(book, entry, asked, wanted)) is not None]
    found.sort(key=lambda one: (not one.is_whole, one.size, key(one.entry.name)))
    left = wanted - union(one.held for one in found)
    return Held(asked=asked, holders=tuple(found), left=left, builtin=tuple(_builtin(asked, wanted)))


def _holding(book: AddressBook, entry: TagEntry, asked: AddressRange, wanted: IntervalSet) -> Holder | None:
    spans = book.listed(entry.name, asked.family) or ()
    hits = {span for span in spans if span[0] <= asked.last and asked.first <= span[1]}
    if not hits:
        return None
    whole = book.published(entry.name, asked.family) or EMPTY
    held = wanted & whole
    by = tuple(text for first, last in sorted(hits) for text in span_to_prefixes(asked.family, first, last))
    return Holder(entry=entry, held=held, is_whole=held == wanted, size=whole.size, by=by)


def _builtin(asked: AddressRange, wanted: IntervalSet) -> Iterator[BuiltIn]:
    lower, upper = INTERNET_LOWER[asked.family], INTERNET_UPPER[asked.family]
    for name, port, sets in (*_CERTAIN, ("Internet", 0, {asked.family: lower})):
        held = wanted & sets.get(asked.family, EMPTY)
        if held:
            yield BuiltIn(name, "whole" if held == wanted else "part", port)
        elif name == "Internet" and wanted & upper:
            yield BuiltIn(name, "perhaps", port)
