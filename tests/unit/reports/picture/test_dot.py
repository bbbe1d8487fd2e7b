"""DOT: another program's parser reads it, and finds the things of the scene with their names as text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pydot
import pytest

from netcheck.diagnostics import printable
from netcheck.reports.picture.building import draw_scene
from netcheck.reports.picture.dot import quoted, scene_dot
from netcheck.reports.picture.scene import GroupKind
from tests.unit.reports.picture.shared import HOSTILE, renamed
from tests.unit.reports.picture.sites import STORIES, path_of, scene_of, story

pytestmark = pytest.mark.filterwarnings("ignore:.* deprecated - use:DeprecationWarning")
"""pydot calls pyparsing by old names, which newer releases of that warn about."""


def _graph(text: str) -> pydot.Dot:
    graphs = pydot.graph_from_dot_data(text)
    assert graphs is not None
    [graph] = graphs
    return graph


def _clusters(graph: pydot.Graph) -> Iterator[pydot.Subgraph]:
    for one in graph.get_subgraphs():
        yield one
        yield from _clusters(one)


def _nodes(graph: pydot.Graph) -> dict[str, pydot.Node]:
    every = [graph, *_clusters(graph)]
    return {n.get_name(): n for one in every for n in one.get_nodes() if re.fullmatch("n[0-9]+", n.get_name())}


def _shown(label: str) -> list[str]:
    """Return the lines that Graphviz shows for a quoted label: `\\l` ends a line, entities are characters."""
    inside = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "l" else m[1], label[1:-1], flags=re.DOTALL)
    return html.unescape(inside).split("\n")[:-1]


@pytest.mark.parametrize("name", [*STORIES, "path of article", "path of firewall", "300 VMs"])
def test_another_parser_finds_every_place_and_edge(name: str) -> None:
    """Groups are clusters in each other, nodes lie in theirs, edges join the same ids in the same order."""
    scene = scene_of(name)
    graph = _graph(scene_dot(scene))
    clusters = {one.get_name(): one for one in _clusters(graph)}
    assert set(clusters) == {f"cluster_{one.id}" for one in scene.groups}
    assert {one.get_name() for one in graph.get_subgraphs()} == {
        f"cluster_{one.id}" for one in scene.groups if one.kind is GroupKind.NETWORK
    }
    nodes = _nodes(graph)
    assert set(nodes) == {one.id for one in scene.places}
    for node in scene.nodes:
        told = [node.heading, *node.lines, *(mark.text for mark in node.marks)]
        assert _shown(str(nodes[node.id].get("label"))) == told
        if node.group:
            assert node.id in {one.get_name() for one in clusters[f"cluster_{node.group}"].get_nodes()}
    assert [(e.get_source(), e.get_destination()) for e in graph.get_edges()] == [
        (e.source, e.target) for e in scene.edges
    ]


def test_an_edge_from_a_group_begins_at_its_border() -> None:
    """Edges join nodes in DOT; the cluster is named beside."""
    scene = draw_scene(story("article"))
    [way_out, *_] = _graph(scene_dot(scene)).get_edges()
    assert (way_out.get_source(), way_out.get("ltail"), way_out.get("lhead")) == ("n0", "cluster_n0", None)


def test_the_verdict_is_a_word_and_a_style_of_line() -> None:
    """The leg that is blocked says so, and its line differs from others without colour."""
    scene = draw_scene(story("article"), path_of("article"))
    *_, leg = _graph(scene_dot(scene)).get_edges()
    assert _shown(str(leg.get("label"))) == ["BLOCKED tcp 443", "subnet-nsg NSG-lockdown deny-internet 4000"]
    assert leg.get("style") == "bold"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text(name: str) -> None:
    """No name ends its string, adds an attribute, or is an escape or an entity; lines that it holds are not its own."""
    assert _shown(quoted([name])) == [printable(name)]
    scene = renamed(scene_of("path of article"), name)
    graph = _graph(scene_dot(scene))
    nodes = _nodes(graph)
    assert set(nodes) == {one.id for one in scene.places}
    assert {attribute for node in nodes.values() for attribute in node.get_attributes()} <= {
        "shape", "style", "label", "color", "fillcolor", "penwidth",
    }  # fmt: skip
    for node in scene.nodes:
        assert _shown(str(nodes[node.id].get("label")))[0] == printable(node.heading)


def test_the_same_scene_gives_the_same_text() -> None:
    """Output is repeatable to the byte."""
    assert scene_dot(scene_of("300 VMs")) == scene_dot(scene_of("300 VMs"))
