"""Where things stand, as columns and rows: subnets on shelves of their network, networks in rows, the rest outside.

VMs are on the left of a subnet, and what others send through on its right; subnets go from left to right the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log

from netcheck.reports.picture.scene import GroupKind, Node, NodeKind, Scene

_ENDS = (NodeKind.VM, NodeKind.CROWD, NodeKind.SUBNETS)
_MOST_COLUMNS = 14
_SHAPE = 1.5
"""How many times as wide as high a picture should be."""


@dataclass(frozen=True, slots=True)
class Block:
    """A subnet: its first column, how many it has, and the column and row of each node, counted from its own first.

    The group is "" for nodes that stand in a network without a subnet.
    """

    group: str
    first: int
    columns: int
    cells: tuple[tuple[str, int, int], ...]

    @property
    def rows(self) -> int:
        """How many rows of nodes it has."""
        return max((row + 1 for _, _, row in self.cells), default=0)


Shelf = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """A virtual network: its first column, how many it has, and its shelves."""

    group: str
    first: int
    columns: int
    shelves: tuple[Shelf, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All networks, row by row, and what stands outside of them on the right."""

    rows: tuple[tuple[Network, ...], ...]
    columns: int
    outside: tuple[str, ...]


def make_plan(scene: Scene, heights: Mapping[str, int]) -> Plan:
    """Return the plan whose shape is nearest to what is good to look at; `heights` are those of boxes by their id."""
    networks = [one.id for one in scene.groups if one.kind is GroupKind.NETWORK]
    blocks = {network: tuple(_blocks(scene, network)) for network in networks}
    outside = tuple(node.id for node in scene.nodes if not node.group)
    widest = max((block.columns for found in blocks.values() for block in found), default=1)
    most = max(widest, min(_MOST_COLUMNS, sum(block.columns for found in blocks.values() for block in found)))
    plans = [_fill(blocks, limit, outside) for limit in range(widest, most + 1)]
    return min(plans, key=lambda plan: abs(log(_shape(plan, heights) / _SHAPE)))


def _shape(plan: Plan, heights: Mapping[str, int]) -> float:
    """Return about how many times as wide as high a plan is."""
    height = 60 + sum(max(_network_height(one, heights) for one in row) for row in plan.rows)
    outside = sum(heights[one] + 22 for one in plan.outside)
    return (270 * plan.columns + 240) / max(height, outside)


def _network_height(network: Network, heights: Mapping[str, int]) -> float:
    return heights[network.group] + 50 + sum(_shelf_height(shelf, heights) for shelf in network.shelves)


def _shelf_height(shelf: Shelf, heights: Mapping[str, int]) -> float:
    head = max(heights.get(block.group, 0) for block in shelf)
    return head + 50 + sum(high + 26 for high in row_heights(shelf, heights))


def row_heights(shelf: Shelf, heights: Mapping[str, int]) -> list[int]:
    """Return how high the rows of nodes of a shelf are."""
    found = [0] * max(block.rows for block in shelf)
    for block in shelf:
        for node, _, row in block.cells:
            found[row] = max(found[row], heights[node])
    return found


def _blocks(scene: Scene, network: str) -> Iterator[Block]:
    """Yield the subnets of a network at column 0: those with nothing but VMs first."""
    subnets = [one.id for one in scene.groups if one.parent == network]
    held: dict[str, list[Node]] = {}
    for node in scene.nodes:
        held.setdefault(node.group, []).append(node)
    subnets.sort(key=lambda one: any(node.kind not in _ENDS for node in held.get(one, ())))
    yield from (_block(one, held.get(one, ())) for one in subnets)
    if network in held:
        yield _block("", held[network])


def _block(group: str, nodes: Sequence[Node]) -> Block:
    cells: list[tuple[str, int, int]] = []
    first = 0
    by_side = sorted(nodes, key=lambda node: node.kind not in _ENDS)
    for _, side in groupby(by_side, key=lambda node: node.kind not in _ENDS):
        found = list(side)
        columns = max(1, round((len(found) / 2) ** 0.5))
        rows = -(-len(found) // columns)
        cells += [(node.id, first + at // rows, at % rows) for at, node in enumerate(found)]
        first += -(-len(found) // rows)
    return Block(group, 0, max(first, 1), tuple(cells))


def _fill(blocks: Mapping[str, Sequence[Block]], limit: int, outside: tuple[str, ...]) -> Plan:
    """Return the plan that has no more than some columns."""
    rows: list[list[Network]] = [[]]
    used = 0
    for group, found in blocks.items():
        shelves = tuple(_shelves(found, limit))
        columns = max((shelf[-1].first + shelf[-1].columns for shelf in shelves), default=1)
        if rows[-1] and used + columns > limit:
            rows.append([])
            used = 0
        rows[-1].append(_moved(Network(group, 0, columns, shelves), used))
        used += columns
    filled = tuple(tuple(row) for row in rows if row)
    return Plan(filled, max((row[-1].first + row[-1].columns for row in filled), default=0), outside)


def _shelves(blocks: Sequence[Block], limit: int) -> Iterator[Shelf]:
    shelf: list[Block] = []
    used = 0
    for block in blocks:
        if shelf and used + block.columns > limit:
            yield tuple(shelf)
            shelf, used = [], 0
        shelf.append(Block(block.group, used, block.columns, block.cells))
        used += block.columns
    if shelf:
        yield tuple(shelf)


def _moved(network: Network, by: int) -> Network:
    shelves = tuple(
        tuple(Block(block.group, block.first + by, block.columns, block.cells) for block in shelf)
        for shelf in network.shelves
    )
    return Network(network.group, network.first + by, network.columns, shelves)
