"""Options against the limits of NSGs, their changes for each NSG, and their verdict for each VM."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import netcheck as nc
from netcheck.path.leg import Verdict
from netcheck.remedy.compare import compare
from netcheck.remedy.comparison import Choice
from netcheck.remedy.options import Option
from netcheck.remedy.task import make_task
from tests.unit.cli.shared import ROOT

FIXTURES = ROOT / "fixtures"
CLASSIC = FIXTURES / "article-before" / "site.yaml"
PREFIXES = "storage-region-prefixes"


def classic(folder: Path, own_rules: int = 0, subnets: int = 1) -> nc.Site:
    """Return the article's classic network with more rules in the NSG, the VMs in one subnet or in two."""
    text = CLASSIC.read_text(encoding="utf-8").replace("../tags", str(FIXTURES / "tags"))
    rules = "".join(
        f"      - {{name: own-{n}, priority: {n}, direction: Inbound, access: Deny, protocol: Udp, "
        "sourceAddressPrefix: '*', sourcePortRange: '*', destinationAddressPrefix: '*', "
        f"destinationPortRange: '{n}'}}\n"
        for n in range(1000, 1000 + own_rules)
    )
    text = text.replace("    securityRules:\n", f"    securityRules:\n{rules}")
    if subnets == 2:
        text = text.replace("[10.0.0.0/24]", "[10.0.0.0/23]", 1).replace(
            "networkSecurityGroup: NSG-lockdown}\n",
            "networkSecurityGroup: NSG-lockdown}\n"
            "      - {name: second, addressPrefix: 10.0.1.0/24, networkSecurityGroup: NSG-lockdown}\n",
        )
        text = text.replace(
            "subnet: vnet/default, privateIPAddress: 10.0.0.4", "subnet: vnet/second, privateIPAddress: 10.0.1.4"
        )
    file = folder / "site.yaml"
    file.write_text(text, encoding="utf-8")
    return nc.load(file)


def nsgs(choice: Choice) -> Any:
    """Return the NSGs of an option as JSON."""
    return choice.to_dict()["nsgs"]


def test_a_classic_rule_has_one_source_one_prefix_one_range(tmp_path: Path) -> None:
    """5 prefixes on 2 ports for 2 VMs are 20 rules; the figure of the option itself is that of one source."""
    choice = nc.compare(classic(tmp_path))[PREFIXES]
    [nsg] = nsgs(choice)
    assert (choice.rules_needed, nsg["has"], nsg["adds"], nsg["total"]) == (10, 1, 20, 21)
    assert (nsg["limit"], nsg["limitOnRequest"], nsg["prefixLimit"], nsg["fits"]) == (200, 1000, None, True)
    assert [c.what for c in choice.changes] == [
        "add 20 outbound rules in `NSG-lockdown`, before `deny-internet` (4000)"
    ]


def test_subnets_stand_in_where_a_rule_for_each_vm_does_not_fit(tmp_path: Path) -> None:
    """With 185 rules of its own the NSG has room for the one subnet, and not for the two VMs; `fix` does the same."""
    site = classic(tmp_path, own_rules=184)
    choice = nc.compare(site)[PREFIXES]
    [nsg] = nsgs(choice)
    assert (nsg["has"], nsg["adds"], choice.is_feasible) == (185, 10, True)
    assert nsg["adds"] == len(nc.fix(site, PREFIXES).plan.openings)


def test_two_subnets_may_be_one_too_many(tmp_path: Path) -> None:
    """The option alone would fit; for two subnets it takes the limit that Azure grants on request."""
    choice = nc.compare(classic(tmp_path, own_rules=184, subnets=2))[PREFIXES]
    [nsg] = nsgs(choice)
    assert (nsg["has"] + choice.rules_needed, nsg["total"], nsg["fits"]) == (195, 205, False)
    assert (choice.is_feasible, choice.may_fit) == (False, True)
    assert "over the default limit of 200 (1000 on request)" in choice.why_not


def test_rules_of_the_nsgs_own_count(tmp_path: Path) -> None:
    """193 rules and 10 more are over the default limit, on request they fit, and 995 and 10 fit nowhere."""
    some = nc.compare(classic(tmp_path, own_rules=192))
    assert (some[PREFIXES].is_feasible, some[PREFIXES].may_fit) == (False, True)
    assert some.order.index(some[PREFIXES].option) < some.order.index(some["private-endpoint"].option)
    many = nc.compare(classic(tmp_path, own_rules=994))
    assert (many[PREFIXES].is_feasible, many[PREFIXES].may_fit) == (False, False)


def test_resource_manager_takes_one_rule_with_all_prefixes() -> None:
    """Prefixes count for source and for destination; a rule counts once."""
    choice = nc.compare(nc.load(FIXTURES / "article-before" / "site-rm.yaml"))[PREFIXES]
    [nsg] = nsgs(choice)
    assert (nsg["adds"], nsg["sourcePrefixes"], nsg["destinationPrefixes"]) == (1, 2, 5)
    assert (nsg["limit"], nsg["limitOnRequest"], nsg["prefixLimit"], nsg["fits"]) == (1000, None, 4000, True)


def test_each_nsg_and_direction_on_the_way_has_its_change() -> None:
    """Two NSGs that both deny are two entries, each with its name."""
    found = nc.compare(nc.load(FIXTURES / "plans-on-the-way" / "site-private-endpoint.yaml"), ["app-vm"], ports=[443])
    changes = [(c.resource, c.what.split(" in ")[0]) for c in found["private-endpoint"].changes if c.kind == "nsgRule"]
    assert changes == [("nsg-app", "add 1 outbound rule"), ("nsg-endpoints", "add 1 inbound rule")]


def test_each_vm_has_the_verdict_it_would_have_alone() -> None:
    """Where an option helps some VMs, `vms` says which: the same as `--vm` of that one."""
    site = nc.load(FIXTURES / "private-subnet")
    whole = nc.compare(site)
    alone = {vm.name: nc.compare(site, [vm.name]) for vm in site.virtual_machines}
    for choice in whole.choices:
        assert dict(choice.vms) == {name: one[choice.option].verdict for name, one in alone.items()}
    assert {verdict for _, verdict in whole["storage-region-tag"].vms} == {
        Verdict.REACHABLE, Verdict.BLOCKED, Verdict.UNDETERMINED,
    }  # fmt: skip


def test_an_option_without_a_plan_for_all_is_asked_for_each() -> None:
    """The zone is linked to one network: there the private endpoint works, in the other it does not."""
    found = nc.compare(nc.load(FIXTURES / "plans-on-the-way" / "site-private-endpoint.yaml"), ports=[443])
    choice = found["private-endpoint"]
    assert (choice.verdict, choice.is_feasible) == (Verdict.UNDETERMINED, False)
    assert dict(choice.vms)["app-vm"] is Verdict.REACHABLE
    assert dict(choice.vms)["other-vm"] is Verdict.UNDETERMINED
    assert "other-vm" in choice.why_not


def test_a_task_can_be_compared_again() -> None:
    """What is kept of one comparison does not change the next."""
    site = nc.load(FIXTURES / "plans-on-the-way" / "site-private-endpoint.yaml")
    task = make_task(site, Option.HTTP_PROXY, ports=[443])
    assert compare(task).to_dict() == compare(task).to_dict()


@pytest.mark.parametrize("vm", ["app-vm", "proxy-vm"])
def test_over_exposure_is_opened_over_required(vm: str) -> None:
    """To two digits, for every option."""
    for choice in nc.compare(nc.load(CLASSIC), [vm]).choices:
        assert choice.addresses_required == 816
        assert choice.over_exposure == round(choice.addresses_opened / 816, 2)
