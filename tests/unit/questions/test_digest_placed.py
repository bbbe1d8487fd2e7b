"""The digest of what stands in networks: each change of what a packet may meet gives another one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from netcheck import digest
from netcheck.sources.load import load_site
from tests.unit.reports.test_site_file_placed import SITE
from tests.unit.sources.sites import write

Change = Callable[[dict[str, Any]], object]


def _nic(site: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = site["virtualMachines"][0]["networkInterfaces"][0]
    return found


def _balancer(site: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = site["loadBalancers"][0]
    return found


def _admin(site: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = site["securityAdminRules"][0]
    return found


def _network_rules(site: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = site["azureFirewalls"][0]["networkRuleCollections"][0]
    return found


def _nat_rule(site: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = site["azureFirewalls"][0]["natRuleCollections"][0]["rules"][0]
    return found


def _application_rule(site: dict[str, Any]) -> dict[str, Any]:
    group = site["firewallPolicies"][0]["ruleCollectionGroups"][0]
    found: dict[str, Any] = group["ruleCollections"][0]["rules"][0]
    return found


OTHER: dict[str, Change] = {
    "an endpoint's address": lambda s: s["privateEndpoints"][0].update(privateIPAddress="10.0.5.9"),
    "an endpoint's service": lambda s: s["privateEndpoints"][0].update(service="other"),
    "an endpoint's part": lambda s: s["privateEndpoints"][0].update(groupIds=["queue"]),
    "an endpoint's approval": lambda s: s["privateEndpoints"][0].pop("privateLinkServiceConnectionState"),
    "an endpoint's host": lambda s: s["privateEndpoints"][0].pop("customDnsConfigs"),
    "no endpoint": lambda s: s["privateEndpoints"].pop(),
    "a link": lambda s: s["privateDnsZones"][1].update(virtualNetworkLinks=["vnet"]),
    "no zones": lambda s: s.update(privateDnsZones=[]),
    "no word of zones": lambda s: s.pop("privateDnsZones"),
    "a SKU": lambda s: _balancer(s).update(sku="Standard"),
    "a frontend": lambda s: _balancer(s)["frontendIPConfigurations"][0].update(privateIPAddress="10.0.1.11"),
    "a pool": lambda s: _balancer(s)["backendAddressPools"].pop(),
    "floating": lambda s: _balancer(s)["loadBalancingRules"][0].update(enableFloatingIP=False),
    "a rule's port": lambda s: _balancer(s)["loadBalancingRules"][1].update(backendPort=80),
    "outbound": lambda s: _balancer(s)["loadBalancingRules"][1].update(disableOutboundSnat=False),
    "an outbound rule": lambda s: _balancer(s).pop("outboundRules"),
    "an uncertain balancer": lambda s: _balancer(s).update(uncertain="why"),
    "a member": lambda s: _nic(s).update(loadBalancerBackendAddressPools=["lb/empty"]),
    "default outbound access": lambda s: _nic(s).update(defaultOutboundConnectivityEnabled=True),
    "an admin rule's priority": lambda s: _admin(s).update(priority=2),
    "an admin rule's access": lambda s: _admin(s).update(access="Allow"),
    "an admin rule's direction": lambda s: _admin(s).update(direction="Outbound"),
    "an admin rule's protocol": lambda s: _admin(s).update(protocol="Tcp"),
    "an admin rule's source": lambda s: _admin(s).update(sources=["10.0.0.0/9", "Storage"]),
    "an admin rule's port": lambda s: _admin(s).update(destinationPortRanges=["80"]),
    "an admin rule's networks": lambda s: _admin(s).pop("virtualNetworks"),
    "an admin rule's manager": lambda s: _admin(s).update(networkManager="other"),
    "an uncertain admin rule": lambda s: _admin(s).update(uncertain="why"),
    "no admin rules": lambda s: s.pop("securityAdminRules"),
    "a firewall's address": lambda s: s["azureFirewalls"][0].update(privateIPAddress="10.0.1.21"),
    "a firewall's public address": lambda s: s["azureFirewalls"][0].update(publicIPAddress="203.0.113.7"),
    "a collection's priority": lambda s: _network_rules(s).update(priority=301),
    "a collection's action": lambda s: _network_rules(s).update(action="Allow"),
    "a network rule's ports": lambda s: _network_rules(s)["rules"][0].update(destinationPorts=["1"]),
    "a network rule's host": lambda s: _network_rules(s)["rules"][0].update(destinationFqdns=["y.com"]),
    "a network rule's source": lambda s: _network_rules(s)["rules"][0].update(sourceAddresses=["10.0.0.1"]),
    "a network rule's protocol": lambda s: _network_rules(s)["rules"][0].update(protocols=["TCP"]),
    "where DNAT leads": lambda s: _nat_rule(s).update(translatedAddress="10.0.1.5"),
    "to which port DNAT leads": lambda s: _nat_rule(s).update(translatedPort=1),
    "an application rule's host": lambda s: _application_rule(s).update(targetFqdns=["*.z.com"]),
    "an application rule's tag": lambda s: _application_rule(s).update(fqdnTags=["WindowsUpdate"]),
    "an application rule's port": lambda s: _application_rule(s)["protocols"][0].update(port=8443),
    "a group's priority": lambda s: s["firewallPolicies"][0]["ruleCollectionGroups"][0].update(priority=101),
    "no parent": lambda s: s["firewallPolicies"][1].pop("basePolicy"),
    "an uncertain firewall": lambda s: s["azureFirewalls"][0].update(uncertain="why"),
    "an effective rule": lambda s: _nic(s)["effectiveNetworkSecurityGroups"][0]["effectiveSecurityRules"].pop(0),
    "an effective level": lambda s: _nic(s)["effectiveNetworkSecurityGroups"][0].update(
        association={"networkInterface": "nic"}
    ),
    "no effective rules": lambda s: _nic(s).pop("effectiveNetworkSecurityGroups"),
    "an effective route": lambda s: _nic(s)["effectiveRoutes"][0].update(nextHopType="None"),
    "an effective prefix": lambda s: _nic(s)["effectiveRoutes"][0].update(addressPrefix=["10.0.0.0/16"]),
    "no effective routes": lambda s: _nic(s).pop("effectiveRoutes"),
    "policies of a subnet": lambda s: s["virtualNetworks"][0]["subnets"][1].pop("privateEndpointNetworkPolicies"),
    "policies of service endpoints": lambda s: s["virtualNetworks"][0]["subnets"][0].pop("serviceEndpointPolicies"),
    "forwarded packets": lambda s: s["virtualNetworks"][0]["virtualNetworkPeerings"][0].pop("allowForwardedTraffic"),
    "a gateway lent": lambda s: s["virtualNetworks"][0]["virtualNetworkPeerings"][0].pop("allowGatewayTransit"),
    "a gateway borrowed": lambda s: s["virtualNetworks"][0]["virtualNetworkPeerings"][0].pop("useRemoteGateways"),
    "propagated routes": lambda s: s["routeTables"][0].pop("disableBgpRoutePropagation"),
}
SAME: dict[str, Change] = {
    "order of resources": lambda s: [s[name].reverse() for name in ("privateEndpoints", "loadBalancers")],
    "order of rules": lambda s: s["securityAdminRules"].reverse(),
    "names of policies": lambda s: [
        s["firewallPolicies"][0].update(name="top"),
        s["firewallPolicies"][1].update(basePolicy="TOP"),
    ],
    "a policy that no firewall has": lambda s: s["firewallPolicies"].append({"name": "unused"}),
    "an IP group that no rule names": lambda s: s.update(ipGroups=[{"name": "g", "ipAddresses": ["10.0.0.0/8"]}]),
    "probes": lambda s: _balancer(s).update(probes=[{"name": "p"}]),
    "addresses as Azure prints them": lambda s: _admin(s).update(
        sources=[{"addressPrefix": "10.0.0.0/8", "addressPrefixType": "IPPrefix"}, {"addressPrefix": "Storage"}]
    ),
    "a route that lost": lambda s: _nic(s)["effectiveRoutes"].append(
        {"state": "Invalid", "addressPrefix": ["10.7.0.0/16"], "nextHopType": "None"}
    ),
}


def _digest(folder: Path, change: Change | None = None) -> str:
    site = yaml.safe_load(SITE)
    if change is not None:
        change(site)
    return digest(load_site([write(folder, json.dumps(site), "site.json")]))


def test_what_decides_has_another_digest(tmp_path: Path) -> None:
    """Each change gives a digest that no other change gives."""
    found = {name: _digest(tmp_path, change) for name, change in OTHER.items()}
    found["as it was"] = _digest(tmp_path)
    assert [name for name in found if list(found.values()).count(found[name]) > 1] == []


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_another_spelling_has_the_same_digest(change: Change, tmp_path: Path) -> None:
    """Order, names that decide nothing, what nothing refers to."""
    assert _digest(tmp_path, change) == _digest(tmp_path)
