"""The wheel in fresh environments: of the oldest Python that is promised and of the newest on the machine.

What netcheck needs comes from the package index, as it does for users; where that cannot be had, the tests are skipped.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.blocks import fenced, is_shown, steps, typed
from tests.docs.pages import TEXTS, copy_project
from tests.packages import build, copy_of_the_project

pytestmark = pytest.mark.real_installs
OLDEST = (3, 11)


@dataclass(frozen=True)
class Python:
    """An interpreter outside of any environment, and its version."""

    path: Path
    version: tuple[int, int]


def _pythons() -> Iterator[Python]:
    """Yield the interpreters of PATH, of pyenv and the one that runs the tests, those that can make environments."""
    named = [Path(folder, f"python3.{minor}") for folder in os.get_exec_path() for minor in range(OLDEST[1], 30)]
    placed = Path.home().glob(".pyenv/versions/*/bin/python3")
    probe = "import sys, venv, ensurepip; print(sys._base_executable, *sys.version_info[:2])"
    for path in (Path(sys.executable), *named, *placed):
        if path.is_file():
            done = subprocess.run([str(path), "-c", probe], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                base, major, minor = done.stdout.rsplit(maxsplit=2)
                yield Python(Path(base), (int(major), int(minor)))


def _chosen(which: str) -> Python:
    found = {one.version: one for one in _pythons() if one.version >= OLDEST}
    if which == "oldest":
        if OLDEST not in found:
            pytest.skip(f"there is no Python {'.'.join(map(str, OLDEST))} on this machine")
        return found[OLDEST]
    newest = max(found)
    if newest == OLDEST:
        pytest.skip(f"Python {'.'.join(map(str, OLDEST))} is the newest on this machine, which is tried already")
    return found[newest]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this very project."""
    if os.environ.get("NETCHECK_REAL_INSTALLS") == "0":
        pytest.skip("NETCHECK_REAL_INSTALLS=0 turns installations off")
    project = copy_of_the_project(tmp_path_factory.mktemp("project"))
    return build(project, project / "dist")[0]


@pytest.fixture(scope="module", params=["oldest", "newest"])
def environment(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel in it."""
    python = _chosen(request.param)
    folder = tmp_path_factory.mktemp(f"python-{request.param}")
    subprocess.run([str(python.path), "-m", "venv", str(folder)], check=True, capture_output=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    command = [*pip, "--retries", "1", "--timeout", "30", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_variables())
    if done.returncode and re.search("No matching distribution|Max retries|Connection|timed out", done.stderr):
        pytest.skip(f"what netcheck needs cannot be had: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return folder


def _variables(**more: str) -> dict[str, str]:
    """Return the environment of a user: nothing leads to the files of the project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return {**kept, **more}


def _run(environment: Path, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=_variables(PATH=path),
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def test_readme_comes_true(environment: Path, tmp_path: Path) -> None:
    """The main job and all else that README shows, to the byte."""
    at, ran = copy_project(tmp_path), 0
    for block in fenced(TEXTS["README.md"], "console"):
        for step in steps(block):
            line = typed(step.command)
            if line.startswith("cd "):
                at = (at / line.removeprefix("cd ")).resolve()
            elif line.startswith("netcheck "):
                done, ran = _run(environment, line, at), ran + 1
                assert is_shown(step.shown, done.stdout), done.stdout
    assert ran >= 3


def test_the_installation_is_found_to_be_well(environment: Path, tmp_path: Path) -> None:
    """`netcheck doctor` has nothing to mend, and lies in the environment."""
    done = _run(environment, "netcheck doctor -o json", tmp_path)
    told = {one["about"]: one for one in json.loads(done.stdout)["findings"]}
    assert (done.returncode, told["place"]["told"].startswith(str(environment.resolve()))) == (0, True)


@pytest.mark.parametrize(
    "line",
    [
        "netcheck --version",
        "netcheck rule NC104",
        "netcheck schema",
        "netcheck init",
        "netcheck completion bash",
        "python -m netcheck --help",
        "python -c 'import netcheck; print(netcheck.load)'",
    ],
)
def test_what_comes_with_the_package_is_there(environment: Path, tmp_path: Path, line: str) -> None:
    """The files of the package are read from the wheel."""
    done = _run(environment, line, tmp_path)
    assert (done.returncode, "Traceback" in done.stdout) == (0, False)
    assert done.stdout != ""


def test_the_man_page_and_the_types_are_there(environment: Path) -> None:
    """Where `man` looks beside a `bin` of PATH, and where type checkers look."""
    assert (environment / "share" / "man" / "man1" / "netcheck.1").is_file()
    assert [*environment.glob("lib/python*/site-packages/netcheck/py.typed")] != []
    assert [*environment.glob("lib/python*/site-packages/tests")] == []


@pytest.mark.parametrize("tool", ["pipx", "uvx"])
def test_tools_run_the_wheel_file(tool: str, wheel: Path, tmp_path: Path) -> None:
    """Without an installation that stays."""
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed")
    home = _variables(
        HOME=str(tmp_path), PIPX_HOME=str(tmp_path / "pipx"), UV_CACHE_DIR=str(tmp_path / "uv"), USE_EMOJI="0"
    )
    words = ["run", "--spec", str(wheel)] if tool == "pipx" else ["--python", sys.executable, "--from", str(wheel)]
    command = [found, *words, "netcheck", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=home, cwd=tmp_path)
    if done.returncode and re.search("No matching distribution|Max retries|Connection|timed out|fetch", done.stderr):
        pytest.skip(f"what netcheck needs cannot be had: {done.stderr.strip().splitlines()[-1]}")
    assert (done.returncode, done.stdout.startswith("netcheck ")) == (0, True), done.stderr
