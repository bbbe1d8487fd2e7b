"""Sites that reports are made of: the stories of the fixtures, and an estate of many VMs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import netcheck as nc
from netcheck.model.site import Site
from netcheck.overview.report import Report, report
from tests.unit.cli.shared import ROOT

FIXTURES = ROOT / "fixtures"
ARTICLE = FIXTURES / "article-before" / "site.yaml"
OPEN = FIXTURES / "private-subnet" / "site.yaml"
"""A site of which one VM is undetermined, two are blocked and four pass."""
TAGS = FIXTURES / "tags" / "ServiceTags_Public_Small.json"


@cache
def report_of(path: Path) -> Report:
    """Return the report of a site file; several tests look at one."""
    return report(nc.load(path))


REFUSED = {
    "article-gov-tags/site.yaml", "intents-ci/site.yaml", "intents-ci/site-before.yaml", "matrix-small/site.yaml",
    "matrix-small/site-new.yaml", "what-a-change-does/site.yaml", "what-a-change-does/site-new.yaml",
    "edges-client/site-netsh-german.yaml",
}  # fmt: skip
"""Sites of which no report can be made: another cloud's tags, no region, a file that is refused."""
MANY = ("edges-client", "corner-load-balancer", "corner-azure-firewall", "edges-egress")
"""Stories whose variants are looked at too: proxies behind load balancers, several ways, both families."""
STORIES = sorted(
    name
    for path in (
        *FIXTURES.glob("*/site.yaml"),
        *(one for story in MANY for one in (FIXTURES / story).glob("site*.yaml")),
    )
    if (name := f"{path.parent.name}/{path.name}") not in REFUSED
)


def story(name: str) -> Report:
    """Return the report of a story."""
    return report_of(FIXTURES / name)


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


def write_estate(folder: Path, vms: int = 300) -> Path:
    """Write the estate as a site file."""
    path = folder / "estate.json"
    path.write_text(json.dumps(estate(vms)), encoding="utf-8")
    return path


def load(content: dict[str, Any], folder: Path) -> Site:
    """Return the site of a mapping."""
    path = folder / "site.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return nc.load(path)
