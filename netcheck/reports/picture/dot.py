"""A scene as a graph in the DOT language, for Graphviz and what reads its files.

Names stand in quoted strings, and nothing in them has a meaning: `\\` begins an escape in labels (`\\N` is the name of
the node) and `&` a character entity, so both are escaped. Graphviz documentation, "The DOT Language", "escString".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.diagnostics import printable
from netcheck.path.leg import Verdict
from netcheck.reports.captions import path_caption
from netcheck.reports.picture.scene import Edge, EdgeKind, Group, GroupKind, Node, NodeKind, Scene, worst
from netcheck.reports.picture.style import LIGHT

_SHAPES = {
    NodeKind.PROXY: "component",
    NodeKind.CROWD: "box3d",
    NodeKind.FIREWALL: "house",
    NodeKind.BALANCER: "trapezium",
    NodeKind.ENDPOINT: "cds",
    NodeKind.SERVICE: "cylinder",
    NodeKind.PLACE: "ellipse",
    NodeKind.ELSEWHERE: "ellipse",
}
_EDGES = {
    EdgeKind.WAY_OUT: {"dir": "none"},
    EdgeKind.PEERING: {"style": "bold"},
    EdgeKind.PROXY_SETTING: {"style": "dashed"},
    EdgeKind.ROUTE: {"style": "dotted"},
    EdgeKind.BALANCING: {},
    EdgeKind.SERVICE: {"dir": "none"},
    EdgeKind.LEG: {"penwidth": "3"},
}
_LINES = {
    Verdict.REACHABLE: "solid",
    Verdict.BLOCKED: "bold",
    Verdict.PARTIAL: "dashed",
    Verdict.UNDETERMINED: "dotted",
}


def scene_dot(scene: Scene) -> str:
    """Return a scene as DOT. The same scene gives the same text."""
    return "\n".join(_lines(scene)) + "\n"


def quoted(lines: Sequence[str]) -> str:
    """Return lines of text as a DOT string that shows them, each to the left."""
    return '"' + "".join(f"{_escaped(line)}\\l" for line in lines if line) + '"'


def _escaped(text: str) -> str:
    return printable(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')


def _lines(scene: Scene) -> Iterator[str]:
    yield "digraph network {"
    yield f"  graph [rankdir=LR, compound=true, labelloc=t, labeljust=l, fontname=Helvetica, label={_caption(scene)}]"
    yield '  node [shape=box, style="rounded,filled", fillcolor=white, fontname=Helvetica, fontsize=11]'
    yield "  edge [fontname=Helvetica, fontsize=10]"
    for network in scene.groups:
        if network.kind is GroupKind.NETWORK:
            yield from _group(scene, network, "  ")
    yield from (f"  {_node(node)}" for node in scene.nodes if not node.group)
    held = {one.id for one in scene.groups}
    yield from (f"  {_edge(edge, held)}" for edge in scene.edges)
    yield "}"


def _caption(scene: Scene) -> str:
    told = path_caption(scene.path.whole) if scene.path else []
    return quoted([*told, scene.title, *scene.notes])


def _group(scene: Scene, group: Group, indent: str) -> Iterator[str]:
    """Yield a cluster; a point that is not seen stands for it where an edge ends, since edges join nodes."""
    yield f"{indent}subgraph cluster_{group.id} {{"
    yield f"{indent}  graph [style={_cluster_style(group)}, {_attributes(_verdict(group))}label={_label(group)}]"
    yield f'{indent}  {group.id} [shape=point, style=invis, label=""]'
    for inner in scene.groups:
        if inner.parent == group.id:
            yield from _group(scene, inner, f"{indent}  ")
    yield from (f"{indent}  {_node(node)}" for node in scene.nodes if node.group == group.id)
    yield f"{indent}}}"


def _cluster_style(group: Group) -> str:
    return "rounded" if group.kind is GroupKind.NETWORK else '"rounded,filled"'


def _label(one: Group | Node) -> str:
    return quoted([one.heading, *one.lines, *(mark.text for mark in one.marks)])


def _verdict(one: Group | Node) -> dict[str, str]:
    """Return the attributes of what the path marks; the words are in the label."""
    verdict = worst(one.marks)
    if verdict is None:
        return {"fillcolor": "white"} if isinstance(one, Group) else {}
    width = "1" if verdict is Verdict.REACHABLE else "3"
    return {"color": f'"{LIGHT[verdict]}"', "fillcolor": f'"{LIGHT[f"{verdict}-fill"]}"', "penwidth": width}


def _attributes(found: dict[str, str]) -> str:
    return "".join(f"{name}={value}, " for name, value in found.items())


def _node(node: Node) -> str:
    shape = {"shape": _SHAPES[node.kind]} if node.kind in _SHAPES else {}
    return f"{node.id} [{_attributes({**shape, **_verdict(node)})}label={_label(node)}]"


def _edge(edge: Edge, groups: set[str]) -> str:
    attributes = dict(_EDGES[edge.kind])
    if edge.source in groups:
        attributes["ltail"] = f"cluster_{edge.source}"
    if edge.target in groups:
        attributes["lhead"] = f"cluster_{edge.target}"
    if edge.verdict is not None:
        attributes |= {"color": f'"{LIGHT[edge.verdict]}"', "style": _LINES[edge.verdict]}
    return f"{edge.source} -> {edge.target} [{_attributes(attributes)}label={quoted(edge.lines)}]"
