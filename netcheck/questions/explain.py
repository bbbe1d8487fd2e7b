"""`explain`: one flow, hop by hop, with the deciding rule and the field that made each earlier rule pass it over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from netcheck.errors import QuestionError
from netcheck.model.address import AddressError, AddressRange, parse_address
from netcheck.model.flow import USUAL_SOURCE_PORT, Flow
from netcheck.model.names import key
from netcheck.model.ports import parse_protocol
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkInterface, NetworkSecurityGroup, Site
from netcheck.path.leg import Verdict, cut, verdict_at
from netcheck.path.passing import computed_managers, computed_nsg
from netcheck.path.walk import Start, walk
from netcheck.policy.decision import Decision, HopKind, HopResult
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.trace import RuleTrace, trace_admin_rules, trace_rules
from netcheck.questions.answer import FORMAT, Answer, findings_dict, open_reasons
from netcheck.questions.asking import Asking
from netcheck.questions.places import split_by_owner
from netcheck.questions.proxies import named_proxy
from netcheck.questions.reach import findings_on_way, firewall_notes
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import PacketSet

if TYPE_CHECKING:  # few sites give rise to any
    from netcheck.questions.finding import Finding

_FLOW = re.compile(
    r"\s*(?P<source>[^\s\]]+?)(?:\#(?P<sport>\d+))?\s*->\s*"
    r"\[?(?P<destination>[^\s\]]+?)\]?:(?P<port>\d+)(?:/(?P<protocol>\w+))?\s*\Z"
)
_NSG_HOPS = {HopKind.NIC_NSG, HopKind.SUBNET_NSG}


@dataclass(frozen=True, slots=True)
class HopExplanation:
    """One hop of one flow: the decisions it may take, and for an NSG the rules it looked at."""

    result: HopResult
    decisions: tuple[Decision, ...]
    verdict: Verdict
    rules: tuple[RuleTrace, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the hop as JSON."""
        return {
            "hop": str(self.result.hop),
            "direction": self.result.direction or None,
            "resource": self.result.resource or None,
            "verdict": str(self.verdict),
            "decisions": [decision.to_dict() for decision in self.decisions],
            "rules": [trace.to_dict() for trace in self.rules],
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """One flow with its verdict and every hop on its way."""

    flow: Flow
    verdict: Verdict
    decided_by: tuple[Decision, ...]
    hops: tuple[HopExplanation, ...]
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def chain(self) -> str:
        """The way in one line: `nic-nsg allow -> subnet-nsg deny deny-internet (4000)`."""
        links = []
        for hop in self.hops:
            word = {Verdict.REACHABLE: "allow", Verdict.BLOCKED: "deny"}.get(hop.verdict, "undetermined")
            deciders = " or ".join(decision.named for decision in hop.decisions if decision.named)
            links.append(f"{hop.result.hop} {word}{' ' + deciders if deciders else ''}")
        return " -> ".join(links)

    def to_dict(self) -> dict[str, object]:
        """Return the explanation as JSON."""
        return {
            "format": FORMAT,
            "flow": self.flow.to_dict(),
            "verdict": str(self.verdict),
            "chain": self.chain,
            "decisions": [decision.to_dict() for decision in self.decided_by],
            "hops": [hop.to_dict() for hop in self.hops],
            "reasons": list(self.reasons),
            **findings_dict(self.findings),
        }


def parse_flow(site: Site, text: str) -> Flow:
    """Read `10.0.0.4 -> 20.60.0.1:443/tcp`; the source may be a VM, `#50000` after it is a source port.

    Raise QuestionError for anything else.
    """
    match = _FLOW.match(text)
    if match is None:
        raise QuestionError("NC310", f"`{text}` is no flow", "write it as `10.0.0.4 -> 20.60.0.1:443/tcp`")
    try:
        numbers = parse_protocol(match["protocol"] or "tcp").numbers
    except ValueError as error:
        raise QuestionError("NC303", str(error), "use tcp, udp, icmp, esp, ah or a number") from None
    destination = _one_address(site, match["destination"])
    source = _one_address(site, match["source"])
    port, source_port = int(match["port"]), int(match["sport"] or USUAL_SOURCE_PORT)
    if source.family != destination.family:
        raise QuestionError("NC304", f"`{text}` mixes IPv4 and IPv6")
    if max(port, source_port) > 65535 or not numbers:
        raise QuestionError("NC310", f"`{text}` is no flow", "one protocol, ports up to 65535")
    protocol = numbers[-1] if source.family == 6 else numbers[0]
    if protocol not in ps.PORTED:
        port = source_port = 0
    return Flow(source.family, protocol, source.first, source_port, destination.first, port)


class FlowQuestion(NamedTuple):
    """A flow as a question about a path: from where, to where, on which port, with which protocol."""

    source: str
    target: str
    port: str
    protocol: str


def flow_question(text: str) -> FlowQuestion:
    """Read a flow as a question about a path through a proxy; raise QuestionError for anything else.

    The proxy's connection is its own, so a source port of the client's says nothing about it.
    """
    match = _FLOW.match(text)
    if match is None:
        raise QuestionError("NC310", f"`{text}` is no flow", "write it as `10.0.0.4 -> 20.60.0.1:443/tcp`")
    if match["sport"]:
        message = f"`{text}` has a source port, and a proxy connects from another one"
        raise QuestionError("NC310", message, "leave `#PORT` out where the way leads through a proxy")
    return FlowQuestion(match["source"], match["destination"], match["port"], match["protocol"] or "tcp")


def _one_address(site: Site, text: str) -> AddressRange:
    vm = site.vm(text)
    if vm is not None:
        return vm.primary.addresses[0]
    try:
        return parse_address(text)
    except AddressError as error:
        raise QuestionError("NC310", f"no such address or VM: {error}", error.help) from None


def explain(
    site: Site,
    flow: Flow,
    asking: Asking | None = None,
    ends: Sequence[NetworkInterface] = (),
    *,
    is_relay: bool = False,
    hosts: tuple[str, ...] = (),
) -> Explanation:
    """Follow one flow on its direct way.

    `ends` are NICs with unknown addresses that the question names: one that may have the flow's address has it.
    `is_relay`: a proxy sends the flow on for its clients. `hosts` are the names that it is sent for, where these are
    known.
    """
    asking = asking or Asking(site)
    packets = packet_of(flow)
    [origin] = split_by_owner(site, [AddressRange(flow.family, flow.source, flow.source)])
    start = next((nic for nic in ends if _may_hold(nic, flow.family, flow.source)), origin.nic)
    end = next((nic for nic in ends if nic is not start and _may_hold(nic, flow.family, flow.destination)), None)
    owner = next((vm for vm in site.virtual_machines if start is not None and start in vm.interfaces), origin.vm)
    graph, book = asking.around(start, end)
    subnet = origin.subnet if start is None else None
    results = walk(graph, book, Start(packets, owner, start, subnet, is_relay, hosts))
    [region] = cut(packets, results)
    hops = tuple(_explain_hop(asking, result, flow) for result in results if _is_shown(result))
    reasons = (*open_reasons([region]), *firewall_notes(asking, results))
    findings = findings_on_way(asking, [packets], results)
    return Explanation(flow, region.verdict, region.decided_by(), hops, reasons, findings)


def explain_answer(asking: Asking, answer: Answer, via: str = "") -> Iterator[Explanation]:
    """Explain one witness of each verdict; through a proxy VM, both of its connections. The answer has the findings."""
    named = {key(answer.question.source), key(answer.question.target), key(via)}
    ends = [
        nic
        for vm in asking.site.virtual_machines
        for nic in vm.interfaces
        if nic.has_unknown_address and named & {key(vm.name), key(nic.name)}
    ]
    for verdict in (Verdict.BLOCKED, Verdict.UNDETERMINED, Verdict.REACHABLE):
        for flow in answer.witnesses(verdict, 1):
            for leg, is_relay in _legs(asking.site, flow, via):
                yield replace(explain(asking.site, leg, asking, ends, is_relay=is_relay), findings=())


def _legs(site: Site, flow: Flow, via: str) -> Iterator[tuple[Flow, bool]]:
    """Yield the flows that a way is made of; those that a proxy sends on are marked."""
    proxy = named_proxy(site, via) if via else None
    if proxy is None or proxy.port is None:
        yield flow, False
        return
    for first, _ in proxy.addresses[flow.family].spans():
        yield replace(flow, destination=first, destination_port=proxy.port), False
        break
    for relay in proxy.relays:
        own = [a.first for a in relay.vm.primary.addresses if a.family == flow.family]
        if own:
            yield replace(flow, source=own[0]), True


def _may_hold(nic: NetworkInterface, family: int, address: int) -> bool:
    return any(a.family == family and a.first <= address <= a.last for a in nic.addresses)


def packet_of(flow: Flow) -> PacketSet:
    """Return the set that holds one flow."""
    return ps.box(
        flow.family,
        protocols=IntervalSet.point(flow.protocol),
        destination_ports=IntervalSet.point(flow.destination_port),
        source_ports=IntervalSet.point(flow.source_port),
        sources=IntervalSet.point(flow.source),
        destinations=IntervalSet.point(flow.destination),
    )


def _is_shown(result: HopResult) -> bool:
    cases = [case for part in result.parts for case in part.cases if case.is_met]
    return any(case.decision for case in cases) or (bool(cases) and result.hop is not HopKind.HOST_FIREWALL)


def _explain_hop(asking: Asking, result: HopResult, flow: Flow) -> HopExplanation:
    cases = [case for part in result.parts for case in part.cases]
    verdict = verdict_at(cases)
    assert verdict is not None, "only hops that the flow may meet are shown"
    decisions = tuple(dict.fromkeys(case.decision for case in cases if case.decision))
    return HopExplanation(result, decisions, verdict, _rules(asking, result, flow))


def _rules(asking: Asking, result: HopResult, flow: Flow) -> tuple[RuleTrace, ...]:
    """Return the rules that the flow meets at a hop, as the hop sees it: behind a load balancer it has another end."""
    if result.seen_as is not None:
        seen = result.seen_as
        flow = replace(
            flow,
            source=flow.source if seen.source is None else seen.source,
            destination=seen.destination,
            destination_port=flow.destination_port if seen.port is None else seen.port,
        )
    subnet = asking.site.subnet(result.subnet)
    if result.hop is HopKind.ADMIN_RULES and subnet is not None:
        from netcheck.policy.adminrules import computed_rules, rules_for  # few sites have any

        nic = _nic_of(asking.site, result)
        rules = computed_rules(computed_managers(nic)) if nic else rules_for(asking.site, subnet.virtual_network)
        return trace_admin_rules(rules, Direction(result.direction), flow, asking.book, subnet)
    nsg = _nsg_of(asking.site, result) if result.hop in _NSG_HOPS and result.resource else None
    if nsg is None:
        return ()
    context = NsgContext(asking.book, subnet, result.hop, result.nic)
    return trace_rules(nsg, Direction(result.direction), flow, context)


def _nsg_of(site: Site, result: HopResult) -> NetworkSecurityGroup | None:
    """Return the rules of a hop: those Azure computed for the NIC, where it is judged by them."""
    nic = _nic_of(site, result)
    return computed_nsg(nic, result.hop) if nic is not None else site.nsg(result.resource)


def _nic_of(site: Site, result: HopResult) -> NetworkInterface | None:
    """Return the NIC whose own list a hop was judged by."""
    nics = (nic for vm in site.virtual_machines for nic in vm.interfaces) if result.nic else ()
    return next((nic for nic in nics if nic.name == result.nic), None)


def explanation_dict(explanations: Sequence[Explanation], answer: Answer | None) -> dict[str, object]:
    """Return JSON: one flow by itself, or an answer with the flows that stand for its parts."""
    if answer is None:
        return explanations[0].to_dict()
    return {**answer.to_dict(), "flows": [one.to_dict() for one in explanations]}
