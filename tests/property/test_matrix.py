"""All pairs at once are what `reach` says of each pair: on networks of every kind, and on estates of plain ones."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netcheck.estate import bits
from netcheck.estate.asked import Ask, By, select
from netcheck.estate.changes import matrix_changes
from netcheck.estate.matrix import Judged, judge, matrix
from netcheck.estate.question import cells, rule_kinds
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.questions.asking import Asking
from netcheck.questions.packets import parse_ports, read_protocol
from netcheck.questions.reach import reach
from tests.matrix_campaign import QUESTIONS, compare, vm_name
from tests.property.plain_estates import draw_estate, draw_relayed_estate
from tests.property.walk_networks import draw_network


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from(QUESTIONS))
def test_pairs_of_any_network_are_judged_as_by_reach(seed: int, ask: Ask) -> None:
    """Appliances, firewalls, balancers, host firewalls, computed rules, addresses that nobody knows."""
    assert compare(draw_network(Random(seed)), ask, Random(seed)).differences == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from(QUESTIONS))
def test_plain_pairs_are_judged_as_by_reach(seed: int, ask: Ask) -> None:
    """NSGs, groups, peerings and simple routes, with facts that nobody knows: what is judged without a walk."""
    assert compare(draw_estate(Random(seed)), ask, Random(seed)).differences == []


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from(QUESTIONS))
def test_pairs_behind_appliances_are_judged_as_by_reach(seed: int, ask: Ask) -> None:
    """Appliances that are one VM with one NIC: its NSGs both ways, its routes, loops, peers that take nothing."""
    assert compare(draw_relayed_estate(Random(seed)), ask, Random(seed)).differences == []


@pytest.mark.parametrize("seed", range(4))
def test_plain_estates_are_plain(seed: int) -> None:
    """The draw of the test above does reach the way without a walk: all its classes are plain."""
    judged = _judged(draw_estate(Random(seed)))
    assert judged.estate.plain == len(judged.estate.classes)


def _judged(site: Site) -> Judged:
    ask = Ask(ports=("443",))
    return judge(Asking(site), ask, select(site, ask))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1 << 32))
def test_every_pair_is_counted_once(seed: int) -> None:
    """The pairs by verdict add up to all pairs of two different VMs, and the groups hold every VM once."""
    site = draw_estate(Random(seed))
    found = matrix(site, Ask(ports=("443",)))
    count = len(site.virtual_machines)
    assert sum(found.pairs.values()) == count * (count - 1)
    assert sorted(number for group in found.groups for number in group.machines) == list(range(count))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1 << 32))
def test_groups_say_of_their_pairs_what_holds_of_each(seed: int) -> None:
    """Counted group by group, pairs of VMs come to the same as counted class by class."""
    found = matrix(draw_estate(Random(seed)), Ask(ports=("443",)))
    counts: dict[Verdict | None, int] = {}
    for sender, group in enumerate(found.groups):
        for goal, other in enumerate(found.groups):
            one, two = len(group.machines), len(other.machines)
            pairs = one * (two - 1) if sender == goal else one * two
            verdict = found.verdict(sender, goal)
            counts[verdict] = counts.get(verdict, 0) + pairs
    assert {v: n for v, n in counts.items() if n} == {v: n for v, n in found.pairs.items() if n}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1 << 32))
def test_to_the_internet_it_is_what_reach_says(seed: int) -> None:
    """Classes that share a walk to outside are those of which `reach` says the same."""
    random = Random(seed)
    site = random.choice((draw_estate, draw_network))(random)
    ask = Ask(ports=("443",), targets=("Internet", "20.60.1.0/24"))
    judged, asking = judge(Asking(site), ask, select(site, ask)), Asking(site)
    for goal in judged.goals:
        for number, one in enumerate(judged.estate.classes):
            for machine in one.members:
                vm = site.virtual_machines[machine]
                outcome = goal.of(number)
                assert outcome is not None
                assert reach(site, vm_name(vm), goal.label, ask.ports, asking=asking).verdict is outcome.verdict


def _edited(site: Site, random: Random) -> Site:
    """Return a site with one thing changed: a rule gone, a VM gone, a VM in another group."""
    kind = random.randrange(3)
    vms = list(site.virtual_machines)
    if kind == 0:
        nsgs = list(site.network_security_groups)
        chosen = random.randrange(len(nsgs))
        nsgs[chosen] = replace(nsgs[chosen], rules=nsgs[chosen].rules[1:])
        return replace(site, network_security_groups=tuple(nsgs))
    chosen = random.randrange(len(vms))
    if kind == 1:
        del vms[chosen]
    else:
        [nic] = vms[chosen].interfaces
        groups = {"asg-0", "asg-1", "asg-2"} - set(nic.application_security_groups)
        nic = replace(nic, application_security_groups=tuple(sorted(groups)))
        vms[chosen] = replace(vms[chosen], interfaces=(nic,))
    return replace(site, virtual_machines=tuple(vms))


def _by_name(site: Site, ask: Ask) -> dict[tuple[str, str], Verdict | None]:
    found = matrix(site, replace(ask, by=By.VM, targets=tuple(vm.name for vm in site.virtual_machines)))
    names = [group.label for group in found.groups]
    return {(a, b): found.verdict(i, j) for i, a in enumerate(names) for j, b in enumerate(names) if a != b}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from((QUESTIONS[0], Ask(ports=("1500",)), Ask(protocol="icmp"))))
def test_what_changed_is_what_differs_pair_by_pair(seed: int, ask: Ask) -> None:
    """A VM that is not there sends nothing; what was blocked and has no packet now is no change."""
    random = Random(seed)
    old = draw_estate(random)
    new = _edited(old, random)
    ask = replace(ask, targets=tuple(vm.name for vm in old.virtual_machines))
    kinds = rule_kinds(old) | rule_kinds(new)
    assume(len(cells(kinds, read_protocol(ask.protocol), parse_ports(ask.ports or ("1",)))) == 1)
    found = matrix_changes(old, new, ask)
    told = {
        (found.names[a], found.names[b]): (one.before, one.after)
        for one in found.changes
        for n in bits.each(one.senders)
        for m in bits.each(one.receivers)
        for a in found.groups[n].machines
        for b in found.groups[m].machines
        if a != b
    }
    was, now = _by_name(old, ask), _by_name(new, ask)
    same = (None, Verdict.BLOCKED)
    sides = {pair: (was.get(pair), now.get(pair)) for pair in {*was, *now}}
    assert told == {pair: (a, b) for pair, (a, b) in sides.items() if a is not b and not (a in same and b in same)}
    assert sum(one.pairs for one in found.changes) == len(told)
