"""Running the command line inside the test process."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from netcheck.cli.main import main

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Outcome:
    """What one run printed, and its exit status."""

    status: int
    out: str
    err: str


def run(capsys: pytest.CaptureFixture[str], command: str | Sequence[str]) -> Outcome:
    """Run `netcheck …` (a line as typed, or its words after `netcheck`)."""
    words = shlex.split(command)[1:] if isinstance(command, str) else list(command)
    capsys.readouterr()
    status = main(words)
    printed = capsys.readouterr()
    return Outcome(status, printed.out, printed.err)
