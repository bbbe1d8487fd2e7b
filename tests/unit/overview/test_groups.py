"""Groups of VMs: all of them behave as the first does, and VMs that do not are in another group."""

from pathlib import Path

import pytest

from netcheck.model.site import Site
from netcheck.overview.groups import WORST_FIRST, groups_of
from netcheck.questions.answer import SETTLED
from netcheck.questions.check import CheckEntry, check
from tests.bench.backed_up import estate
from tests.unit.overview.shared import OPEN, STORIES, load, report_of, story


def _fate(entry: CheckEntry) -> object:
    """Return what a reader of the first VM's answer takes for true of the others."""
    sets = [
        (one.project("destinations"), one.project("destination_ports")) for one in map(entry.answer.packets, SETTLED)
    ]
    rules = {(hop.hop, hop.verdict, one.rule, one.priority) for hop in entry.answer.hops for one in hop.decided_by}
    return entry.verdict, entry.is_degraded, sets, rules, entry.answer.question.via


@pytest.mark.parametrize("name", STORIES)
def test_the_groups_of_a_story_are_its_vms(name: str) -> None:
    """Each VM is in one group, and has the verdict, the packets, the deciding rules and the proxy of the first."""
    report = story(name)
    entries = {entry.vm: entry for entry in report.checked.entries}
    assert sorted(vm.name for one in report.groups for vm in one.group.vms) == sorted(entries)
    for one in report.groups:
        assert {repr(_fate(entries[vm.name])) for vm in one.group.vms} == {repr(_fate(one.group.entry))}


def test_the_worst_verdict_comes_first() -> None:
    """Blocked, partial, undetermined, reachable."""
    verdicts = [one.group.entry.verdict for one in report_of(OPEN).groups]
    assert verdicts == sorted(verdicts, key=WORST_FIRST.index)
    assert len(set(verdicts)) == 3


def test_an_estate_has_a_group_for_each_behaviour(tmp_path: Path) -> None:
    """Three NSGs, with and without a proxy setting, and the proxy itself: 300 VMs behave in seven ways."""
    site = load(estate(300), tmp_path)
    groups = groups_of(site, check(site).entries)
    assert sorted(len(group.vms) for group in groups) == [1, 20, 20, 20, 80, 80, 80]


def _sizes(site: Site) -> list[int]:
    return sorted(len(group.vms) for group in groups_of(site, check(site).entries))


def test_a_rule_for_one_vm_sets_it_apart(tmp_path: Path) -> None:
    """A rule that names its address decides about its packets alone."""
    content = estate(12)
    alike = _sizes(load(content, tmp_path))
    rule = {**content["networkSecurityGroups"][2]["securityRules"][0], "name": "one", "priority": 110, "access": "Deny"}
    rule |= {"sourceAddressPrefix": "10.0.8.4/32", "destinationAddressPrefix": "*", "destinationPortRange": "*"}
    content["networkSecurityGroups"][2]["securityRules"].append(rule)
    apart = _sizes(load(content, tmp_path))
    assert len(apart) == len(alike) + 1


def test_a_name_inside_another_is_no_name_of_its_own(tmp_path: Path) -> None:
    """A VM called `net` does not take the virtual network's name for its own."""
    content = estate(6)
    content["virtualMachines"][1]["name"] = "net"
    content["virtualMachines"][2]["name"] = "s1"
    assert _sizes(load(content, tmp_path)) == _sizes(load(estate(6), tmp_path))
