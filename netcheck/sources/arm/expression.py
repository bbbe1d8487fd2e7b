"""The text of a template expression to a tree of calls.

Grammar: Microsoft Learn, "Syntax and expressions in ARM templates": an expression is a JSON string between `[` and `]`;
calls, property and index access, texts in single quotes (doubled inside) and whole numbers; no operators.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from netcheck.sources._nodes import shorten

LONGEST_EXPRESSION = 24_576
"""Characters of one expression: Microsoft Learn, "Best practices for ARM templates", "Template limits"."""
DEEPEST_EXPRESSION = 100
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<number>-?[0-9]+)
      | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
      | (?P<mark>[()\[\],.])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_LONGEST_NUMBER = 20


class Literal(NamedTuple):
    """A text in quotes or a whole number; `at` is its offset in the expression."""

    text: str
    is_text: bool
    at: int


class Call(NamedTuple):
    """A function, its name as spelled (`namespace.name` for one of the user's own), and its arguments."""

    name: str
    arguments: tuple[Expression, ...]
    at: int


class Access(NamedTuple):
    """What stands behind dots and in brackets after a call: properties and indexes, in turn."""

    base: Expression
    keys: tuple[Expression, ...]
    at: int


Expression = Literal | Call | Access


class GrammarError(Exception):
    """An expression breaks the grammar; `at` is the offset in it."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message, self.at = message, at


def is_expression(text: str) -> bool:
    """Return whether a text of a template is an expression; `[[` escapes a bracket."""
    return text.startswith("[") and text.endswith("]") and not text.startswith("[[") and len(text) > 1


def literal_text(text: str) -> str:
    """Return what a text that is no expression stands for: `[[a]` for `[a]`."""
    return text[1:] if text.startswith("[[") and text.endswith("]") else text


def parse_expression(text: str) -> Expression:
    """Return the tree of an expression, brackets included; raise GrammarError where it breaks the grammar."""
    if len(text) > LONGEST_EXPRESSION:
        raise GrammarError(f"the expression has {len(text)} characters, and Azure takes {LONGEST_EXPRESSION}", 0)
    parser = _Parser(text)
    found = parser.expression(0)
    parser.take("end")
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._end = text, len(text) - 1  # behind the outer brackets
        self._kind, self._word, self._at, self._next = "", "", 1, 1
        self._advance()

    def expression(self, depth: int) -> Expression:
        if depth > DEEPEST_EXPRESSION:
            raise GrammarError(f"the expression is nested more than {DEEPEST_EXPRESSION} levels deep", self._at)
        at, keys, base = self._at, [], self._atom(depth)
        while self._word in (".", "[") and self._kind == "mark":
            keys.append(self._key(depth))
        return Access(base, tuple(keys), at) if keys else base

    def take(self, kind: str, token: str = "") -> str:
        """Return the token that has to stand here, and go on to the next one."""
        if self._kind != kind or (token and self._word != token):
            self._refuse(f"`{token}` is expected" if token else f"{_WORDS[kind]} is expected")
        taken = self._word
        self._advance()
        return taken

    def _atom(self, depth: int) -> Expression:
        at, kind, token = self._at, self._kind, self._word
        if kind == "text":
            self._advance()
            return Literal(token[1:-1].replace("''", "'"), True, at)
        if kind == "number":
            if len(token) > _LONGEST_NUMBER:
                self._refuse("the number is too long")
            self._advance()
            return Literal(str(int(token)), False, at)
        name = self.take("name")
        while self._word == "." and self._kind == "mark":
            self._advance()
            name += f".{self.take('name')}"
        return Call(name, self._arguments(depth), at)

    def _arguments(self, depth: int) -> tuple[Expression, ...]:
        self.take("mark", "(")
        found: list[Expression] = []
        if self._word != ")" or self._kind != "mark":
            found.append(self.expression(depth + 1))
            while self._word == "," and self._kind == "mark":
                self._advance()
                found.append(self.expression(depth + 1))
        self.take("mark", ")")
        return tuple(found)

    def _key(self, depth: int) -> Expression:
        mark = self._word
        self._advance()
        if mark == ".":
            at = self._at
            return Literal(self.take("name"), True, at)
        found = self.expression(depth + 1)
        self.take("mark", "]")
        return found

    def _advance(self) -> None:
        found = _TOKEN.match(self._text, self._next, self._end)
        if found is None:
            rest = self._text[self._next : self._end]
            self._at = self._next + len(rest) - len(rest.lstrip())
            self._kind, self._word = "other", self._text[self._at : self._at + 1]
            self._refuse("a text without its closing quote" if self._word == "'" else "it has no place here")
        kind = str(found.lastgroup)
        self._kind, self._word, self._at, self._next = kind, found[kind], found.start(kind), found.end()

    def _refuse(self, why: str) -> NoReturn:
        where = f"at `{shorten(self._word)}`" if self._word else "at its end"
        raise GrammarError(f"the expression breaks off {where}: {why}", self._at)


_WORDS = {"end": "the end", "name": "the name of a function", "mark": "a mark"}
