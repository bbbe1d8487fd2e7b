"""The intents file: `netcheckIntents: 1`, names, and the intents themselves, each fault told with its place."""

from __future__ import annotations

from collections.abc import Callable

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.intents import Demand, Intent, IntentsFile
from netcheck.model.names import key
from netcheck.sources._json import looks_like_json, parse_json
from netcheck.sources._kinds import own_kind
from netcheck.sources._nodes import Document, Library, Mapping, Node, Scalar, Sequence, describe
from netcheck.sources._record import Reader, Record
from netcheck.sources._text import read_text
from netcheck.sources.intents.demands import Asked, read_backing_up, read_exactly, read_reaching, read_unchanged
from netcheck.sources.intents.words import Names

FORMAT = 1
_START = f"begin the file with `netcheckIntents: {FORMAT}`"
_READERS: dict[str, Callable[[Asked], Demand | None]] = {
    "mustReach": lambda asked: read_reaching(asked, is_wanted=True),
    "mustNotReach": lambda asked: read_reaching(asked, is_wanted=False),
    "exactly": read_exactly,
    "unchangedFrom": read_unchanged,
    "mustBackUp": read_backing_up,
}


def read_intents(path: str) -> IntentsFile:
    """Return the intents of a file, `-` being standard input; raise InputError with every fault it has."""
    collector, library = Collector(), Library()
    document = library.open(path, read_text(path))
    root = _parsed(document, collector)
    reader = Reader(library, collector)
    if not isinstance(root, Mapping) or own_kind(root) != "intents":
        reader.error(root, "NC108", _looks_like(root), _START)
        raise InputError(collector)
    record = Record(reader, root, "the intents file")
    _check_format(reader, record)
    names = Names(record)
    groups = names.groups()
    intents = tuple(_intents(record, names, document.file))
    record.ignore("$schema", "name", "description")
    record.finish()
    if collector.has_errors:
        raise InputError(collector)
    return IntentsFile(file=document.file, groups=groups, intents=intents)


def _parsed(document: Document, collector: Collector) -> Node:
    if looks_like_json(document.text):
        document.root = parse_json(document, collector)
    else:
        from netcheck.sources._yaml import parse_yaml  # 10 ms that JSON does without

        document.root = parse_yaml(document, collector)
    return document.root


def _looks_like(root: Node) -> str:
    kinds = {"site": "a site file: give SITE first, then INTENTS", "tags": "a service-tag file"}
    return f"this is {kinds.get(own_kind(root), 'no intents file')}"


def _check_format(reader: Reader, record: Record) -> None:
    node = record.required("netcheckIntents", _START)
    if node is None or (isinstance(node, Scalar) and node.text == str(FORMAT)):
        return
    advice = f"this netcheck reads format {FORMAT}: write `netcheckIntents: {FORMAT}`"
    reader.error(node, "NC109", f"intents format {describe(node)} is not known", advice)


def _intents(record: Record, names: Names, file: str) -> list[Intent]:
    reader = record.reader
    node = record.required("intents", "a list of intents: a file that asks nothing proves nothing")
    if node is None or not isinstance(node, Sequence):
        record.records("intents", "an intent")  # says what is wrong with it
        return []
    found: list[Intent] = []
    first: dict[str, Node] = {}
    for inner in record.records("intents", "an intent"):
        intent = _intent(inner, names, file)
        named = inner.get("name")
        if named is not None and intent is not None:
            known = first.setdefault(key(intent.name), named)
            if known is not named:
                related = ((reader.source(known), "the first one stands here"),)
                reader.error(named, "NC130", f"two intents have the name `{intent.name}`", "", related)
        found += [intent] if intent is not None else []
    return found


def _intent(record: Record, names: Names, file: str) -> Intent | None:
    reader = record.reader
    given = [(name, node) for name in _READERS if (node := record.raw(name)) is not None]
    name, why = record.text("name"), record.text("why")
    if not given:
        record.missing("mustReach", f"an intent has one of {', '.join(f'`{word}`' for word in _READERS)}")
    for other, node in given[1:]:
        message = f"an intent is one of `{given[0][0]}` and `{other}`, not both"
        reader.error(node, "NC139", message, "make it two intents")
    record.finish()
    if len(given) != 1:
        return None
    kind, node = given[0]
    asked = Asked(reader=reader, names=names, kind=kind, node=node, file=file)
    demand = _READERS[kind](asked)
    if demand is None:
        return None
    at = names.word(record.node, name or kind)
    return Intent(name=name, label=asked.label(), why=why, at=at, demand=demand)
