"""The walk over a compiled question: what every rule list is evaluated by.

It goes down the question field by field and keeps the rules that can still match as the bits of an integer. Once a rule
is met that matches everything below, the rules behind it are dropped, so that different values lead to the same few
cells; each cell is worked out once. On the last field a `Paint` says what becomes of the destinations. Equal results
are one node, so the outcome is canonical before it is turned back into interval sets.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeAlias, TypeVar

from netcheck.policy.budget import Budget
from netcheck.policy.table import LAST, Place, RuleTable
from netcheck.sets.atoms import Field, positions
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Node

_ENTRY = 300
"""About how many bytes one remembered result takes beside the integers in it."""

Label = TypeVar("Label", bound=Hashable)
Paint = Callable[[int, int], dict[Label, int]]
"""(candidates, destination atoms) -> label -> destination atoms; disjoint, and what has no label is left out."""
Truncate = Callable[[int, int], int]
"""(candidates, rules that match all that is left) -> the candidates that can still decide something."""
Content: TypeAlias = tuple[tuple[int, int], ...] | int
"""What a node found holds: pairs (child, atoms), or the destination atoms."""


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
                result[label] = self._node(LAST, bits)
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
