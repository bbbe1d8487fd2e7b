"""What comes from outside by a Standard or a Basic public IP address or load balancer, with and without an NSG.

Microsoft Learn, "Public IP addresses": Standard is closed to inbound traffic until an NSG allows it, Basic is open and
an NSG is optional; "What is Azure Load Balancer?", "Secure by default": so are load balancers.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcheck.model.adminrules import AdminAccess
from netcheck.model.effective import EffectiveNsg, Level
from netcheck.model.network import NetworkInterface, PublicIp, PublicIpSku
from netcheck.model.rules import Access
from netcheck.model.site import DeploymentModel, NetworkSecurityGroup, Site
from netcheck.path.leg import Verdict
from netcheck.sources._uncertain import may_not_apply, unread_nsg_rules
from tests.unit.networks import (
    HERE,
    IN,
    Part,
    admin_rule,
    balancer,
    balancing,
    network,
    nic,
    nsg,
    private_frontend,
    public_frontend,
    rule,
    site,
    subnet,
    vm,
)
from tests.unit.path.walks import BLOCKED, OPEN, REACHABLE, walked

STANDARD, BASIC = PublicIpSku.STANDARD, PublicIpSku.BASIC
DB, WORLD = "10.0.1.4", "8.8.8.8"
PASS = rule("pass", IN, Access.ALLOW)
BLOCKER = ("ingress", "db-nic", "a Standard public IP address lets nothing in without an NSG")


def by(*skus: PublicIpSku | None, **more: object) -> NetworkInterface:
    """Return the NIC `db-nic` with a public IP address of each SKU."""
    return nic("db-nic", "v/b", DB, public_ips=tuple(PublicIp(4, sku=sku) for sku in skus), **more)


def placed(one: NetworkInterface, *parts: Part, b: str = "") -> Site:
    """Return a site with a NIC in a subnet whose NSG is named."""
    home = network("v", "10.0.0.0/16", subnet("v/b", "10.0.1.0/24", network_security_group=b))
    return site(home, vm("db", one), *parts)


@pytest.mark.parametrize(
    ("skus", "expected"),
    [
        ((BASIC,), REACHABLE),
        ((STANDARD,), BLOCKED),
        ((None,), OPEN),
        ((STANDARD, STANDARD), BLOCKED),
        ((STANDARD, BASIC), OPEN),
        ((STANDARD, None), OPEN),
        ((BASIC, None), OPEN),
    ],
)
def test_without_an_nsg_the_sku_decides(skus: tuple[PublicIpSku | None, ...], expected: Verdict) -> None:
    """Azure lets no NIC have both SKUs: then it is open which one counts."""
    found = walked(placed(by(*skus)), WORLD, DB)
    assert found.verdict is expected
    assert found.facts == (["SKU of the ways in to db-nic"] if expected is OPEN else [])
    assert found.blockers == ([BLOCKER] if expected is BLOCKED else found.blockers)


@pytest.mark.parametrize("sku", [STANDARD, BASIC, None])
@pytest.mark.parametrize("level", ["subnet", "nic", "both"])
def test_with_an_nsg_it_alone_decides(sku: PublicIpSku | None, level: str) -> None:
    """One at the subnet or at the NIC is enough, and it says what comes in."""
    on_nic = "" if level == "subnet" else "g"
    for rules, expected in (((PASS,), REACHABLE), ((), BLOCKED)):
        one = placed(by(sku, network_security_group=on_nic), nsg("g", *rules), b="" if level == "nic" else "g")
        assert walked(one, WORLD, DB).verdict is expected


def test_an_nsg_that_nobody_could_read_keeps_its_own_openness() -> None:
    """It is there, so that the address is not closed; what it lets in is not known."""
    one = placed(by(STANDARD), nsg("g", *unread_nsg_rules("not in the files", HERE)), b="g")
    found = walked(one, WORLD, DB)
    assert found.verdict is OPEN
    assert not [name for name in found.facts if "SKU" in name or "NSG at" in name]


def test_an_nsg_that_may_not_be_attached_may_not_open_a_standard_address() -> None:
    """Without it everything passes a Basic address, and nothing a Standard one; a certain one beside it is enough."""
    doubtful = nsg("g (on v/b?)", *may_not_apply("only one side names it", HERE), PASS)
    assert walked(placed(by(BASIC), doubtful, b="g (on v/b?)"), WORLD, DB).verdict is REACHABLE
    found = walked(placed(by(STANDARD), doubtful, b="g (on v/b?)"), WORLD, DB)
    assert (found.verdict, found.facts) == (OPEN, ["NSG at db-nic"])
    both = placed(by(STANDARD, network_security_group="sure"), doubtful, nsg("sure", PASS), b="g (on v/b?)")
    assert walked(both, WORLD, DB).verdict is REACHABLE


def test_what_azure_computed_says_whether_there_is_an_nsg() -> None:
    """A computed level stands in place of the files; rules of network managers are no NSG."""

    def level(name: Level) -> EffectiveNsg:
        return EffectiveNsg(level=name, nsg=NetworkSecurityGroup(name="azure", rules=(PASS,), at=HERE), at=HERE)

    for name in (Level.SUBNET, Level.NIC):
        assert walked(placed(by(STANDARD, effective_nsgs=(level(name),))), WORLD, DB).verdict is REACHABLE
    none = placed(by(STANDARD, effective_nsgs=()), nsg("g", PASS), b="g")
    assert walked(none, WORLD, DB).blockers == [BLOCKER]
    managed = walked(placed(by(STANDARD, effective_nsgs=(level(Level.MANAGER),))), WORLD, DB)
    assert (managed.verdict, managed.facts) == (OPEN, ["AlwaysAllow opens db-nic"])


@pytest.mark.parametrize(
    ("access", "expected"),
    [(AdminAccess.ALWAYS_ALLOW, OPEN), (AdminAccess.ALLOW, BLOCKED), (AdminAccess.DENY, BLOCKED)],
)
def test_whether_always_allow_opens_a_standard_address_is_not_documented(
    access: AdminAccess, expected: Verdict
) -> None:
    """`Allow` leaves the packets to NSGs, of which there is none. A rule for others changes nothing."""
    assert walked(placed(by(STANDARD), admin_rule("central", IN, access)), WORLD, DB).verdict is expected
    elsewhere = replace(admin_rule("central", IN, access), virtual_networks=("other",))
    assert walked(placed(by(STANDARD), elsewhere), WORLD, DB).blockers == [BLOCKER]
    guarded = placed(by(STANDARD), admin_rule("central", IN, AdminAccess.ALWAYS_ALLOW), nsg("g"), b="g")
    assert walked(guarded, WORLD, DB).verdict is REACHABLE


@pytest.mark.parametrize(("is_standard", "expected"), [(False, REACHABLE), (True, BLOCKED), (None, OPEN)])
def test_members_of_a_public_load_balancer_are_as_closed_as_it_is(is_standard: bool | None, expected: Verdict) -> None:
    """The SKU is the load balancer's; an NSG is what opens a Standard one."""
    web = balancing("web", "out", "pool", (443, 443))
    lb = balancer("lb", public_frontend("out"), rules=(web,), is_standard=is_standard)
    found = walked(placed(by(backend_pools=("lb/pool",)), lb), WORLD, DB)
    assert found.verdict is expected
    if expected is BLOCKED:
        assert found.blockers == [("ingress", "db-nic", BLOCKER[2].replace("IP address", "load balancer"))]
    opened = placed(by(backend_pools=("lb/pool",)), lb, nsg("g", PASS), b="g")
    assert walked(opened, WORLD, DB).verdict is REACHABLE
    both = placed(by(STANDARD, backend_pools=("lb/pool",)), lb)
    assert walked(both, WORLD, DB).verdict is (BLOCKED if is_standard else OPEN)


def test_addresses_of_the_classic_model_are_open() -> None:
    """They have no SKU."""
    classic = replace(placed(by(None)), deployment_model=DeploymentModel.CLASSIC)
    assert walked(classic, WORLD, DB).verdict is REACHABLE


def test_each_family_has_its_own_addresses() -> None:
    """A Standard IPv6 address does not close an IPv4 one, which is Basic."""
    both = nic("db-nic", "v/b", f"{DB} fd00::4", public_ips=(PublicIp(4, sku=BASIC), PublicIp(6, sku=STANDARD)))
    home = network("v", "10.0.0.0/16 fd00::/48", subnet("v/b", "10.0.1.0/24 fd00::/64"))
    one = site(home, vm("db", both))
    assert walked(one, WORLD, DB).verdict is REACHABLE
    assert walked(one, "2603:1030::9", "fd00::4").verdict is BLOCKED


def test_the_platform_and_the_own_network_do_not_come_by_the_public_address() -> None:
    """Health probes and neighbours pass a NIC that is closed to the Internet."""
    neighbour = vm("near", nic("near-nic", "v/b", "10.0.1.5"))
    one = placed(by(STANDARD), neighbour)
    assert walked(one, "168.63.129.16", DB).verdict is REACHABLE
    assert walked(one, "near", DB).verdict is REACHABLE


@pytest.mark.parametrize("sku", [STANDARD, BASIC, None])
def test_a_members_public_address_is_no_way_to_a_private_frontend(sku: PublicIpSku | None) -> None:
    """What comes in by that address is for the member alone; no way to the frontend is shown."""
    web = balancing("web", "in", "pool", (443, 443))
    lb = balancer("ilb", private_frontend("in", "v/b", "10.0.1.10"), rules=(web,), is_standard=True)
    opened = placed(by(sku, backend_pools=("ilb/pool",)), lb, nsg("g", PASS), b="g")
    for one in (placed(by(sku, backend_pools=("ilb/pool",)), lb), opened):
        found = walked(one, WORLD, "10.0.1.10")
        assert (found.verdict, found.facts) == (OPEN, ["unmodelled way in"])
