"""Ordered rule lists compiled against a question: atoms for every field, and the question itself in atoms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.sets.atoms import Field
from netcheck.sets.intervals import IntervalSet, union
from netcheck.sets.packets import Box, Node, field_values, paths

LAST = 4
"""The level of the destinations."""


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

    def atoms_of(self, bit: int) -> tuple[int, ...]:
        """Return the atoms of a box, field by field."""
        return tuple(field.bits[bit] for field in self.fields)

    def touching(self, product: Sequence[int]) -> int:
        """Return the boxes that have something in common with a product of atoms."""
        found = self.every
        for field, bits in zip(self.fields, product, strict=True):
            found &= field.matching(bits).some
        return found

    def covering(self, product: Sequence[int]) -> int:
        """Return the boxes that hold the whole of a product of atoms."""
        found = self.every
        for field, bits in zip(self.fields, product, strict=True):
            found &= field.matching(bits).every
        return found

    def product(self, number: int, path: Sequence[int]) -> Place:
        """Return a question of its own: a product of atoms, inside the one that was compiled."""
        place: Place | None = None
        cover = self._final
        for level in range(LAST, -1, -1):
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
    for one, extent, known in zip(box[1:], extents, seen, strict=True):
        shared = known.get(id(one))
        if shared is None:
            shared = one & extent
            shared = known[id(one)] = extent if shared == extent else shared
        if not shared:
            return None
        fields.append(shared)
    return fields
