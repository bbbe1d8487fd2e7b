"""Networks, subnets, route tables, peerings and NICs: references, places and the shapes exports have."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.model.address import ServiceTag, parse_address, parse_prefix
from netcheck.model.network import PublicIpSku
from netcheck.model.rules import NextHop
from netcheck.model.site import PublicIp
from tests.unit.sources.sites import NETWORK, load, load_machine

ID = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network"


def codes(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder, text)
    return [found.code for found in caught.value.diagnostics]


def test_references_by_name_and_by_id(tmp_path: Path) -> None:
    """A reference is a name in any letter case, a resource ID, or a mapping with `id`; the declared spelling wins."""
    text = f"""\
netcheck: 1
networkSecurityGroups:
  - {{name: Nsg-App, securityRules: []}}
routeTables:
  - {{name: routes, routes: []}}
virtualNetworks:
  - name: vnet
    addressSpace: {{addressPrefixes: [10.0.0.0/16]}}
    subnets:
      - name: a
        addressPrefix: 10.0.0.0/24
        networkSecurityGroup: nsg-app
        routeTable: {{id: {ID}/routeTables/Routes}}
      - name: b
        addressPrefix: 10.0.1.0/24
        networkSecurityGroup: {{id: {ID}/networkSecurityGroups/NSG-APP, resourceGroup: rg}}
        natGateway: {ID}/natGateways/nat
        serviceEndpoints:
          - Microsoft.Storage
          - {{service: Microsoft.Sql, locations: [westus], provisioningState: Succeeded}}
        defaultOutboundAccess: false
        delegations: []
"""
    a, b = load(tmp_path, text).virtual_networks[0].subnets
    assert (a.network_security_group, a.route_table, a.default_outbound_access) == ("Nsg-App", "routes", None)
    assert (b.network_security_group, b.nat_gateway, b.default_outbound_access) == ("Nsg-App", "nat", False)
    assert b.service_endpoints == ("Microsoft.Storage", "Microsoft.Sql")


def test_association_told_by_the_nsg(tmp_path: Path) -> None:
    """An exported NSG names its subnets and NICs; the subnet or NIC need not say it again."""
    text = f"""\
netcheck: 1
networkSecurityGroups:
  - name: nsg-app
    securityRules: []
    subnets: [{{id: {ID}/virtualNetworks/VNET/subnets/default}}, {{id: {ID}/virtualNetworks/other/subnets/x}}]
    networkInterfaces: [{{id: {ID}/networkInterfaces/app-nic}}]
{NETWORK}\
virtualMachines:
  - name: app-vm
    networkInterfaces: [{{name: app-nic, subnet: vnet/default, privateIPAddress: 10.0.0.4}}]
"""
    site = load(tmp_path, text)
    assert site.virtual_networks[0].subnets[0].network_security_group == "nsg-app"
    assert site.virtual_machines[0].primary.network_security_group == "nsg-app"


def test_routes(tmp_path: Path) -> None:
    """Routes keep their prefix or tag and next hop; a next hop of `None` is a word, not null."""
    text = """\
netcheck: 1
routeTables:
  - name: routes
    disableBgpRoutePropagation: true
    routes:
      - {name: a, addressPrefix: 0.0.0.0/0, nextHopType: VirtualAppliance, nextHopIpAddress: 10.0.0.9}
      - {name: b, addressPrefix: Storage.WestUS, nextHopType: internet, nextHopIpAddress: null}
      - {name: c, addressPrefix: 10.9.0.0/16, nextHopType: None, nextHopIpAddress: ""}
"""
    a, b, c = load(tmp_path, text).route_tables[0].routes
    assert (NextHop.VIRTUAL_APPLIANCE, parse_address("10.0.0.9")) == (a.next_hop, a.next_hop_address)
    assert (ServiceTag("Storage.WestUS"), NextHop.INTERNET) == (b.prefix, b.next_hop)
    assert (parse_prefix("10.9.0.0/16")[0], NextHop.NONE) == (c.prefix, c.next_hop)


@pytest.mark.parametrize("is_outside", [False, True])
def test_peerings(is_outside: bool, tmp_path: Path) -> None:
    """A peering stands in its network, as az prints it, or in a list of its own that names the network."""
    peering = f"""\
- name: to-hub
  id: {ID}/virtualNetworks/vnet/virtualNetworkPeerings/to-hub
  remoteVirtualNetwork: {{id: {ID}/virtualNetworks/hub}}
  remoteAddressSpace: {{addressPrefixes: [10.9.0.0/16]}}
  peeringState: Disconnected
  allowVirtualNetworkAccess: false
  allowForwardedTraffic: true
"""
    indent = "" if is_outside else "    "
    listed = "".join(f"{indent}{line}\n" for line in ["virtualNetworkPeerings:", *peering.splitlines()])
    (found,) = load(tmp_path, f"netcheck: 1\n{NETWORK}{listed}").virtual_networks[0].peerings
    assert ("hub", (parse_prefix("10.9.0.0/16")[0],)) == (found.remote_virtual_network, found.remote_address_space)
    assert (found.is_connected, found.allows_virtual_network_access) == (False, False)


def test_gateway_subnet_means_a_gateway(tmp_path: Path) -> None:
    """A subnet called GatewaySubnet is where a virtual network gateway lives."""
    text = f"netcheck: 1\n{NETWORK}      - {{name: GatewaySubnet, addressPrefix: 10.0.9.0/27}}\n"
    assert load(tmp_path, text).virtual_networks[0].has_gateway


def test_ip_configurations_as_az_prints_them(tmp_path: Path) -> None:
    """A NIC pasted from `az network nic show` holds its addresses in IP configurations."""
    text = f"""\
netcheck: 1
{NETWORK}\
virtualMachines:
  - name: vm
    networkInterfaces:
      - name: nic
        enableIPForwarding: true
        primary: true
        macAddress: 00-0D-3A-00-00-00
        networkSecurityGroup: null
        ipConfigurations:
          - name: ipconfig1
            primary: true
            privateIPAddress: 10.0.0.4
            privateIPAddressVersion: IPv4
            privateIPAllocationMethod: Dynamic
            publicIPAddress: {{id: {ID}/publicIPAddresses/pip, sku: {{name: Standard}}}}
            subnet: {{id: {ID}/virtualNetworks/vnet/subnets/default, resourceGroup: rg}}
            applicationSecurityGroups: [{{id: {ID}/applicationSecurityGroups/web}}]
            loadBalancerBackendAddressPools: null
          - name: ipconfig2
            properties:
              privateIPAddress: fd00:1::4
              privateIPAddressVersion: IPv6
              subnet: {{id: {ID}/virtualNetworks/vnet/subnets/default}}
"""
    nic = load(tmp_path, text).virtual_machines[0].primary
    assert (parse_address("10.0.0.4"), parse_address("fd00:1::4")) == nic.addresses
    assert (
        nic.subnet,
        nic.public_ips,
        nic.application_security_groups,
    ) == ("vnet/default", (PublicIp(4, sku=PublicIpSku.STANDARD),), ("web",))
    assert (nic.has_ip_forwarding, nic.is_primary) == (True, True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("203.0.113.10", ["203.0.113.10/32"]),
        ("my-public-ip", ["None"]),
        (f"{ID}/publicIPAddresses/pip", ["None"]),
        ("{name: pip, ipAddress: 203.0.113.10}", ["203.0.113.10/32"]),
        ("null", []),
        ('""', []),
    ],
)
def test_public_ip_forms(value: str, expected: list[str], tmp_path: Path) -> None:
    """A public IP is an address, or a resource whose address is not told."""
    text = f"""\
netcheck: 1
{NETWORK}virtualMachines:
  - name: vm
    networkInterfaces:
      - name: nic
        subnet: vnet/default
        privateIPAddress: [10.0.0.4, "fd00:1::4"]
        publicIPAddress: {value}
"""
    nic = load(tmp_path, text).virtual_machines[0].primary
    assert expected == [str(one.address) for one in nic.public_ips]


@pytest.mark.parametrize(
    ("sku", "expected"),
    [
        ("Standard", PublicIpSku.STANDARD),
        ("standardv2", PublicIpSku.STANDARD),
        ("{name: Basic, tier: Regional}", PublicIpSku.BASIC),
        ("null", None),
        ("\"[parameters('sku')]\"", None),
        ("{name: \"[parameters('sku')]\"}", None),
    ],
)
def test_the_sku_of_a_public_ip(sku: str, expected: PublicIpSku | None, tmp_path: Path) -> None:
    """A word, or the mapping that Azure prints; StandardV2 is as closed as Standard. What is not known is none."""
    nic = f"publicIPAddress: {{ipAddress: 203.0.113.10, sku: {sku}}}"
    text = f"netcheck: 1\n{NETWORK}virtualMachines:\n  - name: vm\n    networkInterfaces:\n      - name: nic\n"
    text += f"        subnet: vnet/default\n        privateIPAddress: 10.0.0.4\n        {nic}\n"
    assert [one.sku for one in load(tmp_path, text).virtual_machines[0].primary.public_ips] == [expected]


def test_a_sku_that_nobody_knows_is_an_error(tmp_path: Path) -> None:
    """It could be open or closed."""
    text = f"netcheck: 1\n{NETWORK}virtualMachines:\n  - name: vm\n    networkInterfaces:\n      - name: nic\n"
    text += "        subnet: vnet/default\n        privateIPAddress: 10.0.0.4\n"
    text += "        publicIPAddress: {name: p, sku: Gold}\n"
    assert codes(tmp_path, text) == ["NC123"]


def test_keys_without_a_place_are_noted(tmp_path: Path) -> None:
    """What the model cannot hold is listed with its place, so that no verdict pretends it is not there."""
    text = f"""\
netcheck: 1
virtualNetworkPeerings:
  - {{name: p, virtualNetwork: vnet, remoteVirtualNetwork: hub, enableOnlyIPv6Peering: true, peerCompleteVnets: false}}
{NETWORK}\
virtualMachines:
  - name: vm
    networkInterfaces:
      - name: nic
        subnet: vnet/default
        privateIPAddress: 10.0.0.4
        disableTcpStateTracking: true
        ipConfigurations: [{{privateIPAddress: 10.0.0.5, applicationGatewayBackendAddressPools: [{{id: x}}]}}]
"""
    site = load(tmp_path, text)
    assert {(one.name, one.at.line) for one in site.unmodelled} == {
        ("enableOnlyIPv6Peering", 3),
        ("peerCompleteVnets", 3),
        ("disableTcpStateTracking", 15),
        ("applicationGatewayBackendAddressPools", 16),
    }


def test_what_has_a_place_is_not_noted(tmp_path: Path) -> None:
    """Gateways that are lent and borrowed, forwarded packets, policies of service endpoints, propagated routes."""
    text = f"""\
netcheck: 1
routeTables: [{{name: rt, disableBgpRoutePropagation: true, routes: []}}]
virtualNetworkPeerings:
  - {{name: p, virtualNetwork: vnet, remoteVirtualNetwork: hub, useRemoteGateways: true, allowForwardedTraffic: true}}
  - {{name: q, virtualNetwork: vnet, remoteVirtualNetwork: spoke, allowGatewayTransit: true}}
{NETWORK.rstrip()[:-1]}, serviceEndpointPolicies: [{{id: {ID}/serviceEndpointPolicies/sep}}, other]}}
"""
    site = load(tmp_path, text)
    p, q = site.virtual_networks[0].peerings
    assert (p.uses_remote_gateways, p.allows_forwarded_traffic, p.allows_gateway_transit) == (True, True, False)
    assert (q.uses_remote_gateways, q.allows_forwarded_traffic, q.allows_gateway_transit) == (False, False, True)
    assert site.virtual_networks[0].subnets[0].service_endpoint_policies == ("sep", "other")
    assert site.route_tables[0].disables_gateway_routes
    assert site.unmodelled == ()


def test_addresses_of_two_networks_may_repeat(tmp_path: Path) -> None:
    """Two networks may use one range; within a network an address belongs to one NIC."""
    other = NETWORK.replace("virtualNetworks:\n", "").replace("name: vnet", "name: other")
    vms = """\
virtualMachines:
  - {name: a, networkInterfaces: [{name: a-nic, subnet: vnet/default, privateIPAddress: 10.0.0.4}]}
  - {name: b, networkInterfaces: [{name: b-nic, subnet: other/default, privateIPAddress: 10.0.0.4}]}
"""
    assert len(load(tmp_path, f"netcheck: 1\n{NETWORK}{other}{vms}").virtual_machines) == 2
    assert codes(tmp_path, f"netcheck: 1\n{NETWORK}{vms.replace('other/', 'vnet/')}") == ["NC130"]


def test_backup_section(tmp_path: Path) -> None:
    """The backup section names a profile, a vault, a target and single ports."""
    text = "netcheck: 1\nbackup: {profile: VM-2018, vault: vault-1, target: Storage.WestUS, ports: [80, 443]}\n"
    backup = load(tmp_path, text).backup
    assert (
        backup.profile,
        backup.vault_name,
        backup.target,
        backup.ports,
    ) == ("vm-2018", "vault-1", "Storage.WestUS", (80, 443))
    assert codes(tmp_path, "netcheck: 1\nbackup: {ports: 80-443}\n") == ["NC134"]


def test_vm_without_host_firewall_says_nothing_about_it(tmp_path: Path) -> None:
    """No `hostFirewall` is not the same as `hostFirewall: none`."""
    assert load_machine(tmp_path, "").virtual_machines[0].host_firewall is None
