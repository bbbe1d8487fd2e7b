"""What Azure computed for a NIC as a site file spells it: in the shape in which `az network nic` prints it."""

from __future__ import annotations

from netcheck.model.address import AddressRange, ApplicationSecurityGroup, Endpoint, address_text
from netcheck.model.effective import EffectiveNsg, EffectiveRoute, Level
from netcheck.model.names import last_segment
from netcheck.model.network import NetworkInterface
from netcheck.model.ports import PortRange
from netcheck.model.rules import NsgRule
from netcheck.reports._site_file_placed import endpoint_texts, port_texts
from netcheck.reports._site_file_rules import NSG_PROTOCOLS
from netcheck.reports._site_file_values import Entry, one_or_many, prefix_texts, protocol_text, set_only


def effective_entries(nic: NetworkInterface) -> Entry:
    """Return the computed rules and routes of a NIC, where it has them."""
    entry: Entry = {}
    if nic.effective_nsgs is not None:
        entry["effectiveNetworkSecurityGroups"] = {"value": [_level(one, nic) for one in nic.effective_nsgs]}
    if nic.effective_routes is not None:
        entry["effectiveRoutes"] = {"value": [_route(one) for one in nic.effective_routes]}
    return entry


def _level(one: EffectiveNsg, nic: NetworkInterface) -> Entry:
    owners = {Level.SUBNET: nic.subnet, Level.NIC: nic.name, Level.MANAGER: one.nsg.name}
    rules = [_rule(rule, "securityRules") for rule in one.nsg.rules]
    rules += [_rule(rule, "defaultSecurityRules") for rule in one.nsg.default_rules]
    return {
        "networkSecurityGroup": {"id": one.nsg.name},
        "association": {str(one.level): {"id": owners[one.level]}},
        "effectiveSecurityRules": rules,
    }


def _rule(rule: NsgRule, origin: str) -> Entry:
    return {
        "name": f"{origin}/{rule.name}",
        "priority": rule.priority,
        "direction": str(rule.direction),
        "access": str(rule.access),
        "protocol": protocol_text(rule.protocol, NSG_PROTOCOLS),
        **_side("source", rule.sources),
        **_ports("sourcePortRange", rule.source_ports),
        **_side("destination", rule.destinations),
        **_ports("destinationPortRange", rule.destination_ports),
        **set_only(uncertain=rule.unknown),
    }


def _side(side: str, endpoints: tuple[Endpoint, ...]) -> Entry:
    """Return one side; addresses stand where Azure expands tags, since a plain `0.0.0.0/0` may also mean `*`."""
    groups = [last_segment(one.name) for one in endpoints if isinstance(one, ApplicationSecurityGroup)]
    others = [one for one in endpoints if not isinstance(one, ApplicationSecurityGroup)]
    if others and not groups and all(isinstance(one, AddressRange) for one in others):
        return {f"expanded{side.capitalize()}AddressPrefix": endpoint_texts(others)}
    found = one_or_many(f"{side}AddressPrefix", f"{side}AddressPrefixes", endpoint_texts(others))
    return {**found, **set_only(**{f"{side}ApplicationSecurityGroups": groups})}


def _ports(name: str, ranges: tuple[PortRange, ...]) -> Entry:
    return one_or_many(name, f"{name}s", port_texts(ranges, all_ports=["*"]))


def _route(route: EffectiveRoute) -> Entry:
    return {
        **set_only(name=route.name, source=route.source),
        "state": "Active",
        "addressPrefix": prefix_texts(route.prefixes),
        "nextHopType": str(route.next_hop),
        "nextHopIpAddress": [address_text(one) for one in route.next_hop_addresses],
        **set_only(uncertain=route.unknown),
    }
