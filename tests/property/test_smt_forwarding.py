"""Faults on the way through appliances: what the engine must not miss, and that the solver's encoding notices it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from netcheck.model.address import AnyAddress
from netcheck.model.rules import Access, Direction, NextHop, Route
from netcheck.model.site import (
    DeploymentModel,
    NetworkInterface,
    NetworkSecurityGroup,
    NoHostFirewall,
    RouteTable,
    Site,
    VirtualMachine,
    VirtualNetwork,
)
from netcheck.path.graph import build_graph
from netcheck.path.walk import Start, walk
from netcheck.policy.resolve import AddressBook
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import box
from tests.property.smt_networks import draw_path_site
from tests.property.smt_paths import compare_path
from tests.property.strategies import HERE, number, prefix_around
from tests.property.test_oracle_nsg import one_rule


def forwarding_site() -> Site:
    """Return a drawn site in which what `vm-a` sends out of its subnet goes by way of the hub behind the peering."""
    site = next(
        site
        for site in map(draw_path_site, map(Random, range(100)))
        if len(site.virtual_networks) == 2 and site.virtual_networks[0].subnets[0].route_table
    )
    hub = prefix_around(number("172.16.1.4"), 4, 32)
    routes = tuple(
        Route(name=text, prefix=one, next_hop=NextHop.VIRTUAL_APPLIANCE, next_hop_address=hub, at=HERE)
        for text, one in (("all", prefix_around(0, 4, 0)), ("to-b", prefix_around(number("10.0.0.128"), 4, 25)))
    )
    table = RouteTable(name=site.virtual_networks[0].subnets[0].route_table, routes=routes, at=HERE)
    allow = one_rule(100, Access.ALLOW, AnyAddress())
    groups = [
        replace(nsg, rules=(allow, replace(allow, direction=Direction.INBOUND))) for nsg in site.network_security_groups
    ]
    return replace(
        site,
        deployment_model=DeploymentModel.CLASSIC,
        route_tables=(table,),
        network_security_groups=tuple(groups),
        virtual_networks=tuple(map(open_network, site.virtual_networks)),
        virtual_machines=tuple(map(forwarder, site.virtual_machines)),
    )


def open_network(network: VirtualNetwork) -> VirtualNetwork:
    """Return a network that allows what its peer forwards, with a way out."""
    links = tuple(replace(one, allows_forwarded_traffic=True) for one in network.peerings)
    subnets = tuple(replace(one, default_outbound_access=True) for one in network.subnets)
    return replace(network, peerings=links, subnets=subnets)


def forwarder(vm: VirtualMachine) -> VirtualMachine:
    """Return a VM that forwards and has no firewall."""
    nic = replace(vm.interfaces[0], has_ip_forwarding=True, public_ips=())
    return replace(vm, interfaces=(nic,), host_firewall=NoHostFirewall(at=HERE), proxy_server=None)


def with_vm(site: Site, name: str, nic: NetworkInterface) -> Site:
    """Return a site in which a VM has another NIC."""
    others = tuple(replace(vm, interfaces=(nic,)) if vm.name == name else vm for vm in site.virtual_machines)
    return replace(site, virtual_machines=others)


def without_forwarding(site: Site) -> Site:
    """The hub's NIC does not forward."""
    hub = next(vm for vm in site.virtual_machines if vm.name == "vm-hub")
    return with_vm(site, "vm-hub", replace(hub.interfaces[0], has_ip_forwarding=False))


def with_a_strict_hub(site: Site) -> Site:
    """A group before the hub lets nothing in."""
    deny = replace(one_rule(90, Access.DENY, AnyAddress()), direction=Direction.INBOUND)
    hub = next(vm for vm in site.virtual_machines if vm.name == "vm-hub")
    strict = NetworkSecurityGroup(name="strict", rules=(deny,), at=HERE)
    groups = (*site.network_security_groups, strict)
    nic = replace(hub.interfaces[0], network_security_group="strict")
    return replace(with_vm(site, "vm-hub", nic), network_security_groups=groups)


def with_a_closed_peering(network: str) -> Callable[[Site], Site]:
    """A network does not take what its peer forwards."""

    def close(site: Site) -> Site:
        networks = [
            replace(one, peerings=tuple(replace(p, allows_forwarded_traffic=one.name != network) for p in one.peerings))
            for one in site.virtual_networks
        ]
        return replace(site, virtual_networks=tuple(networks))

    return close


def with_a_loop(site: Site) -> Site:
    """The hub sends everything back to `vm-a`."""
    back = prefix_around(number("10.0.0.4"), 4, 32)
    routes = [replace(route, next_hop_address=back) for route in site.route_tables[0].routes]
    return with_table(site, "hub", RouteTable(name="back", routes=tuple(routes), at=HERE))


def with_table(site: Site, subnet: str, table: RouteTable) -> Site:
    """Return a site in which a subnet has another route table."""
    networks = [
        replace(one, subnets=tuple(replace(s, route_table=table.name) if s.name == subnet else s for s in one.subnets))
        for one in site.virtual_networks
    ]
    return replace(site, virtual_networks=tuple(networks), route_tables=(*site.route_tables, table))


FAULTS = (without_forwarding, with_a_strict_hub, with_a_closed_peering("v"), with_a_loop)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_on_the_way_through_an_appliance_is_noticed(fault: Callable[[Site], Site]) -> None:
    """Where the engine gets another appliance, peering or route behind it, verdicts are found wrong, both ways."""
    site = forwarding_site()
    faulty = fault(site)
    for one, other in ((site, faulty), (faulty, site)):
        assert list(compare_path(one, one)) == []
        assert [found for found in compare_path(one, other) if found.claim.startswith("said to be")]


def test_a_peering_that_takes_nothing_forwarded_takes_what_the_network_itself_sends() -> None:
    """On the way to the hub nothing is forwarded yet: what the hub's own network says of that changes nothing."""
    site = forwarding_site()
    closed = with_a_closed_peering("w")(site)
    assert not [found for found in compare_path(site, closed) if found.claim.startswith("said to be")]


def test_drawn_sites_are_telling() -> None:
    """In the sites drawn here packets are forwarded or not, go in circles, cross peerings and get lost on the way."""
    found: set[str] = set()
    for site in map(draw_path_site, map(Random, range(60))):
        vm = site.virtual_machines[0]
        book = AddressBook(site)
        own = IntervalSet.point(vm.interfaces[0].addresses[0].first)
        packets = box(4, sources=own) - box(4, destinations=own)
        for result in walk(build_graph(site), book, Start(packets, vm, vm.primary)):
            notes = [case.decision.note for part in result.parts for case in part.cases if case.decision]
            found |= {note.partition(":")[0].replace("`", "") for note in notes}
    telling = {
        "IP forwarding is on",
        "IP forwarding is off (enableIPForwarding)",
        "routing loop",
        "not evaluated",
        "v allows forwarded traffic from w",
        "v does not allow forwarded traffic from w",
        "next hop VirtualAppliance",
        "next hop None",
    }
    assert telling <= found
