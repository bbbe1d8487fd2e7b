"""A scene with everything in its place: what the writers that draw have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from netcheck.reports.picture.labels import Label, height_of, label_of
from netcheck.reports.picture.layout import Layout, lay_out
from netcheck.reports.picture.plan import make_plan
from netcheck.reports.picture.routing import Line, Tree, channel_width, route
from netcheck.reports.picture.scene import Edge, EdgeKind, Group, Node, NodeKind, Scene

_LEAST = 46
"""No node is lower, so that lines of several trees find its side."""


_TOLD = (EdgeKind.PEERING, EdgeKind.PROXY_SETTING, EdgeKind.ROUTE, EdgeKind.BALANCING, EdgeKind.SERVICE)
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Drawn:
    """The edges that one line stands for, and where it runs; `is_reversed`: it was found from its target."""

    edges: tuple[Edge, ...]
    line: Line
    leaf: str
    is_reversed: bool = False

    def is_from_root(self, edge: Edge) -> bool:
        """Return whether an edge leads the other way: from the root to the leaf, where the line begins."""
        return edge.source != self.leaf


@dataclass(frozen=True, slots=True)
class Arranged:
    """A scene with its labels and places, the lines under the nodes first, those of the path last."""

    scene: Scene
    labels: Mapping[str, Label]
    layout: Layout
    lines: tuple[Drawn, ...]


def arrange(scene: Scene) -> Arranged:
    """Return a scene with everything in its place. The same scene gives the same places."""
    labels = {one.id: label_of(one, _lines_from(scene, one)) for one in scene.places}
    heights = {name: height_of(label) for name, label in labels.items()}
    for node in scene.nodes:
        heights[node.id] = max(heights[node.id], _LEAST)
    trees = list(_trees(scene))
    layout = lay_out(make_plan(scene, heights), heights, channel_width(len(trees)))
    lines: list[Drawn] = []
    for (tree, edges, is_reversed), found in zip(trees, route(layout, [tree for tree, _, _ in trees]), strict=True):
        for leaf, line in zip(tree.leaves, found, strict=True):
            if line is not None:
                lines.append(Drawn(tuple(edges[leaf]), line, leaf, is_reversed))
    return Arranged(scene, labels, layout, (*(d for d in lines if not _is_leg(d)), *(d for d in lines if _is_leg(d))))


def _lines_from(scene: Scene, place: Group | Node) -> list[str]:
    """Return what the lines that begin at a place say, as it stands on the place itself: lines have no text.

    Of several subnets that are told of together, some have it.
    """
    some = "some: " if place.kind is NodeKind.SUBNETS else ""
    found = [edge for edge in scene.edges if edge.source == place.id and edge.kind in _TOLD]
    told = list(dict.fromkeys(f"{some}{line}" for edge in found for line in edge.lines))
    more = len(told) - _SHOWN
    return [*told[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]


def _is_leg(drawn: Drawn) -> bool:
    return drawn.edges[0].kind is EdgeKind.LEG


Bundle = tuple[Tree, dict[str, list[Edge]], bool]
"""Lines to one place, the edges that each of them stands for, and whether they lead away from it."""


def _trees(scene: Scene) -> Iterator[Bundle]:
    """Yield the legs one by one, then what leads to one place together: what is first has the middle of channels."""
    for edge in scene.edges:
        if edge.kind is EdgeKind.LEG:
            yield Tree(edge.target, (edge.source,)), {edge.source: [edge]}, False
    for kind in EdgeKind:
        if kind is EdgeKind.PEERING:
            yield from _peerings(scene)
        elif kind is not EdgeKind.LEG:
            is_reversed = kind is EdgeKind.BALANCING
            roots: dict[str, dict[str, list[Edge]]] = {}
            for edge in scene.edges:
                if edge.kind is kind:
                    root, leaf = (edge.source, edge.target) if is_reversed else (edge.target, edge.source)
                    roots.setdefault(root, {}).setdefault(leaf, []).append(edge)
            yield from ((Tree(root, tuple(leaves)), leaves, is_reversed) for root, leaves in roots.items())


def _peerings(scene: Scene) -> Iterator[Bundle]:
    """Yield the peerings, both ways as one line, by the networks that have most of them."""
    pairs: dict[tuple[str, str], list[Edge]] = {}
    for edge in scene.edges:
        if edge.kind is EdgeKind.PEERING:
            back = (edge.target, edge.source)
            pairs.setdefault(back if back in pairs else (edge.source, edge.target), []).append(edge)
    while pairs:
        counts: dict[str, int] = {}
        for pair in pairs:
            for one in pair:
                counts[one] = counts.get(one, 0) + 1
        hub = max(counts, key=lambda one: counts[one])
        leaves = {(b if a == hub else a): edges for (a, b), edges in pairs.items() if hub in (a, b)}
        yield Tree(hub, tuple(leaves)), leaves, False
        pairs = {pair: edges for pair, edges in pairs.items() if hub not in pair}
