"""Profiles in files: those that come with netcheck, those of anybody, and their schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from netcheck.cli.package_data import read_data
from netcheck.errors import InputError
from netcheck.model.profiles import PROFILE_NAMES, SHIPPED, Heeds
from netcheck.sources.load import load_site
from netcheck.sources.profiles import parse_profile, read_profile, shipped_profile

SCHEMA = json.loads(read_data("profile.schema.json"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
FIXTURES = Path(__file__).parents[3] / "fixtures"
NEED = {"component": "a", "tag": "Storage", "ports": [443], "ifBlocked": "failed", "why": "it is needed"}


def text(**changes: object) -> str:
    """Return a profile as JSON, with one need, which has other keys where that is said."""
    need = {name: value for name, value in {**NEED, **changes}.items() if value is not None}
    return json.dumps({"netcheckProfile": 1, "name": "p", "source": {"title": "t"}, "needs": [need]})


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_is_valid_and_dated(name: str) -> None:
    """It satisfies the schema, bears its own name, and says from which page of which day it was written."""
    raw = read_data(f"profile-{name}.yaml")
    assert raw.splitlines()[0] == "# yaml-language-server: $schema=profile.schema.json"
    VALIDATOR.validate(json.loads(json.dumps(yaml.safe_load(raw), default=str)))
    profile = shipped_profile(name)
    assert (profile.name, profile.path) == (name, "")
    assert profile.title
    assert len(profile.date) == len("2024-11-14")
    assert profile.undocumented
    assert all(need.why and need.component for need in profile.needs)


def test_the_schema_is_one() -> None:
    """And knows the profile of the stories, which names it for editors."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    path = FIXTURES / "own-profile" / "profile-metrics.yaml"
    raw = path.read_text(encoding="utf-8")
    assert raw.splitlines()[0] == "# yaml-language-server: $schema=../../netcheck/data/profile.schema.json"
    VALIDATOR.validate(yaml.safe_load(raw))
    assert read_profile(str(path)).name == "metrics"


@pytest.mark.parametrize(
    "changes",
    [
        {"tag": None},
        {"tag": "Storage West US"},
        {"tag": "Storage.{location}"},
        {"ports": None},
        {"ports": [0]},
        {"ports": [65536]},
        {"ports": "443-445"},
        {"ifBlocked": None},
        {"ifBlocked": "fatal"},
        {"proxy": "perhaps"},
        {"protocol": "icmp"},
        {"component": None},
        {"why": None},
        {"ifblockt": "failed"},
    ],
)
def test_what_is_refused_by_the_reader_is_refused_by_the_schema(changes: dict[str, object]) -> None:
    """An editor sees it before netcheck runs."""
    raw = text(**changes)
    with pytest.raises(InputError):
        parse_profile("p.json", raw)
    assert not VALIDATOR.is_valid(json.loads(raw))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("*.windowsupdate.com", ".windowsupdate.com"),
        (".windowsupdate.com", ".windowsupdate.com"),
        ("MCR.Microsoft.com", "mcr.microsoft.com"),
        ("*.hcp.{region}.azmk8s.io", ".hcp.{region}.azmk8s.io"),
    ],
)
def test_names_are_kept_as_suffixes(name: str, kept: str) -> None:
    """A star stands for everything below, as a leading dot does; letter case does not matter."""
    profile = parse_profile("p.json", text(tag=None, fqdns=[name]))
    assert profile.needs[0].names == (kept,)


@pytest.mark.parametrize(
    "name", ["https://example.com", "*", "a*.example.com", "example", "-a.com", "a..com", "a.com/b"]
)
def test_what_is_no_name_of_a_host(name: str) -> None:
    """An address of a page, a star alone, a pattern in the middle."""
    with pytest.raises(InputError, match="NC122"):
        parse_profile("p.json", text(tag=None, fqdns=[name]))


def test_nothing_said_about_the_proxy_is_not_documented() -> None:
    """What a component does with a proxy is never guessed, and UDP goes through none."""
    assert parse_profile("p.json", text()).needs[0].heeds is Heeds.UNDOCUMENTED
    assert parse_profile("p.json", text(protocol="udp")).needs[0].heeds is Heeds.IGNORED


@pytest.mark.parametrize("name", PROFILE_NAMES)
def test_no_file_stands_for_a_profile_of_azure_backup(name: str) -> None:
    """The names of those mean what they mean."""
    raw = text().replace('"name": "p"', f'"name": "{name.upper()}"')
    with pytest.raises(InputError, match="NC130"):
        parse_profile("p.json", raw)


def test_a_list_is_no_profile() -> None:
    """Nor is a site, nor an empty text."""
    for raw in ("[]", '{"netcheck": 1}'):
        with pytest.raises(InputError, match="NC108"):
            parse_profile("p.json", raw)


def test_a_site_names_a_shipped_profile(tmp_path: Path) -> None:
    """By its name, letter case aside; its needs come with it."""
    path = tmp_path / "site.yaml"
    path.write_text("netcheck: 1\nbackup: {profile: Windows-Update}\n", encoding="utf-8")
    backup = load_site([str(path)]).backup
    assert backup.profile == "windows-update"
    assert backup.own == shipped_profile("windows-update")


def test_a_site_names_a_file_beside_it(tmp_path: Path) -> None:
    """The path is relative to the site file."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "p.json").write_text(text(), encoding="utf-8")
    (tmp_path / "sub" / "site.yaml").write_text("netcheck: 1\nbackup: {profile: p.json}\n", encoding="utf-8")
    backup = load_site([str(tmp_path / "sub" / "site.yaml")]).backup
    assert (backup.profile, backup.own is not None) == ("p", True)
