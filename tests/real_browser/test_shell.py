"""What all pages share, in a browser: filter, tabs, copy button, paper, and a reader without scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.cli.package_data import read_assets
from netcheck.path.leg import Verdict
from netcheck.reports.html.markup import element, name
from netcheck.reports.html.page import Section, page
from netcheck.reports.html.parts import Tab, badge, copyable, filter_box, row, table, tabs
from tests.real_browser.browser import SCHEMES, Browser, Step

pytestmark = pytest.mark.real_browser

SCRIPT = "az network nsg rule create \\\n\t--name 'a\u00a0b' # <b>&amp;\n"
HOSTILE = [
    "<script>alert(1)</script>", "</style><h1>x</h1>", "\"'><img src=x onerror=alert(1)>", "&lt;b&gt;",
    "\u05e9\u05dc\u05d5\u05dd-1", "a\u202egnp.exe",
]  # fmt: skip


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    """Return a page with one of everything."""
    rows = [row(name(one), badge(verdict), key=str(number)) for number, (one, verdict) in enumerate(PAIRS)]
    also = [row(str(number), "follows", key=str(number)) for number, _ in enumerate(PAIRS)]
    own, others = table("All", ["who", "what"], rows, anchor="t1"), table("Others", ["who", "what"], also, anchor="t2")
    views = [Tab("az", [copyable(SCRIPT, "the script", "c1")]), Tab("bicep", ["two"]), Tab("arm", ["three"])]
    sections = [
        Section("rows", "Rows", [filter_box("Find", "names", ["t1", "t2"], "find"), own]),
        Section("more", "More", [others]),
        Section("plan", "Plan", [tabs("Dialect", views, "d")]),
    ]
    file = tmp_path / "shell.html"
    file.write_text(page("Everything <b>", [element("p", "lead")], sections, read_assets()), encoding="ascii")
    return file


PAIRS = list(zip([*HOSTILE, "web-1", "web-2"], [*Verdict, *Verdict], strict=True))
TAB: Step = {"do": "press", "key": "Tab"}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_page_is_quiet_and_usable(browser: Browser, shell: Path, scheme: str) -> None:
    """No message, no request, nothing against the policy, nothing that axe calls serious."""
    visit = browser.visit(shell, browser.picture(f"shell-{scheme}"), scheme=scheme)
    assert (visit.noise(), len(visit.requests)) == ([], 1)
    assert browser.unusable(shell, scheme=scheme) == []


def test_names_are_text(browser: Browser, shell: Path) -> None:
    """Nothing of a name ran, and each is read as it is spelled."""
    visit = browser.visit(shell, {"do": "read", "on": "#t1 bdi", "as": "names"})
    assert visit.results["names"] == [one.replace("\u202e", "\ufffd") for one, _ in PAIRS]
    assert visit.noise() == []


def test_the_skip_link_is_first_and_leads_to_the_answer(browser: Browser, shell: Path) -> None:
    """One key and Enter pass by the list of sections."""
    steps: list[Step] = [
        TAB,
        {"do": "focused", "as": "first"},
        {"do": "press", "key": "Enter"},
        {"do": "focused", "as": "then"},
    ]
    results = browser.visit(shell, *steps).results
    assert results["first"]["text"] == "Skip to the answer"
    assert results["then"]["id"] == "main"


def test_the_filter_works_by_keyboard(browser: Browser, shell: Path) -> None:
    """All words count, letter case does not; the other table follows; Escape brings all rows back."""
    read: list[Step] = [
        {"do": "read", "on": "#t1 tbody tr", "as": "own"},
        {"do": "read", "on": "#t2 tbody tr", "as": "others"},
    ]
    told: Step = {"do": "read", "on": ".filter output", "as": "told"}
    to_field: list[Step] = [TAB, TAB, TAB, TAB, TAB, {"do": "focused", "as": "at"}]
    found = browser.visit(shell, *to_field, {"do": "type", "text": "WEB unDeter"}, *read, told).results
    assert found["at"]["id"] == "find"
    assert found["own"] == ["web-2\t?undetermined"]
    assert found["others"] == ["7\tfollows"]
    assert found["told"] == ["1 of 8 names shown"]
    cleared = browser.visit(
        shell, *to_field, {"do": "type", "text": "web"}, {"do": "press", "key": "Escape"}, *read
    ).results
    assert (len(cleared["own"]), len(cleared["others"])) == (8, 8)


def test_a_filter_that_finds_nothing_says_so(browser: Browser, shell: Path) -> None:
    """An empty table is explained."""
    steps: list[Step] = [
        {"do": "fill", "on": "#find", "text": "zzz"},
        {"do": "read", "on": ".filter output", "as": "told"},
    ]
    assert browser.visit(shell, *steps).results["told"] == ["0 of 8 names shown"]


def test_tabs_are_moved_by_arrows(browser: Browser, shell: Path) -> None:
    """Left of the first is the last, Home and End are the ends, one view is shown, one tab is in the order of Tab."""
    seen: list[Step] = [{"do": "click", "on": "#d-1-tab"}]
    for number, pressed in enumerate(["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Home", "End"]):
        seen += [{"do": "press", "key": pressed}, {"do": "focused", "as": f"at{number}"}]
        seen.append({"do": "read", "on": "[role=tabpanel]", "as": f"view{number}"})
    stops: Step = {
        "do": "evaluate",
        "script": "document.querySelectorAll('[role=tab][tabindex=\"0\"]').length",
        "as": "stops",
    }
    found = browser.visit(shell, *seen, stops).results
    assert [found[f"at{n}"]["text"] for n in range(6)] == ["bicep", "arm", "az", "arm", "az", "arm"]
    assert [len(found[f"view{n}"]) for n in range(6)] == [1] * 6
    assert found["view5"] == ["arm\nthree"]
    assert found["stops"] == 1


def test_the_copy_button_copies_what_is_shown(browser: Browser, shell: Path) -> None:
    """To the last blank, and it says so."""
    button = "#d-1 button"
    said: Step = {"do": "wait", "on": "#d-1 [role=status]:not(:empty)"}
    steps: list[Step] = [{"do": "click", "on": button}, said, {"do": "clipboard", "as": "copied"}]
    found = browser.visit(shell, *steps, {"do": "read", "on": "#d-1 [role=status]", "as": "told"}).results
    assert found["copied"] == SCRIPT
    assert found["told"] == ["Copied"]


def test_a_narrow_window_does_not_scroll_sideways(browser: Browser, shell: Path) -> None:
    """What is too wide scrolls by itself."""
    wide: Step = {"do": "evaluate", "script": "document.documentElement.scrollWidth", "as": "width"}
    assert browser.visit(shell, browser.picture("shell-narrow"), wide, width=400).results["width"] == 400


def test_without_scripts_all_is_there(browser: Browser, shell: Path) -> None:
    """Views follow one another; what would not work is not shown."""
    picture = browser.picture("shell-no-script")
    text: Step = {"do": "read", "on": "main", "as": "text"}
    controls: Step = {"do": "read", "on": "input, button", "as": "controls"}
    found = browser.visit(shell, picture, text, controls, scripts=False).results
    assert [word in found["text"][0] for word in ("az", "two", "three", "web-2", "create")] == [True] * 5
    assert found["controls"] == []


def test_paper_has_all_views(browser: Browser, shell: Path) -> None:
    """What is hidden on the screen is printed."""
    display = "[...document.querySelectorAll('.view')].map((one) => getComputedStyle(one).display)"
    steps: list[Step] = [
        {"do": "evaluate", "script": display, "as": "screen"},
        {"do": "media", "media": "print"},
        {"do": "evaluate", "script": display, "as": "paper"},
    ]
    found = browser.visit(shell, *steps, browser.paper("shell")).results
    assert found == {"screen": ["block", "none", "none"], "paper": ["block"] * 3}


def test_a_broken_page_is_not_quiet(browser: Browser, shell: Path, tmp_path: Path) -> None:
    """The tests above can fail: what runs without leave, warns, or loads is seen."""
    bad = "<script>alert(1)</script><img src='https://example.com/x.png' onerror='alert(2)'><p style='color:red'>x"
    broken = tmp_path / "broken.html"
    broken.write_text(shell.read_text(encoding="ascii").replace("<main", f"{bad}<main"), encoding="ascii")
    noise = "\n".join(browser.visit(broken).noise())
    assert "policy: script-src-elem refuses inline" in noise
    assert "policy: img-src refuses https://example.com/x.png" in noise
    assert "policy: style-src-attr refuses inline" in noise
    free = tmp_path / "free.html"
    free.write_text(
        "<!DOCTYPE html><title>x</title><script>console.warn('w'); alert(1); nothing()</script>", encoding="ascii"
    )
    assert browser.visit(free).noise() == [
        "console warning: w",
        "exception: ReferenceError: nothing is not defined",
        "dialog: 1",
    ]
    assert [one.split(" ")[0] for one in browser.unusable(free)] == ["html-has-lang"]
