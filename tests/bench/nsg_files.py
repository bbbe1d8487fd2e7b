"""Loads as the files that the command reads: an NSG as `az network nsg show` prints it, and a site in YAML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.bench.plain import EVERY_PORT, EVERY_PROTOCOL, Addresses, Load, PlainRule, Spans
from tests.bench.tagfile import VNET

_PROTOCOLS: dict[Spans, str] = {EVERY_PROTOCOL: "*", ((6, 6),): "Tcp", ((17, 17),): "Udp"}
DEFAULT_NAMES = ("AllowVnetOutBound", "AllowInternetOutBound", "DenyAllOutBound")


def rule_name(load: Load, index: int) -> str:
    """Return the name under which the files hold a rule."""
    own = len(load.rules) - len(DEFAULT_NAMES)
    return f"rule-{index:04}" if index < own else DEFAULT_NAMES[index - own]


def rule_index(load: Load, name: str) -> int:
    """Return the index of the rule that the files call `name`."""
    if name in DEFAULT_NAMES:
        return len(load.rules) - len(DEFAULT_NAMES) + DEFAULT_NAMES.index(name)
    return int(name.removeprefix("rule-"))


def nsg_mapping(load: Load) -> dict[str, Any]:
    """Return an NSG with the user rules of a load, outbound; the default ones are Azure's and not listed."""
    own = load.rules[: -len(DEFAULT_NAMES)]
    rules = [_rule_mapping(rule, rule_name(load, i), 100 + i) for i, rule in enumerate(own)]
    return {"name": "nsg-bench", "location": "westeurope", "resourceGroup": "rg-bench", "securityRules": rules}


def _rule_mapping(rule: PlainRule, name: str, priority: int) -> dict[str, Any]:
    return {
        "name": name,
        "priority": priority,
        "direction": "Outbound",
        "access": "Allow" if rule.allow else "Deny",
        "protocol": _PROTOCOLS[rule.protocols],
        **_field("sourceAddressPrefix", _words(rule.source), "es"),
        **_field("sourcePortRange", _port_words(rule.source_ports), "s"),
        **_field("destinationAddressPrefix", _words(rule.destination), "es"),
        **_field("destinationPortRange", _port_words(rule.destination_ports), "s"),
    }


def _field(name: str, words: list[str], plural: str) -> dict[str, str | list[str]]:
    return {name: words[0]} if len(words) == 1 else {name + plural: words}


def _words(side: Addresses) -> list[str]:
    return list(side.words)


def _port_words(ports: Spans) -> list[str]:
    if ports == EVERY_PORT:
        return ["*"]
    return [str(first) if first == last else f"{first}-{last}" for first, last in ports]


def site_mapping(load: Load, tags: Path) -> dict[str, Any]:
    """Return a site of one VM at 10.0.0.4 behind the NSG of a load."""
    nsg = {name: value for name, value in nsg_mapping(load).items() if name in ("name", "securityRules")}
    subnet = {
        "name": "app",
        "addressPrefix": "10.0.0.0/24",
        "networkSecurityGroup": "nsg-bench",
        "defaultOutboundAccess": True,
    }
    nic = {"name": "app-nic", "subnet": "vnet/app", "privateIPAddress": "10.0.0.4"}
    return {
        "netcheck": 1,
        "location": "westeurope",
        "serviceTags": str(tags),
        "virtualNetworks": [{"name": "vnet", "addressSpace": [VNET[0]], "subnets": [subnet]}],
        "networkSecurityGroups": [nsg],
        "virtualMachines": [
            {"name": "app-vm", "osType": "Linux", "networkInterfaces": [nic], "hostFirewall": "none"},
        ],
    }


def write_nsg_json(load: Load, path: Path) -> Path:
    """Write the NSG of a load as JSON."""
    path.write_text(json.dumps(nsg_mapping(load), indent=1), encoding="utf-8")
    return path


def write_nsg_yaml(load: Load, path: Path) -> Path:
    """Write the NSG of a load as `az … -o yaml` does."""
    path.write_text(_to_yaml(nsg_mapping(load), ""), encoding="utf-8")
    return path


def write_site_yaml(load: Load, path: Path, tags: Path) -> Path:
    """Write the site of a load as block YAML, one line a value, as people and exporters write it."""
    path.write_text(_to_yaml(site_mapping(load, tags), ""), encoding="utf-8")
    return path


def _to_yaml(value: Any, indent: str) -> str:
    """Return block YAML; strings are written as JSON strings, which are YAML."""
    if isinstance(value, dict):
        return "".join(f"{indent}{key}:{_below(item, indent + '  ')}" for key, item in value.items())
    return "".join(f"{indent}-{_item(item, indent)}" for item in value)


def _item(value: Any, indent: str) -> str:
    return " " + _to_yaml(value, indent + "  ").lstrip(" ") if isinstance(value, dict) else _below(value, indent)


def _below(value: Any, indent: str) -> str:
    return "\n" + _to_yaml(value, indent) if isinstance(value, dict | list) and value else f" {json.dumps(value)}\n"
