"""The picture of a network: boxes stand apart, texts fit, lines run beside boxes and end where they should."""

from __future__ import annotations

import re
from itertools import pairwise
from time import perf_counter
from xml.etree.ElementTree import Element

import pytest

from netcheck.diagnostics import printable
from netcheck.model.site import Site
from netcheck.reports.picture.arranged import arrange
from netcheck.reports.picture.building import draw_scene
from netcheck.reports.picture.layout import Box
from netcheck.reports.picture.lettering import width_of
from netcheck.reports.picture.scene import DrawnPath, Scene
from netcheck.reports.picture.style import NAME_SIZE, TEXT_SIZE
from netcheck.reports.picture.svg import scene_svg
from tests.unit.reports.picture.shared import (
    HOSTILE,
    SVG,
    Rectangle,
    parsed,
    rectangle,
    renamed,
    text_rectangle,
    texts,
    titles,
)
from tests.unit.reports.picture.sites import SCENES, bench_estate, path_of, scene_of, story


@pytest.fixture(params=SCENES)
def scene(request: pytest.FixtureRequest) -> Scene:
    """A scene of each kind and size."""
    return scene_of(request.param)


def _rectangle(box: Box) -> Rectangle:
    return Rectangle(*box)


def test_every_box_lies_in_its_group_and_beside_all_others(scene: Scene) -> None:
    """Nodes in subnets, subnets in networks; no two that are not one in the other have a point in common."""
    boxes = {name: _rectangle(box) for name, box in arrange(scene).layout.boxes.items()}
    parents = {one.id: one.parent for one in scene.groups} | {one.id: one.group for one in scene.nodes}
    assert set(boxes) == set(parents)
    assert all(boxes[parent].holds(boxes[one]) for one, parent in parents.items() if parent)
    for parent in set(parents.values()):
        beside = sorted((boxes[one] for one, own in parents.items() if own == parent), key=lambda box: box.y)
        for at, one in enumerate(beside):
            below = (other for other in beside[at + 1 :] if other.y < one.y + one.height)
            assert not [other for other in below if one.meets(other)]


def test_texts_fit_and_do_not_meet(scene: Scene) -> None:
    """The texts of a place lie in its box, below each other; what they leave out is in a title."""
    root = parsed(scene_svg(scene))
    for place in root.iter(f"{SVG}g"):
        if not (place.get("class") or "").startswith("place"):
            continue
        own = place.find(f"{SVG}rect")
        assert own is not None
        found = [text_rectangle(text) for text in place.findall(f"{SVG}text")]
        assert all(rectangle(own).holds(text) for text in found)
        assert all(one.y + one.height <= other.y + 3 for one, other in pairwise(found))


def test_no_text_of_a_group_lies_below_a_node_in_it(scene: Scene) -> None:
    """The head of a group ends above what is in it."""
    arranged = arrange(scene)
    parents = [(one.id, one.parent) for one in scene.groups] + [(one.id, one.group) for one in scene.nodes]
    for one, parent in parents:
        if parent:
            head = 15 * len(arranged.labels[parent]) + 10
            assert arranged.layout.boxes[parent].y + head <= arranged.layout.boxes[one].y


def _segments(points: tuple[tuple[float, float], ...]) -> list[Rectangle]:
    return [
        Rectangle(min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in pairwise(points)
    ]


def test_lines_run_beside_nodes_and_texts(scene: Scene) -> None:
    """No line crosses a node or the head of a group; all run level or upright."""
    arranged = arrange(scene)
    boxes = arranged.layout.boxes
    solid = [_rectangle(boxes[node.id]) for node in scene.nodes]
    for group in scene.groups:
        box, label = boxes[group.id], arranged.labels[group.id]
        for number, line in enumerate(label):
            is_name = line.css == "name"
            size = NAME_SIZE if is_name else TEXT_SIZE
            width = min(188.0, width_of(line.text, size, is_bold=is_name or line.css.startswith("word")))
            solid.append(Rectangle(box.x + 12, box.y + 10 + 15 * number, width, 10))
    solid.sort(key=lambda one: one.y)
    for drawn in arranged.lines:
        for part in _segments(drawn.line.points):
            assert part.width == 0 or part.height == 0
            crossed = [one for one in solid if one.y < part.y + part.height and part.y < one.y + one.height]
            crossed += [one for one in solid if part.height == 0 and one.y < part.y < one.y + one.height]
            assert not [one for one in crossed if one.x < part.x + part.width and part.x < one.x + one.width]


def test_lines_end_at_their_places(scene: Scene) -> None:
    """A line begins at the edge of its leaf and ends at that of the root, or on another line to the same root."""
    arranged = arrange(scene)
    boxes = {name: _rectangle(box) for name, box in arranged.layout.boxes.items()}
    joined = set()
    for drawn in arranged.lines:
        for edge in drawn.edges:
            joined.add(edge)
            leaf, root = (edge.target, edge.source) if drawn.is_reversed else (edge.source, edge.target)
            if edge.kind == "peering" and not _is_at_side(boxes[leaf], drawn.line.points[0]):
                leaf, root = root, leaf  # both ways of a peering are one line
            assert _is_at_side(boxes[leaf], drawn.line.points[0])
            if drawn.line.is_whole:
                assert _is_at_side(boxes[root], drawn.line.points[-1])
            else:
                assert any(
                    _is_on(other.line.points, drawn.line.points[-1]) for other in arranged.lines if other != drawn
                )
    assert joined == {edge for edge in scene.edges if edge.source != edge.target}


def _is_at_side(box: Rectangle, point: tuple[float, float]) -> bool:
    return point[0] in (box.x, box.x + box.width) and box.y <= point[1] <= box.y + box.height


def _is_on(points: tuple[tuple[float, float], ...], point: tuple[float, float]) -> bool:
    return any(
        part.x <= point[0] <= part.x + part.width and part.y <= point[1] <= part.y + part.height
        for part in _segments(points)
    )


def test_every_name_is_in_the_picture_or_in_a_title(scene: Scene) -> None:
    """What a text has no room for is told by the title of its place."""
    root = parsed(scene_svg(scene))
    told = "\n".join(texts(root)) + titles(root)
    for one in scene.places:
        assert one.name in told
        assert all(line in told for line in one.lines)
    for node in scene.nodes:
        assert all(member in told for member in node.members)


def test_everything_lies_in_the_picture(scene: Scene) -> None:
    """Nothing is cut off at the edges."""
    root = parsed(scene_svg(scene))
    ground = root.find(f"{SVG}rect")
    assert ground is not None
    for inner, x, y in _placed(root, 0, 0):
        if inner.tag == f"{SVG}text":
            here = text_rectangle(inner)
            assert rectangle(ground).holds(here._replace(x=here.x + x, y=here.y + y))


def _placed(element: Element, x: float, y: float) -> list[tuple[Element, float, float]]:
    found = [(element, x, y)]
    for inner in element:
        moved = re.fullmatch(r"translate\(([-0-9.]+) ([-0-9.]+)\)", inner.get("transform", ""))
        by = (float(moved[1]), float(moved[2])) if moved else (0.0, 0.0)
        found += _placed(inner, x + by[0], y + by[1])
    return found


def test_the_marks_of_a_path_stand_at_their_place_in_words_and_signs() -> None:
    """The subnet whose NSG blocks says so in its own text, with the cross, and the line has the cross as well."""
    root = parsed(scene_svg(draw_scene(story("article"), path_of("article"))))
    [subnet] = [g for g in root.iter(f"{SVG}g") if g.find(f"{SVG}rect[@class='subnet marked blocked']") is not None]
    assert "BLOCKED by deny-internet" in list(texts(subnet))
    assert subnet.find(f"{SVG}g[@class='sign blocked']") is not None
    lines = root.iterfind(f".//{SVG}g[@class='line']")
    [line] = [g for g in lines if g.find(f"{SVG}path[@class='way blocked']") is not None]
    assert line.find(f"{SVG}g[@class='sign blocked']") is not None


def test_a_screen_reader_is_told_the_verdict_first() -> None:
    """One image, whose title is the answer and whose description tells hops and places."""
    root = parsed(scene_svg(draw_scene(story("article"), path_of("article"))))
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert (root.get("role"), title is not None and title.text) == (
        "img",
        "BLOCKED: app-vm to Storage.WestUS. Network: 1 virtual network, 1 subnet, 2 VMs, 1 NSG",
    )
    assert description is not None
    assert "subnet-nsg NSG-lockdown deny-internet 4000" in (description.text or "")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("base", ["300 VMs", "path of article"])
def test_a_hostile_name_is_text(base: str, name: str) -> None:
    """The picture has the elements that it has with any other name, and its texts fit."""
    scene = renamed(scene_of(base), name)
    root = parsed(scene_svg(scene))
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        "svg", "title", "desc", "style", "rect", "g", "circle", "path", "text",
    }  # fmt: skip
    assert not [one for one in root.iter() if set(one.attrib) - _ATTRIBUTES]
    assert printable(name) in titles(root)
    test_texts_fit_and_do_not_meet(scene)


_ATTRIBUTES = {
    "class", "role", "width", "height", "viewBox", "x", "y", "rx", "r", "d", "transform", "data-hop",
}  # fmt: skip


def test_a_picture_of_300_vms_takes_less_than_a_second() -> None:
    """From the loaded site to the text of the file; a tenth of it is usual."""
    site: Site = bench_estate(300)
    begin = perf_counter()
    scene_svg(draw_scene(site))
    assert perf_counter() - begin < 1


def test_the_same_scene_gives_the_same_text() -> None:
    """Output is repeatable to the byte."""
    assert scene_svg(scene_of("300 VMs")) == scene_svg(scene_of("300 VMs"))


def test_a_path_with_several_pairs_shows_each() -> None:
    """Two destinations are two pictures of hops, each with its own verdict."""
    site = story("article")
    path = path_of("article")
    from netcheck.questions.reach import reach

    other = reach(site, "app-vm", "proxy-vm", ["8080"])
    scene = draw_scene(site, DrawnPath(path.whole, ((path.whole, other),)))
    headlines = [t.text for t in parsed(scene_svg(scene)).iter(f"{SVG}text") if "headline" in (t.get("class") or "")]
    assert headlines[:2] == ["BLOCKED", "REACHABLE"]
