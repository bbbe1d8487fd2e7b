"""A collection as a folder: one file for each kind, and `collection.json`, which says what was read and what not."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netcheck.diagnostics import Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.live.collect.reading import Collected, Wanted
from netcheck.model.names import key

MANIFEST = "collection.json"
MARK = "netcheckCollection"


def check_folder(path: str) -> None:
    """Raise InputError where a folder cannot be (re)placed: something else stands there, or files of somebody's."""
    folder = Path(path)
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise _refused("NC104", path, f"`{path}` is there, and is no folder", "name another folder")
    if not folder.exists():
        if not folder.absolute().parent.is_dir():
            raise _refused("NC151", path, "the folder that this one would be in is not there", "make it first")
        return
    present = sorted(str(one.relative_to(folder).as_posix()) for one in folder.rglob("*") if not one.is_dir())
    if not present:
        return
    written = _written(folder)
    if written is None:
        message = f"`{path}` holds files, and is no former collection"
        raise _refused("NC104", path, message, "name a folder that is not there yet")
    strange = [one for one in present if one not in written]
    if strange:
        message = f"`{path}/{strange[0]}` was not written by `netcheck collect`, and would be lost"
        raise _refused("NC104", path, message, "move it away, or name another folder")


def write_folder(path: str, found: Collected, wanted: Wanted, cloud: str, endpoint: str) -> None:
    """Write a collection whole, or leave what was there as it was; raise InputError."""
    check_folder(path)
    folder = Path(path).absolute()
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            _fill(made, found, _manifest(found, wanted, cloud, endpoint))
            _replace(made, folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise _refused("NC151", path, f"cannot write the collection: {error.strerror}", "") from None


def _fill(folder: Path, found: Collected, manifest: dict[str, Any]) -> None:
    for name, items in _ordered(found):
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(_text({"value": items}), encoding="utf-8", newline="\n")
    (folder / MANIFEST).write_text(_text(manifest), encoding="utf-8", newline="\n")


def _ordered(found: Collected) -> Iterator[tuple[str, list[Any]]]:
    """Yield the files that hold something; resources are in the order of their IDs, computed rules in Azure's own."""
    for name, items in sorted(found.files.items()):
        if items:
            yield name, items if "/" in name else sorted(items, key=lambda one: (key(str(one.get("id"))), _text(one)))


def _text(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _manifest(found: Collected, wanted: Wanted, cloud: str, endpoint: str) -> dict[str, Any]:
    """Return what says where the files are from. The time stands here and nowhere else."""
    return {
        MARK: 1,
        "collected": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "cloud": cloud,
        "endpoint": endpoint,
        "scopes": list(wanted.scopes),
        "files": [name for name, _ in _ordered(found)],
        "read": [
            {"type": one.type, "scope": one.scope, "apiVersion": one.version, "count": one.count} for one in found.read
        ],
        "notRead": [
            {"type": one.type, "scope": one.scope, "apiVersion": one.version, "status": one.status, "code": one.code}
            for one in found.not_read
        ],
    }


def _written(folder: Path) -> set[str] | None:
    """Return the files that a former collection wrote; None where the folder is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(manifest, dict) or MARK not in manifest:
        return None
    files = manifest.get("files")
    return {MANIFEST, *(str(one) for one in files)} if isinstance(files, list) else None


def _replace(made: Path, folder: Path) -> None:
    """Put a folder where another one may be; that one comes back where this fails."""
    if not folder.exists():
        made.rename(folder)
        return
    former = made.with_name(f"{made.name}-former")
    folder.rename(former)
    try:
        made.rename(folder)
    except OSError:
        former.rename(folder)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _diagnostic(code: str, path: str, message: str, advice: str) -> Diagnostic:
    return Diagnostic(code=code, severity=Severity.ERROR, message=message, at=Source(path), help=advice)


def _refused(code: str, path: str, message: str, advice: str) -> InputError:
    return InputError([_diagnostic(code, path, message, advice)])
