"""Sites for the tests of checks, as YAML, and what lint says about them in short."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import netcheck as nc
from netcheck.lint.run import lint
from netcheck.model.address import AddressRange
from netcheck.questions.finding import Finding

TAGS = {
    "Storage.WestUS": ["20.60.1.0/24", "20.60.2.0/24", "20.60.3.0/24", "20.60.4.0/24", "20.60.5.0/24", "20.60.6.0/24"],
    "Storage": [f"20.60.{n}.0/24" for n in range(1, 40)],
    "AzureBackup.WestUS": ["20.70.1.0/24"],
}
FEATURES: dict[str, list[str] | None] = {"AzureBackup.WestUS": None}


def rule(name: str, priority: int, access: str = "Allow", **fields: str) -> str:
    """Return a rule in YAML: TCP, outbound, any end and port, unless fields say otherwise."""
    known = {
        "name": f'"{name}"',
        "priority": str(priority),
        "direction": "Outbound",
        "access": access,
        "protocol": "Tcp",
        "sourceAddressPrefix": '"*"',
        "sourcePortRange": '"*"',
        "destinationAddressPrefix": '"*"',
        "destinationPortRange": '"*"',
    }
    for plural in ("sourceAddressPrefix", "destinationAddressPrefix", "destinationPortRange"):
        if f"{plural}es" in fields or f"{plural}s" in fields:
            del known[plural]
    return f"      - {{{', '.join(f'{key}: {value}' for key, value in {**known, **fields}.items())}}}\n"


def group(*rules: str, name: str = "nsg") -> str:
    """Return the NSGs of a site in YAML."""
    listed = f"    securityRules:\n{''.join(rules)}" if rules else "    securityRules: []\n"
    return f"networkSecurityGroups:\n  - name: {name}\n{listed}"


def findings(
    folder: Path, text: str, *enable: str, with_tags: bool = False, vnet: Sequence[AddressRange] | None = None
) -> list[Finding]:
    """Return what lint finds in a site, of some kinds or codes, or of all."""
    head = "netcheck: 1\n"
    if with_tags:
        head += "serviceTags: tags.json\n"
        entries = [
            {
                "name": name,
                "id": name,
                "properties": {
                    "changeNumber": 1,
                    "region": "westus",
                    "systemService": "",
                    "addressPrefixes": prefixes,
                    "networkFeatures": FEATURES.get(name, ["API", "NSG"]),
                },
            }
            for name, prefixes in TAGS.items()
        ]
        tags = {"changeNumber": 1, "cloud": "Public", "values": entries}
        (folder / "tags.json").write_text(json.dumps(tags), encoding="utf-8")
    (folder / "site.yaml").write_text(head + text, encoding="utf-8")
    return list(lint(nc.load(folder / "site.yaml"), enable=enable, vnet=vnet).findings)


def told(found: Sequence[Finding]) -> list[tuple[str, str, str]]:
    """Return code, severity, and the rule or else the resource of findings."""
    return [(one.code, str(one.severity), one.rule or one.resource) for one in found]
