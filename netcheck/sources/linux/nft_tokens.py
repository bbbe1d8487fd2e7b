"""The text of an nft rule set as tokens with their places, variables replaced by what they are defined as."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from netcheck.diagnostics import Source
from netcheck.sources.linux.nft_values import NftError

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t\r\f]+|\\\r?\n)
    | (?P<end>\n|;)
    | (?P<comment>\#[^\n]*)
    | "(?P<string>[^"\n]*)"
    | (?P<address>(?<![\w.])(?:
          (?:[0-9A-Fa-f]{0,4}:){2,8}(?:\d+\.\d+\.\d+\.\d+|[0-9A-Fa-f]{0,4})
        | \d+\.\d+\.\d+\.\d+
      )(?![\w.]))
    | (?P<number>0[xX][0-9A-Fa-f]+|\d\w*)
    | (?P<word>[A-Za-z_][\w./\\*-]*)
    | (?P<symbol>==|!=|<=|>=|<<|>>|[{}()\[\],:=<>.\-/&|^!@$*+])
    """,
    re.VERBOSE | re.ASCII,
)
_HEXADECIMAL = re.compile(r"0[xX][0-9A-Fa-f]{1,32}\Z")
_DECIMAL = re.compile(r"[0-9]{1,39}\Z")


_MOST_TOKENS = 500_000
"""What variables may stand for, all uses together."""
_BEFORE_COMMAND = frozenset(("", "{", "}"))


class Token(NamedTuple):
    """One token: its kind (`word`, `number`, `address`, `string`, `symbol`, `end`, `hidden`), text and offset."""

    kind: str
    text: str
    offset: int

    @property
    def is_value(self) -> bool:
        """Whether it can stand as a value."""
        return self.kind in ("word", "number", "address", "string")


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the tokens; raise NftError at a character that begins none.

    A comment says nothing, but for those in which old versions of nft hide a match of iptables that they cannot print,
    together with the rest of the rule (`tcp dport 22 # xt_recent counter drop`): these are of the kind `hidden`.
    """
    position, begins_line = 0, True
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise NftLexError(f"`{text[position : position + 20].splitlines()[0]}` is no text of nft", position)
        kind, position = found.lastgroup or "", found.end()
        shown = found[kind]
        if kind == "comment":
            if not begins_line and shown[1:].strip().startswith("xt_"):
                yield Token("hidden", shown[1:].strip(), found.start())
        elif kind == "number":
            yield Token(kind, _plain_number(shown), found.start())
        elif kind != "space":
            yield Token(kind, shown, found.start())
        if kind != "space":
            begins_line = kind == "end"


class NftLexError(NftError):
    """A text that is no token, at an offset."""

    def __init__(self, message: str, offset: int) -> None:
        self.offset = offset
        super().__init__(message)


def _plain_number(text: str) -> str:
    """Return a number as decimals without leading zeros; text that begins with a digit (`1h30m`) as it is."""
    if _HEXADECIMAL.match(text):
        return str(int(text, 16))
    return str(int(text)) if _DECIMAL.match(text) else text


class Places:
    """Turns offsets into lines and columns."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def at(self, offset: int) -> Source:
        """Return the place of an offset."""
        line = bisect_right(self._starts, offset)
        return Source(self._path, line, offset - self._starts[line - 1] + 1)


def without_variables(tokens: Iterator[Token]) -> Iterator[Token]:
    """Yield tokens with `define` taken in and every `$name` replaced by what it stands for."""
    known: dict[str, list[Token]] = {}
    replaced = 0
    last = ""
    for token in tokens:
        if last in _BEFORE_COMMAND and token.kind == "word" and token.text in ("define", "redefine"):
            name, value = _definition(tokens, token, known)
            known[name] = value
            continue
        if token.text == "$" and token.kind == "symbol":
            found = _replaced(token, next(tokens, None), known)
            replaced += len(found)
            if replaced > _MOST_TOKENS:
                raise NftLexError("variables make the rule set too long", token.offset)
            yield from found
        else:
            yield token
        last = token.text if token.kind == "symbol" else "" if token.kind == "end" else "value"


def _definition(tokens: Iterator[Token], start: Token, known: dict[str, list[Token]]) -> tuple[str, list[Token]]:
    name, sign = next(tokens, start), next(tokens, start)
    if name.kind != "word" or sign.text != "=":
        raise NftLexError("`define` needs a name, `=` and a value", start.offset)
    value: list[Token] = []
    depth = 0
    for token in tokens:
        if token.kind == "end":
            if depth == 0:
                break
            continue
        depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "symbol" else 0
        is_use = token.kind == "symbol" and token.text == "$"
        value += _replaced(token, next(tokens, None), known) if is_use else [token]
        if len(value) > _MOST_TOKENS:
            raise NftLexError("variables make the rule set too long", token.offset)
    if not value:
        raise NftLexError(f"variable `{name.text}` has no value", start.offset)
    return name.text, value


def _replaced(sign: Token, name: Token | None, known: dict[str, list[Token]]) -> list[Token]:
    if name is None or name.text not in known:
        shown = name.text if name and name.kind == "word" else ""
        raise NftLexError(f"variable `${shown}` is not defined", sign.offset)
    return [one._replace(offset=sign.offset) for one in known[name.text]]
