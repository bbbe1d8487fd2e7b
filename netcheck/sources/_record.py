"""Typed reading of nodes: what a key must hold is said where it is read, and every fault is collected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as Words
from functools import lru_cache
from typing import TypeVar

from netcheck.diagnostics import Collector, Severity, Source
from netcheck.errors import InputError
from netcheck.model.names import key, nearest
from netcheck.model.site import Unmodelled
from netcheck.sources._nodes import (
    Library,
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unknown,
    describe,
    is_absent,
    shorten,
)

T = TypeVar("T")
Related = tuple[tuple[Source, str], ...]

_fold = lru_cache(maxsize=4096)(key)  # a site of 25,000 rules looks the same few keys up two million times
_TEXTS = (Scalar, Unknown)
_INTEGER = re.compile(r"(?:0|[1-9][0-9]{0,9})\Z")
_BOOLEANS = {"true": True, "false": False}
_OLD_BOOLEANS = frozenset(("yes", "no", "on", "off", "y", "n"))


def suggest(word: str, known: Iterable[str]) -> str:
    """Return the known word that a misspelled one is closest to, or ""."""
    spellings = {key(name): name for name in known}
    return spellings.get(nearest(key(word[:80]), spellings), "")


class Reader:
    """The documents being read, the collector their faults go to, and what a verdict has to say is not known."""

    def __init__(self, document: Library, collector: Collector) -> None:
        self.document, self.collector = document, collector
        self.unmodelled: list[Unmodelled] = []
        self._said: set[tuple[str, str]] = set()

    def error(self, node: Node, code: str, message: str, advice: str = "", related: Related = ()) -> None:
        """Collect an error about a node."""
        self.collector.add(self.document.fault(node, code, message, advice, related))

    def warning(self, node: Node, code: str, message: str, advice: str = "") -> None:
        """Collect a warning about a node."""
        self.collector.add(self.document.fault(node, code, message, advice, severity=Severity.WARNING))

    def warn_once(self, node: Scalar, what: str) -> None:
        """Warn of a property that netcheck does not know, at the first resource of a kind that has it."""
        if (_fold(node.text), what) not in self._said:
            self._said.add((_fold(node.text), what))
            message = f"`{shorten(node.text)}` of {what} is not known to netcheck and not taken into account"
            self.warning(node, "NC117", message)

    def source(self, node: Node) -> Source:
        """Return the place of a node."""
        return self.document.source(node)

    def is_export(self, node: Node) -> bool:
        """Return whether a node stands in a file that a program wrote."""
        return self.document.of(node).is_export

    def taint(self, node: Unknown, what: str) -> None:
        """Note a value that is not known and that every verdict may depend on."""
        self.leave_open(what, node, f"`{what}` is `{shorten(node.text)}`: {node.reason}")

    def leave_open(self, name: str, node: Node, reason: str = "") -> None:
        """Note what every verdict may depend on; `reason` says what is not known, "" where it is only not modelled."""
        self.unmodelled.append(Unmodelled(name, self.source(node), reason))

    def not_known(self, node: Unknown, what: str) -> None:
        """Say that something is not known without which a resource cannot be read: every verdict depends on it."""
        message = f"`{what}` is not known: {node.reason}"
        self.warning(node, "NC152", message, "give the value, as a parameter or in the file itself")
        self.taint(node, what)

    def record(self, node: Node, what: str) -> Record | None:
        """Return a mapping as a record to read keys from; collect an error and return None for anything else."""
        if isinstance(node, Mapping):
            return Record(self, node, what)
        if isinstance(node, Unknown):
            self.not_known(node, what.removeprefix("a ").removeprefix("an "))
            return None
        self.error(node, "NC122", f"{what} must be a mapping, not {describe(node)}")
        return None

    def absorb(self, read: Callable[[], T], named_at: Node) -> T | None:
        """Read another file the site names; its faults join ours, with the place that names it."""
        try:
            return read()
        except InputError as error:
            from dataclasses import replace

            place = (self.source(named_at), "the file is named here")
            for found in error.diagnostics:
                is_whole_file = not found.at.line and not found.at.pointer
                self.collector.add(replace(found, related=(*found.related, place)) if is_whole_file else found)
            return None

    def text(self, node: Node, what: str) -> str | None:
        """Return a scalar's text; control characters are refused, so that no report has to fear them.

        What is not known has the text that stands for it: enough for a name or a reference.
        """
        if not isinstance(node, _TEXTS):
            self.error(node, "NC122", f"`{what}` must be text, not {describe(node)}")
            return None
        if not node.text.isprintable():
            self.error(node, "NC122", f"`{what}` holds a control character", "remove it")
            return None
        return node.text

    def integer(self, node: Node, what: str, lowest: int, highest: int) -> int | None:
        """Return a whole number in plain digits and within bounds."""
        if isinstance(node, Unknown):
            self.not_known(node, what)
            return None
        text = node.text if isinstance(node, Scalar) else ""
        if not _INTEGER.match(text):
            if re.fullmatch(r"0[0-9]{1,9}", text):
                advice = f"write `{int(text)}`; a leading zero means octal to some readers"
            else:
                advice = f"write a number from {lowest} to {highest} in plain digits"
            self.error(node, "NC124", f"`{what}` must be a whole number, not {_shown(node)}", advice)
            return None
        if not lowest <= int(text) <= highest:
            self.error(node, "NC124", f"`{what}` is {text}, outside {lowest} to {highest}")
            return None
        return int(text)

    def word(self, node: Node, what: str, words: Words[str, T]) -> T | None:
        """Return what one of a few words stands for, letter case aside."""
        if isinstance(node, Unknown):
            self.not_known(node, what)
            return None
        text = node.text if isinstance(node, Scalar) else ""
        if text in words:
            return words[text]
        folded = {_fold(word): meaning for word, meaning in words.items()}
        if isinstance(node, Scalar) and key(text) in folded:
            return folded[key(text)]
        close = suggest(text, words)
        choices = ", ".join(f"`{word}`" for word in words)
        advice = f"did you mean `{close}`?" if close else f"one of {choices}"
        self.error(node, "NC123", f"`{what}` cannot be {_shown(node)}", advice)
        return None

    def boolean(self, node: Node, what: str) -> bool | None:
        """Return true or false; `yes` and `no` are refused, since readers differ on them."""
        text = node.text.lower() if isinstance(node, Scalar) else ""
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        advice = "write `true` or `false`"
        if text in _OLD_BOOLEANS:
            advice += "; programs differ on what this word means"
        self.error(node, "NC122", f"`{what}` must be true or false, not {_shown(node)}", advice)
        return None


class Record:
    """One mapping being read. Letter case of keys does not matter: Azure's own tools spell them both ways.

    A level called `properties` (the REST form of every Azure resource) counts as if its keys stood outside.
    Whatever has not been asked for when `finish` is called is an unknown key.
    """

    def __init__(self, reader: Reader, node: Mapping, what: str) -> None:
        self.reader, self.node, self.what = reader, node, what
        self._entries: dict[str, tuple[Scalar, Node]] = {}
        self._asked: dict[str, str] = {}
        self._ignored: list[tuple[str, ...]] = []
        self.unknown_properties: Unknown | None = None
        self._take(node)

    def _take(self, node: Mapping) -> None:
        pairs = iter(node.children)
        for name, value in zip(pairs, pairs, strict=True):
            assert isinstance(name, Scalar)
            folded = _fold(name.text)
            if folded == "properties":
                if isinstance(value, Mapping):
                    self._take(value)
                    continue
                if isinstance(value, Unknown):
                    self.unknown_properties = value
                    self.reader.not_known(value, f"properties of {self.what}")
                elif not is_absent(value):
                    message = f"`properties` of {self.what} must be a mapping, not {describe(value)}"
                    self.reader.error(value, "NC122", message)
            first = self._entries.setdefault(folded, (name, value))[0]
            if first is not name:
                self.reader.collector.add(self.reader.document.duplicate(name, first))

    def raw(self, name: str) -> Node | None:
        """Return the value as it stands, null and empty ones too; None when there is no such key."""
        folded = _fold(name)
        self._asked[folded] = name
        entry = self._entries.get(folded)
        return entry[1] if entry else None

    def get(self, name: str) -> Node | None:
        """Return the value; None when there is none, or it is null, `""` or `[]`, as Azure prints what is not set."""
        node = self.raw(name)
        return None if node is None or is_absent(node) else node

    def required(self, name: str, advice: str = "") -> Node | None:
        """Return the value, or collect an error when it is not set."""
        node = self.get(name)
        if node is None:
            self.missing(name, advice)
        return node

    def missing(self, name: str, advice: str = "") -> None:
        """Collect an error: this key has to be given, unless nothing of the resource is known."""
        if self.unknown_properties is not None:
            return
        self.reader.error(self.node, "NC121", f"{self.what} lacks `{name}`", advice)

    def text(self, name: str) -> str:
        """Return a text, or "" when it is not set."""
        node = self.get(name)
        return self.reader.text(node, name) or "" if node is not None else ""

    def name(self) -> str:
        """Return the resource's own name, exactly as spelled (trailing spaces too), or "" after collecting an error."""
        node = self.required("name")
        return self.reader.text(node, "name") or "" if node is not None else ""

    def boolean(self, name: str) -> bool | None:
        """Return true or false, or None when it is not set; every verdict may depend on one that is not known."""
        node = self.get(name)
        if isinstance(node, Unknown):
            self.reader.taint(node, name)
            return None
        return None if node is None else self.reader.boolean(node, name)

    def word(self, name: str, words: Words[str, T]) -> T | None:
        """Return what the word stands for, or None when it is not set."""
        node = self.get(name)
        return None if node is None else self.reader.word(node, name, words)

    def required_word(self, name: str, words: Words[str, T]) -> T | None:
        """Return what the word stands for, or None after collecting an error."""
        node = self.get(name)
        if node is None:
            self.missing(name, "one of " + ", ".join(f"`{word}`" for word in words))
            return None
        return self.reader.word(node, name, words)

    def items(self, name: str) -> tuple[Node, ...]:
        """Return the elements of a list; one value counts as a list of it, and what is not set as an empty one."""
        node = self.raw(name)
        if isinstance(node, Sequence):
            return node.items
        return () if node is None or is_absent(node) else (node,)

    def values(self, name: str) -> list[Scalar | Unknown]:
        """Return the non-empty texts of a list, or of one value, and what is not known of it.

        Collect an error for any other element.
        """
        whole = self.raw(name)
        if whole is None or is_absent(whole):
            return []
        if type(whole) is Scalar and whole.text.isprintable():  # eight of ten fields of a rule
            return [whole]
        found: list[Scalar | Unknown] = []
        for node in whole.items if isinstance(whole, Sequence) else (whole,):
            if is_absent(node):
                self.reader.error(node, "NC122", f"`{name}` holds an empty element", "remove it")
            elif self.reader.text(node, name) is not None and isinstance(node, _TEXTS):
                found.append(node)
        return found

    def scalars(self, name: str) -> list[Scalar]:
        """Return the non-empty texts of a list, or of one value; collect an error for any other element."""
        found = []
        for node in self.values(name):
            if isinstance(node, Unknown):
                self.reader.not_known(node, name)
            else:
                found.append(node)
        return found

    def records(self, name: str, what: str) -> list[Record]:
        """Return a list of mappings as records."""
        node = self.get(name)
        if node is None:
            return []
        if isinstance(node, Unknown):
            self.reader.not_known(node, name)
            return []
        if not isinstance(node, Sequence):
            self.reader.error(node, "NC122", f"`{name}` must be a list, not {describe(node)}")
            return []
        return [record for item in node.items if (record := self.reader.record(item, what)) is not None]

    def ignore(self, *names: str) -> None:
        """Accept keys that Azure prints and that decide nothing here."""
        self._ignored.append(names)

    def finish(self) -> tuple[str, ...]:
        """Collect an error for each key that nobody asked for; where a program wrote the file, return them instead.

        Azure adds properties all the time: one that netcheck does not know is no misspelling there, unless it is one
        letter or two from a key that counts. It is reported with a warning.
        """
        left = [(folded, name) for folded, (name, _) in self._entries.items() if folded not in self._asked]
        if not left:
            return ()
        ignored = {_fold(name) for names in self._ignored for name in names}
        accepted = []
        for folded, name in left:
            if folded in ignored:
                continue
            close = suggest(name.text, self._asked.values())
            if self.reader.is_export(name) and not (close and abs(len(close) - len(name.text)) <= 1):
                accepted.append(name.text)
                self.reader.warn_once(name, self.what)
            else:
                advice = f"did you mean `{close}`?" if close else f"keys of {self.what} are listed by `netcheck schema`"
                self.reader.error(name, "NC120", f"unknown key `{shorten(name.text)}` in {self.what}", advice)
        return tuple(accepted)


def _shown(node: Node) -> str:
    return f"`{shorten(node.text)}`" if isinstance(node, Scalar) and not node.is_null else describe(node)
