"""`init`, `schema`, `draw` and `client` as commands: what they print, what they refuse, their exit status."""

import json
from pathlib import Path

import pytest

from netcheck.cli.package_data import read_data
from tests.unit.cli.shared import ROOT, run

SITE = str(ROOT / "fixtures" / "article-before")


def test_init_prints_a_site_that_check_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `init` writes is a site without faults: the first question about it gets an answer."""
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "netcheck init --output site.yaml").status == 0
    assert Path("site.yaml").read_text(encoding="utf-8") == run(capsys, "netcheck init").out == read_data("init.yaml")
    outcome = run(capsys, "netcheck reach site.yaml --from app-vm --to 203.0.113.9 --port 443")
    assert outcome.status == 1
    assert "[NC1" not in outcome.err


def test_init_never_overwrites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is there stays as it is, also a broken link."""
    monkeypatch.chdir(tmp_path)
    Path("site.yaml").write_text("mine", encoding="utf-8")
    Path("link.yaml").symlink_to("nowhere")
    for name in ("site.yaml", "link.yaml"):
        outcome = run(capsys, f"netcheck init --output {name}")
        assert outcome.status == 3
        assert f"error[NC104]: `{name}` exists already" in outcome.err
    assert Path("site.yaml").read_text(encoding="utf-8") == "mine"
    assert not Path("nowhere").exists()


def test_schema_is_a_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """The printed schema is itself valid, and the site that `init` prints keeps to it."""
    import jsonschema
    import yaml

    schema = json.loads(run(capsys, "netcheck schema").out)
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    site = yaml.safe_load(read_data("init.yaml"))
    assert [error.message for error in validator(schema).iter_errors(site)] == []


def test_draw_of_a_network_has_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    """A picture without a question is neither yes nor no."""
    outcome = run(capsys, ["draw", SITE])
    assert (outcome.status, outcome.out.splitlines()[0]) == (0, "flowchart LR")


def test_draw_of_a_path_has_the_status_of_its_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    """Each leg through the proxy is drawn by itself: here the first passes and the second is blocked."""
    outcome = run(capsys, f"netcheck draw '{SITE}' --from app-vm --to Storage.WestUS --port 443 --via proxy-vm")
    assert outcome.status == 1
    assert "leg 1 REACHABLE tcp 8080" in outcome.out
    assert "leg 2 BLOCKED tcp 443<br/>subnet-nsg NSG-lockdown deny-internet 4000" in outcome.out


BEGINNINGS = {"svg": "<svg ", "dot": "digraph network {", "drawio": "<mxfile ", "mermaid": "flowchart LR"}
"""How each format of `draw` begins."""


@pytest.mark.parametrize("name", BEGINNINGS)
def test_draw_writes_each_format(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`-o` says which, and the status is that of the verdict in all of them."""
    outcome = run(capsys, ["draw", SITE, "--from", "app-vm", "--to", "Storage.WestUS", "--port", "443", "-o", name])
    assert (outcome.status, outcome.out.startswith(BEGINNINGS[name])) == (1, True)
    assert "BLOCKED" in outcome.out


@pytest.mark.parametrize(
    ("file", "option", "format_name"),
    [
        ("x.svg", [], "svg"),
        ("X.SVG", [], "svg"),
        ("x.drawio", [], "drawio"),
        ("x.gv", [], "dot"),
        ("x.mmd", [], "mermaid"),
        ("x.txt", [], "mermaid"),
        ("svg", [], "mermaid"),
        ("x.svg", ["-o", "dot"], "dot"),
    ],
)
def test_draw_heeds_the_ending_of_its_file(
    file: str, option: list[str], format_name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file named .svg is a picture, unless the format is said."""
    outcome = run(capsys, ["draw", SITE, "--output", str(tmp_path / file), *option])
    assert (outcome.status, outcome.out) == (0, "")
    assert (tmp_path / file).read_text(encoding="utf-8").startswith(BEGINNINGS[format_name])


def test_draw_of_a_path_through_a_load_balancer(capsys: pytest.CaptureFixture[str]) -> None:
    """The first leg ends at the frontend, the second begins at each proxy behind it."""
    site = str(ROOT / "fixtures" / "corner-load-balancer" / "site-33-frontend.yaml")
    words = "--from app-vm --to Storage.WestUS --port 443 --via lb-proxy"
    outcome = run(capsys, f"netcheck draw '{site}' {words}")
    assert outcome.status == 1
    assert outcome.out.count("leg 1 BLOCKED tcp 8080") == 1
    assert outcome.out.count("leg 2 REACHABLE tcp 443") == 2


def test_draw_wants_both_ends_of_a_path(capsys: pytest.CaptureFixture[str]) -> None:
    """One end without the other is no path."""
    outcome = run(capsys, ["draw", SITE, "--from", "app-vm"])
    assert outcome.status == 3
    assert "error[NC302]: a path has two ends" in outcome.err


def test_client_prints_text_and_json_of_the_same_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """Every line of the JSON stands in the text."""
    text = run(capsys, ["client", SITE])
    found = json.loads(run(capsys, ["client", SITE, "-o", "json"]).out)
    assert text.status == 0
    assert found["format"] == "netcheck/1"
    assert [setup["vm"] for setup in (*found["clients"], *found["proxies"])] == ["app-vm", "proxy-vm"]
    for setup in (*found["clients"], *found["proxies"]):
        for snippet in setup["snippets"]:
            for line in (*snippet["lines"], *snippet["undo"]):
                assert f"    {line}\n" in text.out


def test_client_names_a_proxy_only_as_a_plain_address(capsys: pytest.CaptureFixture[str]) -> None:
    """What is no plain host and port is an error of the question, not a line in a command."""
    outcome = run(capsys, ["client", SITE, "--proxy-address", "10.0.0.5:8080 & calc"])
    assert outcome.status == 3
    assert outcome.out == ""
    assert "error[NC322]" in outcome.err
