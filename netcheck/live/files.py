"""The files that a site was read from, and whether one of them has another content by now."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from netcheck.sources._text import SIZE_LIMIT

SETTLED_NS = 3_000_000_000
"""A file that was changed so shortly before it is looked at may change again without another time stamp or size.

The time stamps of FAT, the coarsest that matter, are 2 seconds apart.
"""


class Stamp(NamedTuple):
    """What the file system says of a file without reading it."""

    changed_ns: int
    made_ns: int
    size: int
    number: int


class FileRead(NamedTuple):
    """One file as it was read: its stamp from before, and a digest of its bytes; None and "" where there was none.

    A file that was not settled is told from its next version by its bytes alone.
    """

    stamp: Stamp | None
    is_settled: bool
    digest: str


@dataclass(slots=True)
class FilesRead:
    """What a reading has read: the files, and the names in their folders from before (`recording` fills it)."""

    files: dict[str, FileRead] = field(default_factory=dict)
    folders: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def below(cls, paths: Iterable[str]) -> FilesRead:
        """Return the record of a reading that is about to begin: what is named, and folders before they are listed.

        A file that is not there now is looked for as well: some programs write a file by removing it first.
        """
        record = cls()
        for path in paths:
            record.begin(path)
            if Path(path).is_dir():
                for here, folders, _ in os.walk(path):
                    folders[:] = [one for one in folders if not one.startswith(".")]  # nor are they read
                    record.enter(here)
        return record

    def begin(self, path: str) -> None:
        """Take note of a file that is about to be read; one that is missing may come."""
        self.enter(str(Path(path).parent))
        stamp = _stamp(path)
        self.files[path] = FileRead(stamp, _is_settled(stamp), "")

    def enter(self, folder: str) -> None:
        """Take note of the names in a folder, as they are before the first file in it is read."""
        if folder not in self.folders:
            self.folders[folder] = _names(folder)

    def end(self, path: str, data: bytes) -> None:
        """Take note of what was in a file."""
        self.files[path] = self.files[path]._replace(digest=_digest(data))

    def has_changed(self) -> bool:
        """Return whether the same reading would find other files, or something else in them."""
        is_other = any(_names(folder) != names for folder, names in self.folders.items())
        return is_other or any(self._has_changed(path) for path in self.files)

    def _has_changed(self, path: str) -> bool:
        read, stamp = self.files[path], _stamp(path)
        if stamp == read.stamp and (read.is_settled or stamp is None):
            return False
        is_settled = _is_settled(stamp)
        if _digest_of(path) != read.digest:
            return True
        self.files[path] = FileRead(stamp, is_settled, read.digest)  # only touched: not to be read for that again
        return False

    def is_like(self, other: FilesRead) -> bool:
        """Return whether two readings found the same in the same files."""
        return {path: one.digest for path, one in self.files.items()} == {
            path: one.digest for path, one in other.files.items()
        }


def _stamp(path: str) -> Stamp | None:
    try:
        status = Path(path).stat()
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return None
    return Stamp(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def _is_settled(stamp: Stamp | None) -> bool:
    """Return whether a change of the file from now on shows in its stamp."""
    return stamp is not None and time.time_ns() - max(stamp.changed_ns, stamp.made_ns) > SETTLED_NS


def _names(folder: str) -> tuple[str, ...]:
    try:
        return tuple(sorted(one.name for one in Path(folder).iterdir()))
    except (OSError, ValueError):
        return ()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _digest_of(path: str) -> str:
    """Return the digest of a file that could be read for a site, "" for any other: a pipe would never end."""
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > SIZE_LIMIT:
            return ""
        return _digest(Path(path).read_bytes())
    except (OSError, ValueError):
        return ""
