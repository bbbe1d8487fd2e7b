"""Where things stand, as coordinates: boxes that do not meet, and the channels between them in which lines run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from netcheck.reports.picture.labels import WIDTH
from netcheck.reports.picture.plan import Block, Network, Plan, Shelf, row_heights

_INNER, _OUTER = 12, 12
"""How far the border of a subnet is from its nodes, and that of a network from its subnets."""
_HEAD = 24
"""How far below the top of a group its lines begin."""


class Box(NamedTuple):
    """A rectangle: its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float


class Port(NamedTuple):
    """Where lines may leave a box: at a height, from an edge of the box to the upright channel of a number."""

    channel: int
    edge: float
    y: float


class Level(NamedTuple):
    """A level channel: its height, and the first and last upright channel that it leads to."""

    y: float
    first: int
    last: int


@dataclass(slots=True)
class Layout:
    """The boxes and ports by id, where the upright channels run, and the level channels."""

    uprights: tuple[float, ...] = ()
    boxes: dict[str, Box] = field(default_factory=dict)
    ports: dict[str, tuple[Port, ...]] = field(default_factory=dict)
    levels: list[Level] = field(default_factory=list)
    width: float = 0
    height: float = 0


def lay_out(plan: Plan, heights: Mapping[str, int], channel: float) -> Layout:
    """Return the layout of a plan. `heights` are those of the boxes of nodes and of the heads of groups by their id,
    `channel` is how wide channels are."""
    return _Laying(plan, heights, channel).layout


class _Laying:
    def __init__(self, plan: Plan, heights: Mapping[str, int], channel: float) -> None:
        self._plan, self._heights, self._channel = plan, heights, channel
        self._columns, uprights = _columns(plan, channel)
        self.layout = Layout(uprights)
        y = 0.0
        for row in plan.rows:
            self._level(y + channel / 2, 0, plan.columns)
            y += channel
            y = max(self._network(network, y) for network in row)
        self._level(y + channel / 2, 0, plan.columns)
        self._outside(channel)
        self.layout.height = max([y + channel, *(box.y + box.height for box in self.layout.boxes.values())])

    def _level(self, y: float, first: int, last: int) -> None:
        self.layout.levels.append(Level(y, first, last))

    def _network(self, network: Network, top: float) -> float:
        """Place a network and return the height of its lower edge."""
        first, last = network.first, network.first + network.columns
        y = top + self._heights[network.group]
        for number, shelf in enumerate(network.shelves):
            if number:
                self._level(y + self._channel / 2, first, last)
                y += self._channel
            y = self._shelf(shelf, network, y)
        self._group(network.group, first, network.columns, Box(0, top, 0, y + _OUTER - top), _INNER + _OUTER)
        return y + _OUTER

    def _shelf(self, shelf: Shelf, network: Network, top: float) -> float:
        """Place the subnets of a shelf and return the height of their lower edge."""
        y = top + max(self._heights.get(block.group, 0) for block in shelf)
        ends = dict.fromkeys((block.group for block in shelf), y)
        gap = max(18.0, self._channel)
        for row, height in enumerate(row_heights(shelf, self._heights)):
            if row:
                self._level(y + gap / 2, network.first, network.first + network.columns)
                y += gap
            for block in shelf:
                self._row(block, row, y, height)
                if row < block.rows:
                    ends[block.group] = y + height + _INNER
            y += height
        for block in shelf:
            if block.group:
                box = Box(0, top, 0, ends[block.group] - top)
                self._group(block.group, block.first, block.columns, box, _INNER)
        return max(ends.values())

    def _row(self, block: Block, row: int, y: float, height: float) -> None:
        for node, column, own_row in block.cells:
            if own_row == row:
                self._node(node, block.first + column, Box(self._columns[block.first + column], y, WIDTH, height))

    def _node(self, node: str, column: int, box: Box) -> None:
        middle = box.y + box.height / 2
        self.layout.boxes[node] = box
        self.layout.ports[node] = (Port(column, box.x, middle), Port(column + 1, box.x + box.width, middle))

    def _group(self, group: str, first: int, columns: int, box: Box, pad: float) -> None:
        left, right = self._columns[first] - pad, self._columns[first + columns - 1] + WIDTH + pad
        self.layout.boxes[group] = Box(left, box.y, right - left, box.height)
        at = box.y + _HEAD
        self.layout.ports[group] = (Port(first, left, at), Port(first + columns, right, at))

    def _outside(self, top: float) -> None:
        """Place what is outside of all networks, one below the other on the right."""
        x = self.layout.uprights[-1] + self._channel / 2 + 14
        y = max(0.0, top + _HEAD - self._heights[self._plan.outside[0]] / 2) if self._plan.outside else top
        for node in self._plan.outside:
            height = self._heights[node]
            self.layout.boxes[node] = Box(x, y, WIDTH, height)
            self.layout.ports[node] = (Port(self._plan.columns, x, y + height / 2),)
            y += height + 22
        self.layout.width = x + WIDTH if self._plan.outside else x


def _columns(plan: Plan, channel: float) -> tuple[list[float], tuple[float, ...]]:
    """Return where the columns begin, and where the channels before, between and behind them run."""
    borders = [0] * (plan.columns + 1)
    borders[0] = borders[-1] = _INNER + _OUTER
    for network in (one for row in plan.rows for one in row):
        for at in (network.first, network.first + network.columns):
            borders[at] = _INNER + _OUTER
        for block in (block for shelf in network.shelves for block in shelf):
            for at in (block.first, block.first + block.columns):
                borders[at] = max(borders[at], _INNER)
    columns, uprights = [], [channel / 2]
    x = channel + borders[0]
    for border in borders[1:]:
        columns.append(x)
        x += WIDTH
        gap = channel + 2 * border if border else max(26.0, channel + 8)
        uprights.append(x + gap / 2)
        x += gap
    if columns:
        uprights[-1] = columns[-1] + WIDTH + borders[-1] + channel / 2
    return columns, tuple(uprights)
