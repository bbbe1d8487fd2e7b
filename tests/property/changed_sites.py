"""Small networks and what somebody makes of them: rules taken out, turned round, moved, attachments changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import TypeVar

from netcheck.model.rules import Access
from netcheck.model.site import NetworkSecurityGroup, Site
from tests.property.walk_networks import draw_network

T = TypeVar("T")
MOST_CHANGES = 3


def draw_change(random: Random) -> tuple[Site, Site]:
    """Return a drawn site, and the same site after a few changes; once in a while a site of another draw."""
    before = draw_network(random)
    if random.random() < 0.1:
        return before, draw_network(random)
    after = before
    for _ in range(random.randint(1, MOST_CHANGES)):
        after = random.choice(CHANGES)(random, after)
    return before, after


def _one_group(random: Random, site: Site, change: Callable[[NetworkSecurityGroup], NetworkSecurityGroup]) -> Site:
    if not site.network_security_groups:
        return site
    chosen = random.choice(site.network_security_groups)
    groups = tuple(change(group) if group is chosen else group for group in site.network_security_groups)
    return replace(site, network_security_groups=groups)


def without_rule(random: Random, site: Site) -> Site:
    """Take a rule out of an NSG."""

    def change(group: NetworkSecurityGroup) -> NetworkSecurityGroup:
        gone = random.choice(group.rules) if group.rules else None
        return replace(group, rules=tuple(rule for rule in group.rules if rule is not gone))

    return _one_group(random, site, change)


def turned_rule(random: Random, site: Site) -> Site:
    """Let a rule allow what it denied, or the other way round."""

    def change(group: NetworkSecurityGroup) -> NetworkSecurityGroup:
        chosen = random.choice(group.rules) if group.rules else None
        other = {Access.ALLOW: Access.DENY, Access.DENY: Access.ALLOW}
        rules = (replace(rule, access=other[rule.access]) if rule is chosen else rule for rule in group.rules)
        return replace(group, rules=tuple(rules))

    return _one_group(random, site, change)


def swapped_rules(random: Random, site: Site) -> Site:
    """Let two rules of one direction change places."""

    def change(group: NetworkSecurityGroup) -> NetworkSecurityGroup:
        rules = list(group.rules)
        pairs = [(a, b) for a in range(len(rules)) for b in range(a) if rules[a].direction is rules[b].direction]
        if not pairs:
            return group
        a, b = random.choice(pairs)
        one, other = rules[a], rules[b]
        rules[a], rules[b] = replace(one, priority=other.priority), replace(other, priority=one.priority)
        return replace(group, rules=tuple(rules))

    return _one_group(random, site, change)


def detached(random: Random, site: Site) -> Site:
    """Take the NSG, or the route table, off a subnet."""
    subnets = [(network, subnet) for network in site.virtual_networks for subnet in network.subnets]
    network, subnet = random.choice(subnets)
    bare = random.choice((replace(subnet, network_security_group=""), replace(subnet, route_table="")))
    changed = replace(network, subnets=tuple(bare if one is subnet else one for one in network.subnets))
    return replace(site, virtual_networks=_with(site.virtual_networks, network, changed))


def without_route(random: Random, site: Site) -> Site:
    """Take a route out of a table."""
    tables = [table for table in site.route_tables if table.routes]
    if not tables:
        return site
    chosen = random.choice(tables)
    gone = random.choice(chosen.routes)
    changed = replace(chosen, routes=tuple(route for route in chosen.routes if route is not gone))
    return replace(site, route_tables=_with(site.route_tables, chosen, changed))


def without_machine(random: Random, site: Site) -> Site:
    """Take a VM away."""
    gone = random.choice(site.virtual_machines)
    left = tuple(vm for vm in site.virtual_machines if vm is not gone)
    return replace(site, virtual_machines=left) if left else site


def without_peering(random: Random, site: Site) -> Site:
    """Take a peering away, on both sides."""
    networks = [network for network in site.virtual_networks if network.peerings]
    if not networks:
        return site
    chosen = random.choice(networks)
    ends = {chosen.name, random.choice(chosen.peerings).remote_virtual_network}
    changed = tuple(
        replace(one, peerings=tuple(p for p in one.peerings if {one.name, p.remote_virtual_network} != ends))
        for one in site.virtual_networks
    )
    return replace(site, virtual_networks=changed)


def _with(every: Sequence[T], old: T, new: T) -> tuple[T, ...]:
    return tuple(new if one is old else one for one in every)


CHANGES = (
    without_rule,
    turned_rule,
    swapped_rules,
    detached,
    without_route,
    without_machine,
    without_peering,
)
