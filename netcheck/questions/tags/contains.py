"""`tags contains`: is every address of one tag in another, and which are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES
from netcheck.model.tags import TagTable
from netcheck.policy.builtin import AZURE_LOAD_BALANCER, INTERNET_LOWER, INTERNET_UPPER
from netcheck.policy.resolve import AddressBook, builtin_name, by_family
from netcheck.questions.answer import FORMAT, tags_dict
from netcheck.questions.places import Addresses
from netcheck.questions.tags.named import addresses_of, book_of, counts, find_tag, listed, parse_asked
from netcheck.sets.intervals import IntervalSet, union

_INTERNET_OPEN = "whether `Internet` covers these addresses is not documented for certain"
_LIKE_AN_ADDRESS = frozenset("0123456789:")


class Containment(StrEnum):
    """Whether every address is inside."""

    YES = "yes"
    NO = "no"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A set of which two bounds are known: it holds `certain`, and nothing beyond `possible`."""

    label: str
    certain: Addresses
    possible: Addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainsReport:
    """Whether `inner` lies in `outer`: `outside` certainly does not, of `unsure` nobody can tell."""

    table: TagTable
    outer: Bounds
    inner: Bounds
    outside: Addresses
    unsure: Addresses

    @property
    def answer(self) -> Containment:
        """The answer about all addresses."""
        return _answer(any(self.outside.values()), any(self.unsure.values()))

    @property
    def by_family(self) -> dict[str, Containment]:
        """The answer about the addresses of each family that there are: `ipv4`, `ipv6`."""
        return {
            f"ipv{family}": _answer(bool(self.outside[family]), bool(self.unsure[family]))
            for family in FAMILIES
            if self.inner.possible[family]
        }

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not certain, where it is not."""
        return (_INTERNET_OPEN,) if any(self.unsure.values()) else ()

    def to_dict(self) -> dict[str, object]:
        """Return the report as JSON."""
        return {
            "format": FORMAT,
            "question": {"kind": "tags contains", "outer": self.outer.label, "inner": self.inner.label},
            "answer": str(self.answer),
            "families": {name: str(answer) for name, answer in self.by_family.items()},
            "outside": listed(self.outside),
            "addressesOutside": counts(self.outside),
            "undetermined": listed(self.unsure),
            "addressesUndetermined": counts(self.unsure),
            "addresses": counts(self.inner.possible),
            "reasons": list(self.reasons),
            "tags": tags_dict(self.table),
        }


def _answer(is_outside: bool, is_unsure: bool) -> Containment:
    return Containment.NO if is_outside else Containment.UNDETERMINED if is_unsure else Containment.YES


def contains(table: TagTable, outer: str, inner: str) -> ContainsReport:
    """Return whether every address of `inner` is one of `outer`; each is a tag, an address, a prefix, or several.

    Several are separated by commas and taken together. Raise QuestionError for a name that is not in the file, for a
    built-in tag that depends on a network, and where `inner` has no address.
    """
    book = book_of(table)
    a, b = _bounds(book, outer), _bounds(book, inner)
    if not any(b.possible.values()):
        raise QuestionError("NC302", f"`{inner}` holds no address", "an empty question has no answer")
    outside: Addresses = {family: b.certain[family] - a.possible[family] for family in FAMILIES}
    unsure: Addresses = {family: b.possible[family] - a.certain[family] - outside[family] for family in FAMILIES}
    return ContainsReport(table=table, outer=a, inner=b, outside=outside, unsure=unsure)


def _bounds(book: AddressBook, text: str) -> Bounds:
    parts = [_one(book, word.strip()) for word in text.split(",") if word.strip()]
    if not parts:
        raise QuestionError("NC302", "a tag is given without a name", "name a tag, an address or a prefix")
    return Bounds(
        ",".join(one.label for one in parts),
        {family: union(one.certain[family] for one in parts) for family in FAMILIES},
        {family: union(one.possible[family] for one in parts) for family in FAMILIES},
    )


def _one(book: AddressBook, word: str) -> Bounds:
    if word[0] in _LIKE_AN_ADDRESS or ":" in word:
        exact = by_family([parse_asked(word)])
        return Bounds(word, exact, exact)
    match builtin_name(word):
        case "internet":
            return Bounds("Internet", _both(INTERNET_LOWER), _both(INTERNET_UPPER))
        case "azureloadbalancer":
            return Bounds("AzureLoadBalancer", _both(AZURE_LOAD_BALANCER), _both(AZURE_LOAD_BALANCER))
        case "":
            entry = find_tag(book, word)
            known = addresses_of(book, entry.name)
            return Bounds(entry.name, known, known)
        case _:
            message = f"what `{word}` covers is not known: no file lists it, and it stands for more than addresses"
            raise QuestionError("NC315", message, "ask about a published tag, `Internet`, or prefixes")


def _both(sets: Mapping[int, IntervalSet]) -> Addresses:
    return {family: sets[family] for family in FAMILIES}
