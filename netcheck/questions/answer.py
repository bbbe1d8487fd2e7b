"""The answer to a question about packets: three disjoint sets, who decided each, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from netcheck.display import Displayed
from netcheck.model.address import Family, span_to_prefixes
from netcheck.model.flow import Flow
from netcheck.model.ports import PortRange, protocol_word
from netcheck.model.tags import TagTable
from netcheck.path.leg import Region, Verdict, combine, verdict_at
from netcheck.policy.decision import Decision, HopKind, HopResult
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import ALL_PORTS, ALL_PROTOCOLS, EMPTY_PACKETS, PORTED, Box, PacketSet, box

if TYPE_CHECKING:  # few sites give rise to any
    from netcheck.questions.finding import Finding

FORMAT = "netcheck/1"
SETTLED = (Verdict.REACHABLE, Verdict.BLOCKED, Verdict.UNDETERMINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as asked: names, not sets."""

    kind: str
    source: str
    target: str
    protocol: str
    ports: tuple[str, ...]
    via: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the question as JSON."""
        return {
            "kind": self.kind,
            "from": self.source,
            "to": self.target,
            "protocol": self.protocol,
            "ports": list(self.ports),
            "via": self.via or None,
        }


class AnswerPart(NamedTuple):
    """Packets with one verdict and one set of deciding rules."""

    verdict: Verdict
    packets: PacketSet
    decided_by: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class HopSummary:
    """One hop of the way and what it does with all packets that come to it."""

    hop: str
    direction: str
    resource: str
    verdict: Verdict
    leg: str = ""
    decided_by: tuple[Decision, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the hop as JSON."""
        found: dict[str, object] = {
            "hop": self.hop,
            "direction": self.direction or None,
            "resource": self.resource or None,
            "verdict": str(self.verdict),
            "decisions": [decision.to_dict() for decision in self.decided_by],
        }
        return {**found, "leg": self.leg} if self.leg else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Displayed):
    """A verdict with its exact sets. There is no truth value: test `.verdict`, which has four values.

    `findings` are about the NICs that the packets pass.
    """

    question: Question
    parts: tuple[AnswerPart, ...]
    hops: tuple[HopSummary, ...]
    reasons: tuple[str, ...]
    tags: TagTable | None
    findings: tuple[Finding, ...] = ()

    def __bool__(self) -> bool:
        raise TypeError("an answer has four verdicts, not two: test `answer.verdict`")

    @property
    def verdict(self) -> Verdict:
        """The verdict about all packets asked about."""
        return combine(part.verdict for part in self.parts)

    @property
    def by_family(self) -> dict[str, Verdict]:
        """The verdict about the packets of each family that was asked about: `ipv4`, `ipv6`."""
        families = {4: "ipv4", 6: "ipv6"}
        found = {name: [p.verdict for p in self.parts if p.packets.node(f)] for f, name in families.items()}
        return {name: combine(verdicts) for name, verdicts in found.items() if verdicts}

    def packets(self, verdict: Verdict) -> PacketSet:
        """Return the packets that are reachable, blocked or undetermined."""
        whole = EMPTY_PACKETS
        for part in self.parts:
            if part.verdict is verdict:
                whole = whole | part.packets
        return whole

    @property
    def reachable(self) -> PacketSet:
        """The packets that certainly get through."""
        return self.packets(Verdict.REACHABLE)

    @property
    def blocked(self) -> PacketSet:
        """The packets that certainly do not."""
        return self.packets(Verdict.BLOCKED)

    @property
    def undetermined(self) -> PacketSet:
        """The packets about which the site lacks a fact; `reasons` names it."""
        return self.packets(Verdict.UNDETERMINED)

    def witnesses(self, verdict: Verdict, most: int = 1) -> tuple[Flow, ...]:
        """Return flows of one verdict, each decided by other rules where there are several."""
        found: list[Flow] = []
        for part in self.parts:
            if part.verdict is verdict and len(found) < most:
                found += flows(part.packets)
        return tuple(found)

    def to_dict(self) -> dict[str, object]:
        """Return the answer as the JSON that `-o json` prints."""
        index: dict[Decision, int] = {}
        for part in self.parts:
            for decision in part.decided_by:
                index.setdefault(decision, len(index))
        return {
            "format": FORMAT,
            "question": self.question.to_dict(),
            "verdict": str(self.verdict),
            "families": {name: str(verdict) for name, verdict in self.by_family.items()},
            "packets": {str(v): list(self._blocks(v, index)) for v in SETTLED},
            "decisions": [decision.to_dict() for decision in index],
            "witnesses": {str(v): [flow.to_dict() for flow in self.witnesses(v, 3)] for v in SETTLED},
            "counts": {str(v): self.packets(v).count_pairs() for v in SETTLED},
            "hops": [hop.to_dict() for hop in self.hops],
            "reasons": list(self.reasons),
            "tags": tags_dict(self.tags),
            **findings_dict(self.findings),
        }

    def _blocks(self, verdict: Verdict, index: dict[Decision, int]) -> Iterator[dict[str, object]]:
        for part in self.parts:
            if part.verdict is verdict:
                decided = sorted(index[decision] for decision in part.decided_by)
                for block in blocks(part.packets):
                    yield {**block, "decidedBy": decided}


def flows(packets: PacketSet, most: int = 1) -> Iterator[Flow]:
    """Yield up to so many members of a set, each from another box."""
    for h in packets.examples(most):
        yield Flow(h.family, h.protocol, h.source, h.source_port, h.destination, h.destination_port)  # type: ignore[arg-type]  # families are 4 or 6


def findings_dict(findings: Sequence[Finding]) -> dict[str, object]:
    """Return the key that an answer has where there are findings."""
    return {"findings": [one.to_dict() for one in findings]} if findings else {}


def tags_dict(tags: TagTable | None) -> dict[str, object] | None:
    """Return the facts about the tag file that stand in every answer."""
    if tags is None:
        return None
    return {
        "file": tags.file,
        "cloud": tags.cloud,
        "changeNumber": tags.change_number,
        "published": tags.published or None,
    }


def blocks(packets: PacketSet) -> Iterator[dict[str, object]]:
    """Yield the set as JSON blocks: each is the product of its lists, and they are disjoint."""
    for one in readable_boxes(packets):
        words = ["any"] if one.protocols == ALL_PROTOCOLS else _protocol_words(one.protocols, one.family)
        for word in words:
            yield {
                "family": one.family,
                "protocol": word,
                "source": list(prefixes(one.family, one.sources)),
                "sourcePorts": list(ports(one.source_ports)),
                "destination": list(prefixes(one.family, one.destinations)),
                "destinationPorts": list(ports(one.destination_ports)),
            }


def readable_boxes(packets: PacketSet) -> Iterator[Box]:
    """Yield boxes; where all protocols pass alike with all ports, one box says so."""
    left = packets
    if any(not one.protocols & PORTED for one in packets.boxes()):
        for one in packets.boxes():
            whole = box(one.family, sources=one.sources, destinations=one.destinations)
            if one.protocols & PORTED and whole <= left:
                yield Box(one.family, ALL_PROTOCOLS, ALL_PORTS, ALL_PORTS, one.sources, one.destinations)
                left = left - whole
    yield from left.boxes()


def _protocol_words(protocols: IntervalSet, family: int) -> list[str]:
    return [protocol_word(n, family) for first, last in protocols.spans() for n in range(first, last + 1)]


def prefixes(family: int, addresses: IntervalSet) -> Iterator[str]:
    """Yield the fewest prefixes that are exactly the addresses."""
    kind: Family = 4 if family == 4 else 6
    for first, last in addresses.spans():
        yield from span_to_prefixes(kind, first, last)


def ports(values: IntervalSet) -> Iterator[str]:
    """Yield ports and port ranges."""
    return (str(PortRange(first, last)) for first, last in values.spans())


def to_parts(regions: Iterable[Region]) -> tuple[AnswerPart, ...]:
    """Join regions with the same verdict and the same deciding rules."""
    found: dict[tuple[Verdict, tuple[Decision, ...]], PacketSet] = {}
    for region in regions:
        at = (region.verdict, region.decided_by())
        found[at] = found[at] | region.packets if at in found else region.packets
    return sort_parts(AnswerPart(verdict, packets, decisions) for (verdict, decisions), packets in found.items())


def sort_parts(parts: Iterable[AnswerPart]) -> tuple[AnswerPart, ...]:
    """Return parts in the order in which answers list them: reachable, blocked, undetermined."""
    order = {verdict: i for i, verdict in enumerate(SETTLED)}
    return tuple(sorted(parts, key=lambda part: order[part.verdict]))


def summarise(results: Sequence[HopResult], leg: str = "") -> tuple[HopSummary, ...]:
    """Return the hops of a way with what each does on its own; a host firewall that no file describes is no hop."""
    summaries = []
    for result in results:
        if result.hop is HopKind.HOST_FIREWALL and not any(c.decision for p in result.parts for c in p.cases):
            continue
        verdicts = [verdict for part in result.parts if (verdict := verdict_at(part.cases)) is not None]
        if not verdicts:
            continue
        decided = tuple(dict.fromkeys(c.decision for part in result.parts for c in part.cases if c.decision))
        hop = str(result.hop)
        summaries.append(HopSummary(hop, result.direction, result.resource, combine(verdicts), leg, decided))
    return tuple(summaries)


def open_reasons(regions: Iterable[Region]) -> tuple[str, ...]:
    """Return one sentence for each fact that leaves packets undetermined, with the rules that wait for it."""
    sentences: dict[str, None] = {}
    for region in regions:
        if region.verdict is Verdict.UNDETERMINED:
            for fact in region.open_facts():
                waiting = [
                    case.decision
                    for cases in region.hops
                    for case in cases
                    if (fact, True) in case.when and case.decision and case.decision.rule
                ]
                sentences.update(dict.fromkeys(_sentences(fact.reason or fact.name, waiting)))
    return tuple(sentences)


def _sentences(reason: str, waiting: Sequence[Decision]) -> list[str]:
    if not waiting:
        return [reason]
    return [f"{_rule(decision)}: {reason}" for decision in dict.fromkeys(waiting)]


def _rule(decision: Decision) -> str:
    """Return a rule with its place; what Azure makes itself stands in no file."""
    priority = f" ({decision.priority})" if decision.priority else ""
    at = f" at {decision.at}" if decision.at else ""
    return f"rule `{decision.rule}`{priority} of `{decision.resource}`{at}"
