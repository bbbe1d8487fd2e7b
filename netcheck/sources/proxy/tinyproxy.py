"""The configuration of a tinyproxy: where it listens and whom it lets ask for what.

Semantics: the manual page tinyproxy.conf(5) of version 1.11 and the program (tests/real_hosts/test_tinyproxy.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.model.address import AddressError, AddressRange, everything, parse_address, parse_range
from netcheck.model.ports import PortRange
from netcheck.model.proxies import ProxyProgram
from netcheck.model.proxyacl import (
    AclCondition,
    AclRule,
    AclTest,
    Authenticated,
    ClientAddresses,
    Methods,
    Never,
    PlainHttp,
    RequestPorts,
    Undecidable,
)
from netcheck.model.rules import Access
from netcheck.model.site import ProxyServer
from netcheck.sources._text import read_text
from netcheck.sources.proxy.tinyproxy_filter import filter_options, filter_rules
from netcheck.sources.proxy.tinyproxy_lines import TinyLine, tiny_lines

_HOME = "/etc/tinyproxy/"
"""Where tinyproxy.conf lies on the proxy: a path below is looked for beside the copy that netcheck was given."""

_MAPPED = 0xFFFF << 32
_LOOPBACK = ("127.0.0.0/8", "::1")

_DECIDES_ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "upstream": "`Upstream` hands requests on to another proxy",
        "reversepath": "`ReversePath` makes the proxy a site of its own",
        "bind": "`Bind` sets the proxy's own address",
        "bindsame": "`BindSame` sets the proxy's own address",
    }
)
"""Keywords that bear on a request and are not modelled."""


def read_tinyproxy_conf(path: str, port: int | None, collector: Collector) -> ProxyServer:
    """Read a tinyproxy.conf with its filter; `port` is the one the site says the proxy serves, None to take its own.

    Faults of the file are collected; raise InputError when it cannot be read at all. What bears on requests and is not
    in the list is named in `unknown`.
    """
    lines = tiny_lines(read_text(path), path, collector)
    acl = (
        *_clients(lines),
        *_credentials(lines),
        *_connect_ports(lines),
        *_filter(lines, path, collector),
        *_headers(lines),
    )
    served = _port(lines, path, port, collector)
    addresses = _listen(lines, path, collector)
    return ProxyServer(
        port=served,
        at=next((line.at for line in lines if line.word == "port"), Source(path)),
        acl=acl,
        default=Access.ALLOW,
        requires_authentication=any(line.word == "basicauth" for line in lines),
        unknown="; ".join(_decided_elsewhere(lines, is_ambiguous=len(addresses) > 1)),
        listen=addresses[0] if len(addresses) == 1 else None,
        file=path,
        program=ProxyProgram.TINYPROXY,
    )


def _clients(lines: Sequence[TinyLine]) -> Iterator[AclRule]:
    """Yield what `Allow` and `Deny` refuse: the first that takes a client decides, and with none of them it is refused.

    A client whom an earlier `Allow` takes goes on to what else decides, so each refusal holds for all others.
    """
    found = [line for line in lines if line.word in ("allow", "deny")]
    passed: list[AclCondition] = []
    for line in found:
        test = _client_test(line.value)
        if line.word == "allow":
            passed.append(AclCondition(test=test, text=f"!{line.value}", is_negated=True))
        else:
            conditions = (*passed, AclCondition(test=test, text=line.value))
            yield AclRule(action=Access.DENY, conditions=conditions, text=f"Deny {line.value}", at=line.at)
    if found:
        text = "no Allow takes the client"
        yield AclRule(action=Access.DENY, conditions=tuple(passed), text=text, at=found[-1].at)


def _client_test(text: str) -> AclTest:
    """Return which clients a value takes; a name is compared with the one that the client's address has.

    Version 1.11.1 sees the first 64 bits of an IPv6 client alone: there a longer prefix takes others than it says.
    """
    base, _, length = text.partition("/")
    try:
        address = parse_address(base)
    except AddressError:
        is_number = bool(re.fullmatch(r"[0-9a-f:.]*:[0-9a-f:.]*", base, re.IGNORECASE)) or bool(length)
        return Never() if is_number else Undecidable(f"the list names clients by `{text[:60]}`")
    if address.family == 4:
        if length and int(length) > 32:
            return Never()
        return ClientAddresses((parse_range(f"{base}/{length or 32}"),))
    return _ipv6_clients(address, int(length or 128))


def _ipv6_clients(address: AddressRange, length: int) -> AclTest:
    if length > 128:
        return Never()
    whole = _block(address.first, length)
    low, high = max(whole[0], _MAPPED), min(whole[1], _MAPPED + 0xFFFFFFFF)
    mapped = (AddressRange(4, low - _MAPPED, high - _MAPPED),) if low <= high else ()
    if length <= 64:
        return ClientAddresses((*mapped, AddressRange(6, *whole)))
    return ClientAddresses(mapped, (AddressRange(6, *_block(address.first, 64)),))


def _block(number: int, length: int) -> tuple[int, int]:
    rest = (1 << (128 - length)) - 1
    return number & ~rest, number | rest


def _credentials(lines: Sequence[TinyLine]) -> Iterator[AclRule]:
    for line in [line for line in lines if line.word == "basicauth"][:1]:
        condition = AclCondition(test=Authenticated(), text="BasicAuth")
        yield AclRule(action=Access.DENY, conditions=(condition,), text="BasicAuth", at=line.at)


def _connect_ports(lines: Sequence[TinyLine]) -> Iterator[AclRule]:
    """Yield the refusal of CONNECT to ports that are not listed; without a list all are allowed."""
    found = [line for line in lines if line.word == "connectport"]
    ports = tuple(PortRange(port, port) for port in sorted({min(int(line.value), 65536) for line in found}))
    if found:
        conditions = (
            AclCondition(test=Methods(("CONNECT",)), text="CONNECT"),
            AclCondition(test=RequestPorts(ports), text="!ConnectPort", is_negated=True),
        )
        text = "ConnectPort " + " ".join(line.value for line in found)
        yield AclRule(action=Access.DENY, conditions=conditions, text=text, at=found[0].at)


def _filter(lines: Sequence[TinyLine], path: str, collector: Collector) -> Iterator[AclRule]:
    """Yield what the filter refuses; the last `Filter` line names it."""
    found = [line for line in lines if line.word == "filter"]
    for line in found[-1:]:
        name = line.value.removeprefix(_HOME)
        if PurePosixPath(name).is_absolute():
            help_text = "put a copy beside the tinyproxy.conf and name it without folders"
            collector.add(_error(f"`{name}` is a path on the proxy VM", line.at, help_text))
            continue
        beside = str(Path(path).parent / name)
        try:
            text = read_text(beside)
        except InputError as error:
            collector.take(error.diagnostics)
            collector.add(_error(f"`{name}` cannot be read", line.at, "put a copy beside the tinyproxy.conf"))
            continue
        yield from filter_rules(text, beside, filter_options(lines), line.at, collector)


def _headers(lines: Sequence[TinyLine]) -> Iterator[AclRule]:
    """Yield that a plain request may fail without the headers that `Anonymous` does not let pass."""
    for line in [line for line in lines if line.word == "anonymous"][:1]:
        conditions = (
            AclCondition(test=PlainHttp(), text="http"),
            AclCondition(test=Undecidable("`Anonymous` keeps headers back"), text="Anonymous"),
        )
        yield AclRule(action=Access.DENY, conditions=conditions, text="Anonymous", at=line.at)


def _port(lines: Sequence[TinyLine], path: str, port: int | None, collector: Collector) -> int:
    """Return the port clients connect to: of several lines the last holds."""
    found = [line for line in lines if line.word == "port"]
    for line in found:
        if not int(line.value) <= 65535:
            collector.add(_error(f"bad port `{line.value[:20]}`", line.at))
    own = min(int(found[-1].value), 65535) if found else 0
    if not own:
        collector.add(_error("no `Port` in the file", Source(path), "tinyproxy does not start without it"))
    elif port is not None and port != own:
        message = f"tinyproxy serves clients on port `{own}`, not on `{port}`"
        at, advice = found[-1].at, "give the `Port` of this file in the site, or leave `port` out"
        collector.add(Diagnostic(code="NC178", severity=Severity.ERROR, message=message, at=at, help=advice))
    return own


def _listen(lines: Sequence[TinyLine], path: str, collector: Collector) -> list[AddressRange]:
    """Return the addresses that clients of the network may ask; none where it is each of the machine's."""
    found: list[AddressRange] = []
    for line in lines:
        if line.word == "listen":
            try:
                found.append(parse_address(line.value))
            except AddressError:
                collector.add(_error(f"`{line.value}` is no address", line.at))
    if not found or any(one.first == everything(one.family).first for one in found):
        return []
    outside = [one for one in found if not _is_loopback(one)]
    if not outside:
        message = "tinyproxy listens on the loopback address alone"
        collector.add(Diagnostic(code="NC178", severity=Severity.ERROR, message=message, at=Source(path)))
    return outside


def _is_loopback(address: AddressRange) -> bool:
    return any(address.family == r.family and r.first <= address.first <= r.last for r in map(parse_range, _LOOPBACK))


def _decided_elsewhere(lines: Sequence[TinyLine], *, is_ambiguous: bool) -> Iterator[str]:
    if is_ambiguous:
        yield "the proxy listens on several addresses, and on no others"
    for word, reason in _DECIDES_ELSEWHERE.items():
        if any(line.word == word and not _says_nothing(line) for line in lines):
            yield reason


def _says_nothing(line: TinyLine) -> bool:
    if line.word == "upstream":
        return line.value.lower().startswith("none")
    return line.word == "bindsame" and not line.is_set


def _error(message: str, at: Source, help_text: str = "") -> Diagnostic:
    return Diagnostic(code="NC179", severity=Severity.ERROR, message=message, at=at, help=help_text)
