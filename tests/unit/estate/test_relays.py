"""Pairs behind appliances: judged without a walk where the appliance is a VM with one NIC or an Azure Firewall."""

from __future__ import annotations

from pathlib import Path

import pytest

import netcheck as nc
from netcheck.estate.asked import Ask, select
from netcheck.estate.between import Plain
from netcheck.estate.filters import Lookup
from netcheck.estate.matrix import Judged, judge
from netcheck.estate.rows import row_of
from netcheck.path.leg import Verdict
from netcheck.questions.asking import Asking

HUB = """netcheck: 1
virtualNetworks:
  - name: hub
    addressSpace: [10.0.0.0/16]
    subnets:
      - {name: nva, addressPrefix: 10.0.1.0/24%(nva)s}
      - {name: AzureFirewallSubnet, addressPrefix: 10.0.2.0/24}
    virtualNetworkPeerings:
      - {name: to-one, remoteVirtualNetwork: one, allowForwardedTraffic: true}
      - {name: to-two, remoteVirtualNetwork: two, allowForwardedTraffic: true}
  - name: one
    addressSpace: [10.1.0.0/16]
    subnets: [{name: a, addressPrefix: 10.1.0.0/24, routeTable: out}]
    virtualNetworkPeerings: [{name: to-hub, remoteVirtualNetwork: hub, allowForwardedTraffic: true}]
  - name: two
    addressSpace: [10.2.0.0/16]
    subnets: [{name: a, addressPrefix: 10.2.0.0/24, routeTable: out}]
    virtualNetworkPeerings: [{name: to-hub, remoteVirtualNetwork: hub, allowForwardedTraffic: %(forwarded)s}]
routeTables:
  - name: out
    routes:
      - {name: through, addressPrefix: 10.0.0.0/8, nextHopType: VirtualAppliance, nextHopIpAddress: %(hop)s}
  - name: back
    routes:
      - {name: again, addressPrefix: 10.2.0.0/16, nextHopType: VirtualAppliance, nextHopIpAddress: 10.0.1.4}
virtualMachines:
  - name: nva
    networkInterfaces:
      - {name: nva-nic, subnet: hub/nva, privateIPAddress: 10.0.1.4, enableIPForwarding: %(forwards)s}
  - name: vm-one
    networkInterfaces: [{name: one-nic, subnet: one/a, privateIPAddress: 10.1.0.4}]
  - name: vm-two
    networkInterfaces: [{name: two-nic, subnet: two/a, privateIPAddress: 10.2.0.4}]
"""
DENIES = """networkSecurityGroups:
  - name: strict
    securityRules:
      - {name: no, priority: 100, direction: %s, access: Deny, protocol: "*", sourceAddressPrefix: "*",
         sourcePortRange: "*", destinationAddressPrefix: 10.2.0.0/16, destinationPortRange: "22"}
"""
FIREWALL = """azureFirewalls:
  - name: azfw
    subnet: hub/AzureFirewallSubnet
    privateIPAddress: 10.0.2.4
    networkRuleCollections:
      - name: some
        priority: 100
        action: {type: Allow}
        rules:
          - {name: web, protocols: [TCP], sourceAddresses: [10.1.0.0/16], destinationAddresses: ["*"],
             destinationPorts: ["443"]}
"""


def judged(folder: Path, ask: Ask, more: str = "", **given: str) -> Judged:
    """Return all pairs of a hub with two spokes that reach each other through an appliance."""
    usual = {"nva": "", "forwarded": "true", "hop": "10.0.1.4", "forwards": "true"}
    (folder / "site.yaml").write_text(HUB % {**usual, **given} + more, encoding="utf-8")
    site = nc.load(folder / "site.yaml")
    return judge(Asking(site), ask, select(site, ask))


def verdict(found: Judged, source: str, target: str) -> Verdict | None:
    """Return the verdict about the packets between two VMs."""
    names = [found.estate.machine(number).name for number in range(len(found.estate.classes))]
    return row_of(found.whole(), names.index(source)).of(1 << names.index(target))


def is_walked(found: Judged) -> bool:
    """Return whether the walk has to tell about a pair of different VMs."""
    sent = Plain(Lookup(found.estate)).judge(found.cells[0])
    others = ((one.unclear, classes) for one, classes in sent.items())
    return any(unclear & ~classes for unclear, classes in others)


@pytest.mark.parametrize(
    ("given", "more", "expected"),
    [
        ({}, "", "reachable"),
        ({"forwards": "false"}, "", "blocked"),
        ({"forwarded": "false"}, "", "blocked"),
        ({"nva": ", networkSecurityGroup: strict"}, DENIES % "Inbound", "blocked"),
        ({"nva": ", networkSecurityGroup: strict"}, DENIES % "Outbound", "blocked"),
    ],
)
def test_a_vm_passes_packets_on(given: dict[str, str], more: str, expected: str, tmp_path: Path) -> None:
    """Both ways through its NSG, if Azure lets it forward and the peer behind it takes what is forwarded."""
    found = judged(tmp_path, Ask(ports=("22",)), more, **given)
    assert str(verdict(found, "vm-one", "vm-two")) == expected
    assert not is_walked(found)


def test_what_is_for_the_appliance_needs_nobody_to_forward_it(tmp_path: Path) -> None:
    """A route leads to it, and there it ends; nor does what it sends to the peers need their leave."""
    found = judged(tmp_path, Ask(ports=("22",)), forwards="false", forwarded="false")
    assert str(verdict(found, "vm-one", "nva")) == "reachable"
    assert str(verdict(found, "nva", "vm-two")) == "reachable"


def test_an_appliance_whose_own_subnet_leads_back_to_it_is_walked(tmp_path: Path) -> None:
    """The walk finds the loop."""
    found = judged(tmp_path, Ask(ports=("22",)), nva=", routeTable: back")
    assert str(verdict(found, "vm-one", "vm-two")) == "blocked"
    assert is_walked(found)


@pytest.mark.parametrize(
    ("source", "target", "expected"), [("vm-one", "vm-two", "partial"), ("vm-two", "vm-one", "blocked")]
)
def test_an_azure_firewall_decides_by_ports_that_no_nsg_names(
    source: str, target: str, expected: str, tmp_path: Path
) -> None:
    """Its rules cut the question as those of NSGs do: on 443 it lets one direction through."""
    found = judged(tmp_path, Ask(ports=("80-500",)), FIREWALL, hop="10.0.2.4")
    assert str(verdict(found, source, target)) == expected
    assert not is_walked(found)


def test_a_vm_with_a_firewall_of_its_own_is_walked(tmp_path: Path) -> None:
    """What Windows does with packets that it forwards is not evaluated."""
    described = "    hostFirewall: {kind: windows, rules: []}\n"
    text = HUB.replace("  - name: vm-one\n", f"{described}  - name: vm-one\n")
    usual = {"nva": "", "forwarded": "true", "hop": "10.0.1.4", "forwards": "true"}
    (tmp_path / "site.yaml").write_text(text % usual, encoding="utf-8")
    site = nc.load(tmp_path / "site.yaml")
    ask = Ask(ports=("22",))
    found = judge(Asking(site), ask, select(site, ask))
    assert is_walked(found)
    assert str(verdict(found, "vm-one", "vm-two")) == "undetermined"
