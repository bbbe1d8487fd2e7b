"""The files of a Linux firewall, as a site file names them: one or several under each key."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Mappings
from types import MappingProxyType
from typing import TypeAlias

from netcheck.diagnostics import Collector
from netcheck.model.hosts import FILE_KEYS, ChainFirewall, HostFirewallKind
from netcheck.sources._record import Record
from netcheck.sources._scope import Scope

Files: TypeAlias = Mappings[str, tuple[str, ...]]
"""Paths by the key that names them; a key that is not given is left out."""


def paths(scope: Scope, record: Record, name: str) -> tuple[str, ...]:
    """Return the files that a key names: one, or a list of them, each relative to the site file."""
    return tuple(scope.path(node.text) for node in record.scalars(name))


def _iptables(files: Files, collector: Collector) -> ChainFirewall:
    from netcheck.sources.linux.iptables_save import read_iptables_files

    return read_iptables_files(files["save"], collector, files.get("ipset", ()))


_KEYS: Mappings[HostFirewallKind, tuple[str, ...]] = MappingProxyType({HostFirewallKind.IPTABLES: ("save", "ipset")})
"""The keys that name files, one of the first kind being needed."""

_READERS: Mappings[HostFirewallKind, Callable[[Files, Collector], ChainFirewall]] = MappingProxyType(
    {HostFirewallKind.IPTABLES: _iptables}
)
KINDS = frozenset(_READERS)


def read_linux(scope: Scope, record: Record, kind: HostFirewallKind) -> ChainFirewall | None:
    """Read the firewall of a kind from the files that its keys name; faults are collected."""
    given = {name: paths(scope, record, name) for name in _KEYS[kind]}
    files = {name: found for name, found in given.items() if found}
    if FILE_KEYS[kind] not in files:
        record.required(FILE_KEYS[kind], "the file the firewall was saved to, relative to the site file")
        return None
    node = record.get(FILE_KEYS[kind])
    assert node is not None, "it names files"
    return scope.reader.absorb(lambda: _READERS[kind](files, scope.reader.collector), node)
