"""Sets of packet headers, exact and canonical: two sets are equal exactly if they hold the same headers.

A header is (family, protocol, destination port, source port, source, destination). Per family a set is a
diagram with one level a field, in that order: each level maps disjoint interval sets to different sub-diagrams, so
that equal sets have one form. Protocols without ports are held with the single port 0 in both port fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from netcheck.sets.intervals import EMPTY, IntervalSet, union

Node: TypeAlias = IntervalSet | tuple[tuple[IntervalSet, "Node"], ...]
PORTED = IntervalSet.of([(6, 6), (17, 17)])
"""TCP and UDP: the protocols whose headers carry ports."""
ALL_PROTOCOLS = IntervalSet.span(0, 255)
PORTLESS = ALL_PROTOCOLS - PORTED
ALL_PORTS = IntervalSet.span(0, 65535)
NO_PORT = IntervalSet.point(0)
ALL_ADDRESSES = {4: IntervalSet.span(0, (1 << 32) - 1), 6: IntervalSet.span(0, (1 << 128) - 1)}


class Box(NamedTuple):
    """A product of one interval set a field."""

    family: int
    protocols: IntervalSet
    destination_ports: IntervalSet
    source_ports: IntervalSet
    sources: IntervalSet
    destinations: IntervalSet

    def volume(self) -> int:
        """Return the number of headers in the box."""
        product = 1
        for field in self[1:]:
            product *= field.size
        return product


class Header(NamedTuple):
    """One packet header as plain numbers."""

    family: int
    protocol: int
    destination_port: int
    source_port: int
    source: int
    destination: int


@dataclass(frozen=True, slots=True)
class PacketSet:
    """An immutable set of headers. Build one with `box` or `EMPTY_PACKETS`, then `&`, `|`, `-`.

    >>> web = box(4, protocols=IntervalSet.point(6), destination_ports=IntervalSet.point(443))
    >>> web <= EVERYTHING, (EVERYTHING - web) & web == EMPTY_PACKETS
    (True, True)
    """

    v4: Node = ()
    v6: Node = ()

    def node(self, family: int) -> Node:
        """Return the diagram of one family."""
        return self.v4 if family == 4 else self.v6

    def __and__(self, other: PacketSet) -> PacketSet:
        return PacketSet(_intersect(self.v4, other.v4), _intersect(self.v6, other.v6))

    def __or__(self, other: PacketSet) -> PacketSet:
        return PacketSet(_unite(self.v4, other.v4), _unite(self.v6, other.v6))

    def __sub__(self, other: PacketSet) -> PacketSet:
        return PacketSet(_subtract(self.v4, other.v4), _subtract(self.v6, other.v6))

    def __le__(self, other: PacketSet) -> bool:
        return not self - other

    def __bool__(self) -> bool:
        return bool(self.v4) or bool(self.v6)

    def boxes(self) -> Iterator[Box]:
        """Yield disjoint boxes that together are exactly the set, in a fixed order."""
        for family in (4, 6):
            for fields in paths(self.node(family)):
                yield Box(family, *fields)

    def count(self) -> int:
        """Return the number of headers in the set."""
        return sum(box_.volume() for box_ in self.boxes())

    def __contains__(self, header: Header) -> bool:
        node = self.node(header.family)
        for value in header[1:-1]:
            assert not isinstance(node, IntervalSet)
            found = next((child for part, child in node if value in part), None)
            if found is None:
                return False
            node = found
        return isinstance(node, IntervalSet) and header.destination in node

    def examples(self, most: int = 1, source_port: int = 49152) -> Iterator[Header]:
        """Yield up to `most` members, each from another box; an ephemeral source port where one is allowed."""
        for box_, _ in zip(self.boxes(), range(most), strict=False):
            sport = source_port if source_port in box_.source_ports else box_.source_ports.first
            yield Header(
                box_.family,
                box_.protocols.first,
                box_.destination_ports.first,
                sport,
                box_.sources.first,
                _other_than(box_.sources.first, box_.destinations),
            )

    def count_pairs(self) -> int:
        """Return the number of different (family, protocol, destination, destination port) in the set."""
        pairs = PacketSet(*(_project_sources(self.node(family), family) for family in (4, 6)))
        return sum(b.volume() // (b.source_ports.size * b.sources.size) for b in pairs.boxes())

    def extent(self, family: int) -> Box:
        """Return the smallest box that holds the set's packets of a family; there must be some."""
        levels = [one[0] if len(one) == 1 else union(one) for one in field_values(self.node(family))]
        return Box(family, levels[0], levels[1], levels[2], levels[3], levels[4])

    def project(self, level: str) -> dict[int, IntervalSet]:
        """Return per family the values that one field of `Box` takes anywhere in the set."""
        index = Box._fields.index(level) - 1
        found: dict[int, list[IntervalSet]] = {4: [], 6: []}
        for family in (4, 6):
            found[family] = [fields[index] for fields in paths(self.node(family))]
        return {family: union(sets) for family, sets in found.items()}


EMPTY_PACKETS = PacketSet()


def box(
    family: int,
    protocols: IntervalSet = ALL_PROTOCOLS,
    destination_ports: IntervalSet = ALL_PORTS,
    source_ports: IntervalSet = ALL_PORTS,
    sources: IntervalSet | None = None,
    destinations: IntervalSet | None = None,
) -> PacketSet:
    """Return the packets of a product of fields; a field left out is unconstrained.

    Ports apply to TCP and UDP; a protocol without ports is in the set whatever ports are given.
    """
    sources = ALL_ADDRESSES[family] if sources is None else sources
    destinations = ALL_ADDRESSES[family] if destinations is None else destinations
    edges: dict[Node, IntervalSet] = {}
    for part, dports, sports in (
        (protocols & PORTED, destination_ports, source_ports),
        (protocols & PORTLESS, NO_PORT, NO_PORT),
    ):
        if part and dports and sports and sources and destinations:
            child: Node = ((dports, ((sports, ((sources, destinations),)),)),)
            edges[child] = edges.get(child, EMPTY) | part
    return PacketSet(v4=make_node(edges)) if family == 4 else PacketSet(v6=make_node(edges))


def with_addresses(level: str, addresses: Iterable[tuple[int, IntervalSet]]) -> PacketSet:
    """Return the packets whose `sources` or `destinations` are among some addresses of either family."""
    whole = EMPTY_PACKETS
    for family, values in addresses:
        if values:
            whole = whole | (box(family, sources=values) if level == "sources" else box(family, destinations=values))
    return whole


def retarget(
    packets: PacketSet, family: int, destinations: IntervalSet, destination_ports: IntervalSet | None = None
) -> PacketSet:
    """Return the packets of one family as they are with another destination, and another port where one is given."""
    whole = EMPTY_PACKETS
    for one in PacketSet(v4=packets.v4).boxes() if family == 4 else PacketSet(v6=packets.v6).boxes():
        ports = destination_ports if destination_ports is not None else one.destination_ports
        whole = whole | box(family, one.protocols, ports, one.source_ports, one.sources, destinations)
    return whole


def _other_than(value: int, values: IntervalSet) -> int:
    """Return the first of some values, another than `value` where there is one: nobody sends packets to itself."""
    first, last = next(iter(values.spans()))
    if first != value or values.size == 1:
        return first
    return first + 1 if last > first else list(values.spans())[1][0]


def make_node(edges: dict[Node, IntervalSet]) -> Node:
    """Return the canonical level for sub-diagrams and the values that lead to each; empty ones must be left out."""
    return tuple(sorted(((part, child) for child, part in edges.items()), key=lambda edge: edge[0].cuts))


def _add(edges: dict[Node, IntervalSet], child: Node, part: IntervalSet) -> None:
    if part and child:
        known = edges.get(child)
        edges[child] = part if known is None else known | part


def _intersect(a: Node, b: Node) -> Node:
    if isinstance(a, IntervalSet):
        assert isinstance(b, IntervalSet)
        return a & b
    if not a or not b:
        return ()
    if a is b:
        return a
    assert not isinstance(b, IntervalSet)
    edges: dict[Node, IntervalSet] = {}
    for part, child in a:
        for other_part, other_child in b:
            shared = part & other_part
            if shared:
                _add(edges, _intersect(child, other_child), shared)
    return make_node(edges)


def _subtract(a: Node, b: Node) -> Node:
    if isinstance(a, IntervalSet):
        assert isinstance(b, IntervalSet)
        return a - b
    if not a or not b:
        return a
    if a is b:
        return ()
    return make_node(_apply(a, b, _subtract))


def _unite(a: Node, b: Node) -> Node:
    if isinstance(a, IntervalSet):
        assert isinstance(b, IntervalSet)
        return a | b
    if not b or a is b:
        return a
    if not a:
        return b
    assert not isinstance(b, IntervalSet)
    edges = _apply(a, b, _unite)
    covered = union(part for part, _ in a)
    for part, child in b:
        _add(edges, child, part - covered)
    return make_node(edges)


def _apply(
    a: tuple[tuple[IntervalSet, Node], ...], b: Node, operation: Callable[[Node, Node], Node]
) -> dict[Node, IntervalSet]:
    """Apply an operation below where both levels have values; keep what only `a` has."""
    assert not isinstance(b, IntervalSet)
    edges: dict[Node, IntervalSet] = {}
    for part, child in a:
        rest = part
        for other_part, other_child in b:
            shared = rest & other_part
            if shared:
                _add(edges, operation(child, other_child), shared)
                rest = rest - shared
        _add(edges, child, rest)
    return edges


def paths(node: Node) -> Iterator[tuple[IntervalSet, ...]]:
    """Yield a diagram as disjoint products, field by field."""
    if isinstance(node, IntervalSet):
        yield (node,)
        return
    for part, child in node:
        for rest in paths(child):
            yield (part, *rest)


def first_values(node: Node) -> tuple[int, ...]:
    """Return the fields of the first header of a diagram that is not empty."""
    found: list[int] = []
    while not isinstance(node, IntervalSet):
        part, node = node[0]
        found.append(part.first)
    return (*found, node.first)


def field_values(node: Node) -> list[list[IntervalSet]]:
    """Return, level by level, the different value sets that occur in a diagram."""
    levels: list[list[IntervalSet]] = []
    layer: list[Node] = [node]
    for _ in range(4):
        sets: list[IntervalSet] = []
        below: dict[int, Node] = {}
        for one in layer:
            assert not isinstance(one, IntervalSet)
            for values, child in one:
                sets.append(values)
                below[id(child)] = child
        levels.append(sets if len(sets) == 1 else list(dict.fromkeys(sets)))
        layer = list(below.values())
    last = [one for one in layer if isinstance(one, IntervalSet)]
    return [*levels, last if len(last) == 1 else list(dict.fromkeys(last))]


def _project_sources(node: Node, family: int) -> Node:
    """Return the set with source address and source port forgotten (any value allowed)."""
    return _rebuild(
        node,
        lambda fields: box_node(fields[0], fields[1], NO_PORT, ALL_ADDRESSES[family], fields[4]),
    )


def _rebuild(node: Node, path: Callable[[tuple[IntervalSet, ...]], Node]) -> Node:
    whole: Node = ()
    for fields in paths(node):
        whole = _unite(whole, path(fields))
    return whole


def box_node(*fields: IntervalSet) -> Node:
    """Return the diagram of a product of the five fields, as given."""
    node: Node = fields[-1]
    for part in reversed(fields[:-1]):
        node = ((part, node),)
    return node


def whole_box(family: int) -> Box:
    """Return the box of all values of all fields of a family."""
    every = ALL_ADDRESSES[family]
    return Box(family, ALL_PROTOCOLS, ALL_PORTS, ALL_PORTS, every, every)


EVERYTHING = box(4) | box(6)
