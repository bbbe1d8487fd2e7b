"""The campaign with the engine's source compiled to C: the same files, in a temporary copy of the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = (
    "netcheck/sets/intervals.py",
    "netcheck/sets/atoms.py",
    "netcheck/sets/packets.py",
    "netcheck/policy/table.py",
    "netcheck/policy/tablewalk.py",
    "netcheck/policy/firstmatch.py",
    "tests/campaign/universe.py",
    "tests/campaign/rulelists.py",
    "tests/campaign/compare.py",
)


def run_compiled(words: Sequence[str]) -> int:
    """Compile the engine, run the campaign with it and return its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        for package in ("netcheck", "tests"):
            shutil.copytree(ROOT / package, Path(folder) / package, ignore=shutil.ignore_patterns("__pycache__"))
        command = [sys.executable, "-m", "mypyc", "--ignore-missing-imports", *ENGINE]
        built = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if built.returncode:
            print(built.stdout, built.stderr, sep="\n", file=sys.stderr)
            return built.returncode
        environment = {**os.environ, "PYTHONPATH": folder, "PYTHONSAFEPATH": "1"}
        return subprocess.run(
            [sys.executable, "-m", "tests.campaign", *words], cwd=folder, env=environment, check=False
        ).returncode
