"""The report in a browser, from disk: quiet, usable by keyboard, and complete without scripts and on paper."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netcheck.cli.main import main
from tests.bench.backed_up import estate, write_estate
from tests.real_browser.browser import SCHEMES, Browser, Step
from tests.unit.overview.shared import ARTICLE, FIXTURES, OPEN, report_of

pytestmark = pytest.mark.real_browser

HOSTILE = [
    "<script>alert(1)</script>",
    "a\"b'c&d",
    "\u05e9\u05dc\u05d5\u05dd-1",
    "</style><img src=x onerror=alert(1)>",
]
DENYING = "#way-1-1-11"
"""The NSG that keeps the article's proxy from Storage: the eleventh hop of the first way."""


def _page(folder: Path, site: Path) -> Path:
    page = folder / f"{site.parent.name}.html"
    assert main(["report", str(site), "-o", str(page), "-q"]) in (0, 1, 4)
    return page


@pytest.fixture(scope="module")
def article(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the article's network."""
    return _page(tmp_path_factory.mktemp("article"), ARTICLE)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of 300 VMs."""
    folder = tmp_path_factory.mktemp("many")
    return _page(folder, write_estate(folder / "estate.json"))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "site", [ARTICLE, OPEN, FIXTURES / "two-nsgs-disagree" / "site.yaml"], ids=lambda one: one.parent.name
)
def test_a_report_is_quiet_and_usable(browser: Browser, tmp_path: Path, site: Path, scheme: str) -> None:
    """From disk: no message, no request but the page itself, nothing that axe calls serious."""
    page = _page(tmp_path, site)
    visit = browser.visit(page, browser.picture(f"report-{site.parent.name}-{scheme}"), scheme=scheme)
    assert (visit.noise(), len(visit.requests)) == ([], 1)
    assert browser.unusable(page, scheme=scheme) == []


def test_hostile_names_are_text(browser: Browser, tmp_path: Path) -> None:
    """None of them runs, and each is read as it is spelled."""
    content = estate(len(HOSTILE))
    for vm, bad in zip(content["virtualMachines"], HOSTILE, strict=False):
        vm["name"] = bad
    for rule, bad in zip(content["networkSecurityGroups"][0]["securityRules"], HOSTILE, strict=False):
        rule["name"] = bad
    site = tmp_path / "site.json"
    site.write_text(json.dumps(content), encoding="utf-8")
    page = _page(tmp_path, site)
    read: list[Step] = [
        {"do": "read", "on": "#groups bdi", "as": "vms"},
        {"do": "read", "on": ".rules bdi", "as": "rules"},
        browser.picture("report-hostile"),
    ]
    visit = browser.visit(page, *read)
    assert visit.noise() == []
    assert set(HOSTILE) <= set(visit.results["vms"])
    assert set(HOSTILE) <= set(visit.results["rules"])
    assert browser.unusable(page) == []


def test_a_hop_clicked_shows_its_rules(browser: Browser, article: Path) -> None:
    """The hop of the picture opens its details; they name each rule, why it is passed over, and where it stands."""
    steps: list[Step] = [
        {"do": "read", "on": "#way-1-1-3 .rules tr", "as": "before"},
        {"do": "click", "on": "a[href='#way-1-1-3']"},
        {"do": "read", "on": "#way-1-1-3 .rules tbody tr", "as": "rules"},
        {"do": "focused", "as": "at"},
        {"do": "read", "on": f"{DENYING} .rules", "as": "closed"},
        browser.picture("report-hop", full=False),
    ]
    found = browser.visit(article, *steps).results
    assert found["before"] == []
    passed, deciding = (" ".join(row.split()) for row in found["rules"])
    assert passed.startswith("4000 deny-internet Deny passed over any * * Internet \u00d7 does not match * ")
    assert passed.endswith("site.yaml:15:9")
    assert deciding.startswith("65000 ALLOW VNET OUTBOUND Allow \u25b6 decides")
    assert found["at"]["tag"] == "summary"
    assert found["closed"] == []


def test_a_hop_is_reached_and_opened_by_keyboard(browser: Browser, article: Path) -> None:
    """Tab goes from hop to hop, Enter opens the details and goes there."""
    steps: list[Step] = [
        {"do": "evaluate", "script": "document.querySelector(\"a[href='#way-1-1-2']\").focus()"},
        {"do": "press", "key": "Tab"},
        {"do": "press", "key": "Enter"},
        {"do": "focused", "as": "at"},
        {"do": "read", "on": "#way-1-1-3 .rules tbody tr", "as": "rules"},
    ]
    found = browser.visit(article, *steps).results
    assert found["at"]["text"].startswith("3. subnet NSG, outbound: NSG-lockdown")
    assert len(found["rules"]) == 2


def test_the_way_without_scripts(browser: Browser, article: Path) -> None:
    """The hop that blocks stands open below the picture; the link of another leads to its details."""
    steps: list[Step] = [
        {"do": "read", "on": f"{DENYING} .rules tbody tr", "as": "denying"},
        {"do": "click", "on": "a[href='#way-1-1-3']"},
        {"do": "read", "on": ".plan pre", "as": "scripts"},
        {"do": "read", "on": "button, input", "as": "controls"},
    ]
    visit = browser.visit(article, *steps, scripts=False)
    assert [" ".join(row.split())[:32] for row in visit.results["denying"]] == ["4000 deny-internet Deny \u25b6 decide"]
    assert any("Set-AzureNetworkSecurityRule" in script for script in visit.results["scripts"])
    assert visit.results["controls"] == []


def test_the_copy_button_copies_the_command_shown(browser: Browser, article: Path) -> None:
    """In each dialect to the byte what `fix` prints; tabs are moved by arrows."""
    [first, *_] = report_of(ARTICLE).plans
    scripts = [plan.fix.script for plan in first.plans if plan.fix]
    names = [str(plan.dialect) for plan in first.plans]
    steps: list[Step] = [{"do": "click", "on": "#plan-1-1-tab"}]
    for number, name in enumerate(names):
        steps += [{"do": "press", "key": "ArrowRight"}] if number else []
        steps += [
            {"do": "click", "on": f"[data-copy='plan-1-{name}-script']"},
            {"do": "clipboard", "as": f"copied {name}"},
            {"do": "evaluate", "script": f"document.getElementById('plan-1-{number + 1}-tab').focus()"},
        ]
    found = browser.visit(article, *steps, browser.picture("report-plan", full=False)).results
    assert [found[f"copied {name}"] for name in names] == scripts


def test_the_filter_finds_vms_and_their_groups(browser: Browser, many: Path) -> None:
    """Words of a row count; groups without a VM that is left are gone."""
    steps: list[Step] = [
        {"do": "read", "on": "#machines tbody tr", "as": "all"},
        {"do": "fill", "on": "#find-vm", "text": "net/s1 PARTIAL deny-inter"},
        {"do": "read", "on": "#machines tbody tr", "as": "found"},
        {"do": "read", "on": "#groups tbody tr", "as": "groups"},
        {"do": "read", "on": ".filter output", "as": "told"},
        browser.picture("report-many-found", full=False),
    ]
    found = browser.visit(many, *steps).results
    assert (len(found["all"]), len(found["found"]), len(found["groups"])) == (301, 40, 1)
    assert found["told"] == ["40 of 301 VMs shown"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_300_vms_are_readable(browser: Browser, many: Path, scheme: str) -> None:
    """Seven groups, quiet and usable; pictures are for a person to look at."""
    groups: Step = {"do": "read", "on": "#groups tbody tr", "as": "groups"}
    visit = browser.visit(many, groups, browser.picture(f"report-many-{scheme}"), scheme=scheme)
    assert (visit.noise(), len(visit.results["groups"])) == ([], 7)
    assert browser.unusable(many, scheme=scheme) == []


def test_a_narrow_window_does_not_scroll_sideways(browser: Browser, article: Path) -> None:
    """Tables and pictures scroll by themselves."""
    wide: Step = {"do": "evaluate", "script": "document.documentElement.scrollWidth", "as": "width"}
    assert browser.visit(article, browser.picture("report-narrow"), wide, width=400).results["width"] == 400


def test_paper_has_everything(browser: Browser, article: Path) -> None:
    """Details are opened before printing, tabs follow one another, and no table is wider than the paper."""
    shown = "[...document.querySelectorAll('details:not([open])')].length"
    wide = "Math.max(...[...document.querySelectorAll('table')].map((one) => one.getBoundingClientRect().right))"
    steps: list[Step] = [
        {"do": "media", "media": "print"},
        {"do": "evaluate", "script": "dispatchEvent(new Event('beforeprint'))"},
        {"do": "evaluate", "script": shown, "as": "closed"},
        {"do": "evaluate", "script": wide, "as": "right"},
        {"do": "read", "on": ".plan pre", "as": "scripts"},
        browser.paper("report"),
    ]
    found = browser.visit(article, *steps, width=718).results
    assert found["closed"] == 0
    assert found["right"] <= 718
    assert len(found["scripts"]) > 20
