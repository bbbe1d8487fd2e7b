"""Text is measured and made to fit without a font."""

from __future__ import annotations

import pytest

from netcheck.reports.picture.lettering import ELLIPSIS, shorten, width_of, wrapped


@pytest.mark.parametrize(
    ("text", "is_bold", "thousandths"),
    [
        ("i", False, 222),
        ("W", False, 944),
        ("0", False, 556),
        ("0", True, 556),
        ("a b", True, 556 + 278 + 611),
        ("", False, 0),
    ],
)
def test_widths_are_those_of_arial(text: str, is_bold: bool, thousandths: int) -> None:
    """From the `hmtx` table of the font (1000 units), with 4% to spare."""
    assert width_of(text, 10, is_bold=is_bold) == pytest.approx(thousandths / 100 * 1.04)


@pytest.mark.parametrize("room", [20, 60, 100])
def test_a_long_name_loses_its_middle(room: int) -> None:
    """What is left fits, and both ends are the name's own."""
    name = "production-westeurope-backup-subnet-0007"
    shown = shorten(name, room, 11)
    head, dots, tail = shown.partition(ELLIPSIS)
    assert dots
    assert name.startswith(head)
    assert name.endswith(tail)
    assert width_of(shown, 11) <= room
    assert width_of(shown, 11) + 12 > room


def test_a_name_that_fits_stays() -> None:
    """Nothing is left out without need; control and direction marks are shown."""
    assert shorten("app-vm", 60, 11) == "app-vm"
    assert shorten("a\u202eb\n", 60, 11) == "a\ufffdb\ufffd"


def test_lines_break_at_blanks_and_the_last_is_shortened() -> None:
    """All words are there as long as there is room for lines."""
    text = "deny everything that goes out to the internet by default"
    assert " ".join(wrapped(text, 100, 11)) == text
    assert all(width_of(line, 11) <= 100 for line in wrapped(text, 100, 11))
    assert len(wrapped(text, 100, 11, 2)) == 2
    assert ELLIPSIS in wrapped(text, 100, 11, 2)[-1]
