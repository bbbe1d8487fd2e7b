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


INTENTS = Path(__file__).parents[2] / "fixtures" / "intents-ci"


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> nc.Site:
    monkeypatch.chdir(INTENTS)
    return nc.load("site.yaml")


def test_assertions_say_what_the_command_says(shop: nc.Site, capsys: pytest.CaptureFixture[str]) -> None:
    """The message of a failed assertion stands word by word in the report of `netcheck test`, indented."""
    nc.assert_reachable(shop, "app-1", "db-1", ports=1433)
    with pytest.raises(AssertionError) as found:
        nc.assert_reachable(shop, "app-2", "db-1", ports=[1433])
    main(["test", "site.yaml", "intents.yaml"])
    told = "".join(f"  {line}\n" for line in str(found.value).splitlines())
    assert told in capsys.readouterr().out
    assert str(found.value).startswith("finding NC240: app-2 -> db-1  tcp 1433: blocked, and has to be reachable\n")


def test_a_ban_is_of_both_protocols_with_ports(shop: nc.Site) -> None:
    """Without a protocol `assert_not_reachable` asks tcp and udp, and without ports everything."""
    nc.assert_not_reachable(shop, "db-1", "Internet")
    nc.assert_not_reachable(shop, "app-1", "web-1", ports="22", protocol="udp")
    with pytest.raises(AssertionError, match="NC241: Internet -> web-1  tcp 22,3389: partly reachable"):
        nc.assert_not_reachable(shop, "Internet", "web-1", ports=["22", 3389])
    with pytest.raises(AssertionError, match="NC241: jump -> web-1  any 0-65535"):
        nc.assert_not_reachable(shop, "jump", "web-1")


def test_an_answer_is_asserted_as_well(shop: nc.Site) -> None:
    """Who has an answer needs not ask again."""
    answer = nc.can_reach(shop, "app-2", "db-1", tcp=[1433])
    nc.assert_not_reachable(answer)
    with pytest.raises(AssertionError, match="NC240"):
        nc.assert_reachable(answer)


def test_what_nobody_can_tell_is_neither(shop: nc.Site) -> None:
    """An open answer fails both ways."""
    for ask in (nc.assert_reachable, nc.assert_not_reachable):
        with pytest.raises(AssertionError, match="NC246"):
            ask(shop, "Internet", "jump", ports=22)


@pytest.mark.parametrize(
    ("source", "target", "ports"),
    [("nobody", "db-1", 1), ("app-1", "nobody", 1), ("app-1", "db-1", ()), ("db-1", "db-1", 1)],
)
def test_what_cannot_be_asked_is_no_assertion(shop: nc.Site, source: str, target: str, ports: Any) -> None:
    """A misspelt name is an error in both, whatever is asserted."""
    with pytest.raises(nc.QuestionError):
        nc.assert_reachable(shop, source, target, ports=ports)
    if ports:
        with pytest.raises(nc.QuestionError):
            nc.assert_not_reachable(shop, source, target, ports=ports)


def test_check_intents_prints_the_dict_of_the_report(shop: nc.Site, capsys: pytest.CaptureFixture[str]) -> None:
    """`check_intents(...).to_dict()` is what `netcheck test -o json` prints, with a baseline as well."""
    words = ["test", "site.yaml", "intents.yaml"]
    assert as_json(nc.check_intents(shop, "intents.yaml")) == printed(capsys, *words)
    known = nc.check_intents(shop, "intents.yaml", baseline="known.json")
    assert as_json(known) == printed(capsys, *words, "--baseline", "known.json")
    only = nc.check_intents(shop, "intents.yaml", only=["the API is for the web servers"])
    assert str(only.status) == "holds"
