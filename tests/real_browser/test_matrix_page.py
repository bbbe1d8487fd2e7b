"""`matrix -o html` in a browser: quiet, usable, names are text, the filter and the tabs work by keyboard."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.real_browser.browser import SCHEMES, Browser, Step
from tests.unit.cli.shared import ROOT, run
from tests.unit.reports.html.test_matrix_page import NAMES

pytestmark = pytest.mark.real_browser

STORY = ROOT / "fixtures" / "matrix-small"
PAGES = {
    "matrix": ["matrix", str(STORY / "site.yaml")],
    "changed": ["matrix", str(STORY / "site-new.yaml"), "--changed-from", str(STORY / "site.yaml")],
}
ROWS: Step = {"do": "read", "on": "#pairs-0 tbody tr > th", "as": "rows"}


def written(words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return the page that a command writes to a file."""
    file = folder / "page.html"
    outcome = run(capsys, [*words, "-o", "html", "--output", str(file), "-q"])
    assert (outcome.status in (0, 1), outcome.err) == (True, "")
    return file


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_quiet_and_usable(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, scheme: str
) -> None:
    """From disk: no message, no request but for the file, nothing against its policy, nothing serious for axe."""
    page = written(PAGES[name], tmp_path, capsys)
    visit = browser.visit(page, browser.picture(f"{name}-{scheme}"), scheme=scheme)
    assert (visit.noise(), len(visit.requests)) == ([], 1)
    assert browser.unusable(page, scheme=scheme) == []


def test_hostile_names_are_text(browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """VMs, a subnet and a group called like markup are read as they are spelled, and nothing ran."""
    text = re.sub(r"^#.*\n", "", (STORY / "site.yaml").read_text(encoding="utf-8"))
    for name, other in NAMES.items():
        text = text.replace(f"name: {name},", f"name: {json.dumps(other)},")
    site = tmp_path / "site.yaml"
    site.write_text(text, encoding="utf-8")
    page = written(["matrix", str(site), "--by", "vm"], tmp_path, capsys)
    read: Step = {"do": "read", "on": "#groups-table tbody th", "as": "names"}
    extra: Step = {
        "do": "evaluate",
        "script": "document.querySelectorAll('main script, main b, main img').length",
        "as": "b",
    }
    visit = browser.visit(page, read, extra, browser.picture("matrix-hostile"))
    assert set(NAMES.values()) <= set(visit.results["names"])
    assert (visit.noise(), visit.results["b"]) == ([], 0)
    assert browser.unusable(page) == []


def test_a_vm_is_found_by_keyboard(browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its group stays, in the list, in the table of verdicts and among those who send to outside."""
    page = written(PAGES["matrix"], tmp_path, capsys)
    settled: Step = {"do": "wait", "on": "main > .scroll[tabindex='-1']"}  # what does not scroll is no stop
    to_field: list[Step] = [settled, {"do": "press", "key": "Tab", "times": 5}, {"do": "focused", "as": "at"}]
    others: list[Step] = [ROWS, {"do": "read", "on": "#outside-0 tbody td:nth-child(2)", "as": "outside"}]
    found = browser.visit(
        page, *to_field, {"do": "type", "text": "db-2"}, *others, browser.picture("matrix-found")
    ).results
    assert found["at"]["id"] == "find"
    assert found["rows"] == ["E db-1, db-2"]
    assert found["outside"] == ["E"]


def test_each_kind_of_ports_has_a_tab(browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table of verdicts a tab; the sign shown is that of the word in the cell."""
    page = written(PAGES["matrix"], tmp_path, capsys)
    signs = (
        "Object.fromEntries([...document.querySelectorAll('.grid td:not(.corner)')].map((cell) => "
        "[cell.textContent, getComputedStyle(cell, '::before').content]))"
    )
    steps: list[Step] = [
        {"do": "read", "on": "[role=tab]", "as": "tabs"},
        {"do": "evaluate", "script": signs, "as": "signs"},
        {"do": "click", "on": "#ports-5-tab"},
        {"do": "read", "on": "[role=tabpanel] caption", "as": "caption"},
    ]
    found = browser.visit(page, *steps).results
    assert found["tabs"] == ["all ports", "tcp/0-21,23-442,444-1432,1434-65535", "tcp/22", "tcp/443", "tcp/1433"]
    assert found["caption"] == ["From (rows) to (columns): tcp/1433"]
    assert found["signs"] == {"reachable": '"\u2713"', "blocked": '"\u00d7"', "partial": '"\u25d0"', "itself": "none"}


def test_the_table_of_300_vms_scrolls_with_its_heads(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page is no wider than its window, and the heads stay in sight."""
    addresses = [f"10.0.{number // 200}.{number % 200 + 4}" for number in range(300)]
    machines = [
        {"name": f"vm-{n}", "networkInterfaces": [{"name": f"n{n}", "subnet": "v/s", "privateIPAddress": address}]}
        for n, address in enumerate(addresses)
    ]
    network = {"name": "v", "addressSpace": ["10.0.0.0/16"], "subnets": [{"name": "s", "addressPrefix": "10.0.0.0/16"}]}
    site = {"netcheck": 1, "virtualNetworks": [network], "virtualMachines": machines}
    (tmp_path / "site.yaml").write_text(json.dumps(site), encoding="utf-8")
    page = written(["matrix", str(tmp_path / "site.yaml"), "--by", "vm", "--port", "443"], tmp_path, capsys)
    box = "document.querySelector('#pairs-0').parentNode"
    at = f"{box}.querySelector('.corner').getBoundingClientRect()"
    corner = f"[{at}.left - {box}.getBoundingClientRect().left, {at}.top - {box}.getBoundingClientRect().top]"
    steps: list[Step] = [
        {"do": "evaluate", "script": "document.documentElement.scrollWidth", "as": "width"},
        {"do": "evaluate", "script": f"{box}.scrollIntoView(); {box}.scrollTo(3000, 3000)"},
        {"do": "evaluate", "script": corner, "as": "corner"},
        browser.picture("matrix-300", full=False),
    ]
    found = browser.visit(page, *steps, width=1000).results
    assert (found["width"], found["corner"]) == (1000, [0, 0])


def test_the_page_on_paper_and_on_a_phone(browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """400 pixels are enough: no sideways scrolling of the page, nothing serious for axe."""
    page = written(PAGES["matrix"], tmp_path, capsys)
    width: Step = {"do": "evaluate", "script": "document.documentElement.scrollWidth", "as": "width"}
    found = browser.visit(page, width, browser.picture("matrix-narrow"), browser.paper("matrix"), width=400).results
    assert found["width"] == 400
    assert browser.unusable(page, width=400) == []
