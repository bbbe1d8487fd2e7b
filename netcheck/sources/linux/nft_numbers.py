"""Values of nft as sets of numbers: addresses, ports, protocols, users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from netcheck.model.address import AddressError, Family, parse_prefix
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sources.linux.nft_values import (
    Element,
    Elements,
    Every,
    Expression,
    Flags,
    NftError,
    Prefix,
    Span,
    Word,
)

_MOST_MASKED = 10
"""Free bits of a mask above the lowest set one; each doubles the number of intervals."""


class Range(NamedTuple):
    """The numbers a field may have: up to `top`, some with names; addresses of a family; single bits."""

    top: int
    names: Mapping[str, int]
    family: Family | None = None
    is_bits: bool = False


class Numbers(NamedTuple):
    """Numbers that match. `is_open`: others may match too, by a value that netcheck does not know."""

    known: IntervalSet
    is_open: bool = False


UNKNOWN = Numbers(EMPTY, is_open=True)


def numbers(value: Expression, kind: Range) -> Numbers:
    """Return the numbers of a value or set; raise NftError for one that the field cannot have."""
    match value:
        case Elements(items):
            return _any_of(items, kind)
        case Every():
            return Numbers(IntervalSet.span(0, kind.top))
        case Word(text):
            point = number(text, kind)
            return UNKNOWN if point is None else Numbers(IntervalSet.point(point))
        case Span(first, last):
            ends = number(first, kind), number(last, kind)
            if ends[0] is None or ends[1] is None:
                return UNKNOWN
            if ends[0] > ends[1]:  # nft 1.0.6 lists `tcp dport < 90 tcp dport > 80` as `tcp dport != 90-80`
                return UNKNOWN
            return Numbers(IntervalSet.span(ends[0], ends[1]))
        case Prefix():
            return _prefix(value, kind)
        case Flags(words) if kind.is_bits:
            return _bits(words, kind)
        case _:
            return UNKNOWN


def _any_of(items: Sequence[Element], kind: Range) -> Numbers:
    """Return the numbers of a set; single values, of which there may be many, are gathered first."""
    points: list[tuple[int, int]] = []
    others: list[Numbers] = []
    for item in items:
        point = number(item.value.text, kind) if isinstance(item.value, Word) else None
        if point is None:
            others.append(numbers(item.value, kind))
        else:
            points.append((point, point))
    known = union([IntervalSet.of(points), *(one.known for one in others)])
    return Numbers(known, any(one.is_open for one in others))


def number(text: str, kind: Range) -> int | None:
    """Return the number of a word, None where the word is not known."""
    if kind.family is not None and not text.isdecimal():
        return _address(text, kind.family)
    if text.isascii() and text.isdecimal():
        if len(text) > 40 or int(text) > kind.top:
            raise NftError(f"`{text[:40]}` is out of range: the field goes up to {kind.top}")
        return int(text)
    return kind.names.get(text)


def masked(mask: int, value: int, top: int) -> IntervalSet | None:
    """Return the numbers up to `top` (all bits set) whose bits under a mask are a value; None: too scattered."""
    if value & ~mask:
        return EMPTY
    low = (mask & -mask).bit_length() - 1 if mask else top.bit_length()
    free = [bit for bit in range(low, top.bit_length()) if not mask >> bit & 1]
    if len(free) > _MOST_MASKED:
        return None
    starts = [value]
    for bit in free:
        starts += [start | 1 << bit for start in starts]
    return IntervalSet.of([(start, start | (1 << low) - 1) for start in starts])


def _address(text: str, family: Family) -> int | None:
    try:
        found = parse_prefix(text)[0]  # the quickest way to read what is written as usual
    except AddressError as error:
        if ":" in text or text[:1].isdigit():
            raise NftError(str(error)) from None
        return None  # the name of a host
    if found.family != family:
        raise NftError(f"`{text}` is of the other address family")
    return found.first if "/" not in text else None


def _prefix(value: Prefix, kind: Range) -> Numbers:
    if kind.family is None:
        return UNKNOWN
    try:
        found = parse_prefix(str(value))[0]
    except AddressError as error:
        raise NftError(str(error)) from None
    if found.family != kind.family:
        raise NftError(f"`{value}` is of the other address family")
    return Numbers(IntervalSet.span(found.first, found.last))


def _bits(words: tuple[str, ...], kind: Range) -> Numbers:
    found = [number(word, kind) for word in words]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return UNKNOWN
    whole = 0
    for one in known:
        whole |= one
    return Numbers(IntervalSet.point(whole))
