"""How wide text is, and text made to fit: a picture is laid out without a font at hand.

The widths are Arial's, in thousandths of the font size; Helvetica and Liberation Sans have the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from netcheck.diagnostics import printable

FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"
_REGULAR = {
    191: "'", 222: "ijl", 260: "|", 278: " !,./:;I[\\]ft\N{MIDDLE DOT}", 333: "()-`r", 334: "{}", 355: '"', 389: "*",
    469: "^", 500: "Jcksvxyz", 556: "#$0123456789?L_abdeghnopqu", 584: "+<=>~\N{MULTIPLICATION SIGN}", 611: "FTZ",
    667: "&ABEKPSVXY", 722: "CDHNRUw", 778: "GOQ", 833: "Mm", 889: "%", 944: "W", 1015: "@",
}  # fmt: skip
_BOLD = {
    238: "'", 278: " ,./I\\ijl\N{MIDDLE DOT}", 280: "|", 333: "!()-:;[]`ft", 389: "*r{}", 474: '"', 500: "z",
    556: "#$0123456789J_aceksvxy", 584: "+<=>^~\N{MULTIPLICATION SIGN}", 611: "?FLTZbdghnopqu", 667: "EPSVXY",
    722: "&ABCDHKNRU", 778: "GOQw", 833: "M", 889: "%m", 944: "W", 975: "@",
}  # fmt: skip
_WIDTHS = [{letter: width for width, letters in table.items() for letter in letters} for table in (_REGULAR, _BOLD)]
_SPARE = 1.04
"""Other fonts and renderers are a little wider."""
_OTHER = 1000
"""The widest letter of the Latin, Greek and Cyrillic alphabets."""
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def width_of(text: str, size: float, *, is_bold: bool = False) -> float:
    """Return about how wide a line of text is at a font size, in the units of the size; seldom too little."""
    widths = _WIDTHS[is_bold]
    return _SPARE * size / 1000 * sum(widths.get(letter) or _other(letter) for letter in text)


def _other(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 1100 if unicodedata.east_asian_width(letter) in "WF" else _OTHER


def shorten(text: str, room: float, size: float, *, is_bold: bool = False) -> str:
    """Return text that fits, its middle left out where it is too wide: names differ at their ends."""
    text = printable(text)
    if width_of(text, size, is_bold=is_bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:  # how many letters may stay
        some = (low + high + 1) // 2
        is_narrow = width_of(_without_middle(text, some), size, is_bold=is_bold) <= room
        low, high = (some, high) if is_narrow else (low, some - 1)
    return _without_middle(text, low)


def _without_middle(text: str, letters: int) -> str:
    tail = letters // 2
    return f"{text[: letters - tail]}{ELLIPSIS}{text[len(text) - tail :]}"


def wrapped(text: str, room: float, size: float, most: int = 99, *, is_bold: bool = False) -> tuple[str, ...]:
    """Return text in lines that fit, broken at blanks; what is left for the last line is shortened."""
    lines: list[str] = []
    words = printable(text).split(" ")
    while words:
        count = _fitting(words, room, size, is_bold) if len(lines) + 1 < most else len(words)
        lines.append(shorten(" ".join(words[:count]), room, size, is_bold=is_bold))
        words = words[count:]
    return tuple(lines)


def _fitting(words: Sequence[str], room: float, size: float, is_bold: bool) -> int:
    """Return how many words, at least one, fit on a line."""
    count = 1
    while count < len(words) and width_of(" ".join(words[: count + 1]), size, is_bold=is_bold) <= room:
        count += 1
    return count


def all_wrapped(texts: Sequence[str], room: float, size: float, most: int = 99) -> Iterator[str]:
    """Yield the lines of several texts, each wrapped by itself."""
    for text in texts:
        yield from wrapped(text, room, size, most)
