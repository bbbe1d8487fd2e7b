"""`mustReach` and `mustNotReach`: every source to every target, each pair judged by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from netcheck.errors import QuestionError
from netcheck.model.intents import Reaching
from netcheck.model.names import key
from netcheck.model.ports import PORTED, parse_protocol
from netcheck.path.leg import Verdict
from netcheck.questions.answer import Answer, open_reasons, sort_parts, to_parts
from netcheck.questions.asking import Asking
from netcheck.questions.intents.crowds import joined
from netcheck.questions.intents.internet import beyond
from netcheck.questions.intents.result import MUST_NOT_REACH, MUST_REACH, OPEN, Breach, Part
from netcheck.questions.places import Origin, find_target
from netcheck.questions.reach import reach


def questions(asking: Asking, demand: Reaching) -> tuple[list[tuple[str, str, str]], list[str]]:
    """Return what a demand asks, as (source, target, protocol), and notes on the pairs that ask nothing.

    What a machine sends to itself never leaves it: such a pair of two lists is left out and told. Raise QuestionError
    where no other pair is left.
    """
    hosts = {word.text: _host(asking, word.text) for word in (*demand.sources, *demand.targets)}
    pairs = [(source.text, target.text) for source in demand.sources for target in demand.targets]
    idle = [pair for pair in pairs if hosts[pair[0]] and hosts[pair[0]] == hosts[pair[1]]]
    if len(idle) == len(pairs):
        message = f"`{pairs[0][0]}` to itself: what a machine sends to itself meets no rule"
        raise QuestionError("NC304", message, "name another source or another target")
    notes = [f"`{source}` to `{target}` is one machine and itself, and is not asked" for source, target in idle]
    asked = [(*pair, protocol) for pair in pairs if pair not in idle for protocol in demand.protocols]
    return asked, notes


def _host(asking: Asking, text: str) -> str:
    """Return what names one machine, or one address that no machine of the site has; "" for anything more."""
    try:
        origins = asking.origins(text)
    except QuestionError:
        return ""  # as a target it has its own meaning, and its own errors
    machines = {key(origin.vm.name) if origin.vm is not None else "" for origin in origins}
    if len(machines) == 1 and "" not in machines:
        return f"vm {next(iter(machines))}"
    addresses = [one for origin in origins for one in origin.addresses]
    is_one = len(addresses) == 1 and addresses[0].first == addresses[0].last
    return f"address {addresses[0].family} {addresses[0].first}" if is_one else ""


def judge(asking: Asking, title: str, demand: Reaching, question: tuple[str, str, str]) -> Iterator[Breach]:
    """Yield what breaks a demand for one pair and protocol; raise QuestionError where it cannot be asked."""
    source, target, protocol = question
    numbers = parse_protocol(protocol).numbers
    every = ("0-65535",) if numbers and PORTED.issuperset(numbers) else ()
    ports = demand.ports or every
    begin = () if demand.via else _begin(asking, source, target)
    answer = reach(asking.site, source, target, ports, protocol, demand.via, asking, begin)
    if not demand.is_wanted:
        regions = list(beyond(asking, demand, source, target, protocol, ports))
        reasons = tuple(dict.fromkeys((*answer.reasons, *open_reasons(regions))))
        answer = replace(answer, parts=sort_parts((*answer.parts, *to_parts(regions))), reasons=reasons)
    again = (source, target, protocol, ",".join(ports), demand.via) if demand.via else ()
    yield from breaches_of(answer, title, is_wanted=demand.is_wanted, again=again)


def _begin(asking: Asking, source: str, target: str) -> Sequence[Origin]:
    """Return where packets begin, places that send alike as one; none where the target needs to know each of them."""
    origins = asking.origins(source)
    if len(origins) == 1:
        return origins
    try:
        found = find_target(asking.book, target)
    except QuestionError:  # what `VirtualNetwork` covers depends on who asks
        return ()
    return () if found.hosts else joined(asking.site, origins, found.addresses)


def breaches_of(answer: Answer, title: str, *, is_wanted: bool, again: tuple[str, ...] = ()) -> Iterator[Breach]:
    """Yield what is wrong with an answer where all packets must get through, or none: certain ones, then open ones."""
    q = answer.question
    via = f" via {q.via}" if q.via else ""
    subject = f"{q.source} -> {q.target}{via}  {q.protocol} {','.join(q.ports)}"
    bad, code = (Verdict.BLOCKED, MUST_REACH) if is_wanted else (Verdict.REACHABLE, MUST_NOT_REACH)
    amount = "" if all(part.verdict is bad for part in answer.parts) else "partly "
    wrong = "blocked, and has to be reachable" if is_wanted else "reachable, and must not be"
    wish = "has to be reachable" if is_wanted else "must not be reachable"
    for verdict, kind, message in (
        (bad, code, f"{amount}{wrong}"),
        (Verdict.UNDETERMINED, OPEN, f"undetermined, and {wish}"),
    ):
        parts = tuple(Part(one.packets, one.decided_by) for one in answer.parts if one.verdict is verdict)
        if parts:
            yield Breach(
                intent=title,
                code=kind,
                subject=subject,
                message=message,
                parts=parts,
                reasons=answer.reasons,
                again=again,
            )
