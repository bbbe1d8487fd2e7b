"""Every fault in `fixtures/bad` is reported exactly as the text beside it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.sources.load import load_site

FOLDER = Path(__file__).parents[3] / "fixtures" / "bad"
INPUTS = sorted(path.name for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".expected")


def rendered(name: str) -> str:
    try:
        diagnostics = load_site([name]).warnings
    except InputError as error:
        diagnostics = error.diagnostics
    return "".join(found.render() + "\n" for found in diagnostics)


@pytest.mark.parametrize("name", INPUTS)
def test_bad_file_is_reported_to_the_byte(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A faulty file gives the diagnostics written beside it, places shown as the user named the file."""
    monkeypatch.chdir(FOLDER)
    expected = Path(f"{name}.expected").read_text(encoding="utf-8")
    assert expected == rendered(name)


@pytest.mark.parametrize("name", INPUTS)
def test_every_bad_file_says_something(name: str) -> None:
    """No expectation is empty: a fault that nobody hears of is the worst kind."""
    expected = (FOLDER / f"{name}.expected").read_text(encoding="utf-8")
    assert ": error[NC1" in expected or ": warning[NC1" in expected


def test_no_expectation_is_orphaned() -> None:
    """Each expected text belongs to an input file, and each helper file is named by one."""
    expected = {path.name.removesuffix(".expected") for path in FOLDER.glob("*.expected")}
    assert set(INPUTS) == expected
    texts = b"\n".join((FOLDER / name).read_bytes() for name in INPUTS)
    assert [path.name for path in (FOLDER / "files").iterdir() if path.name.encode() not in texts] == []
