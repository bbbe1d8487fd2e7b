"""A scene as a draw.io (diagrams.net) file: XML that is not compressed, with everything where the SVG has it.

Labels are plain text (`html=0`): draw.io shows them as they are, and no name can be markup. Groups hold what is in
them, so that a virtual network moves with its subnets.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from netcheck.diagnostics import printable
from netcheck.path.leg import Verdict
from netcheck.reports.captions import leg_caption, path_caption
from netcheck.reports.picture.arranged import Arranged, Drawn, arrange
from netcheck.reports.picture.labels import LINE
from netcheck.reports.picture.layout import Box
from netcheck.reports.picture.routing import Point
from netcheck.reports.picture.scene import Edge, EdgeKind, Group, GroupKind, Node, NodeKind, Scene, worst
from netcheck.reports.picture.shapes import number
from netcheck.reports.picture.style import LIGHT

_TEXT = (
    "html=0;whiteSpace=wrap;overflow=hidden;align=left;verticalAlign=top;spacing=8;spacingTop=0;"
    f"fontSize=11;fontColor={LIGHT['ink']};"
)
_GROUP = f"{_TEXT}rounded=1;absoluteArcSize=1;arcSize=16;container=1;collapsible=0;recursiveResize=0;"
_GROUPS = {
    GroupKind.NETWORK: f"fillColor={LIGHT['network']};strokeColor={LIGHT['network-edge']};",
    GroupKind.SUBNET: f"fillColor={LIGHT['subnet']};strokeColor={LIGHT['subnet-edge']};",
}
_NODE = f"{_TEXT}rounded=1;absoluteArcSize=1;fillColor={LIGHT['node']};strokeColor={LIGHT['node-edge']};"
_ROUND = (NodeKind.PLACE, NodeKind.SERVICE, NodeKind.ELSEWHERE)
_EDGE = (
    "html=0;edgeStyle=orthogonalEdgeStyle;rounded=1;fontSize=10;"
    f"fontColor={LIGHT['ink']};labelBackgroundColor={LIGHT['ground']};"
)
_EDGES = {
    EdgeKind.WAY_OUT: "endArrow=none;",
    EdgeKind.PEERING: "strokeWidth=2;dashed=1;dashPattern=6 2 1 2;endArrow=none;",
    EdgeKind.PROXY_SETTING: "dashed=1;",
    EdgeKind.ROUTE: "dashed=1;dashPattern=1 3;",
    EdgeKind.BALANCING: "",
    EdgeKind.SERVICE: "endArrow=none;",
    EdgeKind.LEG: "strokeWidth=3;",
}
_LINES = {
    Verdict.REACHABLE: "",
    Verdict.BLOCKED: "dashed=1;dashPattern=3 3;",
    Verdict.PARTIAL: "dashed=1;dashPattern=11 5;",
    Verdict.UNDETERMINED: "dashed=1;dashPattern=1 5;",
}
_LAYER = "1"


def scene_drawio(scene: Scene) -> str:
    """Return a scene as a draw.io file. The same scene gives the same text."""
    arranged = arrange(scene)
    file = Element("mxfile", {"host": "netcheck", "compressed": "false"})
    diagram = SubElement(file, "diagram", {"id": "network", "name": "network"})
    model = SubElement(diagram, "mxGraphModel", {"grid": "0", "page": "0", "math": "0"})
    root = SubElement(model, "root")
    SubElement(root, "mxCell", {"id": "0"})
    SubElement(root, "mxCell", {"id": _LAYER, "parent": "0"})
    _caption(root, scene, arranged)
    for kind in GroupKind:  # what holds others comes before them
        for group in scene.groups:
            if group.kind is kind:
                _cell(root, group, arranged, f"{_GROUP}{_GROUPS[kind]}", group.parent)
    for node in scene.nodes:
        style = f"{_NODE}arcSize={40 if node.kind in _ROUND else 12};"
        _cell(root, node, arranged, style, node.group)
    ways = {edge: drawn for drawn in arranged.lines for edge in drawn.edges}
    for at, edge in enumerate(scene.edges):
        _edge(root, f"e{at}", edge, ways.get(edge), arranged)
    indent(file, " ")
    return f"{tostring(file, encoding='unicode')}\n"


def _text(lines: Sequence[str]) -> str:
    return "\n".join(printable(line) for line in lines if line)


def _caption(root: Element, scene: Scene, arranged: Arranged) -> None:
    told = [*path_caption(scene.path.whole)] if scene.path else []
    legs = [answer for leg in scene.path.legs for answer in leg] if scene.path else []
    told += [" ".join(leg_caption(answer)) for answer in legs]
    told += [scene.title, *scene.notes]
    height = LINE * (len(told) + 1)
    style = f"{_TEXT}fontStyle=1;strokeColor=none;fillColor=none;"
    made = {"id": "caption", "parent": _LAYER, "vertex": "1", "style": style, "value": _text(told)}
    cell = SubElement(root, "mxCell", made)
    _geometry(cell, Box(0, -height - 10, max(arranged.layout.width, 600), height))


def _cell(root: Element, one: Group | Node, arranged: Arranged, style: str, parent: str) -> None:
    """Add the cell of a group or node; its place is told from the corner of what holds it."""
    verdict = worst(one.marks)
    if verdict is not None:
        fill = "" if isinstance(one, Group) else f"fillColor={LIGHT[f'{verdict}-fill']};"
        style += f"{fill}strokeColor={LIGHT[verdict]};strokeWidth=3;{_LINES[verdict]}"
    lines = [line.text for line in arranged.labels[one.id]]
    made = {"id": one.id, "parent": parent or _LAYER, "vertex": "1", "style": style, "value": _text(lines)}
    cell = SubElement(root, "mxCell", made)
    boxes = arranged.layout.boxes
    corner = boxes[parent] if parent else Box(0, 0, 0, 0)
    own = boxes[one.id]
    _geometry(cell, Box(own.x - corner.x, own.y - corner.y, own.width, own.height))


def _edge(root: Element, name: str, edge: Edge, drawn: Drawn | None, arranged: Arranged) -> None:
    """Add the cell of an edge, with the corners of its way; its words are where it begins, or on top."""
    colour = LIGHT[edge.verdict or "line"]
    style = f"{_EDGE}strokeColor={colour};{_EDGES[edge.kind]}{_LINES[edge.verdict] if edge.verdict else ''}"
    value = edge.verdict.upper() if edge.verdict else ""
    points: list[Point] = []
    if drawn is not None:
        boxes = arranged.layout.boxes
        points = [*drawn.line.way[::-1]] if drawn.is_from_root(edge) else [*drawn.line.way]
        for side, end, point in (("exit", edge.source, points[0]), ("entry", edge.target, points[-1])):
            x, y = (point[0] - boxes[end].x) / boxes[end].width, (point[1] - boxes[end].y) / boxes[end].height
            style += f"{side}X={x:.4g};{side}Y={y:.4g};"
    made = {"id": name, "parent": _LAYER, "edge": "1", "style": style, "value": value}
    cell = SubElement(root, "mxCell", {**made, "source": edge.source, "target": edge.target})
    geometry = SubElement(cell, "mxGeometry", {"relative": "1", "as": "geometry"})
    corners = SubElement(geometry, "Array", {"as": "points"})
    for x, y in points[1:-1]:
        SubElement(corners, "mxPoint", {"x": number(x), "y": number(y)})


def _geometry(cell: Element, place: Box) -> None:
    x, y, width, height = map(number, place)
    SubElement(cell, "mxGeometry", {"x": x, "y": y, "width": width, "height": height, "as": "geometry"})
