"""README and the pages of `docs/`, and a terminal in which a reader types what a page shows."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.docs.blocks import typed
from tests.unit.cli.shared import ROOT, run

DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(ROOT)): path for path in [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]}
"""Every page by its path in the project."""
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
SHELL_WORDS = {"bash", "cat", "cp", "diff", "echo", "mkdir", "sed"}
"""Programs that a page may call beside netcheck; each machine that runs the tests has them."""


def copy_project(folder: Path) -> Path:
    """Copy what a reader has who is in the project's folder, so that no example can change the project."""
    shutil.copytree(ROOT / "fixtures", folder / "fixtures")
    return folder


@dataclass
class Terminal:
    """A shell that keeps its folder and the last exit status from command to command."""

    home: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    status: int = 0
    at: Path = field(init=False)

    def __post_init__(self) -> None:
        self.go(self.home)

    def go(self, folder: Path) -> None:
        """Change the folder."""
        assert folder.resolve().is_relative_to(self.home.resolve()), f"{folder} is not in the project"
        self.at = folder.resolve()
        self.monkeypatch.chdir(self.at)

    def enter(self, command: str) -> str:
        """Run a command and return what the terminal shows: messages before the answer."""
        line = typed(command)
        word = line.split()[0]
        if word == "cd":
            self.go(self.at / line.removeprefix("cd "))
            return ""
        if line == "echo $?":
            return f"{self.status}\n"
        if word == "netcheck" and not any(sign in line for sign in ("|", ">", "<", "&&", "\n")):
            outcome = run(self.capsys, line)
            self.status = outcome.status
            return outcome.err + outcome.out
        return self._shell(line, word)

    def _shell(self, line: str, word: str) -> str:
        assert word in {"netcheck", *SHELL_WORDS}, f"a page runs `{word}`, which this test does not run"
        home = self.home / "bin"
        home.mkdir(exist_ok=True)
        tool = home / "netcheck"
        tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m netcheck "$@"\n', encoding="utf-8")
        tool.chmod(0o755)
        environment = {**os.environ, "PATH": f"{home}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.at,
            env=environment,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.status = done.returncode
        return done.stdout
