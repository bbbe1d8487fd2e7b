"""What `netcheck doctor` looks at, on machines that the tests make."""

import re
import sys
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest

from netcheck.live.machine import (
    AZURE,
    Part,
    State,
    installed,
    on_path,
    optional,
    our_command,
    owners,
    signs,
    tag_file,
)
from tests.unit.cli.shared import ROOT


def _install(folder: Path, name: str, *, script: str = "", package: str = "") -> None:
    """Make what pip leaves behind of a distribution."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    if script:
        (info / "entry_points.txt").write_text(f"[console_scripts]\n{script} = x:main\n", encoding="utf-8")
    if package:
        (info / "top_level.txt").write_text(f"{package}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "script", "package", "is_owner"),
    [
        ("netcheck", "", "", True),
        ("NetCheck", "", "", True),
        ("network-tools", "netcheck", "", True),
        ("network_tools", "", "netcheck", True),
        ("requests", "", "requests", False),
        ("netchecker", "netchecker", "netchecker", False),
        ("azure.netcheck", "netcheck", "netcheck", False),
    ],
)
def test_another_owner_of_the_command_is_found(
    name: str, script: str, package: str, is_owner: bool, tmp_path: Path
) -> None:
    """By its name, its command or its package; our own under every spelling of its name is not another."""
    _install(tmp_path, "azure-netcheck", script="netcheck", package="netcheck")
    if name != "azure.netcheck":
        _install(tmp_path, name, script=script, package=package)
    found = owners(distributions(path=[str(tmp_path)]))
    assert found.state == (State.MEND if is_owner else State.FINE)
    assert ("pip uninstall" in found.help) == is_owner


def _program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def test_our_command_is_the_one_that_a_shell_finds(tmp_path: Path) -> None:
    """Also through a link, as pipx and uv lay it."""
    ours = _program(tmp_path / "venv" / "bin" / "netcheck", "#!ours\n")
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "netcheck").symlink_to(ours)
    assert on_path(ours, [str(tmp_path / "none"), str(ours.parent)]).state is State.FINE
    assert on_path(ours, [str(tmp_path / "links")]).state is State.FINE


def test_a_copy_of_our_command_is_ours(tmp_path: Path) -> None:
    """Windows has no links for everybody, so pipx copies."""
    ours = _program(tmp_path / "venv" / "netcheck.exe", "same bytes")
    _program(tmp_path / "bin" / "netcheck.exe", "same bytes")
    assert on_path(ours, [str(tmp_path / "bin")], [".exe"]).state is State.FINE


def test_another_command_before_ours_is_found(tmp_path: Path) -> None:
    """With what to do; behind ours it does no harm."""
    ours = _program(tmp_path / "ours" / "netcheck", "#!ours\n")
    other = _program(tmp_path / "other" / "netcheck", "#!other\n")
    found = on_path(ours, [str(other.parent), str(ours.parent)])
    assert (found.state, str(other) in found.told, str(ours.parent) in found.help) == (State.MEND, True, True)
    assert on_path(ours, [str(ours.parent), str(other.parent)]).state is State.FINE


def test_what_cannot_be_run_does_not_count(tmp_path: Path) -> None:
    """A shell passes over files without the right to run, and over folders."""
    ours = _program(tmp_path / "ours" / "netcheck", "#!ours\n")
    (tmp_path / "a" / "netcheck").mkdir(parents=True)
    _program(tmp_path / "b" / "netcheck").chmod(0o644)
    folders = [str(tmp_path / "a"), str(tmp_path / "b"), str(ours.parent)]
    assert on_path(ours, folders).state is State.FINE


def test_a_shim_chooses_for_itself(tmp_path: Path) -> None:
    """That of pyenv runs the netcheck of the Python that is chosen at the time."""
    ours = _program(tmp_path / "ours" / "netcheck", "#!ours\n")
    shim = _program(tmp_path / "shims" / "netcheck", '#!/usr/bin/env bash\nexec "/x/pyenv" exec "$program" "$@"\n')
    assert on_path(ours, [str(shim.parent)]).state is State.FINE


def test_no_command_on_the_path_is_told(tmp_path: Path) -> None:
    """An environment that is not activated is no fault."""
    found = on_path(tmp_path / "netcheck", [str(tmp_path)])
    assert (found.state, str(tmp_path) in found.help) == (State.ABSENT, True)


def test_our_command_is_what_was_started(tmp_path: Path) -> None:
    """With `python -m netcheck` it is where the installation would have put it."""
    started = _program(tmp_path / "netcheck")
    assert our_command(str(started), "/scripts") == started
    assert our_command(str(tmp_path / "__main__.py"), "/scripts").parent == Path("/scripts")


@pytest.mark.parametrize(
    ("lacking", "is_terminal", "state"),
    [("", True, State.FINE), ("→", True, State.MEND), ("→", False, State.FINE)],
)
def test_signs_that_the_terminal_lacks_are_told(lacking: str, is_terminal: bool, state: State) -> None:
    """By their numbers, since they cannot be shown; a pipe is no terminal."""
    found = signs("cp1252", lacking, is_terminal=is_terminal)
    assert found.state is state
    assert ("U+2192" in found.told) == (state is State.MEND)


@pytest.mark.parametrize(
    ("file", "published", "age", "state"),
    [
        ("", "", 0, State.ABSENT),
        ("tags.json", "", 0, State.FINE),
        ("tags.json", "2026-01-01", 60, State.FINE),
        ("tags.json", "2026-01-01", 61, State.MEND),
    ],
)
def test_old_service_tags_are_to_be_mended(file: str, published: str, age: int, state: State) -> None:
    """From the day on which every command says so as well."""
    assert tag_file(file, published, age, 60).state is state


def test_what_is_installed_is_told() -> None:
    """This very installation."""
    found = {one.about: one for one in installed("0.0.0")}
    assert found["python"].told.startswith(".".join(map(str, sys.version_info[:3])))
    assert {found[name].state for name in ("netaddr", "networkx", "PyYAML", "rich")} == {State.FINE}
    assert (Path(found["place"].told) / "live" / "machine.py").is_file()


def test_an_optional_part_is_there_when_all_of_it_is() -> None:
    """What is absent is no fault, and told with what it would bring."""
    half = Part("half", ("pytest", "no-such-distribution"), "much", "half")
    [whole, part] = optional([Part("whole", ("pytest",), "tests", "pytest"), half])
    assert (whole.state, part.state) == (State.FINE, State.ABSENT)
    assert part.help == "pip install half brings much"


def test_the_azure_part_is_the_extra_of_the_project() -> None:
    """What `pip install azure-netcheck[azure]` brings is what is looked for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [re.split("[<>=~!]", one)[0] for one in project["optional-dependencies"]["azure"]]
    assert list(AZURE.distributions) == wanted
