"""The sites that may be asked about: which files may be read for an answer, and when they are read again."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NoReturn

from netcheck.diagnostics import Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.live.files import FilesRead
from netcheck.model.site import Site
from netcheck.sources._resources import Options
from netcheck.sources.limits import limited
from netcheck.sources.load import load_site
from netcheck.sources.recording import recording

KEPT = 4
"""Sites that stay in memory, the latest; one of a hundred thousand VMs takes a gigabyte."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may be read: what lies below `root` and the files in `given`; without a root, every file.

    A pipe or a device is never read: it would never end, or wait for ever.
    """

    root: Path | None = None
    given: frozenset[Path] = frozenset()

    @classmethod
    def below(cls, folder: str, *given: str) -> Bounds:
        """Return the bounds of a folder, links resolved, and of files that were named beside it."""
        return cls(Path(folder).resolve(), frozenset(Path(one).resolve() for one in given))

    def admit_named(self, path: str) -> None:
        """Raise InputError for a path that an assistant may not name: it is not relative, or leads out."""
        pure = PurePath(path)
        if self.root is None:
            self.admit(path)
        elif not path or path == "-":
            _refuse(path, "NC119", f"`{path}` names no file", "name a file or folder below the working folder")
        elif pure.anchor or ".." in pure.parts:
            advice = "name it relative to the working folder, without `..`"
            _refuse(path, "NC119", f"`{path}` is not a path below the working folder", advice)
        else:
            self.admit(path)

    def admit(self, path: str) -> None:
        """Raise InputError for a path that may not be read, links followed."""
        try:
            resolved = Path(path).resolve()
            kind = resolved.stat().st_mode if resolved.exists() else stat.S_IFREG
        except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: links in a circle; ValueError: a NUL
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            _refuse(path, "NC100", f"`{path}` cannot be read: {reason}", "check that it is a file you may read")
        if self.root is not None and not resolved.is_relative_to(self.root) and resolved not in self.given:
            advice = "start `netcheck mcp SITE` for a site whose files lie elsewhere"
            _refuse(path, "NC119", f"`{path}` lies outside the folder that may be read", advice)
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            _refuse(path, "NC100", f"`{path}` cannot be read: it is a pipe or a device", "name a file")


def _refuse(path: str, code: str, message: str, advice: str) -> NoReturn:
    found = Diagnostic(code=code, severity=Severity.ERROR, message=message, at=Source(path), help=advice)
    raise InputError([found]) from None


_Key = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(slots=True)
class Sites:
    """Loads sites within bounds, and again when a file of theirs has changed: no answer is older than its question."""

    bounds: Bounds
    tags: str | None
    where: Options
    _kept: dict[_Key, tuple[FilesRead, Site]] = field(default_factory=dict)

    def load(self, paths: Sequence[str], tolerated: Sequence[str] = ()) -> Site:
        """Return the site that paths name as it is now; raise InputError with every fault, and for a path outside."""
        for path in paths:
            self.bounds.admit_named(path)
        known: _Key = tuple(paths), tuple(tolerated)
        kept = self._kept.pop(known, None)
        if kept is None or self._has_changed(kept[0]):
            kept = self._read(paths, tolerated)
        self._kept[known] = kept
        for oldest in list(self._kept)[:-KEPT]:
            del self._kept[oldest]
        return kept[1]

    def _read(self, paths: Sequence[str], tolerated: Sequence[str]) -> tuple[FilesRead, Site]:
        record = FilesRead.below(paths)
        with limited(self.bounds.admit), recording(record):
            return record, load_site(paths, self.tags, self.where, tolerated)

    def _has_changed(self, record: FilesRead) -> bool:
        """Return whether to read again; what has become a pipe or a link that leads out must not be looked into."""
        try:
            for path in record.files:
                self.bounds.admit(path)
        except InputError:
            return True
        return record.has_changed()
