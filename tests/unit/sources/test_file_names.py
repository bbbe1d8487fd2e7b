"""What a file's name tells."""

from __future__ import annotations

from datetime import date

import pytest

from netcheck.sources._file_names import base_name, published_date


def test_a_date_in_a_name_is_a_day_of_the_calendar() -> None:
    """Every day from 2000 to 2099 is read, and no number beside them."""
    for year in range(1999, 2101):
        for month in range(14):
            for day in range(33):
                assert published_date(f"tags_{year}{month:02}{day:02}.json") == _iso(year, month, day)


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat() if 2000 <= year < 2100 else ""
    except ValueError:
        return ""


@pytest.mark.parametrize("name", ["tags.json", "tags_2025.json", "tags_202510281.json", "20251028/tags.json"])
def test_a_name_without_a_date_has_none(name: str) -> None:
    """Longer numbers are no dates, and folders are not the name."""
    assert published_date(name) == ""


def test_the_name_is_what_stands_behind_the_last_slash() -> None:
    """Of either kind."""
    assert [base_name(path) for path in ("a/b.json", "C:\\x\\b.json", "b.json")] == ["b.json"] * 3
