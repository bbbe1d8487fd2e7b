"""A site of 300 VMs and 100 intents of every common kind, as files."""

from __future__ import annotations

import json
from pathlib import Path

VMS, SUBNETS, RULES = 300, 10, 30


def write_site(path: Path) -> Path:
    """Write ten subnets with an NSG of 31 rules each, and 30 VMs in each of them."""
    nsgs = [{"name": f"nsg{s}", "securityRules": [*_rules(s)]} for s in range(SUBNETS)]
    subnets = [
        {
            "name": f"s{s}", "addressPrefix": f"10.{s}.0.0/24", "networkSecurityGroup": f"nsg{s}",
            "defaultOutboundAccess": False,
        }
        for s in range(SUBNETS)
    ]  # fmt: skip
    machines = []
    for i in range(VMS):
        address = f"10.{i % SUBNETS}.0.{4 + i // SUBNETS}"
        nic = {"name": f"nic{i}", "subnet": f"vnet/s{i % SUBNETS}", "privateIPAddress": address}
        machines.append({"name": f"vm{i}", "hostFirewall": "none", "networkInterfaces": [nic]})
    network = {"name": "vnet", "addressSpace": ["10.0.0.0/12"], "subnets": subnets}
    value = {
        "netcheck": 1, "virtualNetworks": [network], "networkSecurityGroups": nsgs, "virtualMachines": machines,
    }  # fmt: skip
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def _rules(subnet: int) -> list[dict[str, object]]:
    allowed = [_rule(f"r{i}", 100 + i, "Allow", f"10.{i % 10}.0.0/24", f"{1000 + 10 * subnet + i % 7}")
               for i in range(RULES)]  # fmt: skip
    return [*allowed, _rule("deny", 4000, "Deny", "VirtualNetwork", "*", "*")]


def _rule(name: str, priority: int, access: str, source: str, port: str, protocol: str = "Tcp") -> dict[str, object]:
    return {
        "name": name, "priority": priority, "direction": "Inbound", "access": access, "protocol": protocol,
        "sourceAddressPrefix": source, "sourcePortRange": "*", "destinationAddressPrefix": "*",
        "destinationPortRange": port,
    }  # fmt: skip


def write_intents(path: Path) -> Path:
    """Write 10 lists, 45 demands of five pairs each, and 45 bans from the Internet and a whole subnet."""
    found: list[dict[str, object]] = []
    for k in range(100):
        if k < 10:
            demand: dict[str, object] = {"exactly": {"to": f"vm{k}", "allow": [{"from": "s1", "port": 1000}]}}
        elif k % 2:
            targets = [f"vm{j}" for j in range(5)]
            demand = {"mustReach": {"from": f"vm{k}", "to": targets, "port": 1000 + k % 7}}
        else:
            demand = {"mustNotReach": {"from": ["Internet", f"s{k % 10}"], "to": f"vm{k}", "port": 22}}
        found.append({"name": f"i{k}", **demand})
    path.write_text(json.dumps({"netcheckIntents": 1, "intents": found}), encoding="utf-8")
    return path
