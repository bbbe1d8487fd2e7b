"""Neutral rule lists that every peer and our engine are fed from, and the load files that carry them to a process.

Plain numbers only, no word of netcheck's: peers import this file from an environment in which netcheck is not
installed. Ports are fields of the protocols in `Load.ported`; for every other protocol both port fields are the single
port 0, and a rule matches whatever ports it names.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

Span: TypeAlias = tuple[int, int]
"""First and last value, both included."""
Spans: TypeAlias = tuple[Span, ...]
PlainBox: TypeAlias = tuple[Spans, Spans, Spans, Spans, Spans]
"""Protocols, destination ports, source ports, sources, destinations: the order of `netcheck.sets.packets.Box`."""

EVERY_PROTOCOL: Spans = ((0, 255),)
EVERY_PORT: Spans = ((0, 65535),)
NO_PORT: Spans = ((0, 0),)
TCP_AND_UDP: Spans = ((6, 6), (17, 17))
BITS = {4: 32, 6: 128}
EVERY_ADDRESS: dict[int, Spans] = {family: ((0, (1 << bits) - 1),) for family, bits in BITS.items()}


@dataclass(frozen=True, slots=True)
class Addresses:
    """One side of a rule: the words as the rule spells them, the prefixes they stand for, and their merged spans."""

    words: tuple[str, ...]
    prefixes: tuple[str, ...]
    v4: Spans
    v6: Spans

    def spans(self, family: int) -> Spans:
        """Return the addresses of one family."""
        return self.v4 if family == 4 else self.v6


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRule:
    """A rule of an ordered list: the first that matches decides; a packet that none matches is denied."""

    allow: bool
    protocols: Spans
    destination_ports: Spans
    source_ports: Spans
    source: Addresses
    destination: Addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """B1: which of the IPv4 addresses of `asked` one machine reaches over TCP on each port, and which rule decides.

    The answers of peers are compared at the source ports given. `prefixes` spell `asked` as the tag file does;
    `points` are the addresses at which tools that take one address at a time are asked.
    """

    source: int = 0
    ports: tuple[int, ...] = ()
    source_ports: tuple[int, ...] = ()
    asked: Spans = ()
    prefixes: tuple[str, ...] = ()
    points: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A rule list, the list it is compared with in B2 (maybe none), and the question of B1."""

    name: str
    rules: tuple[PlainRule, ...]
    other: tuple[PlainRule, ...] = ()
    ported: Spans = TCP_AND_UDP
    question: Question = field(default_factory=Question)

    def families(self) -> tuple[int, ...]:
        """Return the families that occur; a list of IPv4 filters alone has no IPv6 half."""
        lists = (*self.rules, *self.other)
        return tuple(f for f in (4, 6) if any(r.source.spans(f) and r.destination.spans(f) for r in lists))


def merge(spans: Iterable[Span]) -> Spans:
    """Return the same numbers as sorted spans that neither overlap nor touch."""
    out: list[Span] = []
    for first, last in sorted(spans):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return tuple(out)


def overlap(a: Spans, b: Spans) -> Spans:
    """Return the numbers in both of two sorted span lists."""
    out: list[Span] = []
    i = j = 0
    while i < len(a) and j < len(b):
        first, last = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if first <= last:
            out.append((first, last))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def complement(spans: Spans, last: int) -> Spans:
    """Return the numbers from 0 to `last` that are not in a sorted span list."""
    out: list[Span] = []
    start = 0
    for low, high in spans:
        if start < low:
            out.append((start, low - 1))
        start = high + 1
    return (*out, (start, last)) if start <= last else tuple(out)


def size(spans: Spans) -> int:
    """Return how many numbers there are."""
    return sum(last - first + 1 for first, last in spans)


def contains(spans: Spans, value: int) -> bool:
    """Return whether a number is in the spans, by looking at each."""
    return any(first <= value <= last for first, last in spans)


def to_span(prefix: str) -> tuple[int, Span]:
    """Return family and span of a prefix such as `10.0.0.0/8`."""
    network = ipaddress.ip_network(prefix)
    return network.version, (int(network[0]), int(network[-1]))


def to_addresses(words: Sequence[str], prefixes: Sequence[str] | None = None) -> Addresses:
    """Return one side of a rule; `prefixes` are needed where the words are not prefixes themselves."""
    known = tuple(words if prefixes is None else prefixes)
    spans = [to_span(prefix) for prefix in known]
    v4, v6 = (merge(span for family, span in spans if family == wanted) for wanted in (4, 6))
    return Addresses(tuple(words), known, v4, v6)


def boxes(rule: PlainRule, family: int, ported: Spans) -> list[PlainBox]:
    """Return the disjoint boxes of packets that a rule matches in one family: two at most, maybe none."""
    sources, destinations = rule.source.spans(family), rule.destination.spans(family)
    if not sources or not destinations:
        return []
    with_ports = overlap(rule.protocols, ported)
    without = overlap(rule.protocols, complement(ported, 255))
    found: list[PlainBox] = []
    if with_ports:
        found.append((with_ports, rule.destination_ports, rule.source_ports, sources, destinations))
    if without:
        found.append((without, NO_PORT, NO_PORT, sources, destinations))
    return found


def whole(family: int, ported: Spans) -> list[PlainBox]:
    """Return all packets of a family as disjoint boxes."""
    everything = Addresses((), (), EVERY_ADDRESS[4], EVERY_ADDRESS[6])
    rule = PlainRule(
        allow=True,
        protocols=EVERY_PROTOCOL,
        destination_ports=EVERY_PORT,
        source_ports=EVERY_PORT,
        source=everything,
        destination=everything,
    )
    return boxes(rule, family, ported)


def volume(box: PlainBox) -> int:
    """Return the number of packets in a box."""
    product = 1
    for spans in box:
        product *= size(spans)
    return product


def write_load(load: Load, path: Path) -> Path:
    """Write a load file: JSON in which every different side of a rule stands once."""
    sides: dict[Addresses, int] = {}
    lists = {name: [_packed(rule, sides) for rule in getattr(load, name)] for name in ("rules", "other")}
    table = [{"words": side.words, "prefixes": side.prefixes} for side in sides]
    text = {"name": load.name, "ported": load.ported, "question": asdict(load.question), "sides": table, **lists}
    path.write_text(json.dumps(text), encoding="utf-8")
    return path


def _packed(rule: PlainRule, sides: dict[Addresses, int]) -> list[Any]:
    source, destination = (sides.setdefault(side, len(sides)) for side in (rule.source, rule.destination))
    return [rule.allow, rule.protocols, rule.destination_ports, rule.source_ports, source, destination]


def read_load(path: Path) -> Load:
    """Read a load file; equal to what was written."""
    data = json.loads(path.read_text(encoding="utf-8"))
    sides = [to_addresses(side["words"], side["prefixes"]) for side in data["sides"]]
    question = data["question"]
    load = Load(name=data["name"], rules=_unpacked(data["rules"], sides), other=_unpacked(data["other"], sides))
    return replace(
        load,
        ported=_spans(data["ported"]),
        question=Question(
            source=question["source"],
            asked=_spans(question["asked"]),
            **{name: tuple(question[name]) for name in ("ports", "source_ports", "prefixes", "points")},
        ),
    )


def _unpacked(rules: list[list[Any]], sides: Sequence[Addresses]) -> tuple[PlainRule, ...]:
    return tuple(
        PlainRule(
            allow=allow,
            protocols=_spans(protocols),
            destination_ports=_spans(destination_ports),
            source_ports=_spans(source_ports),
            source=sides[source],
            destination=sides[destination],
        )
        for allow, protocols, destination_ports, source_ports, source, destination in rules
    )


def _spans(pairs: Iterable[Sequence[int]]) -> Spans:
    return tuple((first, last) for first, last in pairs)


def fingerprint(value: object) -> str:
    """Return a short hash of plain data: equal exactly if the data are equal, for all one will ever see."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
