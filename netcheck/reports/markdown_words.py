"""What Markdown reports share: names from files are never markup, and no cell of a table ends early."""

from __future__ import annotations

from collections.abc import Iterable

from netcheck.diagnostics import printable

_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"} | {sign: f"\\{sign}" for sign in "\\|`*_["}


def escaped(text: str) -> str:
    """Return text as it is to be read, whatever it holds."""
    return "".join(_ESCAPED.get(sign, sign) for sign in printable(text))


def row(cells: Iterable[str]) -> str:
    """Return a row of a table; its cells are Markdown already."""
    return f"| {' | '.join(cells)} |"
