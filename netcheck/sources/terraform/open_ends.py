"""Associations of which it is not certain what they attach something to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Unknown, end_of, shorten, text_of
from netcheck.sources._resources import Association
from netcheck.sources.terraform.instances import Group, Instance, Stock, id_of
from netcheck.sources.terraform.links import LINKS, Link
from netcheck.sources.terraform.nodes import Faults, as_reference, field
from netcheck.sources.terraform.references import Meant

_MOST_CANDIDATES = 100_000
_MANY_KEYS = frozenset(
    ("applicationSecurityGroups", "loadBalancerBackendAddressPools", "publicIpAddresses", "publicIpPrefixes")
)


@dataclass(frozen=True, slots=True)
class _End:
    """One association: what it may attach to, and what it attaches."""

    meant: Meant
    value: Mapping
    target: Unknown


@dataclass(frozen=True, slots=True)
class _Offer:
    """What a target may get, and why that is not certain."""

    value: Mapping
    reason: str


class OpenEnds:
    """Gathers such associations, and says of every possible target what it may get.

    Those of one block are taken together, and each target gets one value that is not certain, so that N instances which
    may mean N subnets each do not make N * N.
    """

    def __init__(self, faults: Faults, stock: Stock) -> None:
        self._faults, self._stock = faults, stock
        self._ends: dict[Group, list[_End]] = {}

    def add(self, instance: Instance, meant: Meant, value: Mapping, target: Unknown) -> None:
        """Keep one association whose target is not certain."""
        self._ends.setdefault(instance.group, []).append(_End(meant, value, target))

    def associations(self, certain: Iterable[Association]) -> list[Association]:
        """Return what targets may get; one that has for certain what it can have once gets nothing more."""
        taken = {(key(one.target), one.key) for one in certain if not one.unsure and one.key not in _MANY_KEYS}
        offers: dict[tuple[str, str], _Offer] = {}
        anywhere: dict[str, tuple[Link, _Offer]] = {}
        left = _MOST_CANDIDATES
        for group, ends in self._ends.items():
            link, where = LINKS[group[2]], ".".join(part for part in (group[0], group[2], group[3]) if part)
            offer = _Offer(_value(link, where, ends), _reason(where, ends[0].meant.doubt))
            targets = self._targets(where, ends)
            left -= len(targets)
            if targets and left > 0:
                for target in targets:
                    _put(offers, (target, link.key), offer)
            else:
                before = anywhere.get(link.key)
                anywhere[link.key] = (link, offer if before is None else _both(before[1], offer))
        for link, offer in anywhere.values():
            for instance in self._stock.of_type(link.target_kind):
                _put(offers, (id_of(instance), link.key), offer)
        return [
            Association(target=target, key=filled, value=offer.value, unsure=offer.reason)
            for (target, filled), offer in offers.items()
            if (key(target), filled) not in taken
        ]

    def _targets(self, where: str, ends: list[_End]) -> list[str]:
        """Return the IDs of all that may be meant; none, with a warning, where that may be anything."""
        unclear = next((end for end in ends if not end.meant.is_all), None)
        if unclear is not None:
            message = f"which resource `{shorten(where)}` attaches something to is not known: {unclear.meant.doubt}"
            self._faults.unplaced(unclear.target, message, "each one of this file is taken as if it may be the one")
            return []
        meant = {id(end.meant): end.meant for end in ends}
        return list(dict.fromkeys(id_of(to) for one in meant.values() for to in one.instances))


def _reason(where: str, doubt: str) -> str:
    return f"which resource `{shorten(where)}` attaches something to is not certain: {doubt}"


def _value(link: Link, where: str, ends: list[_End]) -> Mapping:
    """Return what some associations attach; where that differs, one value that is not known."""
    values = {_text(end.value): end.value for end in ends}
    first = next(iter(values.values()))
    held = field(first, "id")
    if len(values) > 1:
        reason = "it is one of several resources"
    elif isinstance(held, Unknown):
        reason = held.reason
    else:
        return first
    return _unknown(f"{where}[*].{link.value}", reason, first)


def _put(offers: dict[tuple[str, str], _Offer], place: tuple[str, str], offer: _Offer) -> None:
    before = offers.get(place)
    offers[place] = offer if before is None or before is offer else _both(before, offer)


def _both(one: _Offer, other: _Offer) -> _Offer:
    """Return the offer of two associations, either of which may hold."""
    if _text(one.value) == _text(other.value):
        return one
    text = _text(one.value)
    named = text if text.endswith(" or another") else f"{text} or another"
    return _Offer(_unknown(named, "several associations may hold", one.value), one.reason)


def _unknown(text: str, reason: str, at: Mapping) -> Mapping:
    held = field(at, "id")
    return as_reference(Unknown(text, reason, at.start, end_of(at if held is None else held)))


def _text(value: Mapping) -> str:
    return text_of(field(value, "id"))
