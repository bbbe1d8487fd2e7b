"""Azure Firewalls as a site file spells them: with their own rules, or with the policies those came from.

A site does not keep the names of policies and groups, which decide nothing: they are named after the firewall.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netcheck.model.address import address_text
from netcheck.model.azfirewall import (
    AzureFirewall,
    FirewallApplicationRule,
    FirewallNatRule,
    FirewallNetworkRule,
    FirewallRule,
    RuleCollection,
)
from netcheck.model.expressions import NOT_KNOWN
from netcheck.model.ports import Protocol
from netcheck.reports._site_file_placed import endpoint_texts, port_texts
from netcheck.reports._site_file_values import Entry, Value, one_or_many, protocol_text, set_only

_PROTOCOLS: dict[tuple[int, ...], str] = {(): "Any", (6,): "TCP", (17,): "UDP", (1, 58): "ICMP"}
_SCHEMES = {"http": "Http", "https": "Https", "mssql": "Mssql"}
_KEYS: dict[type[FirewallRule], tuple[str, str]] = {
    FirewallNatRule: ("natRuleCollections", "NatRule"),
    FirewallNetworkRule: ("networkRuleCollections", "NetworkRule"),
    FirewallApplicationRule: ("applicationRuleCollections", "ApplicationRule"),
}


def firewall_entry(firewall: AzureFirewall) -> Entry:
    """Return a firewall, with its rules or with a reference to its policy."""
    public: list[Value] = [address_text(one) for one in firewall.public_ips]
    if firewall.has_public_ip and not public:
        public = [{"name": "not-known"}]
    entry: Entry = {
        "name": firewall.name,
        **set_only(subnet=firewall.subnet, privateIPAddress=[address_text(one) for one in firewall.addresses]),
        **one_or_many("publicIPAddress", "publicIPAddress", public),
        **set_only(uncertain=firewall.unknown),
    }
    if _depth(firewall):
        return {**entry, "firewallPolicy": _policy_name(firewall, _depth(firewall) - 1)}
    for kind, (name, _) in _KEYS.items():
        own = [one for one in firewall.collections if one.rules and type(one.rules[0]) is kind]
        entry |= set_only(**{name: [_collection(one, is_classic=True) for one in own]})
    return entry


def policy_entries(firewall: AzureFirewall) -> list[Entry]:
    """Return the policies of a firewall, the topmost parent first; none where its rules are its own."""
    return [_policy(firewall, depth) for depth in range(_depth(firewall))]


def _depth(firewall: AzureFirewall) -> int:
    """Return how many policies it takes to say in which order the rules are looked at."""
    orders = [one.order for one in firewall.collections if one.rules]
    return max(order[0] for order in orders) + 1 if any(order[:2] != (0, 0) for order in orders) else 0


def _policy_name(firewall: AzureFirewall, depth: int) -> str:
    return f"{firewall.name}-policy-{depth}"


def _policy(firewall: AzureFirewall, depth: int) -> Entry:
    own = [one for one in firewall.collections if one.order[0] == depth and one.rules]
    groups: list[Value] = [
        {
            "name": f"group-{priority}",
            "priority": priority,
            "ruleCollections": _collections(one for one in own if one.order[1] == priority),
        }
        for priority in dict.fromkeys(one.order[1] for one in own)
    ]
    base = {"basePolicy": _policy_name(firewall, depth - 1)} if depth else {}
    return {"name": _policy_name(firewall, depth), **base, "ruleCollectionGroups": groups}


def _collections(collections: Iterable[RuleCollection]) -> list[Value]:
    """Return collections; those that only the kind of their rules tells apart are one, as Azure has them."""
    found: dict[tuple[object, ...], Entry] = {}
    for one in collections:
        is_nat = isinstance(one.rules[0], FirewallNatRule)
        entry = _collection(one, is_classic=False)
        held = found.setdefault((one.name, one.order, one.access, is_nat), entry)
        if held is not entry:
            held["rules"] = [*_rules_of(held), *_rules_of(entry)]
    return list(found.values())


def _rules_of(entry: Entry) -> Sequence[Value]:
    rules = entry["rules"]
    assert isinstance(rules, list)
    return rules


def _collection(collection: RuleCollection, *, is_classic: bool) -> Entry:
    is_nat = isinstance(collection.rules[0], FirewallNatRule)
    kind = "FirewallPolicyNatRuleCollection" if is_nat else "FirewallPolicyFilterRuleCollection"
    action = "DNAT" if is_nat else str(collection.access)
    return {
        "name": collection.name,
        **({} if is_classic else {"ruleCollectionType": kind}),
        "priority": collection.priority,
        "action": {"type": action},
        "rules": [_rule(one, is_classic=is_classic) for one in collection.rules],
    }


def _rule(rule: FirewallRule, *, is_classic: bool) -> Entry:
    kind: Entry = {} if is_classic else {"ruleType": _KEYS[type(rule)][1]}
    match rule:
        case FirewallNetworkRule():
            more = {
                **_protocols(rule.protocols, is_classic=is_classic),
                "sourceAddresses": endpoint_texts(rule.sources, as_ranges=True),
                **set_only(
                    destinationAddresses=endpoint_texts(rule.destinations, as_ranges=True),
                    destinationFqdns=list(rule.hosts),
                ),
                "destinationPorts": port_texts(rule.ports, all_ports=["*"]),
            }
        case FirewallApplicationRule():
            more = {
                "protocols": [{"protocolType": _SCHEMES[scheme], "port": port} for scheme, port in rule.ports],
                "sourceAddresses": endpoint_texts(rule.sources, as_ranges=True),
                **set_only(targetFqdns=list(rule.hosts), fqdnTags=list(rule.host_tags)),
            }
        case FirewallNatRule():
            more = {
                **_protocols(rule.protocols, is_classic=is_classic),
                "sourceAddresses": endpoint_texts(rule.sources, as_ranges=True),
                "destinationAddresses": [str(one) for one in rule.destinations],
                "destinationPorts": port_texts(rule.ports, all_ports=["*"]),
                "translatedAddress": address_text(rule.to_address) if rule.to_address is not None else NOT_KNOWN,
                "translatedPort": rule.to_port,
            }
    return {"name": rule.name, **kind, **more, **set_only(uncertain=rule.unknown)}


def _protocols(protocols: tuple[Protocol, ...], *, is_classic: bool) -> Entry:
    return {"protocols" if is_classic else "ipProtocols": [protocol_text(one, _PROTOCOLS) for one in protocols]}
