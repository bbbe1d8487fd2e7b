"""A scene as a Mermaid flowchart: virtual networks, subnets, machines, proxies, and one path with its verdict.

Names are text and nothing else: they stand in quoted labels, with every character that Mermaid could read as syntax
replaced by its code, and identifiers are numbers that no name has a part in. Mermaid's documentation, "Flowcharts -
Basic Syntax", entity codes to escape characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.path.leg import Verdict
from netcheck.reports.captions import path_caption
from netcheck.reports.picture.scene import Edge, EdgeKind, Group, GroupKind, Node, NodeKind, Scene, worst

_PLAIN = frozenset(" ._-/,")
_NAMED = {'"': "quot", "<": "lt", ">": "gt", "&": "amp"}
_STYLES = {
    Verdict.REACHABLE: "fill:#e6f4ea,stroke:#137333,color:#000",
    Verdict.BLOCKED: "fill:#fce8e6,stroke:#b3261e,stroke-width:3px,color:#000",
    Verdict.PARTIAL: "fill:#fef7e0,stroke:#8a5a00,stroke-width:3px,color:#000",
    Verdict.UNDETERMINED: "fill:#f1f3f4,stroke:#5f6368,stroke-dasharray:5 4,color:#000",
}
_LINES = {
    Verdict.REACHABLE: "stroke:#137333,stroke-width:3px",
    Verdict.BLOCKED: "stroke:#b3261e,stroke-width:3px",
    Verdict.PARTIAL: "stroke:#8a5a00,stroke-width:3px",
    Verdict.UNDETERMINED: "stroke:#5f6368,stroke-width:3px,stroke-dasharray:5 4",
}
_ARROWS = {
    EdgeKind.WAY_OUT: "---",
    EdgeKind.PEERING: "-->",
    EdgeKind.PROXY_SETTING: "-.->",
    EdgeKind.ROUTE: "-.->",
    EdgeKind.BALANCING: "-->",
    EdgeKind.SERVICE: "---",
    EdgeKind.LEG: "==>",
}
_SHAPES = {NodeKind.PROXY: ("[[", "]]"), NodeKind.PLACE: ("([", "])"), NodeKind.SERVICE: ("([", "])")}


def scene_mermaid(scene: Scene) -> str:
    """Return the flowchart of a scene. The same scene gives the same text."""
    return "\n".join(_lines(scene)) + "\n"


def escape(text: str) -> str:
    """Return text as it may stand inside a quoted Mermaid label."""
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character.isalnum() or character in _PLAIN:
        return character
    if character in _NAMED:
        return f"#{_NAMED[character]};"
    return f"#{ord(character)};" if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def label(lines: Sequence[str]) -> str:
    """Return a quoted label; each line is text, empty ones are left out."""
    return '"' + "<br/>".join(escape(line) for line in lines if line) + '"'


def _lines(scene: Scene) -> Iterator[str]:
    yield "flowchart LR"
    for network in scene.groups:
        if network.kind is GroupKind.NETWORK:
            yield from _network(scene, network)
    yield from (f"  {_node(one)}" for one in scene.nodes if not one.group)
    yield from (f"  {one}" for one in scene.notes and [f"notes>{label(scene.notes)}]"])
    for number, edge in enumerate(scene.edges):
        yield from _edge(number, edge)
    yield from _verdicts(scene)


def _network(scene: Scene, network: Group) -> Iterator[str]:
    yield f"  subgraph {network.id}[{_label(network)}]"
    for subnet in scene.groups:
        if subnet.parent == network.id:
            yield f"    subgraph {subnet.id}[{_label(subnet)}]"
            yield from (f"      {_node(one)}" for one in scene.nodes if one.group == subnet.id)
            yield "    end"
    yield from (f"    {_node(one)}" for one in scene.nodes if one.group == network.id)
    yield "  end"


def _label(one: Group | Node) -> str:
    return label([one.heading, *one.lines, *(mark.text for mark in one.marks)])


def _node(node: Node) -> str:
    opening, closing = _SHAPES.get(node.kind, ("[", "]"))
    return f"{node.id}{opening}{_label(node)}{closing}"


def _edge(number: int, edge: Edge) -> Iterator[str]:
    text = f"|{label(edge.lines)}|" if edge.lines else ""
    yield f"  {edge.source} {_ARROWS[edge.kind]}{text} {edge.target}"
    if edge.verdict is not None:
        yield f"  linkStyle {number} {_LINES[edge.verdict]}"


def _verdicts(scene: Scene) -> Iterator[str]:
    """Yield the sum of the path, and the class of what its marks are about."""
    classes = {one.id: verdict for one in scene.places if (verdict := worst(one.marks)) is not None}
    if scene.path is not None:
        here = f"n{1 + max(int(one.id[1:]) for one in scene.places)}"
        classes[here] = scene.path.whole.verdict
        yield f"  {here}>{label(path_caption(scene.path.whole))}]"
    yield from (f"  classDef {verdict} {_STYLES[verdict]}" for verdict in dict.fromkeys(classes.values()))
    yield from (f"  class {name} {verdict}" for name, verdict in classes.items())
