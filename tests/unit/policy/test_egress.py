"""How packets find a public source address: NAT gateway, public IP address, default outbound access, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

import netcheck as nc
from netcheck.model.site import Site
from tests.unit.sources.sites import load

TEXT = """\
netcheck: 1
deploymentModel: MODEL
virtualNetworks:
  - name: v
    addressSpace: [10.0.0.0/24]
    subnets: [{name: s, addressPrefix: 10.0.0.0/24SUBNET}]
routeTables:
  - {name: rt, routes: [{name: storage-out, addressPrefix: 20.60.0.0/24, nextHopType: Internet}]}
virtualMachines:
  - name: app
    hostFirewall: none
    networkInterfaces:
      - {name: n1, subnet: v/s, privateIPAddress: 10.0.0.4, primary: trueNIC}
OTHER
"""
SECOND = "      - {name: n2, subnet: v/s, privateIPAddress: 10.0.0.5PUBLIC}"
PUBLIC = ", publicIPAddress: 203.0.113.10"


def site(folder: Path, subnet: str = "", nic: str = "", other: str = "", model: str = "resourceManager") -> Site:
    """Load a network of one subnet and one VM."""
    text = TEXT.replace("SUBNET", subnet).replace("NIC", nic).replace("OTHER", other).replace("MODEL", model)
    return load(folder, text)


def asked(one: Site, protocol: str = "tcp") -> tuple[str, list[str]]:
    """Return the verdict about the first NIC's packets to Storage, and what the egress hop says."""
    answer = nc.can_reach(one, "10.0.0.4", "20.60.0.1", tcp=[443] if protocol == "tcp" else (), protocol=protocol)
    return str(answer.verdict), [d.note for p in answer.parts for d in p.decided_by if d.hop == "egress"]


PRIVATE, OPEN = ", defaultOutboundAccess: false", ", defaultOutboundAccess: true"
NAT = ", natGateway: nat-1"


@pytest.mark.parametrize(
    ("subnet", "nic", "verdict", "word"),
    [
        (OPEN, "", "reachable", "default outbound access"),
        (PRIVATE, "", "blocked", "private subnet"),
        (PRIVATE, PUBLIC, "reachable", "public IP address of n1"),
        (PRIVATE + NAT, "", "reachable", "NAT gateway nat-1"),
        (PRIVATE + NAT, PUBLIC, "reachable", "NAT gateway nat-1"),
        (OPEN, PUBLIC, "reachable", "public IP address of n1"),
        ("", PUBLIC, "reachable", "public IP address of n1"),
        (NAT, "", "reachable", "NAT gateway nat-1"),
        (PRIVATE + ", routeTable: rt", "", "blocked", "private subnet"),
    ],
)
def test_explicit_methods_come_first(subnet: str, nic: str, verdict: str, word: str, tmp_path: Path) -> None:
    """NAT gateway before public address before default access; in a private subnet a route to Internet is no method."""
    found, notes = asked(site(tmp_path, subnet, nic))
    assert (found, [True]) == (verdict, [word in note for note in notes])


def test_not_stated_is_not_true(tmp_path: Path) -> None:
    """Whether an unstated subnet is private depends on when its network was made: open, and the place is named."""
    one = site(tmp_path)
    assert asked(one)[0] == "undetermined"
    [reason] = [r for r in nc.can_reach(one, "app", "20.60.0.1", tcp=[443]).reasons if "defaultOutboundAccess" in r]
    assert "v/s" in reason
    assert "site.yaml:6:" in reason


def test_classic_machines_go_out_by_their_cloud_service(tmp_path: Path) -> None:
    """Private subnets do not exist in classic: its machines have the address of the cloud service."""
    assert asked(site(tmp_path, model="classic")) == ("reachable", ["address of the cloud service"])


def test_a_public_address_on_one_nic_takes_default_access_from_the_others(tmp_path: Path) -> None:
    """With a public address on another NIC of the VM, a NIC without one has no way out."""
    one = site(tmp_path, OPEN, "", SECOND.replace("PUBLIC", PUBLIC))
    verdict, [note] = asked(one)
    assert (verdict, "another NIC" in note) == ("blocked", True)
    assert nc.can_reach(one, "10.0.0.5", "20.60.0.1", tcp=[443]).verdict == "reachable"


def test_a_second_nic_without_public_address_changes_nothing(tmp_path: Path) -> None:
    """Only an explicit method on some NIC switches default outbound access off."""
    assert asked(site(tmp_path, OPEN, "", SECOND.replace("PUBLIC", "")))[0] == "reachable"


def test_a_nat_gateway_carries_tcp_and_udp_only(tmp_path: Path) -> None:
    """What a NAT gateway does not translate has no way out by it."""
    one = site(tmp_path, PRIVATE + NAT)
    assert asked(one, "icmp")[0] != "reachable"
    assert nc.can_reach(one, "10.0.0.4", "20.60.0.1", udp=[53]).verdict == "reachable"


def test_inside_the_network_no_egress_is_needed(tmp_path: Path) -> None:
    """A private subnet keeps nobody from the network's own addresses."""
    one = site(tmp_path, PRIVATE, "", SECOND.replace("PUBLIC", ""))
    assert nc.can_reach(one, "10.0.0.4", "10.0.0.5", tcp=[443]).verdict == "reachable"


def test_an_address_without_nic_goes_out_by_its_subnet(tmp_path: Path) -> None:
    """For an address of the subnet that no NIC holds the subnet's own methods count."""
    assert nc.can_reach(site(tmp_path, PRIVATE), "10.0.0.77", "20.60.0.1", tcp=[443]).verdict == "blocked"
    assert nc.can_reach(site(tmp_path, PRIVATE + NAT), "10.0.0.77", "20.60.0.1", tcp=[443]).verdict == "reachable"


def test_a_public_ipv4_address_is_no_way_out_over_ipv6(tmp_path: Path) -> None:
    """Egress is a matter of the family: a public IPv4 address does not settle what IPv6 packets do."""
    text = TEXT.replace("addressSpace: [10.0.0.0/24]", 'addressSpace: [10.0.0.0/24, "fd00::/64"]')
    text = text.replace("addressPrefix: 10.0.0.0/24SUBNET", 'addressPrefixes: [10.0.0.0/24, "fd00::/64"]')
    text = text.replace("trueNIC", f"true{PUBLIC}").replace("OTHER", "").replace("MODEL", "resourceManager")
    one = load(tmp_path, text)
    assert nc.can_reach(one, "fd00::9", "2603:1030::1", tcp=[443]).verdict != "reachable"
