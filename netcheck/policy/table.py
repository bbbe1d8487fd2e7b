"""Ordered rule lists compiled against a question: atoms for every field, and the walk over the question's diagram.

The walk goes down the question field by field and keeps the rules that can still match as the bits of an integer. Once
a rule is met that matches everything below, the rules behind it are dropped, so that different values lead to the same
few cells; each cell is worked out once. On the last field a `Paint` says what becomes of the destinations. Equal
results are one node, so the outcome is canonical before it is turned back into interval sets.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from netcheck.policy.budget import Budget
from netcheck.sets.atoms import Field, positions
from netcheck.sets.intervals import IntervalSet, union
from netcheck.sets.packets import Box, Node, field_values, paths

_LAST = 4
_ENTRY = 300
"""About how many bytes one remembered result takes beside the integers in it."""

Label = TypeVar("Label", bound=Hashable)
Paint = Callable[[int, int], dict[Label, int]]
"""(candidates, destination atoms) -> label -> destination atoms; disjoint, and what has no label is left out."""
Truncate = Callable[[int, int], int]
"""(candidates, rules that match all that is left) -> the candidates that can still decide something."""
Content: TypeAlias = tuple[tuple[int, int], ...] | int
"""What a node found holds: pairs (child, atoms), or the destination atoms."""


class Place:
    """One node of the question in atoms: its edges, and the rules that match everything below it."""

    __slots__ = ("atoms", "cover", "edges", "level", "number")

    def __init__(self, number: int, level: int, atoms: int, cover: int, edges: tuple[tuple[int, Place, int], ...]):
        self.number, self.level, self.atoms, self.cover, self.edges = number, level, atoms, cover, edges


class RuleTable:
    """Boxes of one family, in order, compiled against one question. Bit i stands for box i of `kept`."""

    def __init__(self, boxes: Sequence[Box], certain: Sequence[bool], question: Node) -> None:
        """`certain` says which boxes match whatever the open facts are: only these can end a search."""
        asked = field_values(question)
        extents = [one[0] if len(one) == 1 else union(one) for one in asked]
        clipped = _clip_all(boxes, extents)
        self.kept = [position for position, one in enumerate(clipped) if one is not None]
        """The positions, among the given boxes, of those that touch the question."""
        live = [one for one in clipped if one is not None]
        self.every = (1 << len(live)) - 1
        self._final = sum(1 << bit for bit, position in enumerate(self.kept) if certain[position])
        self.fields = [Field(asked[i], extents[i], [one[i] for one in live]) for i in range(5)]
        self._asked_bits = [
            {id(one): bits for one, bits in zip(asked[i], self.fields[i].asked, strict=True)} for i in range(5)
        ]
        self._same = [{one: one for one in sets} if len(sets) > 1 else {} for sets in asked]
        self._question = question
        self._places: dict[int, Place] = {}
        self.root = self._place(0, question)

    def _place(self, level: int, node: Node) -> Place:
        """Turn a node of the question into atoms; a field with one atom tells nothing apart and is passed over."""
        known = self._places.get(id(node))
        if known is not None:
            return known
        field = self.fields[level]
        if isinstance(node, IntervalSet):
            atoms = self._bits(level, node)
            place = Place(len(self._places), level, atoms, self._final & field.matching(atoms).every, ())
        elif len(field) == 1 and len(node) == 1:
            place = self._place(level + 1, node[0][1])
        else:
            edges = []
            cover = self._final
            for values, child in node:
                atoms, below = self._bits(level, values), self._place(level + 1, child)
                whole = field.matching(atoms).every
                cover &= whole & below.cover
                edges.append((atoms, below, whole))
            place = Place(len(self._places), level, 0, cover, tuple(edges))
        self._places[id(node)] = place
        return place

    def _bits(self, level: int, values: IntervalSet) -> int:
        same = self._same[level]
        return self._asked_bits[level][id(same[values])] if same else self.fields[level].asked[0]

    def paths(self) -> Iterator[tuple[int, ...]]:
        """Yield the question as disjoint products, each as atoms field by field."""
        for path in paths(self._question):
            yield tuple(self._bits(level, values) for level, values in enumerate(path))

    def product(self, number: int, path: Sequence[int]) -> Place:
        """Return a question of its own: a product of atoms, inside the one that was compiled."""
        place: Place | None = None
        cover = self._final
        for level in range(_LAST, -1, -1):
            whole = self.fields[level].matching(path[level]).every
            cover &= whole
            edges = ((path[level], place, whole),) if place else ()
            place = Place(number + level, level, 0 if place else path[level], cover, edges)
        assert place is not None
        return place


def _clip_all(boxes: Sequence[Box], extents: Sequence[IntervalSet]) -> list[list[IntervalSet] | None]:
    """Return the fields of each box inside the question, or None where they miss it; each set is clipped once."""
    seen = [{id(extent): extent} for extent in extents]
    return [_clip(box, extents, seen) for box in boxes]


def _clip(box: Box, extents: Sequence[IntervalSet], seen: Sequence[dict[int, IntervalSet]]) -> list[IntervalSet] | None:
    fields: list[IntervalSet] = []
    for one, extent, known in zip(fields_of(box), extents, seen, strict=True):
        shared = known.get(id(one))
        if shared is None:
            shared = one & extent
            shared = known[id(one)] = extent if shared == extent else shared
        if not shared:
            return None
        fields.append(shared)
    return fields


def fields_of(box: Box) -> tuple[IntervalSet, IntervalSet, IntervalSet, IntervalSet, IntervalSet]:
    """Return the fields of a box in the order of the levels of a diagram."""
    return box.protocols, box.destination_ports, box.source_ports, box.sources, box.destinations


class Found:
    """Packets of one family as a diagram of atoms; `packets` and `count` are worked out when they are asked for."""

    __slots__ = ("_node", "_walk")

    def __init__(self, walk: Walk[Any], node: int) -> None:
        self._walk, self._node = walk, node

    def packets(self) -> Node:
        """Return the diagram of interval sets."""
        return self._walk.decode(0, self._node)

    def count(self) -> int:
        """Return the number of headers."""
        return self._walk.count(0, self._node)


class Walk(Generic[Label]):
    """One walk over a table: what `paint` says, put together over the whole question.

    With `focus`, only packets are looked at that one of these rules can match.
    """

    def __init__(
        self,
        table: RuleTable,
        paint: Paint[Label],
        truncate: Truncate | None = None,
        focus: int = 0,
        budget: Budget | None = None,
    ) -> None:
        self._table, self._paint, self._focus = table, paint, focus
        self._truncate = truncate or first_final
        self._budget = budget or Budget()
        self._memo: dict[tuple[int, int], dict[Label, int]] = {}
        self._ids: dict[tuple[int, Content], int] = {}
        self._nodes: list[tuple[int, Content]] = []
        self._decoded: dict[tuple[int, int], Node] = {}
        self._subtracted: dict[tuple[int, int], int | None] = {}
        self._counted: dict[tuple[int, int], int] = {}

    def run(self) -> dict[Label, Found]:
        """Return the packets of each label; raise QuestionError when there are too many cells."""
        root = self._table.root
        found = self.visit(root, self._truncate(self._table.every, root.cover))
        return {label: Found(self, node) for label, node in found.items()}

    def visit(self, place: Place, candidates: int) -> dict[Label, int]:
        """Return the numbers of the nodes found below one place."""
        known = self._memo.get((place.number, candidates))
        if known is not None:
            return known
        self._budget.spend(candidates.bit_count(), _ENTRY + candidates.bit_length() // 8)
        result: dict[Label, int] = {}
        if place.atoms:
            for label, bits in self._paint(candidates, place.atoms).items():
                result[label] = self._node(_LAST, bits)
        else:
            parts: dict[Label, dict[int, int]] = {}
            for atoms, below, whole in place.edges:
                for left, piece in self._split(place.level, atoms, candidates, whole, below.cover).items():
                    for label, node in self.visit(below, left).items():
                        edges = parts.setdefault(label, {})
                        edges[node] = edges.get(node, 0) | piece
            for label, edges in parts.items():
                result[label] = self._node(place.level, tuple(sorted(edges.items())))
        self._memo[place.number, candidates] = result
        return result

    def _split(self, level: int, atoms: int, candidates: int, whole: int, cover: int) -> dict[int, int]:
        """Return disjoint pieces of some atoms by the candidates that remain for each."""
        field, truncate = self._table.fields[level], self._truncate
        focus = candidates & self._focus
        if focus and not focus & whole:
            atoms &= field.any_of(focus)
        touched = atoms & field.any_of(candidates & ~whole)
        cut: dict[int, int] = {}
        if touched != atoms:
            cut[truncate(candidates & whole, cover)] = atoms ^ touched
        if touched:
            self._budget.spend(touched.bit_count())
            groups: dict[int, int] = {}
            masks = field.masks
            for atom in positions(touched):
                left = masks[atom] & candidates
                groups[left] = groups.get(left, 0) | (1 << atom)
            for left, piece in groups.items():
                left = truncate(left, cover)
                cut[left] = cut.get(left, 0) | piece
        return cut

    def _node(self, level: int, content: Content) -> int:
        at = (level, content)
        found = self._ids.get(at)
        if found is None:
            self._budget.spend(1, _ENTRY + _bytes_of(content))
            found = self._ids[at] = len(self._nodes)
            self._nodes.append(at)
        return found

    def subtract(self, one: int | None, other: int | None) -> int | None:
        """Return the node that holds what is in one and not in the other; None is the empty one."""
        if one is None or one == other:
            return None
        if other is None:
            return one
        known = self._subtracted.get((one, other), -1)
        if known != -1:
            return known
        level, content = self._nodes[one]
        without = self._nodes[other][1]
        result: int | None
        if isinstance(content, int):
            assert isinstance(without, int)
            result = self._node(level, content & ~without) if content & ~without else None
        else:
            assert not isinstance(without, int)
            self._budget.spend(len(content) * len(without))
            edges: dict[int, int] = {}
            for child, atoms in content:
                rest = atoms
                for other_child, other_atoms in without:
                    shared = rest & other_atoms
                    left = self.subtract(child, other_child) if shared else None
                    if left is not None:
                        edges[left] = edges.get(left, 0) | shared
                    rest ^= shared
                if rest:
                    edges[child] = edges.get(child, 0) | rest
            result = self._node(level, tuple(sorted(edges.items()))) if edges else None
        self._subtracted[one, other] = result
        self._budget.spend(1, _ENTRY)
        return result

    def decode(self, level: int, node: int) -> Node:
        """Return a node as interval sets; levels that the walk passed over come back here."""
        known = self._decoded.get((level, node))
        if known is not None:
            return known
        own_level, content = self._nodes[node]
        field = self._table.fields[level]
        result: Node
        if level < own_level:
            result = ((field.decode(field.every), self.decode(level + 1, node)),)
        elif isinstance(content, int):
            result = self._values(field, content)
        else:
            edges = [(self._values(field, bits), self.decode(level + 1, child)) for child, bits in content]
            result = tuple(sorted(edges, key=lambda edge: edge[0].cuts))  # the children differ, so this is canonical
        self._decoded[level, node] = result
        return result

    def _values(self, field: Field, bits: int) -> IntervalSet:
        values = field.decode(bits)
        self._budget.spend(len(values.cuts) // 16, _ENTRY + len(values.cuts) * 8)
        return values

    def count(self, level: int, node: int) -> int:
        """Return the number of headers below a node."""
        known = self._counted.get((level, node))
        if known is not None:
            return known
        own_level, content = self._nodes[node]
        field = self._table.fields[level]
        if level < own_level:
            result = field.size(field.every) * self.count(level + 1, node)
        elif isinstance(content, int):
            result = field.size(content)
        else:
            result = sum(field.size(bits) * self.count(level + 1, child) for child, bits in content)
        self._counted[level, node] = result
        return result


def _bytes_of(content: Content) -> int:
    if isinstance(content, int):
        return content.bit_length() // 8
    return sum(_ENTRY // 3 + atoms.bit_length() // 8 for _, atoms in content)


def first_final(candidates: int, cover: int) -> int:
    """Drop the candidates behind the first one that takes all that is left: they can decide nothing."""
    final = candidates & cover
    return candidates & (((final & -final) << 1) - 1) if final else candidates
