"""A picture in a page: the verdict in words, the picture, the path hop by hop, and all that is drawn as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from netcheck.path.leg import Verdict
from netcheck.questions.answer import Answer
from netcheck.reports.decisions import decision_text
from netcheck.reports.html.markup import Content, element, name
from netcheck.reports.html.names import names_cell, names_limit
from netcheck.reports.html.page import Assets, Section, page
from netcheck.reports.html.parts import badge, filter_box, lines, note, row, table
from netcheck.reports.picture.path import PathHop, onward, path_legs
from netcheck.reports.picture.scene import DrawnPath, Group, Node, Scene
from netcheck.reports.picture.style import PICTURE_CSS
from netcheck.reports.picture.svg import scene_element

ANSWERS = 20


def picture_page(scene: Scene, assets: Assets) -> str:
    """Return the page of a scene; the style of pictures is added to the assets."""
    title = scene.title if scene.path is None else _asked(scene.path.whole)
    sections = [Section("picture", "Picture", [_picture(scene)])]
    if scene.path is not None:
        sections.append(Section("hops", "Hop by hop", [*_hops(scene.path)]))
    sections.append(Section("places", "What is drawn", [*_places(scene)]))
    return page(title, [*_lead(scene)], sections, assets._replace(styles=(*assets.styles, PICTURE_CSS)))


def _asked(answer: Answer) -> str:
    q = answer.question
    via = f" via {q.via}" if q.via else ""
    return f"{q.source} to {q.target}{via}, {q.protocol} {','.join(q.ports)}"


def _lead(scene: Scene) -> Iterator[Content]:
    if scene.path is not None:
        yield element("p", badge(scene.path.whole.verdict), f" {_MEANT[scene.path.whole.verdict]}")
        yield from (note(reason) for reason in scene.path.whole.reasons)
        yield element("p", scene.title)
    yield from (note(one) for one in scene.notes)


_MEANT = {
    Verdict.REACHABLE: "All packets asked about get through.",
    Verdict.BLOCKED: "No packet gets through.",
    Verdict.PARTIAL: "Some packets get through, and some do not.",
    Verdict.UNDETERMINED: "The files do not tell: a fact that decides is missing.",
}


def _picture(scene: Scene) -> ET.Element:
    fit = element("button", "Fit to the window", type="button", data_fit="drawing", aria_pressed="false", hidden=True)
    shown = element("div", scene_element(scene), classes="scroll", role="group", aria_label="The picture", tabindex=0)
    return element("div", fit, shown, id="drawing", classes="drawing")


def _hops(path: DrawnPath) -> Iterator[Content]:
    """Yield each pair of ends with its hops; of many pairs, all of them together."""
    pairs = path.legs[0] if len(path.legs) == 1 and len(path.legs[0]) <= ANSWERS else (path.whole,)
    for answer in pairs:
        legs = path_legs(answer)
        behind = [Verdict.REACHABLE, *onward(answer, [hop for leg in legs for hop in leg.hops])]
        for leg in legs:
            caption = f"{leg.source} to {leg.target}"
            rows = [_hop(hop, behind[hop.number - 1]) for hop in leg.hops]
            yield table(caption, ["hop", "resource", "verdict", "decided by"], rows)


def _hop(hop: PathHop, arriving: Verdict) -> ET.Element:
    """Return the row of a hop; what it does to packets that a hop before has blocked is no good news."""
    doubt = ["if any came here: "] if arriving is Verdict.BLOCKED else []
    decided = lines([decision_text(one) for one in hop.decided_by] or ["nothing is applied here"])
    return row(f"{hop.number} {hop.kind_text}", name(hop.name), [*doubt, badge(hop.verdict)], decided)


def _places(scene: Scene) -> Iterator[Content]:
    shown: Sequence[Group | Node] = [*scene.groups, *scene.nodes]
    limit = names_limit([len(one.members) for one in scene.nodes])
    heads = ["what", "more", *(["VMs"] if _has_crowds(scene) else []), *(["on the path"] if scene.path else [])]
    yield filter_box("Find a place", "places", ["places-table"], "find")
    yield table("Everything in the picture", heads, [_place(scene, one, limit) for one in shown], anchor="places-table")


def _place(scene: Scene, one: Group | Node, limit: int) -> ET.Element:
    members = one.members if isinstance(one, Node) and len(one.members) > 1 else ()
    cells: list[Content | Sequence[Content]] = [lines(one.lines)]
    if _has_crowds(scene):
        cells.append(names_cell(members, limit))
    if scene.path:
        cells.append([element("div", badge(mark.verdict), f" by {mark.by}") for mark in one.marks])
    return row(name(one.heading), *cells)


def _has_crowds(scene: Scene) -> bool:
    return any(len(node.members) > 1 for node in scene.nodes)
