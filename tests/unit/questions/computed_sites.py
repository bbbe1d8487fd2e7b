"""A network of one VM whose NIC has what Azure computed, by hand: the same as its own rules and routes, or not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from netcheck.model.site import Site
from netcheck.questions.asking import Asking
from netcheck.questions.finding import Finding
from netcheck.sources.load import load_site

Json = dict[str, Any]
VNET = ["10.0.0.0/16", "168.63.129.16/32"]
BALANCER = ["168.63.129.16/32", "fe80::1234:5678:9abc/128"]
ON_SUBNET: Json = {"subnet": {"id": "vnet/default"}}
ON_NIC: Json = {"networkInterface": {"id": "nic"}}


def rule(name: str, priority: int, access: str = "Deny", direction: str = "Inbound", **fields: Any) -> Json:
    """Return a rule of the site's own NSG, for everything unless fields say otherwise."""
    everything = {"protocol": "*", "sourcePortRange": "*", "destinationPortRange": "*"}
    everything |= {"sourceAddressPrefix": "*", "destinationAddressPrefix": "*"}
    return {"name": name, "priority": priority, "access": access, "direction": direction, **everything, **fields}


def effective(own: Json, *, is_default: bool = False, **fields: Any) -> Json:
    """Return a rule as Azure lists it: `*` is printed as `0.0.0.0/0`, ports are ranges, protocols have words."""
    found = {**own, "name": f"{'defaultSecurityRules' if is_default else 'securityRules'}/{own['name']}"}
    found["protocol"] = {"*": "All"}.get(own["protocol"], own["protocol"])
    for side in ("source", "destination"):
        if own[f"{side}AddressPrefix"] == "*":
            found |= {f"{side}AddressPrefix": "0.0.0.0/0", f"{side}AddressPrefixes": ["0.0.0.0/0", "0.0.0.0/0"]}
        ports = own[f"{side}PortRange"]
        found[f"{side}PortRange"] = "0-65535" if ports == "*" else ports if "-" in ports else f"{ports}-{ports}"
    return found | fields


def defaults() -> list[Json]:
    """Return Azure's own rules as it lists them, `Internet` left as a tag."""
    both = {"expandedSourceAddressPrefix": VNET, "expandedDestinationAddressPrefix": VNET}
    found = []
    for direction, word in (("Inbound", "In"), ("Outbound", "Out")):
        vnet = rule(f"AllowVnet{word}Bound", 65000, "Allow", direction, sourceAddressPrefix="VirtualNetwork")
        found.append(effective({**vnet, "destinationAddressPrefix": "VirtualNetwork"}, is_default=True, **both))
        found.append(effective(rule(f"DenyAll{word}Bound", 65500, "Deny", direction), is_default=True))
    balancer = rule("AllowAzureLoadBalancerInBound", 65001, "Allow", sourceAddressPrefix="AzureLoadBalancer")
    internet = rule("AllowInternetOutBound", 65001, "Allow", "Outbound", destinationAddressPrefix="Internet")
    found.append(effective(balancer, is_default=True, expandedSourceAddressPrefix=BALANCER))
    return [*found, effective(internet, is_default=True)]


def item(target: Json, *rules: Json, group: str = "web") -> Json:
    """Return the effective rules of one level; Azure's own are there, too."""
    named = {"networkSecurityGroup": {"id": f"/subscriptions/0/resourceGroups/rg/{group}"}} if group else {}
    return {**named, "association": target, "effectiveSecurityRules": [*rules, *defaults()]}


def route(prefix: str, hop: str, **fields: Any) -> Json:
    """Return one line of Azure's own table."""
    return {"source": "Default", "state": "Active", "addressPrefix": [prefix], "nextHopType": hop} | fields


def routes() -> list[Json]:
    """Return the table of a network without peerings, gateways and user routes."""
    nowhere = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
    known = [route("10.0.0.0/16", "VnetLocal"), route("0.0.0.0/0", "Internet")]
    return [*known, *(route(prefix, "None") for prefix in nowhere)]


def site(folder: Path, nic: Json, *rules: Json, subnet: Json | None = None, **fields: Any) -> Site:
    """Return a network of one VM; `nic` and `subnet` are more fields of these, `fields` of the site."""
    inner = {"name": "default", "addressPrefix": "10.0.0.0/24", "defaultOutboundAccess": True, **(subnet or {})}
    network = {"name": "vnet", "addressSpace": ["10.0.0.0/16"], "virtualNetworkPeerings": [], "subnets": [inner]}
    whole = {
        "netcheck": 1,
        "virtualNetworks": [network],
        "networkSecurityGroups": [{"name": "web", "securityRules": list(rules)}],
        "virtualMachines": [machine("vm", "nic", "10.0.0.4", **nic)],
    }
    path = folder / "site.json"
    path.write_text(json.dumps(whole | fields, indent=1), encoding="utf-8")
    return load_site([str(path)])


def machine(name: str, nic: str, address: str, **fields: Any) -> Json:
    """Return a VM with one NIC in the subnet."""
    one = {"name": nic, "subnet": "vnet/default", "privateIPAddress": address, **fields}
    return {"name": name, "networkInterfaces": [one]}


def findings(found: Site) -> tuple[Finding, ...]:
    """Return what is found in a site."""
    return Asking(found).findings


def told(found: Site) -> list[str]:
    """Return the messages, without the places of their rules."""
    return [" ".join(word for word in one.message.split() if not _is_place(word)) for one in findings(found)]


def _is_place(word: str) -> bool:
    return word == "at" or ".json:" in word
