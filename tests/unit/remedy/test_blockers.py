"""What no NSG rule can mend: named with its place and with what would change it."""

from __future__ import annotations

from pathlib import Path

import pytest

import netcheck as nc
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision, HopKind
from netcheck.questions.answer import AnswerPart
from netcheck.remedy.advice import advise
from netcheck.remedy.blockers import SHOWN, Blocker, advice_for, blockers_of, sentences
from netcheck.remedy.compare import compare
from netcheck.remedy.fix import fix
from netcheck.remedy.options import Option
from netcheck.remedy.task import make_task
from netcheck.sets import packets as ps

FIXTURES = Path(__file__).parents[3] / "fixtures"

# A site, the VM and what it asks for; who decides, at which line, and a word of what would change it.
WALLS = {
    "admin rule": ("corner-admin-rules/site-38-before-nsgs.yaml", "app-vm", "Storage.WestUS", 443,
                   "admin-rules", 20, "Virtual Network Manager"),
    "route to nowhere": ("corner-routes/site-45-service-endpoint.yaml", "nowhere-vm", "Storage.WestUS", 443,
                         "route", 8, "another next hop"),
    "routing loop": ("corner-routes/site-55-appliances.yaml", "ring-client", "Storage.WestUS", 443,
                     "appliance", 30, "lead back to it"),
    "no IP forwarding": ("corner-routes/site-55-appliances.yaml", "deaf-client", "Storage.WestUS", 443,
                         "appliance", 28, "IP forwarding"),
    "no way out": ("corner-egress/site-51-ways-out.yaml", "private-vm", "Storage.WestUS", 443,
                   "egress", 10, "NAT gateway"),
    "Azure Firewall": ("corner-azure-firewall/site-64-network-and-application.yaml", "app-vm", "Storage.WestUS", 443,
                       "azure-firewall", 27, "before what denies them"),
    "load balancer": ("corner-load-balancer/site-33-client.yaml", "app-vm", "10.0.2.100", 3128,
                      "load-balancer", 18, "a rule for this port"),
    "private endpoint": ("corner-private-endpoint/site-60-rules.yaml", "by-network-vm", "10.0.5.5", 443,
                         "private-endpoint", 45, "approve"),
}  # fmt: skip


@pytest.mark.parametrize("wall", WALLS)
def test_a_fix_names_who_decides_and_what_would_change_it(wall: str) -> None:
    """No NSG rule mends it: the plan adds none, says by whom the packets are blocked and where, and what to do."""
    file, vm, target, port, hop, line, word = WALLS[wall]
    site = nc.load(FIXTURES / file)
    found = fix(make_task(site, Option.STORAGE_REGION_TAG, [vm], target=target, ports=[port]))
    assert (found.plan.openings, found.plan.after) == ((), Verdict.BLOCKED)
    [blocker] = [one for one in found.plan.blockers if str(one.decision.hop) == hop and f":{line}:" in one.decision.at]
    [told] = [note for note in found.plan.notes if f"blocked at {hop}" in note and f":{line}:" in note]
    assert (told, blocker.is_open) == (str(blocker), False)
    assert word in told
    assert "no NSG rule is needed" not in found.plan.notes


def test_a_peering_that_forwards_nothing_is_named() -> None:
    """Packets that the hub forwards need the receiving side's leave, which is a property of the peering."""
    site = nc.load(FIXTURES / "corner-peering" / "site-59-hub-appliance.yaml")
    walls = {
        str(one.decision.hop)
        for vm in site.virtual_machines
        for other in site.virtual_machines
        if vm is not other
        for one in fix(make_task(site, Option.INTERNET, [vm.name], target=other.name, ports=[443])).plan.blockers
    }
    assert "peering" in walls


def test_the_advice_of_check_names_who_blocks_every_option() -> None:
    """Where no option is proven to work, the next step is not only another command."""
    site = nc.load(FIXTURES / "corner-admin-rules" / "site-38-before-nsgs.yaml")
    advice = advise(site, ["app-vm"], target="Storage.WestUS", ports=[443])
    assert [one.decision.rule for one in advice.blockers] == ["deny-https"]
    assert "`deny-https` (10)" in advice.to_text()


def test_compare_says_of_each_option_who_blocks_it() -> None:
    """Every option of NSG rules ends at the same admin rule, and says so."""
    site = nc.load(FIXTURES / "corner-admin-rules" / "site-38-before-nsgs.yaml")
    task = make_task(site, Option.HTTP_PROXY, ["app-vm"], target="Storage.WestUS", ports=[443])
    named = {str(c.option): [b.decision.rule for b in c.blockers] for c in compare(task).choices if c.is_feasible}
    assert set(map(tuple, named.values())) == {("deny-https",)}


@pytest.mark.parametrize("hop", HopKind)
def test_there_is_advice_for_every_hop(hop: HopKind) -> None:
    """A hop that blocks is never a dead end."""
    assert len(advice_for(Decision(hop=hop, passes=False))) > 40


def test_a_policy_of_a_service_endpoint_is_its_own_case() -> None:
    """Advice to add a service endpoint would be none where the endpoint's policy is what may block."""
    decision = Decision(hop=HopKind.ROUTE, passes=False, rule="service endpoint Microsoft.Storage")
    assert "policy" in advice_for(decision)


def part(verdict: Verdict, *decisions: Decision) -> AnswerPart:
    """Return a part of an answer."""
    return AnswerPart(verdict, ps.EVERYTHING, decisions)


def denial(hop: HopKind, rule: str = "", passes: bool = False) -> Decision:
    """Return a decision of a rule."""
    return Decision(hop=hop, passes=passes, resource="r", rule=rule, at="site.yaml:1:1")


def test_blockers_are_what_denies() -> None:
    """What lets packets pass is none; what blocks for certain stands before what may block, and is told once."""
    both, may = denial(HopKind.EGRESS, "both"), denial(HopKind.SUBNET_NSG, "may")
    found = blockers_of([
        part(Verdict.REACHABLE, denial(HopKind.ROUTE, "passed", passes=True)),
        part(Verdict.UNDETERMINED, may, both, denial(HopKind.SUBNET_NSG, "allow", passes=True)),
        part(Verdict.BLOCKED, both),
    ])  # fmt: skip
    assert found == (Blocker(both, False), Blocker(may, True))


def test_a_text_names_what_no_rule_mends_first_and_not_everything() -> None:
    """NSG rules come last, and a long list is cut with its length."""
    many = [Blocker(denial(HopKind.SUBNET_NSG, f"nsg-{i}"), False) for i in range(SHOWN)]
    told = list(sentences([*many, Blocker(denial(HopKind.EGRESS, "out"), False)], ["one", "one more"]))
    assert ("`out`" in told[0], told[SHOWN].startswith("and 1 more"), told[-1]) == (True, True, "not known: one more")
