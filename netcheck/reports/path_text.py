"""The ways of a VM's backup traffic as text: what the client does, each leg with its hops, the direct way beside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.path.leg import Verdict
from netcheck.questions.answer import HopSummary, ports
from netcheck.questions.check import NeedResult
from netcheck.questions.proxied import LegSummary
from netcheck.questions.several_ways import ClientChoice
from netcheck.reports.decisions import decider_lines

CLIENT_WORDS = {
    "proxy": "sends to proxy",
    "direct": "goes direct",
    "none": "has no way",
    "by name": "goes different ways by name",
    "undetermined": "goes a way that is not known",
}


def path_lines(results: Sequence[NeedResult]) -> Iterator[str]:
    """Yield the lines about the needs of a VM that its proxy settings could touch; what several share stands once."""
    blocks = (tuple(block) for result in results for block in _blocks(result, is_one=len(results) == 1))
    for block in dict.fromkeys(blocks):
        yield from block


def _blocks(result: NeedResult, *, is_one: bool) -> Iterator[Iterator[str]]:
    if not any(way.client for way in result.ways):
        return
    for way in result.ways:
        on_ports = f"port {','.join(ports(way.wanted))}: " if len(result.ways) > 1 else ""
        if way.client:
            names_target = not is_one and way.client.way != "proxy"
            yield iter([f"  {on_ports}{client_text(way.client, result.need.label if names_target else '')}"])
        first, others = way.legs[:1], way.legs[1:]
        yield from (_leg(leg) for leg in first)
        yield from (_list(one) for one in way.lists)
        yield from (_leg(leg) for leg in others)
    yield _leg(result.direct, f"directly to {result.direct.target}")
    if result.instead:
        yield _leg(result.instead, f"through {result.instead.source} to {result.instead.target}, were it used")


def client_text(client: ClientChoice, target: str = "") -> str:
    """Return what a client does with its proxy settings, why, and where the file says so."""
    proxy = f" {client.proxy}" if client.way == "proxy" else f" to {target}" if target else ""
    at = f"  {client.at}" if client.at else ""
    return f"client-proxy: {client.component} {CLIENT_WORDS[client.way]}{proxy}: {client.why}{at}"


def _list(one: HopSummary) -> Iterator[str]:
    """Yield what a proxy's own list says: the line that lets requests pass, or who refuses them."""
    yield f"  list of {one.resource}: {one.verdict}"
    refusing = [d for d in one.decided_by if not d.passes] if one.verdict is Verdict.BLOCKED else one.decided_by
    yield from decider_lines(one.verdict, refusing)


def _leg(leg: LegSummary, label: str = "") -> Iterator[str]:
    yield f"  {label or f'{leg.source} -> {leg.target}'}: {leg.verdict}"
    if leg.chain:
        yield f"    {leg.chain}"
    if leg.verdict is not Verdict.REACHABLE:
        yield from decider_lines(leg.verdict, leg.decided_by)
