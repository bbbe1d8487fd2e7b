"""Which NSGs a plan touches, which proxy it is for, and which rules of Azure's own it reckons with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import netcheck as nc
from netcheck.diagnostics import Source
from netcheck.model.address import parse_prefix
from netcheck.model.effective import EffectiveRoute
from netcheck.model.hosts import WindowsFirewall
from netcheck.model.rules import Access, Direction, NextHop
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.questions.asking import Asking
from netcheck.questions.places import find_target
from netcheck.questions.profiles import Need
from netcheck.remedy.client import plan_clients
from netcheck.remedy.edits import computed_for, nsg_named
from netcheck.remedy.firewall_spelling import PROBES
from netcheck.remedy.guards import guards_on
from netcheck.remedy.options import Option
from netcheck.remedy.plan import Plan, make_plan
from netcheck.remedy.task import make_task

STORY = Path(__file__).parents[3] / "fixtures" / "plans-on-the-way"
HERE = Source("changed by hand")
OUT, IN = Direction.OUTBOUND, Direction.INBOUND


@pytest.fixture
def appliance() -> Site:
    """Return the site whose traffic goes through an appliance."""
    return nc.load(STORY / "site-appliance.yaml")


@pytest.fixture
def computed() -> Site:
    """Return the site for whose NIC Azure computed rules."""
    return nc.load(STORY / "site-computed.yaml")


def plan(site: Site, option: Option, vm: str = "app-vm", port: int = 443) -> Plan:
    """Return the plan for a VM and Storage."""
    return make_plan(make_task(site, option, [vm], target="Storage.WestUS", ports=[port]))


def guards(site: Site, vm: str, target: str, port: int) -> list[tuple[str, Direction, int | None, dict[int, int]]]:
    """Return the NSGs on the way, with the port that each sees where it is another, and what it denies."""
    asking = Asking(site)
    asked = site.vm(vm)
    assert asked is not None
    found = guards_on(asking, [asked], find_target(asking.book, target).addresses, Need(target=target, ports=(port,)))
    return [(one.nsg, one.direction, one.seen_port, one.denials) for one in found]


def test_the_groups_before_and_behind_an_appliance_are_on_the_way(appliance: Site) -> None:
    """Out of the client's subnet, into that of the appliance, and out of it again; 443 is allowed there already."""
    assert guards(appliance, "app-vm", "Storage.WestUS", 443) == [
        ("nsg-app", OUT, None, {443: 4000}),
        ("nsg-nva", IN, None, {443: 65500}),
        ("nsg-nva", OUT, None, {}),
    ]


def test_a_group_that_packets_do_not_come_to_gets_no_rule(appliance: Site) -> None:
    """With its route gone nobody sends anything through the appliance, and its NSG is left alone."""
    site = replace(appliance, route_tables=())
    site = replace(site, virtual_networks=tuple(
        replace(n, subnets=tuple(replace(s, route_table="", default_outbound_access=True) for s in n.subnets))
        for n in site.virtual_networks
    ))  # fmt: skip
    found = plan(site, Option.STORAGE_REGION_TAG)
    assert ([one.nsg for one in found.openings], found.after) == (["nsg-app"], Verdict.REACHABLE)


def test_behind_a_load_balancer_groups_see_the_member() -> None:
    """The frontend's port is what the client's NSG sees, the backend port what the members' does."""
    site = nc.load(STORY / "site-balanced-proxy.yaml")
    assert guards(site, "app-vm", "10.0.2.100", 8080) == [
        ("nsg-app", OUT, None, {8080: 4000}),
        ("nsg-proxy", IN, 3128, {8080: 4000}),
    ]


def test_clients_keep_the_load_balancer_as_their_proxy() -> None:
    """A plan does not set clients to one VM where two are behind the frontend they ask."""
    site = nc.load(STORY / "site-balanced-proxy.yaml")
    task = make_task(site, Option.HTTP_PROXY, profile="article-2015")
    assert task.proxy is not None
    assert (task.proxy.name, [vm.name for vm in task.clients]) == ("lb-proxy", ["app-vm"])
    unset = replace(site, virtual_machines=tuple(replace(vm, proxy_client=None) for vm in site.virtual_machines))
    other = make_task(unset, Option.HTTP_PROXY, profile="article-2015")
    assert other.proxy is not None
    assert (other.proxy.name, [vm.name for vm in other.clients]) == ("proxy-1", ["app-vm", "proxy-2"])


def test_a_member_without_host_firewall_rule_is_changed_too() -> None:
    """Each VM that may get the connection has to let it in."""
    site = nc.load(STORY / "site-balanced-proxy.yaml")
    bare = replace(site, virtual_machines=tuple(replace(vm, host_firewall=None) for vm in site.virtual_machines))
    found = make_plan(make_task(bare, Option.HTTP_PROXY, profile="article-2015"))
    changed = [change.resource for change in found.changes if change.kind == "hostFirewallRule"]
    assert (changed, found.after) == (["proxy-1", "proxy-2"], Verdict.REACHABLE)


def shut_members() -> Site:
    """Return the story with host firewalls on the members that let nothing in."""
    site = nc.load(STORY / "site-balanced-proxy.yaml")
    shut = WindowsFirewall(rules=(), at=HERE)
    return replace(
        site,
        virtual_machines=tuple(
            replace(vm, host_firewall=shut) if vm.proxy_server else vm for vm in site.virtual_machines
        ),
    )


def test_the_doors_of_members_are_what_a_plan_asks_for() -> None:
    """The rules open the members' own port, which nobody asks by its number; the plan is no less a proven one."""
    found = make_plan(make_task(shut_members(), Option.HTTP_PROXY, profile="article-2015"))
    commands = [line for change in found.changes if change.kind == "hostFirewallRule" for line in change.commands]
    assert [" -LocalPort 3128 " in line for line in commands] == [True, True]
    assert (found.after, bool(found.beyond)) == (Verdict.REACHABLE, False)
    assert PROBES in found.notes


def test_client_prints_lines_for_each_member_with_its_own_port() -> None:
    """The frontend's address is no machine's: nothing listens there, and a rule for its port would open nothing."""
    site = shut_members()
    site = replace(site, network_security_groups=tuple(replace(n, rules=()) for n in site.network_security_groups))
    found = plan_clients(site)
    assert [(setup.vm, str(setup.proxy)) for setup in found.clients] == [("app-vm", "10.0.2.100:8080")]
    assert [(setup.vm, setup.proxy.port) for setup in found.proxies] == [("proxy-1", 3128), ("proxy-2", 3128)]
    for setup in found.proxies:
        rule = next(one for one in setup.snippets if one.kind == "windowsFirewall")
        assert " -LocalPort 3128 " in rule.lines[0]
        assert PROBES in rule.notes
    assert [str(one.entry.verdict) for one in found.shown] == ["reachable"]


def test_computed_rules_are_judged_with_the_new_rule_in_them(computed: Site) -> None:
    """The denial is in the computed rules only, at 300: the new rule goes before it, where both have a number free."""
    found = plan(computed, Option.STORAGE_REGION_TAG)
    [opening] = found.openings
    assert (opening.rule.priority, found.before, found.after) == (210, Verdict.BLOCKED, Verdict.REACHABLE)
    assert not found.closed
    assert any("Azure computed the rules of `app-nic`" in note for note in found.notes)


def test_what_is_free_is_free_in_the_file_and_in_what_azure_computed(computed: Site) -> None:
    """The rules of a group are those of the file and those that only the computed list shows."""
    nsg = nsg_named(computed, "NSG-app")
    assert nsg is not None
    own = sorted(rule.priority for rule in nsg.rules if rule.direction is OUT and rule.priority < 65000)
    assert own == [200, 300, 4000]
    assert nsg_named(computed, "no-such-group") is None


def test_a_group_that_only_azure_shows_gets_rules_too(computed: Site) -> None:
    """An export of effective rules names the NSG, and the plan is about that one."""
    networks = tuple(
        replace(n, subnets=tuple(replace(s, network_security_group="") for s in n.subnets))
        for n in computed.virtual_networks
    )
    found = plan(replace(computed, network_security_groups=(), virtual_networks=networks), Option.STORAGE_REGION_TAG)
    assert ([one.nsg for one in found.openings], found.after) == (["nsg-app"], Verdict.REACHABLE)
    assert found.opened.count_pairs() == 816


def test_another_direction_of_computed_rules_stays_as_it_is(computed: Site) -> None:
    """Only what is added differs from what Azure computed."""
    [(_, before)] = computed_for(computed, "nsg-app")
    assert [rule.access for rule in before.rules if rule.priority == 300] == [Access.DENY]


def test_computed_routes_are_left_out_where_a_service_endpoint_is_added(appliance: Site) -> None:
    """They are older than the endpoint: the proof takes the tables of the files, and says so."""
    app = appliance.vm("app-vm")
    assert app is not None

    gone = EffectiveRoute(
        name="", source="User", prefixes=(parse_prefix("0.0.0.0/0")[0],), next_hop=NextHop.NONE, at=app.at
    )
    nics = (replace(app.primary, effective_routes=(gone,)),)
    vms = tuple(replace(vm, interfaces=nics) if vm is app else vm for vm in appliance.virtual_machines)
    found = plan(replace(appliance, virtual_machines=vms), Option.SERVICE_ENDPOINT)
    assert (found.before, found.after) == (Verdict.BLOCKED, Verdict.REACHABLE)
    assert any("Azure computed the routes of `app-vm`" in note for note in found.notes)


def test_a_rule_at_100_behind_the_appliance_moves_on(appliance: Site) -> None:
    """A rule at 100 of the appliance's NSG leaves no room before it: it moves, as one of the client's own would."""
    nsg = appliance.nsg("nsg-nva")
    assert nsg is not None
    site = appliance.with_rules("nsg-nva", tuple(replace(r, priority=100) for r in nsg.rules if r.name == "deny-out"))
    found = plan(site, Option.STORAGE_REGION_TAG)
    assert [(move.nsg, move.rule.name, move.replaces.priority) for move in found.moves] == [
        ("nsg-nva", "deny-out", 100)
    ]
    moved = found.moves[0].rule
    own = [o.rule for o in found.openings if o.nsg == "nsg-nva" and o.rule.direction is moved.direction]
    assert [rule.priority < moved.priority for rule in own] == [True]


def test_only_routes_to_somewhere_else_are_told() -> None:
    """That a route for Storage to the Internet is not taken any more is no news: both lead straight to Storage."""
    site = nc.load(STORY.parent / "private-subnet" / "site.yaml")
    found = make_plan(make_task(site, Option.SERVICE_ENDPOINT))
    assert [note for note in found.notes if "no longer take route" in note] == []


def test_a_route_to_nowhere_has_nobody_to_miss_the_packets() -> None:
    """A service endpoint leads around a route that drops packets, and nothing stands behind that one."""
    site = nc.load(STORY.parent / "corner-routes" / "site-45-service-endpoint.yaml")
    [note] = [n for n in plan(site, Option.SERVICE_ENDPOINT, "nowhere-vm").notes if "no longer take route" in n]
    assert "(next hop None)" in note
    assert note.endswith("site-45-service-endpoint.yaml:8:9")
