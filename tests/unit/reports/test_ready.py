"""The checklist on a terminal and in Markdown: names are text, whatever they hold."""

from __future__ import annotations

from pathlib import Path

import pytest

import netcheck as nc
from netcheck.model.site import Site
from netcheck.reports.ready_markdown import ready_markdown
from netcheck.reports.ready_text import ready_text

FIXTURES = Path(__file__).parents[3] / "fixtures"
HOSTILE = "<script>alert(1)</script>|`x`"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Two VMs, one of them with a name that is markup."""
    text = (FIXTURES / "ready-not-known" / "site-bare.yaml").read_text(encoding="utf-8")
    nic = "{name: n2, subnet: vnet/default, privateIPAddress: 10.0.0.9}"
    more = f"  - name: '{HOSTILE}'\n    agent: {{version: 2.7}}\n    networkInterfaces: [{nic}]\n"
    path = tmp_path / "site.yaml"
    path.write_text(text + more, encoding="utf-8")
    return nc.load(path)


def test_names_are_no_markup(site: Site) -> None:
    """Neither HTML nor the end of a cell."""
    found = ready_markdown(nc.check_ready(site, profile="article-2015"))
    assert "<script>" not in found
    assert "&lt;script&gt;" in found
    rows = [line for line in found.splitlines() if line.startswith("| ")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {6}


def test_passes_beside_an_open_line_are_counted(site: Site) -> None:
    """A VM that is fine is not listed where another one is not; `-v` lists both, and says why of every line."""
    report = nc.check_ready(site, profile="article-2015")
    short, long = ready_text(report), ready_text(report, is_verbose=True)
    listed = short.partition("the VM agent is installed")[2].partition("why:")[0]
    assert "app-vm: the site does not say" in listed
    assert "1 more: nothing to do" in listed
    assert HOSTILE not in listed
    assert f"{HOSTILE}: pass: the agent is installed" in " ".join(long.split())
    assert long.count("why:") == len(report.results) > short.count("why:") - 1


def test_undetermined_is_never_shown_as_a_pass(site: Site) -> None:
    """The words differ, and the first line says that nothing is ready."""
    text = ready_text(nc.check_ready(site, profile="article-2015"))
    assert text.startswith("NOT KNOWN  profile article-2015: ")
    assert "  pass " not in text.partition("2. Network")[0]
