"""Options from `netcheck.toml` and pyproject.toml: as if they were typed, and what is typed wins."""

from pathlib import Path

import pytest

from tests.unit.cli.shared import run

SITE = """netcheck: 1
networkSecurityGroups:
  - name: web
    securityRules:
      - {name: all, priority: 100, direction: Inbound, access: Deny, protocol: "*", sourceAddressPrefix: "*",
         sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: "*"}
      - {name: dead, priority: 200, direction: Inbound, access: Allow, protocol: Tcp, sourceAddressPrefix: "*",
         sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: "443"}
"""
DEAD = "NC201"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a site in it, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    return tmp_path


def test_without_a_file_nothing_changes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pyproject.toml of another project's tools says nothing to netcheck."""
    (folder / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n", encoding="utf-8")
    outcome = run(capsys, "netcheck lint site.yaml")
    assert (outcome.status, outcome.err) == (1, "")
    assert DEAD in outcome.out


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("netcheck.toml", '[lint]\ndisable = ["NC201", "NC231"]\n'),
        ("pyproject.toml", '[tool.netcheck.lint]\ndisable = "NC201,NC231"\n'),
    ],
)
def test_a_table_is_for_its_command(file: str, text: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what is taken from the file is said, so that a check that is left out is no secret."""
    (folder / file).write_text(text, encoding="utf-8")
    outcome = run(capsys, "netcheck lint site.yaml")
    assert DEAD not in outcome.out
    assert outcome.err == f"note: options of {file}: --disable=NC201,NC231\n"
    assert "--disable" not in run(capsys, "netcheck filter site.yaml --direction Inbound").err
    assert run(capsys, "netcheck lint site.yaml -q").err == ""


def test_what_is_typed_wins(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The options of the file stand before those on the command line."""
    (folder / "netcheck.toml").write_text('format = "json"\n', encoding="utf-8")
    assert run(capsys, "netcheck lint site.yaml").out.startswith("{")
    assert not run(capsys, "netcheck lint site.yaml -o text").out.startswith("{")


def test_a_key_outside_of_tables_is_for_the_commands_that_have_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`severity` is an option of lint alone: `filter` is none the wiser, and no error either."""
    (folder / "netcheck.toml").write_text('severity = "error"\nquiet = true\n', encoding="utf-8")
    assert run(capsys, "netcheck lint site.yaml").status == 0
    assert run(capsys, "netcheck filter site.yaml --direction Inbound --to 10.0.0.4 --port 443").status == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[lint\n", "not valid TOML"),
        ('[lint]\ndisabled = ["NC201"]\n', "`lint` has no option `--disabled`"),
        ("[lints]\n", "`lints` is no command"),
        ("severty = 1\n", "no command has an option `--severty`"),
        ("lint = 1\n", "no command has an option `--lint`"),
        ("[lint]\nquiet = 1\n", "`quiet` has to be true or false"),
        ("[lint]\nseverity = {}\n", "`severity` has to be a text"),
        ("[lint]\nhelp = true\n", "`lint` has no option `--help`"),
    ],
)
def test_a_slip_in_the_file_is_an_error(text: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of it is passed over: an option that is misspelt may be a check that somebody counts on."""
    (folder / "netcheck.toml").write_text(text, encoding="utf-8")
    outcome = run(capsys, "netcheck lint site.yaml")
    assert outcome.status == 3
    assert f"netcheck.toml: error[NC127]: {said}" in outcome.err


def test_a_wrong_value_is_wrong_usage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As if it had been typed."""
    (folder / "netcheck.toml").write_text('[lint]\nseverity = "awful"\n', encoding="utf-8")
    assert run(capsys, "netcheck lint site.yaml").status == 2
