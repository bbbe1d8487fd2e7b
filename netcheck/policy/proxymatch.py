"""Whether the conditions of a proxy's list hold for a request, as far as the request is known.

Semantics: squid's documentation of `acl` (cf.data.pre); tests/real_hosts/test_squid.py compares with the program.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from netcheck.model.address import AddressError, AddressRange, Family, parse_address
from netcheck.model.proxyacl import (
    AclCondition,
    AclTest,
    Always,
    Authenticated,
    ClientAddresses,
    DestinationAddresses,
    Group,
    HostNames,
    Methods,
    Never,
    PlainHttp,
    RequestPorts,
    Texts,
    Undecidable,
)
from netcheck.policy.proxytexts import Part, Text, may_be, must_be, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyRequest:
    """What a client asks of a proxy.

    `host` is a full name or address, or a suffix with a leading dot (`.blob.core.windows.net`): any account below it,
    which one is not known; "" where no name is known. `is_connect`: HTTPS, asked for as `CONNECT host:port`.
    """

    family: Family
    client: int
    host: str
    port: int
    is_connect: bool


class Truth(StrEnum):
    """What may come of a condition."""

    YES = "yes"
    NO = "no"
    ASKS = "asks for credentials, and refuses who has none"


@dataclass(frozen=True, slots=True)
class Answer:
    """What may come of a condition, and what is not known where that is more than one thing."""

    may: frozenset[Truth]
    doubts: tuple[str, ...] = ()


_YES, _NO, _ASKS = (Answer(frozenset({truth})) for truth in Truth)
_EITHER = frozenset({Truth.YES, Truth.NO})


def all_of(conditions: Iterable[AclCondition], request: ProxyRequest) -> Answer:
    """Return whether all conditions hold, from left to right; the first that fails, or asks, ends it."""
    may, doubts = _YES.may, list[str]()
    for condition in conditions:
        if Truth.YES not in may:
            break
        found = _condition(condition, request)
        may = (may - _YES.may) | found.may
        doubts += found.doubts
    return Answer(may, tuple(doubts))


def _condition(condition: AclCondition, request: ProxyRequest) -> Answer:
    found = _test(condition.test, request)
    if not condition.is_negated:
        return found
    opposite = {Truth.YES: Truth.NO, Truth.NO: Truth.YES, Truth.ASKS: Truth.ASKS}
    return Answer(frozenset(opposite[truth] for truth in found.may), found.doubts)


def _any_row(group: Group, request: ProxyRequest) -> Answer:
    may, doubts = _NO.may, list[str]()
    for row in group.rows:
        if Truth.NO not in may:
            break
        found = all_of(row, request)
        may = (may - _NO.may) | found.may
        doubts += found.doubts
    return Answer(may, tuple(doubts))


def _test(test: AclTest, request: ProxyRequest) -> Answer:
    match test:
        case Always():
            return _YES
        case Never():
            return _NO
        case Authenticated():
            return _ASKS
        case Undecidable(reason):
            return _maybe(reason)
        case ClientAddresses(ranges, doubtful):
            return _in_ranges(request.family, request.client, ranges, doubtful)
        case DestinationAddresses():
            return _destination(test, request.host)
        case RequestPorts(ports):
            return _known(any(r.first <= request.port <= r.last for r in ports))
        case Methods(names):
            return _method(names, request)
        case PlainHttp():
            return _known(not request.is_connect)
        case HostNames():
            return _host(test, request.host.lower().rstrip("."))
        case Texts():
            return _texts(test, request)
        case Group():
            return _any_row(test, request)
        case _:
            assert_never(test)


def _known(value: bool) -> Answer:
    return _YES if value else _NO


def _maybe(doubt: str) -> Answer:
    return Answer(_EITHER, (doubt,))


def _in_ranges(
    family: Family, address: int, ranges: tuple[AddressRange, ...], doubtful: tuple[AddressRange, ...]
) -> Answer:
    if any(r.family == family and r.first <= address <= r.last for r in ranges):
        return _YES
    for one in doubtful:
        if one.family == family and one.first <= address <= one.last:
            return _maybe(f"not every version of the proxy takes `{one}` into this list")
    return _NO


def _destination(test: DestinationAddresses, host: str) -> Answer:
    address = _address(host)
    if address is not None:
        return _in_ranges(address.family, address.first, test.ranges, test.doubtful)
    if not test.looks_up or not (test.ranges or test.doubtful):
        return _NO
    return _maybe("the proxy looks up the addresses of the name to compare them")


def _method(names: tuple[str, ...], request: ProxyRequest) -> Answer:
    if request.is_connect:
        return _known("CONNECT" in names)
    if all(name == "CONNECT" for name in names):
        return _NO
    return _maybe("which HTTP methods a request uses is not known")


def _host(test: HostNames, host: str) -> Answer:
    # No host name holds a star or an empty part: squid's dstdomain has no wildcards, and cuts the host's last dot.
    names = [
        n for n in (p.lower() for p in test.patterns) if "*" not in n and ".." not in n and n[-1:] not in ("", ".")
    ]
    if not names:
        return _NO
    if not host:
        return _maybe("the list is by name, and no name of the destination is known")
    if any(_covers(name, host) for name in names):
        return _YES
    if _address(host) is not None:
        return _looked_up(host) if test.looks_up else _NO
    inside = [name for name in names if host.startswith(".") and name.endswith(host)]
    if inside:
        return _maybe(f"only some accounts: `{'`, `'.join(inside)}`")
    return _NO


def _covers(pattern: str, host: str) -> bool:
    """Return whether a pattern takes the name, or every name below it when `host` starts with a dot."""
    if not pattern.startswith("."):
        return pattern == host
    return host == pattern[1:] or host.endswith(pattern)


def _looked_up(host: str) -> Answer:
    return _maybe(f"the proxy looks up the name of `{host}` to compare it with a list of domains")


def _texts(test: Texts, request: ProxyRequest) -> Answer:
    host = request.host.lower().rstrip(".")
    if not host:
        return _maybe("the list is by name, and no name of the destination is known")
    name = text_of(Part.HOST_CHARACTER, Part.HOST, host) if host.startswith(".") else text_of(host)
    text = _url(name, request) if test.is_url else name
    if any(must_be(pattern, text) for pattern in test.patterns):
        return _YES
    if not test.is_url and _address(host) is not None:
        return _looked_up(host) if test.looks_up and test.patterns else _NO
    if any(may_be(pattern, text) for pattern in test.patterns):
        return _maybe(f"the pattern takes some {'URLs' if test.is_url else 'names'} of `{host}` and not others")
    return _NO


def _url(name: Text, request: ProxyRequest) -> Text:
    """Return the URL as squid compares it: `host:port` for CONNECT, else with the scheme and what follows the host."""
    if request.is_connect:
        return (*name, *text_of(f":{request.port}"))
    port = "" if request.port == 80 else f":{request.port}"
    return (*text_of("http://"), *name, *text_of(f"{port}/", Part.REST))


def _address(host: str) -> AddressRange | None:
    try:
        return parse_address(host.strip("[]"))
    except AddressError:
        return None
