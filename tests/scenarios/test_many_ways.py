"""One network written down by many tools is one network: one digest, and one answer to every question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import netcheck
from netcheck.model.site import Site

FIXTURES = Path(__file__).parents[2] / "fixtures"
TAGS = str(FIXTURES / "tags" / "ServiceTags_Public_Small.json")
NSG = FIXTURES / "one-nsg-many-ways"
CLASSIC = FIXTURES / "classic-exports"

WAYS: dict[str, tuple[str, ...]] = {
    "az JSON": ("az-nsg-show.json",),
    "az YAML": ("az-nsg-list.yaml",),
    "REST": ("rest.json",),
    "Az PowerShell": ("az-powershell.json",),
    "Resource Graph": ("resource-graph.json",),
    "template": ("template.json", "template.parameters.json"),
    "Bicep": ("bicep-build.json",),
    "Terraform plan": ("terraform-plan.json",),
    "Terraform state": ("terraform.tfstate",),
    "table": ("rules.csv",),
    "site file": ("site.yaml",),
}
CLASSIC_WAYS: dict[str, tuple[str, ...]] = {
    "XML": ("nsg.xml",),
    "ConvertTo-Json": ("nsg.json",),
    "console": ("nsg.txt",),
}

# direction, source, destination, protocol, port; what happens and who decides, worked out from the README's rules.
QUESTIONS = (
    ("Inbound", "93.184.216.34", "10.1.0.10", "tcp", "443", "reachable", {"allow-https"}),
    ("Inbound", "93.184.216.34", "10.1.0.10", "tcp", "8443", "reachable", {"allow-https"}),
    ("Inbound", "93.184.216.34", "10.1.0.10", "tcp", "444", "blocked", {"deny-rest-in"}),
    ("Inbound", "93.184.216.34", "10.1.1.10", "tcp", "443", "blocked", {"deny-rest-in"}),
    ("Inbound", "93.184.216.34", "10.1.0.10", "udp", "443", "blocked", {"deny-rest-in"}),
    ("Inbound", "192.0.2.255", "10.1.0.10", "tcp", "22", "reachable", {"allow-admins"}),
    ("Inbound", "198.51.100.16", "10.1.0.10", "tcp", "22", "reachable", {"allow-admins"}),
    ("Inbound", "198.51.100.15", "10.1.0.10", "tcp", "22", "blocked", {"deny-rest-in"}),
    ("Inbound", "168.63.129.16", "10.1.0.10", "tcp", "8080", "reachable", {"allow-probes"}),
    ("Inbound", "10.1.2.3", "10.1.0.10", "udp", "1024", "blocked", {"deny-high-udp"}),
    ("Inbound", "10.1.2.3", "10.1.0.10", "udp", "1023", "blocked", {"deny-rest-in"}),
    ("Inbound", "10.1.2.3", "10.1.0.10", "tcp", "443", "blocked", {"deny-rest-in"}),
    ("Outbound", "10.1.0.10", "20.60.1.9", "tcp", "443", "reachable", {"allow-storage"}),
    ("Outbound", "10.1.0.10", "20.60.1.9", "tcp", "80", "blocked", {"deny-internet"}),
    ("Outbound", "10.1.1.10", "20.60.1.9", "tcp", "443", "blocked", {"deny-internet"}),
    ("Outbound", "10.1.0.10", "20.60.0.9", "tcp", "443", "blocked", {"deny-internet"}),
    ("Outbound", "10.1.0.10", "Storage.WestUS", "tcp", "80,443", "partial", {"allow-storage", "deny-internet"}),
    ("Outbound", "10.1.0.10", "10.1.1.4", "udp", "53", "reachable", {"allow-dns"}),
    ("Outbound", "10.1.0.10", "10.1.1.6", "udp", "53", "reachable", {"AllowVnetOutBound"}),
    ("Outbound", "10.1.0.10", "10.1.1.4", "tcp", "53", "reachable", {"AllowVnetOutBound"}),
    ("Outbound", "10.1.0.10", "10.9.0.1", "tcp", "443", "blocked", {"DenyAllOutBound"}),
)
# VIRTUAL_NETWORK is 10.0.0.0/16.
CLASSIC_QUESTIONS = (
    ("Inbound", "93.184.216.34", "10.0.0.4", "tcp", "3389", "reachable", {"rdp-rule"}),
    ("Inbound", "93.184.216.34", "10.0.0.4", "tcp", "3390", "blocked", {"DENY ALL INBOUND"}),
    ("Inbound", "93.184.216.34", "10.0.0.4", "tcp", "8079", "blocked", {"DENY ALL INBOUND"}),
    ("Inbound", "93.184.216.34", "10.0.0.4", "tcp", "8090", "reachable", {"web-of-the-back-office-range"}),
    ("Inbound", "10.0.9.9", "10.0.0.4", "tcp", "1433", "blocked", {"deny sql from the network"}),
    ("Inbound", "10.0.9.9", "10.0.0.4", "udp", "1433", "reachable", {"ALLOW VNET INBOUND"}),
    ("Inbound", "168.63.129.16", "10.0.0.4", "tcp", "80", "reachable", {"ALLOW AZURE LOAD BALANCER INBOUND"}),
    ("Outbound", "10.0.0.4", "10.0.1.5", "tcp", "8080", "reachable", {"allow-proxy"}),
    ("Outbound", "10.0.0.4", "10.0.1.5", "tcp", "8081", "reachable", {"ALLOW VNET OUTBOUND"}),
    ("Outbound", "10.0.0.4", "20.60.1.9", "tcp", "443", "blocked", {"deny-internet"}),
    ("Outbound", "10.0.0.4", "20.60.1.9", "udp", "443", "blocked", {"deny-internet"}),
)


def ask(folder: Path, files: tuple[str, ...], vnet: str, question: tuple[str, ...]) -> tuple[str, set[str]]:
    """Return the verdict of `netcheck filter` and the names of the rules that decide."""
    from netcheck.cli.main import main

    direction, source, target, protocol, port = question
    words = ["filter", *(str(folder / name) for name in files), "--tags", TAGS, "--vnet", vnet]
    words += ["--direction", direction, "--from", source, "--to", target, "--protocol", protocol, "--port", port]
    output = folder_output(words)
    main([*words, "-q", "-o", "json", "--output", str(output)])
    answer = json.loads(output.read_text(encoding="utf-8"))
    return answer["verdict"], {decision["rule"] for decision in answer["decisions"]}


def load(folder: Path, files: tuple[str, ...]) -> Site:
    return netcheck.load(*(folder / name for name in files), tags=TAGS)
