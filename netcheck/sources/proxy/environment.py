"""Proxy variables of Linux: `/etc/environment`, and what the agent's systemd unit hands to its service.

Semantics: pam_env(8) for `/etc/environment`, which login sessions read; systemd.exec(5) for `Environment=` and
`EnvironmentFile=`, the only ways for a service to get variables; Azure/WALinuxAgent README, section "Proxy
configuration", for the variables and for the unit's drop-in.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from netcheck.diagnostics import Collector, Severity, Source
from netcheck.model.proxies import ProxyAddress, ServiceEnvironment
from netcheck.sources.proxy.address import fault, parse_proxy_url

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
VARIABLES = (*_PROXIES, "no_proxy")
ETC_ENVIRONMENT = "/etc/environment"
_SPELLINGS = frozenset((*VARIABLES, *(name.upper() for name in VARIABLES)))

Variables = dict[str, tuple[str, Source]]


@dataclass(frozen=True, slots=True)
class _Assignment:
    """A line of `/etc/environment` as pam_env takes it; `is_plain` when systemd takes it in the same way."""

    name: str
    value: str
    at: Source
    is_exported: bool
    is_plain: bool


def read_environment_file(path: str, collector: Collector) -> tuple[dict[str, ProxyAddress], tuple[str, ...]]:
    """Read `/etc/environment`: the proxies by scheme (`http`, `https`, `all`), and the entries of `no_proxy`."""
    from netcheck.sources._text import read_text

    return parse_environment(read_text(path), path, collector)


def parse_environment(text: str, path: str, collector: Collector) -> tuple[dict[str, ProxyAddress], tuple[str, ...]]:
    """Read the text of an `/etc/environment`.

    Lines are as pam_env takes them: `NAME=value`, `export` allowed, quotes dropped, `#` starts a comment, the last
    assignment of a name counts. Nothing is expanded.
    """
    found = {one.name: (one.value, one.at) for one in _assignments(text, path, collector)}
    return proxies_of(found, path, collector)


def proxies_of(values: Variables, path: str, collector: Collector) -> tuple[dict[str, ProxyAddress], tuple[str, ...]]:
    """Return the proxies by scheme and the entries of `no_proxy` that variables hold, in either letter case."""
    proxies: dict[str, ProxyAddress] = {}
    for variable in _PROXIES:
        text, at = _either_case(values, variable, path, collector)
        address = parse_proxy_url(text, at, collector)
        if address:
            proxies[variable.partition("_")[0]] = address
    listed, _ = _either_case(values, "no_proxy", path, collector)
    return proxies, parse_no_proxy(listed)


def parse_no_proxy(text: str) -> tuple[str, ...]:
    """Read a comma list of names."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _assignments(text: str, path: str, collector: Collector) -> Iterator[_Assignment]:
    for number, line in enumerate(text.splitlines(), 1):
        at = Source(path, number, 1)
        before, comment, _ = line.partition("#")
        body = re.sub(r"^export\s+", "", before.strip())
        name, equals, value = body.partition("=")
        if body and not equals:
            is_proxy = name.split()[0].lower() in VARIABLES
            severity = Severity.ERROR if is_proxy else Severity.WARNING
            collector.add(fault("NC172", "a line without `=` sets nothing", at, severity=severity))
        elif body:
            value = value.strip()
            is_plain = not comment and "\\" not in value and value.strip("\"'") == _unquoted(value)
            yield _Assignment(name.strip(), _unquoted(value), at, body != before.strip(), is_plain)


def _either_case(values: Variables, name: str, path: str, collector: Collector) -> tuple[str, Source]:
    """Return a variable written in small letters or capitals; two that differ are a fault."""
    small, capital = values.get(name), values.get(name.upper())
    if small and capital and small[0] != capital[0]:
        message = f"`{name}` and `{name.upper()}` differ: programs disagree on which of them counts"
        collector.add(fault("NC172", message, capital[1], "keep one of them, or give both one value"))
    return small or capital or ("", Source(path))


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


# The agent's unit.


@dataclass(slots=True)
class _Unit:
    """What the drop-ins read so far hand to the service; `open` says what is not known about it."""

    own: Variables
    files: list[tuple[str, Source]]
    unset: set[str]
    open: str = ""


def read_unit_files(
    paths: Sequence[str], etc: str | Mapping[str, tuple[str, Source]] | None, collector: Collector, at: Source
) -> ServiceEnvironment:
    """Read drop-ins of the agent's unit (`walinuxagent.service.d/*.conf`): the proxy variables that its service has.

    `etc` is the path of the VM's `/etc/environment`, or its proxy variables, or None where the site has neither.
    """
    from netcheck.sources._text import read_text

    named = [(path, read_text(path)) for path in sorted(paths, key=lambda one: PurePath(one).name)]
    return parse_unit(named, (etc, read_text(etc)) if isinstance(etc, str) else etc, collector, at)


def parse_unit(
    drop_ins: Sequence[tuple[str, str]],
    etc: tuple[str, str] | Mapping[str, tuple[str, Source]] | None,
    collector: Collector,
    at: Source,
) -> ServiceEnvironment:
    """Read the texts of drop-ins in order, each with its path; `etc` likewise, or the variables themselves."""
    unit = _Unit({}, [], set())
    for path, text in drop_ins:
        _read_drop_in(text, path, unit, collector)
    values = dict(unit.own)
    for named, named_at in unit.files:
        if named != ETC_ENVIRONMENT:
            unit.open = unit.open or f"the agent's unit reads `{named[:80]}` ({named_at}), which is not in the site"
        elif etc is None:
            unit.open = unit.open or f"the agent's unit reads {ETC_ENVIRONMENT} ({named_at}), which is not in the site"
        else:
            values |= _as_systemd(*etc, unit, collector) if isinstance(etc, tuple) else etc
    values = {name: value for name, value in values.items() if name not in unit.unset}
    proxies, no_proxy = proxies_of(values, at.file, collector)
    return ServiceEnvironment(environment=proxies, no_proxy=no_proxy, unknown=unit.open, at=at)


def _as_systemd(path: str, text: str, unit: _Unit, collector: Collector) -> Variables:
    """Return the variables of `/etc/environment` for a service: systemd knows no `export` and no comment in a line."""
    values: Variables = {}
    for one in _assignments(text, path, Collector()):  # its faults are collected where the file itself is read
        if one.name not in _SPELLINGS:
            continue
        if one.is_exported:
            message = f"systemd does not read `export {one.name}`: the service does not get it"
            collector.add(fault("NC172", message, one.at, "leave `export` out", Severity.WARNING))
        elif not one.is_plain:
            unit.open = f"systemd reads the value of `{one.name}` at {one.at} in another way than login sessions do"
        else:
            values[one.name] = (one.value, one.at)
    return values


def _read_drop_in(text: str, path: str, unit: _Unit, collector: Collector) -> None:
    section = ""
    for at, line in _unit_lines(path, text):
        if line.startswith("["):
            section = line
            continue
        name, equals, value = line.partition("=")
        if not equals or not section:
            collector.add(fault("NC172", "no unit file: neither a section nor `NAME=value`", at))
        elif section == "[Service]":
            _apply(name.strip(), value.strip(), at, unit, collector)


def _unit_lines(path: str, text: str) -> Iterator[tuple[Source, str]]:
    """Yield logical lines: comments dropped, lines that end in a backslash joined."""
    waiting, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not waiting and (not line.strip() or line.lstrip()[0] in "#;"):
            continue
        start = start if waiting else number
        waiting += line.rstrip()
        if waiting.endswith("\\"):
            waiting = waiting[:-1] + " "
            continue
        yield Source(path, start, 1), waiting.strip()
        waiting = ""
    if waiting:
        yield Source(path, start, 1), waiting.strip()


def _apply(name: str, value: str, at: Source, unit: _Unit, collector: Collector) -> None:
    match name:
        case "Environment":
            if not value:
                unit.own.clear()
            for word in _words(value, at, collector):
                variable, _, text = word.partition("=")
                if variable in _SPELLINGS:
                    if "%" in text:
                        unit.open = f"`{variable}` at {at} holds a specifier (`%`), which is not read"
                    unit.own[variable] = (text, at)
        case "EnvironmentFile":
            if not value:
                unit.files.clear()
            else:
                unit.files.append((value.removeprefix("-"), at))
        case "UnsetEnvironment":
            unit.unset |= set(_words(value, at, collector)) if value else set()
        case "PassEnvironment" if set(value.split()) & _SPELLINGS:
            unit.open = f"the agent's unit passes on variables of the system manager ({at}), which are not in the site"
        case _:
            pass  # other settings of a unit hand over no variable


def _words(value: str, at: Source, collector: Collector) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:
        collector.add(fault("NC172", "a quote is not closed", at))
        return []
