"""The names that an intents file gives: variables for texts and ports, groups for what packets come from and go to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from netcheck.model.intents import Group, Word
from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, describe, is_absent, shorten
from netcheck.sources._record import Record, suggest

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,79}\Z")


class Names:
    """The variables and groups of one file, expanded on demand."""

    def __init__(self, record: Record) -> None:
        self._reader = record.reader
        self._variables = self._named(record, "variables")
        self._groups = self._named(record, "groups")

    def groups(self) -> tuple[Group, ...]:
        """Return all groups with their members, variables and inner groups taken apart; collect what is wrong."""
        found = []
        for name, nodes in self._groups.values():
            members = tuple(self._unique(self._expanded(nodes, (key(name.text),), with_groups=True)))
            found.append(Group(name=self.word(name), members=members))
        for name, nodes in self._variables.values():
            list(self._expanded(nodes, (f"${key(name.text)}",), with_groups=False))
        return tuple(found)

    def ends(self, record: Record, name: str) -> tuple[Word, ...]:
        """Return what a key names as sources or destinations: variables and groups taken apart, each name once."""
        return tuple(self._unique(self._expanded(self.scalars(record, name), (), with_groups=True)))

    def texts(self, record: Record, name: str) -> tuple[Word, ...]:
        """Return the texts of a key with variables taken apart; groups are none there."""
        return tuple(self._expanded(self.scalars(record, name), (), with_groups=False))

    def scalars(self, record: Record, name: str) -> list[Scalar]:
        """Return the texts of a key as they stand; collect an error where it is not set or holds none."""
        node = record.required(name)
        return [] if node is None else self._scalars(node, name)

    def word(self, node: Node, text: str = "") -> Word:
        """Return a text of the file with its place."""
        document = self._reader.document.of(node)
        at = document.source(node)
        return Word(text or (node.text if isinstance(node, Scalar) else ""), at, document.line(at.line))

    def _named(self, record: Record, name: str) -> dict[str, tuple[Scalar, list[Scalar]]]:
        node = record.get(name)
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self._reader.error(node, "NC122", f"`{name}` must be a mapping of names, not {describe(node)}")
            return {}
        found: dict[str, tuple[Scalar, list[Scalar]]] = {}
        for own, value in node.entries:
            first = found.get(key(own.text))
            if first is not None:
                self._reader.collector.add(self._reader.document.duplicate(own, first[0]))
            elif not _NAME.match(own.text) and name == "variables":
                advice = "letters, digits, `_`, `-` and `.`, a letter first"
                self._reader.error(own, "NC122", f"`{shorten(own.text)}` is no name for a variable", advice)
            elif not own.text.isprintable() or not own.text or own.text.startswith("$") or "," in own.text:
                self._reader.error(
                    own, "NC122", f"`{shorten(own.text)}` is no name for a group", "without `$` and comma"
                )
            else:
                found[key(own.text)] = (own, self._scalars(value, own.text))
        return found

    def _scalars(self, node: Node, name: str) -> list[Scalar]:
        found = []
        for one in node.items if isinstance(node, Sequence) else (node,):
            if is_absent(one):
                self._reader.error(one, "NC122", f"`{shorten(name)}` holds an empty element", "remove it")
            elif self._reader.text(one, name) is not None and isinstance(one, Scalar):
                found += list(self._split(one))
        if isinstance(node, Sequence) and not node.items:
            self._reader.error(node, "NC122", f"`{shorten(name)}` holds nothing", "name something, or take it out")
        return found

    def _split(self, node: Scalar) -> Iterator[Scalar]:
        """Take `80,443` apart: commas separate in options, and no Azure name holds one."""
        if "," not in node.text:
            yield node
            return
        pieces = [piece.strip() for piece in node.text.split(",")]
        if not all(pieces):
            self._reader.error(node, "NC122", f"`{shorten(node.text)}` holds an empty element", "remove the comma")
        for piece in pieces:
            if piece:
                yield Scalar(piece, node.is_plain, node.start, node.end)

    def _expanded(self, nodes: Iterable[Scalar], inside: tuple[str, ...], *, with_groups: bool) -> Iterator[Word]:
        """Yield the words that texts stand for; `inside` are the variables and groups being taken apart."""
        for node in nodes:
            known, at = self._meaning(node, with_groups)
            if known is None:
                if at:
                    self._unknown(node)
                else:
                    yield self.word(node)
            elif at in inside:
                self._loop(node)
            else:
                yield from self._expanded(known, (*inside, at), with_groups=with_groups)

    def _meaning(self, node: Scalar, with_groups: bool) -> tuple[list[Scalar] | None, str]:
        """Return what a variable or group stands for, and its key; the key alone for a variable that is not there."""
        if node.text.startswith("$"):
            name = key(node.text[1:])
            return (self._variables[name][1] if name in self._variables else None), f"${name}"
        if with_groups and key(node.text) in self._groups:
            return self._groups[key(node.text)][1], key(node.text)
        return None, ""

    def _unknown(self, node: Scalar) -> None:
        names = [name.text for name, _ in self._variables.values()]
        close = suggest(node.text[1:], names)
        listed = ", ".join(f"`${name}`" for name in names[:8]) or "the file has no `variables`"
        advice = f"did you mean `${close}`?" if close else listed
        self._reader.error(node, "NC131", f"there is no variable `{shorten(node.text)}`", advice)

    def _loop(self, node: Scalar) -> None:
        kind = "variable" if node.text.startswith("$") else "group"
        message = f"{kind} `{shorten(node.text)}` stands for itself in the end"
        self._reader.error(node, "NC125", message, "name its members, without a circle")

    @staticmethod
    def _unique(words: Iterable[Word]) -> Iterator[Word]:
        return iter({key(word.text): word for word in words}.values())
