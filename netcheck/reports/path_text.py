"""The ways of a VM's backup traffic as text: what the client does, each leg with its hops, the direct way beside."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.path.leg import Verdict
from netcheck.questions.answer import HopSummary, ports
from netcheck.questions.check import NeedResult
from netcheck.questions.proxied import LegSummary
from netcheck.questions.way import ClientChoice, Way
from netcheck.reports.decisions import decider_lines

_WORDS = {
    "proxy": "sends to proxy",
    "direct": "goes direct",
    "none": "has no way",
    "by name": "goes ways that differ by name",
    "undetermined": "goes a way that is not known",
}


def path_lines(result: NeedResult) -> Iterator[str]:
    """Yield the lines about one need; none where the site has no proxy settings that could touch it."""
    if not any(way.client for way in result.ways):
        return
    for way in result.ways:
        yield from _way(way, ",".join(ports(way.wanted)) if len(result.ways) > 1 else "")
    yield from _leg(result.direct, f"directly to {result.direct.target}")
    if result.instead:
        yield from _leg(result.instead, f"through {result.instead.source} to {result.instead.target}, were it used")


def _way(way: Way, on_ports: str) -> Iterator[str]:
    if way.client:
        yield f"  {f'port {on_ports}: ' if on_ports else ''}{client_text(way.client)}"
    first, *others = way.legs or (None,)
    if first is not None:
        yield from _leg(first)
    yield from (line for one in way.lists for line in _list(one))
    yield from (line for leg in others if leg is not None for line in _leg(leg))


def client_text(client: ClientChoice) -> str:
    """Return what a client does with its proxy settings, why, and where the file says so."""
    proxy = f" {client.proxy}" if client.proxy else ""
    at = f"  {client.at}" if client.at else ""
    return f"client-proxy: {client.component} {_WORDS[client.way]}{proxy}: {client.why}{at}"


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
