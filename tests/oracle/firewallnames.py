"""An Azure Firewall that one flow passes for one host name, as plain loops.

Microsoft Learn, "Azure Firewall rule processing logic" and "Azure Firewall FAQ" (a star stands on the left, for
anything).
"""

from __future__ import annotations

from netcheck.model.address import AnyAddress
from netcheck.model.azfirewall import AzureFirewall, FirewallApplicationRule, FirewallNetworkRule
from netcheck.model.flow import Flow
from netcheck.model.ports import ALL_PORTS, TCP, Protocol
from netcheck.model.rules import Access
from tests.oracle.azfirewall import fits, in_order, network_match
from tests.oracle.reference import End, Ruling
from tests.oracle.worlds import World, answer

DEFAULT = Ruling(Access.DENY, "")


def ruling_for(firewall: AzureFirewall, flow: Flow, host: str, end: End, world: World) -> Ruling:
    """Return the rule that decides and what it does; no rule where nothing matches."""
    for collection in in_order(firewall, FirewallNetworkRule):
        for rule in collection.rules:
            if isinstance(rule, FirewallNetworkRule) and any(
                network_match(firewall, rule, protocol, flow, end, world) for protocol in rule.protocols
            ):
                return Ruling(collection.access, rule.name)
    for collection in in_order(firewall, FirewallApplicationRule):
        for rule in collection.rules:
            if isinstance(rule, FirewallApplicationRule) and application_match(firewall, rule, flow, host, end, world):
                return Ruling(collection.access, rule.name)
    return DEFAULT


def application_match(
    firewall: AzureFirewall, rule: FirewallApplicationRule, flow: Flow, host: str, end: End, world: World
) -> bool:
    """Return whether an application rule matches: a TCP port, the source, and the name."""
    if flow.protocol != TCP or flow.destination_port not in {port for _, port in rule.ports}:
        return False
    if not any(is_named(pattern, host) for pattern in rule.hosts) and not any(
        answer(world, "tag", tag) for tag in rule.host_tags
    ):
        return False
    places = (rule.sources, (AnyAddress(),))
    return fits(firewall, rule, Protocol((TCP,)), places, (ALL_PORTS,), flow, end, world)


def is_named(pattern: str, host: str) -> bool:
    """Return whether a name is one that a pattern stands for."""
    return host.endswith(pattern[1:]) if pattern.startswith("*") else host == pattern
