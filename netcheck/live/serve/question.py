"""The question of the form, and its answer: what `reach` says of it, with the flows that `explain` follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from netcheck.errors import QuestionError
from netcheck.model.flow import Flow
from netcheck.model.site import Site
from netcheck.overview.explained import ExplainedLeg, ExplainedWay
from netcheck.path.leg import Verdict
from netcheck.questions.answer import Answer
from netcheck.questions.asking import Asking
from netcheck.questions.explain import Explanation, explain_answer
from netcheck.questions.reach import reach
from netcheck.reports.picture.path import PathLeg, path_legs

PROTOCOLS = ("tcp", "udp", "icmp", "esp", "ah", "any")
FIELDS = ("from", "to", "port", "protocol", "via")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed into the form; "" for what was left empty."""

    source: str = ""
    target: str = ""
    port: str = ""
    protocol: str = "tcp"
    via: str = ""

    def words(self) -> tuple[str, ...]:
        """Return the question as the options of `reach`."""
        flags = ("--from", "--to", "--port", "--via", "--protocol")
        protocol = "" if self.protocol == "tcp" else self.protocol
        given = zip(flags, (self.source, self.target, self.port, self.via, protocol), strict=True)
        return tuple(word for flag, value in given if value for word in (flag, value))


def asked_in(fields: Mapping[str, str]) -> Asked:
    """Return the question in the fields of a form; raise QuestionError where an end is left empty."""
    source, target, port, protocol, via = (fields.get(name, "").strip() for name in FIELDS)
    if not source or not target:
        raise QuestionError("NC302", "a path has two ends", "fill in both From and To")
    return Asked(source, target, port, protocol or "tcp", via)


def answer_to(site: Site, asked: Asked, asking: Asking | None = None) -> Answer:
    """Return the answer of `reach`; raise QuestionError where `reach` does."""
    ports = [word.strip() for word in asked.port.split(",") if word.strip()]
    return reach(site, asked.source, asked.target, ports, asked.protocol, asked.via, asking)


def explained(site: Site, asked: Asked) -> ExplainedWay:
    """Return the answer with flows that stand for its parts, each on the leg that it travels."""
    asking = Asking(site)
    answer = answer_to(site, asked, asking)
    flows = tuple(explain_answer(asking, answer, asked.via))
    ends = {_end(flow) for verdict in Verdict for flow in answer.witnesses(verdict)}
    legs = path_legs(answer)
    behind = tuple(one for one in flows if _end(one.flow) in ends)
    before = tuple(one for one in flows if _end(one.flow) not in ends)
    found = [_leg(answer, leg, before if asked.via and leg is legs[0] else behind) for leg in legs]
    return ExplainedWay(answer=answer, legs=tuple(found))


def _end(flow: Flow) -> tuple[int, int, int]:
    """Return where a flow goes to: on the leg to a proxy that is the proxy, behind it what was asked about."""
    return flow.family, flow.destination, flow.destination_port


def _leg(answer: Answer, leg: PathLeg, flows: tuple[Explanation, ...]) -> ExplainedLeg:
    whole = replace(answer, question=replace(answer.question, source=leg.source))
    return ExplainedLeg(answer=whole, target=leg.target, flows=flows)
