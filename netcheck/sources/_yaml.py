"""YAML text to nodes, from the parser's events: positions kept, nothing converted, nothing constructed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import yaml
from yaml import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.sources._nodes import DEPTH_LIMIT, Document, Node, Scalar, Sequence, to_mapping

EXPANSION_LIMIT = 1_000_000
"""Nodes that aliases may stand for; a "billion laughs" file passes it within a few lines."""

_Event = Any  # the stubs call every mark of an event optional; the parsers always set it

# The published wheels of PyYAML have libyaml; a build from source may not.
_LOADER: Callable[[str], Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTE_STAR = 'quote the star: `"*"`; unquoted, YAML reads it as an alias'


def parse_yaml(document: Document, collector: Collector) -> Node:
    """Return the root node of a YAML document.

    Duplicate keys, tags and unknown aliases go to `collector` and reading goes on; raise InputError with
    everything gathered so far where no tree can be built (syntax, nesting, expansion, several documents).
    """
    builder = _Builder(document, collector)
    try:
        return builder.build(_LOADER(document.text))
    except yaml.reader.ReaderError as error:
        builder.fatal(
            "NC106", f"character `U+{error.character:04X}` is not allowed", builder.find(error.character), "remove it"
        )
    except yaml.MarkedYAMLError as error:
        builder.syntax(error)


class _Builder:
    def __init__(self, document: Document, collector: Collector) -> None:
        self._document, self._collector, self._base = document, collector, document.base
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open: set[str] = set()

    def build(self, loader: Any) -> Node:
        """Turn events into nodes with an explicit stack; `made` counts nodes, those behind aliases too."""
        next_event, base = loader.get_event, self._base
        stack: list[tuple[list[Node], _Event, int]] = []
        children: list[Node] = []
        made = aliased = 0
        while True:
            event = next_event()
            kind = type(event)
            made += 1
            node: Node
            if kind is ScalarEvent:
                start_at, end_at = event.start_mark.index + base, event.end_mark.index + base
                node = Scalar(event.value, event.implicit[0], start_at, end_at)
                if event.tag is not None or event.anchor is not None:
                    self._decorate(event, node, 1)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self._check_start(event, len(stack))
                stack.append((children, event, made))
                children = []
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                inner = children
                children, start, made_before = stack.pop()
                if kind is MappingEndEvent:
                    node = to_mapping(inner, start.start_mark.index + base, self._refuse_key)
                else:
                    node = Sequence(tuple(inner), start.start_mark.index + base)
                if start.anchor is not None:
                    self._decorate(start, node, made - made_before)
            elif kind is AliasEvent:
                node, size = self._alias(event)
                made, aliased = made + size, aliased + size
                if aliased > EXPANSION_LIMIT:
                    advice = "write the repeated part once, or without aliases"
                    self.fatal(
                        "NC112",
                        f"aliases expand to more than {EXPANSION_LIMIT:,} nodes",
                        event.start_mark.index,
                        advice,
                    )
            elif kind is StreamEndEvent:
                return children[0] if children else Scalar("", True, base, base)
            else:
                if kind is DocumentStartEvent and children:
                    self.fatal(
                        "NC114",
                        "the file holds more than one YAML document",
                        event.start_mark.index,
                        "give each its own file",
                    )
                continue
            children.append(node)

    def _refuse_key(self, name: Node, first: Scalar | None) -> None:
        if first is not None and isinstance(name, Scalar):
            self._collector.add(self._document.duplicate(name, first))
        elif isinstance(name, Scalar):
            self._error("NC116", "merge key `<<` is not supported", name, "write the merged keys out")
        else:
            self._error("NC106", "a key must be plain text", name, "write `key: value`")

    def _check_start(self, event: _Event, depth: int) -> None:
        if depth >= DEPTH_LIMIT:
            self.too_deep(event.start_mark.index)
        if event.tag is not None:
            self._refuse_tag(event)
        if event.anchor is not None:
            self._open.add(event.anchor)

    def _decorate(self, event: _Event, node: Node, size: int) -> None:
        if event.tag is not None and isinstance(node, Scalar):
            self._refuse_tag(event)
        if event.anchor is not None:
            self._open.discard(event.anchor)
            self._anchors[event.anchor] = (node, size)

    def _refuse_tag(self, event: _Event) -> None:
        start = event.start_mark.index
        tag = self._document.text[start:].split(maxsplit=1)[0][:60]
        place = Scalar(tag, True, start + self._base, start + self._base + len(tag))
        self._error("NC113", f"tag `{tag}` is not allowed", place, "remove the tag; the value alone is enough")

    def _alias(self, event: _Event) -> tuple[Node, int]:
        place = Scalar("*", True, event.start_mark.index + self._base, event.end_mark.index + self._base)
        if event.anchor in self._open:
            self._error("NC112", f"alias `*{event.anchor}` stands inside what it repeats", place, "write the part out")
        elif event.anchor in self._anchors:
            return self._anchors[event.anchor]
        else:
            self._error("NC115", f"alias `*{event.anchor}` repeats nothing that is defined", place, _QUOTE_STAR)
        return place, 1

    def syntax(self, error: yaml.MarkedYAMLError) -> NoReturn:
        """Report what the parser found wrong, at its mark; an unquoted star gets its own advice."""
        mark = error.problem_mark or error.context_mark
        problem, context = error.problem or "not valid YAML", error.context or ""
        if context.startswith("while scanning an alias"):
            self.fatal("NC115", "unquoted `*`", max(0, mark.index - 1 if mark else 0), _QUOTE_STAR)
        if "end of stream" in problem and error.context_mark:
            mark = error.context_mark
        offset = mark.index if mark else 0
        if "nesting depth" in problem:  # newer parsers have a limit of their own, which a scan ahead meets before ours
            self.too_deep(offset)
        text = self._document.text
        if text[offset : offset + 1] == "\t":
            self.fatal("NC106", "a tab where YAML wants spaces", offset, "indent with spaces")
        message = f"{problem} {context}".strip().replace("\n", " ")
        advice = "quote texts that begin with a special character" if "cannot start" in problem else ""
        self.fatal("NC106", f"not valid YAML: {message}", min(offset, max(0, len(text.rstrip()) - 1)), advice)

    def too_deep(self, offset: int) -> NoReturn:
        """Report that the file is nested deeper than any site is."""
        message = f"nested more than {DEPTH_LIMIT} levels deep"
        self.fatal("NC111", message, offset, "no site needs that; is this the right file?")

    def find(self, character: int) -> int:
        """Return the offset of the first such character."""
        return max(0, self._document.text.find(chr(character)))

    def fatal(self, code: str, message: str, offset: int, advice: str) -> NoReturn:
        """Report the fault that ends the reading, after all found before it."""
        self._error(code, message, Scalar("", True, offset + self._base, offset + self._base + 1), advice)
        raise InputError(self._collector) from None

    def _error(self, code: str, message: str, node: Node, advice: str) -> None:
        self._collector.add(self._document.fault(node, code, message, advice))
