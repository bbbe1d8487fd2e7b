"""What the writers of a site file share: its values, one value or several under one name, what it cannot say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from netcheck.errors import QuestionError
from netcheck.model.address import AddressRange, span_to_prefixes
from netcheck.model.ports import Protocol

Value: TypeAlias = "str | int | bool | Sequence[Value] | Mapping[str, Value]"
Entry: TypeAlias = dict[str, Value]
Relative = Callable[[str], str]
"""Makes the path of a file that was read into the one a site file names it by."""


def unwritable(what: str) -> QuestionError:
    """Return the error for something that a site file has no word for."""
    return QuestionError("NC318", f"a site file cannot say all of this site: {what}", "ask the files themselves")


def named_file(path: str, what: str, relative: Relative) -> str:
    """Return how the site file names a file; standard input is none."""
    if path in ("", "-"):
        raise unwritable(f"{what} does not come from a file that could be named")
    return relative(path)


def one_or_many(singular: str, plural: str, values: Sequence[Value]) -> Entry:
    """Return values as Azure has them: one in the singular field, several in the plural one; none at all for none."""
    if not values:
        return {}
    return {singular: values[0]} if len(values) == 1 else {plural: values}


def set_only(**entries: Value) -> Entry:
    """Return the entries that say something: empty texts and lists are left out, and so is what is false."""
    return {name: value for name, value in entries.items() if value}


def protocol_text(protocol: Protocol, words: Mapping[tuple[int, ...], str]) -> str:
    """Return a protocol by the word that means its numbers, else the numbers."""
    return words.get(protocol.numbers) or ",".join(str(number) for number in protocol.numbers)


def prefix_texts(ranges: Iterable[AddressRange]) -> list[Value]:
    """Return ranges as prefixes, as many as each takes."""
    return list(dict.fromkeys(text for one in ranges for text in span_to_prefixes(one.family, one.first, one.last)))
