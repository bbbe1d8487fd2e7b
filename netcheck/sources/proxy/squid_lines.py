"""The lines of a squid.conf: comments, continuation lines, `include`, and lists kept in files of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.sources.limits import check_place

_HOMES = ("/etc/squid/", "/etc/squid3/")
"""Where squid.conf lies on the proxy: a path below is looked for beside the copy that netcheck was given."""

_MAX_DEPTH = 16
"""How deep squid follows `include` (its own limit)."""

_MAX_FILES = 500

_SPACE = " \t\v\f"
_LONGEST_LINE, _LONGEST_VALUE = 8191, 2047
"""Characters that squid reads of a line, and of a line of a list; it takes what follows for a line of its own."""

_EQUATION = re.compile(r"\s*(-?\d+)\s*=\s*(-?\d+)\s*\Z")
_READ_CLOSELY = frozenset({"acl", "http_access", "http_port", "include", "if"})


@dataclass(frozen=True, slots=True)
class SquidLine:
    """One directive: its word, the words after it, its place."""

    word: str
    words: tuple[str, ...]
    at: Source


def squid_lines(path: str, collector: Collector) -> list[SquidLine]:
    """Return the directives of a file and of everything it includes, in order."""
    return _Loader(path, collector).load(path, 0)


def lines_of(text: str, path: str, collector: Collector) -> list[SquidLine]:
    """Return the directives of a text that includes nothing."""
    return list(_logical_lines(text, path, collector))


def list_values(values: Sequence[str], path: str, at: Source, collector: Collector) -> tuple[str, ...]:
    """Return acl values with a `"file"` replaced by the lines of that file; `path` is the squid.conf.

    Nothing on the line after the name of a file is read: squid ends the list with the file.
    """
    found: list[str] = []
    for number, value in enumerate(values):
        if value[0] not in "\"'":
            found.append(value)
            continue
        name = re.split("[\"']", value[1:], maxsplit=1)[0]
        if values[number + 1 :]:
            message = f"squid reads nothing after a file: `{' '.join(values[number + 1 :])[:80]}`"
            collector.add(_warning("NC175", message, at, "put these values before it, or into a line of their own"))
        named = _beside(path, name)
        if named is None:
            collector.add(_absolute(name, at))
        else:
            found += _rows(_read(named, at, collector), named, collector)
        break
    return tuple(found)


def _rows(text: str, path: str, collector: Collector) -> Iterator[str]:
    """Yield the values of a list: one a line, up to a word that starts with `#`."""
    for number, row in enumerate(text.split("\n"), 1):
        if len(row) > _LONGEST_VALUE:
            message = f"a line of more than {_LONGEST_VALUE} characters, which squid reads as several"
            collector.add(_error("NC175", message, Source(path, number, 1)))
        value = re.split(r"(?:^|\s)#", row.strip(), maxsplit=1)[0].strip()
        if value:
            yield value


class _Loader:
    """Follows `include` lines from one main file, and the branches of `if` that apply."""

    def __init__(self, main: str, collector: Collector) -> None:
        self._main = main
        self._collector = collector
        self._files = 0

    def load(self, path: str, depth: int, at: Source | None = None) -> list[SquidLine]:
        self._files += 1
        found: list[SquidLine] = []
        branches: list[bool] = []
        for line in _logical_lines(_read(path, at, self._collector), path, self._collector):
            if line.word in ("if", "else", "endif"):
                self._branch(line, branches)
            elif not all(branches):
                continue
            elif line.word in _READ_CLOSELY and any("${" in word for word in line.words):
                message = f"`{line.word}` names a variable of squid's processes"
                self._collector.add(_error("NC175", message, line.at, "write what it stands for on this machine"))
            elif line.word == "include":
                found += self._include(line, depth)
            else:
                found.append(line)
        if branches:
            self._collector.add(_error("NC175", "an `if` without `endif`", Source(path)))
        return found

    def _branch(self, line: SquidLine, branches: list[bool]) -> None:
        """Open, turn or end a branch of `if`; only a condition that the file itself decides can be followed."""
        if line.word == "if":
            holds = self._holds(line)  # squid looks at the condition also where the branch around it does not apply
            branches.append(all(branches) and holds)
        elif not branches:
            self._collector.add(_error("NC175", f"`{line.word}` without `if`", line.at))
        elif line.word == "else":
            branches[-1] = not branches[-1]
        else:
            branches.pop()

    def _holds(self, line: SquidLine) -> bool:
        text = " ".join(line.words)
        equation = _EQUATION.match(text)
        if text in ("true", "false"):
            return text == "true"
        if equation:
            return int(equation[1]) == int(equation[2])
        help_text = "put the lines of the branch that applies in its place"
        self._collector.add(_error("NC175", f"whether `if {text[:60]}` holds is not known", line.at, help_text))
        return False

    def _include(self, line: SquidLine, depth: int) -> list[SquidLine]:
        if depth >= _MAX_DEPTH or self._files >= _MAX_FILES:
            self._collector.add(_error("NC176", "`include` goes too deep", line.at, "does a file include itself?"))
            return []
        if not line.words:
            self._collector.add(_error("NC175", "`include` names no file", line.at))
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
        check_place(str(folder))
        files = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
        paths = sorted(str(path) for path in files if _is_taken(path.name, name))
        if not paths:
            message = f"no file matches `{text}`"
            self._collector.add(_error("NC176", message, at, "put a copy of the folder beside the squid.conf"))
        return paths


def _is_taken(name: str, pattern: str) -> bool:
    """Return whether a shell pattern takes a file's name: a dot at the start must be written."""
    return fnmatchcase(name, pattern) and (pattern.startswith(".") or not name.startswith("."))


def _logical_lines(text: str, path: str, collector: Collector) -> Iterator[SquidLine]:
    """Yield the directives of a file.

    A backslash joins a line with the next that is neither empty nor a comment, without the space at its start: squid
    skips these lines before it looks for the backslash.
    """
    pending, start = "", Source(path)
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.partition("\r")[0].lstrip(_SPACE)
        if len(raw) > _LONGEST_LINE:
            message = f"a line of more than {_LONGEST_LINE} characters, which squid reads as several"
            collector.add(_error("NC175", message, Source(path, number, 1), "join shorter lines with a backslash"))
        if not line or line.startswith("#"):
            continue
        if not pending:
            start = Source(path, number, len(raw) - len(raw.lstrip(_SPACE)) + 1)
        pending += line
        if pending.endswith("\\"):
            pending = pending[:-1]
            continue
        yield from _directive(pending, start)
        pending = ""
    if pending:
        message = "the file ends after a backslash: squid skips this line"
        collector.add(_warning("NC175", message, start))


def _directive(text: str, at: Source) -> Iterator[SquidLine]:
    """Yield one line, its words up to a comment: a word that starts with `#`.

    Squid knows no comment after `include` and `if`.
    """
    words = [word for word in re.split(f"[{_SPACE}]+", text) if word]
    ends = [number for number, word in enumerate(words) if word.startswith("#") and words[0] not in ("include", "if")]
    kept = words[: ends[0]] if ends else words
    if kept:
        yield SquidLine(kept[0], tuple(kept[1:]), at)


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


def _warning(code: str, message: str, at: Source, help_text: str = "") -> Diagnostic:
    return Diagnostic(code=code, severity=Severity.WARNING, message=message, at=at, help=help_text)
