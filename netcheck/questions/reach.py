"""`reach`: can packets from X get to Y on these ports, directly or through a proxy VM?"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.errors import QuestionError
from netcheck.model.site import Site, Subnet
from netcheck.path.leg import Region, Verdict
from netcheck.policy.builtin import DNS_PORT, WIRE_SERVER
from netcheck.policy.decision import Decision, HopKind, HopResult
from netcheck.policy.resolve import to_set
from netcheck.questions.answer import (
    Answer,
    AnswerPart,
    HopSummary,
    Question,
    open_reasons,
    ports,
    summarise,
    to_parts,
)
from netcheck.questions.asking import Asking
from netcheck.questions.packets import read_ports, read_protocol
from netcheck.questions.places import Origin, Target, find_origins, find_target, find_vm
from netcheck.questions.proxied import TCP, Relay, through_proxy
from netcheck.sets.intervals import IntervalSet

UDP = IntervalSet.point(17)


def reach(
    site: Site,
    source: str,
    target: str,
    port_texts: Sequence[str] = (),
    protocol: str = "tcp",
    via: str = "",
    asking: Asking | None = None,
) -> Answer:
    """Judge all packets from `source` to `target`; `via` names a proxy VM, then both legs are judged.

    Raise QuestionError when a name is not in the site or the question holds no packet.
    """
    asking = asking or Asking(site)
    protocols = read_protocol(protocol)
    wanted = read_ports(port_texts, protocols)
    origins = find_origins(asking.book, source)
    found = find_target(asking.book, target, _subnet_of(site, origins))
    question = Question(
        kind="reach", source=source, target=found.label, protocol=protocol.lower(), ports=tuple(ports(wanted)), via=via
    )
    if via and protocols != TCP:
        raise QuestionError("NC305", "an HTTP proxy carries TCP only", "leave --protocol out, or ask without --via")
    if via:
        relay = Relay(find_vm(site, via))
        proxied = through_proxy(asking, origins, relay, found, wanted)
        return answer_of(asking, question, found, proxied.regions, proxied.hops, proxied.results)
    leg = asking.leg(origins, found.addresses, protocols, wanted, found.nic)
    return answer_of(asking, question, found, leg.regions, summarise(leg.results), leg.results, origins)


def _subnet_of(site: Site, origins: Sequence[Origin]) -> Subnet | None:
    """Return the subnet whose view of `VirtualNetwork` a destination of that name means."""
    subnets = [o.subnet or (site.subnet(o.nic.subnet) if o.nic else None) for o in origins]
    return subnets[0] if len({id(s) for s in subnets}) == 1 else None


def answer_of(
    asking: Asking,
    question: Question,
    target: Target,
    regions: Sequence[Region],
    hops: tuple[HopSummary, ...],
    results: Sequence[HopResult],
    origins: Sequence[Origin] = (),
) -> Answer:
    """Put an answer together: parts, hops, and every reason that a reader needs."""
    parts = to_parts(regions)
    reasons = [*open_reasons(regions)]
    if target.is_one_of and len({part.verdict for part in parts}) > 1:
        parts = tuple(AnswerPart(Verdict.UNDETERMINED, p.packets, p.decided_by) for p in parts)
        reasons.append(f"`{target.label}` is at one of the addresses of the `Storage` tag, and it is not known which")
    reasons += firewall_notes(asking, results)
    if target.hosts:
        reasons += name_notes(asking, origins)
    return Answer(
        question=question, parts=parts, hops=hops, reasons=tuple(dict.fromkeys(reasons)), tags=asking.site.tags
    )


def firewall_notes(asking: Asking, results: Sequence[HopResult]) -> tuple[str, ...]:
    """Return a sentence for each VM on the way whose host firewall the site does not describe."""
    passed = dict.fromkeys(result.resource for result in results if result.hop is HopKind.HOST_FIREWALL)
    vms = [vm for name in passed if (vm := asking.site.vm(name)) is not None]
    return tuple(
        f"the host firewall of `{vm.name}` is not in the site (`hostFirewall`): "
        + ("outbound it is not judged" if vm.proxy_server else "the verdict is the network's")
        for vm in vms
        if vm.host_firewall is None
    )


def name_notes(asking: Asking, origins: Sequence[Origin]) -> tuple[str, ...]:
    """Return a sentence for each origin whose DNS queries to the platform do not get through."""
    notes = []
    for origin in origins:
        verdict, deciders = resolves_names(asking, origin)
        if verdict is not Verdict.REACHABLE:
            where = origin.vm.name if origin.vm else "the source"
            who = "; ".join(f"{d} at {d.at}" for d in deciders)
            notes.append(f"IP yes, name no: DNS queries of `{where}` to 168.63.129.16 are {verdict} ({who})")
    return tuple(notes)


def resolves_names(asking: Asking, origin: Origin) -> tuple[Verdict, tuple[Decision, ...]]:
    """Return whether DNS queries reach the platform's resolver, and who decides when they do not."""
    if not any(a.family == 4 for a in origin.addresses) or (origin.nic is None and origin.subnet is None):
        return Verdict.REACHABLE, ()
    leg = asking.leg([origin], {4: to_set([WIRE_SERVER], 4)}, UDP, IntervalSet.point(DNS_PORT))
    worst = [part for part in to_parts(leg.regions) if part.verdict is not Verdict.REACHABLE]
    if not worst:
        return Verdict.REACHABLE, ()
    return worst[0].verdict, tuple(decision for part in worst for decision in part.decided_by)
