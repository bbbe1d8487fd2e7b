"""The side of the destination: what of a subnet holds an address, and which rules stand before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netcheck.model.adminrules import AdminAccess, AdminRule
from netcheck.model.azfirewall import AzureFirewall
from netcheck.model.effective import EffectiveNsg, Level
from netcheck.model.network import PublicIp, PublicIpSku
from netcheck.model.rules import NsgRule
from netcheck.model.services import BalancingRule, PrivateEndpoint
from netcheck.model.site import EndpointPolicies, NetworkSecurityGroup, Site
from tests.unit.networks import (
    ALLOW,
    DENY,
    HERE,
    IN,
    OUT,
    Part,
    admin_rule,
    balancer,
    balancing,
    network,
    nic,
    nsg,
    private_endpoint,
    public_frontend,
    ranges,
    rule,
    site,
    subnet,
    vm,
)
from tests.unit.path.walks import BLOCKED, OPEN, REACHABLE, walked

DB, NEAR, PE = "10.0.1.4", "10.0.1.5", "10.0.1.9"
STOP, PASS = rule("stop", IN, DENY), rule("pass", IN, ALLOW)


def around(*parts: Part, b: str = "", a: str = "", where: str = "b", **more: Any) -> Site:
    """Return `app` in subnet a and what is given of subnet b, whose NSGs are named."""
    home = network(
        "v",
        "10.0.0.0/16",
        subnet("v/a", "10.0.0.0/24", network_security_group=a),
        subnet(f"v/{where}", "10.0.1.0/24", network_security_group=b, **more),
    )
    return site(home, vm("app", nic("app-nic", "v/a", "10.0.0.4")), *parts)


def target(name: str = "db", address: str = DB, **more: Any) -> Part:
    """Return a VM of subnet b, with what is given of its NIC."""
    return vm(name, nic(f"{name}-nic", "v/b", address, **more))


# Private endpoints


def endpoint(**more: Any) -> PrivateEndpoint:
    """Return a private endpoint of subnet b."""
    return private_endpoint("pe", "v/b", PE, service="acct", **more)


@pytest.mark.parametrize(
    ("policies", "verdict"),
    [
        (EndpointPolicies.DISABLED, REACHABLE),
        (EndpointPolicies.ROUTES, REACHABLE),
        (EndpointPolicies.NSG, BLOCKED),
        (EndpointPolicies.ENABLED, BLOCKED),
    ],
)
def test_a_private_endpoint_obeys_the_group_of_its_subnet_where_that_says_so(
    policies: EndpointPolicies, verdict: object
) -> None:
    """With network policies for NSGs disabled, as by default, the subnet's rules do not apply to it."""
    one = around(endpoint(), nsg("g", STOP), b="g", private_endpoint_policies=policies)
    found = walked(one, "app", PE)
    assert (found.verdict, found.blockers) == (verdict, [("subnet-nsg", "g", "stop")] if verdict is BLOCKED else [])
    assert found.hops[-1] == "private-endpoint Inbound pe"


@pytest.mark.parametrize(
    ("is_approved", "verdict", "note"),
    [
        (True, REACHABLE, "stands for acct"),
        (None, REACHABLE, "stands for acct"),
        (False, BLOCKED, "the connection is not approved"),
    ],
)
def test_a_connection_that_is_not_approved_carries_nothing(
    is_approved: bool | None, verdict: object, note: str
) -> None:
    """The owner of the service has to accept it; where no file says that it was refused, it is taken as accepted."""
    found = walked(around(endpoint(is_approved=is_approved)), "app", PE)
    assert found.verdict is verdict
    assert ("private-endpoint", "pe", note) in found.deciders


def test_an_endpoint_of_an_unknown_service_stands_for_a_service() -> None:
    """The answer has no name to give."""
    found = walked(around(replace(endpoint(), service="")), "app", PE)
    assert ("private-endpoint", "pe", "stands for a service") in found.deciders


def test_the_clients_own_group_sees_the_address_of_the_endpoint() -> None:
    """Outbound rules of the client apply to packets to a private endpoint, whatever its subnet says."""
    group = nsg("g", rule("no", OUT, DENY, to=f"{PE}/32"))
    found = walked(around(endpoint(), group, a="g"), "app", PE)
    assert (found.verdict, found.blockers) == (BLOCKED, [("subnet-nsg", "g", "no")])


def test_admin_rules_do_not_apply_to_private_endpoints() -> None:
    """Inbound ones are not looked at before an endpoint; those outbound of the client's network are."""
    inbound = admin_rule("no", IN, AdminAccess.DENY)
    outbound = admin_rule("no", OUT, AdminAccess.DENY)
    assert walked(around(endpoint(), inbound), "app", PE).verdict is REACHABLE
    assert walked(around(endpoint(), outbound), "app", PE).verdict is BLOCKED


def test_another_address_of_the_endpoints_subnet_is_filtered_as_ever() -> None:
    """The exception is for the endpoint's own address."""
    one = around(endpoint(), target(), nsg("g", STOP), b="g")
    assert walked(one, "app", DB).verdict is BLOCKED


def test_an_endpoint_whose_address_no_file_states_may_hold_any_free_one() -> None:
    """An address that a NIC holds is the NIC's; any other of the subnet may be the endpoint's."""
    one = around(replace(endpoint(), addresses=()), target())
    assert walked(one, "app", DB).verdict is REACHABLE
    found = walked(one, "app", "10.0.1.77")
    assert found.verdict is OPEN
    assert "the endpoint `pe` at site.yaml:7:3 may hold the address" in "; ".join(
        fact.reason for cases in found.region.hops for case in cases for fact, _ in case.when
    )


# Other holders of addresses


def test_an_address_that_nobody_holds_meets_the_subnets_group_only() -> None:
    """What no NIC holds is filtered by the subnet, and by nothing behind it."""
    one = around(target(network_security_group="g"), nsg("g", STOP))
    found = walked(one, "app", "10.0.1.77")
    assert (found.verdict, found.hops[-1]) == (REACHABLE, "subnet-nsg Inbound")
    guarded = walked(around(target(), nsg("g", STOP), b="g"), "app", "10.0.1.77")
    assert (guarded.verdict, guarded.blockers) == (BLOCKED, [("subnet-nsg", "g", "stop")])


def test_an_address_of_the_network_that_is_in_no_subnet_is_open() -> None:
    """The space holds it and no subnet does: what becomes of packets is not in the site."""
    found = walked(around(target()), "app", "10.0.7.7")
    assert (found.verdict, found.reasons) == (OPEN, "no subnet of virtual network `v` holds these addresses")


def test_the_own_address_of_an_azure_firewall_is_not_evaluated() -> None:
    """What no DNAT rule takes, the firewall may answer itself, and no file tells."""
    firewall = AzureFirewall(name="azfw", subnet="v/b", addresses=ranges(PE), collections=(), at=HERE)
    found = walked(around(firewall), "app", PE)
    assert found.verdict is OPEN
    assert "what `azfw` itself answers at its private address" in found.reasons


# Admin rules and groups


def admin(access: AdminAccess, **more: Any) -> AdminRule:
    """Return an inbound admin rule."""
    return admin_rule("central", IN, access, **more)


def guarded(*rules: AdminRule, level: str = "both") -> Site:
    """Return a site whose destination has an NSG that stops everything at one level, or at both."""
    on_nic = "nic" if level in ("nic", "both") else ""
    return around(
        target(network_security_group=on_nic),
        nsg("nic", STOP),
        nsg("sub", STOP),
        *rules,
        b="sub" if level in ("subnet", "both") else "",
    )


@pytest.mark.parametrize("level", ["nic", "subnet", "both"])
def test_always_allow_skips_the_groups_of_subnet_and_nic(level: str) -> None:
    """`AlwaysAllow` ends the evaluation of this direction: neither NSG is looked at. After `Allow` both are."""
    assert walked(guarded(level=level), "app", DB).verdict is BLOCKED
    assert walked(guarded(admin(AdminAccess.ALLOW), level=level), "app", DB).verdict is BLOCKED
    found = walked(guarded(admin(AdminAccess.ALWAYS_ALLOW), level=level), "app", DB)
    assert (found.verdict, found.blockers) == (REACHABLE, [])
    assert ("admin-rules", "v", "central") in [(hop, where.split("/")[0], name) for hop, where, name in found.deciders]


def test_groups_that_are_skipped_are_not_met() -> None:
    """They are no hop of the way: nothing is said about them."""
    found = walked(guarded(admin(AdminAccess.ALWAYS_ALLOW)), "app", DB)
    assert [hop for hop in found.hops if "nsg Inbound" in hop] == []


def test_always_allow_inbound_skips_no_group_outbound() -> None:
    """Each direction is evaluated by itself."""
    one = around(target(), nsg("g", rule("no", OUT, DENY)), admin(AdminAccess.ALWAYS_ALLOW), a="g")
    assert walked(one, "app", DB).blockers == [("subnet-nsg", "g", "no")]


def test_a_denial_by_an_admin_rule_is_final() -> None:
    """An NSG that allows changes nothing; it is not met."""
    one = around(target(), nsg("g", PASS), admin(AdminAccess.DENY), b="g")
    found = walked(one, "app", DB)
    assert (found.verdict, [(hop, name) for hop, _, name in found.blockers]) == (BLOCKED, [("admin-rules", "central")])


def test_packets_that_no_admin_rule_matches_meet_the_groups() -> None:
    """A rule for other sources is not theirs."""
    always = admin(AdminAccess.ALWAYS_ALLOW, sources=ranges("10.9.0.0/16"))
    assert walked(guarded(always), "app", DB).verdict is BLOCKED
    own = admin(AdminAccess.ALWAYS_ALLOW, sources=ranges("10.0.0.4/32"))
    assert walked(guarded(own), "app", DB).verdict is REACHABLE


def test_an_admin_rule_that_may_match_skips_the_groups_in_those_worlds() -> None:
    """What cannot be read of it leaves both open: packets pass where the rule matches, and are stopped elsewhere."""
    found = walked(guarded(admin(AdminAccess.ALWAYS_ALLOW, unknown="odd")), "app", DB)
    assert found.verdict is OPEN
    assert {hop for hop, _, _ in found.blockers} == {"subnet-nsg", "nic-nsg"}
    denied = walked(around(target(), admin(AdminAccess.DENY, unknown="odd")), "app", DB)
    assert denied.verdict is OPEN
    both = walked(guarded(admin(AdminAccess.DENY, unknown="odd")), "app", DB)
    assert both.verdict is BLOCKED


def test_admin_rules_of_another_network_do_not_apply() -> None:
    """They name the networks that they are for."""
    assert walked(around(target(), admin(AdminAccess.DENY, virtual_networks=("w",))), "app", DB).verdict is REACHABLE
    assert walked(around(target(), admin(AdminAccess.DENY, virtual_networks=("V",))), "app", DB).verdict is BLOCKED


@pytest.mark.parametrize(
    ("where", "verdict"),
    [("AzureBastionSubnet", REACHABLE), ("GatewaySubnet", REACHABLE), ("RouteServerSubnet", REACHABLE), ("b", BLOCKED)],
)
def test_admin_rules_do_not_apply_to_subnets_of_azures_own(where: str, verdict: object) -> None:
    """Gateways, Bastion, route servers and the like are exempt; their NSGs are looked at."""
    one = vm("db", nic("db-nic", f"v/{where}", DB))
    assert walked(around(one, admin(AdminAccess.DENY), where=where), "app", DB).verdict is verdict
    group = nsg("g", STOP)
    guarded_ = around(one, admin(AdminAccess.ALWAYS_ALLOW), group, where=where, b="g")
    assert walked(guarded_, "app", DB).verdict is (BLOCKED if where != "b" else REACHABLE)


# Rules that Azure computed for one NIC


def level(name: Level, *rules: NsgRule) -> EffectiveNsg:
    """Return what Azure computed at a level."""
    return EffectiveNsg(level=name, nsg=NetworkSecurityGroup(name="azure", rules=rules, at=HERE), at=HERE)


def computed(*levels: EffectiveNsg, **more: Any) -> Part:
    """Return `db` with computed rules."""
    return target(effective_nsgs=levels, **more)


SUBNET_STOPS, NIC_STOPS = (
    level(Level.SUBNET, replace(STOP, priority=100)),
    level(Level.NIC, replace(STOP, priority=100)),
)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ((SUBNET_STOPS,), [("subnet-nsg", "azure", "stop")]),
        ((NIC_STOPS,), [("nic-nsg", "azure", "stop")]),
        ((NIC_STOPS, SUBNET_STOPS), [("subnet-nsg", "azure", "stop"), ("nic-nsg", "azure", "stop")]),
        ((), []),
    ],
)
def test_computed_rules_stand_in_place_of_both_groups(
    levels: tuple[EffectiveNsg, ...], expected: list[tuple[str, str, str]]
) -> None:
    """The subnet's level before the NIC's; a level that Azure does not list has no NSG, whatever the site says."""
    allowing = (nsg("sub", PASS), nsg("nic", PASS))
    one = around(computed(*levels, network_security_group="nic"), *allowing, b="sub")
    found = walked(one, "app", DB)
    assert (found.verdict, found.blockers) == (BLOCKED if expected else REACHABLE, expected)
    stopping = (nsg("sub", STOP), nsg("nic", STOP))
    again = walked(around(computed(*levels, network_security_group="nic"), *stopping, b="sub"), "app", DB)
    assert again.blockers == expected


def test_rules_computed_for_one_nic_are_not_those_of_its_neighbours() -> None:
    """In the same subnet another NIC, and an address that nobody holds, meet the site's own group."""
    one = around(computed(SUBNET_STOPS), target("near", NEAR), nsg("sub", PASS), b="sub")
    assert walked(one, "app", DB).verdict is BLOCKED
    for address in (NEAR, "10.0.1.77"):
        found = walked(one, "app", address)
        assert (found.verdict, found.hops.count("subnet-nsg Inbound sub")) == (REACHABLE, 1)
    other = around(computed(), target("near", NEAR), nsg("sub", STOP), b="sub")
    assert walked(other, "app", DB).verdict is REACHABLE
    assert walked(other, "app", NEAR).blockers == [("subnet-nsg", "sub", "stop")]


def test_admin_rules_go_before_computed_rules_of_subnet_and_nic() -> None:
    """Azure lists admin rules at a level of their own; the other levels do not hold them."""
    denied = walked(around(computed(level(Level.SUBNET, PASS)), admin(AdminAccess.DENY)), "app", DB)
    assert denied.verdict is BLOCKED
    skipped = walked(around(computed(SUBNET_STOPS), admin(AdminAccess.ALWAYS_ALLOW)), "app", DB)
    assert skipped.verdict is REACHABLE


def test_computed_rules_of_the_sender_stand_before_its_routes() -> None:
    """Outbound the NIC's level goes first."""
    out = rule("no", OUT, DENY)
    levels = (level(Level.SUBNET, out), level(Level.NIC, out))
    one = around(target(), vm("late", nic("late-nic", "v/a", "10.0.0.9", effective_nsgs=levels)), nsg("g", STOP), a="g")
    assert walked(one, "late", DB).blockers == [("nic-nsg", "azure", "no"), ("subnet-nsg", "azure", "no")]


# From outside


WORLD = "8.8.8.8"


def behind(*rules: BalancingRule, **more: Any) -> Site:
    """Return `db` in the pool of a public load balancer with some rules."""
    return around(
        target(backend_pools=("lb/pool",), **more),
        balancer("lb", public_frontend("out"), rules=rules, is_standard=False),
    )


def test_from_outside_a_public_address_or_a_public_load_balancer_is_the_way_in() -> None:
    """Of a load balancer only the ports of its rules, as the member sees them; anything else the site does not show."""
    web = balancing("web", "out", "pool", (443, 8443))
    assert walked(around(target(public_ips=(PublicIp(4, sku=PublicIpSku.BASIC),))), WORLD, DB).verdict is REACHABLE
    assert walked(behind(web), WORLD, DB, 8443).verdict is REACHABLE
    assert ("ingress", "db-nic", "public load balancer") in walked(behind(web), WORLD, DB, 8443).deciders
    for one, port in ((behind(web), 443), (behind(), 8443), (around(target()), 8443)):
        found = walked(one, WORLD, DB, port)
        assert (found.verdict, found.facts) == (OPEN, ["way in to db-nic"])


def test_from_outside_groups_stand_before_the_nic_as_ever() -> None:
    """A denial inbound settles the question, even where no way in is shown."""
    one = around(target(), nsg("g", STOP), b="g")
    found = walked(one, WORLD, DB)
    assert (found.verdict, found.blockers) == (BLOCKED, [("subnet-nsg", "g", "stop")])


def test_from_outside_computed_rules_of_the_nic_stand_before_it() -> None:
    """They are looked at behind the way in."""
    found = walked(around(computed(SUBNET_STOPS, public_ips=(PublicIp(4),))), WORLD, DB)
    assert (found.verdict, found.blockers) == (BLOCKED, [("subnet-nsg", "azure", "stop")])
    assert found.hops[0] == "ingress Inbound db-nic"


def test_from_outside_the_site_shows_no_way_to_what_nobody_holds() -> None:
    """An address of a subnet without NIC, or of no network of the site."""
    for address in ("10.0.1.77", "10.0.7.7", "20.60.0.1"):
        found = walked(around(target()), WORLD, address)
        assert (found.verdict, found.facts) == (OPEN, ["unmodelled way in"])


def test_from_outside_a_nic_whose_address_is_not_known_may_hold_the_one_asked_for() -> None:
    """Its rules may be those that stand before the address, or not: nothing is certain."""
    free = ranges("10.0.1.0/24")
    late = nic("late-nic", "v/b", "10.0.1.0/24", open_families=(4,), open_addresses=free, public_ips=(PublicIp(4),))
    assert late.addresses == free
    assert walked(around(vm("late", late)), WORLD, "10.0.1.77").verdict is OPEN


# Rules of network managers that Azure computed for one NIC


def managed(*rules: NsgRule, level_: Level = Level.SUBNET) -> Site:
    """Return `db` with rules that Azure computed at the level of network managers, and a denial behind them."""
    manager = EffectiveNsg(level=Level.MANAGER, nsg=NetworkSecurityGroup(name="Manager", rules=rules, at=HERE), at=HERE)
    return around(computed(manager, level(level_, STOP)), target("near", NEAR))


def test_computed_rules_of_network_managers_go_before_the_groups() -> None:
    """A denial is one of admin rules, of the NIC that it was computed for; the NSG that stops packets too is named."""
    found = walked(managed(rule("central", IN, DENY)), "app", DB)
    named = [(hop, name) for hop, _, name in found.blockers]
    assert (found.verdict, named) == (BLOCKED, [("admin-rules", "central"), ("subnet-nsg", "stop")])
    assert [result.nic for result in found.results if result.hop == "admin-rules"] == ["db-nic"]
    assert walked(managed(rule("central", IN, DENY)), "app", NEAR).verdict is REACHABLE


@pytest.mark.parametrize("at", [Level.SUBNET, Level.NIC])
def test_what_a_network_manager_allows_by_azures_list_may_always_be_allowed(at: Level) -> None:
    """Azure prints `Allow` and `AlwaysAllow` alike: the NSG behind it decides in one of the two worlds."""
    found = walked(managed(PASS, level_=at), "app", DB)
    assert (found.verdict, found.facts) == (OPEN, ["manager always allows"])
    other = walked(managed(rule("other", IN, ALLOW, source="10.9.0.0/16"), level_=at), "app", DB)
    assert (other.verdict, [name for _, _, name in other.blockers]) == (BLOCKED, ["stop"])


def test_computed_rules_of_network_managers_stand_in_place_of_the_sites_admin_rules() -> None:
    """What Azure computed is what applies: the site's own denial is not looked at."""
    one = around(
        target(
            effective_nsgs=(
                EffectiveNsg(level=Level.MANAGER, nsg=NetworkSecurityGroup(name="m", rules=(PASS,), at=HERE), at=HERE),
            )
        ),
        admin(AdminAccess.DENY),
    )
    assert walked(one, "app", DB).verdict is REACHABLE
