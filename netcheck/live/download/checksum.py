"""The checksum that lies beside a downloaded file, as `sha256sum` writes and reads it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

SUFFIX = ".sha256"


def beside(path: Path) -> Path:
    """Return where the checksum of a file lies."""
    return path.with_name(path.name + SUFFIX)


def line(sha256: str, path: Path) -> bytes:
    """Return the line that says it."""
    return f"{sha256}  {path.name}\n".encode()


def checksum(path: str) -> str:
    """Return how a file compares with the checksum beside it, in words; "" where there is none."""
    told_by = beside(Path(path))
    if not told_by.is_file():
        return ""
    told = told_by.read_text(encoding="utf-8", errors="replace").split()
    if not told or not re.fullmatch(r"[0-9a-fA-F]{64}", told[0]):
        return f"{told_by.name} holds none"
    is_same = told[0].lower() == hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return "as downloaded" if is_same else f"NOT that of {told_by.name}: the file was changed since"
