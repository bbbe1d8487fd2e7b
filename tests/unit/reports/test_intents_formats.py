"""The formats of `test`: right for the programs that read them, whatever names stand in a site or an intents file."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xmlschema

from netcheck.cli.package_data import read_all_data
from netcheck.diagnostics import Source
from netcheck.model.intents import Intent, KnownFailure, Reaching, Word
from netcheck.model.site import Site
from netcheck.policy.decision import Decision, HopKind
from netcheck.questions.catalog import parse_catalog
from netcheck.questions.intents.result import Breach, IntentsReport, Judged, Part
from netcheck.reports.file_places import place_of
from netcheck.reports.intents.github import MOST_ROWS, intents_github, intents_summary
from netcheck.reports.intents.junit import intents_junit
from netcheck.reports.intents.sarif import intents_sarif
from netcheck.reports.intents.text import intents_text
from netcheck.reports.intents.words import SHOWN_BREACHES, SHOWN_PARTS
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet

CATALOG = parse_catalog(read_all_data("codes-8-intents", ".md"))
JUNIT = xmlschema.XMLSchema(str(Path(__file__).parent / "junit.xsd"))
NASTY = [
    "plain",
    "two\nlines\r\nand::error file=x::y",
    "::error::x",
    "##[error]x",
    "100% %0A %25, a:b,c=d",
    "<a href='x'>&amp;]]><![CDATA[",
    "\"quotes\" and 'apostrophes' `ticks` | pipes $(x) \\n",
    "\x1b[31mred\x00\x07\x7f\x9b",
    "\u202egnp.exe\u2066",
    "\ud800\ufffe\uffff",
    "ümläut 名前 🚧",
    "@somebody #1 [x](javascript:y)",
]


def decision(name: str, at: str = "site.yaml:7:9", *, passes: bool = True, priority: int = 100) -> Decision:
    """Return what a rule of that name decides."""
    return Decision(
        hop=HopKind.SUBNET_NSG, passes=passes, direction="Inbound", resource=name, rule=name, priority=priority, at=at
    )


def report_of(name: str, *breaches: Breach, file: str = "intents.yaml") -> IntentsReport:
    """Return a report of one intent with a name, and of one that holds."""
    words = (Word(name, Source(file, 3, 5)),)
    demand = Reaching(is_wanted=False, sources=words, targets=words, protocols=("tcp",), ports=("22",))
    intent = Intent(name=name, label=f"mustNotReach {name}", why=name, at=Word(name, Source(file, 3, 5)), demand=demand)
    fine = replace(intent, name="fine", at=Word("fine", Source(file, 9, 5)))
    results = (
        Judged(intent=intent, kind="mustNotReach", asked=1, breaches=breaches, notes=(name,)),
        Judged(intent=fine, kind="mustReach", asked=1),
    )
    return IntentsReport(site=Site(file="site.yaml"), file=file, results=results)


def breach(name: str, code: str = "NC241", **more: object) -> Breach:
    """Return a breach with a name wherever one can stand."""
    port = IntervalSet.point(22)
    packets = ps.box(4, IntervalSet.point(6), port, sources=IntervalSet.point(9), destinations=IntervalSet.point(5))
    found = Breach(
        intent=name, code=code, subject=f"{name} -> x  tcp 22", message="reachable, and must not be",
        parts=(Part(packets, (decision(name),), (name,)),), reasons=(name,),
    )  # fmt: skip
    return replace(found, **more)  # type: ignore[arg-type]  # fields of a breach


@pytest.mark.parametrize("name", NASTY)
def test_text_is_one_line_a_line_and_drives_no_terminal(name: str) -> None:
    """Nothing in a name starts a line or a colour."""
    text = intents_text(report_of(name, breach(name)))
    assert [sign for sign in text if not sign.isprintable() and sign != "\n"] == []
    assert not any(line.startswith(("::", "##[")) for line in text.splitlines())


@pytest.mark.parametrize("name", NASTY)
def test_junit_is_valid_and_says_what_the_text_says(name: str) -> None:
    """The document parses, is valid by the schema, and gives the name back as far as XML can hold it."""
    text = intents_junit(report_of(name, breach(name), breach(name, "NC246")))
    assert text.isascii()
    JUNIT.validate(text)
    root = ET.fromstring(text)
    cases = root.findall("testsuite/testcase")
    assert [len(case.findall("failure")) for case in cases] == [1, 0]
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    assert cases[0].get("name") == printable
    failure = cases[0].find("failure")
    assert failure is not None
    assert "finding NC241" in (failure.text or "")
    assert "finding NC246" in (failure.text or "")


def test_junit_counts_each_outcome_once() -> None:
    """A failure, an open outcome as an error, a known one as skipped: the numbers are those of the elements."""
    for code, known, element in (
        ("NC241", False, "failure"),
        ("NC246", False, "error"),
        ("NC241", True, "skipped"),
        ("NC246", True, "skipped"),
    ):
        root = ET.fromstring(intents_junit(report_of("x", breach("x", code, is_known=known))))
        suite = root.find("testsuite")
        assert suite is not None
        told = {name: int(suite.get(count, "")) for name, count in
                (("failure", "failures"), ("error", "errors"), ("skipped", "skipped"))}  # fmt: skip
        assert told == {name: int(name == element) for name in told}
        assert [child.tag for child in suite.findall("testcase")[0]] == [element, "system-out"]
        assert suite.get("tests") == root.get("tests") == "2"


def test_the_schema_refuses_what_is_no_junit() -> None:
    """A schema that takes everything proves nothing."""
    good = intents_junit(report_of("x", breach("x")))
    for old, new in (
        ('tests="2"', ""),
        ("testcase", "test"),
        ('failures="1"', 'failures="one"'),
        ("<failure", "<fail"),
    ):
        bad = good.replace(old, new).replace("</failure", "</fail") if old == "<failure" else good.replace(old, new)
        assert not JUNIT.is_valid(bad)


_COMMAND = re.compile(r"::(error|warning|notice) ([^\n]*?)::([^\n]*)\Z")


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """Return a workflow command taken apart as the runner does: cut at `::`, `,` and `=`, then unescaped."""
    name, properties, message = _COMMAND.match(line).groups()  # type: ignore[union-attr]  # else the test has to fail
    found = dict(one.split("=", 1) for one in properties.split(","))
    unescaped = {key: _unescaped(value, ("%3A", ":"), ("%2C", ",")) for key, value in found.items()}
    return name, unescaped, _unescaped(message)


def _unescaped(text: str, *more: tuple[str, str]) -> str:
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(code, sign)
    return text


@pytest.mark.parametrize("name", NASTY)
def test_github_commands_come_apart_as_they_were_put_together(name: str) -> None:
    """One command a breach, and nothing in a name ends it, starts another or is read as a property."""
    lines = intents_github(report_of(name, breach(name))).splitlines()
    assert len(lines) == 2
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    command, properties, message = parsed(lines[0])
    assert (command, set(properties)) == ("error", {"file", "line", "col", "title"})
    assert (properties["file"], properties["line"], properties["col"]) == ("site.yaml", "7", "9")
    assert properties["title"] == f"NC241 {printable}"
    assert message.startswith(f"{printable} -> x  tcp 22: reachable, and must not be\n")
    assert "::" not in lines[1]


@pytest.mark.parametrize("file", ["a:b,c%.yaml", "x\ny.yaml", "ä ö.yaml"])
def test_github_files_of_any_name(file: str) -> None:
    """File names come back as they are."""
    found = breach("x", parts=(Part(ps.EMPTY_PACKETS, (decision("r", f"{file}:12:3"),)),))
    _, properties, _ = parsed(intents_github(report_of("x", found)).splitlines()[0])
    assert (properties["file"], properties["line"]) == (file, "12")


def test_github_words_for_each_outcome() -> None:
    """A failure is an error, an open outcome a warning, a known one a notice; what is gone is a notice as well."""
    for code, known, word in (("NC241", False, "error"), ("NC246", False, "warning"), ("NC241", True, "notice")):
        assert parsed(intents_github(report_of("x", breach("x", code, is_known=known))).splitlines()[0])[0] == word
    gone = replace(
        report_of("x"), baseline="b.json", gone=(KnownFailure(fingerprint="f", intent="i", code="NC241", subject="s"),)
    )
    assert parsed(intents_github(gone).splitlines()[0])[:2] == ("notice", {"file": "b.json", "title": "baseline"})


@pytest.mark.parametrize("name", NASTY)
def test_the_summary_keeps_its_table(name: str) -> None:
    """Every row has the four cells of the heading, and nothing of a name is markup."""
    text = intents_summary(report_of(name, breach(name)))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [5] * len(rows)
    assert len(rows) == 4
    assert "<a" not in text
    assert "@s" not in text


def test_the_summary_has_an_end() -> None:
    """GitHub takes no summary of more than 1 MiB."""
    text = intents_summary(report_of("x", *[breach("x")] * (MOST_ROWS + 50)))
    assert f"and {50 + 1} more" in text
    assert text.count("NC241") == MOST_ROWS


def run_of(report: IntentsReport) -> Any:
    """Return the one run of a SARIF log as a program reads it."""
    [run] = json.loads(json.dumps(intents_sarif(report, CATALOG, "1.2.3", 1)))["runs"]
    return run


@pytest.mark.parametrize("name", NASTY)
def test_sarif_points_at_the_rule_that_decides(name: str) -> None:
    """The place is that of the rule in the user's own file, with the intent's own as a related one."""
    run = run_of(report_of(name, breach(name)))
    [result] = run["results"]
    place = {"artifactLocation": {"uri": "site.yaml", "index": 0}, "region": {"startLine": 7, "startColumn": 9}}
    [location] = result["locations"]
    assert location["physicalLocation"] == place
    related = result["relatedLocations"]
    assert related[0]["physicalLocation"]["artifactLocation"] == {"uri": "intents.yaml", "index": 1}
    rules = run["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "NC241"
    assert [one["location"]["uri"] for one in run["artifacts"]] == ["site.yaml", "intents.yaml"]
    text = result["message"]["text"]
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    assert "](" not in json.dumps([result["message"], *(one["message"] for one in related)])


def test_sarif_levels_suppressions_and_fingerprints() -> None:
    """Open outcomes are warnings, known ones are suppressed, and a fingerprint knows neither lines nor packets."""
    run = run_of(
        replace(report_of("x", breach("x"), breach("x", "NC246"), breach("x", is_known=True)), baseline="b.json")
    )
    assert [one["level"] for one in run["results"]] == ["error", "warning", "error"]
    assert ["suppressions" in one for one in run["results"]] == [False, False, True]
    moved = breach("x", parts=(Part(ps.EMPTY_PACKETS, (decision("x", "site.yaml:99:1"),)),))
    assert moved.fingerprint == breach("x").fingerprint
    others = [breach("y"), breach("x", "NC246"), breach("x", subject="other")]
    assert moved.fingerprint not in {one.fingerprint for one in others}


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("a b/ä#?.yaml", "a%20b/%C3%A4%23%3F.yaml"),
        ("/tmp/x y.yaml", "file:///tmp/x%20y.yaml"),
        ("c:d.yaml", "c%3Ad.yaml"),
        ("../up.yaml", "../up.yaml"),
    ],
)
def test_sarif_files_are_uris(file: str, uri: str) -> None:
    """Signs that mean something in a URI are escaped; relative names stay relative."""
    found = breach("x", parts=(Part(ps.EMPTY_PACKETS, (decision("r", f"{file}:12:3"),)),))
    [result] = run_of(report_of("x", found))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_the_place_is_the_rule_that_somebody_wrote() -> None:
    """Not one of Azure's defaults, not a route; the last that lets through, and the first that denies."""
    default = decision("AllowVnetInBound", "site.yaml:1:1", priority=65000)
    route = Decision(hop=HopKind.ROUTE, passes=True, resource="vnet", rule="", at="site.yaml:2:2", note="system route")
    first, last = decision("first", "site.yaml:3:3"), decision("last", "site.yaml:4:4")
    denies = decision("denies", "site.yaml:5:5", passes=False)
    for deciders, line in (
        ((default, route, first, last), 4),
        ((default, route), 1),
        ((route,), 2),
        ((denies, replace(denies, at="site.yaml:6:6", rule="later")), 5),
        ((), 3),
        ((replace(route, at=""),), 3),
        ((replace(first, at="tags.json#/values/3"), route), 0),
    ):
        found = breach("x", parts=(Part(ps.EMPTY_PACKETS, deciders),))
        [result] = run_of(report_of("x", found))["results"]
        place = result["locations"][0]["physicalLocation"]
        assert place.get("region", {}).get("startLine", 0) == line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("site.yaml:7:9", ("site.yaml", 7, 9)),
        ("a:1:2:7:9", ("a:1:2", 7, 9)),
        ("dir/site.json#/values/0/name", ("dir/site.json", 0, 0)),
        ("site.yaml", ("site.yaml", 0, 0)),
        ("x\ny.yaml:7:9", ("x\ny.yaml", 7, 9)),
    ],
)
def test_places_are_read_back(text: str, expected: tuple[str, int, int]) -> None:
    """As decisions write them, whatever is in the file's name."""
    place = place_of(text)
    assert (place.file, place.line, place.column) == expected


def test_long_lists_are_cut_and_counted() -> None:
    """A mesh of a hundred machines may fail in ten thousand pairs: the text says how many it leaves out."""
    many = [breach("x", subject=f"pair {number}") for number in range(SHOWN_BREACHES + 7)]
    parts = tuple(Part(ps.EMPTY_PACKETS, (decision(f"r{number}"),)) for number in range(SHOWN_PARTS + 3))
    text = intents_text(report_of("x", *many))
    assert text.count("finding NC241") == SHOWN_BREACHES
    assert "and 7 more findings (`-o json` lists all)" in text
    assert "and 3 more parts (`-o json` lists all)" in intents_text(report_of("x", breach("x", parts=parts)))
