"""Where recorded third-party files lie, for tests that read them in place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared_folder(name: str) -> Path:
    """Return a folder of recorded files, or skip the test and say why."""
    beside = Path(__file__).resolve().parents[4] / "shared" / "data"
    folder = Path(os.environ.get("NETCHECK_SHARED_DATA", beside)) / name
    if not folder.is_dir():
        pytest.skip(f"no recorded files at {folder}: set NETCHECK_SHARED_DATA")
    return folder
