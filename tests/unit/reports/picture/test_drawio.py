"""draw.io files: plain XML whose cells are the places and edges of the scene, with labels that are text."""

from __future__ import annotations

from itertools import pairwise
from xml.etree.ElementTree import Element

import pytest

from netcheck.diagnostics import printable
from netcheck.reports.picture.arranged import arrange
from netcheck.reports.picture.drawio import scene_drawio
from netcheck.reports.picture.style import LIGHT
from tests.unit.reports.picture.shared import HOSTILE, parsed, renamed
from tests.unit.reports.picture.sites import STORIES, scene_of


def _cells(text: str) -> dict[str, Element]:
    return {cell.get("id", ""): cell for cell in parsed(text).iter("mxCell")}


def _style(cell: Element) -> dict[str, str]:
    return dict(word.partition("=")[::2] for word in cell.get("style", "").split(";") if word)


@pytest.mark.parametrize("name", [*STORIES, "path of article", "300 VMs"])
def test_every_place_is_a_cell_in_its_group(name: str) -> None:
    """Parents come first, as draw.io wants them; places are told from the corner of what holds them."""
    scene = scene_of(name)
    boxes = arrange(scene).layout.boxes
    cells = _cells(scene_drawio(scene))
    parents = {one.id: one.parent for one in scene.groups} | {one.id: one.group for one in scene.nodes}
    assert {one for one in cells if one.startswith("n")} == set(parents)
    order = list(cells)
    for one, parent in parents.items():
        assert cells[one].get("parent") == (parent or "1")
        assert order.index(parent or "1") < order.index(one)
        geometry = cells[one].find("mxGeometry")
        assert geometry is not None
        corner = boxes[parent] if parent else (0, 0)
        place = [float(geometry.get(side, "nan")) for side in ("x", "y", "width", "height")]
        expected = [boxes[one].x - corner[0], boxes[one].y - corner[1], boxes[one].width, boxes[one].height]
        assert place == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("name", [*STORIES, "path of firewall"])
def test_every_edge_joins_its_cells(name: str) -> None:
    """A leg with its verdict as a word."""
    scene = scene_of(name)
    cells = [cell for cell in _cells(scene_drawio(scene)).values() if cell.get("edge") == "1"]
    assert [(c.get("source"), c.get("target")) for c in cells] == [(e.source, e.target) for e in scene.edges]
    assert [cell.get("value") for cell in cells] == [e.verdict.upper() if e.verdict else "" for e in scene.edges]


@pytest.mark.parametrize("name", [*STORIES, "path of firewall", "300 VMs"])
def test_an_edge_takes_the_way_of_the_svg(name: str) -> None:
    """Level and upright parts from the side of its source to that of its target."""
    scene = scene_of(name)
    boxes = arrange(scene).layout.boxes
    for cell in _cells(scene_drawio(scene)).values():
        if cell.get("edge") == "1":
            style = {name: float(value) for name, value in _style(cell).items() if name[:4] in ("exit", "entr")}
            source, target = boxes[cell.get("source", "")], boxes[cell.get("target", "")]
            way = [(source.x + style["exitX"] * source.width, source.y + style["exitY"] * source.height)]
            way += [(float(p.get("x", "nan")), float(p.get("y", "nan"))) for p in cell.iter("mxPoint")]
            way += [(target.x + style["entryX"] * target.width, target.y + style["entryY"] * target.height)]
            assert {style["exitX"], style["entryX"]} <= {0, 1}
            assert all(min(abs(a[0] - b[0]), abs(a[1] - b[1])) < 0.2 for a, b in pairwise(way))


def test_labels_are_plain_text() -> None:
    """draw.io reads a label as markup only where its style says `html=1`."""
    cells = _cells(scene_drawio(scene_of("300 VMs")))
    assert {_style(cell)["html"] for cell in cells.values() if cell.get("value") is not None} == {"0"}


def test_a_blocked_leg_has_a_word_and_a_line_of_its_own() -> None:
    """The verdict is not colour alone."""
    cells = _cells(scene_drawio(scene_of("path of article")))
    [leg] = [cell for cell in cells.values() if cell.get("edge") and cell.get("value") == "BLOCKED"]
    assert (_style(leg)["dashed"], _style(leg)["dashPattern"], _style(leg)["strokeColor"]) == (
        "1",
        "3 3",
        LIGHT["blocked"],
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text(name: str) -> None:
    """No name adds an element, an attribute or a style."""
    plain = _cells(scene_drawio(scene_of("path of article")))
    cells = _cells(scene_drawio(renamed(scene_of("path of article"), name)))
    assert list(cells) == list(plain)
    for one, cell in cells.items():
        assert set(cell.attrib) == set(plain[one].attrib)
        assert list(_style(cell)) == list(_style(plain[one]))
    scene = scene_of("path of article")
    assert all(printable(name) in (cells[one.id].get("value") or "") for one in scene.groups)


def test_the_same_scene_gives_the_same_text() -> None:
    """Output is repeatable to the byte; nothing in the file tells when it was made."""
    text = scene_drawio(scene_of("300 VMs"))
    assert text == scene_drawio(scene_of("300 VMs"))
    assert set(parsed(text).attrib) == {"host", "compressed"}
