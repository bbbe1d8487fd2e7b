"""What a hop does: who decides there about all packets, and for some flows every rule that it looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from netcheck.model.address import Endpoint
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.overview.explained import ExplainedLeg, ExplainedWay
from netcheck.overview.html.typed import Typed
from netcheck.overview.html.words import bullets, counted, in_words, paragraph, place
from netcheck.path.leg import Verdict
from netcheck.policy.trace import FIELDS, RuleTrace
from netcheck.questions.explain import Explanation, HopExplanation
from netcheck.reports.explain_text import FIELD_WORDS
from netcheck.reports.html.markup import Content, code, element, name
from netcheck.reports.html.parts import badge, row, table
from netcheck.reports.picture.path import PathHop, PathLeg

SHOWN_DECISIONS, SHOWN_VALUES, SHOWN_RULES = 12, 3, 60
_HEADS = [
    "priority",
    "rule",
    "does",
    "outcome",
    "protocol",
    "source",
    "source port",
    "destination",
    "destination port",
    "place",
]


def hop_details(way: ExplainedWay, legs: Sequence[PathLeg], anchor: str, typed: Typed) -> Iterator[ET.Element]:
    """Yield for each leg a list of its hops, numbered as in the picture; those that keep packets back are open."""
    for leg in legs:
        if len(legs) > 1:
            yield element("h5", name(leg.source), " to ", name(leg.target))
        own = [one for one in way.legs if (one.source, one.target) == (leg.source, leg.target)]
        for hop in leg.hops:
            yield _hop(hop, _explained(hop, leg, own), f"{anchor}-{hop.number}", typed)


def _explained(hop: PathHop, leg: PathLeg, own: Sequence[ExplainedLeg]) -> list[tuple[Explanation, HopExplanation]]:
    """Return the flows that come to a hop, each with what the hop does to it.

    Behind an appliance a hop of the same kind and resource may come again: then the first is the first, and so on.
    """
    alike = [one for one in leg.hops if _at(one) == _at(hop)]
    found = []
    for flow in (flow for one in own for flow in one.flows):
        hops = [
            one for one in flow.hops if (str(one.result.hop), one.result.direction, one.result.resource) == _at(hop)
        ]
        mine = hops if len(alike) == 1 else hops[alike.index(hop) :][:1]
        found += [(flow, one) for one in mine]
    return found


def _at(hop: PathHop) -> tuple[str, str, str]:
    return str(hop.kind), hop.direction, hop.resource


def _hop(hop: PathHop, flows: Sequence[tuple[Explanation, HopExplanation]], anchor: str, typed: Typed) -> ET.Element:
    named: list[Content] = [": ", name(hop.name)] if hop.name else []
    head = element("summary", f"{hop.number}. {hop.kind_text}", *named, " ", badge(hop.verdict))
    content = [_decisions(hop), *(part for flow, one in flows for part in _flow(flow, one, typed))]
    is_open = hop.verdict is not Verdict.REACHABLE
    return element("details", head, *content, id=anchor, classes="hop-details", open=is_open)


def _decisions(hop: PathHop) -> ET.Element:
    if not hop.decided_by:
        return paragraph("Nothing is applied here: all packets pass.")
    keeping = sorted(hop.decided_by, key=lambda one: one.passes)
    items = [in_words(one, "allows" if one.passes else "denies") for one in keeping[:SHOWN_DECISIONS]]
    if len(keeping) > SHOWN_DECISIONS:
        items.append([f"and {counted(len(keeping) - SHOWN_DECISIONS, 'more decision')} about other packets"])
    return bullets(items, "plain")


def _flow(flow: Explanation, hop: HopExplanation, typed: Typed) -> Iterator[ET.Element]:
    """Yield the rules that a flow meets at a hop; a hop without rules has said all."""
    if not hop.rules:
        return
    yield paragraph(
        "For example ", code(str(flow.flow)), ": ", badge(hop.verdict), " here, ", badge(flow.verdict), " in all."
    )
    seen = hop.result.seen_as
    if seen is not None:
        yield paragraph("The hop is behind a translation: it sees another destination than was sent.", classes="note")
    traces = hop.rules
    left = len(traces) - SHOWN_RULES
    shown = traces if left <= 0 else [*traces[: SHOWN_RULES - 5], *traces[-5:]]
    yield table("Rules in the order in which they are looked at", _HEADS, map(_rule, shown), classes="rules")
    if left > 0:
        yield paragraph(
            f"{counted(left, 'more rule')} in between were passed over: ",
            code(typed.command("explain", str(flow.flow), has_choice=False)),
            " lists them.",
            classes="note",
        )


def _rule(trace: RuleTrace) -> ET.Element:
    rule, fates = trace.rule, dict(trace.fields)
    shown = {
        "protocol": [str(rule.protocol)],
        "source": _endpoints(rule.sources),
        "sourcePort": _ports(rule.source_ports),
        "destination": _endpoints(rule.destinations),
        "destinationPort": _ports(rule.destination_ports),
    }
    cells = [_field(shown[field], fates.get(field, True)) for field in FIELDS]
    made = row(
        f"{rule.priority or '?'}", element("bdi", rule.name), str(rule.access), _outcome(trace), *cells,
        place(str(rule.at)) if not rule.is_default else element("span", "made by Azure", classes="soft"),
    )  # fmt: skip
    made.set("class", "deciding" if trace.matches else "open" if trace.matches is None else "passed")
    return made


def _endpoints(endpoints: Sequence[Endpoint]) -> list[str]:
    return [str(one) for one in endpoints]


def _ports(ports: Sequence[PortRange]) -> list[str]:
    return ["*" if one == ALL_PORTS else str(one) for one in ports]


def _field(values: Sequence[str], fate: bool | None) -> ET.Element:
    """Return a field of a rule; one that does not match has a sign and a word for it."""
    told = ", ".join(values[:SHOWN_VALUES]) + (
        f" and {len(values) - SHOWN_VALUES} more" if len(values) > SHOWN_VALUES else ""
    )
    if fate:
        return element("td", element("bdi", told))
    sign, word, css = ("?", "cannot be told", "unsure") if fate is None else ("\u00d7", "does not match", "miss")
    return element(
        "td", element("bdi", told), element("br"), element("span", f"{sign} {word}", classes="fate"), classes=css
    )


def _outcome(trace: RuleTrace) -> ET.Element:
    if trace.matches:
        return element("td", element("strong", "\u25b6 decides"))
    if trace.matches is None:
        open_fields = [FIELD_WORDS.get(one, one) for one, value in trace.fields if value is None]
        return element("td", f"? may match: {', '.join(open_fields)} cannot be told")
    missed = [FIELD_WORDS.get(one, one) for one in trace.mismatches()]
    return element("td", f"passed over: {' and '.join(missed)} {'does' if len(missed) == 1 else 'do'} not match")
