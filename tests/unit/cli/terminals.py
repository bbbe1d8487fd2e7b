"""Running netcheck on a terminal that the test holds the other end of."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.unit.cli.shared import ROOT

STYLE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Shown:
    """What a terminal was sent, with plain line ends, and the exit status."""

    status: int
    text: str

    @property
    def plain(self) -> str:
        """Return the text without its colours."""
        return STYLE.sub("", self.text)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a run: without what the test's own terminal or pipeline asks for."""
    left_out = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONIOENCODING", "PYTHONUTF8", "TERM"}
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**inherited, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PYTHONUTF8": "1", **more}


def at_terminal(words: Sequence[str], folder: Path, columns: int = 80, script: str = "", **more: str) -> Shown:
    """Run netcheck with both outputs on a terminal; `script` is Python to run in place of the command."""
    import fcntl
    import struct
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    command = [sys.executable, *(["-c", script] if script else ["-m", "netcheck"]), *words]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment(**more))
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end is closed: the command is done
            break
        if not part:
            break
        text += part
    os.close(ours)
    return Shown(process.wait(), text.decode().replace("\r\n", "\n"))


def piped(words: Sequence[str], folder: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run netcheck with its outputs piped."""
    command = [sys.executable, "-m", "netcheck", *words]
    return subprocess.run(command, capture_output=True, cwd=folder, env=environment(**more), check=False)
