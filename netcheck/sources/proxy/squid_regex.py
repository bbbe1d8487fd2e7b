"""Regular expressions of `dstdom_regex` and `url_regex`, as far as they are a choice of texts with gaps.

POSIX extended syntax: characters, `.`, `[…]`, `*` and `+` after one of these, groups with `|`, `?`. Whatever else an
expression holds is not read.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.proxyacl import Gap, OneOf, TextPattern

_MOST = 256
"""How many texts an expression may stand for; more is not read."""

_SPECIAL = frozenset("*+?{}[]()|^$\\")
_PRINTABLE = frozenset(map(chr, range(32, 127)))


class UnreadExpressionError(ValueError):
    """The expression says more than texts with gaps do."""


class BadExpressionError(UnreadExpressionError):
    """The expression is none: it begins with a repetition, or a group has no end."""


def text_patterns(expression: str, *, is_case_ignored: bool) -> tuple[TextPattern, ...]:
    """Return the whole texts that hold a match; raise UnreadExpressionError.

    Unless `^` begins it, anything may come before a match, and unless `$` ends it, anything after. Squid compares hosts
    in small letters, so a capital letter matches only where capitals are ignored.
    """
    reader = _Reader(expression.lower() if is_case_ignored else expression)
    found = [_whole(pattern) for pattern in reader.choices()]
    if not reader.is_done:
        raise UnreadExpressionError(expression)
    return tuple(dict.fromkeys(found))


_START, _END = "\x02", "\x03"


def _whole(elements: TextPattern) -> TextPattern:
    """Return a text with its ends: `^` and `$` are read at the ends alone."""
    if _START in elements[1:] or _END in elements[:-1]:
        raise UnreadExpressionError("an end inside of the text")
    first = elements[1:] if elements[:1] == (_START,) else (Gap.STAR, *elements)
    return first[:-1] if elements[-1:] == (_END,) else (*first, Gap.STAR)


class _Reader:
    """Walks one expression from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def is_done(self) -> bool:
        return self._at == len(self._text)

    def choices(self) -> list[TextPattern]:
        found = self._sequence()
        while self._take("|"):
            found += self._sequence()
        return _limited(found)

    def _sequence(self) -> list[TextPattern]:
        found: list[TextPattern] = [()]
        for item in self._items():
            found = _limited([(*before, *after) for before in found for after in item])
        return found

    def _items(self) -> Iterator[list[TextPattern]]:
        while not self.is_done and self._text[self._at] not in "|)":
            item = self._item()
            if self._take("?"):
                item = [*item, ()]
            elif self._take("*"):
                item = [(self._repeated(item),)]
            elif self._take("+"):
                item = [(*item[0], self._repeated(item))]
            if not self.is_done and self._text[self._at] in "*+?{":
                raise UnreadExpressionError(self._text)
            yield item

    def _repeated(self, item: list[TextPattern]) -> Gap | OneOf:
        """Return any number of what a single element takes; groups are not repeated here."""
        if len(item) != 1 or len(item[0]) != 1 or item[0][0] in (_START, _END):
            raise UnreadExpressionError(self._text)
        element = item[0][0]
        if isinstance(element, OneOf):
            return OneOf(element.characters, is_repeated=True)
        return Gap.STAR if element is Gap.ANY else OneOf(frozenset({str(element)}), is_repeated=True)

    def _item(self) -> list[TextPattern]:
        character = self._text[self._at]
        self._at += 1
        if character == "(":
            inner = self.choices()
            if not self._take(")"):
                raise BadExpressionError(self._text)
            return inner
        if character == "\\":
            return [(self._escaped(),)]
        if character in "^$":
            return [(_START if character == "^" else _END,)]
        if character == ".":
            return [(Gap.ANY,)]
        if character == "[":
            return [(self._choice(),)]
        if character in "*+?":
            raise BadExpressionError(self._text)
        if character in _SPECIAL or not character.isascii() or not character.isprintable():
            raise UnreadExpressionError(self._text)
        return [(character,)]

    def _escaped(self) -> str:
        """Return the character after a backslash: before a letter or digit it means something else."""
        character = self._text[self._at : self._at + 1]
        if not character or not character.isascii() or not character.isprintable() or character.isalnum():
            raise UnreadExpressionError(self._text)
        self._at += 1
        return character

    def _choice(self) -> OneOf:
        """Return the characters of a bracket: single ones and ranges; `]` may stand first, `[:` is more than that."""
        is_opposite = self._take("^")
        end = self._text.find("]", self._at + 1)
        inside = self._text[self._at : end]
        if end < 0 or not inside.isascii() or "[" in inside:
            raise UnreadExpressionError(self._text)
        self._at = end + 1
        found: set[str] = set()
        while inside:
            width = 3 if inside[1:2] == "-" and len(inside) > 2 else 1
            if inside[0] > inside[width - 1]:
                raise UnreadExpressionError(self._text)
            found |= {chr(code) for code in range(ord(inside[0]), ord(inside[width - 1]) + 1)}
            inside = inside[width:]
        return OneOf(_PRINTABLE - found if is_opposite else frozenset(found))

    def _take(self, sign: str) -> bool:
        if self._text[self._at : self._at + 1] != sign:
            return False
        self._at += 1
        return True


def _limited(found: list[TextPattern]) -> list[TextPattern]:
    if len(found) > _MOST:
        raise UnreadExpressionError("too many texts")
    return found
