"""Appliances on the way: VMs, load balancers in front of them, Azure Firewalls; whether they forward, and where to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netcheck.model.address import AnyAddress, ServiceTag
from netcheck.model.adminrules import AdminAccess
from netcheck.model.azfirewall import AzureFirewall, FirewallApplicationRule, FirewallNetworkRule, RuleCollection
from netcheck.model.hosts import NoHostFirewall, WindowsFirewall
from netcheck.model.network import PublicIp, VirtualMachine
from netcheck.model.ports import PortRange, Protocol
from netcheck.model.rules import NextHop, NsgRule, Route
from netcheck.model.services import LoadBalancer
from netcheck.model.site import Site
from tests.unit.networks import (
    ALLOW,
    DENY,
    HERE,
    ICMP,
    IN,
    OUT,
    TCP,
    Part,
    admin_rule,
    balancer,
    balancing,
    ha_ports,
    network,
    nic,
    nsg,
    peering,
    private_endpoint,
    private_frontend,
    ranges,
    route,
    rule,
    site,
    subnet,
    table,
    vm,
)
from tests.unit.path.walks import BLOCKED, OPEN, REACHABLE, Walked, walked

STORAGE, DB, FW = "20.60.0.1", "10.0.1.4", "10.0.9.4"


def appliance(name: str = "fw", address: str = FW, **more: Any) -> VirtualMachine:
    """Return a VM that forwards, with a public IP address, but for what is given of its NIC."""
    fields: dict[str, Any] = {"has_ip_forwarding": True, "public_ips": (PublicIp(4),), **more}
    return vm(name, nic(f"{name}-nic", "v/nva", address, **fields))


def around(*parts: Part, routes: tuple[Route, ...] = (), nva: tuple[Route, ...] = (), **more: Any) -> Site:
    """Return `app` in a private subnet whose routes lead to an appliance, `db` beside it, and what is given.

    `routes` are those of app's subnet in place of a default route to the appliance, `nva` those of the appliance's.
    """
    home = network(
        "v",
        "10.0.0.0/16",
        subnet("v/a", "10.0.0.0/24", route_table="rt", default_outbound_access=False),
        subnet("v/b", "10.0.1.0/24", default_outbound_access=False),
        subnet("v/nva", "10.0.9.0/24", route_table="nva", **{"default_outbound_access": False, **more}),
        states_peerings=True,
    )
    return site(
        home,
        table("rt", *(routes or (route("via", "0.0.0.0/0", FW), route("inside", "10.0.1.0/24", FW)))),
        table("nva", *nva),
        vm("app", nic("app-nic", "v/a", "10.0.0.4")),
        vm("db", nic("db-nic", "v/b", DB)),
        *parts,
    )


# VMs


def test_packets_go_on_from_an_appliance_by_its_own_routes_and_its_own_way_out() -> None:
    """The sender's private subnet does not matter: packets leave by the public address of the appliance."""
    found = walked(around(appliance()), "app", STORAGE)
    assert (found.verdict, found.blockers) == (REACHABLE, [])
    assert found.hops == [
        "host-firewall Outbound app",
        "nic-nsg Outbound",
        "subnet-nsg Outbound",
        "route Outbound v/a",
        "subnet-nsg Inbound",
        "nic-nsg Inbound",
        "appliance fw-nic",
        "nic-nsg Outbound",
        "subnet-nsg Outbound",
        "route Outbound v/nva",
        "egress Outbound v/nva",
    ]
    assert ("appliance", "fw-nic", "IP forwarding is on") in found.deciders
    assert ("egress", "v/nva", "public IP address of fw-nic") in found.deciders


def test_packets_reach_the_inside_through_an_appliance() -> None:
    """A route for part of the network leads to the appliance, and its routes lead on inside."""
    found = walked(around(appliance()), "app", DB)
    assert found.verdict is REACHABLE
    assert found.hops[-4:] == [
        "route Outbound v/nva",
        "subnet-nsg Inbound",
        "nic-nsg Inbound",
        "host-firewall Inbound db",
    ]


def test_the_appliance_needs_a_way_out_of_its_own() -> None:
    """Without a public address in a private subnet the packets end at the appliance."""
    found = walked(around(appliance(public_ips=())), "app", STORAGE)
    private = "private subnet without NAT gateway or public IP address"
    assert (found.verdict, found.blockers) == (BLOCKED, [("egress", "v/nva", private)])


def test_a_public_address_of_the_sender_is_no_way_out_of_the_appliance() -> None:
    """It is the leaving NIC whose address packets get."""
    one = around(appliance(public_ips=()))
    app = replace(one.virtual_machines[0].interfaces[0], public_ips=(PublicIp(4),))
    vms = (replace(one.virtual_machines[0], interfaces=(app,)), *one.virtual_machines[1:])
    assert walked(replace(one, virtual_machines=vms), "app", STORAGE).verdict is BLOCKED


def test_a_nic_without_ip_forwarding_drops_what_is_not_its_own() -> None:
    """`enableIPForwarding` off: Azure drops packets that are for other addresses."""
    found = walked(around(appliance(has_ip_forwarding=False)), "app", STORAGE)
    off = ("appliance", "fw-nic", "IP forwarding is off (`enableIPForwarding`)")
    assert (found.verdict, found.blockers) == (BLOCKED, [off])


def test_what_stands_behind_a_nic_without_ip_forwarding_is_shown_too() -> None:
    """Every blocker is named: switching IP forwarding on would not help where there is no way out."""
    found = walked(around(appliance(has_ip_forwarding=False, public_ips=())), "app", STORAGE)
    assert [(hop, where) for hop, where, _ in found.blockers] == [("appliance", "fw-nic"), ("egress", "v/nva")]


def stopping(direction: Any, access: Any = DENY, **more: Any) -> NsgRule:
    """Return a rule about everything, or about what is given."""
    return rule("stop", direction, access, **more)


@pytest.mark.parametrize(
    ("level", "one", "expected"),
    [
        ("subnet", stopping(IN), [("subnet-nsg", "g", "stop")]),
        ("subnet", stopping(OUT), [("subnet-nsg", "g", "stop")]),
        ("nic", stopping(IN), [("nic-nsg", "g", "stop")]),
        ("nic", stopping(OUT), [("nic-nsg", "g", "stop")]),
        ("subnet", stopping(IN, source="10.0.0.4/32", to=f"{STORAGE}/32"), [("subnet-nsg", "g", "stop")]),
        ("subnet", stopping(IN, source=f"{FW}/32"), []),
        ("subnet", stopping(IN, to=f"{FW}/32"), []),
        ("nic", stopping(OUT, source="10.0.0.4/32", to=f"{STORAGE}/32"), [("nic-nsg", "g", "stop")]),
        ("nic", stopping(OUT, source=f"{FW}/32"), []),
    ],
)
def test_groups_of_the_appliance_see_packets_as_they_were_sent(
    level: str, one: NsgRule, expected: list[tuple[str, str, str]]
) -> None:
    """Both levels, both directions, with the original addresses: a rule for the appliance's own takes nothing."""
    group = nsg("g", one, rule("in", IN, ALLOW), rule("out", OUT, ALLOW))
    if level == "subnet":
        where = around(appliance(), group, network_security_group="g")
    else:
        where = around(appliance(network_security_group="g"), group)
    found = walked(where, "app", STORAGE)
    assert (found.verdict, found.blockers) == (BLOCKED if expected else REACHABLE, expected)


def test_what_the_default_rules_of_the_appliances_subnet_let_in() -> None:
    """Packets for the Internet that come to the appliance are not for `VirtualNetwork`: its default rules drop them."""
    found = walked(around(appliance(), nsg("g"), network_security_group="g"), "app", STORAGE)
    assert (found.verdict, found.blockers) == (BLOCKED, [("subnet-nsg", "g", "DenyAllInBound")])


@pytest.mark.parametrize("direction", [IN, OUT])
def test_admin_rules_apply_at_the_appliance(direction: Any) -> None:
    """They are looked at where packets come to the appliance, and where they leave it."""
    deny = admin_rule("no", direction, AdminAccess.DENY, sources=ranges("10.0.0.4/32"))
    found = walked(around(appliance(), deny), "app", STORAGE)
    assert (found.verdict, {one[2] for one in found.blockers}) == (BLOCKED, {"no"})


def test_a_packet_that_comes_to_a_nic_again_is_in_a_loop() -> None:
    """The routes of the appliance's own subnet lead to the appliance: packets never leave it."""
    found = walked(around(appliance(), nva=(route("again", "0.0.0.0/0", FW),)), "app", STORAGE)
    loop = ("appliance", "fw-nic", "routing loop: the packets have been at fw-nic before")
    assert (found.verdict, found.blockers) == (BLOCKED, [loop])


def test_two_appliances_that_route_to_each_other_are_a_loop() -> None:
    """The second sends packets back to the first."""
    two = vm("two", nic("two-nic", "v/b", "10.0.1.9", has_ip_forwarding=True, public_ips=(PublicIp(4),)))
    one = around(appliance(), two, nva=(route("on", "20.0.0.0/8", "10.0.1.9"),))
    assert walked(one, "app", STORAGE).verdict is REACHABLE
    home = one.virtual_networks[0]
    b = replace(home.subnets[1], route_table="rt")
    looped = replace(one, virtual_networks=(replace(home, subnets=(home.subnets[0], b, home.subnets[2])),))
    found = walked(looped, "app", STORAGE)
    assert (found.verdict, [note for _, _, note in found.blockers]) == (
        BLOCKED,
        ["routing loop: the packets have been at fw-nic before"],
    )


def test_an_appliance_whose_own_packets_come_back_to_it_is_a_loop() -> None:
    """The NIC that packets start from counts as one that they have been at."""
    found = walked(around(appliance(), nva=(route("again", "0.0.0.0/0", FW),)), "fw", STORAGE)
    assert (found.verdict, [note for _, _, note in found.blockers]) == (
        BLOCKED,
        ["routing loop: the packets have been at fw-nic before"],
    )


def test_what_is_for_the_appliance_itself_has_arrived() -> None:
    """A route to the destination's own address forwards nothing: IP forwarding does not matter, its firewall does."""
    off = appliance(has_ip_forwarding=False)
    routes = (route("self", "10.0.9.0/24", FW),)
    found = walked(around(off, routes=routes), "app", FW)
    assert found.verdict is REACHABLE
    assert found.hops[-3:] == ["subnet-nsg Inbound", "nic-nsg Inbound", "host-firewall Inbound fw"]
    guarded = replace(off, host_firewall=WindowsFirewall(rules=(), at=HERE))
    assert walked(around(guarded, routes=routes), "app", FW).verdict is BLOCKED
    group = nsg("g", stopping(IN))
    stopped = walked(around(off, group, routes=routes, network_security_group="g"), "app", FW)
    assert (stopped.verdict, stopped.blockers) == (BLOCKED, [("subnet-nsg", "g", "stop")])


def test_what_the_guests_firewall_forwards_is_open() -> None:
    """A described host firewall filters forwarded packets too, and how is not modelled; none at all lets them pass."""
    described = replace(appliance(), host_firewall=WindowsFirewall(rules=(), at=HERE))
    found = walked(around(described), "app", STORAGE)
    assert (found.verdict, found.facts) == (OPEN, ["host firewall of fw forwards"])
    assert places(found) == {"site.yaml:7:3"}
    for passing in (NoHostFirewall(at=HERE), None):
        one = replace(appliance(), host_firewall=passing)
        assert walked(around(one), "app", STORAGE).verdict is REACHABLE


def test_behind_an_open_guest_a_blocked_way_stays_blocked() -> None:
    """What the guest does is open, but the packets would not get out even if it let them pass."""
    described = replace(appliance(public_ips=()), host_firewall=WindowsFirewall(rules=(), at=HERE))
    assert walked(around(described), "app", STORAGE).verdict is BLOCKED


def two_nics(*, first: bool = True, second: bool = True, out: tuple[PublicIp, ...] = (PublicIp(4),)) -> VirtualMachine:
    """Return an appliance with a NIC inside and one outside, each with IP forwarding or without."""
    inside = nic("in-nic", "v/nva", FW, has_ip_forwarding=first)
    outside = nic("out-nic", "v/b", "10.0.1.9", has_ip_forwarding=second, public_ips=out)
    return vm("Fw", inside, outside)


def test_by_which_nic_an_appliance_sends_packets_on_is_open() -> None:
    """One of them has a public address, the other has none: packets get through in only one of the two worlds."""
    found = walked(around(two_nics()), "app", STORAGE)
    assert (found.verdict, found.facts) == (OPEN, ["nic by which fw forwards"])
    assert "by which of its NICs `Fw` at site.yaml:7:3 sends the packets on is not known" in found.reasons
    assert {(hop, where) for hop, where, _ in found.blockers} == {("egress", "v/nva")}


def test_where_both_nics_lead_to_the_same_the_choice_does_not_matter() -> None:
    """Inside the network both lead on to the destination; to the Internet neither does without a public address."""
    assert walked(around(two_nics()), "app", DB).verdict is REACHABLE
    assert walked(around(two_nics(out=())), "app", STORAGE).verdict is BLOCKED


def test_packets_do_not_leave_by_a_nic_without_ip_forwarding() -> None:
    """Of two NICs the one that may send foreign packets is the exit."""
    assert walked(around(two_nics(second=False)), "app", STORAGE).verdict is BLOCKED
    found = walked(around(two_nics(first=False)), "app", STORAGE)
    off = ("appliance", "in-nic", "IP forwarding is off (`enableIPForwarding`)")
    assert (found.verdict, found.blockers) == (BLOCKED, [off])


def test_a_packet_may_not_come_back_by_the_other_nic_of_an_appliance() -> None:
    """A NIC by which packets left counts as one that they have been at."""
    outside = (route("back", "0.0.0.0/0", "10.0.1.9"),)
    one = around(two_nics(first=True, second=True), nva=outside)
    home = one.virtual_networks[0]
    b = replace(home.subnets[1], route_table="nva")
    looped = replace(one, virtual_networks=(replace(home, subnets=(home.subnets[0], b, home.subnets[2])),))
    found = walked(looped, "app", STORAGE)
    assert found.verdict is BLOCKED
    assert {note for _, _, note in found.blockers} == {"routing loop: the packets have been at out-nic before"}


# Where the appliance is


def test_an_address_that_no_file_describes_is_open() -> None:
    """The model ends there: the route is named with the address."""
    found = walked(around(), "app", STORAGE)
    assert (found.verdict, found.facts) == (OPEN, [f"appliance {FW} forwards"])
    assert found.reasons == f"route `via` sends the packets to the appliance {FW}, which no file describes"
    assert places(found) == {""}


def places(found: Walked) -> set[str]:
    """Return where the site says what appliances do; "" where no file does."""
    return {decision.at for decision in found.region.decided_by() if decision.hop == "appliance"}


def test_what_holds_the_address_may_be_no_appliance() -> None:
    """A private endpoint does not forward anything that is documented: the answer stays open."""
    found = walked(around(private_endpoint("pe", "v/nva", FW)), "app", STORAGE)
    assert (found.verdict, found.facts) == (OPEN, [f"appliance {FW} forwards"])
    assert "the address of endpoint `pe`, which is no appliance" in found.reasons


def hub_and_spoke(*, forwarded: bool = True, back: bool = True, live: bool = True, at: str = FW, **more: Any) -> Site:
    """Return `app` in a spoke whose default route leads to the hub's appliance; `forwarded`: what each half allows."""
    spoke = network(
        "spoke",
        "10.1.0.0/16",
        subnet("spoke/a", "10.1.0.0/24", route_table="rt", default_outbound_access=False),
        peerings=(peering("to-hub", "v", is_connected=live, allows_forwarded_traffic=forwarded),),
    )
    halves = (peering("to-spoke", "spoke", allows_forwarded_traffic=forwarded),) if back else ()
    hub = network(
        "v",
        "10.0.0.0/16",
        subnet("v/b", "10.0.1.0/24", default_outbound_access=False),
        subnet("v/nva", "10.0.9.0/24", default_outbound_access=False),
        peerings=halves,
        **more,
    )
    return site(
        spoke,
        hub,
        table("rt", route("via", "0.0.0.0/0", at), route("inside", "10.0.1.0/24", at), route("far", "10.2.0.0/16", at)),
        vm("app", nic("app-nic", "spoke/a", "10.1.0.4")),
        vm("db", nic("db-nic", "v/b", DB)),
        appliance(),
    )


@pytest.mark.parametrize("forwarded", [True, False])
def test_an_appliance_in_a_peer_is_reached_over_the_peering(forwarded: bool) -> None:
    """Packets that the spoke itself sends need no leave for forwarded traffic to come into the hub."""
    for to in (STORAGE, DB):
        found = walked(hub_and_spoke(forwarded=forwarded), "app", to)
        assert (found.verdict, found.blockers) == (REACHABLE, [])
        assert found.hops.index("peering to-spoke") < found.hops.index("appliance fw-nic")


def test_a_peering_that_is_down_or_not_there_leads_to_no_appliance() -> None:
    """A route to an address out of reach drops; where no list of peerings is given, who holds it is not known."""
    assert walked(hub_and_spoke(live=False), "app", STORAGE).verdict is OPEN
    one = hub_and_spoke(live=False)
    stated = tuple(replace(each, states_peerings=True) for each in one.virtual_networks)
    assert walked(replace(one, virtual_networks=stated), "app", STORAGE).verdict is BLOCKED


def spokes(*, forwarded: bool) -> Site:
    """Return two spokes and a hub with an appliance; the far spoke allows forwarded traffic from the hub, or not."""
    one = hub_and_spoke()
    spoke, hub = one.virtual_networks
    far = network(
        "far",
        "10.2.0.0/16",
        subnet("far/a", "10.2.0.0/24"),
        peerings=(peering("to-hub", "v", allows_forwarded_traffic=forwarded),),
    )
    hub = replace(hub, peerings=(*hub.peerings, peering("to-far", "far")))
    end = vm("end", nic("end-nic", "far/a", "10.2.0.4"))
    return replace(one, virtual_networks=(spoke, hub, far), virtual_machines=(*one.virtual_machines, end))


def test_forwarded_packets_need_leave_to_cross_a_peering() -> None:
    """From spoke to spoke through the hub: the far side of the second peering decides about foreign sources."""
    assert walked(spokes(forwarded=True), "app", "10.2.0.4").verdict is REACHABLE
    found = walked(spokes(forwarded=False), "app", "10.2.0.4")
    assert (found.verdict, found.blockers) == (
        BLOCKED,
        [("peering", "to-hub", "`far` does not allow forwarded traffic from `v`")],
    )


def test_what_the_appliance_sends_itself_needs_no_leave_over_the_peering() -> None:
    """Its own address is of the hub's space."""
    assert walked(spokes(forwarded=False), "fw", "10.2.0.4").verdict is REACHABLE


def test_an_appliance_behind_a_peering_that_one_side_states_is_followed_where_it_is_there() -> None:
    """The hub states none back: what the appliance does decides only if it does peer."""
    found = walked(hub_and_spoke(back=False), "app", STORAGE)
    assert found.verdict is OPEN
    off = hub_and_spoke(back=False)
    blocked = replace(off.virtual_machines[2].interfaces[0], has_ip_forwarding=False)
    vms = (*off.virtual_machines[:2], replace(off.virtual_machines[2], interfaces=(blocked,)))
    assert walked(replace(off, virtual_machines=vms), "app", STORAGE).verdict is BLOCKED


def test_the_unstated_half_of_a_peering_may_not_allow_access() -> None:
    """Then packets cross, and the other network is not in `VirtualNetwork`: a rule against it may not match."""
    one = hub_and_spoke(back=False)
    against = replace(rule("no-vnet", IN, DENY), sources=(ServiceTag("VirtualNetwork"),))
    group = nsg("g", against, rule("all", IN, ALLOW))
    inner = replace(one.virtual_machines[2].interfaces[0], network_security_group="g")
    vms = (*one.virtual_machines[:2], replace(one.virtual_machines[2], interfaces=(inner,)))
    guarded = replace(one, virtual_machines=vms, network_security_groups=(group,))
    assert walked(guarded, "app", STORAGE).verdict is OPEN
    halves = (peering("to-spoke", "spoke"),)
    both = tuple(replace(each, peerings=halves) if each.name == "v" else each for each in one.virtual_networks)
    assert walked(replace(guarded, virtual_networks=both), "app", STORAGE).verdict is BLOCKED


@pytest.mark.parametrize(("count", "expected"), [(7, REACHABLE), (8, REACHABLE), (9, OPEN)])
def test_more_than_eight_appliances_are_not_followed(count: int, expected: object) -> None:
    """A chain of eight is; what the ninth does is left open, and the answer says so."""
    subnets = [subnet(f"v/s{n}", f"10.0.{n}.0/24", route_table=f"t{n}") for n in range(count + 1)]
    tables = [table(f"t{n}", route(f"r{n}", "0.0.0.0/0", f"10.0.{n + 1}.4")) for n in range(count)]
    nics = [nic(f"n{n}", f"v/s{n}", f"10.0.{n}.4", has_ip_forwarding=True) for n in range(count + 1)]
    vms = [vm(f"m{n}", one) for n, one in enumerate(nics)]
    one = site(network("v", "10.0.0.0/16", *subnets), *tables, *vms)
    found = walked(one, "m0", STORAGE)
    assert found.verdict is expected
    if expected is OPEN:
        assert found.facts == ["appliance 10.0.9.4 forwards"]
        assert "the last appliance that is followed" in found.reasons


def test_what_the_ninth_appliance_would_do_is_not_looked_at() -> None:
    """It does not forward, and the answer is open all the same: the model ends before it."""
    subnets = [subnet(f"v/s{n}", f"10.0.{n}.0/24", route_table=f"t{n}") for n in range(10)]
    tables = [table(f"t{n}", route(f"r{n}", "0.0.0.0/0", f"10.0.{n + 1}.4")) for n in range(9)]
    nics = [nic(f"n{n}", f"v/s{n}", f"10.0.{n}.4", has_ip_forwarding=n < 9) for n in range(10)]
    one = site(network("v", "10.0.0.0/16", *subnets), *tables, *[vm(f"m{n}", each) for n, each in enumerate(nics)])
    assert walked(one, "m0", STORAGE).verdict is OPEN


# Load balancers in front of appliances


def member(name: str, address: str, **more: Any) -> VirtualMachine:
    """Return an appliance in the pool of the load balancer."""
    return appliance(name, address, backend_pools=("lb/pool",), **more)


def in_front(*rules: Any, **more: Any) -> LoadBalancer:
    """Return a load balancer whose frontend is the next hop."""
    return balancer("lb", private_frontend("in", "v/nva", FW), rules=rules, **more)


HA = ha_ports("all", "IN", "Pool")


def test_a_load_balancer_with_a_rule_for_all_ports_passes_packets_on_to_an_appliance() -> None:
    """HA ports keep addresses and ports: the member forwards the packet as it was sent."""
    found = walked(around(in_front(HA), member("m", "10.0.9.5")), "app", STORAGE)
    assert (found.verdict, found.blockers) == (REACHABLE, [])
    assert found.hops[4:8] == ["appliance lb/in", "subnet-nsg Inbound", "nic-nsg Inbound", "appliance m-nic"]
    assert ("appliance", "lb/in", "to 1 member behind the load balancer") in found.deciders


def test_which_of_several_appliances_gets_a_packet_is_a_fact() -> None:
    """One of them does not forward: packets get through in only some of the worlds; alike members do not matter."""
    alike = around(in_front(HA), member("m", "10.0.9.5"), member("n", "10.0.9.6"))
    found = walked(alike, "app", STORAGE)
    assert found.verdict is REACHABLE
    assert ("appliance", "lb/in", "to 2 members behind the load balancer") in found.deciders
    other = around(in_front(HA), member("m", "10.0.9.5"), member("n", "10.0.9.6", has_ip_forwarding=False))
    found = walked(other, "app", STORAGE)
    assert (found.verdict, found.facts) == (OPEN, ["member of lb/pool by all"])
    neither = around(
        in_front(HA),
        member("m", "10.0.9.5", has_ip_forwarding=False),
        member("n", "10.0.9.6", has_ip_forwarding=False),
    )
    assert walked(neither, "app", STORAGE).verdict is BLOCKED


@pytest.mark.parametrize(
    ("rules", "verdict", "note"),
    [
        ((), BLOCKED, "to 0 members behind the load balancer"),
        ((ha_ports("all", "other", "pool"),), BLOCKED, "to 0 members behind the load balancer"),
        ((ha_ports("all", "in", "empty"),), BLOCKED, "to 0 members behind the load balancer"),
        ((balancing("web", "in", "pool"),), OPEN, "not evaluated"),
        ((balancing("web", "in", "pool"), HA), REACHABLE, ""),
    ],
)
def test_what_a_load_balancer_does_without_a_rule_for_all_ports(
    rules: tuple[Any, ...], verdict: object, note: str
) -> None:
    """Without a rule, or without a member, packets are dropped; a rule for one port is not documented for routing."""
    found = walked(around(in_front(*rules), member("m", "10.0.9.5")), "app", STORAGE)
    assert (found.verdict, found.blockers) == (verdict, [("appliance", "lb/in", note)] if note else [])
    if verdict is OPEN:
        assert found.facts == ["lb/in forwards"]
        assert "it has no rule for all ports (HA ports)" in found.reasons


def test_a_load_balancer_that_is_not_known_is_open_in_front_of_appliances_too() -> None:
    """What no file tells of it may be a rule for all ports, or not."""
    found = walked(around(in_front(unknown="its rules are missing"), member("m", "10.0.9.5")), "app", STORAGE)
    assert (found.verdict, found.facts) == (OPEN, ["lb/in forwards"])
    assert "its rules are missing" in found.reasons
    known = walked(around(in_front(HA, unknown="a rule is missing"), member("m", "10.0.9.5")), "app", STORAGE)
    assert known.verdict is OPEN


def test_what_is_for_the_frontend_itself_is_balanced_by_its_rules() -> None:
    """A route to the destination's own address, which is a frontend: its rule for the port decides."""
    routes = (route("self", "10.0.9.0/24", FW),)
    one = around(in_front(balancing("web", "in", "pool")), member("m", "10.0.9.5"), routes=routes)
    found = walked(one, "app", FW)
    assert (found.verdict, [hop for hop in found.hops if hop.startswith("appliance")]) == (REACHABLE, [])
    assert walked(one, "app", FW, port=80).verdict is BLOCKED


def test_a_loop_through_a_load_balancer_is_a_loop() -> None:
    """The only member behind it is the NIC that packets come from."""
    one = around(in_front(HA), member("m", "10.0.9.5"), nva=(route("again", "0.0.0.0/0", FW),))
    found = walked(one, "app", STORAGE)
    assert (found.verdict, [note for _, _, note in found.blockers]) == (
        BLOCKED,
        ["routing loop: the packets have been at m-nic before"],
    )


# Azure Firewalls


def network_rule(to: str, access: Any = ALLOW, order: int = 100) -> RuleCollection:
    """Return a collection with one network rule for TCP 443."""
    one = FirewallNetworkRule(
        name="net", protocols=(Protocol((TCP,)),), sources=(AnyAddress(),), at=HERE,
        destinations=ranges(to), ports=(PortRange(443, 443),),
    )  # fmt: skip
    return RuleCollection(name="c", order=(0, 100, order), access=access, rules=(one,), at=HERE)


def application_rule(host: str) -> RuleCollection:
    """Return a collection with one application rule for HTTPS."""
    one = FirewallApplicationRule(
        name="app", sources=(AnyAddress(),), ports=(("https", 443),), hosts=(host,), host_tags=(), at=HERE
    )
    return RuleCollection(name="a", order=(0, 100, 200), access=ALLOW, rules=(one,), at=HERE)


def azure_firewall(*collections: RuleCollection, **more: Any) -> AzureFirewall:
    """Return an Azure Firewall at the next hop, with a public IP address."""
    fields: dict[str, Any] = {"has_public_ip": True, **more}
    return AzureFirewall(name="azfw", subnet="v/nva", addresses=ranges(FW), collections=collections, at=HERE, **fields)


def test_an_azure_firewall_decides_by_its_network_rules_and_leaves_by_its_own_address() -> None:
    """The rule lets the packet pass; what no rule allows is dropped."""
    found = walked(around(azure_firewall(network_rule("20.60.0.0/24"))), "app", STORAGE)
    assert (found.verdict, found.hops[4:]) == (
        REACHABLE,
        ["azure-firewall azfw", "route Outbound v/nva", "egress Outbound v/nva"],
    )
    assert ("egress", "v/nva", "public IP address of azfw") in found.deciders
    for other in (azure_firewall(), azure_firewall(network_rule("20.61.0.0/24"))):
        dropped = walked(around(other), "app", STORAGE)
        assert (dropped.verdict, [hop for hop, _, _ in dropped.blockers]) == (BLOCKED, ["azure-firewall"])


def test_an_azure_firewall_looks_at_hosts_where_they_are_known() -> None:
    """Application rules decide by the name that packets are sent for."""
    one = around(azure_firewall(application_rule("*.blob.core.windows.net")))
    assert walked(one, "app", STORAGE, hosts=("a.blob.core.windows.net",)).verdict is REACHABLE
    assert walked(one, "app", STORAGE, hosts=("example.com",)).verdict is BLOCKED
    assert walked(one, "app", STORAGE).verdict is OPEN


def test_the_subnet_of_an_azure_firewall_has_no_groups_and_no_admin_rules() -> None:
    """An NSG on it, or an admin rule of its network, is not looked at before the firewall nor behind it."""
    passing = azure_firewall(network_rule("20.60.0.0/24"))
    group = nsg("g", stopping(IN), stopping(OUT))
    assert walked(around(passing, group, network_security_group="g"), "app", STORAGE).verdict is REACHABLE
    inbound = admin_rule("no", IN, AdminAccess.DENY)
    assert walked(around(passing, inbound), "app", STORAGE).verdict is REACHABLE


def test_an_azure_firewall_without_public_address_has_no_way_out() -> None:
    """Its subnet's NAT gateway is one; inside the network none is needed."""
    rules = (network_rule("20.60.0.0/24"), network_rule("10.0.0.0/16", order=101))
    none = azure_firewall(*rules, has_public_ip=False)
    found = walked(around(none), "app", STORAGE)
    assert (found.verdict, found.blockers) == (BLOCKED, [("egress", "v/nva", "no public IP address")])
    assert walked(around(none, nat_gateway="nat-1"), "app", STORAGE).verdict is REACHABLE
    assert walked(around(none), "app", DB).verdict is REACHABLE


def test_the_nat_gateway_of_a_firewalls_subnet_carries_tcp_and_udp_only() -> None:
    """With a public IP address of its own beside the gateway, the gateway still goes first."""
    ping = FirewallNetworkRule(
        name="ping", protocols=(Protocol((ICMP,)),), sources=(AnyAddress(),), at=HERE,
        destinations=(AnyAddress(),), ports=(PortRange(0, 65535),),
    )  # fmt: skip
    collection = RuleCollection(name="c", order=(0, 100, 100), access=ALLOW, rules=(ping,), at=HERE)
    one = azure_firewall(collection)
    assert walked(around(one), "app", STORAGE, protocol=ICMP).verdict is REACHABLE
    assert walked(around(one, nat_gateway="nat-1"), "app", STORAGE, protocol=ICMP).verdict is BLOCKED


def test_a_firewalls_own_routes_lead_on() -> None:
    """A route of its subnet may drop packets, lead to a second appliance, or back to itself: a loop."""
    rules = network_rule("20.60.0.0/24")
    drop = walked(around(azure_firewall(rules), nva=(route("drop", "20.0.0.0/8", NextHop.NONE),)), "app", STORAGE)
    assert (drop.verdict, drop.blockers) == (BLOCKED, [("route", "v/nva", "drop")])
    second = vm("two", nic("two-nic", "v/b", "10.0.1.9", has_ip_forwarding=True, public_ips=(PublicIp(4),)))
    on = around(azure_firewall(rules), second, nva=(route("on", "20.0.0.0/8", "10.0.1.9"),))
    found = walked(on, "app", STORAGE)
    assert (found.verdict, "appliance two-nic" in found.hops) == (REACHABLE, True)
    loop = walked(around(azure_firewall(rules), nva=(route("again", "20.0.0.0/8", FW),)), "app", STORAGE)
    assert (loop.verdict, [note for _, _, note in loop.blockers]) == (
        BLOCKED,
        ["routing loop: the packets have been at azfw before"],
    )
