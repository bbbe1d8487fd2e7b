"""Endpoints, zones, load balancers, admin rules, firewalls and computed rules come back from the file they go into."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import netcheck
from netcheck.diagnostics import NOWHERE
from netcheck.model.site import Site
from tests.unit.reports.sites import reloaded
from tests.unit.sources.sites import load

ACCOUNT = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acct"
SITE = f"""\
netcheck: 1
virtualNetworks:
  - name: vnet
    addressSpace: [10.0.0.0/16]
    subnets:
      - {{name: app, addressPrefix: 10.0.1.0/24, routeTable: rt, serviceEndpointPolicies: [sep]}}
      - {{name: pe, addressPrefix: 10.0.5.0/24, privateEndpointNetworkPolicies: RouteTableEnabled}}
    virtualNetworkPeerings:
      - {{name: p, remoteVirtualNetwork: hub, remoteAddressSpace: [10.9.0.0/16], allowForwardedTraffic: true,
         useRemoteGateways: true, allowGatewayTransit: true}}
routeTables:
  - {{name: rt, disableBgpRoutePropagation: true, routes: []}}
virtualMachines:
  - name: vm
    networkInterfaces:
      - name: nic
        subnet: vnet/app
        privateIPAddress: 10.0.1.4
        defaultOutboundConnectivityEnabled: false
        loadBalancerBackendAddressPools: [lb/pool]
        effectiveNetworkSecurityGroups:
          - association: {{subnet: vnet/app}}
            networkSecurityGroup: nsg
            effectiveSecurityRules:
              - {{name: securityRules/a, priority: 100, direction: Outbound, access: Allow, protocol: All,
                 sourceAddressPrefix: VirtualNetwork, sourcePortRange: 0-65535, destinationPortRange: 443-443,
                 destinationAddressPrefix: Storage, expandedDestinationAddressPrefix: [0.0.0.0/0]}}
              - {{name: securityRules/b, priority: 110, direction: Outbound, access: Deny, protocol: Tcp,
                 sourceAddressPrefix: 0.0.0.0/0, sourcePortRange: 0-65535, destinationPortRanges: [80-80, 81-90],
                 destinationApplicationSecurityGroups: [{{id: web}}], uncertain: a reason}}
              - {{name: defaultSecurityRules/DenyAllOutBound, priority: 65500, direction: Outbound, access: Deny,
                 protocol: All, sourceAddressPrefix: 0.0.0.0/0, destinationAddressPrefix: 0.0.0.0/0,
                 sourcePortRange: 0-65535, destinationPortRange: 0-65535}}
        effectiveRoutes:
          - {{source: Default, state: Active, addressPrefix: [10.0.0.0/16, 10.9.0.0/16], nextHopType: VnetLocal,
             nextHopIpAddress: []}}
          - {{name: d, source: User, state: Active, addressPrefix: [0.0.0.0/0], nextHopType: VirtualAppliance,
             nextHopIpAddress: [10.0.3.4], uncertain: a reason}}
privateEndpoints:
  - {{name: a, subnet: vnet/pe, privateIPAddress: 10.0.5.4, service: {ACCOUNT}, groupIds: [blob, dfs],
     privateLinkServiceConnectionState: {{status: Approved}},
     customDnsConfigs: [{{fqdn: acct.blob.core.windows.net}}]}}
  - {{name: b, subnet: vnet/pe, privateIPAddresses: [10.0.5.5, 10.0.5.6], service: x,
     privateLinkServiceConnectionState: {{status: Rejected}}}}
  - {{name: c, subnet: vnet/pe}}
privateDnsZones:
  - {{name: privatelink.blob.core.windows.net, virtualNetworkLinks: [vnet]}}
  - {{name: privatelink.dfs.core.windows.net, virtualNetworkLinks: []}}
loadBalancers:
  - name: lb
    sku: Basic
    frontendIPConfigurations:
      - {{name: fe, privateIPAddress: 10.0.1.10, subnet: vnet/app}}
      - {{name: open, subnet: vnet/app}}
      - {{name: nowhere, privateIPAddress: "[not known]"}}
      - {{name: pub, publicIPAddress: 203.0.113.20}}
      - {{name: res, publicIPAddress: {{name: x}}}}
    backendAddressPools: [pool, empty]
    loadBalancingRules:
      - {{name: ha, frontendIPConfiguration: fe, backendAddressPool: pool, protocol: All, enableFloatingIP: true}}
      - {{name: web, frontendIPConfiguration: pub, protocol: Tcp, frontendPort: 443, backendPort: 8443,
         disableOutboundSnat: true}}
    outboundRules:
      - {{name: o, frontendIPConfigurations: [pub], backendAddressPool: pool, protocol: Udp}}
  - {{name: lb2, uncertain: a reason}}
securityAdminRules:
  - {{name: a, priority: 1, direction: Inbound, access: AlwaysAllow, protocol: Icmp, sources: [10.0.0.0/8, Storage],
     destinationPortRanges: [80, 90-99], virtualNetworks: [vnet], networkManager: nm}}
  - {{name: b, priority: "[not known]", direction: Outbound, access: Deny, protocol: Any,
     destinations: [{{addressPrefix: group, addressPrefixType: NetworkGroup}}], sourcePortRanges: ["1"]}}
azureFirewalls:
  - name: own
    subnet: vnet/app
    privateIPAddress: 10.0.1.20
    publicIPAddress: [203.0.113.7, 203.0.113.8]
    natRuleCollections:
      - name: d
        priority: 200
        rules:
          - {{name: r, protocols: [TCP, UDP], sourceAddresses: ["*"], destinationAddresses: [203.0.113.7],
             destinationPorts: [80, 90-99], translatedAddress: 10.0.1.4, translatedPort: 8080}}
          - {{name: f, protocols: [TCP], sourceAddresses: ["*"], destinationAddresses: [203.0.113.7],
             destinationPorts: [81], translatedFqdn: web, translatedPort: "[not known]"}}
    networkRuleCollections:
      - name: n
        priority: 300
        action: Deny
        rules:
          - {{name: r, protocols: [ICMP, Any], sourceAddresses: [10.0.0.1-10.0.0.9], sourceIpGroups: [missing],
             destinationAddresses: [Storage, "[x]"], destinationFqdns: [x.com], destinationPorts: ["*"]}}
  - {{name: with-policy, publicIPAddress: {{id: x}}, firewallPolicy: child}}
  - {{name: unsure, uncertain: a reason}}
firewallPolicies:
  - name: parent
    ruleCollectionGroups:
      - {{name: g, priority: 100, ruleCollections: [{{name: c, priority: 100, action: {{type: Allow}}, rules: [
         {{ruleType: ApplicationRule, name: a, sourceAddresses: ["*"], protocols: [{{protocolType: Https}}],
          targetFqdns: ["*.x.com"], fqdnTags: [AzureBackup]}},
         {{ruleType: NetworkRule, name: n, ipProtocols: [TCP], sourceAddresses: ["*"], destinationFqdns: [y.com],
          destinationPorts: ["443"]}}]}}]}}
  - name: child
    basePolicy: parent
    ruleCollectionGroups:
      - {{name: g, priority: 200, ruleCollections: [{{name: t, priority: 100, action: {{type: DNAT}},
         ruleCollectionType: FirewallPolicyNatRuleCollection, rules: [{{ruleType: NatRule, name: t, ipProtocols: [TCP],
          sourceAddresses: ["*"], destinationAddresses: [203.0.113.7], destinationPorts: ["80"],
          translatedAddress: 10.0.1.4, translatedPort: 80}}]}}]}}
"""


def without_places(value: object) -> object:
    """A value whose places are all the same: two files that say one thing say it in different lines."""
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        fields = {name: without_places(getattr(value, name)) for name in value.__dataclass_fields__}
        return (type(value).__name__, *((name, NOWHERE if name == "at" else held) for name, held in fields.items()))
    return tuple(without_places(one) for one in value) if isinstance(value, tuple) else value


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return load(tmp_path, SITE)


@pytest.mark.parametrize(
    "part",
    [
        "private_endpoints",
        "private_dns_zones",
        "load_balancers",
        "virtual_networks",
        "route_tables",
    ],
)
def test_what_is_written_is_what_was_meant(part: str, site: Site, tmp_path: Path) -> None:
    """Every field of every resource comes back; lists keep their order."""
    found = reloaded(site, tmp_path)
    assert without_places(getattr(found, part)) == without_places(getattr(site, part))


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_the_digest_comes_back(form: str, site: Site, tmp_path: Path) -> None:
    """Written as YAML or JSON the site is the same, and is written the same again."""
    found = reloaded(site, tmp_path, form)
    assert [one.access for one in found.admin_rules] == [one.access for one in site.admin_rules]
    assert [one.unknown for one in found.azure_firewalls] == [one.unknown for one in site.azure_firewalls]
    assert [one.order for one in found.azure_firewalls[1].collections] == [
        one.order for one in site.azure_firewalls[1].collections
    ]


def test_what_azure_computed_comes_back(site: Site, tmp_path: Path) -> None:
    """Levels, rules with what is open of them, and routes."""
    before = site.virtual_machines[0].primary
    after = reloaded(site, tmp_path).virtual_machines[0].primary
    assert without_places(after.effective_routes) == without_places(before.effective_routes)
    assert before.effective_nsgs is not None
    assert after.effective_nsgs is not None
    assert [one.level for one in after.effective_nsgs] == [one.level for one in before.effective_nsgs]
    shown = [
        [(rule.name, rule.unknown, rule.is_default) for rule in (*one.nsg.rules, *one.nsg.default_rules)]
        for nsgs in (before.effective_nsgs, after.effective_nsgs)
        for one in nsgs
    ]
    assert shown[0] == shown[1]
    assert (after.backend_pools, after.has_default_outbound) == (("lb/pool",), False)


def test_no_zone_is_not_no_word(tmp_path: Path) -> None:
    """An empty list of zones says that there are none."""
    for text, expected in (("", None), ("privateDnsZones: []\n", [])):
        found = load(tmp_path, f"netcheck: 1\n{text}")
        assert yaml.safe_load(netcheck.convert(found)).get("privateDnsZones") == expected


def test_no_level_is_not_no_word(site: Site, tmp_path: Path) -> None:
    """A NIC to which no NSG applies is not one of which nobody exported the rules."""
    nic = replace(site.virtual_machines[0].primary, effective_nsgs=())
    machine = replace(site.virtual_machines[0], interfaces=(nic,))
    found = reloaded(replace(site, virtual_machines=(machine,)), tmp_path)
    assert found.virtual_machines[0].primary.effective_nsgs == ()
