"""Files that replace others: the new one is whole before it has the name, the former is kept, both with checksums."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.live.download.checksum import beside, line
from netcheck.live.download.current import Download
from netcheck.model.names import key
from netcheck.model.tags import TagTable
from netcheck.sources._text import to_text
from netcheck.sources.service_tags import parse_tag_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Where a download lies. `former` is where the file before it went, "" where there was none; `older` what it was.

    `is_new` is False where the very same file lay there already.
    """

    path: str
    sha256: str
    is_new: bool
    former: str = ""
    older: TagTable | None = None


def target_of(output: str) -> str:
    """Return the folder or file that an option names; raise InputError where its folder is not there."""
    path = Path(output or ".")
    folder = path if path.is_dir() or output.endswith(("/", os.sep)) else path.parent
    if not folder.is_dir():
        raise _fault("NC151", output, f"cannot write the answer: `{folder}` is no folder", "create it first")
    return output or "."


def store(download: Download, output: str) -> Stored:
    """Write a download to a file, or under its own name into a folder.

    Raise InputError where it cannot be written, and where something lies there that is no service-tag file: that is
    not replaced.
    """
    named = Path(output) / download.name if Path(output).is_dir() else Path(output)
    path = Path(os.path.realpath(named))  # a link goes on pointing at the file
    sha256 = hashlib.sha256(download.data).hexdigest()
    try:
        before = path.read_bytes() if path.exists() else None
        older = None if before is None else _table(before, named, download.table.cloud)
        if before == download.data:
            _write(beside(path), line(sha256, path))
            return Stored(path=str(named), sha256=sha256, is_new=False)
        former = _keep(path, before, older) if before is not None and older is not None else None
        _write(path, download.data)
        _write(beside(path), line(sha256, path))
    except OSError as error:
        raise _fault(
            "NC151", str(named), f"cannot write the answer: {(error.strerror or str(error)).lower()}"
        ) from None
    kept = "" if former is None else str(named.with_name(former.name))
    return Stored(path=str(named), sha256=sha256, is_new=True, former=kept, older=older)


def _table(data: bytes, path: Path, cloud: str) -> TagTable:
    """Return what lies at the place of a download; it has to be a service-tag file of the same cloud."""
    advice = "name another file or a folder with --output"
    try:
        table = parse_tag_table(to_text(str(path), data), str(path), Collector())
    except InputError:
        message = f"`{path}` is there and is no service-tag file: it was not replaced"
        raise _fault("NC355", str(path), message, advice) from None
    if key(table.cloud) != key(cloud):
        message = f"`{path}` is the file of cloud `{table.cloud}`, and this is one of `{cloud}`: it was not replaced"
        raise _fault("NC355", str(path), message, advice)
    return table


def _keep(path: Path, data: bytes, table: TagTable) -> Path:
    """Copy the former file to a name that says which it was; one that is kept already is not kept twice."""
    word = str(table.change_number) if table.change_number is not None else table.published or "former"
    kept, number = path.with_name(f"{path.stem}.{word}{path.suffix}"), 1
    while kept.exists() and kept.read_bytes() != data:
        number += 1
        kept = path.with_name(f"{path.stem}.{word}-{number}{path.suffix}")
    _write(kept, data, like=path)
    _write(beside(kept), line(hashlib.sha256(data).hexdigest(), kept))
    return kept


def _write(path: Path, data: bytes, like: Path | None = None) -> None:
    """Write a file so that at every moment either the old or the new one is there, whole."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        model = like or path
        if model.exists():
            shutil.copymode(model, temporary)
        temporary.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name last; Windows opens no folders, and does so by itself."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _fault(code: str, path: str, message: str, advice: str = "") -> InputError:
    return InputError(
        [Diagnostic(code=code, severity=Severity.ERROR, message=message, at=Source(path or "."), help=advice)]
    )
