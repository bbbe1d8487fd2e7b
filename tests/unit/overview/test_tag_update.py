"""What another tag file does to a site: every place that names a tag, and whatever the change turns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import netcheck as nc
from netcheck.overview.tag_update import TagUpdate, tag_update
from netcheck.questions.diff.tags import diff_tags
from netcheck.sources.load import load_site
from tests.unit.cli.shared import run

NETWORK = """
netcheck: 1
location: westus
virtualNetworks:
  - name: vnet
    addressSpace: [10.0.0.0/16]
    subnets:
      - {name: app, addressPrefix: 10.0.0.0/24, networkSecurityGroup: nsg, routeTable: table,
         defaultOutboundAccess: true}
      - {name: AzureFirewallSubnet, addressPrefix: 10.0.9.0/26}
networkSecurityGroups:
  - name: nsg
    securityRules:
      - {name: out, priority: 200, direction: Outbound, access: Allow, protocol: Tcp, sourceAddressPrefix: "*",
         sourcePortRange: "*", destinationAddressPrefix: Sql.WestUS, destinationPortRange: "1433"}
      - {name: deny, priority: 4000, direction: Outbound, access: Deny, protocol: "*", sourceAddressPrefix: "*",
         sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: "*"}
routeTables:
  - name: table
    routes: [{name: to-sql, addressPrefix: SQL.westus, nextHopType: Internet}]
securityAdminRules:
  - {name: always, priority: 1, direction: Outbound, access: Deny, protocol: Any, sources: [{addressPrefix: "*",
     addressPrefixType: IPPrefix}], destinations: [{addressPrefix: Bad, addressPrefixType: ServiceTag}]}
azureFirewalls:
  - name: fw
    subnet: vnet/AzureFirewallSubnet
    networkRuleCollections:
      - name: c
        priority: 100
        action: Allow
        rules: [{name: net, protocols: [TCP], sourceAddresses: ["*"], destinationAddresses: [Sql.WestUS],
                 destinationPorts: ["1433"]}]
virtualMachines:
  - name: vm
    hostFirewall: none
    networkInterfaces: [{name: nic, subnet: vnet/app, privateIPAddress: 10.0.0.4}]
"""


def tags(folder: Path, name: str, *, null: tuple[str, ...] = (), **listed: list[str]) -> str:
    """Write a tag file; a double underscore in a keyword stands for a dot. `null` are tags without features."""
    values: list[Any] = []
    for word, prefixes in listed.items():
        tag = word.replace("__", ".")
        properties = {"region": "", "addressPrefixes": prefixes, "networkFeatures": None if tag in null else ["NSG"]}
        values.append({"name": tag, "id": tag, "properties": properties})
    (folder / name).write_text(json.dumps({"changeNumber": 1, "cloud": "Public", "values": values}))
    return str(folder / name)


def update(folder: Path, old: str, new: str, text: str = NETWORK) -> TagUpdate:
    """Compare a site with two tag files."""
    site = folder / "site.yaml"
    site.write_text(text)
    before, after = nc.load_tags(old), nc.load_tags(new)
    return tag_update(diff_tags(before, after), *(load_site([str(site)], file) for file in (old, new)))


def test_every_kind_of_rule_that_names_the_tag_is_told(tmp_path: Path) -> None:
    """NSGs, routes, network managers, firewalls; letter case aside, and no rule that names another."""
    old = tags(tmp_path, "old.json", Sql__WestUS=["20.1.0.0/24"], Bad=["20.2.0.0/24"], Same=["20.3.0.0/24"])
    new = tags(tmp_path, "new.json", Sql__WestUS=["20.1.0.0/25"], Bad=["20.2.0.0/23"], Same=["20.3.0.0/24"])
    found = update(tmp_path, old, new)
    assert {(one.use.what, one.use.resource, one.use.user, one.change.tag) for one in found.rules} == {
        ("rule", "nsg", "out", "Sql.WestUS"),
        ("route", "table", "to-sql", "Sql.WestUS"),
        ("admin rule", "", "always", "Bad"),
        ("firewall rule", "fw", "net", "Sql.WestUS"),
    }
    closed = found.to_dict()["site"]["packets"]["closed"]  # type: ignore[index]  # JSON
    assert {text for block in closed for text in block["destination"]} == {"20.1.0.128/25"}
    assert found.is_certain


def test_a_tag_that_is_gone_or_may_not_be_named_leaves_packets_open(tmp_path: Path) -> None:
    """Nothing is certain of the rule then: it is neither closed nor unchanged."""
    old = tags(tmp_path, "old.json", Sql__WestUS=["20.1.0.0/24"], Bad=["20.2.0.0/24"])
    gone = tags(tmp_path, "gone.json", Bad=["20.2.0.0/24"])
    null = tags(tmp_path, "null.json", Sql__WestUS=["20.1.0.0/24"], Bad=["20.2.0.0/24"], null=("Sql.WestUS",))
    for new, word, code in ((gone, "gone", "NC222"), (null, "changed", "NC223")):
        found = update(tmp_path, old, new)
        assert {one.change.word for one in found.rules} == {word}
        assert found.is_open
        assert code in {one.code for one in found.found}
        assert code in {one.code for one in update(tmp_path, new, old).settled}


def test_a_site_that_is_not_concerned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other tags may change as they like: the status says that nothing is to be done."""
    old = tags(tmp_path, "old.json", Sql__WestUS=["20.1.0.0/24"], Bad=["20.2.0.0/24"], Other=["20.3.0.0/24"])
    new = tags(tmp_path, "new.json", Sql__WestUS=["20.1.0.128/25", "20.1.0.0/25"], Bad=["20.2.0.0/24"], Other=[])
    found = update(tmp_path, old, new)
    assert (found.rules, found.packets.changes, found.found, found.settled) == ((), (), (), ())
    outcome = run(capsys, ["tags", "diff", old, new, "--site", str(tmp_path / "site.yaml")])
    assert outcome.status == 0
    assert "no rule of" in outcome.out
    assert run(capsys, ["tags", "diff", old, new]).status == 1


def test_a_dead_rule_is_a_new_finding(tmp_path: Path) -> None:
    """A tag that shrinks into what an earlier rule takes makes its rule decide nothing."""
    text = NETWORK.replace(
        "      - {name: out,",
        '      - {name: first, priority: 100, direction: Outbound, access: Deny, protocol: "*", sourcePortRange: "*",\n'
        '         sourceAddressPrefix: "*", destinationAddressPrefix: 20.1.0.0/24, destinationPortRange: "*"}\n'
        "      - {name: out,",
    )
    old = tags(tmp_path, "old.json", Sql__WestUS=["20.1.0.0/23"], Bad=["20.2.0.0/24"])
    new = tags(tmp_path, "new.json", Sql__WestUS=["20.1.0.0/24"], Bad=["20.2.0.0/24"])
    found = update(tmp_path, old, new, text)
    assert ("NC201", "out") in {(one.code, one.rule) for one in found.found}
    assert found.packets.to_dict()["closed"]


def test_an_nsg_alone_is_a_site_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As `az network nsg show` prints it."""
    rule = {
        "name": "out", "priority": 100, "direction": "Outbound", "access": "Allow", "protocol": "Tcp",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "Sql",
        "destinationPortRange": "1433",
    }  # fmt: skip
    deny = {**rule, "name": "deny", "priority": 200, "access": "Deny", "destinationAddressPrefix": "20.0.0.0/8"}
    (tmp_path / "nsg.json").write_text(json.dumps({"name": "nsg", "securityRules": [rule, deny]}))
    old, new = tags(tmp_path, "old.json", Sql=["20.1.0.0/24"]), tags(tmp_path, "new.json", Sql=["20.1.0.0/25"])
    words = ["tags", "diff", old, new, "--site", str(tmp_path / "nsg.json"), "-o", "json", "-q"]
    outcome = run(capsys, words)
    packets = json.loads(outcome.out)["site"]["packets"]
    assert (outcome.status, packets["opened"]) == (1, [])
    assert {text for block in packets["closed"] for text in block["destination"]} == {"20.1.0.128/25"}
