"""The `acl` lines of a squid.conf: named tests by type.

Semantics: squid's documentation of `acl` (cf.data.pre), and what squid 5.7 does (tests/real_hosts/test_squid.py).
Values of one name are alternatives, over all its lines; names are the same in capitals and small letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from netcheck.diagnostics import NOWHERE, Collector, Diagnostic, Severity, Source
from netcheck.model.address import AddressRange, parse_range
from netcheck.model.ports import PortError, PortRange, parse_port_range
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
    TextPattern,
    Texts,
    Undecidable,
)
from netcheck.sources.proxy.squid_addresses import Addresses, BadValueError, UnreadValueError, address_list
from netcheck.sources.proxy.squid_regex import UnreadExpressionError, text_patterns


@dataclass(frozen=True, slots=True)
class AclLine:
    """One `acl NAME TYPE [OPTION…] VALUE…` line, its lists in files already read."""

    name: str
    type: str
    values: tuple[str, ...]
    at: Source
    options: tuple[str, ...] = ()


MANAGER = "manager"
"""Squid's own acl for requests to the proxy itself: never what a client asks of a public name."""

PREDEFINED: Mapping[str, tuple[AclLine, ...]] = MappingProxyType(
    {
        name.lower(): (AclLine(name, kind, tuple(values.split()), NOWHERE),)
        for name, kind, values in (
            ("all", "src", "all"),
            (MANAGER, "url_regex", ""),
            ("localhost", "src", "127.0.0.1/32 ::1"),
            ("to_localhost", "dst", "127.0.0.0/8 0.0.0.0/32 ::1 ::"),
            ("to_linklocal", "dst", "169.254.0.0/16 fe80::/10"),
            ("CONNECT", "method", "CONNECT"),
        )
    }
)
"""What squid defines by itself; lines of the file add to it. `to_linklocal` came with version 6."""

_OWN = tuple(map(parse_range, ("127.0.0.0/8", "0.0.0.0/8", "169.254.0.0/16", "::/127", "fe80::/10")))
"""Addresses of the proxy's own machine and link: no public name has one of them."""

_NOT_HTTP = frozenset({"cache_object", "ftp", "gopher", "https", "wais", "urn", "whois"})


class AclTests:
    """The tests of a file by name, each made when first asked for, with all the lines of its name."""

    def __init__(self, lines: Mapping[str, Sequence[AclLine]], ports: Sequence[int], collector: Collector) -> None:
        self._lines = lines
        self._ports = ports
        self._collector = collector
        self._made: dict[str, AclTest] = {}

    def condition(self, word: str) -> AclCondition:
        """Return the condition that a word of a list stands for; `!` negates it. The name must be defined."""
        return AclCondition(test=self._test(word.removeprefix("!").lower()), text=word, is_negated=word.startswith("!"))

    def make_all(self) -> None:
        """Make the tests that no list names too, for their diagnostics."""
        for name in self._lines:
            self._test(name)

    def _test(self, name: str) -> AclTest:
        if name not in self._made:
            lines = self._lines[name]
            self._made[name] = Undecidable(f"acl `{lines[0].name}` contains itself")  # while it is being made
            self._made[name] = self._make(lines)
        return self._made[name]

    def _make(self, lines: Sequence[AclLine]) -> AclTest:
        first = lines[0]
        values = [(value, line.at) for line in lines for value in line.values]
        match first.type:
            case "any-of":
                return Group(tuple((self.condition(word),) for word, _ in values))
            case "all-of":
                return Group(tuple(tuple(map(self.condition, line.values)) for line in lines))
            case "localport" | "myport":
                found = _ports(first.name, values, self._collector)
                return Always() if any(r.first <= p <= r.last for r in found for p in self._ports) else Never()
            case "dstdom_regex" | "url_regex":
                return _texts(lines)
            case _:
                maker = _MAKERS.get(first.type)
                return maker(lines, values, self._collector) if maker else _undecidable(first)


def _undecidable(line: AclLine) -> Undecidable:
    return Undecidable(f"acl `{line.name}` is of type `{line.type}`")


_Values = Sequence[tuple[str, Source]]

_NO_OPTIONS = frozenset[str]()
_OPTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(("src", "port", "localport", "myport", "method", "proto", "any-of", "all-of"), _NO_OPTIONS),
        **dict.fromkeys(("dstdomain", "dst"), frozenset({"-n"})),
        "dstdom_regex": frozenset({"-n", "-i", "+i"}),
        "url_regex": frozenset({"-i", "+i"}),
    }
)


def split_options(kind: str, words: Sequence[str]) -> tuple[tuple[str, ...], Sequence[str]]:
    """Return the options at the start of an acl line, a letter each, and the words after them; `--` ends them.

    Raise ValueError with an option that the type does not have. Of other types than the modelled all words are values.
    """
    allowed = _OPTIONS.get(kind)
    found: list[str] = []
    if allowed is None:
        return (), words
    for number, word in enumerate(words):
        if word == "--":
            return tuple(found), words[number + 1 :]
        if word[0] not in "-+":
            return tuple(found), words[number:]
        options = [word[0] + letter for letter in word[1:]] or [word]
        unknown = [option for option in options if option not in allowed]
        if unknown:
            raise ValueError(unknown[0])
        found += options
    return tuple(found), ()


def _is_look_up_banned(lines: Iterable[AclLine]) -> bool:
    """Return whether a line has the option `-n`: squid then looks up nothing for the whole acl."""
    return any("-n" in line.options for line in lines)


def _addresses(lines: Sequence[AclLine], values: _Values, collector: Collector) -> Addresses | Undecidable:
    """Return the addresses of a list; what other versions of squid take differently is warned about."""
    name = lines[0].name
    try:
        found = address_list([text for text, _ in values])
    except UnreadValueError as error:
        return Undecidable(f"acl `{name}` names hosts by `{str(error)[:60]}`")
    except BadValueError as error:
        at = next((at for text, at in values if text in str(error)), lines[-1].at)
        collector.add(_fault(f"acl `{name}`: {error}", at))
        return Undecidable(f"acl `{name}` has a bad value")
    for text in found.dropped:
        at = next(at for value, at in values if value == text)
        if at != NOWHERE:
            message = f"not every version of squid takes `{text}` into acl `{name}`"
            help_text = "leave out what overlaps it, or write `all` for every address"
            collector.add(Diagnostic(code="NC175", severity=Severity.WARNING, message=message, at=at, help=help_text))
    return found


def _source(lines: Sequence[AclLine], values: _Values, collector: Collector) -> AclTest:
    found = _addresses(lines, values, collector)
    if isinstance(found, Undecidable):
        return found
    return Always() if found.is_everything else ClientAddresses(found.ranges, found.doubtful)


def _destination(lines: Sequence[AclLine], values: _Values, collector: Collector) -> AclTest:
    found = _addresses(lines, values, collector)
    if isinstance(found, Undecidable):
        return found
    if found.is_everything:  # a name that cannot be looked up has no address, and squid could not ask it anyway
        return Always() if not _is_look_up_banned(lines) else DestinationAddresses(found.ranges, looks_up=False)
    is_own = all(_is_own(one) for one in (*found.ranges, *found.doubtful))
    looks_up = not is_own and not _is_look_up_banned(lines)
    return DestinationAddresses(found.ranges, found.doubtful, looks_up)


def _is_own(one: AddressRange) -> bool:
    return any(one.family == own.family and own.first <= one.first and one.last <= own.last for own in _OWN)


def _domains(lines: Sequence[AclLine], values: _Values, collector: Collector) -> AclTest:
    patterns: list[str] = []
    kept: list[str] = []
    for text, at in values:
        if "*" in text:
            message = f"`{text}` matches nothing: dstdomain has no wildcards"
            help_text = f"write `{text.replace('*', '').replace('..', '.')}`: a leading dot takes everything below"
            collector.add(Diagnostic(code="NC177", severity=Severity.WARNING, message=message, at=at, help=help_text))
        wider = next((old for old in kept if _is_below(old, text)), None)
        if wider is not None:
            message = f"acl `{lines[0].name}` has `{text}` after `{wider}`, which is part of it: squid does not start"
            collector.add(_fault(message, at, "leave out the longer one"))
        elif not any(_is_below(text, old) for old in kept):  # what is part of an earlier value is not even looked at
            kept.append(text)
        patterns.append(text)
    return HostNames(tuple(patterns), not _is_look_up_banned(lines))


def _is_below(one: str, other: str) -> bool:
    """Return whether `other` takes the name or the names of `one`, without being the same; a star is a letter here."""
    name, domain = one.lower().lstrip("."), other.lower()
    if one.lower() == domain:
        return False
    return name == domain.removeprefix(".") or (domain.startswith(".") and name.endswith(domain))


def _ports(name: str, values: _Values, collector: Collector) -> tuple[PortRange, ...]:
    ranges: list[PortRange] = []
    for text, at in values:
        try:
            if not all(part.isascii() and part.isdigit() for part in text.split("-", 1)):
                raise PortError(f"`{text[:40]}` is not a port or a range")
            ranges.append(parse_port_range(text))
        except PortError as error:
            collector.add(_fault(f"acl `{name}`: {error}", at))
    return tuple(ranges)


def _request_ports(lines: Sequence[AclLine], values: _Values, collector: Collector) -> AclTest:
    return RequestPorts(_ports(lines[0].name, values, collector))


def _methods(_lines: Sequence[AclLine], values: _Values, _collector: Collector) -> AclTest:
    return Methods(tuple(text.upper() for text, _ in values))


def _protocols(lines: Sequence[AclLine], values: _Values, _collector: Collector) -> AclTest:
    """Return what a list of protocols means for HTTP and CONNECT; squid ignores a protocol it does not know."""
    words = {text.lower() for text, _ in values}
    if words <= _NOT_HTTP:
        return Never()
    return PlainHttp() if words <= _NOT_HTTP | {"http"} else _undecidable(lines[0])


def _authenticated(_lines: Sequence[AclLine], _values: _Values, _collector: Collector) -> AclTest:
    return Authenticated()


def _texts(lines: Sequence[AclLine]) -> AclTest:
    """Return the texts of regular expressions; `-i` ignores capitals up to `+i` or the end of the line."""
    first = lines[0]
    if first.at == NOWHERE and len(lines) == 1:
        return Never()
    found: list[TextPattern] = []
    for line in lines:
        is_case_ignored = [word for word in line.options if word != "-n"][-1:] == ["-i"]
        for word in line.values:
            if word in ("-i", "+i"):
                is_case_ignored = word == "-i"
                continue
            try:
                found += text_patterns(word, is_case_ignored=is_case_ignored)
            except UnreadExpressionError:
                return _undecidable(first)
    is_url = first.type == "url_regex"
    return Texts(tuple(dict.fromkeys(found)), is_url, is_url or not _is_look_up_banned(lines))


_MAKERS: Mapping[str, Callable[[Sequence[AclLine], _Values, Collector], AclTest]] = MappingProxyType(
    {
        "src": _source,
        "dst": _destination,
        "dstdomain": _domains,
        "port": _request_ports,
        "method": _methods,
        "proto": _protocols,
        "proxy_auth": _authenticated,
        "proxy_auth_regex": _authenticated,
    }
)


def _fault(message: str, at: Source, help_text: str = "") -> Diagnostic:
    return Diagnostic(code="NC175", severity=Severity.ERROR, message=message, at=at, help=help_text)
