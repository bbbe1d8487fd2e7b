"""The picture of a path: its hops in order with their verdicts, and nothing that overlaps or sticks out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netcheck.diagnostics import printable
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision, HopKind
from netcheck.questions.answer import Answer, HopSummary
from netcheck.questions.check import check
from netcheck.questions.reach import reach
from netcheck.reports.picture.path import path_legs
from netcheck.reports.picture.svg_path import path_element, path_svg
from netcheck.sources.load import load_site
from tests.unit.cli.shared import ROOT
from tests.unit.reports.picture.shared import HOSTILE, SVG, parsed, rectangle, text_rectangle, texts, titles

FIXTURES = ROOT / "fixtures"


def _reach(file: str, source: str, target: str, ports: str, via: str = "") -> Answer:
    return reach(load_site([str(FIXTURES / file)]), source, target, ports.split(","), via=via)


def _answers() -> dict[str, Answer]:
    balanced = "corner-load-balancer/site-33-frontend.yaml"
    return {
        "direct": _reach("article-before/site.yaml", "app-vm", "Storage.WestUS", "443"),
        "proxy": check(load_site([str(FIXTURES / "article-before/site.yaml")])).entries[0].answer,
        "appliance": _reach("linux-appliances/site-forward.yaml", "open-client", "Storage.WestUS", "25,443"),
        "balanced": _reach(balanced, "app-vm", "Storage.WestUS", "443", "lb-proxy"),
    }


ANSWERS = _answers()


@pytest.mark.parametrize("width", [300, 560, 960, 2000])
@pytest.mark.parametrize("name", ANSWERS)
def test_nothing_overlaps_or_sticks_out(name: str, width: int) -> None:
    """Boxes are beside each other, texts in the box of their hop, everything in the picture, at every width."""
    root = parsed(path_svg(ANSWERS[name], width=width))
    ground, *boxes = [rectangle(one) for one in root.iter(f"{SVG}rect")]
    assert all(ground.holds(one) for one in boxes)
    assert not [1 for at, one in enumerate(boxes) for other in boxes[:at] if one.meets(other)]
    assert all(ground.holds(text_rectangle(text)) for text in root.iter(f"{SVG}text"))
    for hop in root.findall(f"{SVG}g[@data-hop]"):
        own = hop.find(f"{SVG}rect")
        assert own is not None
        found = [text_rectangle(text) for text in hop.iter(f"{SVG}text")]
        assert all(rectangle(own).holds(text) for text in found)
        assert not [1 for at, one in enumerate(found) for other in found[:at] if one.meets(other)]


@pytest.mark.parametrize("name", ANSWERS)
def test_every_hop_is_there_in_order_with_its_verdict(name: str) -> None:
    """Each hop of the answer has a box that names it, the verdict as a word and as a sign of a shape of its own."""
    answer = ANSWERS[name]
    root = parsed(path_svg(answer))
    groups = root.findall(f"{SVG}g[@data-hop]")
    hops = [hop for leg in path_legs(answer) for hop in leg.hops]
    assert [group.get("data-hop") for group in groups] == [str(number) for number in range(1, len(hops) + 1)]
    for group, hop in zip(groups, hops, strict=True):
        shown = list(texts(group))
        assert shown[0] == hop.kind_text
        assert shown[1] == (hop.resource or "no NSG")
        assert hop.verdict.upper() in shown
        assert group.find(f"{SVG}g[@class='sign {hop.verdict}']") is not None
    assert {(h.kind, h.resource) for h in hops} == {(h.hop, h.resource) for h in answer.hops}


def test_the_deciding_rule_stands_in_its_hop_with_its_priority() -> None:
    """The hop that blocks says which rule does, and its title where the file says so."""
    [blocked] = parsed(path_svg(ANSWERS["direct"])).findall(f"{SVG}g[@class='hop blocked']")
    assert [*texts(blocked)] == ["subnet NSG, outbound", "NSG-lockdown", "deny-internet (4000)", "BLOCKED"]
    assert "site.yaml:15:" in titles(blocked)


def test_what_lies_behind_a_block_is_not_shown_as_reached() -> None:
    """A hop that would let packets pass, if any came, says that none does; the line to it is that of blocked ones."""
    root = parsed(path_svg(ANSWERS["direct"]))
    behind = [group for group in root.findall(f"{SVG}g[@data-hop]") if "if any came here:" in texts(group)]
    assert [group.get("data-hop") for group in behind] == ["3", "4"]
    assert all("no packet comes here" in titles(group) for group in behind)
    lines = [path.get("class") for path in root.findall(f"{SVG}path") if (path.get("class") or "").startswith("way")]
    assert lines == ["way reachable", "way reachable", "way blocked", "way blocked", "way blocked", "way blocked"]


def test_the_last_line_carries_the_verdict_of_the_whole() -> None:
    """Two hops that each keep some packets back may keep all back together: the end is not reached then."""
    deny = Decision(hop=HopKind.NIC_NSG, passes=False, resource="nsg", rule="deny", priority=100)
    hops = tuple(
        HopSummary(str(kind), "", "x", Verdict.PARTIAL, "", (deny,)) for kind in (HopKind.ROUTE, HopKind.EGRESS)
    )
    root = parsed(path_svg(replace(ANSWERS["direct"], hops=hops)))
    lines = [path.get("class") for path in root.findall(f"{SVG}path") if (path.get("class") or "").startswith("way")]
    assert lines == ["way reachable", "way partial", "way blocked"]


def test_an_nsg_before_and_behind_an_appliance_is_two_hops() -> None:
    """The order of travel stays: what is met again behind an appliance is there again."""
    kinds = [hop.kind_text for leg in path_legs(ANSWERS["appliance"]) for hop in leg.hops]
    assert kinds == [
        "NIC NSG, outbound", "subnet NSG, outbound", "route, outbound", "subnet NSG, inbound", "NIC NSG, inbound",
        "appliance", "appliance", "NIC NSG, outbound", "subnet NSG, outbound", "route, outbound", "way out, outbound",
    ]  # fmt: skip


def test_the_hops_of_several_senders_are_there_once() -> None:
    """Two VMs of one subnet pass the same NSG and route: each is one hop."""
    answer = _reach("article-before/site.yaml", "app-vm,proxy-vm", "Storage.WestUS", "443")
    [leg] = path_legs(answer)
    assert [(hop.kind, hop.resource) for hop in leg.hops if hop.kind is not HopKind.HOST_FIREWALL] == [
        (HopKind.NIC_NSG, ""), (HopKind.SUBNET_NSG, "NSG-lockdown"), (HopKind.ROUTE, "vnet/default"),
        (HopKind.EGRESS, "vnet/default"),
    ]  # fmt: skip


def test_a_path_through_a_proxy_has_two_legs() -> None:
    """Each leg has its ends; the list of the proxy closes the first."""
    first, second = path_legs(ANSWERS["proxy"])
    assert (first.source, first.target, second.source, second.target) == (
        "app-vm", "proxy-vm", "proxy-vm", "Storage.WestUS",
    )  # fmt: skip
    assert first.hops[-1].kind is HopKind.PROXY_SERVER
    assert [hop.number for hop in (*first.hops, *second.hops)] == list(range(1, 14))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text(name: str) -> None:
    """Whatever a name holds, the picture has the elements it has with another name, and its title tells the name."""
    decision = Decision(hop=HopKind.NIC_NSG, passes=False, resource=name, rule=name, priority=1, note=name, at=name)
    hop = HopSummary("nic-nsg", "Outbound", name, Verdict.BLOCKED, f"{name} -> {name}", (decision,))
    plain = ANSWERS["direct"]
    question = replace(plain.question, source=name, target=name, via=name)
    root = parsed(path_svg(replace(plain, question=question, hops=(hop,), reasons=(name,))))
    assert {one.tag.removeprefix(SVG) for one in root.iter()} == {
        "svg", "title", "desc", "style", "rect", "g", "circle", "path", "text",
    }  # fmt: skip
    assert printable(name) in titles(root)


def test_a_page_gets_the_same_picture_without_a_style_of_its_own() -> None:
    """Embedded pictures share the style of the page."""
    element = path_element(ANSWERS["direct"])
    assert [one.tag for one in element.iter("style")] == []
    assert (element.get("class"), element.get("role")) == ("picture", "group")
    assert parsed(path_svg(ANSWERS["direct"])).get("role") == "img"


def test_chains_that_packets_pass_one_after_the_other_are_hops_of_their_own() -> None:
    """One base chain accepts and a later one drops: that is no hop which lets some pass."""
    answer = _reach("corner-nftables/site-71-later-chain-drops.yaml", "app-vm", "proxy-vm", "3128")
    [leg] = path_legs(answer)
    assert [str(hop.verdict) for hop in leg.hops if hop.kind is HopKind.HOST_FIREWALL] == ["reachable", "blocked"]


def test_members_of_a_pool_that_differ_are_open_where_the_answer_is() -> None:
    """One member's subnet lets the client in and the other's does not: which one gets the packets is not known."""
    answer = _reach("corner-load-balancer/site-33-one-backend.yaml", "app-vm", "lb-proxy", "8080")
    [leg] = path_legs(answer)
    assert answer.verdict is Verdict.UNDETERMINED
    assert [hop.verdict for hop in leg.hops if hop.resource == "nsg-proxy"] == [Verdict.UNDETERMINED]
