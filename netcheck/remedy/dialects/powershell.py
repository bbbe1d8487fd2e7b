"""Texts as PowerShell takes them."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z0-9 _.*/:\-]*")
_SINGLE_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")


def quote(text: str) -> str:
    """Return a PowerShell string that stands for exactly this text.

    A double-quoted string expands `$` and the backtick, and curly quotes end it too; anything but plain characters is
    single-quoted, with every kind of single quote doubled (Microsoft Learn, "about_Quoting_Rules").
    """
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    return "'" + _SINGLE_QUOTES.sub(r"\1\1", text) + "'"


def quote_all(texts: tuple[str, ...]) -> str:
    """Return texts as one value, or as a list."""
    return ",".join(quote(text) for text in texts)
