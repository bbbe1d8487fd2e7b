"""A picture in its page, in a browser: quiet, usable, as large as drawn or as wide as the window."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real_browser.browser import SCHEMES, Browser, Step
from tests.real_browser.test_matrix_page import written
from tests.unit.cli.shared import ROOT

pytestmark = pytest.mark.real_browser

FIXTURES = ROOT / "fixtures"
ARTICLE = str(FIXTURES / "article-before" / "site.yaml")
PAGES = {
    "draw-path": ["draw", ARTICLE, "--from", "app-vm", "--to", "Storage.WestUS", "--port", "80,443"],
    "draw-proxy": ["draw", ARTICLE, "--from", "app-vm", "--to", "Storage.WestUS", "--port", "443", "--via", "proxy-vm"],
    "draw-network": ["draw", str(FIXTURES / "matrix-small" / "site.yaml")],
}


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


def test_a_picture_fits_where_that_is_wanted(
    browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Drawn wider than a phone it scrolls by itself; the button makes it as wide as there is room, and back."""
    page = written(PAGES["draw-path"], tmp_path, capsys)
    width = "document.querySelector('svg').getBoundingClientRect().width"
    room = "document.querySelector('.drawing').getBoundingClientRect().width"
    steps: list[Step] = [
        {"do": "evaluate", "script": f"[{width}, {room}]", "as": "drawn"},
        {"do": "click", "on": "[data-fit]"},
        {"do": "evaluate", "script": f"[{width}, {room}]", "as": "fitted"},
        browser.picture("draw-narrow"),
        {"do": "press", "key": "Enter"},
        {"do": "evaluate", "script": f"[{width}, {room}]", "as": "again"},
        {"do": "evaluate", "script": "document.documentElement.scrollWidth", "as": "page"},
    ]
    found = browser.visit(page, *steps, width=400).results
    assert found["drawn"][0] > found["drawn"][1]
    assert found["fitted"][0] == found["fitted"][1]
    assert found["again"] == found["drawn"]
    assert found["page"] == 400


def test_the_text_of_a_picture_is_text(browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It can be selected and copied; colours are those of the style, which the policy lets in."""
    page = written(PAGES["draw-path"], tmp_path, capsys)
    picked = (
        "(() => { getSelection().selectAllChildren([...document.querySelectorAll('svg text')]"
        ".find((one) => one.textContent === 'NSG-lockdown')); return getSelection().toString(); })()"
    )
    stroke = "getComputedStyle(document.querySelector('svg .box.blocked')).stroke"
    steps: list[Step] = [
        {"do": "evaluate", "script": picked, "as": "picked"},
        {"do": "evaluate", "script": stroke, "as": "stroke"},
    ]
    found = browser.visit(page, *steps).results
    assert found["picked"] == "NSG-lockdown"
    assert found["stroke"].startswith("rgb(")
    assert found["stroke"] != "rgb(0, 0, 0)"
