"""JSON text to the same nodes as YAML: places kept, duplicate keys seen, nesting bounded."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.sources._nodes import DEPTH_LIMIT, Document, Node, Scalar, Sequence, shorten, to_mapping

_LOOKS_LIKE_JSON = re.compile(r'\s*[\[{]\s*(?:["\[\]{}]|\Z)')
_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<mark>[\[\]{},:])
      | "(?P<text>[^"\\\x00-\x1f]*)"
      | (?P<escaped>")
      | (?P<word>-?[0-9A-Za-z_.+\-]+)
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
# Nine tenths of an export are keys with a plain value and lists of texts. One match takes what would be four tokens;
# whatever differs in the least is left to _TOKEN, which knows every form and every fault.
_PAIR = re.compile(
    r"""[ \t\r\n]*"([^"\\\x00-\x1f]*)"[ \t\r\n]*:[ \t\r\n]*(?:
        "([^"\\\x00-\x1f]*)"
      | (-?(?:0|[1-9][0-9]{0,9})|true|false|null)(?=[ \t\r\n,}])
      | ([\[{])
    )(?:[ \t\r\n]*([,}]))?""",
    re.VERBOSE,
)
_ITEM = re.compile(r'[ \t\r\n]*"([^"\\\x00-\x1f]*)"(?:[ \t\r\n]*([,\]]))?')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_WORDS = frozenset(("true", "false", "null"))
_LONGEST_NUMBER = 30


def looks_like_json(text: str) -> bool:
    """Return whether a text starts as JSON does; `{a: 1}` is YAML."""
    return _LOOKS_LIKE_JSON.match(text) is not None


def parse_json(document: Document, collector: Collector) -> Node:
    """Return the root node of a JSON text.

    Duplicate keys go to `collector` and reading goes on; raise InputError with everything gathered where no
    tree can be built. Strict as RFC 8259: no comments, no trailing commas, no `NaN`.
    """
    return _Builder(document, collector).build()


class _Builder:
    def __init__(self, document: Document, collector: Collector) -> None:
        self._document, self._collector = document, collector
        self._text = document.text
        self._base = document.base
        self._decoder = json.JSONDecoder()
        self._stack: list[tuple[list[Node], str, int]] = []
        self._children: list[Node] = []
        # What may come next: v a value, V a value or `]`, k a key or `}`, K a key, c `:`, n `,` or a closing
        # bracket, e the end.
        self._wants = "v"

    def build(self) -> Node:
        """Turn tokens into nodes with an explicit stack."""
        match, position = _TOKEN.match, 0
        while True:
            if self._wants in "kK":
                position = self._pairs(position)
            elif self._wants in "vV" and self._stack and self._stack[-1][1] == "[":
                position = self._items(position)
            found = match(self._text, position)
            if found is None:
                self._refuse(self._skip(position))
            kind, start, position = found.lastgroup or "", found.start(found.lastgroup or 0), found.end()
            if kind == "mark":
                self._mark(found["mark"], start)
            elif kind == "end":
                if self._wants != "e":
                    last = max(0, len(self._text.rstrip()) - 1)
                    self._fatal("NC107", "not valid JSON: the text ends in the middle", last)
                return self._children[0]
            else:
                start -= kind == "text"  # the group begins behind the quote
                node, position = self._scalar(kind, found[kind], start, position)
                if self._wants in "vV":
                    self._wants = "n" if self._stack else "e"
                elif self._wants in "kK" and not node.is_plain:
                    self._wants = "c"
                else:
                    self._refuse(start)
                self._children.append(node)

    def _pairs(self, position: int) -> int:
        """Take plain keys with their values as long as they come, and return where the next token starts."""
        match, text, base = _PAIR.match, self._text, self._base
        quote, behind = base - 1, base + 1
        while self._wants in "kK" and (found := match(text, position)) is not None:
            name, value, word, opening, mark = found.groups()
            start, end = found.span(1)
            self._children.append(Scalar(name, False, start + quote, end + behind))
            if opening is None:
                start, end = found.span(2 if word is None else 3)
                if word is None:
                    self._children.append(Scalar(value, False, start + quote, end + behind))
                else:
                    self._children.append(Scalar(word, True, start + base, end + base))
                self._wants = "n" if mark != "," else "K"
            else:
                self._wants = "v"
                self._mark(opening, found.start(4))
            position = found.end()
            if mark == "}" or (mark and opening):
                self._mark(mark, position - 1)
        return position

    def _items(self, position: int) -> int:
        """Take plain texts of a list as long as they come, and return where the next token starts."""
        match, text = _ITEM.match, self._text
        quote, behind = self._base - 1, self._base + 1
        while self._wants in "vV" and (found := match(text, position)) is not None:
            value, mark = found.groups()
            start, end = found.span(1)
            self._children.append(Scalar(value, False, start + quote, end + behind))
            self._wants, position = "n" if mark != "," else "v", found.end()
            if mark == "]":
                self._mark(mark, position - 1)
        return position

    def _mark(self, mark: str, start: int) -> None:
        wants = self._wants
        opened = self._stack[-1][1] if self._stack else ""
        if mark in "{[" and wants in "vV":
            if len(self._stack) >= DEPTH_LIMIT:
                self._fatal("NC111", f"nested more than {DEPTH_LIMIT} levels deep", start)
            self._stack.append((self._children, mark, start))
            self._children, self._wants = [], "k" if mark == "{" else "V"
        elif (mark == "}" and opened == "{" and wants in "nk") or (mark == "]" and opened == "[" and wants in "nV"):
            inner = self._children
            self._children, _, opened_at = self._stack.pop()
            self._children.append(self._container(inner, opened, opened_at))
            self._wants = "n" if self._stack else "e"
        elif mark == ":" and wants == "c":
            self._wants = "v"
        elif mark == "," and wants == "n":
            self._wants = "K" if opened == "{" else "v"
        else:
            self._refuse(start)

    def _scalar(self, kind: str, text: str, start: int, end: int) -> tuple[Scalar, int]:
        if kind == "text":
            return Scalar(text, False, start + self._base, end + self._base), end
        if kind == "escaped":
            return self._escaped(start)
        if text not in _WORDS and not _NUMBER.match(text):
            self._refuse(start)
        if len(text) > _LONGEST_NUMBER:
            self._fatal("NC107", f"number `{shorten(text)}` has {len(text)} characters", start)
        return Scalar(text, True, start + self._base, end + self._base), end

    def _escaped(self, start: int) -> tuple[Scalar, int]:
        try:
            value, end = self._decoder.raw_decode(self._text, start)
            value.encode()
        except json.JSONDecodeError as error:
            self._fatal("NC107", f"not valid JSON: {error.msg.lower()}", min(error.pos, len(self._text) - 1))
        except UnicodeEncodeError:
            self._fatal("NC107", "not valid JSON: half a surrogate pair", start)
        return Scalar(value, False, start + self._base, end + self._base), end

    def _container(self, children: list[Node], opening: str, start: int) -> Node:
        if opening == "[":
            return Sequence(tuple(children), start + self._base)
        return to_mapping(children, start + self._base, self._refuse_key)

    def _refuse_key(self, name: Node, first: Scalar | None) -> None:
        if first is not None and isinstance(name, Scalar):
            self._collector.add(self._document.duplicate(name, first))
        else:  # `<<` means nothing in JSON, and no key of ours is called that
            self._collector.add(self._document.fault(name, "NC116", "merge key `<<` is not supported"))

    def _skip(self, position: int) -> int:
        while self._text[position : position + 1] in (" ", "\t", "\r", "\n"):
            position += 1
        return position

    def _refuse(self, offset: int) -> NoReturn:
        word = re.match(r"[0-9A-Za-z_.+\-]+|.", self._text[offset : offset + 80], re.DOTALL)
        self._fatal("NC107", f"not valid JSON: unexpected `{word[0] if word else ''}`", offset)

    def _fatal(self, code: str, message: str, offset: int) -> NoReturn:
        place = Scalar("", True, offset + self._base, offset + self._base + 1)
        self._collector.add(self._document.fault(place, code, message))
        raise InputError(self._collector) from None
