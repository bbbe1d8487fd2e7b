"""Security admin rules and what Azure computed, as plain first matches.

Microsoft Learn, "Security admin rules in Azure Virtual Network Manager": they come before network security groups;
`Deny` and `AlwaysAllow` end the evaluation. Nothing says in which order rules of one priority come, or of two managers.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.adminrules import AdminAccess, AdminRule
from netcheck.model.effective import EffectiveNsg, Level
from netcheck.model.flow import Flow
from netcheck.model.names import key
from netcheck.model.network import NetworkInterface, Subnet
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup
from tests.oracle.ground import Ground, is_platform, is_special
from tests.oracle.reference import End, decide_nsg, matches, platform_ruling
from tests.oracle.views import end_of
from tests.oracle.worlds import World, answer, choose


def passes_filters(
    ground: Ground, direction: Direction, flow: Flow, subnet: Subnet, nic: NetworkInterface | None, world: World
) -> bool:
    """Return whether admin rules and groups of one end let a flow pass."""
    computed = nic.effective_nsgs if nic else None
    ruling = admin_ruling(ground, direction, flow, subnet, computed, world)
    if ruling in (AdminAccess.DENY, AdminAccess.ALWAYS_ALLOW):
        return ruling is AdminAccess.ALWAYS_ALLOW
    return passes_groups(ground, direction, flow, subnet, nic, world)


def passes_groups(
    ground: Ground, direction: Direction, flow: Flow, subnet: Subnet, nic: NetworkInterface | None, world: World
) -> bool:
    """Return whether the groups on a NIC and its subnet let a flow pass."""
    end = end_of(ground, subnet, flow, world)
    is_computed = nic is not None and nic.effective_nsgs is not None
    for nsg in groups_of(ground, subnet, nic):
        allowed = platform_ruling(nsg, flow, end, world) if direction is Direction.OUTBOUND else None
        if allowed is None and is_computed:
            if not computed_passes(nsg, direction, flow, end, world):
                return False
        elif (allowed or decide_nsg(nsg, direction, flow, end, world)).access is Access.DENY:
            return False
    return True


def groups_of(ground: Ground, subnet: Subnet, nic: NetworkInterface | None) -> list[NetworkSecurityGroup]:
    """Return the groups on a NIC and its subnet, or those that Azure computed for it."""
    if nic is not None and nic.effective_nsgs is not None:
        return [one.nsg for one in nic.effective_nsgs if one.level is not Level.MANAGER]
    names = [nic.network_security_group if nic else "", subnet.network_security_group]
    return [ground.groups[key(name)] for name in names if name]


def computed_passes(nsg: NetworkSecurityGroup, direction: Direction, flow: Flow, end: End, world: World) -> bool:
    """Return what rules that Azure computed say: they include the default rules."""
    for rule in sorted((*nsg.rules, *nsg.default_rules), key=lambda rule: rule.priority):
        if rule.direction is direction and matches(rule, flow, nsg, end, world):
            return rule.access is Access.ALLOW
    return False


def admin_ruling(
    ground: Ground,
    direction: Direction,
    flow: Flow,
    subnet: Subnet,
    computed: Sequence[EffectiveNsg] | None,
    world: World,
) -> AdminAccess | None:
    """Return what security admin rules say; None where none matches or none applies."""
    end = end_of(ground, subnet, flow, world)
    far = flow.destination if direction is Direction.OUTBOUND else flow.source
    if is_platform(flow.family, far):
        return None
    managed = [one.nsg for one in computed or () if one.level is Level.MANAGER]
    if managed:
        return computed_ruling(managed, direction, flow, end, world)
    if is_special(subnet):
        return None
    firsts: dict[str, AdminRule] = {}
    for manager in sorted({rule.manager for rule in ground.site.admin_rules}):
        rules = [r for r in ground.site.admin_rules if r.manager == manager and applies(r, direction, subnet)]
        found = first_of(rules, flow, end, world)
        if found is not None:
            firsts[manager] = found
    if len({rule.access for rule in firsts.values()}) > 1:
        return firsts[choose(world, list(firsts), "first manager")].access
    return next((rule.access for rule in firsts.values()), None)


def applies(rule: AdminRule, direction: Direction, subnet: Subnet) -> bool:
    """Return whether a rule is about a subnet's network and a direction."""
    named = {key(name) for name in rule.virtual_networks}
    return rule.direction is direction and (not named or key(subnet.virtual_network) in named)


def first_of(rules: Sequence[AdminRule], flow: Flow, end: End, world: World) -> AdminRule | None:
    """Return the rule of one manager that decides."""
    for priority in sorted({rule.priority for rule in rules}):
        found = [r for r in rules if r.priority == priority and admits(r, flow, end, world)]
        if len({rule.access for rule in found}) > 1:
            name = choose(world, [rule.name for rule in found], "first rule", found[0].manager, priority)
            return next(rule for rule in found if rule.name == name)
        if found:
            return found[0]
    return None


def admits(rule: AdminRule, flow: Flow, end: End, world: World) -> bool:
    """Return whether an admin rule matches: as a rule of a group with the same fields does."""
    same = NsgRule(
        name=rule.name,
        priority=rule.priority,
        direction=rule.direction,
        access=Access.ALLOW,
        protocol=rule.protocol,
        sources=rule.sources,
        source_ports=rule.source_ports,
        destinations=rule.destinations,
        destination_ports=rule.destination_ports,
        at=rule.at,
        unknown=rule.unknown,
    )
    manager = NetworkSecurityGroup(name=f"manager {rule.manager}", rules=(), at=rule.at)
    return matches(same, flow, manager, end, world)


def computed_ruling(
    managed: Sequence[NetworkSecurityGroup], direction: Direction, flow: Flow, end: End, world: World
) -> AdminAccess | None:
    """Return what admin rules say that Azure computed: what it prints as `Allow` may always allow."""
    for nsg in managed:
        for rule in sorted((*nsg.rules, *nsg.default_rules), key=lambda rule: rule.priority):
            if rule.direction is direction and matches(rule, flow, nsg, end, world):
                if rule.access is Access.DENY:
                    return AdminAccess.DENY
                skips = answer(world, "computed admin rules always allow", tuple(one.name for one in managed))
                return AdminAccess.ALWAYS_ALLOW if skips else AdminAccess.ALLOW
    return None
