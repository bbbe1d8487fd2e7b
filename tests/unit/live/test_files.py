"""When a site has to be read again: other bytes, other files; not another time stamp alone."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from netcheck.live.files import SETTLED_NS, FilesRead
from netcheck.sources._text import read_text
from netcheck.sources.recording import recording

PAST = time.time_ns() - 10 * SETTLED_NS


def _write(path: Path, text: str, at: int = PAST) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(at, at))


def _read(*paths: Path) -> FilesRead:
    record = FilesRead.below([str(path) for path in paths])
    with recording(record):
        for path in paths:
            if path.is_file():
                read_text(str(path))
    return record


def test_nothing_has_changed(tmp_path: Path) -> None:
    """Asked again and again, a site at rest is not read."""
    file = tmp_path / "site.yaml"
    _write(file, "a")
    record = _read(file)
    assert [record.has_changed() for _ in range(3)] == [False] * 3


@pytest.mark.parametrize("at", [PAST, PAST + 1, time.time_ns()])
def test_other_bytes_are_a_change(tmp_path: Path, at: int) -> None:
    """Also of the same length and with the old time stamp, as `cp -p` and version control leave them."""
    file = tmp_path / "site.yaml"
    _write(file, "a")
    record = _read(file)
    _write(file, "b", at)
    assert record.has_changed()


def test_a_file_that_is_put_in_place_is_a_change(tmp_path: Path) -> None:
    """Editors write beside and rename."""
    file, other = tmp_path / "site.yaml", tmp_path / "site.yaml~"
    _write(file, "a")
    _write(other, "b")
    record = _read(file)
    other.replace(file)
    assert record.has_changed()


def test_the_same_bytes_are_no_change(tmp_path: Path) -> None:
    """A file that is only touched, or written again as it was."""
    file = tmp_path / "site.yaml"
    _write(file, "a")
    record = _read(file)
    file.touch()
    assert not record.has_changed()
    _write(file, "a", PAST + 5)
    assert not record.has_changed()
    _write(file, "c", PAST + 5)
    assert record.has_changed()


def test_files_that_come_and_go_are_a_change(tmp_path: Path) -> None:
    """In a folder that is a site, and beside a file, where includes may be."""
    for named in (tmp_path, tmp_path / "site.yaml"):
        _write(tmp_path / "site.yaml", "a")
        record = _read(named)
        (tmp_path / "more.json").write_text("{}", encoding="utf-8")
        assert record.has_changed()
        record = _read(named)
        (tmp_path / "more.json").unlink()
        assert record.has_changed()


def test_a_missing_file_that_comes_is_a_change(tmp_path: Path) -> None:
    """Some programs write a file by removing it first."""
    file = tmp_path / "site.yaml"
    record = _read(file)
    assert not record.has_changed()
    _write(file, "a")
    assert record.has_changed()


def test_what_is_read_by_nobody_who_records_is_not_recorded(tmp_path: Path) -> None:
    """The record ends with its block."""
    file = tmp_path / "site.yaml"
    _write(file, "a")
    record = FilesRead()
    with recording(record):
        pass
    read_text(str(file))
    assert record.files == {}
