"""What a rule, route or subnet may name as an address: the closed union `Endpoint`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Family = Literal[4, 6]
FAMILIES: tuple[Family, Family] = (4, 6)
_BITS = {4: 32, 6: 128}


class AddressError(ValueError):
    """A text is no address, prefix or tag; `help` says what to write instead."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 - the word users see
        self.help = help
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class AddressRange:
    """Addresses `first` to `last` of one family, both included, as integers. A prefix is such a range."""

    family: Family
    first: int
    last: int

    def __str__(self) -> str:
        prefixes = list(span_to_prefixes(self.family, self.first, self.last))
        if len(prefixes) == 1:
            return prefixes[0]
        return f"{format_address(self.family, self.first)}-{format_address(self.family, self.last)}"


@dataclass(frozen=True, slots=True)
class AnyAddress:
    """`*`: every address of both families."""

    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class ServiceTag:
    """A service tag, published or built in, as the user spelled it."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ApplicationSecurityGroup:
    """An application security group, by name or resource ID."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A text that netcheck cannot give a meaning: it may be any set of addresses, the empty one included."""

    text: str
    reason: str

    def __str__(self) -> str:
        return self.text


Endpoint = AddressRange | AnyAddress | ServiceTag | ApplicationSecurityGroup | Unresolved

# A quarter of a question's time went into the prefixes of the tags it names: the usual spelling is read by look-ups.
_OCTETS = {str(number): number for number in range(256)}
_HOST_BITS = {family: {str(n): (1 << width - n) - 1 for n in range(width + 1)} for family, width in _BITS.items()}
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]*\Z")
_HEX_COLON = re.compile(r"[0-9A-Fa-f:.]+\Z")


def bits(family: Family) -> int:
    """Return 32 or 128."""
    return _BITS[family]


def everything(family: Family) -> AddressRange:
    """Return the whole address space of a family: `0.0.0.0/0` or `::/0`."""
    return AddressRange(family, 0, (1 << _BITS[family]) - 1)


def parse_address(text: str) -> AddressRange:
    """Read one address without prefix length; raise AddressError otherwise."""
    family, value = _parse_host(text.strip())
    return AddressRange(family, value, value)


def parse_prefix(text: str) -> tuple[AddressRange, str]:
    """Read an address or prefix; also return a warning when host bits are set.

    Azure stores `10.0.0.5/24` as it is sent; the service masks the host bits, and so does netcheck,
    with a warning that names the network meant. Raise AddressError for anything else.
    """
    plain = _plain_prefix(text)
    if plain is not None:
        return plain, ""
    text = text.strip()
    host, slash, length_text = text.partition("/")
    family, value = _parse_host(host)
    if not slash:
        return AddressRange(family, value, value), ""
    length = _prefix_length(text, family, length_text)
    size = 1 << (_BITS[family] - length)
    first = value - value % size
    found = AddressRange(family, first, first + size - 1)
    note = "" if first == value else f"`{text}` has host bits set; the network meant is {found}"
    return found, note


def parse_spans(texts: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield `(first, last)` for each address or prefix, host bits masked; raise AddressError for anything else."""
    for text in texts:
        plain = _plain_span(text)
        if plain is None:
            found = parse_prefix(text)[0]
            plain = found.first, found.last
        yield plain


def _plain_prefix(text: str) -> AddressRange | None:
    plain = _plain_span(text)
    return None if plain is None else AddressRange(6 if ":" in text else 4, *plain)


def _plain_span(text: str) -> tuple[int, int] | None:
    """Return the span of a prefix as tools print it, its host bits clear; None: it is to be read with care."""
    try:
        if ":" in text:
            return _plain_span6(text)
        a, b, c, rest = text.split(".")
        d, length = rest.split("/")
        first = _OCTETS[a] << 24 | _OCTETS[b] << 16 | _OCTETS[c] << 8 | _OCTETS[d]
        host_bits = _HOST_BITS[4][length]
    except (ValueError, KeyError, OSError):
        return None
    return None if first & host_bits else (first, first + host_bits)


def _plain_span6(text: str) -> tuple[int, int] | None:
    import socket  # 2 ms of start-up that IPv4 sites do not need

    host, length = text.split("/")
    host_bits = _HOST_BITS[6][length]
    first = int.from_bytes(socket.inet_pton(socket.AF_INET6, host), "big")
    return None if first & host_bits else (first, first + host_bits)


def parse_range(text: str) -> AddressRange:
    """Read an address, a prefix or `first-last` (host firewalls, Azure Firewall); raise AddressError otherwise."""
    first_text, dash, last_text = text.partition("-")
    if not dash:
        return parse_prefix(text)[0]
    first, last = parse_address(first_text), parse_address(last_text)
    if first.family != last.family:
        raise AddressError(f"`{text}` mixes IPv4 and IPv6")
    if first.first > last.first:
        raise AddressError(f"address range `{text}` runs backwards")
    return AddressRange(first.family, first.first, last.first)


def parse_endpoint(text: str) -> tuple[Endpoint, str]:
    """Read what an NSG rule may name: address, prefix, `*` or a tag; also return a warning or "".

    A bare integer is an IPv4 address: the service accepts `"789"` (recorded by the azure-cli tests) and
    it can only mean 0.0.3.21. Raise AddressError for what is none of these.
    """
    text = text.strip()
    plain = _plain_prefix(text) if "/" in text else None
    if plain is not None:
        return plain, ""
    if text == "*" or text.lower() == "any":
        return AnyAddress(), ""
    if not text:
        raise AddressError("empty address", "write a prefix, a service tag, or `*`")
    if "," in text:
        raise AddressError(
            f"`{text}` is a list where one prefix is allowed",
            "put the prefixes into the plural field as a list",
        )
    if text.isascii() and text.isdigit():
        if len(text) > 10 or int(text) >= 1 << 32:
            raise AddressError(f"`{text[:40]}` is no address")
        found = AddressRange(4, int(text), int(text))
        return found, f"`{text}` is read as the 32-bit address {found}, as the service does"
    if _TAG.match(text) and not (":" in text and _HEX_COLON.match(text)):
        return ServiceTag(text), ""
    return parse_prefix(text)


def _parse_host(text: str) -> tuple[Family, int]:
    if ":" in text:
        return 6, _parse_host6(text)
    parts = text.split(".")
    if len(parts) == 4:
        value = 0
        for part in parts:
            if not (part.isascii() and part.isdigit() and len(part) <= 3) or int(part) > 255:
                raise AddressError(f"`{text}` is no IPv4 address")
            if len(part) > 1 and part[0] == "0":
                raise AddressError(
                    f"`{text}` has a part with a leading zero",
                    "some programs read that as octal; write it without",
                )
            value = value << 8 | int(part)
        return 4, value
    raise AddressError(f"`{text[:80]}` is no address or prefix", _help_for(parts))


def _help_for(parts: list[str]) -> str:
    if parts and all(part.isdigit() for part in parts) and len(parts) < 4:
        return "an IPv4 address has four parts"
    return "write a prefix such as `10.0.0.0/24`, a service tag, or `*`"


def _parse_host6(text: str) -> int:
    import socket

    try:
        return int.from_bytes(socket.inet_pton(socket.AF_INET6, text), "big")
    except (OSError, ValueError):
        raise AddressError(f"`{text[:80]}` is no IPv6 address") from None


def _prefix_length(text: str, family: Family, length_text: str) -> int:
    if length_text.isascii() and length_text.isdigit() and len(length_text) <= 3:
        length = int(length_text)
        if length > _BITS[family]:
            raise AddressError(f"`{text}`: prefix length {length} is over {_BITS[family]}")
        return length
    if family == 4 and length_text.count(".") == 3:
        return _length_of_mask(text, length_text)
    raise AddressError(f"`{text[:80]}` has no valid prefix length")


def _length_of_mask(text: str, mask: str) -> int:
    import netaddr  # 40 ms; only for the rare mask notation

    try:
        address = netaddr.IPAddress(mask, flags=netaddr.INET_PTON)
    except (netaddr.AddrFormatError, ValueError):
        raise AddressError(f"`{text}` has no valid mask") from None
    if not address.is_netmask():
        raise AddressError(f"`{text}`: `{mask}` is not a contiguous mask", "write the prefix length instead")
    return int(address.netmask_bits())


def format_address(family: Family, value: int) -> str:
    """Return the usual text of an address; IPv6 as RFC 5952 asks."""
    if family == 4:
        return f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"
    import socket

    return socket.inet_ntop(socket.AF_INET6, value.to_bytes(16, "big"))


def address_text(address: AddressRange) -> str:
    """Return one address without a prefix length; what is no single address as it is."""
    return format_address(address.family, address.first) if address.first == address.last else str(address)


def split_span(family: Family, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the fewest prefixes, in order, that together are exactly `first` to `last`, as (address, length)."""
    width = _BITS[family]
    while first <= last:
        size = first & -first or 1 << width
        while size > last - first + 1:
            size >>= 1
        yield first, width - size.bit_length() + 1
        first += size


def span_to_prefixes(family: Family, first: int, last: int) -> Iterator[str]:
    """Yield the fewest prefixes that are exactly `first` to `last`, as text."""
    return (f"{format_address(family, address)}/{length}" for address, length in split_span(family, first, last))
