"""Laws of the digest over drawn sites: spelling and order do not change it, each fact that decides does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any, TypeVar

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from netcheck import digest
from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, AnyAddress, Endpoint, ServiceTag, everything
from netcheck.model.ports import PortRange
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import Cloud, DeploymentModel, NetworkSecurityGroup, Site, Subnet, VirtualNetwork
from netcheck.policy.nsg import default_rules
from tests.property.small_sites import small_sites

T = TypeVar("T")
LAWS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ELSEWHERE = Source("elsewhere.json", 77, 7)
SEEDS = st.integers(0, 2**32 - 1).map(Random)


def shuffled(random: Random, values: Sequence[T]) -> tuple[T, ...]:
    """Return the values in another order."""
    return tuple(random.sample(list(values), len(values)))


def respelled(random: Random, rule: NsgRule) -> NsgRule:
    """Return the rule as another file would spell it."""
    return replace(
        rule,
        name=random.choice((rule.name.upper(), rule.name.title(), rule.name)),
        sources=_endpoints(random, rule.sources),
        destinations=_endpoints(random, rule.destinations),
        source_ports=_ports(random, rule.source_ports),
        destination_ports=_ports(random, rule.destination_ports),
        at=ELSEWHERE,
        unknown=rule.unknown and f"another reason: {rule.unknown}",
    )


def _endpoints(random: Random, endpoints: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    found: list[Endpoint] = []
    for one in endpoints:
        if isinstance(one, AddressRange) and one.first < one.last:
            cut = random.randrange(one.first, one.last)
            found += [AddressRange(one.family, one.first, cut), AddressRange(one.family, cut + 1, one.last)]
            found += [one] * random.randrange(2)
        elif isinstance(one, ServiceTag):
            found.append(ServiceTag(one.name.swapcase()))
        elif isinstance(one, AnyAddress) and random.random() < 0.5:
            found += [everything(4), everything(6)]
        else:
            found.append(one)
    return shuffled(random, found)


def _ports(random: Random, ranges: Sequence[PortRange]) -> tuple[PortRange, ...]:
    found: list[PortRange] = []
    for one in ranges:
        cut = random.randint(one.first, one.last)
        found += [PortRange(one.first, cut), PortRange(cut, one.last)]
    return shuffled(random, found)


def respelled_site(random: Random, site: Site) -> Site:
    """Return the site as other files would spell it: order, places, letter case, default rules written out."""

    def group(nsg: NetworkSecurityGroup) -> NetworkSecurityGroup:
        listed = [rule for way in Direction for rule in default_rules(way, site.deployment_model, ELSEWHERE)]
        return replace(
            nsg,
            name=nsg.name.upper(),
            resource_group="rg",
            rules=shuffled(random, [respelled(random, rule) for rule in nsg.rules]),
            default_rules=tuple(random.sample(listed, random.randint(0, 6))) * 2,
            at=ELSEWHERE,
        )

    def network(one: VirtualNetwork) -> VirtualNetwork:
        subnets = [
            replace(s, name=s.name.upper(), network_security_group=s.network_security_group.title(), at=ELSEWHERE)
            for s in one.subnets
        ]
        return replace(one, name=one.name.upper(), subnets=shuffled(random, subnets), at=ELSEWHERE)

    return replace(
        site,
        file="other.yaml",
        virtual_networks=shuffled(random, [network(one) for one in site.virtual_networks]),
        network_security_groups=shuffled(random, [group(nsg) for nsg in site.network_security_groups]),
        route_tables=tuple(replace(t, routes=shuffled(random, t.routes), at=ELSEWHERE) for t in site.route_tables),
        virtual_machines=shuffled(random, [replace(vm, name=vm.name.upper()) for vm in site.virtual_machines]),
        warnings=(),
    )


@LAWS
@given(small_sites(), SEEDS)
def test_spelling_does_not_change_it(site: Site, random: Random) -> None:
    """Places, order, letter case, split and doubled values, written-out defaults and reasons leave the digest alone."""
    assert digest(site) == digest(respelled_site(random, site))


def _replaced_rule(site: Site, random: Random, **changes: Any) -> Site:
    groups = list(site.network_security_groups)
    spots = [(i, j) for i, nsg in enumerate(groups) for j in range(len(nsg.rules))]
    assume(spots)
    i, j = random.choice(spots)
    rules = list(groups[i].rules)
    rule = rules[j]
    made = {name: make(rule) for name, make in changes.items()}
    assume(all(getattr(rule, name) != value for name, value in made.items()))
    rules[j] = replace(rule, **made)
    groups[i] = replace(groups[i], rules=tuple(rules))
    return replace(site, network_security_groups=tuple(groups))


def _replaced_subnet(site: Site, random: Random, change: Callable[[Subnet], Subnet]) -> Site:
    networks = list(site.virtual_networks)
    i = random.randrange(len(networks))
    subnets = list(networks[i].subnets)
    j = random.randrange(len(subnets))
    subnets[j] = change(subnets[j])
    networks[i] = replace(networks[i], subnets=tuple(subnets))
    return replace(site, virtual_networks=tuple(networks))


def _detached(subnet: Subnet) -> Subnet:
    return replace(subnet, network_security_group="" if subnet.network_security_group else "nsg-new")


NEW = AddressRange(4, 9, 9)
CHANGES: dict[str, Callable[[Site, Random], Site]] = {
    "priority": lambda s, r: _replaced_rule(s, r, priority=lambda rule: rule.priority + 7),
    "access": lambda s, r: _replaced_rule(
        s, r, access=lambda rule: Access.DENY if rule.access is Access.ALLOW else Access.ALLOW
    ),
    "port": lambda s, r: _replaced_rule(s, r, destination_ports=lambda _: (PortRange(4242, 4242),)),
    "address": lambda s, r: _replaced_rule(s, r, sources=lambda _: (NEW,)),
    "direction": lambda s, r: _replaced_rule(
        s, r, direction=lambda rule: next(way for way in Direction if way is not rule.direction)
    ),
    "rule name": lambda s, r: _replaced_rule(s, r, name=lambda rule: f"{rule.name}-2"),
    "unknown": lambda s, r: _replaced_rule(s, r, unknown=lambda rule: "" if rule.unknown else "not read"),
    "association": lambda s, r: _replaced_subnet(s, r, _detached),
    "subnet prefix": lambda s, r: _replaced_subnet(s, r, lambda subnet: replace(subnet, prefixes=(NEW,))),
    "route table": lambda s, r: _replaced_subnet(
        s, r, lambda subnet: replace(subnet, route_table=f"{subnet.route_table}2")
    ),
    "cloud": lambda s, _: replace(s, cloud=Cloud.CHINA),
    "deployment model": lambda s, _: replace(
        s, deployment_model=next(m for m in DeploymentModel if m is not s.deployment_model)
    ),
    "location": lambda s, _: replace(s, location=f"{s.location}x"),
    "machine": lambda s, _: replace(s, virtual_machines=s.virtual_machines[1:]),
}


@LAWS
@given(small_sites(), SEEDS, st.sampled_from(sorted(CHANGES)))
def test_what_decides_changes_it(site: Site, random: Random, change: str) -> None:
    """Each field of a rule, each association, prefix and VM, and what holds for the whole site, is part of it."""
    assert digest(site) != digest(CHANGES[change](site, random))
