"""What a file's name tells: the name without its folders, the date Microsoft puts into it."""

from __future__ import annotations

import re

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DATE_IN_NAME = re.compile(r"(20[0-9]{2})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])(?!\d)")


def base_name(path: str) -> str:
    """Return the last part of a path: answers name files, never where they lie."""
    return re.split(r"[\\/]", path)[-1]


def published_date(path: str) -> str:
    """Return the ISO date in a name such as `ServiceTags_Public_20251028.json`, or ""."""
    found = _DATE_IN_NAME.search(base_name(path))
    if not found:
        return ""
    year, month, day = map(int, found.groups())
    # From 2000 to 2099 every fourth year is a leap year. (The datetime module would know it as well, and takes 1 ms.)
    is_a_day = day <= _DAYS[month - 1] and (month != 2 or day < 29 or year % 4 == 0)
    return "-".join(found.groups()) if is_a_day else ""
