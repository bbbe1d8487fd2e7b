"""Shells that complete a line: what each of them offers at its end."""

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

END = "<<<end>>>"


def program(name: str) -> str:
    """Return where a shell is; without it the test is skipped."""
    if os.environ.get("NETCHECK_REAL_SHELLS") == "0":
        pytest.skip("NETCHECK_REAL_SHELLS=0 turns the shells off")
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: bash tests/real_shells/install.sh")
    return found


def offered_by_bash(script: Path, line: str, folder: Path) -> list[str]:
    """Return COMPREPLY; bash takes `=` for a word of its own."""
    words = [one for word in line.split(" ") for one in re.split("(=)", word) if one or not word]
    lines = [
        f"source {script}",
        f"COMP_WORDS=({' '.join(repr(one) for one in words)}); COMP_CWORD={len(words) - 1}",
        "_netcheck",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    return _printed([program("bash"), "--norc", "--noprofile", "-c", "\n".join(lines)], folder)


def offered_by_fish(script: Path, line: str, folder: Path) -> list[str]:
    """Return what fish itself says that it would offer, without the descriptions."""
    command = [program("fish"), "--no-config", "-c", f"source {script}; complete --do-complete '{line}'"]
    return [one.split("\t")[0] for one in _printed(command, folder)]


def _printed(command: list[str], folder: Path) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return [one for one in done.stdout.splitlines() if one]


class Zsh:
    """A zsh on a terminal, which completes one line after the other.

    `compadd` is where all of zsh's completion functions end; a function of that name writes down what they found.
    """

    def __init__(self, script: Path, folder: Path) -> None:
        self._found = folder / ".found"
        found = shlex.quote(str(self._found))
        setup = [
            "PROMPT=; unsetopt zle_bracketed_paste; autoload -U compinit; compinit -u -D",
            f"source {script}",
            f'compadd() {{ local -a hits; builtin compadd -O hits "$@"; print -rl -- $hits >>{found}',
            'builtin compadd "$@" }',
            f"done-with-it() {{ print -r -- '{END}' >>{found}; BUFFER= }}",
            "zle -N done-with-it; bindkey '^X' done-with-it; bindkey '^I' complete-word",
        ]
        (folder / ".setup").write_text("\n".join(setup), encoding="utf-8")
        self._terminal = _Terminal([program("zsh"), "-f", "-i"], folder)
        self._terminal.type("source .setup\n")

    def __call__(self, line: str) -> list[str]:
        """Return the words that zsh adds to its list when the line is completed."""
        self._found.unlink(missing_ok=True)
        self._terminal.type(f"{line}\t\x18")
        self._terminal.wait_for(lambda: self._found.exists() and END in self._found.read_text(encoding="utf-8"))
        return [one for one in self._found.read_text(encoding="utf-8").splitlines() if one not in ("", END)]

    def close(self) -> None:
        """End the shell."""
        self._terminal.close()


class _Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._main, other = pty.openpty()
        environment = {**os.environ, "TERM": "vt100", "ZDOTDIR": str(folder), "HOME": str(folder)}
        self._process = subprocess.Popen(
            command, stdin=other, stdout=other, stderr=other, cwd=folder, env=environment, start_new_session=True
        )
        os.close(other)
        self._shown = b""

    def close(self) -> None:
        """End the program."""
        self._process.kill()
        self._process.wait(timeout=10)
        os.close(self._main)

    def type(self, text: str) -> None:
        """Type, and read what is shown, without which the program would wait."""
        os.write(self._main, text.encode())
        self._read(0.05)

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so, for 30 seconds at most."""
        until = time.monotonic() + 30
        while not is_so():
            assert time.monotonic() < until, self._shown.decode(errors="replace")
            self._read(0.05)

    def _read(self, seconds: float) -> None:
        while select.select([self._main], [], [], seconds)[0]:
            try:
                self._shown += os.read(self._main, 65536)
            except OSError:  # the program has ended
                return
