"""What netcheck says to the questions of Azure's diagnostics, in the lines that both answers are written as.

Ours and Azure's answer are the same exactly if they are the same lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from netcheck.model.address import AddressRange, Endpoint, ServiceTag, parse_address, parse_prefix, span_to_prefixes
from netcheck.model.flow import Flow
from netcheck.model.ports import PortRange, parse_protocol
from netcheck.model.rules import Direction, NextHop, NsgRule
from netcheck.model.site import NetworkInterface, Site, Subnet
from netcheck.policy.decision import HopKind
from netcheck.policy.nsg import PLATFORM_PACKETS, ordered_rules
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.resolve import AddressBook, builtin_name
from netcheck.policy.routes import judge_route
from netcheck.policy.trace import RuleTrace, trace_rules
from netcheck.questions.asking import Asking
from netcheck.questions.explain import HopExplanation, explain
from netcheck.sets import packets as ps
from netcheck.sets.intervals import EMPTY, IntervalSet
from tests.recorded.transcripts import Json, last

Lines = tuple[str, ...]

SOME_PORTS = ("0", "1023", "49152", "65535")
"""Ports that stand for `*`: every answer of the recordings is the same for all of them."""
ROUTED_LATER = IntervalSet.of([(parse_address("25.0.0.0").first, parse_prefix("25.0.0.0/8")[0].last)])
"""The block that Azure left out of `Internet` until 2017 and of which it has taken in more and more since."""
_NSG_HOPS = (HopKind.NIC_NSG, HopKind.SUBNET_NSG)
_HOP_WORDS = {NextHop.VNET_LOCAL: "VirtualNetwork", NextHop.VNET_PEERING: "VNetPeering"}
_FIELDS = ("protocol", "source", "sourcePort", "destination", "destinationPort")


# IP flow verify ------------------------------------------------------------------------------------------------------


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


def _rule_name(rule: NsgRule) -> str:
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


# Next hop ------------------------------------------------------------------------------------------------------------


def next_hop(site: Site, nic: NetworkInterface, request: Json) -> Lines:
    """Return the next hop of a request's destination, the appliance where there is one, and the table."""
    subnet = subnet_of(site, nic)
    destination = parse_address(request["destinationIPAddress"])
    asked = IntervalSet.point(destination.first)
    table = site.route_table(subnet.route_table)
    found = []
    for word, rule, _ in _hops(site, subnet, asked):
        route = next((one for one in table.routes if one.name == rule), None) if table else None
        address = f" {str(route.next_hop_address).removesuffix('/32')}" if route and route.next_hop_address else ""
        where = table.name if route and table else "System Route"
        found.append(f"{_HOP_WORDS.get(NextHop(word), word)}{address}, {where}")
    return tuple(sorted(found))


def stated_hop(reply: Json) -> Lines:
    """Return Azure's answer to a next-hop question."""
    address = f" {reply['nextHopIpAddress']}" if "nextHopIpAddress" in reply else ""
    return (f"{reply['nextHopType']}{address}, {last(reply['routeTableId'])}",)


def subnet_of(site: Site, nic: NetworkInterface) -> Subnet:
    """Return the subnet a NIC is in."""
    subnet = site.subnet(nic.subnet)
    assert subnet is not None
    return subnet


def _hops(site: Site, subnet: Subnet, asked: IntervalSet) -> Iterator[tuple[str, str, IntervalSet]]:
    """Yield each next hop of a subnet's table with the route, and the addresses among those asked that it takes."""
    packets = ps.box(4, protocols=IntervalSet.point(6), destinations=asked) - PLATFORM_PACKETS
    found: dict[tuple[str, str], IntervalSet] = {}
    result, _ = judge_route(subnet, packets, AddressBook(site))
    for part in result.parts:
        for decision in {case.decision for case in part.cases if case.decision is not None}:
            at = (decision.note.removeprefix("next hop "), decision.rule)
            found[at] = found.get(at, EMPTY) | part.packets.project("destinations")[4]
    for (word, rule), addresses in sorted(found.items()):
        yield word, rule, addresses


# Effective routes ----------------------------------------------------------------------------------------------------


def routes(site: Site, nic: NetworkInterface, reply: Json) -> Lines:
    """Return, for each prefix that Azure routes, what netcheck's table does with the addresses it decides about."""
    subnet = subnet_of(site, nic)
    return tuple(f"{prefix}: {_where_to(site, subnet, own)}" for prefix, own, _ in _active(reply))


def _where_to(site: Site, subnet: Subnet, asked: IntervalSet) -> str:
    words: dict[str, IntervalSet] = {}
    for word, _, addresses in _hops(site, subnet, asked):
        words[word] = words.get(word, EMPTY) | addresses
    most, *others = sorted(words.items(), key=lambda item: -item[1].size)
    return ", ".join([most[0], *(f"but {word} for {' '.join(prefixes_of(of))}" for word, of in others)])


def stated_routes(reply: Json) -> Lines:
    """Return Azure's active routes."""
    return tuple(f"{prefix}: {word}" for prefix, _, word in _active(reply))


def _active(reply: Json) -> list[tuple[str, IntervalSet, str]]:
    """Return each active prefix with the addresses for which it is the longest, and its next hop."""
    listed = [
        (text, one["nextHopType"])
        for one in reply["value"]
        if one["state"] == "Active"
        for text in one["addressPrefix"]
    ]
    found = []
    for text, word in sorted(listed, key=lambda item: parse_prefix(item[0])[0].first):
        own = whole = _span(text)
        for other, _ in listed:
            if other != text and _span(other) <= whole:
                own = own - _span(other)
        found.append((text, own, word))
    return found


def _span(prefix: str) -> IntervalSet:
    one = parse_prefix(prefix)[0]
    return IntervalSet.span(one.first, one.last)


def prefixes_of(addresses: IntervalSet) -> list[str]:
    """Return the IPv4 prefixes of a set."""
    return [prefix for first, end in addresses.spans() for prefix in span_to_prefixes(4, first, end)]


# Network configuration diagnostic ------------------------------------------------------------------------------------


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


def _report_name(rule: NsgRule) -> str:
    return f"{'DefaultRule' if rule.is_default else 'UserRule'}_{rule.name}"


def _matches(trace: RuleTrace) -> str:
    fields = dict(trace.fields)
    return f"{_report_name(trace.rule)}: " + ", ".join(f"{name}Matched {fields[name]}" for name in _FIELDS)


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
    return f"{one['name']}: " + ", ".join(f"{name}Matched {one[f'{name}Matched']}" for name in _FIELDS)


# Effective security rules --------------------------------------------------------------------------------------------


def rules(site: Site, nic: NetworkInterface, *, is_expanded: bool) -> Lines:
    """Return the rules that apply to a NIC by its own NSG, with what netcheck puts in place of tags."""
    nsg = site.nsg(nic.network_security_group)
    assert nsg is not None
    book, subnet = Asking(site).book, subnet_of(site, nic)
    found = []
    for direction in Direction:
        for rule in ordered_rules(nsg, direction, site.deployment_model):
            sides = [
                _ours(rule.sources, "source", book, subnet, is_expanded=is_expanded),
                _ours(rule.destinations, "destination", book, subnet, is_expanded=is_expanded),
            ]
            protocol = "All" if rule.protocol.is_any else str(rule.protocol)
            ends = [f"{side} {_port_text(ports)}" for side, ports in zip(sides, _ports_of(rule), strict=True)]
            found.append(_rule_line(rule.name, direction, rule.priority, rule.access, protocol, ends))
    return tuple(sorted(found))


def _ports_of(rule: NsgRule) -> tuple[tuple[PortRange, ...], tuple[PortRange, ...]]:
    return rule.source_ports, rule.destination_ports


def _port_text(ranges: Sequence[PortRange]) -> str:
    return " ".join(f"{one.first}-{one.last}" for one in ranges)


def _rule_line(name: str, direction: str, priority: int, access: str, protocol: str, ends: Sequence[str]) -> str:
    return f"{direction} {priority} {name}: {access} {protocol.casefold()} {' -> '.join(ends)}"


def _ours(endpoints: Sequence[Endpoint], side: str, book: AddressBook, subnet: Subnet, *, is_expanded: bool) -> str:
    [endpoint] = endpoints
    if isinstance(endpoint, ServiceTag):
        if not is_expanded:
            return endpoint.name
        certain, possible = bounds(book, endpoint.name, side, subnet)
        return _tag_text(endpoint.name, certain, possible)
    return str(endpoint) if isinstance(endpoint, AddressRange) else "0.0.0.0/0"


def bounds(book: AddressBook, tag: str, side: str, subnet: Subnet | None) -> tuple[IntervalSet, IntervalSet]:
    """Return the IPv4 addresses that a tag certainly covers, and those that it may cover."""
    terms = book.terms([ServiceTag(tag)], 4, side, subnet)
    certain = possible = EMPTY
    for term in terms:
        possible = possible | term.addresses
        if term.fact is None:
            certain = certain | term.addresses
    return certain, possible


def _tag_text(tag: str, certain: IntervalSet, possible: IntervalSet) -> str:
    if builtin_name(tag) == "internet":  # 236 prefixes; the tests of the tag say which
        return f"{tag} (within bounds)"
    more = possible - certain
    return f"{tag} = {' '.join(prefixes_of(certain))}" + (f" and perhaps {' '.join(prefixes_of(more))}" if more else "")


def stated_rules(listed: Sequence[Json], site: Site, nic: NetworkInterface) -> Lines:
    """Return the rules that Azure computed, without the platform's own copies of the last ones."""
    book, subnet = Asking(site).book, subnet_of(site, nic)
    found = []
    for one in listed:
        name = _plain_name(one["name"])
        if name in ("DefaultInboundDenyAll", "DefaultOutboundDenyAll"):
            continue
        ends = [
            f"{_theirs(one, side, book, subnet)} {one[f'{side.lower()}PortRange']}"
            for side in ("Source", "Destination")
        ]
        found.append(_rule_line(name, one["direction"], one["priority"], one["access"], one["protocol"], ends))
    return tuple(sorted(found))


def _plain_name(name: str) -> str:
    for prefix in ("defaultSecurityRules/", "securityRules/", "DefaultRule_", "UserRule_"):
        name = name.removeprefix(prefix)
    return name


def is_expanded(listed: Sequence[Json]) -> bool:
    """Return whether Azure put prefixes in place of tags."""
    return any(f"expanded{side}AddressPrefix" in one for one in listed for side in ("Source", "Destination"))


def _theirs(rule: Json, side: str, book: AddressBook, subnet: Subnet) -> str:
    text = str(rule[f"{side.lower()}AddressPrefix"])
    expanded: list[Any] = rule.get(f"expanded{side}AddressPrefix", [])
    if not expanded:
        return "0.0.0.0/0" if text == "*" else text
    stated = IntervalSet.of(
        (one.first, one.last) for one in (parse_prefix(prefix)[0] for prefix in expanded) if one.family == 4
    )
    certain, possible = bounds(book, text, side.lower(), subnet)
    if builtin_name(text) == "internet" and certain - ROUTED_LATER <= stated <= possible:
        return _tag_text(text, certain, possible)
    return f"{text} = {' '.join(prefixes_of(stated))}"
