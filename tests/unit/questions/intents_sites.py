"""Small sites for tests of intents, and intents judged on them."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from netcheck.model.site import Site
from netcheck.questions.intents.judge import chosen, judge_intents
from netcheck.questions.intents.result import IntentsReport, Status
from netcheck.sources.intents.file import read_intents
from netcheck.sources.intents.old_sites import load_old_sites
from netcheck.sources.load import load_site


def rule(name: str, priority: int, access: str, source: str, port: str, protocol: str = "Tcp") -> dict[str, object]:
    """Return an inbound rule as Azure spells it."""
    return {
        "name": name, "priority": priority, "direction": "Inbound", "access": access, "protocol": protocol,
        "sourceAddressPrefix": source, "sourcePortRange": "*", "destinationAddressPrefix": "*",
        "destinationPortRange": port,
    }  # fmt: skip


LOCK = rule("no", 4000, "Deny", "*", "*", "*")
"""Denies everything, the platform's probes too."""


def site_of(folder: Path, *rules: dict[str, object], name: str = "site", public: bool = False) -> Site:
    """Return a site: `one` in subnet `vnet/a` behind an NSG, `two` and `three` in subnet `vnet/b` without one."""
    nic = {"name": "one-nic", "subnet": "vnet/a", "privateIPAddress": "10.0.0.4"}
    own = {**nic, "publicIPAddress": "203.0.113.20"} if public else nic
    machines = [{"name": "one", "hostFirewall": "none", "networkInterfaces": [own]}]
    for vm, address in (("two", "10.0.1.4"), ("three", "10.0.1.5")):
        nic = {"name": f"{vm}-nic", "subnet": "vnet/b", "privateIPAddress": address}
        machines.append({"name": vm, "hostFirewall": "none", "networkInterfaces": [nic]})
    subnets = [
        {
            "name": "a", "addressPrefix": "10.0.0.0/24", "networkSecurityGroup": "nsg",
            "defaultOutboundAccess": False,
        },
        {"name": "b", "addressPrefix": "10.0.1.0/24", "defaultOutboundAccess": False},
    ]  # fmt: skip
    value = {
        "netcheck": 1,
        "location": "westus",
        "virtualNetworks": [{"name": "vnet", "addressSpace": ["10.0.0.0/23"], "subnets": subnets}],
        "networkSecurityGroups": [{"name": "nsg", "securityRules": list(rules)}],
        "virtualMachines": machines,
    }
    return load_value(folder, value, name)


def load_value(folder: Path, value: object, name: str = "site") -> Site:
    """Return a site written as JSON."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return load_site([str(path)])


def judged(folder: Path, site: Site, *demands: str, before: str = "", only: tuple[str, ...] = ()) -> IntentsReport:
    """Judge intents, each the text of a demand, or a whole intent in braces."""
    path = folder / "intents.yaml"
    listed = "".join(f"  - {demand}\n" for demand in demands)
    path.write_text(f"netcheckIntents: 1\n{before}intents:\n{listed}", encoding="utf-8")
    file = read_intents(str(path))
    return judge_intents(site, file, load_old_sites(chosen(file, only)), only)


def told(report: IntentsReport) -> list[str]:
    """Return each breach as `code subject`, `holds` for an intent without one."""
    found = []
    for result in report.results:
        found += [f"{one.code} {one.subject}" for one in result.breaches] or [str(Status.HOLDS)]
    return found


def site_text(value: object) -> str:
    """Return a value as YAML."""
    return str(yaml.safe_dump(value, sort_keys=False))
