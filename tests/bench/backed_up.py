"""Estates whose backup traffic is judged: many VMs of few behaviours, a proxy among them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.bench.tagfile import ROOT

TAGS = ROOT / "fixtures" / "tags" / "ServiceTags_Public_Small.json"


def estate(vms: int = 300) -> dict[str, Any]:
    """Return a site of seven subnets with three NSGs, the last of which lets everything out.

    Each fifth VM is set to the proxy, which is one more VM in a subnet of its own.
    """
    machines = [_machine(number) for number in range(vms)]
    machines.append(
        {
            "name": "proxy",
            "osType": "Linux",
            "hostFirewall": "none",
            "proxyServer": {"port": 3128},
            "networkInterfaces": [{"name": "proxy-nic", "subnet": "net/s6", "privateIPAddress": "10.0.24.4"}],
        }
    )
    subnets = [
        {
            "name": f"s{number}",
            "addressPrefix": f"10.0.{number * 4}.0/22",
            "networkSecurityGroup": f"nsg-{number % 3}",
            "defaultOutboundAccess": True,
        }
        for number in range(7)
    ]
    return {
        "netcheck": 1,
        "location": "westus",
        "serviceTags": str(TAGS),
        "virtualNetworks": [{"name": "net", "addressSpace": ["10.0.0.0/16"], "subnets": subnets}],
        "networkSecurityGroups": [_group(number) for number in range(3)],
        "virtualMachines": machines,
        "backup": {"profile": "vm-2018"},
    }


def _machine(number: int) -> dict[str, Any]:
    subnet, host = number % 6, number // 6 + 4
    nic = {"name": f"nic-{number}", "subnet": f"net/s{subnet}", "privateIPAddress": f"10.0.{subnet * 4}.{host}"}
    client = {"proxyClient": {"winhttp": "http://10.0.24.4:3128"}} if number % 5 == 0 else {}
    return {"name": f"vm-{number:03}", "osType": "Windows", "networkInterfaces": [nic], **client}


def _group(number: int) -> dict[str, Any]:
    rules = [_rule(f"app-{at}", 200 + at, "Allow", f"10.{at}.0.0/16", str(8000 + at)) for at in range(20)]
    if number == 1:
        rules.append(_rule("allow-storage", 3000, "Allow", "Storage.WestUS", "443"))
    if number < 2:
        rules.append(_rule("deny-internet", 4000, "Deny", "Internet", "*"))
    return {"name": f"nsg-{number}", "securityRules": rules}


def _rule(name: str, priority: int, access: str, destination: str, port: str) -> dict[str, Any]:
    return {
        "name": name,
        "priority": priority,
        "direction": "Outbound",
        "access": access,
        "protocol": "*" if port == "*" else "Tcp",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": destination,
        "destinationPortRange": port,
    }


def write_estate(path: Path, vms: int = 300) -> Path:
    """Write the estate as a site file."""
    path.write_text(json.dumps(estate(vms)), encoding="utf-8")
    return path
