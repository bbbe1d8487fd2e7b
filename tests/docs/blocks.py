"""The executable parts of a Markdown page: fenced blocks, and the commands of a terminal with what they print."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LEFT_OUT = "[...]\n"
"""A line that stands for lines of the output that the page does not show."""


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, and where the text stands in the page."""

    language: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Step:
    """One command of a `console` block and the text that is shown below it."""

    command: str
    shown: str


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page in order."""
    return [Block(one[1], one[2], one.start(2), one.end(2)) for one in _FENCE.finditer(page)]


def fenced(page: str, language: str) -> list[str]:
    """Return the texts of the fenced blocks of one language."""
    return [block.text for block in blocks(page) if block.language == language]


def prose(page: str) -> str:
    """Return the page without its fenced blocks."""
    return _FENCE.sub("", page)


def steps(block: str) -> list[Step]:
    """Return the commands of a `console` block (lines that begin with `$ `), each with what it shows.

    A command goes on with the lines behind it that begin with `> `, as a shell marks them.
    """
    before, *found = re.split(r"^\$ (.*(?:\n>(?: .*|$))*)\n", block, flags=re.MULTILINE)
    assert before == "", "a console block begins with a command"
    return [Step(command, shown) for command, shown in zip(found[::2], found[1::2], strict=True)]


def typed(command: str) -> str:
    """Return a command as the shell gets it, without the marks of lines that go on."""
    return re.sub(r"\n> ?", "\n", command)


def is_shown(shown: str, printed: str) -> bool:
    """Tell whether a page shows what was printed: to the byte, but for lines that it marks as left out."""
    lines = shown.splitlines(keepends=True)
    assert not lines or set(lines) != {LEFT_OUT}, "something has to be shown"
    pattern = "".join(r"(?:[^\n]*\n)*" if line == LEFT_OUT else re.escape(line) for line in lines)
    return re.fullmatch(pattern, printed) is not None


def shown_anew(shown: str, printed: str) -> str:
    """Return what a page is to show of what is printed now, with the same places left out."""
    before, after = shown.splitlines(keepends=True), printed.splitlines(keepends=True)
    if LEFT_OUT not in before:
        return printed
    lines: list[str] = []
    for kind, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        old, new = before[first:last], after[start:end]
        if kind != "equal" and LEFT_OUT in old:
            ahead, behind = old.index(LEFT_OUT), old[::-1].index(LEFT_OUT)
            new = [*new[:ahead], LEFT_OUT, *new[max(ahead, len(new) - behind) :]]
        lines += new
    return "".join(lines)


def headings(page: str) -> Iterator[str]:
    """Yield the words of the headings of a page."""
    for one in re.finditer(r"^#{1,6} (.+)$", prose(page), re.MULTILINE):
        yield one[1].strip()
