"""`reach`: can packets from X get to Y on these ports, directly or through a proxy VM?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES
from netcheck.model.names import key
from netcheck.model.site import Site, Subnet
from netcheck.path.leg import Region, Verdict
from netcheck.policy.builtin import DNS_PORT, WIRE_SERVER
from netcheck.policy.decision import Decision, HopKind, HopResult
from netcheck.policy.resolve import by_family, to_set
from netcheck.questions.answer import (
    Answer,
    AnswerPart,
    HopSummary,
    Question,
    open_reasons,
    ports,
    sort_parts,
    summarise,
    to_parts,
)
from netcheck.questions.asking import Asking, Leg
from netcheck.questions.named import NamedTarget, as_seen
from netcheck.questions.packets import read_ports, read_protocol
from netcheck.questions.places import Addresses, Origin, Target, find_target
from netcheck.questions.proxied import TCP, through_proxy
from netcheck.questions.proxies import named_proxy
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

if TYPE_CHECKING:  # few sites give rise to any
    from netcheck.questions.finding import Finding

UDP = IntervalSet.point(17)
RESOLVER: Addresses = {4: to_set([WIRE_SERVER], 4)}
"""The platform's own resolver, which names are asked of."""


def reach(
    site: Site,
    source: str,
    target: str,
    port_texts: Sequence[str] = (),
    protocol: str = "tcp",
    via: str = "",
    asking: Asking | None = None,
    begin: Sequence[Origin] = (),
) -> Answer:
    """Judge all packets from `source` to `target`; `via` names a proxy VM, then both legs are judged.

    `begin` are the origins that the source stands for, where they are known.

    Raise QuestionError when a name is not in the site or the question holds no packet.
    """
    asking = asking or Asking(site)
    protocols = read_protocol(protocol)
    wanted = read_ports(port_texts, protocols)
    origins = begin or asking.origins(source)
    found = find_target(asking.book, target, _subnet_of(site, origins))
    question = Question(
        kind="reach", source=source, target=found.label, protocol=protocol.lower(), ports=tuple(ports(wanted)), via=via
    )
    if via and protocols != TCP:
        raise QuestionError("NC305", "an HTTP proxy carries TCP only", "leave --protocol out, or ask without --via")
    if via:
        proxy = named_proxy(site, via)
        sender = Origin(proxy.vm.primary.addresses, proxy.vm, proxy.vm.primary)
        [seen] = as_seen(site, [sender], found)  # the proxy asks for the name, not its client
        proxied = through_proxy(asking, origins, proxy, seen.target, wanted)
        through = (_told(seen, proxied.regions),)
        return answer_of(asking, question, found, through, proxied.hops, proxied.results, seen.notes)
    views, legs, told = _direct(asking, origins, found, protocols, wanted)
    results = [result for leg in legs for result in leg.results]
    notes = tuple(note for one in views for note in one.notes)
    return answer_of(asking, question, found, told, summarise(results), results, notes, origins)


def direct_parts(
    asking: Asking, origins: Sequence[Origin], target: Target, protocols: IntervalSet, ports_asked: IntervalSet
) -> tuple[AnswerPart, ...]:
    """Return the parts of the answer about packets that some places send to a target without a proxy."""
    _, _, told = _direct(asking, origins, target, protocols, ports_asked)
    return sort_parts(part for one in told for part in one.parts)


def _direct(
    asking: Asking, origins: Sequence[Origin], target: Target, protocols: IntervalSet, wanted: IntervalSet
) -> tuple[tuple[NamedTarget, ...], list[Leg], tuple[_Told, ...]]:
    views = as_seen(asking.site, origins, target)
    legs = [
        asking.leg(one.origins, one.target.addresses, protocols, wanted, target.nic, one.target.hosts) for one in views
    ]
    return views, legs, tuple(_told(one, leg.regions) for one, leg in zip(views, legs, strict=True))


def _subnet_of(site: Site, origins: Sequence[Origin]) -> Subnet | None:
    """Return the subnet whose view of `VirtualNetwork` a destination of that name means."""
    subnets = [o.subnet or (site.subnet(o.nic.subnet) if o.nic else None) for o in origins]
    return subnets[0] if len({id(s) for s in subnets}) == 1 else None


class _Told(NamedTuple):
    """What some origins are told about a target: its parts, and why some of them are open."""

    parts: tuple[AnswerPart, ...]
    reasons: tuple[str, ...]


def _told(seen: NamedTarget, regions: Sequence[Region]) -> _Told:
    """Return the parts of an answer; a name has one of several addresses, so what differs among them is open."""
    parts, reasons = to_parts(regions), open_reasons(regions)
    if seen.target.is_one_of and len({part.verdict for part in parts}) > 1:
        parts = tuple(AnswerPart(Verdict.UNDETERMINED, p.packets, p.decided_by) for p in parts)
        where = "of the `Storage` tag, and it is not known which"
        if seen.notes:
            where = "that the name may have, and it is not known which"
        reasons = (*reasons, f"`{seen.target.label}` is at one of the addresses {where}")
    return _Told(parts, reasons)


def answer_of(
    asking: Asking,
    question: Question,
    target: Target,
    told: Sequence[_Told],
    hops: tuple[HopSummary, ...],
    results: Sequence[HopResult],
    notes: tuple[str, ...] = (),
    origins: Sequence[Origin] = (),
) -> Answer:
    """Put an answer together: parts, hops, and every reason that a reader needs."""
    parts = sort_parts(part for one in told for part in one.parts)
    reasons = [reason for one in told for reason in one.reasons]
    reasons += [*notes, *firewall_notes(asking, results)]
    if target.hosts:
        reasons += name_notes(asking, origins)
    if any(part.verdict is Verdict.REACHABLE for part in parts):
        reasons += account_notes(target.hosts)
    return Answer(
        question=question,
        parts=parts,
        hops=hops,
        reasons=tuple(dict.fromkeys(reasons)),
        tags=asking.site.tags,
        findings=findings_on_way(asking, [part.packets for part in parts], results, question.via),
    )


def findings_on_way(
    asking: Asking, packets: Iterable[PacketSet], results: Sequence[HopResult], via: str = ""
) -> tuple[Finding, ...]:
    """Return the findings about the NICs that packets come from, go to, or pass; `via` names a proxy VM."""
    if not asking.findings:
        return ()
    passed = {key(one.nic) for one in results}
    passed |= {key(one.resource) for one in results if one.hop is HopKind.APPLIANCE}
    ends = [one.project(side) for one in packets for side in ("sources", "destinations")]
    for vm in asking.site.virtual_machines:
        for nic in vm.interfaces:
            held = by_family(nic.addresses)
            if key(vm.name) == key(via) or any(held[family] & some[family] for some in ends for family in FAMILIES):
                passed.add(key(nic.name))
    return tuple(one for one in asking.findings if key(one.resource) in passed)


def account_notes(hosts: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence on the stage behind the network, for storage accounts that a question names.

    Microsoft Learn, "Azure Storage firewall rules": who is not on the account's list gets status 403 from it.
    """
    names = dict.fromkeys(host for host in hosts if not host.startswith("."))
    return tuple(
        f"the path ends at `{name}`: the account's own network rules (`networkAcls`, `publicNetworkAccess`) are a "
        "stage of their own, which no file here tells"
        for name in names
    )


def firewall_notes(asking: Asking, results: Sequence[HopResult]) -> tuple[str, ...]:
    """Return a sentence for each VM on the way whose host firewall, or whose forwarding, the site does not describe.

    And for each member of a load balancer whose host firewall may keep its health probes out.
    """
    probes: tuple[str, ...] = ()
    if asking.site.load_balancers:
        from netcheck.questions.probe_note import probe_notes

        probes = tuple(probe_notes(asking, results))
    return (*_undescribed_firewalls(asking, results), *_undescribed_appliances(asking, results), *probes)


def _undescribed_appliances(asking: Asking, results: Sequence[HopResult]) -> Iterator[str]:
    """Yield a sentence for each VM that packets are routed through; what its operating system does is not in a site."""
    passed = {result.resource for result in results if result.hop is HopKind.APPLIANCE}
    for vm in asking.site.virtual_machines if passed else ():
        if vm.host_firewall is None and any(nic.name in passed for nic in vm.interfaces):
            yield (
                f"whether the operating system of `{vm.name}` forwards these packets is not in the site "
                "(`hostFirewall: none` says that it does): the verdict is the network's"
            )


def _undescribed_firewalls(asking: Asking, results: Sequence[HopResult]) -> tuple[str, ...]:
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
    leg = asking.leg([origin], RESOLVER, UDP, IntervalSet.point(DNS_PORT))
    return name_verdict(leg)


def name_verdict(queries: Leg) -> tuple[Verdict, tuple[Decision, ...]]:
    """Return the verdict about DNS queries to the platform's resolver, and who decides about the worst of them."""
    worst = [part for part in to_parts(queries.regions) if part.verdict is not Verdict.REACHABLE]
    if not worst:
        return Verdict.REACHABLE, ()
    return worst[0].verdict, tuple(decision for part in worst for decision in part.decided_by)
