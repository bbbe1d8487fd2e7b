"""Values in notebooks: HTML that is text, small and harmless, and data frames with everything in them."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

import netcheck as nc
from netcheck.display import Displayed
from netcheck.notebook.html import SHOWN
from netcheck.notebook.records import records
from netcheck.questions.finding import Finding, Findings
from tests.unit.cli.shared import ROOT

FIXTURES = ROOT / "fixtures"
HOSTILE = "<script>alert(1)</script>"


class _Reader(HTMLParser):
    """Gathers tags, attributes and text, as a browser would."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words += data


@pytest.fixture(scope="module")
def values() -> dict[str, Displayed]:
    """One value of each kind, from the stories that have something to say."""
    article = nc.load(FIXTURES / "article-before" / "site.yaml")
    old, new = (nc.load(FIXTURES / "what-a-change-does" / file) for file in ("site.yaml", "site-new.yaml"))
    findings = nc.lint_site(nc.load(FIXTURES / "lint-findings" / "site.yaml"))
    return {
        "answer": nc.can_reach(article, "proxy-vm", "Storage.WestUS", tcp=[80, 443]),
        "check": nc.check(article),
        "comparison": nc.compare(article),
        "diff": nc.diff(old, new),
        "matrix": nc.matrix(nc.load(FIXTURES / "matrix-small" / "site.yaml")),
        "findings": findings,
        "finding": findings[0],
    }


KINDS = ["answer", "check", "comparison", "diff", "matrix", "findings", "finding"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_html_is_harmless_and_small(kind: str, values: dict[str, Displayed]) -> None:
    """Elements are closed, nothing runs, nothing is loaded, nothing leads away."""
    html = values[kind]._repr_html_()
    reader = _Reader(html)
    assert reader.open == []
    assert not {"script", "img", "iframe", "link", "a", "form", "object"} & set(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert "http" not in html.partition("</style>")[0]
    assert "url(" not in html
    assert html.isascii()
    assert len(html) < 40_000


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("answer", ["blocked", "proxy-vm", "Storage.WestUS", "tcp 80,443", "deny by deny-internet (4000)"]),
        ("check", ["article-2015", "app-vm", "proxy-vm", "blocked", "the verdict is the network's"]),
        ("comparison", ["http-proxy", "take this", "2/200", "one way out, by URL", "undetermined"]),
        ("diff", ["opened", "closed", "changed, undetermined", "tcp 3389", "before", "rdp-for-a-moment (200)"]),
        ("matrix", ["56 pairs of VMs", "jump-1", "To Internet", "partial"]),
        ("findings", ["NC201", "decides nothing", "nsg-front", "site.yaml:37:9"]),
        ("finding", ["NC235", "hub/inner"]),
    ],
)
def test_the_html_says_what_the_report_says(kind: str, words: list[str], values: dict[str, Displayed]) -> None:
    """The verdict as a word, who is asked about, who decides."""
    text = _Reader(values[kind]._repr_html_()).words
    assert [word for word in words if word not in text] == []


def test_a_verdict_is_never_a_colour_alone(values: dict[str, Displayed]) -> None:
    """Where a notebook drops the styles, its sign and its word are there."""
    html = values["answer"]._repr_html_()
    signs = re.findall(r'class="verdict (\w+)"><span[^>]*>([^<]*)</span>(\w+)', html)
    assert signs
    assert all((kind, sign) == (word, {"blocked": "&#215;"}[word]) for kind, sign, word in signs)


def test_names_are_text() -> None:
    """Whatever a file calls its resources, and whichever way they are written."""
    finding = Finding(code="NC201", kind="dead", resource=f"{HOSTILE}\u202e\x1b[31m", message='"><img src=x onerror=y>')
    html = finding._repr_html_()
    assert "<script" not in html
    assert "<img" not in html
    assert "\x1b" not in html
    assert f"{HOSTILE}\ufffd\ufffd[31m" in _Reader(html).words


def test_long_tables_are_cut_and_say_so() -> None:
    """A notebook is no place for ten thousand rows; the frame has them."""
    findings = Findings(
        Finding(code="NC201", kind="dead", resource=f"nsg-{number}", message="m") for number in range(SHOWN + 17)
    )
    assert "and 17 more; to_dataframe() has all of them" in findings._repr_html_()
    assert len(records(findings)[1]) == SHOWN + 17


def test_nothing_found_is_said() -> None:
    """An empty table would leave its reader in doubt."""
    assert "nothing found" in Findings()._repr_html_()
    site = nc.load(FIXTURES / "what-a-change-does" / "site.yaml")
    assert "no packet&#39;s fate differs" in nc.diff(site, site)._repr_html_().replace("'", "&#39;")


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_has_a_row_for_each_part(kind: str, values: dict[str, Displayed]) -> None:
    """With the columns of its kind, and no cell that a column lacks."""
    pytest.importorskip("pandas", reason="frames are for those who have pandas")
    columns, rows = records(values[kind])
    frame = values[kind].to_dataframe()
    assert list(frame.columns) == list(columns)
    assert len(frame) == len(rows) > 0
    assert {name for row in rows for name in row} <= set(columns)


def test_a_frame_is_the_json(values: dict[str, Displayed]) -> None:
    """The blocks of an answer, in the order of `-o json`; the options of a comparison with their figures."""
    pytest.importorskip("pandas", reason="frames are for those who have pandas")
    answer, comparison = values["answer"], values["comparison"]
    assert isinstance(answer, nc.Answer)
    packets = answer.to_dict()["packets"]
    assert isinstance(packets, dict)
    assert list(answer.to_dataframe()["destination"]) == [one["destination"] for one in packets["blocked"]]
    frame = comparison.to_dataframe().set_index("option")
    assert list(frame[frame["recommended"]].index) == ["http-proxy"]
    assert frame.loc["storage-region-prefixes", "rules_needed"] == 10
    assert set(frame["verdict"]) == {"reachable", "undetermined"}


def test_an_empty_frame_has_its_columns() -> None:
    """So that a cell of a notebook that filters it goes on working."""
    pytest.importorskip("pandas", reason="frames are for those who have pandas")
    frame = Findings().to_dataframe()
    assert (len(frame), "severity" in frame.columns) == (0, True)


def test_without_pandas_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """netcheck does without it; who asks for a frame is told what to install."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="needs the package `pandas`: pip install pandas") as raised:
        Findings().to_dataframe()
    assert raised.value.name == "pandas"


def test_looking_at_no_value_loads_nothing() -> None:
    """Answers cost what they cost before: the HTML is loaded by the first that is shown, pandas by the first frame."""
    probe = (
        "import sys, netcheck as nc\n"
        "site = nc.load('site.yaml')\n"
        "answer = nc.can_reach(site, 'app-vm', '10.0.0.5', tcp=[8080])\n"
        "heavy = {'netcheck.notebook.html', 'netcheck.reports.html.markup', 'pandas', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "answer._repr_html_()\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=FIXTURES / "article-before", check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["[]", "['netcheck.notebook.html', 'netcheck.reports.html.markup']"]
