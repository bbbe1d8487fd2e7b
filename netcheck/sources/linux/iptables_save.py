"""A Linux host firewall as `iptables-save` (and `ip6tables-save`) prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.hosts import ChainFirewall, HostFirewallKind
from netcheck.sources.linux.ipset_save import AddressSet, read_sets
from netcheck.sources.linux.iptables_build import Origin, build_firewall
from netcheck.sources.linux.iptables_lines import SaveTable, read_tables


def read_iptables_save(path: str, collector: Collector) -> ChainFirewall:
    """Read one dump, or an IPv4 and an IPv6 dump one after the other in one file."""
    return read_iptables_files((path,), collector)


def read_iptables_files(paths: Sequence[str], collector: Collector, ipsets: Sequence[str] = ()) -> ChainFirewall:
    """Read dumps into one firewall; faults are collected, a file that cannot be opened is an InputError.

    The files hold each table of each family once. What a missing dump would hold is undetermined. `ipsets` are what
    `ipset save` printed: without them a match on a set may hold or not.
    """
    from netcheck.sources._text import read_text

    tables: list[SaveTable] = []
    for path in paths:
        tables += read_tables(read_text(path), path, collector, tables)
    if tables and not any(table.name == "filter" for table in tables):
        message = "no `filter` table in it"
        help_text = "give what `iptables-save` prints without `-t`"
        at = Source(paths[0])
        collector.add(Diagnostic(code="NC180", severity=Severity.ERROR, message=message, at=at, help=help_text))
    for table in tables:
        for chain in ("INPUT", "OUTPUT"):
            if table.name == "filter" and chain not in table.chains:
                message = f"table `filter` has no chain `{chain}`"
                collector.add(Diagnostic(code="NC180", severity=Severity.ERROR, message=message, at=table.at))
    files = {"save": tuple(paths), **({"ipset": tuple(ipsets)} if ipsets else {})}
    origin = Origin(HostFirewallKind.IPTABLES, Source(paths[0]), files)
    return build_firewall(tables, origin, collector, _read_sets(ipsets, collector) if ipsets else None)


def _read_sets(paths: Sequence[str], collector: Collector) -> Mapping[str, AddressSet]:
    from netcheck.sources._text import read_text

    sets: dict[str, AddressSet] = {}
    for path in paths:
        for name, one in read_sets(read_text(path), path, collector).items():
            if name in sets:
                message = f"set `{name[:60]}` stands twice"
                collector.add(Diagnostic(code="NC180", severity=Severity.ERROR, message=message, at=one.at))
            sets[name] = one
    return sets
