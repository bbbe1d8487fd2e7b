"""What one comparison of an nft rule matches: packets, under conditions where no packet header settles it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netcheck.model.hosts import Hook
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sets.packets import PacketSet
from netcheck.sources.linux.nft_cases import EVERYTHING, Case, Cases, both, negated, neither, united
from netcheck.sources.linux.nft_fields import (
    FIXED_FIELDS,
    HEADER_FIELDS,
    PORTLESS_PACKETS,
    Stage,
    fixed_values,
    with_values,
    within,
)
from netcheck.sources.linux.nft_numbers import UNKNOWN, Numbers, Range, masked, number, numbers
from netcheck.sources.linux.nft_values import (
    Concat,
    Element,
    Elements,
    Every,
    Expression,
    Key,
    Masked,
    Match,
    Named,
    NftError,
    NftSet,
    Other,
    Word,
)

_MOST_JOINED = 2000
"""Elements of a set of joined fields that are taken one by one."""
_INTERFACES = MappingProxyType({"meta iif": "in", "meta iifname": "in", "meta oif": "out", "meta oifname": "out"})
_HAS_IN = frozenset(("ingress", "prerouting", "input", "forward"))
_HAS_OUT = frozenset(("forward", "output", "postrouting", "egress"))
_USERS = Range((1 << 32) - 1, MappingProxyType({"root": 0}))
_RAW_PORTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"@th,0,16": ("th sport",), "@th,16,16": ("th dport",), "@th,0,32": ("th sport", "th dport")}
)
_EQUAL = MappingProxyType({"==": False, "in": False, "!=": True})


class Matcher:
    """Judges the comparisons of one table at one stage."""

    def __init__(self, sets: Mapping[str, NftSet], stage: Stage) -> None:
        self._sets = sets
        self._stage = stage

    def cases(self, match: Match) -> Cases:
        """Return what a comparison matches; raise NftError for a value that the field cannot have."""
        left = match.left
        if isinstance(left, Concat):
            return self._joined(left, match)
        key = left.key if isinstance(left, Masked) else left
        if not isinstance(key, Key):
            return (Case(EVERYTHING, (str(match),)),)
        if key.name in _RAW_PORTS:
            return self.cases(_plain_ports(match, _RAW_PORTS[key.name]))
        if key.name in HEADER_FIELDS:
            return self._header(key.name, match)
        if key.name in FIXED_FIELDS:
            return self._fixed(key.name, match)
        if key.name in _INTERFACES and isinstance(left, Key):
            return self._interface(key.name, match)
        if key.name == "meta skuid" and isinstance(left, Key):
            return self._owner(match)
        return (Case(within(key.name), (str(match),)),)

    def reach(self, key: Expression) -> PacketSet:
        """Return the packets that have a field, or all of several fields."""
        match key:
            case Key(name):
                return within(name)
            case Masked(inner):
                return within(inner.name)
            case Concat(items):
                packets = EVERYTHING
                for item in items:
                    packets = packets & self.reach(item)
                return packets
            case _:
                return EVERYTHING

    def elements(self, value: Expression) -> tuple[Element, ...] | None:
        """Return the elements of a set, None where they are not known; raise NftError where there is no such set."""
        if isinstance(value, Elements):
            return value.items
        if not isinstance(value, Named):
            return (Element(value),)
        found = self._sets.get(value.name)
        if found is None:
            raise MissingSetError(f"no set or map `{value.name}` in this table")
        if not found.is_fixed or any(element.expires for element in found.elements.items):
            return None
        return found.elements.items

    def _joined(self, left: Concat, match: Match) -> Cases:
        name = str(match)
        found = self.elements(match.right)
        unknown = (Case(self.reach(left), (name,)),)
        if found is None or len(found) > _MOST_JOINED or match.operator not in _EQUAL:
            return unknown
        cases = united((self._one_joined(left, element.value, name) for element in found), name)
        return neither(cases, self.reach(left), name) if _EQUAL[match.operator] else cases

    def _one_joined(self, left: Concat, value: Expression, name: str) -> Cases:
        if isinstance(value, Every):
            return (Case(self.reach(left)),)
        if not isinstance(value, Concat) or len(value.items) != len(left.items):
            raise NftError(f"`{value}` is no value for `{left}`")
        cases: Cases = (Case(EVERYTHING),)
        for key, item in zip(left.items, value.items, strict=True):
            cases = both(cases, self.cases(Match(key, "==", item)), name)
        return cases

    def _numbers(self, value: Expression, kind: Range) -> Numbers:
        found = self.elements(value)
        return UNKNOWN if found is None else numbers(Elements(found), kind)

    def _header(self, field: str, match: Match) -> Cases:
        kind, name = HEADER_FIELDS[field], str(match)
        found = self._compared(match, kind)
        everything = IntervalSet.span(0, kind.top)
        cases = [Case(with_values(field, found.known))]
        if found.is_open:
            cases.append(Case(with_values(field, everything - found.known), (name,)))
        if field.startswith("th "):  # the same bytes mean something else in other protocols
            cases.append(Case(PORTLESS_PACKETS, (name,)))
        return tuple(case for case in cases if case.packets)

    def _compared(self, match: Match, kind: Range) -> Numbers:
        """Return the values of a field for which a comparison holds."""
        if isinstance(match.left, Masked):
            return self._masked(match.left, match, kind)
        if match.operator not in _EQUAL:
            return _ordered(match, kind)
        found = self._numbers(match.right, kind)
        if not _EQUAL[match.operator]:
            return found
        return UNKNOWN if found.is_open else Numbers(IntervalSet.span(0, kind.top) - found.known)

    def _masked(self, left: Masked, match: Match, kind: Range) -> Numbers:
        mask = number(left.mask.text, kind) if isinstance(left.mask, Word) else None
        found = self.elements(match.right)
        if mask is None or found is None or match.operator not in _EQUAL:
            return UNKNOWN
        parts: list[IntervalSet] = []
        for element in found:
            value = number(element.value.text, kind) if isinstance(element.value, Word) else None
            spans = None if value is None else masked(mask, value, kind.top)
            if spans is None:
                return UNKNOWN
            parts.append(spans)
        known = union(parts)
        return Numbers(IntervalSet.span(0, kind.top) - known if _EQUAL[match.operator] else known)

    def _fixed(self, field: str, match: Match) -> Cases:
        values = fixed_values(field, self._stage)
        answers = set() if values is None else {self._holds(value, match, FIXED_FIELDS[field]) for value in values}
        packets = within(field)
        if answers == {True}:
            return (Case(packets),)
        return () if answers == {False} else (Case(packets, (str(match),)),)

    def _holds(self, value: int, match: Match, kind: Range) -> bool | None:
        if isinstance(match.left, Masked):
            mask = numbers(match.left.mask, kind)
            if mask.is_open:
                return None
            value &= mask.known.first
        found = self._numbers(match.right, kind)
        if match.operator in ("in", "!"):
            if found.is_open or found.known.size != 1:
                return None
            return bool(value & found.known.first) is (match.operator == "in")
        if match.operator not in _EQUAL:
            return value in _ordered(match, kind).known
        is_in = value in found.known
        return None if found.is_open and not is_in else is_in is not _EQUAL[match.operator]

    def _interface(self, field: str, match: Match) -> Cases:
        """Judge a comparison of interfaces. Which one a packet takes is not known, only that it is not `lo`."""
        way, point = _INTERFACES[field], self._stage.point
        is_there = point in (_HAS_IN if way == "in" else _HAS_OUT)
        found = self.elements(match.right)
        is_open = way == "in" and point in ("postrouting", "egress") and self._stage.hook is Hook.FORWARD
        if found is None or match.operator not in _EQUAL or is_open:
            return (Case(EVERYTHING, (str(match),)),)
        if not all(isinstance(element.value, Word | Every) for element in found):
            return (Case(EVERYTHING, (str(match),)),)
        names = [str(element.value) for element in found]
        is_negative = _EQUAL[match.operator]
        if "*" in names:
            return () if is_negative else (Case(EVERYTHING),)
        loops = ("lo", "1") if field in ("meta iif", "meta oif") else ("lo",)
        conditions = [f"{way} interface {name}" for name in names if name not in loops] if is_there else []
        return _any_or_none(conditions, is_negative=is_negative)

    def _owner(self, match: Match) -> Cases:
        """Judge the user who sends. Packets that come in have none, or that of the socket they are for."""
        found = self._numbers(match.right, _USERS) if match.operator in _EQUAL else UNKNOWN
        if self._stage.hook is not Hook.OUTPUT or found.is_open:
            return (Case(EVERYTHING, (str(match),)),)
        others = found.known - IntervalSet.point(0)
        conditions = ["owner: root"] if 0 in found.known else []
        conditions += [
            f"owner: {first}" if first == last else f"owner: {first}-{last}" for first, last in others.spans()
        ]
        return _any_or_none(conditions, is_negative=_EQUAL[match.operator])


def _plain_ports(match: Match, fields: tuple[str, ...]) -> Match:
    """Return a comparison of bytes of the transport header as one of ports, which is how nft lists some of those."""
    if len(fields) == 1:
        port = Key(fields[0])
        left = Masked(port, match.left.mask) if isinstance(match.left, Masked) else port
        return Match(left, match.operator, match.right)
    word = match.right
    if not isinstance(match.left, Key) or not (
        isinstance(word, Word) and word.text.isdecimal() and len(word.text) < 11
    ):
        return Match(Other(str(match.left)), match.operator, word)
    value = int(word.text)
    ports = Concat((Word(str(value >> 16)), Word(str(value & 0xFFFF))))
    return Match(Concat(tuple(Key(field) for field in fields)), match.operator, Elements((Element(ports),)))


class MissingSetError(NftError):
    """A rule names a set that its table does not have."""


def _ordered(match: Match, kind: Range) -> Numbers:
    """Return the values on one side of another."""
    value = number(match.right.text, kind) if isinstance(match.right, Word) else None
    if value is None:
        return UNKNOWN
    spans = {
        "<": (0, value - 1),
        "<=": (0, value),
        ">": (value + 1, kind.top),
        ">=": (value, kind.top),
    }
    if match.operator not in spans:
        return UNKNOWN
    first, last = spans[match.operator]
    return Numbers(IntervalSet.span(first, last) if first <= last else EMPTY)


def _any_or_none(conditions: list[str], *, is_negative: bool) -> Cases:
    """Return that one of some conditions holds, or that none does."""
    if is_negative:
        return (Case(EVERYTHING, tuple(negated(condition) for condition in conditions)),)
    return tuple(Case(EVERYTHING, (condition,)) for condition in conditions)
