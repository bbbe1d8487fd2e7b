"""The host firewall of a VM: Windows rules written in the site, or the files a firewall was saved to."""

from __future__ import annotations

from netcheck.model.site import HostFirewall, HostFirewallKind, NoHostFirewall
from netcheck.sources._nodes import Mapping, Node, Scalar, describe
from netcheck.sources._record import Record
from netcheck.sources._scope import Scope, wrong_type

_KINDS = {kind.value: kind for kind in HostFirewallKind}


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
    elif kind is HostFirewallKind.WINDOWS:
        from netcheck.sources._site_windows import read_windows

        firewall = read_windows(scope, record)
    else:
        from netcheck.sources._site_linux import read_linux

        firewall = read_linux(scope, record, kind)
    record.finish()
    return firewall
