"""Wheels and source archives of the project, built in a copy of its files without any connection."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.shared import ROOT

_BUILD = "import hatchling.build as b, sys; b.build_wheel(sys.argv[1]); b.build_sdist(sys.argv[1])"


def copy_of_the_project(folder: Path) -> Path:
    """Copy what git has, and what is new and not ignored; skip the test where there is no git to ask."""
    listing = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as why:
        pytest.skip(f"git does not tell which files the project has: {why}")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def build(project: Path, into: Path, **environment: str) -> tuple[Path, Path]:
    """Return the wheel and the source archive of a project."""
    into.mkdir()
    variables = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    command = [sys.executable, "-c", _BUILD, str(into)]
    subprocess.run(command, cwd=project, env={**variables, **environment}, check=True, capture_output=True)
    [wheel], [archive] = into.glob("*.whl"), into.glob("*.tar.gz")
    return wheel, archive
