"""`netcheck serve` in a browser: a question is answered, a change is told, nothing of a name runs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from netcheck.cli.package_data import read_all_data, read_assets
from netcheck.live.live import Live, State
from netcheck.live.serve.pages import ASSETS, Overview, Pages
from netcheck.live.serve.server import Service
from netcheck.overview.html.typed import Typed
from netcheck.overview.report import report
from netcheck.questions.catalog import parse_catalog
from netcheck.sources.load import load_site
from tests.real_browser.browser import SCHEMES, Browser, Step
from tests.unit.cli.shared import ROOT

pytestmark = pytest.mark.real_browser
FIXTURES = ROOT / "fixtures"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A copy of the article's site."""
    shutil.copytree(FIXTURES / "article-before", tmp_path / "article-before")
    shutil.copytree(FIXTURES / "tags", tmp_path / "tags")
    return tmp_path / "article-before" / "site.yaml"


@contextmanager
def served(site: Path, edit: Callable[[str], str] = str, at: int = 0) -> Iterator[Service]:
    """Serve a site; the asking of that number finds it edited."""

    def read() -> Overview:
        found = load_site([str(site)])
        return Overview(found, report(found))

    class Edited(Live[Overview]):
        asked = 0

        def now(self) -> State[Overview]:
            self.asked += 1
            if self.asked == at:
                site.write_text(edit(site.read_text(encoding="utf-8")), encoding="utf-8")
            return super().now()

    pages = Pages(Typed("site.yaml"), parse_catalog(read_all_data("codes-", ".md")), read_assets(*ASSETS))
    made = Service(Edited([str(site)], read), pages)
    thread = Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


@pytest.fixture
def service(site: Path) -> Iterator[Service]:
    """The site, served."""
    with served(site) as made:
        yield made


ASK: list[Step] = [
    {"do": "fill", "on": "input[name=from]", "text": "proxy-vm"},
    {"do": "fill", "on": "input[name=to]", "text": "Storage.WestUS"},
    {"do": "fill", "on": "input[name=port]", "text": "443"},
    {"do": "press", "key": "Enter"},
    {"do": "wait", "on": "#packets"},
]


def _own(noise: list[str], url: str) -> list[str]:
    """Return what a page must not do: it may ask the server that it came from, and nobody else."""
    return [line for line in noise if not line.startswith(f"request: {url}")]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_question_is_answered(browser: Browser, service: Service, scheme: str) -> None:
    """By keyboard: the verdict, the picture with its hops, the deciding rule."""
    steps: list[Step] = [
        *ASK,
        {"do": "read", "on": ".answer", "as": "headline"},
        {"do": "read", "on": ".rules .deciding", "as": "deciding"},
        {"do": "evaluate", "script": "document.querySelectorAll('svg .hop').length", "as": "hops"},
        browser.picture(f"serve-answer-{scheme}"),
    ]
    visit = browser.visit(service.url, *steps, scheme=scheme)
    assert _own(visit.noise(), service.url) == []
    assert "blocked proxy-vm" in visit.results["headline"][0].replace("\n", " ").replace("\u00d7", "").strip()
    assert any("deny-internet" in line for line in visit.results["deciding"])
    assert visit.results["hops"] > 3
    assert browser.unusable(service.url, *ASK, scheme=scheme) == []


def test_the_report_is_usable(browser: Browser, service: Service) -> None:
    """The page of the address that is printed, with the form."""
    visit = browser.visit(service.url, browser.picture("serve"))
    assert _own(visit.noise(), service.url) == []
    assert browser.unusable(service.url) == []


def test_without_scripts_a_question_is_answered(browser: Browser, service: Service) -> None:
    """The form is one of HTML."""
    steps: list[Step] = [*ASK, {"do": "read", "on": ".answer", "as": "headline"}]
    assert "blocked" in browser.visit(service.url, *steps, scripts=False).results["headline"][0]


TOLD: list[Step] = [{"do": "wait", "on": "#live p"}, {"do": "read", "on": "#live", "as": "told"}]


def test_a_change_is_told(browser: Browser, site: Path) -> None:
    """Within seconds; the page stays as it is until somebody asks for what is new."""
    steps: list[Step] = [
        *TOLD,
        {"do": "read", "on": "#vms", "as": "before"},
        browser.picture("serve-changed"),
        {"do": "click", "on": "#live button"},
        {"do": "wait", "on": "#live[data-version='2']", "state": "attached"},
        {"do": "read", "on": "#vms", "as": "now"},
    ]
    with served(site, lambda text: text.replace("app-vm", "web-vm"), at=3) as service:
        visit = browser.visit(service.url, *steps)
        assert _own(visit.noise(), service.url) == []
    assert "A file has changed: this page is stale." in visit.results["told"][0]
    assert "app-vm" in visit.results["before"][0]
    assert "web-vm" in visit.results["now"][0]


def test_a_change_behind_an_answer_is_told(browser: Browser, site: Path) -> None:
    """Ask again is one key; the question is still there."""
    steps: list[Step] = [
        *ASK,
        *TOLD,
        {"do": "click", "on": "#live button"},
        {"do": "wait", "on": "#live[data-version='2']", "state": "attached"},
        {"do": "read", "on": ".answer", "as": "headline"},
    ]
    with served(site, lambda text: text.replace("access: Deny", "access: Allow"), at=20) as service:
        visit = browser.visit(service.url, *steps)
        assert _own(visit.noise(), service.url) == []
    assert "reachable" in visit.results["headline"][0]


def test_a_broken_file_is_told(browser: Browser, site: Path) -> None:
    """With its faults, as text, on the page that is open and on the next."""
    steps: list[Step] = [*TOLD, browser.picture("serve-broken")]
    with served(site, lambda text: text.replace("priority: 4000", "priority: <img>"), at=3) as service:
        visit = browser.visit(service.url, *steps)
        again = browser.visit(
            service.url, {"do": "read", "on": ".stale", "as": "stale"}, browser.picture("serve-stale")
        )
        assert browser.unusable(service.url) == []
    assert "cannot be read: this page is stale." in visit.results["told"][0]
    assert "<img>" in visit.results["told"][0]
    assert "This is stale." in again.results["stale"][0]
    assert "<img>" in again.results["stale"][0]
    assert _own([*visit.noise(), *again.noise()], service.url) == []


def test_a_long_reading_is_told(browser: Browser, site: Path) -> None:
    """While nobody can say what the files say, the page does not pass for it."""
    is_seen = Event()
    steps: list[Step] = [
        {"do": "wait", "on": "#live p"},
        {"do": "read", "on": "#live", "as": "told"},
    ]

    def edit(text: str) -> str:
        is_seen.wait(60)  # the reading takes as long as somebody looks
        return text

    with served(site, edit, at=3) as service:
        try:
            visit = browser.visit(service.url, *steps)
        finally:
            is_seen.set()
    assert "The files are being read again: this page may be stale." in visit.results["told"][0]


def test_the_end_of_the_server_is_told(browser: Browser, site: Path) -> None:
    """Nobody takes the page for the files of today."""
    with served(site) as service:
        page = service.pages.whole(service.live.now())
    file = site.parent / "gone.html"
    file.write_text(page, encoding="utf-8")
    told = browser.visit(file, *TOLD).results["told"][0]
    assert "netcheck serve does not answer: this page may be stale." in told
