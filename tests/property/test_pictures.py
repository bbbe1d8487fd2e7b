"""Pictures of scenes that nobody drew by hand: whatever is in them, boxes stand apart and lines run beside them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from netcheck.path.leg import Verdict
from netcheck.reports.picture.dot import scene_dot
from netcheck.reports.picture.drawio import scene_drawio
from netcheck.reports.picture.mermaid import scene_mermaid
from netcheck.reports.picture.scene import Edge, EdgeKind, Group, GroupKind, Mark, Node, NodeKind, Scene
from tests.unit.reports.picture import test_svg as laid_out
from tests.unit.reports.picture.shared import parsed

_TEXT = st.text(max_size=40)
_LINES = st.lists(_TEXT, max_size=6).map(tuple)
_MARKS = st.lists(st.builds(Mark, st.sampled_from(Verdict), _TEXT), max_size=2).map(tuple)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """Return a scene: networks with subnets, nodes in both and outside, edges between any two of these."""
    groups: list[Group] = []
    for _ in range(draw(st.integers(0, 5))):
        network = Group(id=f"n{len(groups)}", kind=GroupKind.NETWORK, name=draw(_TEXT), lines=draw(_LINES))
        groups.append(network)
        for _ in range(draw(st.integers(0, 5))):
            groups.append(
                Group(
                    id=f"n{len(groups)}", kind=GroupKind.SUBNET, name=draw(_TEXT), lines=draw(_LINES),
                    parent=network.id, marks=draw(_MARKS),
                )
            )  # fmt: skip
    places = ["", *(one.id for one in groups)]
    nodes = tuple(
        Node(
            id=f"n{len(groups) + at}", kind=draw(st.sampled_from(NodeKind)), name=draw(_TEXT), lines=draw(_LINES),
            group=draw(st.sampled_from(places)), marks=draw(_MARKS),
        )
        for at in range(draw(st.integers(0 if groups else 1, 12)))
    )  # fmt: skip
    ids = [*places[1:], *(node.id for node in nodes)]
    ends = st.tuples(st.sampled_from(ids), st.sampled_from(ids))
    edges = []
    for source, target in draw(st.lists(ends, max_size=15)):
        kind = draw(st.sampled_from(EdgeKind))
        verdict = draw(st.sampled_from(Verdict)) if kind is EdgeKind.LEG else None
        edges.append(Edge(source=source, target=target, kind=kind, lines=draw(_LINES), verdict=verdict))
    return Scene(title=draw(_TEXT), groups=tuple(groups), nodes=nodes, edges=tuple(edges), notes=draw(_LINES))


@settings(max_examples=40, deadline=None)
@given(scenes())
def test_any_scene_is_laid_out(scene: Scene) -> None:
    """Everything that holds of the pictures of sites."""
    laid_out.test_every_box_lies_in_its_group_and_beside_all_others(scene)
    laid_out.test_no_text_of_a_group_lies_below_a_node_in_it(scene)
    laid_out.test_lines_run_beside_nodes_and_texts(scene)
    laid_out.test_lines_end_at_their_places(scene)
    laid_out.test_texts_fit_and_do_not_meet(scene)
    laid_out.test_everything_lies_in_the_picture(scene)


@settings(max_examples=40, deadline=None)
@given(scenes())
def test_any_scene_is_written_in_every_format(scene: Scene) -> None:
    """XML that is well formed, and text in which no name begins a line."""
    parsed(scene_drawio(scene))
    lines = 8 + len(scene.groups) * 2 + len(scene.places) * 2 + len(scene.edges) * 2
    assert scene_mermaid(scene).count("\n") <= lines
    assert scene_dot(scene).count("\n") <= 5 + len(scene.groups) * 4 + len(scene.nodes) + len(scene.edges)
