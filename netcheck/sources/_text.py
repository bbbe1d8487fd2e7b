"""Files to text: size, encoding and emptiness are settled here, so that no reader meets bytes."""

from __future__ import annotations

import codecs
import re
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NoReturn

from netcheck.diagnostics import Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.sources.limits import check_place
from netcheck.sources.recording import present_recorder

SIZE_LIMIT = 128 * 1024 * 1024
"""Bytes. The biggest published service-tag file has 5 MB; a site of 100,000 VMs as YAML about 75 MB."""

_LINE_END = re.compile(r"\r\n?|\n")
# UTF-32 little endian begins with the two bytes of UTF-16 little endian: the longer mark is tried first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_text(path: str) -> str:
    """Return the text of a file, `-` being standard input; UTF-8, or UTF-16 and UTF-32 with a byte order mark.

    Raise InputError for a missing, empty, binary, wrongly encoded or oversized file: such a file is never
    read as one that says nothing.
    """
    check_place(path)
    recorder = present_recorder()
    if recorder is not None:
        recorder.begin(path)
    data = _read_stdin() if path == "-" else _read_file(path)
    if recorder is not None:
        recorder.end(path, data)
    return to_text(path, data)


def to_text(path: str, data: bytes) -> str:
    """Return the text of what was read; raise InputError where it is none, with the path for its place."""
    text = _decode(path, data)
    if "\0" in text:
        _refuse(path, "NC102", f"`{path}` is a binary file", "give a text file: YAML or JSON")
    if not text.strip():
        _refuse(path, "NC101", f"`{path}` is empty", "an empty file describes nothing; `netcheck init` prints a start")
    return text


def numbered(text: str) -> list[tuple[int, str]]:
    """Return the lines of a text with their numbers from 1; only line breaks of Windows and Linux break one."""
    return list(enumerate(_LINE_END.split(text), 1))


def is_cut_line(number: int, lines: Sequence[tuple[int, str]]) -> bool:
    """Return whether a line is the last and has no line break: something may be missing behind it."""
    return number == len(lines)


def _refuse(path: str, code: str, message: str, advice: str) -> NoReturn:
    found = Diagnostic(code=code, severity=Severity.ERROR, message=message, at=Source(path), help=advice)
    raise InputError([found]) from None


def _read_stdin() -> bytes:
    return _read_limited("-", sys.stdin.buffer)


def _read_file(path: str) -> bytes:
    try:
        status = Path(path).stat()
        if stat.S_ISDIR(status.st_mode):
            _refuse(path, "NC100", f"`{path}` is a folder", "name a file in it")
        if status.st_size > SIZE_LIMIT:
            _too_large(path, f"{status.st_size / 2**20:.0f} MiB")
        with Path(path).open("rb") as stream:
            return _read_limited(path, stream)
    except FileNotFoundError:
        _refuse(path, "NC100", f"`{path}` does not exist", "check the spelling and the folder you are in")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        _refuse(path, "NC100", f"`{path}` cannot be read: {reason}", "check that it is a file you may read")


def _read_limited(path: str, stream: BinaryIO) -> bytes:
    # A pipe or device has no size to check beforehand.
    data = stream.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        _too_large(path, f"over {SIZE_LIMIT // 2**20} MiB")
    return data


def _too_large(path: str, size: str) -> NoReturn:
    limit = SIZE_LIMIT // 2**20
    _refuse(
        path, "NC103", f"`{path}` is too large: {size}, and the limit is {limit} MiB", "split the site, or export less"
    )


def _decode(path: str, data: bytes) -> str:
    mark, encoding = next(((m, e) for m, e in _MARKS if data.startswith(m)), (b"", "utf-8"))
    try:
        return data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        offset = error.start + len(mark)
        if b"\0" in data[:4096] and not mark:
            _refuse(path, "NC102", f"`{path}` is a binary file", "give a text file: YAML or JSON")
        _refuse(
            path,
            "NC105",
            f"`{path}` is not {encoding.upper()}: byte {offset} cannot be decoded",
            "save the file as UTF-8",
        )
