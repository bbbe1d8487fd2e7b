"""IP flow verify and the network configuration diagnostic: which rule decides about one flow, and what matches."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.address import parse_address
from netcheck.model.flow import Flow
from netcheck.model.ports import parse_protocol
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkInterface, Site
from netcheck.policy.decision import HopKind
from netcheck.policy.nsgrule import FilterRule, NsgContext
from netcheck.policy.trace import FIELDS, RuleTrace, trace_rules
from netcheck.questions.asking import Asking
from netcheck.questions.explain import HopExplanation, explain
from tests.recorded.replies import Lines, subnet_of
from tests.recorded.transcripts import Json, last

SOME_PORTS = ("0", "1023", "49152", "65535")
"""Ports that stand for `*`: every answer of the recordings is the same for all of them."""
_NSG_HOPS = (HopKind.NIC_NSG, HopKind.SUBNET_NSG)


def verify_flow(site: Site, request: Json) -> Lines:
    """Return access and rule for the flow of a request; several lines where they differ among the ports of a `*`."""
    found = {
        _verify_one(site, request, local, remote)
        for local in _ports(request["localPort"])
        for remote in _ports(request["remotePort"])
    }
    return tuple(sorted(found))


def _verify_one(site: Site, request: Json, local: str, remote: str) -> str:
    ends = ((request["localIPAddress"], local), (request["remoteIPAddress"], remote))
    direction = Direction(request["direction"])
    source, destination = ends if direction is Direction.OUTBOUND else ends[::-1]
    flow = to_flow(source[0], destination[0], request["protocol"], source[1], destination[1])
    hops = [
        hop
        for hop in explain(site, flow, Asking(site)).hops
        if hop.result.hop in _NSG_HOPS and hop.result.direction == direction and hop.rules
    ]
    deciding = next((hop for hop in hops if not _passes(hop)), hops[-1] if hops else None)
    return "no NSG" if deciding is None else f"{_access(deciding)} {_rule_name(deciding.rules[-1].rule)}"


def _passes(hop: HopExplanation) -> bool:
    return all(decision.passes for decision in hop.decisions)


def _access(hop: HopExplanation) -> str:
    return " or ".join(dict.fromkeys(decision.access for decision in hop.decisions))


def _rule_name(rule: FilterRule) -> str:
    return f"{'defaultSecurityRules' if rule.is_default else 'securityRules'}/{rule.name}"


def verified(reply: Json) -> Lines:
    """Return Azure's answer to an IP flow verification."""
    return (f"{reply['access']} {reply['ruleName']}",)


def to_flow(source: str, destination: str, protocol: str, source_port: str, port: str) -> Flow:
    """Return a flow of the texts of a request."""
    one, other = parse_address(source), parse_address(destination)
    number = parse_protocol(protocol).numbers[0]
    return Flow(one.family, number, one.first, int(source_port), other.first, int(port))


def _ports(text: str) -> Sequence[str]:
    return SOME_PORTS if text == "*" else (text,)


def diagnose(site: Site, nic: NetworkInterface, profile: Json) -> Lines:
    """Return the rules that a flow meets at a NIC's NSG, each with what matches, and the one that decides."""
    nsg = site.nsg(nic.network_security_group)
    assert nsg is not None
    flow = to_flow(profile["source"], profile["destination"], profile["protocol"], "49152", profile["destinationPort"])
    context = NsgContext(Asking(site).book, subnet_of(site, nic), HopKind.NIC_NSG)
    traces = trace_rules(nsg, Direction(profile["direction"]), flow, context)
    deciding = traces[-1].rule
    decided = f"{deciding.access} {_report_name(deciding)}"
    return (f"{nsg.name} on {nic.name}: {decided}", *(_matches(one) for one in traces))


def _report_name(rule: FilterRule) -> str:
    return f"{'DefaultRule' if rule.is_default else 'UserRule'}_{rule.name}"


def _matches(trace: RuleTrace) -> str:
    fields = dict(trace.fields)
    return f"{_report_name(trace.rule)}: " + ", ".join(f"{name}Matched {fields[name]}" for name in FIELDS)


def diagnosed(result: Json) -> Lines:
    """Return Azure's answer to one profile of a diagnostic."""
    found: list[str] = []
    for nsg in result["networkSecurityGroupResult"]["evaluatedNetworkSecurityGroups"]:
        rule = nsg["matchedRule"]
        where = f"{last(nsg['networkSecurityGroupId'])} on {last(nsg['appliedTo'])}"
        found.append(f"{where}: {rule['action']} {rule['ruleName']}")
        found += [_stated_matches(one) for one in nsg["rulesEvaluationResult"]]
    return tuple(found)


def _stated_matches(one: Json) -> str:
    return f"{one['name']}: " + ", ".join(f"{name}Matched {one[f'{name}Matched']}" for name in FIELDS)
