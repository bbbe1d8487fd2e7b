"""A baseline file, as `netcheck test --write-baseline` writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.address import AddressError, AddressRange, Family, parse_prefix
from netcheck.model.intents import Baseline, KnownFailure, KnownPackets
from netcheck.model.ports import PortError, Protocol, parse_port_range, parse_protocol
from netcheck.sources._json import parse_json
from netcheck.sources._nodes import Library, Mapping, Node, Scalar
from netcheck.sources._record import Reader, Record
from netcheck.sources._text import read_text

T = TypeVar("T")
FORMAT = "1"
_FAMILIES: dict[str, Family] = {"4": 4, "6": 6}


def read_baseline(path: str) -> Baseline:
    """Return the failures that a file lists; raise InputError with every fault it has.

    What cannot be read is never left out: a baseline read wrongly would let new failures pass.
    """
    collector, library = Collector(), Library()
    document = library.open(path, read_text(path))
    root = document.root = parse_json(document, collector)
    reader = Reader(library, collector)
    record = Record(reader, root, "the baseline") if isinstance(root, Mapping) else None
    node = record.get("netcheckBaseline") if record is not None else None
    if record is None or not isinstance(node, Scalar) or node.text != FORMAT:
        advice = "`netcheck test SITE INTENTS --write-baseline FILE` writes one"
        reader.error(node or root, "NC108", "this is no baseline of format 1", advice)
        raise InputError(collector)
    if record.raw("breaches") is None:
        record.missing("breaches")
    known = tuple(_failure(one) for one in record.records("breaches", "a breach"))
    record.finish()
    if collector.has_errors:
        raise InputError(collector)
    return Baseline(file=document.file, known=known)


def _failure(record: Record) -> KnownFailure:
    texts = {}
    for name in ("fingerprint", "intent", "code", "subject"):
        node = record.required(name)
        texts[name] = record.reader.text(node, name) or "" if node is not None else ""
    if record.raw("packets") is None:
        record.missing("packets")
    packets = tuple(one for inner in record.records("packets", "a block") if (one := _block(inner)) is not None)
    record.finish()
    return KnownFailure(**texts, packets=packets)


def _block(record: Record) -> KnownPackets | None:
    family = record.required_word("family", _FAMILIES)
    protocol = record.required("protocol")
    found = KnownPackets(
        family=family or 4,
        protocol=_read(record, protocol, parse_protocol) or Protocol(),
        sources=_list(record, "source", _prefix),
        source_ports=_list(record, "sourcePorts", parse_port_range),
        destinations=_list(record, "destination", _prefix),
        destination_ports=_list(record, "destinationPorts", parse_port_range),
    )
    record.finish()
    return found if family is not None and protocol is not None else None


def _list(record: Record, name: str, read: Callable[[str], T]) -> tuple[T, ...]:
    record.required(name)
    found = (_read(record, node, read) for node in record.scalars(name))
    return tuple(one for one in found if one is not None)


def _read(record: Record, node: Node | None, read: Callable[[str], T]) -> T | None:
    if not isinstance(node, Scalar):
        return None
    try:
        return read(node.text)
    except (AddressError, PortError, ValueError) as error:
        record.reader.error(node, "NC122", str(error))
        return None


def _prefix(text: str) -> AddressRange:
    return parse_prefix(text)[0]
