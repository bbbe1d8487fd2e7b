"""The executable parts of a Markdown page: fenced blocks, and the commands of a terminal with what they print."""

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One command of a `console` block and the text that is shown below it."""

    command: str
    shown: str


def fenced(page: str, language: str) -> list[str]:
    """Return the texts of the fenced blocks of one language."""
    return [text for found, text in _FENCE.findall(page) if found == language]


def steps(block: str) -> list[Step]:
    """Return the commands of a `console` block (lines that begin with `$ `), each with what it shows."""
    _, *found = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    return [Step(command, shown) for command, shown in zip(found[::2], found[1::2], strict=True)]
