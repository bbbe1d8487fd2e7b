"""The sections of the page say what the answers are: nothing more, nothing less, and every name as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from netcheck.cli.package_data import read_all_data, read_assets
from netcheck.overview.groups import WORST_FIRST
from netcheck.overview.html.bars import bars
from netcheck.overview.html.findings import findings
from netcheck.overview.html.hops import SHOWN_RULES
from netcheck.overview.html.machines import machines
from netcheck.overview.html.notes import LEFT_OUT, left_out, notes
from netcheck.overview.html.options import options
from netcheck.overview.html.page import ASSETS, report_html
from netcheck.overview.html.plans import MOST_CHARACTERS, plans
from netcheck.overview.html.summary import summary
from netcheck.overview.html.typed import Typed
from netcheck.overview.html.ways import ways
from netcheck.overview.html.words import stoppers
from netcheck.overview.ranges import runs_of
from netcheck.overview.report import SHOWN_GROUPS, Report, report
from netcheck.path.leg import Verdict
from netcheck.policy.trace import RuleTrace
from netcheck.questions.catalog import parse_catalog
from netcheck.reports.picture.path import path_legs
from tests.bench.backed_up import estate
from tests.unit.overview.shared import ARTICLE, FIXTURES, OPEN, STORIES, load, report_of, story
from tests.unit.reports.html.reading import read

TYPED = Typed("site.yaml", ("--vm", "a b"))
CATALOG = parse_catalog(read_all_data("codes-", ".md"))
HOSTILE = [
    "<script>alert(1)</script>", "a\"b'c&d", "\u05e9\u05dc\u05d5\u05dd-1", "x`y`z`w",
    "</style><img src=x onerror=alert(1)>", "&lt;b&gt;",
]  # fmt: skip


def text(*elements: ET.Element) -> str:
    """Return the text of elements, in which blanks are one blank."""
    return " ".join("".join(part for one in elements for part in one.itertext()).split())


def rows(elements: Iterable[ET.Element], anchor: str) -> list[list[str]]:
    """Return the cells of the table of that anchor."""
    [table] = [table for one in elements for table in one.iter("table") if table.get("id") == anchor]
    return [[text(cell) for cell in row] for row in table.iterfind("tbody/tr")]


def found(elements: Iterable[ET.Element], tag: str, css: str) -> Iterator[ET.Element]:
    """Yield the elements of a class."""
    return (one for part in elements for one in part.iter(tag) if css in one.get("class", "").split())


@pytest.mark.parametrize("name", STORIES)
def test_the_summary_tells_the_verdict_and_every_place_where_it_stops(name: str) -> None:
    """The counts are those of the check; the first deciders that block are named with their places."""
    one = story(name)
    told = text(summary(one, TYPED))
    assert f"{one.verdict}" in told.partition(".")[0]
    counts = {verdict: sum(entry.verdict is verdict for entry in one.checked.entries) for verdict in WORST_FIRST}
    several = [
        f"{verdict} {count} VM" for verdict, count in counts.items() if count and count < len(one.checked.entries)
    ]
    assert [word for word in several if word not in told] == []
    blocking = [
        decision
        for group in one.groups[:2]
        for part in group.group.entry.answer.parts
        if part.verdict is Verdict.BLOCKED
        for decision in part.decided_by[:1]
        if not decision.passes
    ]
    assert [decision for decision in blocking if decision.at not in told or decision.named not in told] == []


def test_what_blocks_is_told_from_what_may_block() -> None:
    """The private subnets stop packets; the one that does not say whether it is private may do so."""
    told = text(summary(report_of(OPEN), TYPED))
    stops, _, rest = told.partition("It stops here:")[2].partition("It may stop here:")
    assert ("vnet/private denies" in stops, "vnet/unstated" in stops) == (True, False)
    assert ("vnet/unstated may deny" in rest, "vnet/private denies" in rest) == (True, False)


def test_the_summary_tells_what_to_take_and_what_was_read() -> None:
    """The option that `compare` recommends, its changes, and the tag file."""
    one = report_of(ARTICLE)
    told = text(summary(one, TYPED))
    assert one.comparison is not None
    assert one.comparison.recommended is not None
    assert f"take {one.comparison.recommended}: {one.comparison.why}." in told
    assert "add 2 outbound rules in NSG-lockdown, before deny-internet (4000)" in told
    assert "ServiceTags_Public_Small.json, cloud Public, change number 1" in told
    assert "Storage.WestUS, tcp ports 80, 443" in told


def test_a_site_that_passes_needs_nothing() -> None:
    """No option is recommended where there is nothing to open."""
    told = text(summary(report_of(FIXTURES / "article-rule" / "site.yaml"), TYPED))
    assert "gets through." in told
    assert "What to do: nothing" in told
    assert "take " not in told


def test_undetermined_is_never_told_as_reachable() -> None:
    """A VM that lacks a fact has the word, the sign and the class of it, and its facts are in the notes."""
    one = report_of(OPEN)
    [open_group] = [group.group for group in one.groups if group.group.entry.verdict is Verdict.UNDETERMINED]
    [own] = [row for row in rows(machines(one, TYPED), "groups") if row[0].startswith(open_group.entry.vm)]
    assert own[1] == "?undetermined"
    told = text(*notes(one))
    assert "Undetermined is not reachable." in told
    assert [reason for reason in open_group.entry.answer.reasons if reason.replace("`", "") not in told] == []


@pytest.mark.parametrize("name", STORIES)
def test_every_vm_has_a_row(name: str) -> None:
    """With its own verdict; groups have theirs, and the field that searches names the right tables."""
    one = story(name)
    elements = machines(one, TYPED)
    verdicts = {entry.vm: str(entry.verdict) for entry in one.checked.entries}
    groups = rows(elements, "groups")
    assert [row[1][1:].removesuffix("degraded") for row in groups] == [str(g.group.entry.verdict) for g in one.groups]
    if len(groups) < len(verdicts):
        assert {row[0]: row[1][1:] for row in rows(elements, "machines")} == verdicts
        keeping = {vm.name: {who.named for _, who in stoppers(g.group.entry)} for g in one.groups for vm in g.group.vms}
        lacking = [row for row in rows(elements, "machines") if not all(rule in row[4] for rule in keeping[row[0]])]
        assert lacking == []
    [box] = found(elements, "div", "filter")
    tables = {table.get("id") for element in elements for table in element.iter("table")}
    assert set(str(box.get("data-tables")).split()) == tables


def test_very_many_vms_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no row is counted, and a command lists it."""
    monkeypatch.setattr("netcheck.overview.html.machines.MOST", 2)
    one = story("corner-load-balancer/site-33-client.yaml")
    elements = machines(one, TYPED)
    assert len(rows(elements, "machines")) == 2
    assert f"{len(one.checked.entries) - 2} more VMs are not listed one by one: netcheck check" in text(*elements)


def _cells(trace: RuleTrace) -> list[bool | None]:
    fates = dict(trace.fields)
    return [fates[field] for field in ("protocol", "source", "sourcePort", "destination", "destinationPort")]


@pytest.mark.parametrize("name", STORIES)
def test_a_hop_shows_its_rules_in_order(name: str) -> None:
    """Names, priorities and places are those of the trace; the deciding rule is marked, and each field that missed."""
    one = story(name)
    shown = [table for part in ways(one, TYPED) for table in part.iter("table") if table.get("class") == "rules"]
    flows = [flow for group in one.groups for way in group.ways for leg in way.legs for flow in leg.flows]
    traces = [hop.rules for flow in flows for hop in flow.hops if hop.rules]
    assert sum(len(rules) for rules in traces) >= 1 or not one.site.network_security_groups
    told = {tuple(text(row[1]) for row in table.iterfind("tbody/tr")) for table in shown}
    assert told == {tuple(" ".join(trace.rule.name.split()) for trace in rules[:SHOWN_RULES]) for rules in traces}
    by_names = {tuple(trace.rule.name for trace in rules): rules for rules in traces}
    for table in shown:
        body = list(table.iterfind("tbody/tr"))
        rules = by_names[tuple(text(row[1]) for row in body)]
        assert [row.get("class") for row in body] == [
            {True: "deciding", None: "open", False: "passed"}[trace.matches] for trace in rules
        ]


def test_the_fields_of_a_rule_that_is_passed_over_are_marked() -> None:
    """On the way to the article's proxy `deny-internet` is passed over by its destination alone; a default decides."""
    elements = ways(report_of(ARTICLE), TYPED)
    [table, *_] = [
        t for part in elements for t in part.iter("table") if t.get("class") == "rules" and len(list(t.iter("tr"))) == 3
    ]
    passed, deciding = table.iterfind("tbody/tr")
    assert [cell.get("class") for cell in passed] == [None] * 7 + ["miss", None, None]
    assert text(passed[7]) == "Internet\u00d7 does not match"
    assert (text(deciding[1]), text(deciding[3])) == ("ALLOW VNET OUTBOUND", "\u25b6 decides")


@pytest.mark.parametrize("name", STORIES)
def test_every_hop_of_a_picture_leads_to_its_details(name: str) -> None:
    """Each has a link, and each link an end; hops that keep packets back now stand open."""
    elements = ways(story(name), TYPED)
    hops = [hop for part in elements for hop in part.iter("g") if "hop" in hop.get("class", "").split()]
    targets = [str(link.get("href")) for hop in hops for link in hop.iter("a")]
    details = {f"#{one.get('id')}": one for one in found(elements, "details", "hop-details")}
    assert targets == list(details)
    taken = [
        way.is_taken
        for group in story(name).groups
        for way in group.ways
        for leg in path_legs(way.answer)
        for _ in leg.hops
    ]
    for hop, one, is_taken in zip(hops, details.values(), taken, strict=True):
        assert (one.get("open") is not None) == (is_taken and "reachable" not in hop.get("class", "").split())


def test_too_many_ways_are_counted(tmp_path: Path) -> None:
    """A site of many behaviours shows the ways of some, and says how many it leaves out and how to see them."""
    content = estate(40)
    groups = content["networkSecurityGroups"]
    for number, subnet in enumerate(content["virtualNetworks"][0]["subnets"]):
        subnet["networkSecurityGroup"] = groups[number % 3]["name"]
    for number, vm in enumerate(content["virtualMachines"]):
        groups.append({**groups[0], "name": f"own-{number}"})
        vm["networkInterfaces"][0]["networkSecurityGroup"] = f"own-{number}"
    one = report(load(content, tmp_path))
    assert (len(one.groups), sum(bool(group.ways) for group in one.groups)) == (41, SHOWN_GROUPS)
    left = one.groups[SHOWN_GROUPS].group.entry.vm
    assert (
        f"Not shown are the ways of 17 more groups of VMs (17 VMs); netcheck report site.yaml --vm {left} shows"
        in text(*ways(one, TYPED))
    )


@pytest.mark.parametrize("name", STORIES)
def test_bars_are_as_wide_as_their_addresses(name: str) -> None:
    """A bar for each family and fate of ports; the pieces fill it, in order, with the counts of the answer."""
    one = story(name)
    elements = bars(one)
    answers = [result.answer for group in one.groups for result in group.group.entry.results]
    expected = {runs for answer in answers for runs in runs_of(answer)}
    figures = list(found(elements, "figure", "address-bar"))
    told = set()
    for figure in figures:
        pieces = [one for one in figure.iter("rect") if "run" in one.get("class", "").split()]
        widths = [float(str(piece.get("width")).rstrip("%")) for piece in pieces]
        assert sum(widths) == pytest.approx(100, abs=0.05)
        told.add((text(figure[0]).partition(";")[0], tuple(str(piece.get("class")).split()[1] for piece in pieces)))
    assert told == {
        (
            f"{runs.size:,} IPv{runs.family} addresses on tcp "
            f"{'port' if len(runs.ports) == 1 and runs.ports[0].isdigit() else 'ports'} {', '.join(runs.ports)}",
            tuple(str(run.verdict) for run in runs.runs),
        )
        for runs in expected
    }


def test_a_bar_is_in_proportion() -> None:
    """Half of the addresses of `storage-partial` pass on 443: each piece has its share of the width."""
    one = report_of(FIXTURES / "storage-partial" / "site.yaml")
    [runs] = [runs for group in one.groups[:1] for runs in runs_of(group.group.entry.answer) if len(runs.runs) > 1][:1]
    figures = found(bars(one), "figure", "address-bar")
    shares = [
        [float(str(p.get("width")).rstrip("%")) for p in f.iter("rect") if "run" in str(p.get("class"))]
        for f in figures
    ]
    expected = [100 * run.addresses.size / runs.size for run in runs.runs]
    assert any(len(own) == len(expected) and own == pytest.approx(expected, abs=0.01) for own in shares)


@pytest.mark.parametrize("name", STORIES)
def test_options_are_those_of_the_comparison(name: str) -> None:
    """A row an option in their order, with verdict, fit, rules and addresses; without a comparison the reason."""
    one = story(name)
    elements = options(one, TYPED)
    if one.comparison is None:
        assert one.why_not.replace("`", "") in text(*elements)
        return
    choices = [one.comparison[option] for option in one.comparison.order]
    assert [(row[0].split(" ")[0], row[1][1:], row[3], row[4]) for row in rows(elements, "option-table")] == [
        (str(c.option), str(c.verdict), f"{c.rules_needed:,} of {c.rules_limit:,}", f"{c.addresses_opened:,}")
        for c in choices
    ]
    [drawn] = found(elements, "svg", "chart")
    figures = [text(one) for one in drawn.iter("text") if one.get("class") == "figure"]
    assert [figure.removesuffix(" over") for figure in figures[::2]] == [
        f"{c.rules_needed:,}/{c.rules_limit:,}" for c in choices
    ]


@pytest.mark.parametrize("name", STORIES)
def test_scripts_are_shown_to_the_byte(name: str) -> None:
    """Every script and its undo, and what to type beside it; the proof is told before the script."""
    one = story(name)
    shown = ["".join(pre.itertext()) for part in plans(one, TYPED) for pre in part.iter("pre")]
    expected = []
    for plan in (plan for option in one.plans for plan in option.plans if plan.fix):
        assert plan.fix is not None
        changes = [
            "".join(f"{line}\n" for c in change.commands for line in c.splitlines()) for change in plan.fix.plan.changes
        ]
        expected += [*filter(None, changes), *([plan.fix.script] if plan.fix.script else [])]
        expected += [plan.fix.undo] if plan.fix.script and plan.fix.undo else []
    assert shown == expected


def test_the_proof_comes_first_and_the_command_carries_what_was_typed() -> None:
    """A reader sees what a script does before the script."""
    [first, *_] = plans(report_of(ARTICLE), TYPED)
    told = text(first)
    assert told.index("Proof: the backup traffic is blocked now, reachable with this plan.") < told.index("Set-Azure")
    assert "netcheck fix site.yaml --option http-proxy --as classic --vm 'a b'" in told


def test_plans_that_are_too_long_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recommended one is always there; of the others the command is told."""
    monkeypatch.setattr("netcheck.overview.html.plans.MOST_CHARACTERS", 5_000)
    one = report_of(ARTICLE)
    elements = plans(one, TYPED)
    shown = list(found(elements, "div", "plan")) + list(found(elements, "details", "plan"))
    left = [option.choice.option for option in one.plans[len(shown) :]]
    assert 0 < len(shown) < len(one.plans)
    assert MOST_CHARACTERS > 5_000
    assert [option for option in left if f"--option {option} " not in text(*elements)] == []


@pytest.mark.parametrize("name", STORIES)
def test_findings_are_those_of_lint(name: str) -> None:
    """Message, code and place of each, and for each code what to do."""
    one = story(name)
    every = [*one.checked.findings, *one.linted.findings]
    told = text(*findings(one, CATALOG, TYPED))
    assert [f for f in every if f.code not in told or " ".join(f.message.replace("`", "").split()) not in told] == []
    assert [f for f in every if f.at not in told] == []
    advice = {
        code: " ".join(CATALOG[code].parts["What to do"].split()).replace("`", "") for code in {f.code for f in every}
    }
    assert [code for code, words in advice.items() if words.split("\n\n")[0][:60] not in told] == []
    assert every or told == "Nothing found."


@pytest.mark.parametrize("name", STORIES)
def test_no_reason_and_no_warning_is_left_out(name: str) -> None:
    """Every reason of a first VM, every warning of the input, and what the site has that the model does not."""
    one = story(name)
    told = text(*notes(one))
    reasons = [reason for group in one.groups for reason in group.group.entry.answer.reasons]
    assert [
        reason for reason in reasons if " ".join(reason.replace("`", "").split()) not in told.replace("`", "")
    ] == []
    warnings = [warning.message.replace("`", "") for warning in one.site.warnings]
    assert [warning for warning in warnings if " ".join(warning.split()) not in told] == []
    left = text(*left_out(one))
    assert [sentence for sentence in LEFT_OUT if sentence.replace("`", "") not in left] == []
    assert [u for u in one.site.unmodelled if u.reason.replace("`", "") not in left.replace("`", "")] == []


def page(one: Report) -> str:
    """Return the whole page."""
    return report_html(one, TYPED, CATALOG, read_assets(*ASSETS))


@pytest.mark.parametrize("name", STORIES)
def test_a_page_is_whole(name: str) -> None:
    """Elements end, every id is there once, every link leads to one, and nothing is loaded or styled in place."""
    found_page = read(page(story(name)))
    ids = [attributes["id"] for _, attributes in found_page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    links = [str(attributes["href"]) for _, attributes in found_page.tags if attributes.get("href")]
    assert {link for link in links if link.removeprefix("#") not in ids} == set()
    names = {attribute for _, attributes in found_page.tags for attribute in attributes}
    assert names & {"style", "src", "srcset", "xlink:href"} == set()
    assert [attribute for attribute in names if attribute.startswith("on")] == []


def test_a_page_is_the_same_each_time() -> None:
    """Byte for byte."""
    one = report_of(ARTICLE)
    assert page(one) == page(one)


def test_hostile_names_are_text(tmp_path: Path) -> None:
    """Names of VMs, networks, NSGs and rules are read as they are spelled, and make no element."""
    content = estate(len(HOSTILE))
    for vm, bad in zip(content["virtualMachines"], HOSTILE, strict=False):
        vm["name"] = bad
    for rule, bad in zip(content["networkSecurityGroups"][0]["securityRules"], HOSTILE, strict=False):
        rule["name"] = f"rule {bad}"
    one = report(load(content, tmp_path))
    html = page(one)
    found_page = read(html)
    assert [bad for bad in HOSTILE if bad not in found_page.texts["bdi"]] == []
    assert [bad for bad in HOSTILE if f"rule {bad}" not in found_page.texts["bdi"]] == []
    assert [tag for tag, _ in found_page.tags if tag in ("img", "b")] == []
    assert len([tag for tag, _ in found_page.tags if tag == "script"]) == len(read_assets(*ASSETS).scripts)
