"""The ways that packets take, a picture each, and below it what every hop looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from netcheck.overview.explained import ExplainedWay
from netcheck.overview.html.hops import hop_details
from netcheck.overview.html.typed import Typed
from netcheck.overview.html.words import counted, paragraph, place, port_list, prose
from netcheck.overview.report import GroupReport, Report
from netcheck.questions.several_ways import ClientChoice
from netcheck.reports.html.markup import Content, code, element, joined, name
from netcheck.reports.html.parts import badge
from netcheck.reports.path_text import CLIENT_WORDS
from netcheck.reports.picture.path import path_legs
from netcheck.reports.picture.svg_path import path_element

_WIDTH = 1140
_LEAD = (
    "Each picture shows where packets go, from left to right. Choose a hop to see its rules in the order in which they "
    "are looked at: which one decides, and why those before it do not match."
)


def ways(report: Report, typed: Typed) -> list[ET.Element]:
    """Return the ways of every group, of its first VM; what is left out is said, with the command that shows it."""
    shown = [(number, one) for number, one in enumerate(report.groups, 1) if one.ways]
    left = [one.group for one in report.groups if not one.ways]
    found = [paragraph(_LEAD)]
    found += (
        element("section", *_group(number, one, typed), id=f"group-{number}", classes="group") for number, one in shown
    )
    if left:
        vms = sum(len(group.vms) for group in left)
        found.append(
            paragraph(
                f"Not shown are the ways of {counted(len(left), 'more group')} of VMs ({counted(vms, 'VM')}); ",
                code(typed.of_vm("report", left[0].entry.vm)),
                " shows those of one VM.",
                classes="note",
            )
        )
    return found


def _group(number: int, one: GroupReport, typed: Typed) -> Iterator[ET.Element]:
    group = one.group
    more = f" and {counted(len(group.vms) - 1, 'VM')} that behave alike" if len(group.vms) > 1 else ""
    yield element("h3", name(group.entry.vm), more, " ", badge(group.entry.verdict))
    if len(group.vms) > 1:
        listed = joined(", ", (name(vm.name) for vm in group.vms))
        yield element(
            "details", element("summary", f"All {len(group.vms):,} VMs"), element("p", *listed, classes="names")
        )
    for at, way in enumerate(one.ways, 1):
        yield element("div", *way_content(way, f"way-{number}-{at}", typed, is_one_of=len(one.ways) > 1), classes="way")
    for result in group.entry.results:
        if result.instead is not None:
            instead = result.instead
            yield paragraph("Through ", name(instead.source), ", which the client passes by, it would be ",
                            badge(instead.verdict), ".", classes="note")  # fmt: skip


def way_content(way: ExplainedWay, anchor: str, typed: Typed, *, is_one_of: bool) -> Iterator[ET.Element]:
    """Yield the picture of a way, and its hops with the rules that they look at; `anchor` begins their anchors."""
    question = way.answer.question
    if is_one_of or not way.is_taken:
        taken = "" if way.is_taken else "Directly, a way that no packet takes now: "
        via: list[Content] = [" through ", name(question.via)] if question.via else []
        yield element("h4", taken, "to ", name(question.target), f", tcp {port_list(question.ports)}", *via)
    if way.client is not None:
        yield _client(way.client)
    picture = path_element(way.answer, width=_WIDTH)
    for hop in picture.iter("g"):
        if "hop" in hop.get("class", "").split():
            _make_link(hop, f"#{anchor}-{hop.get('data-hop')}")
    yield element("div", picture, classes="scroll picture-frame", role="region", tabindex=0,
                  aria_label=f"Way of {question.source} to {question.target}")  # fmt: skip
    yield from hop_details(way, path_legs(way.answer), anchor, typed)
    unshown = sum(leg.unshown for leg in way.legs)
    if unshown:
        yield paragraph(
            f"Packets are decided in {unshown:,} more ways than are followed here; the addresses below list all.",
            classes="note",
        )


def _make_link(hop: ET.Element, target: str) -> None:
    """Let a hop of a picture lead to its details: by mouse and by keyboard, and without a script."""
    shapes = [child for child in hop if child.tag != "title"]
    made = element("a", *shapes, href=target)
    for child in shapes:
        hop.remove(child)
    hop.append(made)


def _client(client: ClientChoice) -> ET.Element:
    proxy: Sequence[Content] = [" ", code(client.proxy)] if client.way == "proxy" else []
    at: Sequence[Content] = [" ", place(client.at)] if client.at else []
    return paragraph(
        f"{client.component[:1].upper()}{client.component[1:]} {CLIENT_WORDS[client.way]}",
        proxy,
        ": ",
        prose(client.why),
        at,
    )
