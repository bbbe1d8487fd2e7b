"""The page of recorded answers is what the recordings and netcheck say today."""

from __future__ import annotations

from pathlib import Path

from tests.recorded.fidelity import page

PAGE = Path(__file__).parents[2] / "docs" / "fidelity.md"


def test_the_page_is_up_to_date() -> None:
    """`python -m tests.recorded.fidelity > docs/fidelity.md` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page() + "\n"
