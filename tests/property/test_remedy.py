"""Plans on small random sites: what they claim is asked again, by the engine on the changed site and by plain loops."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import netcheck as nc
from netcheck.errors import PlanError
from netcheck.model.address import AnyAddress, Endpoint, ServiceTag
from netcheck.model.flow import Flow
from netcheck.model.names import key
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, TCP, UDP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import DeploymentModel, NetworkSecurityGroup, ProxyServer, Site, Subnet
from netcheck.questions.reach import reach
from netcheck.remedy.dialects.dialect import Dialect
from netcheck.remedy.edits import Edit, Opening
from netcheck.remedy.fix import fix
from netcheck.remedy.options import Option
from netcheck.remedy.plan import Plan, make_plan
from netcheck.remedy.task import Task, make_task
from netcheck.sets.packets import PacketSet
from tests.dialects.meaning import CLASSIC as CLASSIC_GROUP
from tests.dialects.meaning import meant, meant_back
from tests.dialects.reading import read, read_undo
from tests.oracle import internet
from tests.oracle.reference import decide_nsg, platform_ruling
from tests.oracle.worlds import World, every_world
from tests.property.small_sites import PROXY_PORT, end_of, expected_verdict, is_in, small_sites, subnet_of, within
from tests.property.strategies import HERE, number, prefix_around
from tests.property.test_oracle_nsg import header

SMALL = settings(
    max_examples=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
PORTS = (80, 443)
STORAGE = ("20.60.0.0/31",)
CLASSIC = (Option.INTERNET, Option.STORAGE_REGION_PREFIXES, Option.HTTP_PROXY)
RESOURCE_MANAGER = (*CLASSIC, Option.STORAGE_REGION_TAG, Option.SERVICE_ENDPOINT)
DIRECT = (Option.INTERNET, Option.STORAGE_REGION_PREFIXES, Option.STORAGE_REGION_TAG)


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    """Draw a locked-down site and what is to be opened in it: Storage on 80 and 443 for one VM or for all."""
    site = draw(small_sites())
    for group in site.network_security_groups:
        site = site.with_rules(group.name, (*group.rules, *draw(lockdown(group))))
    is_classic = site.deployment_model is DeploymentModel.CLASSIC
    option = draw(st.sampled_from(CLASSIC if is_classic else RESOURCE_MANAGER))
    if option is Option.HTTP_PROXY:
        server = ProxyServer(port=PROXY_PORT, at=HERE)
        vms = tuple(replace(vm, proxy_server=server) if vm.name == "vm-b" else vm for vm in site.virtual_machines)
        site = replace(site, virtual_machines=vms)
    names = draw(st.sampled_from(((), (), ("vm-a",), ("vm-b",))))
    task = make_task(site, option, names, target="Storage.WestUS", ports=PORTS)
    is_documented = is_classic and option is Option.HTTP_PROXY and draw(st.booleans())
    return replace(task, as_documented=is_documented)


@st.composite
def lockdown(draw: st.DrawFn, group: NetworkSecurityGroup) -> tuple[NsgRule, ...]:
    """Draw rules that deny much, at numbers the group has free."""
    taken = {rule.priority for rule in group.rules}
    free = draw(st.sampled_from([p for p in (150, 300, 4000, 4094) if p not in taken]))
    denials: tuple[Endpoint, ...] = (ServiceTag("Internet"), AnyAddress(), ServiceTag("Storage.WestUS"))
    denied = draw(st.sampled_from(denials))
    deny = replace(some_opening("").rule, name="deny-out", access=Access.DENY, priority=free)
    out = replace(deny, destinations=(denied,), destination_ports=(ALL_PORTS,), sources=(AnyAddress(),))
    inward = replace(
        out, name="deny-in", direction=Direction.INBOUND, destinations=(AnyAddress(),), protocol=Protocol((TCP,))
    )
    return draw(st.sampled_from(((out,), (out, inward), (inward,), ())))


def planned(task: Task) -> Plan:
    """Return the plan; examples for which there is none are passed over."""
    try:
        return make_plan(task)
    except PlanError as error:
        assume(error.code != "NC402")  # no number is free before a rule at 100
        raise


def patched(site: Site, edits: tuple[Edit, ...]) -> Site:
    """Return the site with the rules of a plan put by their names, as Azure does it; no two ever share a number."""
    for edit in edits:
        [group] = [nsg for nsg in site.network_security_groups if nsg.name == edit.nsg]
        others = [rule for rule in group.rules if key(rule.name) != key(edit.rule.name)]
        assert len(others) == len(group.rules) - (edit.replaces is not None)
        used = {rule.priority for rule in others if rule.direction is edit.rule.direction}
        assert edit.rule.priority not in used
        site = site.with_rules(edit.nsg, (*others, edit.rule))
    return site


def combined(verdicts: set[str]) -> str:
    """Return the verdict about several flows together."""
    if {"reachable", "blocked"} <= verdicts or "partial" in verdicts:
        return "partial"
    return "undetermined" if "undetermined" in verdicts else verdicts.pop()


def storage_flows(task: Task, source_ports: tuple[int, ...] = (80, 443, 50000)) -> Iterator[Flow]:
    """Yield the flows that the VMs of a task need."""
    for vm, destination, port in product(task.vms, range(number("20.60.0.0"), number("20.60.0.2")), PORTS):
        for source_port in source_ports:
            yield Flow(4, TCP, vm.interfaces[0].addresses[0].first, source_port, destination, port)


@SMALL
@given(task=tasks())
def test_the_proof_is_what_asking_again_says(task: Task) -> None:
    """Before and after of a direct plan are what `reach` and the reference say about the site without and with it."""
    assume(task.option in DIRECT)
    plan = planned(task)
    for site, claimed in ((task.site, plan.before), (patched(task.site, plan.edits), plan.after)):
        asked = {str(reach(site, vm.name, "Storage.WestUS", ["80,443"]).verdict) for vm in task.vms}
        assert combined(asked) == claimed
        flows = [list(storage_flows(replace(task, vms=(vm,)), (79, 80, 81, *SPORTS))) for vm in task.vms]
        assert combined({combined({expected_verdict(site, f) for f in mine}) for mine in flows}) == claimed


FIXTURES = Path(__file__).parents[2] / "fixtures"
SPORTS = (0, 442, 443, 444, 8079, 8080, 8081, 49999, 50000, 50001, 65535)


def places(site: Site, group: str) -> Iterator[tuple[Subnet, list[int]]]:
    """Yield each subnet that shows a group packets, with the addresses whose packets these are: where somebody
    forwards, they may be anybody's."""
    for subnet in (s for network in site.virtual_networks for s in network.subnets):
        span = subnet.prefixes[0]
        nics = [nic for vm in site.virtual_machines for nic in vm.interfaces if nic.subnet == subnet.full_name]
        mine = [nic.addresses[0].first for nic in nics if key(nic.network_security_group) == key(group)]
        if key(subnet.network_security_group) == key(group):
            mine = list(range(span.first, span.last + 1))
        if mine:
            yield subnet, [*mine, *(OTHERS if any(nic.has_ip_forwarding for nic in nics) else ())]


OTHERS = [number(a) for a in ("10.1.0.1", "10.1.0.3", "10.1.0.5", "10.2.0.1", "20.60.0.0", "20.60.0.1", "20.60.0.2")]
OTHERS += [number(a) for a in ("13.96.0.1", "8.8.8.8", "10.9.9.9", "168.63.129.16")]


def seen_flows(own: list[int], direction: Direction) -> Iterator[Flow]:
    """Yield flows to or from some addresses that a group sees, around every edge that plans have."""
    for mine, other, protocol in product(own, OTHERS, (TCP, UDP)):
        source, destination = (mine, other) if direction is Direction.OUTBOUND else (other, mine)
        if mine != other and destination != number("168.63.129.16"):
            for port, source_port in product((79, 80, 81, 443, 444, PROXY_PORT), (443, 50000)):
                yield Flow(4, protocol, source, source_port, destination, port)


def is_allowed(
    site: Site, group: NetworkSecurityGroup, direction: Direction, subnet: Subnet, flow: Flow, world: World
) -> bool:
    """Return whether one group lets a flow pass in one world, as a subnet sees it."""
    end = end_of(site, subnet.prefixes[0].first)
    assert end is not None
    special = platform_ruling(group, flow, end, world) if direction is Direction.OUTBOUND else None
    return (special or decide_nsg(group, direction, flow, end, world)).access is Access.ALLOW


def turns(
    task: Task, plan: Plan, group: str, direction: Direction, subnet: Subnet, flow: Flow
) -> set[tuple[bool, bool]]:
    """Return, for every world, whether a group lets a flow pass without the plan and with it."""
    after = patched(task.site, plan.edits)
    old, new = (next(n for n in s.network_security_groups if n.name == group) for s in (task.site, after))

    def both(world: World) -> tuple[bool, bool]:
        before = is_allowed(task.site, old, direction, subnet, flow, world)
        return before, is_allowed(after, new, direction, subnet, flow, world)

    return set(every_world(both))


@settings(SMALL, max_examples=25)
@given(task=tasks())
def test_what_a_plan_opens_is_what_plain_loops_find(task: Task) -> None:
    """Opened are the flows that some changed group may now let pass, beyond are those not asked for; none closes."""
    plan = planned(task)
    assert not plan.closed
    opened: dict[Flow, bool] = {}
    for group, direction in {(edit.nsg, edit.rule.direction) for edit in plan.edits}:
        for subnet, own in places(task.site, group):
            for flow in seen_flows(own, direction):
                found = turns(task, plan, group, direction, subnet, flow)
                assert (flow, False) == (flow, (True, False) in found)
                opened[flow] = opened.get(flow, False) or (False, True) in found
    for flow, is_opened in opened.items():
        assert (flow, is_opened) == (flow, holds(plan.opened, flow))
        assert (flow, is_opened and not is_requested(task, flow)) == (flow, holds(plan.beyond, flow))


def holds(packets: PacketSet, flow: Flow) -> bool:
    """Return whether a flow is in a set."""
    return header(flow) in packets


def is_requested(task: Task, flow: Flow) -> bool:
    """Return whether a flow is what the option is meant to open."""
    if flow.protocol != TCP:
        return False
    addresses = {vm.name: vm.interfaces[0].addresses for vm in task.site.virtual_machines}
    is_public = any(first <= flow.destination <= last for first, last in internet.POSSIBLE)
    is_storage = is_in(flow.destination, *STORAGE)
    if task.option is not Option.HTTP_PROXY:
        goal = is_public if task.option is Option.INTERNET else is_storage
        is_ours = any(within(flow.source, addresses[vm.name]) for vm in task.vms)
        return is_ours and goal and flow.destination_port in PORTS
    assert task.proxy is not None
    door, clients = addresses[task.proxy.name], [vm for vm in task.vms if vm.name != task.proxy.name]
    if any(within(flow.source, addresses[vm.name]) for vm in clients):
        return within(flow.destination, door) and flow.destination_port == PROXY_PORT
    goal = is_public if task.site.deployment_model is DeploymentModel.CLASSIC else is_storage
    return within(flow.source, door) and goal and flow.destination_port in PORTS


@SMALL
@given(task=tasks())
def test_with_a_plan_every_group_on_the_way_lets_the_traffic_pass(task: Task) -> None:
    """In every world each group between a VM and what it needs allows the flow: new rules stand before all denials."""
    assume(task.option in DIRECT)
    plan = planned(task)
    after = patched(task.site, plan.edits)
    for flow in storage_flows(task):
        end, subnet = end_of(after, flow.source), subnet_of(after, flow.source)
        assert end is not None
        assert subnet is not None
        for group in (end.nic_nsg, end.subnet_nsg):
            if group is not None:
                judge = partial(is_allowed, after, group, Direction.OUTBOUND, subnet, flow)
                assert (flow, {True}) == (flow, set(every_world(judge)))


AZURE_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")


@SMALL
@given(task=tasks())
def test_numbers_and_names_of_new_rules_are_valid(task: Task) -> None:
    """Priorities are 100 to 4096 and unique per direction, names keep to Azure's rule and are unique in the group."""
    plan = planned(task)
    after = patched(task.site, plan.edits)
    for group in after.network_security_groups:
        names = [key(rule.name) for rule in group.rules]
        assert sorted(set(names)) == sorted(names)
        for direction in Direction:
            numbers = [rule.priority for rule in group.rules if rule.direction is direction]
            assert sorted(set(numbers)) == sorted(numbers)
            assert all(100 <= n <= 4096 for n in numbers)
    for opening in plan.openings:
        assert AZURE_NAME.fullmatch(opening.rule.name)
        assert len(opening.rule.name) <= 80
        assert opening.rule.access is Access.ALLOW


def has_lists(site: Site) -> bool:
    """Return whether a rule of the site has several prefixes or port ranges, as no rule of a classic NSG has."""
    rules = [rule for nsg in site.network_security_groups for rule in nsg.rules]
    return any(
        len(values) > 1 for r in rules for values in (r.sources, r.source_ports, r.destinations, r.destination_ports)
    )


@SMALL
@given(task=tasks())
def test_classic_commands_read_back_are_the_plan(task: Task) -> None:
    """The script sets exactly the rules of the plan, and the undo takes exactly these back."""
    assume(task.site.deployment_model is DeploymentModel.CLASSIC)
    planned(task)
    try:
        found = fix(task, as_documented=task.as_documented)
    except PlanError as error:
        assume(error.code != "NC406")  # a rule that has to move names a tag that no classic NSG knows
        assume(error.code != "NC410" or not has_lists(task.site))  # or holds what only Resource Manager can write
        assume(error.code != "NC417")  # or the plan would close something, so that it is not printed
        raise
    assume(found.plan.is_proven)
    groups = {key(edit.nsg): CLASSIC_GROUP for edit in found.plan.edits}
    assert read(Dialect.CLASSIC, found.script) == meant(found.plan.edits, groups)
    assert read_undo(Dialect.CLASSIC, found.spelled) == meant_back(found.plan.edits, groups)


def some_opening(group: str) -> Opening:
    """Return an opening for a group of that name."""
    rule = NsgRule(
        name="allow-proxy",
        priority=200,
        direction=Direction.OUTBOUND,
        access=Access.ALLOW,
        protocol=ANY_PROTOCOL,
        sources=(prefix_around(number("10.0.0.5"), 4, 32),),
        source_ports=(ALL_PORTS,),
        destinations=(ServiceTag("Internet"),),
        destination_ports=(PortRange(443, 443),),
        at=HERE,
    )
    return Opening(group, rule)


def test_the_articles_priority_is_not_taken_from_another_rule() -> None:
    """The documented command at 200 cannot be run where another outbound rule has that number: it is refused."""
    site = nc.load(FIXTURES / "article-before" / "site.yaml")
    group = site.network_security_groups[0]
    other = replace(group.rules[0], name="other", priority=200, access=Access.DENY)
    with pytest.raises(PlanError):
        nc.fix(site.with_rules(group.name, (*group.rules, other)), "http-proxy", as_documented=True)


def test_most_tasks_have_a_plan_with_rules() -> None:
    """The sites drawn call for plans: of both models, with several rules, some of which open more than is asked."""
    seen: set[str] = set()

    @settings(max_examples=120, database=None, deadline=None, derandomize=True)
    @given(task=tasks())
    def look(task: Task) -> None:
        plan = planned(task)
        if plan.openings:
            seen.update({str(task.site.deployment_model), str(task.option), f"{plan.before} to {plan.after}"})
            seen.update({"several"} if len(plan.openings) > 2 else set())
            seen.update({"beyond"} if plan.beyond else set())

    look()
    assert {*map(str, CLASSIC), *map(str, DeploymentModel), "several", "beyond"} <= seen
    assert {"blocked to reachable", "partial to reachable"} <= seen
