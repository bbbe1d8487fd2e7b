"""The host firewall of a VM: Windows rules written in the site, or the file another firewall was saved to."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Mappings
from types import MappingProxyType

from netcheck.diagnostics import Collector
from netcheck.model.hosts import FILE_KEYS
from netcheck.model.site import HostFirewall, HostFirewallKind, NoHostFirewall, UnreadHostFirewall
from netcheck.sources._nodes import Mapping, Node, Scalar, describe
from netcheck.sources._record import Record
from netcheck.sources._scope import Scope, wrong_type

_KINDS = {kind.value: kind for kind in HostFirewallKind}


def _iptables(path: str, collector: Collector) -> HostFirewall:
    from netcheck.sources.linux.iptables_save import read_iptables_save

    return read_iptables_save(path, collector)


def _nftables(path: str, collector: Collector) -> HostFirewall:
    from netcheck.sources.linux.nft_ruleset import read_nft_ruleset

    return read_nft_ruleset(path, collector)


_READERS: Mappings[HostFirewallKind, Callable[[str, Collector], HostFirewall]] = MappingProxyType(
    {HostFirewallKind.IPTABLES: _iptables, HostFirewallKind.NFTABLES: _nftables}
)
"""What reads the file of a kind: given its path and where faults go; a file that cannot be opened is an InputError."""


def read_host_firewall(scope: Scope, node: Node) -> HostFirewall | None:
    """Read `hostFirewall`: `none`, or a mapping with `kind` and what belongs to that kind."""
    at = scope.reader.source(node)
    if isinstance(node, Scalar):
        if node.text.lower() == HostFirewallKind.NONE:
            return NoHostFirewall(at=at)
        advice = "write `none`, or a mapping such as `{kind: windows, rules: [...]}`"
        scope.reader.error(node, "NC123", f"`hostFirewall` cannot be {describe(node)}", advice)
        return None
    if not isinstance(node, Mapping):
        wrong_type(scope, node, "hostFirewall", "`none` or a mapping with `kind`")
        return None
    record = Record(scope.reader, node, "`hostFirewall`")
    kind = record.required_word("kind", _KINDS)
    if kind is None:
        return None
    firewall: HostFirewall | None
    if kind is HostFirewallKind.NONE:
        firewall = NoHostFirewall(at=at)
    elif kind is HostFirewallKind.WINDOWS and record.get("export") is None:
        from netcheck.sources._site_windows import read_windows

        firewall = read_windows(scope, record)
    else:
        firewall = _read_file(scope, record, kind)
    record.finish()
    return firewall


def _read_file(scope: Scope, record: Record, kind: HostFirewallKind) -> HostFirewall | None:
    from netcheck.sources._text import read_text

    node = record.required(FILE_KEYS[kind], "the file the firewall was saved to, relative to the site file")
    text = scope.reader.text(node, FILE_KEYS[kind]) if node is not None else None
    if node is None or text is None:
        return None
    path = scope.path(text)
    reader = _READERS.get(kind)
    if reader is not None:
        return scope.reader.absorb(lambda: reader(path, scope.reader.collector), node)
    if kind is HostFirewallKind.WINDOWS and record.get("rules") is not None:
        scope.reader.error(node, "NC139", "`export` and `rules` are both given", "keep one of the two")
    if scope.reader.absorb(lambda: read_text(path), node) is None:
        return None
    reason = f"netcheck cannot read {kind.value} files yet (`{path}`)"
    return UnreadHostFirewall(kind=kind, reason=reason, at=scope.reader.source(node), file=path)
