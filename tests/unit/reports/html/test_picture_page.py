"""A picture in its page: the verdict in words, each hop in a row, everything drawn in a table."""

from __future__ import annotations

import pytest

from netcheck.cli.package_data import read_assets
from netcheck.path.leg import Verdict
from netcheck.questions.reach import reach
from netcheck.reports.html.parts import SIGNS
from netcheck.reports.html.picture_page import picture_page
from netcheck.reports.picture.building import draw_scene
from netcheck.reports.picture.scene import DrawnPath, Group, GroupKind, Mark, Node, NodeKind, Scene
from netcheck.reports.picture.style import PICTURE_CSS
from netcheck.sources.load import load_site
from tests.unit.cli.shared import ROOT
from tests.unit.reports.html.reading import Read, read
from tests.unit.reports.picture.shared import HOSTILE

ARTICLE = str(ROOT / "fixtures" / "article-before" / "site.yaml")


def drawn(source: str = "", target: str = "", *ports: str) -> Read:
    """Return the page of the article's network, with a path where one is asked for."""
    site = load_site([ARTICLE])
    answer = reach(site, source, target, ports) if source else None
    path = DrawnPath(whole=answer, legs=((answer,),)) if answer is not None else None
    return read(picture_page(draw_scene(site, path), read_assets()))


def shown(verdict: Verdict) -> str:
    """Return a verdict as a badge shows it."""
    return SIGNS[verdict] + verdict


def test_the_verdict_is_said_first_and_each_hop_in_a_row() -> None:
    """What a hop lets pass behind the one that blocks all is no good news, and is not told as such."""
    found = drawn("app-vm", "Storage.WestUS", "443")
    assert found.texts["h1"] == ["app-vm to Storage.WestUS, tcp 443"]
    assert found.text.index("blocked No packet gets through.") < found.text.index(
        "Picture", found.text.index("No packet")
    )
    hops = [(line[0], line[1], line[2]) for line in found.tables[""][1:]]
    assert hops == [
        ("1 NIC NSG, outbound", "no NSG", shown(Verdict.REACHABLE)),
        ("2 subnet NSG, outbound", "NSG-lockdown", shown(Verdict.BLOCKED)),
        ("3 route, outbound", "vnet/default", f"if any came here: {shown(Verdict.REACHABLE)}"),
        ("4 way out, outbound", "vnet/default", f"if any came here: {shown(Verdict.REACHABLE)}"),
    ]
    assert "deny by deny-internet (4000)" in found.tables[""][2][3]


def test_what_decides_is_marked_where_it_is() -> None:
    """The subnet whose NSG blocks has the verdict beside it."""
    rows = {line[0]: line[-1] for line in drawn("app-vm", "Storage.WestUS", "443").tables["places-table"][1:]}
    assert rows["subnet default"] == f"{shown(Verdict.BLOCKED)} by deny-internet 4000"
    assert rows["VM app-vm"] == ""


def test_a_network_without_a_path_has_no_verdict() -> None:
    """Nothing was asked, so nothing is answered."""
    found = drawn()
    assert [word for word in Verdict if word in found.text] == []
    assert [line[0] for line in found.tables["places-table"]][:4] == [
        "what",
        "virtual network vnet",
        "subnet default",
        "VM app-vm",
    ]


def test_the_style_of_pictures_is_in_the_page_and_in_its_policy() -> None:
    """An SVG in a page has no style of its own."""
    found = drawn()
    assert found.texts["style"][-1] == PICTURE_CSS
    assert len([tag for tag, _ in found.tags if tag == "style"]) == len(found.texts["style"])
    assert len([tag for tag, _ in found.tags if tag == "svg"]) == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text(name: str) -> None:
    """In the picture, in the table and in the title; no element more than with a plain name."""

    def scene(called: str) -> Scene:
        network = Group(
            id="n0", kind=GroupKind.NETWORK, name=called, lines=(called,), marks=(Mark(Verdict.BLOCKED, called),)
        )
        crowd = Node(id="n1", kind=NodeKind.CROWD, name=called, lines=(called,), group="n0", members=(called, called))
        return Scene(title=called, groups=(network,), nodes=(crowd,), edges=(), notes=(called,))

    plain, hostile = (read(picture_page(scene(called), read_assets())) for called in ("x", name))
    outside = {
        "text",
        "title",
        "code",
    }  # a long name takes more lines in a picture, back-ticks are typed words in notes
    tags = [[tag for tag, _ in page.tags if tag not in outside] for page in (plain, hostile)]
    assert tags[0] == tags[1]
    printed = "".join(one if one.isprintable() else "\ufffd" for one in name)
    assert hostile.texts["h1"] == [printed]
    assert hostile.tables["places-table"][1][0] == f"virtual network {printed}"
