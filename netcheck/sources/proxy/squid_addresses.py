"""The values of squid's `src` and `dst`: addresses, ranges, prefixes, masks.

Squid keeps IPv4 addresses as mapped IPv6 ones (`::ffff:10.0.0.4`), so here too a value is one span of 128 bits.
"""

from __future__ import annotations

import re
import socket
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netcheck.model.address import AddressError, AddressRange, Family, parse_address

_MAPPED = 0xFFFF << 32
_LAST = (1 << 128) - 1
_Span = tuple[int, int]

_ALL = frozenset({"all", "0/0", "0.0.0.0/0", "0.0.0.0/0.0.0.0", "0.0.0.0-255.255.255.255", "0.0.0.0-0.0.0.0/0"})
"""What squid takes as every address of both families; no other spelling of `/0` is."""

_IPV6 = ("1000::-efff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fc00::/7", "fe80::/10")
"""What `ipv6` stands for: `::1` and the rest of `0000::/4` are not in it."""

_DIGITS = r"[0-9.]+"
_HEX = r"[0-9A-Fa-f:]+"
_FORMS: tuple[tuple[Family, re.Pattern[str]], ...] = (
    (4, re.compile(f"({_DIGITS})-({_DIGITS})/({_DIGITS})")),
    (4, re.compile(f"({_DIGITS})-({_DIGITS})()")),
    (4, re.compile(f"({_DIGITS})()/({_DIGITS})")),
    (6, re.compile(f"({_HEX})-({_HEX})/([0-9]+)")),
    (6, re.compile(f"({_HEX})-({_HEX})()")),
    (6, re.compile(f"({_HEX})()/([0-9]+)")),
)
"""First, last and mask; what follows a form is not looked at (`10.0.0.1/32/1` is `10.0.0.1`)."""

_HOST_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_][A-Za-z0-9_.\-]*\Z")


class BadValueError(ValueError):
    """Squid does not start with this value."""


class UnreadValueError(ValueError):
    """Squid takes this value, and what it stands for is not told by the text alone."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a list of values stands for.

    `doubtful`: in the list as written, and left out by some versions of squid. `dropped`: the values it comes from.
    """

    ranges: tuple[AddressRange, ...]
    doubtful: tuple[AddressRange, ...]
    dropped: tuple[str, ...]
    is_everything: bool


def address_list(texts: Sequence[str]) -> Addresses:
    """Return what values stand for together; raise BadValueError or UnreadValueError.

    Squid before version 7 leaves out a value that overlaps one before it, even where it is the wider of the two: it
    warns that the value "is ignored to keep splay tree searching predictable".
    """
    kept: list[_Span] = []
    doubtful: list[_Span] = []
    dropped: list[str] = []
    for text, (sure, unsure) in _all_spans(texts):
        doubtful += unsure
        dropped += [text] if unsure else []
        for span in sure:
            place = bisect_right(kept, (span[0], _LAST))
            before, after = kept[place - 1 : place], kept[place : place + 1]
            if (before and before[0][1] >= span[0]) or (after and after[0][0] <= span[1]):
                inside = before and before[0][1] >= span[1]
                doubtful += [] if inside else [span]
                dropped += [] if inside else [text]
            else:
                kept.insert(place, span)
    return Addresses(
        tuple(_ranges(kept)), tuple(_ranges(doubtful)), tuple(dict.fromkeys(dropped)), kept == [(0, _LAST)]
    )


def _all_spans(texts: Sequence[str]) -> list[tuple[str, tuple[list[_Span], list[_Span]]]]:
    """Return what each value takes; a bad one is told before one that is not read."""
    found, unread = [], ""
    for text in texts:
        try:
            found.append((text, _spans(text)))
        except UnreadValueError:
            unread = unread or text
    spans = [(text, span) for text, both in found for span in both[0]]
    zero = next((text for text, (first, _) in spans if first == _MAPPED), "")
    if zero and any("-" in text and first < _MAPPED for text, (first, _) in spans):
        unread = (
            unread or zero
        )  # squid takes 0.0.0.0 as less than any address, so an IPv6 range hides what begins there
    if unread:
        raise UnreadValueError(unread)
    return found


def _ranges(spans: Iterable[_Span]) -> Iterable[AddressRange]:
    """Yield spans as ranges: the part that is mapped IPv4 as IPv4, and the whole as IPv6 where it is more."""
    for first, last in spans:
        low, high = max(first, _MAPPED), min(last, _MAPPED + 0xFFFFFFFF)
        if low <= high:
            yield AddressRange(4, low - _MAPPED, high - _MAPPED)
        if (low, high) != (first, last):
            yield AddressRange(6, first, last)


def _spans(text: str) -> tuple[list[_Span], list[_Span]]:
    """Return what a value surely takes, and what only some versions take."""
    if text in _ALL:
        return [(0, _LAST)], []
    if text == "ipv4":  # takes all of IPv4 by the documentation; squid 5 takes none by it, and drops what follows
        raise UnreadValueError(text)
    if text == "ipv6":
        return [span for one in _IPV6 for span in _spans(one)[0]], []
    for family, form in _FORMS:
        found = form.match(text)
        if found:
            first, last, mask = found.groups()
            return _masked(family, _number(family, first, text), _number(family, last or first, text), mask, text)
    return [_single(text)], []


def _masked(family: Family, first: int, last: int, mask: str, text: str) -> tuple[list[_Span], list[_Span]]:
    length, size = _length(family, mask, text), 32 if family == 4 else 128
    base = _MAPPED if family == 4 else 0
    if length == 0:  # squid 5 and 6 then compare the whole address
        return [(base + first, base + first)], [(base, base + (1 << size) - 1)]
    rest = (1 << (size - length)) - 1
    low, high = first & ~rest, last & ~rest
    high = high if high >= low else low  # a range that runs backwards takes its first address alone
    return [(base + low, base + (high | rest))], []


def _length(family: Family, mask: str, text: str) -> int:
    size = 32 if family == 4 else 128
    if not mask:
        return size
    if mask.isdigit() and len(mask) <= 3 and int(mask) <= 128:
        if int(mask) > size:
            raise BadValueError(f"unknown netmask in `{text}`")
        return int(mask)
    try:
        bits = f"{parse_address(mask).first:032b}"
    except AddressError:
        raise UnreadValueError(text) from None
    return len(bits) - len(bits.lstrip("1"))  # squid counts the ones at the start, whatever follows


def _number(family: Family, text: str, whole: str) -> int:
    """Return an address; IPv4 also in the old short forms: `127.1` is 127.0.0.1, and `10` is 0.0.0.10."""
    try:
        if family == 4:
            return int.from_bytes(socket.inet_aton(text), "big")
        return parse_address(text).first
    except (OSError, AddressError):
        raise BadValueError(f"`{whole}` is no address") from None


def _single(text: str) -> _Span:
    if re.fullmatch(_DIGITS, text):
        number = _MAPPED + _number(4, text, text)
        return number, number
    if ":" in text and re.fullmatch(r"[0-9A-Fa-f:.]+", text):
        number = _number(6, text, text)
        return number, number
    if not _HOST_NAME.match(text):
        raise BadValueError(f"`{text}` is no address") from None
    raise UnreadValueError(text)
