"""Application profiles of ufw: the files in /etc/ufw/applications.d, and what `ufw app info all` prints.

Semantics: manual page ufw(8), "APPLICATION INTEGRATION": ports are separated by `|`, each a list for one protocol, or
for TCP and UDP both where none is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source

_PORTS = re.compile(r"(any|[0-9:]+(?:,[0-9:]+)*)(?:/(tcp|udp))?")
Profiles = Mapping[str, tuple[tuple[str, str], ...]]
"""Ports and protocol (`any` for both) by the name of a profile."""


def read_applications(paths: Sequence[str], collector: Collector) -> Profiles:
    """Return the profiles in some files or folders; faults are collected."""
    from netcheck.sources._text import read_text

    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for path in _files(paths):
        name, start = "", Source(path)
        ports: list[tuple[str, str]] = []
        for number, line in enumerate(read_text(path).splitlines(), 1):
            at = Source(path, number, 1)
            title, given = _line(line.strip())
            if title:
                _keep(found, name, ports, start, collector)
                name, ports, start = title, [], at
            for text in given:
                parsed = _PORTS.fullmatch(text)
                if parsed and name:
                    ports.append((parsed[1], parsed[2] or "any"))
                else:
                    _fault(collector, f"`{text[:60]}` is no list of ports of a profile", at)
        _keep(found, name, ports, start, collector)
    return found


def _files(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        if Path(path).is_dir():
            yield from (str(one) for one in sorted(Path(path).iterdir()) if one.is_file())
        else:
            yield path


def _line(line: str) -> tuple[str, list[str]]:
    """Return the profile that a line begins, or the ports it gives."""
    if line.startswith("[") and line.endswith("]"):
        return line[1:-1].strip(), []
    if line.startswith("Profile:"):
        return line.removeprefix("Profile:").strip(), []
    if line.lower().startswith("ports="):
        return "", [one.strip() for one in line[6:].split("|")]
    # `ufw app info` prints each list on a line of its own, and every other line begins with a word.
    return "", [line] if re.fullmatch(r"(any|\d[\d:,]*)(/\w+)?", line) else []


def _keep(
    found: dict[str, tuple[tuple[str, str], ...]],
    name: str,
    ports: Sequence[tuple[str, str]],
    at: Source,
    collector: Collector,
) -> None:
    if name and not ports:
        _fault(collector, f"application profile `{name[:60]}` has no ports", at)
    elif name:
        found[name] = tuple(ports)


def _fault(collector: Collector, message: str, at: Source) -> None:
    help_text = "give a file of /etc/ufw/applications.d, or what `ufw app info all` prints"
    collector.add(Diagnostic(code="NC180", severity=Severity.ERROR, message=message, at=at, help=help_text))
