"""A walk over tokens of an nft rule set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from netcheck.sources.linux.nft_tokens import NftLexError, Token

_NONE = Token("none", "", 0)
_PLAIN = ("word", "symbol")


class Stream:
    """Tokens with a position. What is asked for and not there raises NftLexError with the place."""

    def __init__(self, tokens: Sequence[Token], after: int = 0) -> None:
        self._tokens = tokens
        self._after = after
        self.position = 0

    @property
    def is_done(self) -> bool:
        """Whether no token is left."""
        return self.position >= len(self._tokens)

    @property
    def offset(self) -> int:
        """Where the next token stands in the text."""
        return self._after if self.is_done else self._tokens[self.position].offset

    def peek(self, ahead: int = 0) -> Token:
        """Return a token that comes; behind the last one, a token of the kind `none`."""
        position = self.position + ahead
        return self._tokens[position] if position < len(self._tokens) else Token("none", "", self._after)

    def next(self) -> Token:
        """Take a token."""
        token = self.peek()
        self.position += 1
        return token

    def is_at(self, *texts: str) -> bool:
        """Whether the next tokens are these words or signs."""
        position = self.position
        for text in texts:
            token = self._tokens[position] if position < len(self._tokens) else _NONE
            if token[1] != text or token[0] not in _PLAIN:
                return False
            position += 1
        return True

    def take(self, *texts: str) -> bool:
        """Take the next tokens if they are these words or signs."""
        if not self.is_at(*texts):
            return False
        self.position += len(texts)
        return True

    def expect(self, text: str) -> None:
        """Take a token that must be this one."""
        if not self.take(text):
            self.fail(f"`{text}` is missing")

    def name(self, what: str) -> str:
        """Take a name: a word, a quoted text or a number."""
        token = self.peek()
        if not token.is_value:
            self.fail(f"{what} is missing")
        return self.next().text

    def rest(self) -> list[Token]:
        """Take all tokens that are left."""
        found = list(self._tokens[self.position :])
        self.position = len(self._tokens)
        return found

    def skip_ends(self) -> None:
        """Pass over line ends and semicolons."""
        while self.peek().kind == "end":
            self.position += 1

    def between(self, start: int) -> Sequence[Token]:
        """Return the tokens taken since a position."""
        return self._tokens[start : self.position]

    def until(self, *stops: str) -> list[Token]:
        """Take tokens up to one of these signs (or `end`) outside braces; the sign itself stays."""
        found: list[Token] = []
        depth = 0
        while not self.is_done:
            token = self.peek()
            is_sign = token.kind == "symbol"
            if depth == 0 and (token.text in stops if is_sign else token.kind == "end" and "end" in stops):
                break
            depth += {"{": 1, "}": -1}.get(token.text, 0) if is_sign else 0
            if depth < 0:
                break
            self.position += 1
            if token.kind != "end":  # inside braces a line end says nothing
                found.append(token)
        return found

    def fail(self, message: str) -> NoReturn:
        """Raise NftLexError at the next token."""
        shown = self.peek().text.strip() or ("the end of the line" if self.peek().kind == "end" else "the end")
        raise NftLexError(f"{message} before `{shown[:40]}`", self.offset)


def written(tokens: Sequence[Token]) -> str:
    """Return tokens as text."""
    return " ".join(f'"{token.text}"' if token.kind == "string" else token.text for token in tokens)
