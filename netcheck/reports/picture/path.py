"""One answer about a path as a picture shows it: its legs with their hops, in the order of travel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netcheck.path.leg import Verdict, combine
from netcheck.policy.decision import Decision, HopKind
from netcheck.questions.answer import Answer, HopSummary
from netcheck.reports.decisions import decision_text

KIND_WORDS = {
    HopKind.CLIENT_PROXY: "proxy setting",
    HopKind.HOST_FIREWALL: "host firewall",
    HopKind.ADMIN_RULES: "security admin rules",
    HopKind.NIC_NSG: "NIC NSG",
    HopKind.SUBNET_NSG: "subnet NSG",
    HopKind.ROUTE: "route",
    HopKind.PEERING: "peering",
    HopKind.APPLIANCE: "appliance",
    HopKind.AZURE_FIREWALL: "Azure Firewall",
    HopKind.LOAD_BALANCER: "load balancer",
    HopKind.PRIVATE_ENDPOINT: "private endpoint",
    HopKind.EGRESS: "way out",
    HopKind.INGRESS: "way in",
    HopKind.UNMODELLED: "not evaluated",
    HopKind.PROXY_SERVER: "list of the proxy",
}
_APPLIANCES = (HopKind.APPLIANCE, HopKind.AZURE_FIREWALL)
_NOTHING = {HopKind.NIC_NSG: "no NSG", HopKind.SUBNET_NSG: "no NSG"}


@dataclass(frozen=True, slots=True)
class PathHop:
    """One hop: `number` counts from 1 over all legs. `verdict` is about all packets that come to the hop."""

    number: int
    kind: HopKind
    direction: str
    resource: str
    verdict: Verdict
    decided_by: tuple[Decision, ...]

    @property
    def kind_text(self) -> str:
        """What kind of hop it is, in words, with the direction."""
        return f"{KIND_WORDS[self.kind]}{f', {self.direction.lower()}' if self.direction else ''}"

    @property
    def name(self) -> str:
        """The resource, or the words for nothing there."""
        return self.resource or _NOTHING.get(self.kind, "")

    @property
    def is_nothing(self) -> bool:
        """Whether nothing decides here, so that everything passes."""
        return not self.decided_by

    def deciders(self) -> tuple[str, ...]:
        """Return who decides, those first that may keep packets back; a rule with its priority, else the note."""
        keeping = sorted(self.decided_by, key=lambda one: one.passes)
        return tuple(dict.fromkeys(", ".join(filter(None, (one.named, one.note))) or one.access for one in keeping))

    def title(self) -> str:
        """Return everything about the hop, for a reader who cannot see the picture or wants the places in the files."""
        named = " ".join(filter(None, (self.kind_text, self.name)))
        decisions = "".join(f"\n{decision_text(one)}" for one in self.decided_by)
        return f"hop {self.number}: {named}: {self.verdict}{decisions or chr(10) + 'nothing is applied here'}"


@dataclass(frozen=True, slots=True)
class PathLeg:
    """One leg: from where to where, and its hops."""

    source: str
    target: str
    hops: tuple[PathHop, ...]


def path_legs(answer: Answer) -> tuple[PathLeg, ...]:
    """Return the legs of an answer; what a proxy itself says stands at the end of the leg that leads to it.

    A hop that several ways pass, of several senders or to several members of a pool, is there once, with what it does
    to all of them.
    """
    sections: list[tuple[str, list[HopSummary]]] = []
    for hop in answer.hops:
        is_list = hop.hop == HopKind.PROXY_SERVER and bool(sections)
        if not sections or (hop.leg != sections[-1][0] and not is_list):
            sections.append((hop.leg, []))
        sections[-1][1].append(hop)
    return tuple(_numbered(answer, sections))


def _numbered(answer: Answer, sections: Sequence[tuple[str, list[HopSummary]]]) -> Iterator[PathLeg]:
    number = 1
    for label, hops in sections:
        source, arrow, target = label.partition(" -> ")
        ends = (source, target) if arrow else (answer.question.source, answer.question.target)
        found = tuple(_merged(hops, number, answer.verdict))
        number += len(found)
        yield PathLeg(*ends, found)


def _merged(hops: Sequence[HopSummary], number: int, whole: Verdict) -> Iterator[PathHop]:
    """Yield the hops; where the answer is open and ways differ at a hop, which of them is taken is what is open."""
    alike: dict[tuple[_Stage, str, str, str], list[HopSummary]] = {}
    for stage, hop in _staged(hops):
        alike.setdefault((stage, *_key(hop)), []).append(hop)
    for at, ((_, kind, direction, resource), found) in enumerate(alike.items(), number):
        verdicts = {one.verdict for one in found}
        is_open = whole is Verdict.UNDETERMINED and len(verdicts) > 1
        verdict = Verdict.UNDETERMINED if is_open else combine(verdicts)
        decided = tuple(dict.fromkeys(decision for one in found for decision in one.decided_by))
        yield PathHop(at, HopKind(kind), direction, resource, verdict, decided)


_Stage = tuple[int, int]
"""How many appliances lie before a hop, and how many hops of the same name right before it."""


def _key(hop: HopSummary) -> tuple[str, str, str]:
    return hop.hop, hop.direction, hop.resource


def _staged(hops: Sequence[HopSummary]) -> Iterator[tuple[_Stage, HopSummary]]:
    """Yield hops with what tells apart those of one name that packets pass one after the other.

    An NSG behind an appliance is met again, and each chain of a host firewall has its say. The hops of one sender
    follow those of another: a new way begins where the first kind of hop comes again.
    """
    appliances = repeated = 0
    previous: HopSummary | None = None
    for hop in hops:
        is_behind = previous is not None and previous.hop in _APPLIANCES and hop.hop not in _APPLIANCES
        is_again = previous is not None and _key(previous) == _key(hop)
        repeated = repeated + 1 if is_again else 0
        if is_behind:
            appliances += 1
        elif not is_again and (hop.hop, hop.direction) == (hops[0].hop, hops[0].direction):
            appliances = 0
        yield (appliances, repeated), hop
        previous = hop


def onward(answer: Answer, hops: Sequence[PathHop]) -> Iterator[Verdict]:
    """Yield the verdict that packets carry behind each hop of a path: never a better one than that of a hop before.

    A hop that blocks all that comes to it may be on one of several ways: what is sent is then blocked in part.
    """
    so_far: list[Verdict] = [Verdict.REACHABLE]
    for hop in hops:
        own = hop.verdict
        if own is Verdict.BLOCKED and answer.verdict is not Verdict.BLOCKED:
            own = Verdict.UNDETERMINED if answer.verdict is Verdict.UNDETERMINED else Verdict.PARTIAL
        so_far.append(own)
        yield Verdict.BLOCKED if Verdict.BLOCKED in so_far else combine(so_far)
