"""Estates drawn from a seed, as site files in JSON: hub and spokes, NSGs on subnets and some NICs, groups, routes.

    python -m tests.bench.estate FILE [--vms 10000] [--rules 140] [--named 400] [--appliance]

500 subnets in 20 virtual networks, of which the first is the hub that all others peer with; 300 NSGs; NSGs of their
own on 2% of the NICs; 200 application security groups, of which 70% of the VMs are in one or two; route tables that
drop prefixes or keep them local. `--named` VMs are named by their address in some rule; `--appliance` leads what
spokes send to each other through a VM of the hub.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

NETWORKS, SUBNETS, NSGS, GROUPS, TABLES = 20, 500, 300, 200, 30
_PER_NETWORK = SUBNETS // NETWORKS
_PORTS = ("443", "443", "22", "80", "1433", "3389", "8080-8090", "5432", "*", "*")


@dataclass(frozen=True, slots=True)
class Size:
    """What is drawn: `rules` are those of one NSG, both directions together, `ports` how many more ports rules name."""

    vms: int
    rules: int = 140
    named: int = 400
    has_appliance: bool = False
    ports: int = 0


def estate(size: Size, seed: int = 1) -> dict[str, Any]:
    """Return a site as the mapping that its file holds."""
    random = Random(seed)
    addresses = [_address(number) for number in range(size.vms)]
    named = random.sample(addresses, min(size.named, size.vms))
    names = _Names(random, named, size)
    nsgs = [_nsg(names, number, size.rules) for number in range(NSGS)]
    return {
        "netcheck": 1,
        "applicationSecurityGroups": [{"name": f"asg-{number}"} for number in range(GROUPS)],
        "routeTables": [_table(random, number, size.has_appliance) for number in range(TABLES)],
        "networkSecurityGroups": nsgs,
        "virtualNetworks": [_network(random, number) for number in range(NETWORKS)],
        "virtualMachines": [_machine(random, number, address) for number, address in enumerate(addresses)],
    }


def _address(number: int) -> str:
    """VMs go round the subnets, so that every size fills all of them; the first four addresses are Azure's."""
    subnet, host = number % SUBNETS, number // SUBNETS + 4
    network, place = divmod(subnet, _PER_NETWORK)
    return f"10.{network}.{4 * place + host // 256}.{host % 256}"


def _prefix(subnet: int) -> str:
    network, place = divmod(subnet, _PER_NETWORK)
    return f"10.{network}.{4 * place}.0/22"


def _groups_of(subnet: int) -> range:
    """The members of a group are in one virtual network, as Azure asks; the VMs of a subnet are in four of its ten."""
    network, place = divmod(subnet, _PER_NETWORK)
    first = network * (GROUPS // NETWORKS) + place % 7
    return range(first, first + 4)


class _Names:
    """What rules name. Every VM that is to be named is named once before any is a second time."""

    def __init__(self, random: Random, named: list[str], size: Size) -> None:
        self.random, self._named, self._next = random, named, 0
        self._ports = (*_PORTS, *(str(10_000 + number) for number in range(size.ports)))
        ends = 2 * NSGS * max(size.rules, 1)
        self._share = min(0.5, max(0.02, 1.2 * size.named / ends))
        self._count = max(1, math.ceil(1.2 * size.named / (ends * self._share)))

    def port(self) -> str:
        """Return the ports of a rule."""
        return self.random.choice(self._ports)

    def end(self, side: str) -> dict[str, Any]:
        """Return one end of a rule, as its keys."""
        random = self.random
        if self._named and random.random() < self._share:
            found = [self._named[(self._next + one) % len(self._named)] for one in range(self._count)]
            self._next += self._count
            return {f"{side}AddressPrefixes": [f"{address}/32" for address in found]}
        kind = random.random()
        if kind < 0.2:
            return {f"{side}AddressPrefix": "*"}
        if kind < 0.35:
            return {f"{side}AddressPrefix": "VirtualNetwork"}
        if kind < 0.55:
            return {f"{side}AddressPrefixes": sorted({_prefix(random.randrange(SUBNETS)) for _ in range(2)})}
        if kind < 0.85:
            return {f"{side}ApplicationSecurityGroups": [f"asg-{random.randrange(GROUPS)}"]}
        return {f"{side}AddressPrefix": f"10.{random.randrange(NETWORKS)}.0.0/{random.choice((16, 17, 18))}"}


def _nsg(names: _Names, number: int, rules: int) -> dict[str, Any]:
    return {"name": f"nsg-{number}", "securityRules": [_rule(names, position) for position in range(rules)]}


def _rule(names: _Names, position: int) -> dict[str, Any]:
    random = names.random
    return {
        "name": f"r{position}",
        "priority": 100 + position,
        "direction": "Inbound" if position % 2 else "Outbound",
        "access": "Deny" if random.random() < 0.35 else "Allow",
        "protocol": random.choice(("Tcp", "Tcp", "Tcp", "Udp", "*")),
        **names.end("source"),
        "sourcePortRange": "*",
        **names.end("destination"),
        "destinationPortRange": names.port(),
    }


def _table(random: Random, number: int, has_appliance: bool) -> dict[str, Any]:
    """Return a route table. A packet from one spoke to another meets the system's own route to nowhere."""
    routes = [
        {"name": "drop", "addressPrefix": f"10.{random.randrange(NETWORKS)}.0.0/20", "nextHopType": "None"},
        {"name": "out", "addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"},
    ]
    if has_appliance:
        routes.append(
            {
                "name": "hub",
                "addressPrefix": "10.0.0.0/8",
                "nextHopType": "VirtualAppliance",
                "nextHopIpAddress": "10.0.0.4",
            }
        )
    return {"name": f"table-{number}", "routes": routes}


def _network(random: Random, number: int) -> dict[str, Any]:
    peers = range(1, NETWORKS) if number == 0 else (0,)
    peerings = [
        {"name": f"to-{peer}", "remoteVirtualNetwork": f"net-{peer}", "allowForwardedTraffic": True} for peer in peers
    ]
    subnets = []
    for place in range(_PER_NETWORK):
        subnet = number * _PER_NETWORK + place
        one = {"name": f"s-{place}", "addressPrefix": _prefix(subnet), "defaultOutboundAccess": True}
        if random.random() < 0.9:
            one["networkSecurityGroup"] = f"nsg-{random.randrange(NSGS)}"
        if random.random() < 0.3:
            one["routeTable"] = f"table-{random.randrange(TABLES)}"
        subnets.append(one)
    return {
        "name": f"net-{number}",
        "addressSpace": [f"10.{number}.0.0/16"],
        "subnets": subnets,
        "virtualNetworkPeerings": peerings,
    }


def _machine(random: Random, number: int, address: str) -> dict[str, Any]:
    network, place = divmod(number % SUBNETS, _PER_NETWORK)
    nic: dict[str, Any] = {
        "name": f"nic-{number}",
        "subnet": f"net-{network}/s-{place}",
        "privateIPAddress": address,
    }
    if number == 0:
        nic["enableIPForwarding"] = True
    if random.random() < 0.02:
        nic["networkSecurityGroup"] = f"nsg-{random.randrange(NSGS)}"
    if random.random() < 0.7:
        groups = random.sample(_groups_of(number % SUBNETS), random.choice((1, 1, 2)))
        nic["applicationSecurityGroups"] = [f"asg-{group}" for group in sorted(groups)]
    return {"name": f"vm-{number}", "osType": "Linux", "networkInterfaces": [nic]}


def write_site(path: Path, size: Size, seed: int = 1) -> Path:
    """Write an estate as a site file."""
    path.write_text(json.dumps(estate(size, seed), separators=(",", ":")), encoding="utf-8")
    return path


def main() -> None:
    """Write one estate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--vms", type=int, default=10_000)
    parser.add_argument("--rules", type=int, default=140)
    parser.add_argument("--named", type=int, default=400)
    parser.add_argument("--ports", type=int, default=0)
    parser.add_argument("--appliance", action="store_true")
    options = parser.parse_args()
    size = Size(options.vms, options.rules, options.named, options.appliance, options.ports)
    print(f"{write_site(options.file, size).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
