"""A scene as SVG: the path on top, hop by hop, below it the network with the way that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

from netcheck.path.leg import Verdict
from netcheck.reports.captions import leg_caption
from netcheck.reports.picture import shapes
from netcheck.reports.picture.arranged import Arranged, Drawn, arrange
from netcheck.reports.picture.icons import ICONS
from netcheck.reports.picture.labels import LINE, PAD, ROOM, SIGN_ROOM, Label, height_of
from netcheck.reports.picture.layout import Box
from netcheck.reports.picture.lettering import all_wrapped, width_of
from netcheck.reports.picture.scene import DrawnPath, EdgeKind, Group, GroupKind, Node, NodeKind, Scene, worst
from netcheck.reports.picture.style import TEXT_SIZE
from netcheck.reports.picture.svg_path import path_element

_MARGIN = 16
_LEAST_WIDTH, _PATH_WIDTH, _MOST_PATH_WIDTH, _SHOWN_PATHS = 560, 960, 1400, 4
_LEGEND = {
    EdgeKind.WAY_OUT: "way out",
    EdgeKind.PEERING: "peering",
    EdgeKind.PROXY_SETTING: "proxy setting",
    EdgeKind.ROUTE: "route to an appliance",
    EdgeKind.BALANCING: "members of a pool",
    EdgeKind.SERVICE: "service of a private endpoint",
}


_POINTING = (EdgeKind.PROXY_SETTING, EdgeKind.ROUTE, EdgeKind.BALANCING)


def scene_svg(scene: Scene) -> str:
    """Return the picture of a scene as the text of an SVG file. The same scene gives the same text."""
    return shapes.to_file(scene_element(scene))


def scene_element(scene: Scene) -> Element:
    """Return the picture of a scene as an element to embed in a page, which has the style (`PICTURE_CSS`)."""
    arranged = arrange(scene)
    width = max(arranged.layout.width + 2 * _MARGIN, _LEAST_WIDTH if scene.path is None else _PATH_WIDTH)
    root = shapes.picture(width, 0, _title(scene), "\n".join(_told(scene)))
    y = 0.0
    for path in _paths(scene.path, min(width, _MOST_PATH_WIDTH)):
        y = _stack(root, path, y)
    shapes.line_of_text(root, (_MARGIN, y + 28), scene.title, width - 2 * _MARGIN, "headline")
    y += 36
    inner = SubElement(root, "g", {"class": "map", "transform": f"translate({_MARGIN} {shapes.number(y)})"})
    _network(inner, arranged)
    y = _below(root, arranged, y + arranged.layout.height + 12, width - 2 * _MARGIN)
    shapes.set_height(root, y + _MARGIN)
    return root


def _title(scene: Scene) -> str:
    if scene.path is None:
        return scene.title
    q = scene.path.whole.question
    via = f" via {q.via}" if q.via else ""
    return f"{scene.path.whole.verdict.upper()}: {q.source} to {q.target}{via}. {scene.title}"


def _told(scene: Scene) -> Iterator[str]:
    """Yield the network as text, for readers who do not see it."""
    for leg in scene.path.legs if scene.path else ():
        yield from (": ".join(leg_caption(answer)) for answer in leg)
    for one in scene.places:
        yield ", ".join((one.heading, *one.lines, *(mark.text for mark in one.marks)))
    yield from scene.notes


def _paths(path: DrawnPath | None, width: float) -> Iterator[Element]:
    """Yield the picture of each pair of ends, else of all of them together."""
    if path is not None:
        pairs = path.legs[0] if len(path.legs) == 1 and len(path.legs[0]) <= _SHOWN_PATHS else ()
        for answer in pairs or (path.whole,):
            yield path_element(answer, width=int(width))


def _stack(root: Element, path: Element, y: float) -> float:
    """Put a picture of a path below what is there, and return where it ends."""
    group = SubElement(root, "g", {"class": "path", "transform": f"translate(0 {shapes.number(y)})"})
    group.extend([one for one in path if one.tag not in ("title", "desc", "rect")])
    return y + float(path.get("height", "0"))


def _network(parent: Element, arranged: Arranged) -> None:
    scene = arranged.scene
    for kind in GroupKind:
        for one in scene.groups:
            if one.kind is kind:
                _group(parent, one, arranged)
    for drawn in arranged.lines:
        if drawn.edges[0].kind is not EdgeKind.LEG:
            _edge(parent, drawn)
    for node in scene.nodes:
        _node(parent, node, arranged)
    legs = [drawn for drawn in arranged.lines if drawn.edges[0].kind is EdgeKind.LEG]
    for drawn in legs:
        _leg(parent, drawn)


def _tooltip(one: Group | Node) -> str:
    members = one.members if isinstance(one, Node) and len(one.members) > 1 else ()
    return "\n".join((one.heading, *one.lines, *(mark.text for mark in one.marks), *members))


def _group(parent: Element, one: Group, arranged: Arranged) -> None:
    place = arranged.layout.boxes[one.id]
    made = shapes.group(parent, f"place {one.id}", _tooltip(one))
    css = "network" if one.kind is GroupKind.NETWORK else "subnet"
    verdict = worst(one.marks)
    shapes.box(made, f"{css} marked {verdict}" if verdict else css, place, 10 if one.kind is GroupKind.NETWORK else 8)
    _label(made, arranged.labels[one.id], (place.x + PAD + 2, place.y))


def _node(parent: Element, node: Node, arranged: Arranged) -> None:
    place = arranged.layout.boxes[node.id]
    made = shapes.group(parent, f"place {node.id}", _tooltip(node))
    verdict = worst(node.marks)
    css = f"box {verdict}" if verdict else "node"
    is_round = node.kind in (NodeKind.PLACE, NodeKind.SERVICE, NodeKind.ELSEWHERE)
    if node.kind is NodeKind.CROWD:
        shapes.box(made, css, Box(place.x + 5, place.y + 5, place.width, place.height))
    shapes.box(made, css, place, 20 if is_round else 6)
    x, y = place.x + place.width - PAD - 16, place.y + 8
    SubElement(
        made, "path",
        {"class": "icon", "d": ICONS[node.kind], "transform": f"translate({shapes.number(x)} {shapes.number(y)})"},
    )  # fmt: skip
    label = arranged.labels[node.id]
    y = place.y + (place.height - height_of(label)) / 2 if is_round else place.y
    _label(made, label, (place.x + PAD, y), is_round)


def _label(parent: Element, label: Label, corner: tuple[float, float], is_round: bool = False) -> None:
    """Write the lines of a label below a corner of its box."""
    x, y = corner
    for number, line in enumerate(label):
        base = y + PAD + 10 + LINE * number
        indent = SIGN_ROOM if line.is_marked else 6 if is_round else 0
        if line.sign is not None:
            shapes.sign(parent, (x + shapes.SIGN_RADIUS, base - 4), line.sign)
        room = ROOM - indent - (20 if number == 0 else 0)
        shapes.line_of_text(parent, (x + indent, base), line.text, room, line.css)


def _edge(parent: Element, drawn: Drawn) -> None:
    kind = drawn.edges[0].kind
    points = drawn.line.points[::-1] if drawn.is_reversed else drawn.line.points
    told = dict.fromkeys(line for edge in drawn.edges for line in edge.lines)
    made = shapes.group(parent, "line", "\n".join(told) or _LEGEND[kind])
    shapes.polyline(
        made, f"edge {kind}", points, has_tip=kind in _POINTING and (drawn.is_reversed or drawn.line.is_whole)
    )


def _leg(parent: Element, drawn: Drawn) -> None:
    [edge] = drawn.edges
    verdict = edge.verdict or Verdict.UNDETERMINED
    made = shapes.group(parent, "line", "\n".join(edge.lines))
    shapes.polyline(made, f"way {verdict}", drawn.line.points)
    shapes.sign(made, _middle(drawn.line.points), verdict)


def _middle(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the middle of the longest part of a line."""
    (x, y), (to_x, to_y) = max(pairwise(points), key=lambda ends: sum(abs(a - b) for a, b in zip(*ends, strict=True)))
    return (x + to_x) / 2, (y + to_y) / 2


def _below(root: Element, arranged: Arranged, y: float, room: float) -> float:
    """Say what the lines mean, and what the picture counts; return where that ends."""
    kinds = {drawn.edges[0].kind for drawn in arranged.lines}
    x = float(_MARGIN)
    for kind, text in _LEGEND.items():
        if kind in kinds:
            width = 44 + width_of(text, TEXT_SIZE) + 20
            if x + width > room + _MARGIN:
                x, y = float(_MARGIN), y + LINE
            shapes.polyline(root, f"edge {kind}", [(x, y + 8), (x + 34, y + 8)], has_tip=kind in _POINTING)
            shapes.line_of_text(root, (x + 42, y + 12), text, width, "muted")
            x += width
    y += LINE + 4 if x > _MARGIN else 0
    for line in all_wrapped(arranged.scene.notes, room, TEXT_SIZE):
        shapes.line_of_text(root, (_MARGIN, y + 12), line, room, "muted")
        y += LINE
    return y
