"""What a file's name tells: the name without its folders, the date Microsoft puts into it."""

from __future__ import annotations

import re

_DATE_IN_NAME = re.compile(r"(20[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])(?!\d)")


def base_name(path: str) -> str:
    """Return the last part of a path: answers name files, never where they lie."""
    return re.split(r"[\\/]", path)[-1]


def published_date(path: str) -> str:
    """Return the ISO date in a name such as `ServiceTags_Public_20251028.json`, or ""."""
    found = _DATE_IN_NAME.search(base_name(path))
    if not found:
        return ""
    from datetime import date  # 1 ms that a file without a date in its name does not cost

    text = "-".join(found.groups())
    try:
        date.fromisoformat(text)
    except ValueError:
        return ""
    return text
