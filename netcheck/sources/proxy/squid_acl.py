"""The `acl` lines of a squid.conf: named tests by type.

Semantics: squid's documentation of `acl` (cf.data.pre). Values of one name are alternatives, over all its lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.address import AddressError, AddressRange, everything, parse_range
from netcheck.model.ports import PortError, PortRange, parse_port_range
from netcheck.model.proxyacl import (
    AclTest,
    Always,
    Authenticated,
    ClientAddresses,
    HostNames,
    Methods,
    Never,
    RequestPorts,
    Undecidable,
)


@dataclass(frozen=True, slots=True)
class AclLine:
    """One `acl NAME TYPE VALUE…` line, its lists in files already read."""

    name: str
    type: str
    values: tuple[str, ...]
    at: Source


_LOOPBACK = ClientAddresses((parse_range("127.0.0.0/8"),))

PREDEFINED: Mapping[str, AclTest] = MappingProxyType(
    {
        "all": Always(),
        "localhost": _LOOPBACK,
        "CONNECT": Methods(("CONNECT",)),
        # requests to the proxy itself or back to its own machine: never what a client asks of a public name
        "manager": Never(),
        "to_localhost": Never(),
        "to_linklocal": Never(),
    }
)
"""What squid defines by itself, as far as it concerns requests from the network."""

_NOT_HTTP = frozenset({"cache_object", "ftp", "gopher", "wais", "urn", "whois"})


def acl_tests(lines: Iterable[AclLine], collector: Collector) -> dict[str, AclTest]:
    """Return the tests by name: squid's own, and those of the file."""
    grouped: dict[str, list[AclLine]] = {}
    for line in lines:
        grouped.setdefault(line.name, []).append(line)
    made = {name: _test(group, collector) for name, group in grouped.items()}
    return {**PREDEFINED, **made, "all": PREDEFINED["all"]}


def _test(lines: Sequence[AclLine], collector: Collector) -> AclTest:
    first = lines[0]
    for line in lines[1:]:
        if line.type != first.type:
            message = f"acl `{line.name}` is of type `{line.type}` here and `{first.type}` before"
            collector.add(_fault(message, line.at, ((first.at, "first given a type here"),)))
    values = [(value, line.at) for line in lines if line.type == first.type for value in line.values if value != "--"]
    maker = _MAKERS.get(first.type)
    if maker is None:
        return Undecidable(f"acl `{first.name}` is of type `{first.type}`")
    return maker(first.name, values, collector)


_Values = Sequence[tuple[str, Source]]


def _source(name: str, values: _Values, _collector: Collector) -> AclTest:
    ranges: list[AddressRange] = []
    words = {"all": (everything(4), everything(6)), "ipv4": (everything(4),), "ipv6": (everything(6),)}
    for text, _ in values:
        if text.lower() in words:
            ranges += words[text.lower()]
            continue
        try:
            ranges.append(parse_range(text))
        except AddressError:
            return Undecidable(f"acl `{name}` names clients by `{text[:60]}`")
    return ClientAddresses(tuple(ranges))


def _domains(name: str, values: _Values, collector: Collector) -> AclTest:
    patterns: list[str] = []
    for text, at in values:
        if text == "-n":  # no reverse look-up for addresses: says nothing about names
            continue
        if text.startswith("-"):
            return Undecidable(f"acl `{name}` has the option `{text[:20]}`")
        if "*" in text:
            message = f"`{text}` matches nothing: dstdomain has no wildcards"
            help_text = f"write `{text.replace('*', '').replace('..', '.')}`: a leading dot takes everything below"
            collector.add(Diagnostic(code="NC177", severity=Severity.WARNING, message=message, at=at, help=help_text))
        patterns.append(text)
    return HostNames(tuple(patterns))


def _ports(name: str, values: _Values, collector: Collector) -> AclTest:
    ranges: list[PortRange] = []
    for text, at in values:
        try:
            ranges.append(parse_port_range(text))
        except PortError as error:
            collector.add(_fault(f"acl `{name}`: {error}", at))
    return RequestPorts(tuple(ranges))


def _methods(_name: str, values: _Values, _collector: Collector) -> AclTest:
    return Methods(tuple(text.upper() for text, _ in values))


def _protocols(name: str, values: _Values, _collector: Collector) -> AclTest:
    if all(text.lower() in _NOT_HTTP for text, _ in values):
        return Never()
    return Undecidable(f"acl `{name}` is of type `proto`")


def _authenticated(_name: str, _values: _Values, _collector: Collector) -> AclTest:
    return Authenticated()


_MAKERS: Mapping[str, Callable[[str, _Values, Collector], AclTest]] = MappingProxyType(
    {
        "src": _source,
        "dstdomain": _domains,
        "port": _ports,
        "method": _methods,
        "proto": _protocols,
        "proxy_auth": _authenticated,
        "proxy_auth_regex": _authenticated,
    }
)


def _fault(message: str, at: Source, related: tuple[tuple[Source, str], ...] = ()) -> Diagnostic:
    return Diagnostic(code="NC175", severity=Severity.ERROR, message=message, at=at, related=related)
