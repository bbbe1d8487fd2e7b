"""The machine that netcheck runs on: what is installed, which `netcheck` a shell finds, what a terminal can show."""

from __future__ import annotations

import filecmp
import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

DISTRIBUTION, COMMAND = "azure-netcheck", "netcheck"
_SHIMS = (b"pyenv", b"asdf", b"mise")
_HEAD = 4_096


class State(StrEnum):
    """Whether there is something to do."""

    FINE = "fine"
    ABSENT = "absent"
    MEND = "mend"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `help` says what to do, or what an absent part would bring."""

    about: str
    state: State
    told: str
    help: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the finding as JSON."""
        return {"about": self.about, "state": str(self.state), "told": self.told, "help": self.help}


@dataclass(frozen=True, slots=True)
class Part:
    """What some distributions bring that netcheck can do without."""

    about: str
    distributions: tuple[str, ...]
    brings: str
    extra: str


PARTS = (Part("pandas", ("pandas",), "`to_dataframe()` of answers in Python", "pandas"),)
AZURE = Part(
    "azure",
    ("azure-identity", "azure-mgmt-core"),
    "`netcheck collect`, which reads a subscription",
    f"'{DISTRIBUTION}[azure]'",
)


def installed(version: str) -> Iterator[Finding]:
    """Yield what is running: version, Python, place, and what netcheck cannot do without."""
    known = _version(DISTRIBUTION)
    if known and known != version:
        advice = f"install it again: pip install --force-reinstall {DISTRIBUTION}"
        yield Finding("version", State.MEND, f"{version}, and its installation says {known}", advice)
    else:
        yield Finding("version", State.FINE, version if known else f"{version}, run without being installed")
    yield Finding("python", State.FINE, f"{platform.python_version()} on {platform.platform(aliased=True)}")
    yield Finding("place", State.FINE, str(Path(__file__).resolve().parents[1]))
    for name in ("netaddr", "networkx", "PyYAML", "rich"):
        found = _version(name)
        advice = "" if found else f"install it again: pip install --force-reinstall {DISTRIBUTION}"
        yield Finding(name, State.FINE if found else State.MEND, found or "missing", advice)


def optional(parts: Iterable[Part]) -> Iterator[Finding]:
    """Yield what could be installed beside it."""
    for part in parts:
        found = [f"{name} {version}" for name in part.distributions if (version := _version(name))]
        if len(found) == len(part.distributions):
            yield Finding(part.about, State.FINE, ", ".join(found))
        else:
            yield Finding(part.about, State.ABSENT, "not installed", f"pip install {part.extra} brings {part.brings}")


def _version(name: str) -> str:
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return ""


def owners(distributions: Iterable[Distribution]) -> Finding:
    """Tell whether another distribution installs a `netcheck`: a command, or a package for Python.

    The last one installed has written over the files of the other, and to remove one breaks the other.
    """
    names = {_owner(one) for one in distributions} - {""}
    others = sorted(name for name in names if name != DISTRIBUTION)
    if not others:
        return Finding("owner", State.FINE, f"no other distribution brings a `{COMMAND}`")
    advice = f"pip uninstall {' '.join(others)}, then pip install --force-reinstall {DISTRIBUTION}"
    return Finding("owner", State.MEND, f"`{'`, `'.join(others)}` brings a `{COMMAND}` as well", advice)


def _owner(one: Distribution) -> str:
    """Return the name of a distribution that brings a `netcheck`, as PyPI spells it; "" for any other."""
    name = re.sub(r"[-_.]+", "-", str(one.metadata["Name"] or "")).lower()
    is_command = any(e.name == COMMAND and e.group in ("console_scripts", "gui_scripts") for e in one.entry_points)
    is_package = (one.read_text("top_level.txt") or "").split() == [COMMAND]
    return name if is_command or is_package or name == COMMAND else ""


def on_path(ours: Path, folders: Sequence[str], suffixes: Sequence[str] = ("",)) -> Finding:
    """Tell which `netcheck` a shell finds first, and whether that is ours."""
    candidates = (Path(folder or ".", f"{COMMAND}{suffix}") for folder in folders for suffix in suffixes)
    first = next((one for one in candidates if one.is_file() and os.access(one, os.X_OK)), None)
    if first is None:
        told = f"`{COMMAND}` is on none of the folders of PATH"
        return Finding("command", State.ABSENT, told, f"add {ours.parent} to PATH, or run python -m {COMMAND}")
    if _is_same(first, ours):
        return Finding("command", State.FINE, str(first))
    if _is_shim(first):
        return Finding("command", State.FINE, f"{first}, a shim that chooses among several Pythons")
    told = f"a shell runs {first}, and not this netcheck, which is {ours}"
    return Finding("command", State.MEND, told, f"put {ours.parent} before {first.parent} in PATH, or remove {first}")


def our_command(program: str, scripts: str) -> Path:
    """Return where our command lies: what was started, else where the installation puts commands."""
    path = Path(program)
    if path.stem == COMMAND and path.is_file():
        return path.resolve()
    return Path(scripts, f"{COMMAND}.exe" if sys.platform == "win32" else COMMAND)


def _is_same(one: Path, other: Path) -> bool:
    """Return whether two commands are one: links of pipx and uv are followed, and copies (on Windows) compared."""
    if one.resolve() == other.resolve():
        return True
    return other.is_file() and filecmp.cmp(one, other, shallow=False)


def _is_shim(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    return head.startswith(b"#!") and any(one in head for one in _SHIMS)


def signs(encoding: str, lacking: str, *, is_terminal: bool) -> Finding:
    """Tell whether the terminal has the signs that answers use; `lacking` are those that it has not."""
    if not is_terminal:
        return Finding("signs", State.FINE, f"not looked at: standard output is no terminal (it is {encoding})")
    if not lacking:
        return Finding("signs", State.FINE, f"the terminal is {encoding}, which has all signs of answers")
    is_windows = sys.platform == "win32"
    advice = "chcp 65001 and set PYTHONUTF8=1" if is_windows else "set LC_ALL=C.UTF-8, or PYTHONUTF8=1"
    shown = " ".join(f"U+{ord(one):04X}" for one in lacking)
    return Finding("signs", State.MEND, f"the terminal is {encoding}, which lacks {shown}: they are spelled", advice)


def tag_file(file: str, published: str, age: int, old: int) -> Finding:
    """Tell how old the service tags of a site are."""
    fetch = "netcheck tags fetch brings the current one"
    if not file:
        return Finding("tags", State.ABSENT, "the site has no service-tag file", "what a tag decides is undetermined")
    if not published:
        return Finding("tags", State.FINE, f"{file}, whose name does not tell its date")
    state = State.MEND if age > old else State.FINE
    return Finding("tags", state, f"{file} is {age} days old", fetch if age > old else "")
