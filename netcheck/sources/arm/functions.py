"""How template functions are declared, their arguments checked, and what an unknown argument does to the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown, made_mapping, made_text
from netcheck.sources.arm.run import ArmError, Run
from netcheck.sources.arm.values import (
    NOT_GIVEN,
    first_unknown,
    is_in_range,
    is_symbolic,
    kind_of,
    shown,
    to_array,
    to_boolean,
    to_null,
    to_number,
    unknown,
    unknown_text,
)

_ARTICLES = {
    "int": "a whole number",
    "string": "a text",
    "array": "an array",
    "object": "an object",
    "bool": "a boolean",
}


@dataclass(frozen=True, slots=True)
class Calling:
    """One call being made: makes values that stand where the expression stands, and names its faults."""

    run: Run
    name: str
    at: Node
    offset: int

    def text(self, value: str) -> Scalar:
        """Return a text."""
        self.run.check_text(len(value))
        return made_text(value, self.at)

    def number(self, value: int) -> Scalar:
        """Return a whole number; one beyond 64 bits is a fault."""
        if not is_in_range(value):
            raise self.fault("is given numbers whose result is beyond 64 bits")
        return to_number(value, self.at)

    def boolean(self, value: bool) -> Scalar:
        """Return true or false."""
        return to_boolean(value, self.at)

    def null(self) -> Scalar:
        """Return null."""
        return to_null(self.at)

    def array(self, items: Iterable[Node]) -> Sequence:
        """Return an array."""
        made = to_array(items, self.at)
        self.run.weigh(made)
        return made

    def object(self, entries: Iterable[tuple[str, Node]]) -> Mapping:
        """Return an object."""
        made = made_mapping(entries, self.at)
        self.run.weigh(made)
        return made

    def unknown(self, arguments: Iterable[Node], reason: str = "") -> Unknown:
        """Return what stands for the result when it is not known; the reason is that of the first unknown argument."""
        nodes = list(arguments)
        for node in nodes:
            self.run.spend(self.run.weigh(node))
        found = first_unknown(nodes)
        if not reason:
            reason = found.reason if found is not None else NOT_GIVEN
        return unknown(f"{self.name}({', '.join(shown(node) for node in nodes)})", reason, self.at)

    def joined(self, parts: Iterable[Node]) -> Node:
        """Return texts one after the other; parts that are not known stand in it in braces."""
        pieces = list(parts)
        texts = [_spelled(piece) for piece in pieces]
        self.run.check_text(sum(map(len, texts)))
        missing = first_unknown(pieces)
        if missing is not None:
            return unknown_text("".join(texts), missing.reason, self.at)
        return made_text("".join(texts), self.at)

    def fault(self, why: str, advice: str = "") -> ArmError:
        """Return the fault of this call."""
        return ArmError("NC184", f"`{self.name}` {why}", advice, self.offset)


def _spelled(node: Node) -> str:
    """Return a scalar as a text: booleans as .NET spells them."""
    if isinstance(node, Unknown):
        return node.text
    kind = kind_of(node)
    assert isinstance(node, Scalar)
    return node.text.capitalize() if kind == "bool" else "" if kind == "null" else node.text


Body = Callable[[Calling, list[Node]], Node]


@dataclass(frozen=True, slots=True)
class Function:
    """One template function.

    `kinds` are those of its parameters, alternatives with `|`; from `low` to `high` of them are given, and without
    `high` the last one is repeated. `takes_symbols`: it may be given symbolic texts. `takes_unknown`: it is called
    although an argument is unknown.
    """

    kinds: tuple[str, ...]
    body: Body
    low: int
    high: int | None
    takes_symbols: bool = False
    takes_unknown: bool = False


def function(
    kinds: str,
    body: Body,
    *,
    low: int | None = None,
    is_open: bool = False,
    takes_symbols: bool = False,
    takes_unknown: bool = False,
) -> Function:
    """Return a function whose parameters are of `kinds`, one a word; `is_open`: the last may stand many times."""
    words = tuple(kinds.split())
    least = len(words) if low is None else low
    return Function(words, body, least, None if is_open else len(words), takes_symbols, takes_unknown)


def apply(function: Function, calling: Calling, arguments: list[Node]) -> Node:
    """Call a function after its arguments were checked; the result is unknown where it depends on an unknown one."""
    check_count(calling, len(arguments), function.low, function.high)
    for index, argument in enumerate(arguments):
        _check_kind(calling, index, argument, function.kinds[min(index, len(function.kinds) - 1)])
    if not function.takes_unknown and any(_hides(argument, function.takes_symbols) for argument in arguments):
        return calling.unknown(arguments)
    return function.body(calling, arguments)


def check_count(calling: Calling, given: int, low: int, high: int | None) -> None:
    """Raise ArmError unless the number of arguments is one the function takes."""
    if given < low or (high is not None and given > high):
        wanted = f"{low}" if high == low else f"{low} or more" if high is None else f"{low} to {high}"
        raise calling.fault(f"takes {wanted} arguments, not {given}")


def _check_kind(calling: Calling, index: int, argument: Node, wanted: str) -> None:
    kind = kind_of(argument)
    if wanted == "any" or kind == "unknown" or kind in wanted.split("|"):
        return
    words = " or ".join(_ARTICLES.get(word, word) for word in wanted.split("|"))
    found = _ARTICLES.get(kind, kind)
    raise calling.fault(f"takes {words} as argument {index + 1}, not {found}")


def _hides(argument: Node, takes_symbols: bool) -> bool:
    if isinstance(argument, Unknown):
        return True
    return not takes_symbols and isinstance(argument, Scalar) and not argument.is_plain and is_symbolic(argument.text)


def as_text(node: Node) -> str:
    """Return the text of an argument that was checked to be a scalar."""
    assert isinstance(node, Scalar)
    return node.text


def as_number(node: Node) -> int:
    """Return the number of an argument that was checked to be a whole number."""
    return int(as_text(node))


def as_items(node: Node) -> tuple[Node, ...]:
    """Return the elements of an argument that was checked to be an array."""
    assert isinstance(node, Sequence)
    return node.items


def as_entries(node: Node) -> list[tuple[Scalar, Node]]:
    """Return the entries of an argument that was checked to be an object."""
    assert isinstance(node, Mapping)
    return node.entries
