"""The lines of a squid.conf: comments, continuation lines, `include`, and lists kept in files of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.errors import InputError

_WORD = re.compile(r'"[^"]*"|\S+')
_HOMES = ("/etc/squid/", "/etc/squid3/")
"""Where squid.conf lies on the proxy: a path below is looked for beside the copy that netcheck was given."""

_MAX_DEPTH = 16
"""How deep squid follows `include` (its own limit)."""

_MAX_FILES = 500


@dataclass(frozen=True, slots=True)
class SquidLine:
    """One directive: its word, the words after it, its place."""

    word: str
    words: tuple[str, ...]
    at: Source


def squid_lines(path: str, collector: Collector) -> list[SquidLine]:
    """Return the directives of a file and of everything it includes, in order."""
    return _Loader(path, collector).load(path, 0)


def list_values(values: Sequence[str], path: str, at: Source, collector: Collector) -> tuple[str, ...]:
    """Return acl values with every `"file"` replaced by the lines of that file; `path` is the squid.conf."""
    found: list[str] = []
    for value in values:
        if not (len(value) > 2 and value[0] == value[-1] == '"'):
            found.append(value)
            continue
        named = _beside(path, value[1:-1])
        if named is None:
            collector.add(_absolute(value[1:-1], at))
            continue
        rows = _read(named, at, collector).splitlines()
        found += [row.partition("#")[0].strip() for row in rows if row.partition("#")[0].strip()]
    return tuple(found)


class _Loader:
    """Follows `include` lines from one main file."""

    def __init__(self, main: str, collector: Collector) -> None:
        self._main = main
        self._collector = collector
        self._files = 0

    def load(self, path: str, depth: int, at: Source | None = None) -> list[SquidLine]:
        self._files += 1
        found: list[SquidLine] = []
        for line in _logical_lines(_read(path, at, self._collector), path):
            if line.word == "include":
                found += self._include(line, depth)
            else:
                found.append(line)
        return found

    def _include(self, line: SquidLine, depth: int) -> list[SquidLine]:
        if depth >= _MAX_DEPTH or self._files >= _MAX_FILES:
            self._collector.add(_error("NC176", "`include` goes too deep", line.at, "does a file include itself?"))
            return []
        found: list[SquidLine] = []
        for word in line.words:
            for path in self._named(word.strip('"'), line.at):
                found += self.load(path, depth + 1, line.at)
        return found

    def _named(self, text: str, at: Source) -> list[str]:
        pattern = _beside(self._main, text)
        if pattern is None:
            self._collector.add(_absolute(text, at))
            return []
        if not any(sign in text for sign in "*?["):
            return [pattern]
        folder, name = Path(pattern).parent, Path(pattern).name
        paths = sorted(str(p) for p in folder.glob(name) if p.is_file()) if folder.is_dir() else []
        if not paths:
            message = f"no file matches `{text}`"
            self._collector.add(_error("NC176", message, at, "put a copy of the folder beside the squid.conf"))
        return paths


def _logical_lines(text: str, path: str) -> list[SquidLine]:
    found: list[SquidLine] = []
    pending, start = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        start = start if pending else number
        pending += raw
        if raw.endswith("\\"):
            pending = pending[:-1] + " "
            continue
        words = _words(pending)
        column = len(pending) - len(pending.lstrip()) + 1
        pending = ""
        if words:
            found.append(SquidLine(words[0], tuple(words[1:]), Source(path, start, column)))
    words = _words(pending)
    if words:
        found.append(SquidLine(words[0], tuple(words[1:]), Source(path, start, 1)))
    return found


def _words(line: str) -> list[str]:
    """Return the words up to a comment: a word that starts with `#`."""
    found: list[str] = []
    for word in _WORD.findall(line):
        if word.startswith("#"):
            break
        found.append(word)
    return found


def _beside(main: str, text: str) -> str | None:
    """Return where a path in a squid.conf lies for netcheck; None when it lies elsewhere on the proxy.

    An absolute path is a path of the proxy VM: reading it here would read another machine's file.
    """
    for home in _HOMES:
        if text.startswith(home):
            text = text.removeprefix(home)
            break
    if PurePosixPath(text).is_absolute():
        return None
    return str(Path(main).parent / text)


def _read(path: str, at: Source | None, collector: Collector) -> str:
    """Return a file's text; a fault of an included file is collected with the place that names it."""
    from netcheck.sources._text import read_text

    try:
        return read_text(path)
    except InputError as error:
        if at is None:
            raise
        collector.take(error.diagnostics)
        collector.add(_error("NC176", f"`{Path(path).name}` cannot be read", at, "put a copy beside the squid.conf"))
        return ""


def _absolute(text: str, at: Source) -> Diagnostic:
    help_text = "put a copy beside the squid.conf and name it without folders"
    return _error("NC176", f"`{text}` is a path on the proxy VM", at, help_text)


def _error(code: str, message: str, at: Source, help_text: str = "") -> Diagnostic:
    return Diagnostic(code=code, severity=Severity.ERROR, message=message, at=at, help=help_text)
