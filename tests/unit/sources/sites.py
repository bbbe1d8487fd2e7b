"""Site texts that the tests of the site format share: the article's network, and pieces to build others from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from netcheck.model.rules import NsgRule
from netcheck.model.site import Site
from netcheck.sources.load import load_site

ARTICLE = """\
netcheck: 1
cloud: Public                                   # Public | AzureGovernment | China | AzureGermany
location: westus
deploymentModel: classic                        # classic | resourceManager (default)
serviceTags: ServiceTags_Public.json            # path relative to this file
virtualNetworks:
  - name: vnet
    addressSpace: [10.0.0.0/24]
    subnets:
      - {name: default, addressPrefix: 10.0.0.0/24, networkSecurityGroup: NSG-lockdown}
networkSecurityGroups:
  - name: NSG-lockdown
    securityRules:
      - name: deny-internet
        priority: 4000
        direction: Outbound
        access: Deny
        protocol: "*"
        sourceAddressPrefix: "*"
        sourcePortRange: "*"
        destinationAddressPrefix: Internet
        destinationPortRange: "*"
virtualMachines:
  - name: app-vm
    osType: Windows
    networkInterfaces:
      - {name: app-nic, subnet: vnet/default, privateIPAddress: 10.0.0.4}
    proxyClient: {winhttp: "http://10.0.0.5:8080"}     # or the files themselves
    agent: {version: 2.6.1198.718}
  - name: proxy-vm
    osType: Windows
    networkInterfaces:
      - {name: proxy-nic, subnet: vnet/default, privateIPAddress: 10.0.0.5, publicIPAddress: 203.0.113.10}
    hostFirewall:
      kind: windows                                    # windows | iptables | nftables | ufw
      rules:
        - {name: proxy-in, direction: Inbound, action: Allow, protocol: TCP, localPort: 8080, remotePort: Any,
           remoteAddress: Any}
    proxyServer: {port: 8080, allowedDomains: [.blob.core.windows.net]}   # or squidConf: squid.conf
backup:
  profile: article-2015
  vault: {name: vault-1, location: westus}
"""

NETWORK = """\
virtualNetworks:
  - name: vnet
    addressSpace: [10.0.0.0/16, "fd00:1::/48"]
    subnets:
      - {name: default, addressPrefixes: [10.0.0.0/24, "fd00:1::/64"]}
"""

RULE: dict[str, object] = {
    "name": "rule-a",
    "priority": 200,
    "direction": "Outbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourceAddressPrefix": "*",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "Storage",
    "destinationPortRange": "443",
}


def write(folder: Path, text: str, name: str = "site.yaml") -> str:
    """Write a file and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def write_tags(folder: Path, cloud: str = "Public") -> str:
    """Write a service-tag file of Microsoft's shape with one tag."""
    properties = {
        "changeNumber": 2,
        "region": "westus",
        "regionId": 23,
        "platform": "Azure",
        "systemService": "AzureStorage",
        "addressPrefixes": ["20.60.0.0/24"],
        "networkFeatures": ["API", "NSG"],
    }
    value = {"name": "Storage.WestUS", "id": "Storage.WestUS", "properties": properties}
    return write(folder, json.dumps({"changeNumber": 9, "cloud": cloud, "values": [value]}), "ServiceTags_Public.json")


def load(folder: Path, text: str) -> Site:
    """Write a site and load it."""
    return load_site([write(folder, text)])


def load_rule(folder: Path, model: str = "resourceManager", **changes: Any) -> NsgRule:
    """Load a site with one NSG and return its rule: `RULE` with changes; None takes a key away."""
    rule = {name: value for name, value in {**RULE, **changes}.items() if value is not None}
    nsg = {"name": "nsg-app", "securityRules": [rule]}
    text = json.dumps({"netcheck": 1, "deploymentModel": model, "networkSecurityGroups": [nsg]})
    return load_site([write(folder, text, "site.json")]).network_security_groups[0].rules[0]


def load_machine(folder: Path, body: str) -> Site:
    """Load a site with one VM; `body` is what the VM says beside its name and NIC, indented by four."""
    nic = "    networkInterfaces:\n      - {name: app-nic, subnet: vnet/default, privateIPAddress: 10.0.0.4}\n"
    return load(folder, f"netcheck: 1\n{NETWORK}virtualMachines:\n  - name: app-vm\n{nic}{body}")
