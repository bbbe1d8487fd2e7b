"""How packets find a public source address: NAT gateway, public IP address, default outbound access, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import netcheck as nc
from netcheck.diagnostics import Source
from netcheck.model.ports import ANY_PROTOCOL, Protocol
from netcheck.model.services import Frontend, LoadBalancer, OutboundRule
from netcheck.model.site import DeploymentModel, NetworkInterface, PublicIp, Site, Subnet, Unmodelled, VirtualMachine
from netcheck.policy.decision import Decision, HopCase, HopKind, HopPart, HopResult, depends, settled
from netcheck.policy.egress import judge_egress
from netcheck.policy.facts import Fact
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet
from tests.unit.networks import balancing, private_frontend, public_frontend
from tests.unit.sources.sites import load

TEXT = """\
netcheck: 1
deploymentModel: MODEL
virtualNetworks:
  - name: v
    addressSpace: [10.0.0.0/24]
    subnets: [{name: s, addressPrefix: 10.0.0.0/24SUBNET}]
routeTables:
  - {name: rt, routes: [{name: storage-out, addressPrefix: 20.60.0.0/24, nextHopType: Internet}]}
virtualMachines:
  - name: app
    hostFirewall: none
    networkInterfaces:
      - {name: n1, subnet: v/s, privateIPAddress: 10.0.0.4, primary: trueNIC}
OTHER
"""
SECOND = "      - {name: n2, subnet: v/s, privateIPAddress: 10.0.0.5PUBLIC}"
PUBLIC = ", publicIPAddress: 203.0.113.10"


def site(folder: Path, subnet: str = "", nic: str = "", other: str = "", model: str = "resourceManager") -> Site:
    """Load a network of one subnet and one VM."""
    text = TEXT.replace("SUBNET", subnet).replace("NIC", nic).replace("OTHER", other).replace("MODEL", model)
    return load(folder, text)


def asked(one: Site, protocol: str = "tcp") -> tuple[str, list[str]]:
    """Return the verdict about the first NIC's packets to Storage, and what the egress hop says."""
    answer = nc.can_reach(one, "10.0.0.4", "20.60.0.1", tcp=[443] if protocol == "tcp" else (), protocol=protocol)
    return str(answer.verdict), [d.note for p in answer.parts for d in p.decided_by if d.hop == "egress"]


PRIVATE, OPEN = ", defaultOutboundAccess: false", ", defaultOutboundAccess: true"
NAT = ", natGateway: nat-1"


@pytest.mark.parametrize(
    ("subnet", "nic", "verdict", "word"),
    [
        (OPEN, "", "reachable", "default outbound access"),
        (PRIVATE, "", "blocked", "private subnet"),
        (PRIVATE, PUBLIC, "reachable", "public IP address of n1"),
        (PRIVATE + NAT, "", "reachable", "NAT gateway nat-1"),
        (PRIVATE + NAT, PUBLIC, "reachable", "NAT gateway nat-1"),
        (OPEN, PUBLIC, "reachable", "public IP address of n1"),
        ("", PUBLIC, "reachable", "public IP address of n1"),
        (NAT, "", "reachable", "NAT gateway nat-1"),
        (PRIVATE + ", routeTable: rt", "", "blocked", "private subnet"),
    ],
)
def test_explicit_methods_come_first(subnet: str, nic: str, verdict: str, word: str, tmp_path: Path) -> None:
    """NAT gateway before public address before default access; in a private subnet a route to Internet is no method."""
    found, notes = asked(site(tmp_path, subnet, nic))
    assert (found, [True]) == (verdict, [word in note for note in notes])


def test_not_stated_is_not_true(tmp_path: Path) -> None:
    """Whether an unstated subnet is private depends on when its network was made: open, and the place is named."""
    one = site(tmp_path)
    assert asked(one)[0] == "undetermined"
    [reason] = [r for r in nc.can_reach(one, "app", "20.60.0.1", tcp=[443]).reasons if "defaultOutboundAccess" in r]
    assert "v/s" in reason
    assert "site.yaml:6:" in reason


def test_classic_machines_go_out_by_their_cloud_service(tmp_path: Path) -> None:
    """Private subnets do not exist in classic: its machines have the address of the cloud service."""
    assert asked(site(tmp_path, model="classic")) == ("reachable", ["address of the cloud service"])


def test_a_public_address_on_one_nic_takes_default_access_from_the_others(tmp_path: Path) -> None:
    """With a public address on another NIC of the VM, a NIC without one has no way out."""
    one = site(tmp_path, OPEN, "", SECOND.replace("PUBLIC", PUBLIC))
    verdict, [note] = asked(one)
    assert (verdict, "another NIC" in note) == ("blocked", True)
    assert nc.can_reach(one, "10.0.0.5", "20.60.0.1", tcp=[443]).verdict == "reachable"


def test_a_second_nic_without_public_address_changes_nothing(tmp_path: Path) -> None:
    """Only an explicit method on some NIC switches default outbound access off."""
    assert asked(site(tmp_path, OPEN, "", SECOND.replace("PUBLIC", "")))[0] == "reachable"


def test_a_nat_gateway_carries_tcp_and_udp_only(tmp_path: Path) -> None:
    """What a NAT gateway does not translate has no way out by it."""
    one = site(tmp_path, PRIVATE + NAT)
    assert asked(one, "icmp")[0] != "reachable"
    assert nc.can_reach(one, "10.0.0.4", "20.60.0.1", udp=[53]).verdict == "reachable"


def test_inside_the_network_no_egress_is_needed(tmp_path: Path) -> None:
    """A private subnet keeps nobody from the network's own addresses."""
    one = site(tmp_path, PRIVATE, "", SECOND.replace("PUBLIC", ""))
    assert nc.can_reach(one, "10.0.0.4", "10.0.0.5", tcp=[443]).verdict == "reachable"


def test_an_address_without_nic_goes_out_by_its_subnet(tmp_path: Path) -> None:
    """For an address of the subnet that no NIC holds the subnet's own methods count."""
    assert nc.can_reach(site(tmp_path, PRIVATE), "10.0.0.77", "20.60.0.1", tcp=[443]).verdict == "blocked"
    assert nc.can_reach(site(tmp_path, PRIVATE + NAT), "10.0.0.77", "20.60.0.1", tcp=[443]).verdict == "reachable"


def test_a_public_ipv4_address_is_no_way_out_over_ipv6(tmp_path: Path) -> None:
    """Egress is a matter of the family: a public IPv4 address does not settle what IPv6 packets do."""
    text = TEXT.replace("addressSpace: [10.0.0.0/24]", 'addressSpace: [10.0.0.0/24, "fd00::/64"]')
    text = text.replace("addressPrefix: 10.0.0.0/24SUBNET", 'addressPrefixes: [10.0.0.0/24, "fd00::/64"]')
    text = text.replace("trueNIC", f"true{PUBLIC}").replace("OTHER", "").replace("MODEL", "resourceManager")
    one = load(tmp_path, text)
    assert nc.can_reach(one, "fd00::9", "2603:1030::1", tcp=[443]).verdict != "reachable"


# The hop itself, packet by packet: who decides, where the site says so, and the fact that an open answer waits for.

HERE, NIC_HERE, POOL_HERE = Source("site.yaml", 5, 7), Source("site.yaml", 9, 3), Source("site.yaml", 12, 9)
TCP4, TCP6 = (ps.box(family, IntervalSet.point(6)) for family in (4, 6))
UDP4, PING4, PING6 = ps.box(4, IntervalSet.point(17)), ps.box(4, IntervalSet.point(1)), ps.box(6, IntervalSet.point(58))
PLAIN = Site(file="site.yaml")
PUBLIC4, PUBLIC6 = PublicIp(family=4), PublicIp(family=6)


def subnet(access: bool | None, gateway: str = "") -> Subnet:
    """Return a subnet that says, or does not say, whether it has default outbound access."""
    return Subnet(
        name="S", virtual_network="V", prefixes=(), at=HERE, default_outbound_access=access, nat_gateway=gateway
    )


def nic(name: str, *public: PublicIp) -> NetworkInterface:
    """Return a NIC with public addresses."""
    return NetworkInterface(name=name, subnet="V/S", addresses=(), at=NIC_HERE, public_ips=public)


def judged(
    packets: PacketSet,
    one: Subnet,
    own: NetworkInterface | None = None,
    *others: NetworkInterface,
    where: Site = PLAIN,
) -> HopResult:
    """Return what the egress hop does with packets of a NIC."""
    interfaces = (*((own,) if own else ()), *others)
    vm = VirtualMachine(name="vm", os_type="Linux", interfaces=interfaces, at=NIC_HERE) if interfaces else None
    return judge_egress(vm, own, one, packets, where)


def says(passes: bool, note: str) -> Decision:
    """Return the decision of the egress hop of the subnet."""
    return Decision(
        hop=HopKind.EGRESS, passes=passes, direction="Outbound", resource="V/S", at="site.yaml:5:7", note=note
    )


def result(*parts: HopPart) -> HopResult:
    """Return the egress hop with some parts."""
    return HopResult(HopKind.EGRESS, "Outbound", "V/S", parts)


def open_facts(found: HopResult) -> list[tuple[str, str, str, str]]:
    """Return name, side, reason and place of the facts that a result waits for."""
    facts = [fact for part in found.parts for case in part.cases for fact, _ in case.when]
    return [(fact.name, fact.side, fact.reason, str(fact.at)) for fact in dict.fromkeys(facts)]


@pytest.mark.parametrize(
    ("one", "own", "others", "passes", "note"),
    [
        (subnet(True), nic("n"), (), True, "default outbound access"),
        (subnet(False), nic("n"), (), False, "private subnet without NAT gateway or public IP address"),
        (subnet(False), nic("n", PUBLIC4), (), True, "public IP address of n"),
        (subnet(False), nic("n", PUBLIC6), (), False, "private subnet without NAT gateway or public IP address"),
        (subnet(None), nic("n", PUBLIC4), (), True, "public IP address of n"),
        (subnet(True), None, (), True, "default outbound access"),
        (subnet(False, "nat-1"), nic("n", PUBLIC4), (), True, "NAT gateway nat-1"),
        (subnet(None, "nat-1"), None, (), True, "NAT gateway nat-1"),
        (
            *(subnet(True), nic("n"), (nic("m", PUBLIC4),), False),
            "another NIC of the VM has a public IP address, which switches default outbound access off",
        ),
        (
            *(subnet(None), nic("n"), (nic("m", PUBLIC4),), False),
            "another NIC of the VM has a public IP address, which switches default outbound access off",
        ),
        (subnet(True), nic("n"), (nic("m", PUBLIC6),), True, "default outbound access"),
    ],
)
def test_what_settles_the_egress_of_ipv4(
    one: Subnet, own: NetworkInterface | None, others: tuple[NetworkInterface, ...], passes: bool, note: str
) -> None:
    """The first method that the subnet or the NIC has decides, and the answer names it and the subnet's place."""
    assert judged(TCP4, one, own, *others) == result(settled(TCP4, says(passes, note)))


def test_a_nat_gateway_decides_each_protocol_for_itself() -> None:
    """TCP and UDP pass, ICMP does not, and IPv6 is none of an IPv4 gateway's business."""
    found = judged(TCP4 | UDP4 | PING4 | TCP6, subnet(False, "nat-1"), nic("n", PUBLIC6))
    assert found == result(
        settled(TCP4 | UDP4, says(True, "NAT gateway nat-1")),
        settled(PING4, says(False, "NAT gateway nat-1, which carries TCP and UDP only")),
        settled(TCP6, says(True, "public IP address of n")),
    )


def test_ipv6_without_public_address_is_open() -> None:
    """Outbound access over IPv6 is not in the site: neither default access nor a private subnet settles it."""
    for one in (subnet(True), subnet(False, "nat-1"), subnet(None)):
        found = judged(TCP6 | PING6, one, nic("n", PUBLIC4))
        note = "no public IPv6 address"
        [(name, side, reason, _)] = open_facts(found)
        assert (name, side) == ("ipv6 egress of v/s", "")
        assert reason == "outbound access over IPv6 is not in the site"
        fact = Fact("ipv6 egress of v/s")
        assert found == result(depends(TCP6 | PING6, fact, says(True, note), says(False, note)))


@pytest.mark.parametrize("pool", ["loadBalancerBackendAddressPools", "GatewayLoadBalancer"])
@pytest.mark.parametrize("access", [False, None])
def test_a_load_balancer_may_give_a_way_out(pool: str, access: bool | None) -> None:
    """A pool that the site mentions may have an outbound rule, and else the subnet decides; the first one is named."""
    where = Site(
        file="site.yaml",
        unmodelled=(
            Unmodelled("useRemoteGateways", HERE),
            Unmodelled(pool, POOL_HERE),
            Unmodelled("gatewayLoadBalancer", HERE),
        ),
    )
    found = judged(TCP4, subnet(access), nic("n"), where=where)
    fact = Fact(f"outbound rule behind {pool}")
    [part] = found.parts
    yes, *others = part.cases
    assert yes == HopCase(frozenset([(fact, True)]), says(True, "load balancer not evaluated"))
    assert all((fact, False) in case.when for case in others)
    notes = {case.decision.note for case in others if case.decision is not None}
    private, unstated = "private subnet without NAT gateway or public IP address", "default outbound access not stated"
    off = "default outbound access not known"
    unknown = off if pool == "loadBalancerBackendAddressPools" else unstated
    assert notes == {private if access is False else unknown}
    reason = f"`{pool}` at site.yaml:12:9 may give a way out, and this version does not evaluate it"
    assert (fact.name, "", reason, "site.yaml:12:9") in open_facts(found)


def test_a_load_balancer_does_not_matter_beside_another_method() -> None:
    """With a public address or a NAT gateway the packets leave in any case."""
    where = Site(file="site.yaml", unmodelled=(Unmodelled("loadBalancerBackendAddressPools", POOL_HERE),))
    for one, own, note in (
        (subnet(False), nic("n", PUBLIC4), "public IP address of n"),
        (subnet(False, "nat-1"), nic("n"), "NAT gateway nat-1"),
    ):
        assert judged(TCP4, one, own, where=where) == result(settled(TCP4, says(True, note)))


def test_a_load_balancer_that_is_not_evaluated_may_switch_default_outbound_access_off() -> None:
    """A standard one does, and it may have no outbound rule; one of another kind has no such effect."""
    where = Site(file="site.yaml", unmodelled=(Unmodelled("loadBalancerBackendAddressPools", POOL_HERE),))
    found = judged(TCP4, subnet(True), nic("n"), where=where)
    assert {case.passes for case in found.parts[0].cases} == {True, False}
    other = Site(file="site.yaml", unmodelled=(Unmodelled("gatewayLoadBalancer", POOL_HERE),))
    assert judged(TCP4, subnet(True), nic("n"), where=other) == result(
        settled(TCP4, says(True, "default outbound access"))
    )


def test_what_is_no_load_balancer_gives_no_way_out() -> None:
    """Other things that netcheck does not evaluate leave a private subnet private."""
    where = Site(file="site.yaml", unmodelled=(Unmodelled("serviceEndpointPolicies", POOL_HERE),))
    private = says(False, "private subnet without NAT gateway or public IP address")
    assert judged(TCP4, subnet(False), nic("n"), where=where) == result(settled(TCP4, private))


def test_unstated_access_is_one_open_fact_of_the_subnet() -> None:
    """Where the subnet does not say `defaultOutboundAccess` the answer is open, and the reason says why."""
    found = judged(TCP4, subnet(None), nic("n"))
    note = "default outbound access not stated"
    fact = Fact("default outbound access of v/s")
    assert found == result(depends(TCP4, fact, says(True, note), says(False, note)))
    reason = (
        "subnet `V/S` at site.yaml:5:7 does not say `defaultOutboundAccess`: virtual networks made with API versions "
        "after 2026-03-31 are private by default, older ones are not"
    )
    assert open_facts(found) == [("default outbound access of v/s", "", reason, "site.yaml:5:7")]


def test_classic_machines_have_the_address_of_their_cloud_service() -> None:
    """In classic an unstated subnet is not private, and another NIC's address takes nothing away."""
    where = Site(file="site.yaml", deployment_model=DeploymentModel.CLASSIC)
    found = judged(TCP4, subnet(None), nic("n"), nic("m", PUBLIC4), where=where)
    assert found == result(settled(TCP4, says(True, "address of the cloud service")))


def test_no_packets_have_no_parts_at_the_egress() -> None:
    """A hop that no packet meets says nothing."""
    assert judged(ps.EMPTY_PACKETS, subnet(None), nic("n")) == result()


# Load balancers, and what Azure says about a NIC: where they stand in the order.

LB_HERE = Source("site.yaml", 30, 3)
OUT, INSIDE = public_frontend("out"), private_frontend("in", "V/S", "10.0.0.10")
WEB = balancing("web", "out", "pool")


def behind(*balancers: LoadBalancer, model: DeploymentModel = DeploymentModel.RESOURCE_MANAGER) -> Site:
    """Return a site with some load balancers."""
    return Site(file="site.yaml", load_balancers=balancers, deployment_model=model)


def load_balancer(*frontends: Frontend, **more: Any) -> LoadBalancer:
    """Return the load balancer `LB`."""
    return LoadBalancer(name="LB", at=LB_HERE, frontends=frontends, **more)


def outbound(protocol: Protocol = ANY_PROTOCOL, pool: str = "pool") -> OutboundRule:
    """Return an outbound rule."""
    return OutboundRule(name="snat", pool=pool, at=LB_HERE, protocol=protocol)


def member(name: str = "n", *public: PublicIp, says_azure: bool | None = None) -> NetworkInterface:
    """Return a NIC in the pool of the load balancer."""
    return replace(nic(name, *public), backend_pools=("lb/pool",), has_default_outbound=says_azure)


SNAT, BY_RULE = "outbound rule snat of load balancer LB", "load balancing rule web of load balancer LB"
NO_WAY = "private subnet without NAT gateway or public IP address"
STANDARD = "standard load balancer LB switches default outbound access off"


@pytest.mark.parametrize(
    ("one", "own", "lb", "passes", "note"),
    [
        (subnet(False), member(), load_balancer(OUT, outbound_rules=(outbound(),)), True, SNAT),
        (subnet(False), member(), load_balancer(OUT, rules=(WEB,)), True, BY_RULE),
        (subnet(False), member(), load_balancer(OUT, rules=(WEB,), outbound_rules=(outbound(),)), True, SNAT),
        (subnet(None), member(), load_balancer(OUT, rules=(WEB,)), True, BY_RULE),
        (
            *(subnet(False, "nat-1"), member(), load_balancer(OUT, outbound_rules=(outbound(),))),
            *(True, "NAT gateway nat-1"),
        ),
        (
            *(subnet(False), member("n", PUBLIC4), load_balancer(OUT, outbound_rules=(outbound(),))),
            *(True, "public IP address of n"),
        ),
        (subnet(False), nic("n"), load_balancer(OUT, outbound_rules=(outbound(),)), False, NO_WAY),
        (subnet(False), member(), load_balancer(OUT, outbound_rules=(outbound(pool="other"),)), False, NO_WAY),
        (subnet(False), member(), load_balancer(OUT, rules=(replace(WEB, gives_outbound=False),)), False, NO_WAY),
        (subnet(False), member(says_azure=True), load_balancer(OUT), False, NO_WAY),
        (subnet(False), member(says_azure=False), load_balancer(OUT, rules=(WEB,)), True, BY_RULE),
    ],
)
def test_public_addresses_of_a_load_balancer_stand_between_the_nics_own_and_default_access(
    one: Subnet, own: NetworkInterface, lb: LoadBalancer, passes: bool, note: str
) -> None:
    """NAT gateway, public IP address, outbound rule, load balancing rule; whoever has none of them may be blocked."""
    assert judged(TCP4, one, own, where=behind(lb)) == result(settled(TCP4, says(passes, note)))


@pytest.mark.parametrize("kind", ["outbound", "balancing"])
def test_a_rule_of_a_load_balancer_is_a_way_out_for_its_protocol(kind: str) -> None:
    """A rule for TCP lets TCP out, in a private subnet nothing else; without protocol it is TCP and UDP, never ICMP."""
    tcp = Protocol((6,))
    for protocol, through in ((tcp, TCP4), (Protocol((17,)), UDP4), (ANY_PROTOCOL, TCP4 | UDP4)):
        if kind == "outbound":
            lb, note = load_balancer(OUT, outbound_rules=(outbound(protocol),)), SNAT
        else:
            lb, note = load_balancer(OUT, rules=(replace(WEB, protocol=protocol),)), BY_RULE
        found = judged(TCP4 | UDP4 | PING4, subnet(False), member(), where=behind(lb))
        expected = {settled(through, says(True, note)), settled((TCP4 | UDP4 | PING4) - through, says(False, NO_WAY))}
        assert set(found.parts) == expected


def test_load_balancers_have_no_say_about_ipv6() -> None:
    """Whether one of their frontends has an IPv6 address is not in the site."""
    found = judged(TCP6, subnet(False), member(), where=behind(load_balancer(OUT, outbound_rules=(outbound(),))))
    assert [fact[0] for fact in open_facts(found)] == ["ipv6 egress of v/s"]


@pytest.mark.parametrize(
    ("standard", "frontend", "expected"),
    [
        (True, OUT, (False, STANDARD)),
        (True, INSIDE, None),
        (None, OUT, None),
        (None, INSIDE, None),
        (False, OUT, (True, "default outbound access")),
        (False, INSIDE, (True, "default outbound access")),
    ],
)
@pytest.mark.parametrize("access", [True, None])
def test_a_standard_load_balancer_switches_default_access_off(
    standard: bool | None, frontend: Frontend, expected: tuple[bool, str] | None, access: bool | None
) -> None:
    """A public standard one does; a basic one does not; of an internal one, or one of unknown SKU, it is open."""
    found = judged(TCP4, subnet(access), member(), where=behind(load_balancer(frontend, is_standard=standard)))
    note = "default outbound access not known"
    if expected is None:
        fact = Fact("default outbound access behind lb")
        assert found == result(depends(TCP4, fact, says(True, note), says(False, note)))
    elif access or not expected[0]:
        assert found == result(settled(TCP4, says(*expected)))
    else:
        assert [fact[0] for fact in open_facts(found)] == ["default outbound access of v/s"]


@pytest.mark.parametrize(
    ("standard", "why"), [(True, "that is not documented of internal ones"), (None, "its SKU is not known")]
)
def test_why_a_load_balancer_leaves_default_access_open(standard: bool | None, why: str) -> None:
    """The reason names the load balancer with its place."""
    found = judged(TCP4, subnet(True), member(), where=behind(load_balancer(INSIDE, is_standard=standard)))
    reason = f"load balancer `LB` at site.yaml:30:3 may switch default outbound access off: {why}"
    assert open_facts(found) == [("default outbound access behind lb", "", reason, "site.yaml:30:3")]


def test_a_standard_load_balancer_of_another_nic_counts_for_the_vm() -> None:
    """Default outbound access is a matter of the VM; but only the NIC's own pools give it a way out."""
    lb = load_balancer(OUT, rules=(WEB,), is_standard=True)
    assert judged(TCP4, subnet(True), nic("n"), member("m"), where=behind(lb)) == result(
        settled(TCP4, says(False, STANDARD))
    )
    basic = replace(lb, is_standard=False)
    found = judged(TCP4, subnet(True), nic("n"), member("m"), where=behind(basic))
    assert found == result(settled(TCP4, says(True, "default outbound access")))


def test_a_public_standard_load_balancer_settles_what_an_unknown_one_leaves_open() -> None:
    """Whichever comes first in the NIC's list of pools."""
    own = replace(nic("n"), backend_pools=("odd/pool", "lb/pool"))
    odd = LoadBalancer(name="odd", at=LB_HERE, frontends=(INSIDE,))
    found = judged(TCP4, subnet(True), own, where=behind(odd, load_balancer(OUT, is_standard=True)))
    assert found == result(settled(TCP4, says(False, STANDARD)))


@pytest.mark.parametrize("access", [True, False, None])
def test_a_load_balancer_that_is_not_known_may_give_a_way_out(access: bool | None) -> None:
    """What no file tells of it may be an outbound rule; else the subnet decides, unless it switches that off."""
    lb = load_balancer(OUT, unknown="its rules are not in the file")
    found = judged(TCP4, subnet(access), member(), where=behind(lb))
    fact = Fact("outbound rule of lb")
    [part] = found.parts
    yes, *others = part.cases
    assert yes == HopCase(frozenset([(fact, True)]), says(True, "way out not known"))
    assert all((fact, False) in case.when for case in others)
    assert {case.passes for case in others} == ({False} if access is False else {True, False})
    reason = "load balancer `LB` at site.yaml:30:3 may give a way out: its rules are not in the file"
    assert ("outbound rule of lb", "", reason, "site.yaml:30:3") in open_facts(found)


def test_a_known_rule_settles_what_an_unknown_load_balancer_leaves_open() -> None:
    """One way out is enough, whichever of two load balancers has it."""
    own = replace(nic("n"), backend_pools=("odd/pool", "lb/pool"))
    odd = LoadBalancer(name="odd", at=LB_HERE, frontends=(OUT,), unknown="?")
    found = judged(TCP4, subnet(False), own, where=behind(odd, load_balancer(OUT, rules=(WEB,))))
    assert found == result(settled(TCP4, says(True, BY_RULE)))


@pytest.mark.parametrize("azure", [True, False])
@pytest.mark.parametrize(
    ("others", "lb", "model"),
    [
        ((), load_balancer(OUT, is_standard=True), DeploymentModel.RESOURCE_MANAGER),
        ((), load_balancer(INSIDE, is_standard=True), DeploymentModel.RESOURCE_MANAGER),
        ((nic("m", PUBLIC4),), load_balancer(), DeploymentModel.RESOURCE_MANAGER),
        ((), load_balancer(), DeploymentModel.CLASSIC),
    ],
)
@pytest.mark.parametrize("access", [True, None])
def test_what_azure_says_about_a_nic_goes_before_what_follows_from_its_surroundings(
    azure: bool, others: tuple[NetworkInterface, ...], lb: LoadBalancer, model: DeploymentModel, access: bool | None
) -> None:
    """`defaultOutboundConnectivityEnabled` is Azure's own word about the very question."""
    word = "has" if azure else "does not have"
    found = judged(TCP4, subnet(access), member(says_azure=azure), *others, where=behind(lb, model=model))
    assert found == result(settled(TCP4, says(azure, f"Azure says that n {word} default outbound access")))


def test_in_classic_the_cloud_service_goes_before_load_balancers() -> None:
    """Its address is there, whatever stands beside it."""
    where = behind(load_balancer(OUT, is_standard=True), model=DeploymentModel.CLASSIC)
    found = judged(TCP4, subnet(None), member(), where=where)
    assert found == result(settled(TCP4, says(True, "address of the cloud service")))


def test_a_way_out_whose_value_is_not_known_says_why() -> None:
    """Where a file leaves out what stands there, the reason is its own."""
    where = Site(file="site.yaml", unmodelled=(Unmodelled("publicIPAddress", POOL_HERE, "the address is a parameter"),))
    found = judged(TCP4, subnet(False), nic("n"), where=where)
    name = "outbound rule behind publicIPAddress"
    private = says(False, "private subnet without NAT gateway or public IP address")
    assert found == result(depends(TCP4, Fact(name), says(True, "way out not known"), private))
    assert open_facts(found) == [(name, "", "the address is a parameter", "site.yaml:12:9")]
