"""Characters in free texts: those a script may hold as they are, and those that only an escape shows.

A control character drives the reader's terminal; a mark that turns the writing direction or has no width shows a reader
another script than the one that runs (Unicode Technical Report 36, "Bidirectional Text Spoofing").
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from netcheck.errors import PlanError
from netcheck.remedy.spelled import SpelledRule


def is_visible(character: str) -> bool:
    """Return whether a character shows what it is: blanks of any width do, tabs and line ends do not."""
    return character.isprintable() or unicodedata.category(character) == "Zs"


def shown(rule: SpelledRule, language: str) -> str:
    """Return the description of a rule; raise PlanError where it has a character that the language cannot show.

    For languages in which a text is written as it is; a line end is no harm in any of them.
    """
    for character in rule.description:
        if character != "\n" and not is_visible(character):
            raise PlanError(
                "NC415",
                f"rule `{rule.name}` cannot be written anew: {language} has no way to show the character "
                f"U+{ord(character):04X} of its description",
                "take that character out of the description first",
            )
    return rule.description


def escaped(text: str, words: Mapping[str, str], number: Callable[[int], str]) -> str:
    """Return a text with the characters of `words` spelled as these, and invisible ones by their number."""
    return "".join(words.get(c) or (c if is_visible(c) else number(ord(c))) for c in text)
