"""Versions as numbers: `2.6.1198.718` is after `2.6.1198.80`."""

from __future__ import annotations

import re

_VERSION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,5}\Z")


def parse_version(text: str) -> tuple[int, ...] | None:
    """Return the numbers of a version without zeros at its end, None where the text is no version."""
    if not _VERSION.match(text.strip()):
        return None
    numbers = [int(part) for part in text.strip().split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
