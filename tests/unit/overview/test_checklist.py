"""The report's checklist is what `ready` says, line by line."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import netcheck as nc
from netcheck.cli.package_data import read_data
from netcheck.overview.html.checklist import checklist
from netcheck.overview.html.typed import Typed
from netcheck.overview.report import Report, report
from netcheck.ready.checklist import parse_checklist
from netcheck.sources.profiles import with_profile
from tests.unit.overview.shared import ARTICLE, FIXTURES

LINES = parse_checklist(read_data("checklist.yaml"))
TYPED = Typed("site.yaml", ("--vm", "a b"))
SIGNS = {"pass": "\u2713", "fail": "\u00d7", "not known": "?", "not applicable": "\u2013"}
STORIES = (
    ARTICLE,
    FIXTURES / "ready-all-passes" / "site-manager.yaml",
    FIXTURES / "private-subnet" / "site.yaml",
)


def made(path: Path) -> tuple[Report, list[ET.Element]]:
    """Return the report of a site with its checklist, and the section about that."""
    found = report(nc.load(path), checklist=LINES)
    return found, checklist(found, TYPED)


def text(element: ET.Element) -> str:
    """Return the text of an element, in which blanks are one blank."""
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.parent.name)
def test_every_line_has_its_status_as_a_sign_and_a_word(path: Path) -> None:
    """All lines of `ready`, in its order and with its statuses; the headings are those of its parts."""
    _, elements = made(path)
    rows = [row for one in elements for row in one.iterfind(".//tbody/tr")]
    told = [(text(row[0]), text(row[1])) for row in rows]
    wanted = nc.check_ready(nc.load(path))
    assert told == [(one.line.title, f"{SIGNS[one.status.words]}{one.status.words}") for one in wanted.results]
    captions = [text(one) for part in elements for one in part.iterfind(".//caption")]
    assert captions == list(wanted.headings.values())


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.parent.name)
def test_what_is_open_has_a_remedy_and_every_line_its_page(path: Path) -> None:
    """What to do stands beside what does not pass, and nowhere else; the number of a page leads to its title."""
    _, elements = made(path)
    wanted = nc.check_ready(nc.load(path))
    pages = {f"#{one.get('id')}": text(one) for part in elements for one in part.iter("li") if one.get("id")}
    rows = [row for one in elements for row in one.iterfind(".//tbody/tr")]
    for row, one in zip(rows, wanted.results, strict=True):
        assert (text(row[3]) != "") is (one.status.words in ("fail", "not known"))
        assert one.line.do.replace("`", "").split()[0] in text(row[3]) or text(row[3]) == ""
        [link] = row[4].iter("a")
        assert pages[str(link.get("href"))] == str(one.held.source)


def test_the_network_line_is_the_verdict_of_the_report() -> None:
    """`check` is asked once: the checklist takes over what it has said."""
    found, elements = made(ARTICLE)
    [row] = [
        row for one in elements for row in one.iterfind(".//tbody/tr") if text(row[0]) == "backup traffic gets through"
    ]
    assert text(row[1]).endswith("fail")
    assert "NSG-lockdown deny by deny-internet (4000)" in text(row[2])
    assert str(found.verdict) == "blocked"


def test_a_profile_of_another_service_has_no_checklist() -> None:
    """It says so, and is no pass."""
    site = with_profile(nc.load(FIXTURES / "own-profile" / "site-proxy.yaml"), "windows-update")
    found = report(site, checklist=LINES)
    assert found.readiness is None
    [paragraph] = checklist(found, TYPED)
    assert text(paragraph) == "There is no checklist: profile windows-update has no checklist."
