"""The files of a Linux firewall, as a site file names them: one or several under each key."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Mappings
from types import MappingProxyType
from typing import TypeAlias

from netcheck.diagnostics import Collector
from netcheck.model.hosts import ChainFirewall, HostFirewallKind
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


def _nftables(files: Files, collector: Collector) -> ChainFirewall:
    from netcheck.sources.linux.nft_ruleset import read_nft_ruleset

    return read_nft_ruleset(files["ruleset"][0], collector)


def _ufw(files: Files, collector: Collector) -> ChainFirewall:
    if "rules" in files:
        from netcheck.sources.linux.ufw_rules import read_ufw_rules

        return read_ufw_rules(files, collector)
    from netcheck.sources.linux.ufw_status import read_ufw_status

    return read_ufw_status(files, collector)


def _firewalld(files: Files, collector: Collector) -> ChainFirewall:
    from netcheck.sources.linux.firewalld import read_firewalld

    return read_firewalld(files, collector)


_KEYS: Mappings[HostFirewallKind, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        HostFirewallKind.IPTABLES: (("save",), ("ipset",)),
        HostFirewallKind.NFTABLES: (("ruleset",), ()),
        HostFirewallKind.UFW: (("status", "rules"), ("applications", "defaults")),
        HostFirewallKind.FIREWALLD: (("zones",), ("services", "defaults")),
    }
)
"""The keys that name files: one of the first is needed, the others may be given beside it."""

_WHOLE = frozenset(("ruleset", "status"))
"""Keys that name what one program prints of everything it has, which is one file."""

_READERS: Mappings[HostFirewallKind, Callable[[Files, Collector], ChainFirewall]] = MappingProxyType(
    {
        HostFirewallKind.IPTABLES: _iptables,
        HostFirewallKind.NFTABLES: _nftables,
        HostFirewallKind.UFW: _ufw,
        HostFirewallKind.FIREWALLD: _firewalld,
    }
)


def read_linux(scope: Scope, record: Record, kind: HostFirewallKind) -> ChainFirewall | None:
    """Read the firewall of a kind from the files that its keys name; faults are collected."""
    needed, beside = _KEYS[kind]
    given = {name: paths(scope, record, name) for name in (*needed, *beside)}
    files = {name: found for name, found in given.items() if found}
    for name in _WHOLE & set(files):
        if len(files[name]) > 1:
            node = record.get(name)
            assert node is not None, "it names files"
            scope.reader.error(
                node, "NC139", f"`{name}` takes one file, and here are {len(files[name])}", "keep one of them"
            )
            return None
    main = [name for name in needed if name in files]
    if not main:
        record.required(needed[0], "the file the firewall was saved to, relative to the site file")
        return None
    node = record.get(main[0])
    assert node is not None, "it names files"
    if len(main) > 1:
        scope.reader.error(node, "NC139", f"`{main[0]}` and `{main[1]}` are both given", "keep one of the two")
        return None
    return scope.reader.absorb(lambda: _READERS[kind](files, scope.reader.collector), node)
