"""Compare what a case expects with what a command printed.

A mapping expects its keys and ignores others. A list is exact, unless it is written `{contains: [...]}`: then each of
its items must match some item of the answer. Text that starts with `~` is a regular expression to be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator


def mismatches(expected: object, actual: object, where: str = "answer") -> Iterator[str]:
    """Yield one line for every place where the answer is not as expected."""
    if isinstance(expected, dict) and set(expected) == {"contains"}:
        yield from _missing_items(expected["contains"], actual, where)
    elif isinstance(expected, dict):
        if not isinstance(actual, dict):
            yield f"{where}: expected a mapping, got {actual!r}"
            return
        for key, value in expected.items():
            if key in actual:
                yield from mismatches(value, actual[key], f"{where}.{key}")
            else:
                yield f"{where}: no key `{key}` among {sorted(actual)}"
    elif isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            yield f"{where}: expected {expected!r}, got {actual!r}"
            return
        for position, (one, other) in enumerate(zip(expected, actual, strict=True)):
            yield from mismatches(one, other, f"{where}[{position}]")
    elif isinstance(expected, str) and expected.startswith("~"):
        if not isinstance(actual, str) or not re.search(expected[1:], actual):
            yield f"{where}: expected text with `{expected[1:]}`, got {actual!r}"
    elif type(expected) is not type(actual) or expected != actual:
        yield f"{where}: expected {expected!r}, got {actual!r}"


def _missing_items(expected: list[object], actual: object, where: str) -> Iterator[str]:
    if not isinstance(actual, list):
        yield f"{where}: expected a list, got {actual!r}"
        return
    for item in expected:
        misses = [list(mismatches(item, candidate, f"{where}[{i}]")) for i, candidate in enumerate(actual)]
        if not misses:
            yield f"{where}: the list is empty, expected {item!r}"
        elif all(misses):
            nearest = min(misses, key=len)
            yield f"{where}: no item is {item!r}; nearest: " + "; ".join(nearest)
