"""Azure Firewalls of a site file: classic rules, policies and their order, IP groups, what is open, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.model.address import AnyAddress, ServiceTag, Unresolved, parse_address, parse_prefix, parse_range
from netcheck.model.azfirewall import (
    AzureFirewall,
    FirewallApplicationRule,
    FirewallNatRule,
    FirewallNetworkRule,
    FirewallRule,
)
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.model.rules import Access
from netcheck.model.site import Site
from tests.unit.sources.sites import NETWORK, load

ID = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network"
NETWORK_RULE = {
    "name": "r", "protocols": "[TCP]", "sourceAddresses": '["*"]', "destinationAddresses": "[Storage]",
    "destinationPorts": '["443"]',
}  # fmt: skip
APPLICATION_RULE = {
    "name": "r", "sourceAddresses": "[10.0.0.0/24]", "protocols": "[{protocolType: Https, port: 8443}]",
    "targetFqdns": '["*.blob.core.windows.net"]',
}  # fmt: skip
NAT_RULE = {
    "name": "r", "protocols": "[TCP]", "sourceAddresses": '["*"]', "destinationAddresses": "[203.0.113.7]",
    "destinationPorts": '["80"]', "translatedAddress": "10.0.0.4", "translatedPort": "8080",
}  # fmt: skip


def flow(fields: dict[str, str]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in fields.items() if value) + "}"


def site_of(folder: Path, firewall: str, more: str = "") -> Site:
    return load(folder, f"netcheck: 1\n{NETWORK}azureFirewalls:\n  - {{name: fw, {firewall}}}\n{more}")


def firewall(folder: Path, text: str, more: str = "") -> AzureFirewall:
    (found,) = site_of(folder, text, more).azure_firewalls
    return found


def rule(folder: Path, kind: str, fields: dict[str, str], more: str = "") -> FirewallRule:
    collection = f"[{{name: c, priority: 200, action: {{type: Allow}}, rules: [{flow(fields)}]}}]"
    found = firewall(folder, f"{kind}RuleCollections: {collection}", more)
    assert found.unknown == ""
    return found.collections[0].rules[0]


@pytest.mark.parametrize(
    "place",
    [
        "privateIPAddress: 10.0.0.6, subnet: vnet/default, publicIPAddress: 203.0.113.7",
        "ipConfigurations: [{name: c, privateIPAddress: 10.0.0.6, subnet: vnet/default, publicIPAddress: 203.0.113.7}]",
    ],
)
def test_addresses(place: str, tmp_path: Path) -> None:
    """In IP configurations, as Azure prints them, or beside the name."""
    found = firewall(tmp_path, place)
    assert (found.subnet, found.addresses) == ("vnet/default", (parse_address("10.0.0.6"),))
    assert (found.public_ips, found.has_public_ip) == ((parse_address("203.0.113.7"),), True)


def test_a_public_address_that_is_only_named(tmp_path: Path) -> None:
    """It is there, and which one it is no file says."""
    found = firewall(tmp_path, f"publicIPAddress: {{id: {ID}/publicIPAddresses/p}}")
    assert (found.public_ips, found.has_public_ip) == ((), True)


def test_a_network_rule(tmp_path: Path) -> None:
    """Ranges, tags and host names may stand as destination."""
    fields = {
        **NETWORK_RULE,
        "protocols": "[TCP, UDP, ICMP, Any]",
        "sourceAddresses": "[10.0.0.1-10.0.0.9, 10.1.0.0/16]",
        "destinationFqdns": "[time.example.com]",
        "destinationPorts": '[443, 8000-8080, "*"]',
    }
    found = rule(tmp_path, "network", fields)
    assert isinstance(found, FirewallNetworkRule)
    assert [one.numbers for one in found.protocols] == [(6,), (17,), (1, 58), ()]
    assert found.sources == (parse_range("10.0.0.1-10.0.0.9"), parse_prefix("10.1.0.0/16")[0])
    assert (found.destinations, found.hosts) == ((ServiceTag("Storage"),), ("time.example.com",))
    assert found.ports == (PortRange(443, 443), PortRange(8000, 8080), ALL_PORTS)


def test_an_application_rule(tmp_path: Path) -> None:
    """A scheme has a port of its own, or its usual one."""
    protocols = "[{protocolType: Https, port: 8443}, {protocolType: http}, {protocolType: Mssql}]"
    fields = {**APPLICATION_RULE, "protocols": protocols, "fqdnTags": "[AzureBackup]"}
    found = rule(tmp_path, "application", fields)
    assert isinstance(found, FirewallApplicationRule)
    assert found.ports == (("https", 8443), ("http", 80), ("mssql", 1433))
    assert (found.hosts, found.host_tags, found.unknown) == (("*.blob.core.windows.net",), ("AzureBackup",), "")


def test_a_nat_rule(tmp_path: Path) -> None:
    """Packets to an address of the firewall go to another address and port."""
    found = rule(tmp_path, "nat", NAT_RULE)
    assert isinstance(found, FirewallNatRule)
    assert (found.destinations, found.ports) == ((parse_address("203.0.113.7"),), (PortRange(80, 80),))
    assert (found.to_address, found.to_port) == (parse_address("10.0.0.4"), 8080)


def test_ip_groups(tmp_path: Path) -> None:
    """A rule has the addresses of the groups it names; one that no file describes is not nothing."""
    fields = {**NETWORK_RULE, "sourceAddresses": "", "sourceIpGroups": f"[{ID}/ipGroups/Web, other]"}
    more = "ipGroups:\n  - {name: web, ipAddresses: [10.0.0.1-10.0.0.9, 10.1.0.0/16]}\n"
    first, second, third = rule(tmp_path, "network", fields, more).sources
    assert (first, second) == (parse_range("10.0.0.1-10.0.0.9"), parse_prefix("10.1.0.0/16")[0])
    assert third == Unresolved("other", "no file describes IP group `other`")


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("network", {"destinationPorts": '"[not known]"'}, "`destinationPorts` is `[not known]`"),
        ("network", {"protocols": '"[not known]"'}, "`protocols` is `[not known]`"),
        ("application", {"targetFqdns": "", "targetUrls": "[www.x.com/a]"}, "it matches URLs"),
        ("application", {"targetFqdns": "", "webCategories": "[news]"}, "web categories news"),
        ("application", {"destinationAddresses": "[10.0.0.0/8]"}, "destination addresses"),
        ("nat", {"translatedAddress": "", "translatedFqdn": "web.internal"}, "the host `web.internal`"),
        ("nat", {"destinationAddresses": '["[not known]"]'}, "is no address of the firewall"),
        ("network", {"uncertain": "a condition"}, "a condition"),
    ],
)
def test_what_is_open_of_a_rule(kind: str, changes: dict[str, str], words: str, tmp_path: Path) -> None:
    """What no packet shows, or no file tells, makes a rule uncertain."""
    fields = {"network": NETWORK_RULE, "application": APPLICATION_RULE, "nat": NAT_RULE}[kind]
    assert words in rule(tmp_path, kind, {**fields, **changes}).unknown


def test_addresses_of_a_rule_that_are_not_known(tmp_path: Path) -> None:
    """They may be any set of addresses."""
    found = rule(tmp_path, "network", {**NETWORK_RULE, "sourceAddresses": '["[not known]"]'})
    assert [type(one) for one in found.sources] == [Unresolved]


def test_a_host_that_is_not_known(tmp_path: Path) -> None:
    """It may have any address: the rule is not one without destination."""
    changes = {"destinationAddresses": "", "destinationFqdns": '["[not known]"]'}
    found = rule(tmp_path, "network", {**NETWORK_RULE, **changes})
    assert isinstance(found, FirewallNetworkRule)
    assert (found.hosts, [type(one) for one in found.destinations]) == ((), [Unresolved])


@pytest.mark.parametrize(
    ("action", "expected"),
    [("Allow", Access.ALLOW), ("{type: deny}", Access.DENY)],
)
def test_actions(action: str, expected: Access, tmp_path: Path) -> None:
    """A word, or a mapping that holds it."""
    collection = f"[{{name: c, priority: 100, action: {action}, rules: [{flow(NETWORK_RULE)}]}}]"
    (found,) = firewall(tmp_path, f"networkRuleCollections: {collection}").collections
    assert (found.access, found.order) == (expected, (0, 0, 100))


POLICY = f"""\
firewallPolicies:
  - name: child
    basePolicy: {{id: {ID}/firewallPolicies/Parent}}
    ruleCollectionGroups:
      - name: g
        priority: 300
        ruleCollections:
          - name: c
            ruleCollectionType: FirewallPolicyFilterRuleCollection
            priority: 400
            action: {{type: Allow}}
            rules:
              - {{ruleType: NetworkRule, name: n, ipProtocols: [TCP], sourceAddresses: ["*"],
                 destinationAddresses: [Storage], destinationPorts: ["443"]}}
              - {{ruleType: ApplicationRule, name: a, sourceAddresses: ["*"], terminateTLS: false,
                 protocols: [{{protocolType: Https, port: 443}}], targetFqdns: ["*"]}}
          - name: d
            ruleCollectionType: FirewallPolicyNatRuleCollection
            priority: 500
            action: {{type: DNAT}}
            rules:
              - {{ruleType: NatRule, name: t, ipProtocols: [TCP], sourceAddresses: ["*"],
                 destinationAddresses: [203.0.113.7], destinationPorts: ["80"], translatedAddress: 10.0.0.4,
                 translatedPort: "80"}}
  - name: parent
    properties:
      threatIntelMode: Alert
      ruleCollectionGroups:
        - {{name: g, properties: {{priority: 200, ruleCollections: [{{name: p, priority: 100, action: {{type: Deny}},
           rules: [{{ruleType: NetworkRule, name: x, ipProtocols: [Any], sourceAddresses: ["*"],
                    destinationAddresses: ["*"], destinationPorts: ["*"]}}]}}]}}}}
"""


def test_a_policy_and_its_parent(tmp_path: Path) -> None:
    """Microsoft Learn: the parent first, then the group's priority, then the collection's; each kind for itself."""
    found = firewall(tmp_path, "firewallPolicy: child", POLICY)
    shown = [(one.name, one.order, one.access, type(one.rules[0])) for one in found.collections]
    assert shown == [
        ("p", (0, 200, 100), Access.DENY, FirewallNetworkRule),
        ("c", (1, 300, 400), Access.ALLOW, FirewallNetworkRule),
        ("c", (1, 300, 400), Access.ALLOW, FirewallApplicationRule),
        ("d", (1, 300, 500), Access.ALLOW, FirewallNatRule),
    ]
    assert found.unknown == ""
    assert found.collections[0].rules[0].sources == (AnyAddress(),)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("priority: 300", 'priority: "[not known]"', "`priority` is `[not known]`"),
        ("type: Deny", 'type: "[not known]"', "what collection `p` does is not known"),
        ("      - name: g\n", "      - name: g\n        uncertain: a condition\n", "a condition"),
        ("priority: 200", "priority: 300", ""),
        ("name: parent\n", "name: parent\n    uncertain: a condition\n", "a condition"),
        (
            "    ruleCollectionGroups:\n",
            f"    ruleCollectionGroups:\n      - {{id: {ID}/firewallPolicies/child/ruleCollectionGroups/x}}\n",
            "no file describes rule collection group",
        ),
        (
            "    ruleCollectionGroups:\n",
            "    ruleCollectionGroups:\n      - {name: x, priority: 300}\n",
            "two rule collection groups of `child` have one priority",
        ),
    ],
)
def test_what_is_open_of_a_policy(old: str, new: str, words: str, tmp_path: Path) -> None:
    """Where the order or a part of the rules is not known, the firewall may pass or drop anything."""
    found = firewall(tmp_path, "firewallPolicy: child", POLICY.replace(old, new, 1))
    assert words in found.unknown
    assert bool(words) is bool(found.unknown)


def test_two_collections_at_one_place(tmp_path: Path) -> None:
    """Which of them is looked at first is not documented; it matters where one denies."""
    allow = f"{{name: a, priority: 200, action: Allow, rules: [{flow(NETWORK_RULE)}]}}"
    deny = f"{{name: d, priority: 200, action: Deny, rules: [{flow(NETWORK_RULE)}]}}"
    found = firewall(tmp_path, f"networkRuleCollections: [{allow}, {deny}]")
    assert "collections `a` and `d` have one priority" in found.unknown


@pytest.mark.parametrize(
    ("text", "more", "expected"),
    [
        ("colour: red", "", ["NC120"]),
        ("subnet: vnet/defualt", "", ["NC131"]),
        ("privateIPAddress: 10.9.0.1, subnet: vnet/default", "", ["NC140"]),
        ("firewallPolicy: chidl", POLICY, ["NC131"]),
        ("firewallPolicy: child", POLICY.replace("name: parent\n", "name: parent\n    basePolicy: child\n"), ["NC139"]),
        (
            "firewallPolicy: child, networkRuleCollections: [{name: c, priority: 100, action: Allow, rules: []}]",
            POLICY,
            ["NC139"],
        ),
        ("networkRuleCollections: [{name: c, priority: 99, action: Allow, rules: []}]", "", ["NC135"]),
        ("networkRuleCollections: [{name: c, priority: 65001, action: Allow, rules: []}]", "", ["NC135"]),
        ("networkRuleCollections: [{name: c, priority: 100, rules: []}]", "", ["NC121"]),
        ("networkRuleCollections: [{name: c, priority: 100, action: Permit, rules: []}]", "", ["NC123"]),
        ("firewallPolicy: child", POLICY.replace("ruleType: NatRule", "ruleType: Nat"), ["NC123"]),
        ("firewallPolicy: child", POLICY.replace("ruleType: NatRule, ", ""), []),
        ("firewallPolicy: child", POLICY.replace("ruleType: NetworkRule, ", "", 1), ["NC121"]),
        ("publicIPAddress: 203.0.113.7", "ipGroups: [{name: g}]\n", ["NC121"]),
        ("publicIPAddress: 203.0.113.7", "ipGroups: [{name: g, ipAddresses: [10.0.0.9-10.0.0.1]}]\n", ["NC132"]),
    ],
)
def test_faults(text: str, more: str, expected: list[str], tmp_path: Path) -> None:
    """What is missing, misspelled or impossible is an error; a collection for DNAT has rules of one kind."""
    found = []
    try:
        site_of(tmp_path, text, more)
    except InputError as error:
        found = [one.code for one in error.diagnostics]
    assert found == expected


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("network", {"sourceAddresses": ""}, ["NC121"]),
        ("network", {"destinationAddresses": ""}, ["NC121"]),
        ("network", {"destinationPorts": ""}, ["NC121"]),
        ("network", {"protocols": ""}, ["NC121"]),
        ("network", {"protocols": "[GRE]"}, ["NC123"]),
        ("network", {"targetFqdns": "[x.com]"}, ["NC120"]),
        ("network", {"destinationPorts": "[70000]"}, ["NC134"]),
        ("application", {"targetFqdns": ""}, ["NC121"]),
        ("application", {"protocols": "[{protocolType: Ftp}]"}, ["NC123"]),
        ("application", {"protocols": "[{protocolType: Http, port: 0}]"}, ["NC124"]),
        ("nat", {"translatedPort": ""}, ["NC121"]),
        ("nat", {"translatedAddress": "10.0.0.0/24"}, ["NC132"]),
        ("nat", {"destinationAddresses": ""}, ["NC121"]),
    ],
)
def test_faults_of_a_rule(kind: str, changes: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    """A rule has sources, a protocol, and what its kind asks for."""
    fields = {"network": NETWORK_RULE, "application": APPLICATION_RULE, "nat": NAT_RULE}[kind]
    with pytest.raises(InputError) as caught:
        rule(tmp_path, kind, {**fields, **changes})
    assert [one.code for one in caught.value.diagnostics] == expected


def test_a_firewall_of_a_virtual_hub_stays_open(tmp_path: Path) -> None:
    """It stands in no subnet, and virtual hubs are not modelled."""
    site = site_of(tmp_path, f"virtualHub: {{id: {ID}/virtualHubs/h}}, hubIPAddresses: {{privateIPAddress: 10.9.0.4}}")
    assert "virtualHubs" in {one.name for one in site.unmodelled}
