"""The Python interface: what it exports, and that its values are the JSON that the commands print."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import netcheck as nc
from netcheck.cli.main import main

STORY = Path(__file__).parents[2] / "fixtures" / "article-before"


def test_every_public_name_is_importable_and_documented() -> None:
    """`__all__` holds what the package gives, without doubles, and each function and class says what it is."""
    assert sorted(set(nc.__all__)) == sorted(nc.__all__)
    for name in nc.__all__:
        value = getattr(nc, name)
        assert not callable(value) or inspect.getdoc(value), name
    with pytest.raises(AttributeError, match="no_such_name"):
        nc.no_such_name  # noqa: B018 - the access is what is tested


def test_star_import_gives_the_public_names() -> None:
    """`from netcheck import *` works although names are imported on first use."""
    names: dict[str, Any] = {}
    exec("from netcheck import *", names)
    assert set(nc.__all__) - {"__version__"} <= set(names)


def test_lint_gives_the_findings_that_the_command_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them, or those of a kind."""
    monkeypatch.chdir(STORY.parent / "lint-findings")
    site = nc.load("site.yaml")
    main(["lint", "site.yaml", "-o", "json"])
    printed = json.loads(capsys.readouterr().out)["findings"]
    assert [one.code for one in nc.lint_site(site)] == [one["code"] for one in printed]
    assert {one.kind for one in nc.lint_site(site, enable=["dead"])} == {"dead"}
    assert "dead" not in {one.kind for one in nc.lint_site(site, disable=["dead"])}


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> nc.Site:
    monkeypatch.chdir(STORY)
    return nc.load("site.yaml")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """Return the JSON that a command prints."""
    main([*words, "-o", "json", "-q"])
    return json.loads(capsys.readouterr().out)


def as_json(value: Any) -> Any:
    """Return what JSON makes of a value."""
    return json.loads(json.dumps(value.to_dict()))


def test_reach_prints_the_dict_of_the_answer(site: nc.Site, capsys: pytest.CaptureFixture[str]) -> None:
    """`can_reach(...).to_dict()` is what `netcheck reach -o json` prints."""
    words = ["reach", "site.yaml", "--from", "app-vm", "--to", "Storage.WestUS", "--port", "80,443"]
    assert as_json(nc.can_reach(site, "app-vm", "Storage.WestUS", tcp=[80, 443])) == printed(capsys, *words)
    via = nc.can_reach(site, "app-vm", "Storage.WestUS", tcp=["80", 443], via="proxy-vm")
    assert as_json(via) == printed(capsys, *words, "--via", "proxy-vm")


def test_filter_prints_the_dict_of_the_answer(site: nc.Site, capsys: pytest.CaptureFixture[str]) -> None:
    """`filter_packets(...).to_dict()` is what `netcheck filter -o json` prints."""
    words = ["filter", "site.yaml", "--nsg", "NSG-lockdown", "--direction", "Outbound", "--from", "10.0.0.5"]
    found = nc.filter_packets(site, "NSG-lockdown", "Outbound", "10.0.0.5", "Storage.WestUS", tcp=[443])
    assert as_json(found) == printed(capsys, *words, "--to", "Storage.WestUS", "--port", "443")


def test_check_prints_the_dict_of_the_report_and_advice(site: nc.Site, capsys: pytest.CaptureFixture[str]) -> None:
    """`check(...).to_dict()` is what `netcheck check -o json` prints, which adds the advice."""
    found = printed(capsys, "check", "site.yaml", "--vm", "proxy-vm")
    advice = found.pop("advice")
    assert as_json(nc.check(site, ["proxy-vm"])) == found
    assert advice["recommended"] == nc.compare(site, ["proxy-vm"]).recommended


def test_compare_and_fix_print_their_dicts(site: nc.Site, capsys: pytest.CaptureFixture[str]) -> None:
    """`compare(...)` and `fix(...)` are what their commands print as JSON."""
    assert as_json(nc.compare(site)) == printed(capsys, "compare", "site.yaml")
    words = ["fix", "site.yaml", "--option", "http-proxy", "--as", "classic"]
    assert as_json(nc.fix(site, "http-proxy")) == printed(capsys, *words)
    assert as_json(nc.fix(site, "http-proxy", as_documented=True)) == printed(capsys, *words, "--as-documented")


def test_explain_prints_the_dict_of_the_explanation(site: nc.Site, capsys: pytest.CaptureFixture[str]) -> None:
    """`explain(...)` of a text or of a flow is what `netcheck explain -o json` prints."""
    text = "10.0.0.5 -> 20.60.1.1:443/tcp"
    explanation = nc.explain(site, text)
    assert as_json(explanation) == printed(capsys, "explain", "site.yaml", text)
    assert as_json(nc.explain(site, explanation.flow)) == as_json(explanation)


def test_values_are_values(site: nc.Site) -> None:
    """Asking twice gives equal answers, and a site with other rules is another site."""
    one = nc.can_reach(site, "proxy-vm", "Storage.WestUS", tcp=[443])
    assert one == nc.can_reach(site, "proxy-vm", "Storage.WestUS", tcp=[443])
    opened = site.with_rules("nsg-lockdown", ())
    assert nc.can_reach(opened, "proxy-vm", "Storage.WestUS", tcp=[443]).verdict == "reachable"
    assert one.verdict == nc.can_reach(site, "proxy-vm", "Storage.WestUS", tcp=[443]).verdict == "blocked"


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda s: nc.can_reach(s, "nobody", "app-vm", tcp=[1]), nc.QuestionError),
        (lambda s: nc.fix(s, "storage-region-tag"), nc.PlanError),
        (lambda _: nc.load("no-such-file.yaml"), nc.InputError),
    ],
)
def test_errors_are_of_one_family(call: Any, kind: type[Exception], site: nc.Site) -> None:
    """What a user can mend is a NetcheckError: of input, of the question, or of the plan."""
    assert issubclass(kind, nc.NetcheckError)
    with pytest.raises(kind):
        call(site)
