"""Lines that go round boxes: each runs in the channels of a layout, and lines to one place come together.

The lines of one tree end at its root. Every tree is moved a little to a side, so that two of them in one channel stay
apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import groupby
from typing import NamedTuple

from netcheck.reports.picture.layout import Layout, Port

Point = tuple[float, float]
_STEP = 5
SIDES = (0, 1, -1, 2, -2, 3, -3, 4, -4)
_BEND = 40
"""A line goes so far rather than round one more corner."""
_LEVEL, _UPRIGHT = 0, 1


class Tree(NamedTuple):
    """Lines from some places to one, by their ids."""

    root: str
    leaves: tuple[str, ...]


class Line(NamedTuple):
    """A line as its corners, from a leaf on; where it meets another line of the tree it ends, and `way` goes on."""

    points: tuple[Point, ...]
    way: tuple[Point, ...]

    @property
    def is_whole(self) -> bool:
        """Whether it leads to the root itself."""
        return self.points == self.way


def channel_width(trees: int) -> float:
    """Return how wide channels have to be for some trees; there is place for nine, more share theirs."""
    used = SIDES[: max(1, min(trees, len(SIDES)))]
    return 18 + 2 * _STEP * max(used)


def route(layout: Layout, trees: Sequence[Tree]) -> Iterator[tuple[Line | None, ...]]:
    """Yield the lines of each tree, one for each of its leaves; None where a leaf is the root itself."""
    ways = _Ways(layout)
    for number, tree in enumerate(trees):
        yield tuple(ways.lines(tree, _STEP * SIDES[number % len(SIDES)]))


_State = tuple[int, int, int]
"""The number of an upright channel, the number of a height, and whether one runs level or upright there."""


class _Ways:
    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        heights = {level.y for level in layout.levels} | {p.y for ports in layout.ports.values() for p in ports}
        self._heights = sorted(heights)
        self._number = {y: number for number, y in enumerate(self._heights)}
        self._open: set[tuple[int, int]] = set()
        for level in layout.levels:
            self._open |= {(channel, self._number[level.y]) for channel in range(level.first, level.last)}

    def lines(self, tree: Tree, side: float) -> Iterator[Line | None]:
        """Yield the line of each leaf; one that meets another ends there."""
        roots = self._layout.ports[tree.root]
        costs, following = self._search(roots)
        met: set[tuple[int, int]] = set()
        for leaf in tree.leaves:
            if leaf == tree.root:
                yield None
                continue
            port = min(self._layout.ports[leaf], key=lambda port: self._cost(costs, port))
            states = [(port.channel, self._number[port.y], _LEVEL)]
            while states[-1] in following:
                states.append(following[states[-1]])
            root = next(one for one in roots if (one.channel, self._number[one.y]) == states[-1][:2])
            start, way = (port.edge, port.y + side), [self._point(state, side) for state in states]
            whole = tuple(_corners([start, *way, (root.edge, root.y + side)]))
            meeting = next((at for at, state in enumerate(states) if at and state[:2] in met), None)
            points = whole if meeting is None else tuple(_corners([start, *way[: meeting + 1]]))
            met |= {state[:2] for state in states}
            yield Line(points, whole)

    def _cost(self, costs: dict[_State, float], port: Port) -> float:
        return costs[port.channel, self._number[port.y], _LEVEL] + abs(port.edge - self._layout.uprights[port.channel])

    def _point(self, state: _State, side: float) -> Point:
        return self._layout.uprights[state[0]] + side, self._heights[state[1]] + side

    def _search(self, roots: Sequence[Port]) -> tuple[dict[_State, float], dict[_State, _State]]:
        """Return what the cheapest way from each state to a root costs, and the next state on it."""
        costs: dict[_State, float] = {}
        following: dict[_State, _State] = {}
        queue: list[tuple[float, _State, _State | None]] = []
        for port in roots:
            length = abs(port.edge - self._layout.uprights[port.channel])
            heappush(queue, (length, (port.channel, self._number[port.y], _LEVEL), None))
        while queue:
            cost, state, towards = heappop(queue)
            if state in costs:
                continue
            costs[state] = cost
            if towards is not None:
                following[state] = towards
            for length, other in self._beside(state):
                if other not in costs:
                    heappush(queue, (cost + length, other, state))
        return costs, following

    def _beside(self, state: _State) -> Iterator[tuple[float, _State]]:
        channel, height, run = state
        yield _BEND, (channel, height, 1 - run)
        if run == _UPRIGHT:
            for other in (height - 1, height + 1):
                if 0 <= other < len(self._heights):
                    yield abs(self._heights[other] - self._heights[height]), (channel, other, run)
        else:
            uprights = self._layout.uprights
            if (channel, height) in self._open:
                yield uprights[channel + 1] - uprights[channel], (channel + 1, height, run)
            if (channel - 1, height) in self._open:
                yield uprights[channel] - uprights[channel - 1], (channel - 1, height, run)


def _corners(points: Sequence[Point]) -> Iterator[Point]:
    """Yield the points at which a line begins, turns or ends."""
    points = [point for point, _ in groupby(points)]
    for number, (x, y) in enumerate(points):
        if 0 < number < len(points) - 1:
            before, after = points[number - 1], points[number + 1]
            if (before[0] == x == after[0]) or (before[1] == y == after[1]):
                continue
        yield x, y
