"""What a hop does: who decides there about all packets, and for some flows every rule that it looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.overview.explained import ExplainedLeg, ExplainedWay
from netcheck.overview.html.typed import Typed
from netcheck.overview.html.words import bullets, counted, in_words, paragraph, place
from netcheck.path.leg import Verdict
from netcheck.policy.trace import FIELDS, ORDER, WHOLE, RuleTrace
from netcheck.questions.explain import Explanation, HopExplanation
from netcheck.reports.html.markup import Content, code, element, name
from netcheck.reports.html.parts import badge, row, table
from netcheck.reports.picture.path import PathHop, PathLeg

SHOWN_DECISIONS, SHOWN_VALUES, SHOWN_RULES = 12, 3, 60
_WORDS = {WHOLE: "not all of it could be read", ORDER: "whether another comes first is not known"}
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
    """Yield for each leg a list of its hops, numbered as in the picture; those that keep packets back now are open."""
    for leg in legs:
        if len(legs) > 1:
            yield element("h5", name(leg.source), " to ", name(leg.target))
        own = [one for one in way.legs if (one.source, one.target) == (leg.source, leg.target)]
        for hop in leg.hops:
            made = _hop(hop, _explained(hop, leg, own), typed)
            made.set("id", f"{anchor}-{hop.number}")
            if way.is_taken and hop.verdict is not Verdict.REACHABLE:
                made.set("open", "")
            yield made


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


def _hop(hop: PathHop, flows: Sequence[tuple[Explanation, HopExplanation]], typed: Typed) -> ET.Element:
    named: list[Content] = [": ", name(hop.name)] if hop.name else []
    head = element("summary", f"{hop.number}. {hop.kind_text}", *named, " ", badge(hop.verdict))
    content = [_decisions(hop), *(part for flow, one in flows for part in _flow(flow, one, typed))]
    return element("details", head, *content, classes="hop-details")


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
    rule = trace.rule
    shown = {
        "protocol": [str(rule.protocol)],
        "source": list(map(str, rule.sources)),
        "sourcePort": _ports(rule.source_ports),
        "destination": list(map(str, rule.destinations)),
        "destinationPort": _ports(rule.destination_ports),
    }
    cells = [_field(field, shown[field], trace) for field in FIELDS]
    at = element("span", "made by Azure", classes="soft") if rule.is_default else place(str(rule.at))
    made = row(str(rule.priority or "?"), element("bdi", rule.name), str(rule.access), _outcome(trace), *cells, at)
    made.set("class", "deciding" if trace.matches else "open" if trace.matches is None else "passed")
    return made


def _ports(ports: Sequence[PortRange]) -> list[str]:
    return ["*" if one == ALL_PORTS else str(one) for one in ports]


def _field(field: str, values: Sequence[str], trace: RuleTrace) -> ET.Element:
    """Return a field of a rule; one that does not match has a sign and a word for it."""
    more = len(values) - SHOWN_VALUES
    told = element("bdi", ", ".join(values[:SHOWN_VALUES]) + (f" and {more} more" if more > 0 else ""))
    fate = dict(trace.fields).get(field, True)
    if fate:
        return element("td", told)
    if fate is None:
        return element("td", told, element("span", "? cannot be told", classes="fate"), classes="unsure")
    word = "another group" if f"{field}Group" in trace.mismatches() else "does not match"
    return element("td", told, element("span", f"\u00d7 {word}", classes="fate"), classes="miss")


def _outcome(trace: RuleTrace) -> ET.Element:
    """Return what became of the rule; the fields say why one is passed over."""
    if trace.matches:
        return element("td", element("strong", "\u25b6 decides"))
    if trace.matches is False:
        return element("td", "passed over")
    beside = [_WORDS[one] for one, value in trace.fields if value is None and one in _WORDS]
    return element("td", f"? may match{f': {beside[0]}' if beside else ''}")
