"""Findings about networks, NICs and whole paths: what is told, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.lint.shared import findings, group, rule, told


def network(subnet: str = "", name: str = "vnet", space: str = "10.0.0.0/16", more: str = "") -> str:
    """Return one virtual network with the subnet `app`, as an item of a list."""
    extra = f", {subnet}" if subnet else ""
    prefix = space.replace("/16", "/24")
    subnets = f"[{{name: app, addressPrefix: {prefix}{extra}}}]"
    return f"  - {{name: {name}, addressSpace: [{space}], subnets: {subnets}{more}}}\n"


def machine(nic: str = "", name: str = "vm", subnet: str = "vnet/app", address: str = "10.0.0.4") -> str:
    """Return one VM with a NIC, as an item of a list; more fields of the NIC may follow."""
    extra = f", {nic}" if nic else ""
    interface = f"{{name: {name}-nic, subnet: {subnet}, privateIPAddress: {address}{extra}}}"
    return f"  - {{name: {name}, networkInterfaces: [{interface}]}}\n"


def site(networks: str, machines: str = "", rest: str = "") -> str:
    """Return the parts of a site put together."""
    return f"virtualNetworks:\n{networks}" + (f"virtualMachines:\n{machines}" if machines else "") + rest


ON_SUBNET = "networkSecurityGroup: nsg"
ROUTED = f"routeTable: rt, {ON_SUBNET}"


def table(prefix: str = "0.0.0.0/0", hop: str = "VirtualAppliance, nextHopIpAddress: 10.0.9.4") -> str:
    """Return a route table with one route."""
    return f"routeTables: [{{name: rt, routes: [{{name: way, addressPrefix: {prefix}, nextHopType: {hop}}}]}}]\n"


def test_a_default_route_to_an_appliance_makes_the_tag_everything(tmp_path: Path) -> None:
    """A warning where own rules name the tag, a note where only default rules do."""
    own = group(rule("allow-network", 100, destinationAddressPrefix="VirtualNetwork"))
    found = findings(tmp_path, site(network(ROUTED), rest=table() + own), "default-route-in-tag")
    assert told(found) == [("NC220", "warning", "vnet/app")]
    assert [one.name for one in found[0].related] == ["way", "allow-network"]
    bare = findings(tmp_path, site(network(ROUTED), rest=table() + group()), "default-route-in-tag")
    assert told(bare) == [("NC220", "note", "vnet/app")]


@pytest.mark.parametrize(
    ("subnet", "routes"),
    [
        (ROUTED, table("10.9.0.0/16")),
        (ROUTED, table(hop="Internet")),
        (ROUTED, table(hop="VirtualNetworkGateway")),
        ("routeTable: rt", table()),
        (ON_SUBNET, table()),
    ],
)
def test_other_routes_and_subnets_without_nsg_are_left_alone(tmp_path: Path, subnet: str, routes: str) -> None:
    """A narrower prefix, another next hop, no NSG that could name the tag, or a table on another subnet."""
    own = group(rule("allow-network", 100, destinationAddressPrefix="VirtualNetwork"))
    assert findings(tmp_path, site(network(subnet), rest=routes + own), "default-route-in-tag") == []


@pytest.mark.parametrize(("space", "count"), [("203.0.0.0/16", 1), ("10.0.0.0/16", 0), ("100.64.0.0/16", 0)])
def test_public_address_space_is_told(tmp_path: Path, space: str, count: int) -> None:
    """Private and shared address space is none of the Internet's."""
    found = findings(tmp_path, site(network(space=space)), "public-space")
    assert told(found) == [("NC221", "warning", "vnet")] * count


@pytest.mark.parametrize(
    ("learned", "count"), [("198.51.100.0/24", 1), ("192.168.0.0/16", 0), ("0.0.0.0/0", 0), ("10.0.0.0/8", 0)]
)
def test_public_prefixes_of_a_gateway_are_told(tmp_path: Path, learned: str, count: int) -> None:
    """On-premises networks with public addresses were measured in both tags; a default route is no such prefix."""
    found = findings(tmp_path, site(network(more=f", gatewayPrefixes: [{learned}]")), "public-space")
    assert [one.code for one in found] == ["NC221"] * count
    assert all("learned public prefixes by its gateway, `198.51.100.0/24`" in one.message for one in found)


def test_an_nsg_on_nothing_is_told(tmp_path: Path) -> None:
    """On a subnet or on a NIC it decides; an export of NSGs alone says nothing about it."""
    assert told(findings(tmp_path, site(network(), machine()) + group(), "unattached")) == [("NC231", "warning", "nsg")]
    assert told(findings(tmp_path, site(network()) + group(), "unattached")) == [("NC231", "note", "nsg")]
    assert findings(tmp_path, site(network(ON_SUBNET), machine()) + group(), "unattached") == []
    assert findings(tmp_path, site(network(), machine(ON_SUBNET)) + group(), "unattached") == []
    assert findings(tmp_path, group(), "unattached") == []


PUBLIC = "publicIPAddress: 203.0.113.10"


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({"direction": "Inbound", "destinationAddressPrefix": "203.0.113.10"}, True),
        ({"direction": "Outbound", "sourceAddressPrefix": "203.0.113.10/32"}, True),
        ({"direction": "Inbound", "sourceAddressPrefix": "203.0.113.10"}, False),
        ({"direction": "Outbound", "destinationAddressPrefix": "203.0.113.10"}, False),
        ({"direction": "Inbound", "destinationAddressPrefix": "203.0.113.0/24"}, False),
        ({"direction": "Inbound", "destinationAddressPrefix": "10.0.0.4"}, False),
    ],
)
def test_a_rule_that_names_the_own_public_address_is_told(
    tmp_path: Path, fields: dict[str, str], is_told: bool
) -> None:
    """On the own side NSGs see the private address; on the other side another VM's public address may stand."""
    text = site(network(ON_SUBNET), machine(PUBLIC)) + group(rule("r", 100, **fields))
    assert told(findings(tmp_path, text, "own-public-ip")) == ([("NC232", "warning", "r")] if is_told else [])


def test_another_vms_address_is_not_the_own_one(tmp_path: Path) -> None:
    """The NSG is not on the NIC that has the address."""
    networks = network(ON_SUBNET) + network(name="other", space="10.1.0.0/16")
    machines = machine() + machine(PUBLIC, name="far", subnet="other/app", address="10.1.0.4")
    inbound = rule("r", 100, direction="Inbound", destinationAddressPrefix="203.0.113.10")
    assert findings(tmp_path, site(networks, machines) + group(inbound), "own-public-ip") == []


@pytest.mark.parametrize(
    ("floating", "fields", "is_told"),
    [
        ("", {"destinationAddressPrefix": "203.0.113.50"}, True),
        (", enableFloatingIP: true", {"destinationAddressPrefix": "203.0.113.50"}, False),
        ("", {"sourceAddressPrefix": "203.0.113.50"}, True),
        ("", {"sourceAddressPrefix": "AzureLoadBalancer"}, False),
    ],
)
def test_a_load_balancer_is_neither_source_nor_destination(
    tmp_path: Path, floating: str, fields: dict[str, str], is_told: bool
) -> None:
    """Clients keep their address, and the frontend is translated, unless its address floats."""
    balancer = f"""loadBalancers:
  - name: lb
    sku: Standard
    frontendIPConfigurations: [{{name: fe, publicIPAddress: 203.0.113.50}}]
    backendAddressPools: [{{name: pool}}]
    loadBalancingRules:
      - {{name: web, frontendIPConfiguration: fe, backendAddressPool: pool, protocol: Tcp, frontendPort: 443,
         backendPort: 443{floating}}}
"""
    nic = machine("loadBalancerBackendAddressPools: [lb/pool]")
    text = site(network(ON_SUBNET), nic) + group(rule("r", 100, **{"direction": "Inbound", **fields})) + balancer
    assert told(findings(tmp_path, text, "own-public-ip")) == ([("NC232", "warning", "r")] if is_told else [])


def peerings(*ones: str) -> str:
    return f", virtualNetworkPeerings: [{', '.join(ones)}]"


def peered(one: str, other: str = "") -> str:
    """Return two networks, the first with a peering, the second perhaps with one back."""
    near = peerings(f"{{name: to-b, remoteVirtualNetwork: b, {one}}}")
    back = peerings(f"{{name: to-a, remoteVirtualNetwork: a, {other}}}") if other else ""
    return site(network(name="a", more=near) + network(name="b", space="10.1.0.0/16", more=back))


UP = "peeringState: Connected"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (UP, UP, []),
        ("peeringState: Initiated", "", [("NC233", "warning", "a")]),
        (UP, "", [("NC233", "note", "a")]),
        (f"{UP}, allowVirtualNetworkAccess: false", UP, [("NC233", "note", "a")]),
        (f"{UP}, useRemoteGateways: true", UP, [("NC233", "warning", "a")]),
        (f"{UP}, useRemoteGateways: true", f"{UP}, allowGatewayTransit: true", []),
    ],
)
def test_a_peering_needs_both_halves(
    tmp_path: Path, one: str, other: str, expected: list[tuple[str, str, str]]
) -> None:
    """Connected on both sides; the gateway of the other side is used only if that side lends it."""
    assert told(findings(tmp_path, peered(one, other), "peering")) == expected


def test_a_half_that_the_other_side_would_list_is_missing_for_certain(tmp_path: Path) -> None:
    """A network that lists its peerings has no others."""
    near = peerings(f"{{name: to-b, remoteVirtualNetwork: b, {UP}}}")
    text = site(network(name="a", more=near) + network(name="b", space="10.1.0.0/16", more=peerings()))
    assert told(findings(tmp_path, text, "peering")) == [("NC233", "warning", "a")]


def spokes(last: str, prefix: str = "10.2.0.0/16") -> str:
    """Return a hub with an appliance at 10.0.9.4 and two spokes; by it, a route of the first leads to the second."""
    hub = network(
        name="hub", more=peerings(*(f"{{name: to-{n}, remoteVirtualNetwork: {n}, {UP}}}" for n in ("one", "two")))
    )
    to_hub = peerings(f"{{name: to-hub, remoteVirtualNetwork: hub, {UP}, allowForwardedTraffic: true}}")
    one = network("routeTable: rt", name="one", space="10.1.0.0/16", more=to_hub)
    two = network(
        name="two", space="10.2.0.0/16", more=peerings(f"{{name: to-hub, remoteVirtualNetwork: hub, {UP}{last}}}")
    )
    return site(hub + one + two, rest=table(prefix))


def test_what_an_appliance_forwards_needs_the_receiving_sides_leave(tmp_path: Path) -> None:
    """Without `allowForwardedTraffic` the second spoke drops it; a route that leads elsewhere needs nothing."""
    found = findings(tmp_path, spokes(""), "forwarded-traffic")
    assert told(found) == [("NC234", "warning", "two")]
    assert [(one.name, one.text) for one in found[0].related] == [("way", "a route of `one`")]
    assert findings(tmp_path, spokes(", allowForwardedTraffic: true"), "forwarded-traffic") == []
    assert findings(tmp_path, spokes("", "10.7.0.0/16"), "forwarded-traffic") == []


PRIVATE = "defaultOutboundAccess: false"


def test_a_private_subnet_without_a_way_out_is_told(tmp_path: Path) -> None:
    """Its NICs are named; service endpoints are named as what stays reachable."""
    found = findings(tmp_path, site(network(PRIVATE), machine()), "no-egress")
    assert told(found) == [("NC235", "note", "vnet/app")]
    assert "its NIC `vm-nic` has no way out" in found[0].message
    endpoint = f"{PRIVATE}, serviceEndpoints: [{{service: Microsoft.Storage}}]"
    [one] = findings(tmp_path, site(network(endpoint), machine()), "no-egress")
    assert one.message.endswith("; service endpoints (`Microsoft.Storage`) are")


@pytest.mark.parametrize(
    ("subnet", "nic", "rest"),
    [
        ("defaultOutboundAccess: true", "", ""),
        ("", "", ""),
        (f"{PRIVATE}, natGateway: nat", "", ""),
        (PRIVATE, PUBLIC, ""),
        (f"{PRIVATE}, routeTable: rt", "", table()),
    ],
)
def test_a_way_out_is_enough(tmp_path: Path, subnet: str, nic: str, rest: str) -> None:
    """Default access, access that is not stated, a NAT gateway, a public address, a default route to an appliance."""
    assert findings(tmp_path, site(network(subnet), machine(nic), rest), "no-egress") == []


def open_to(source: str, port: str = "3389", **more: str) -> str:
    """Return an NSG that lets a source in on a port."""
    inbound = {"direction": "Inbound", "sourceAddressPrefix": source, "destinationPortRange": f'"{port}"'}
    return group(rule("allow-in", 100, **{**inbound, **more}))


def test_a_management_port_that_the_internet_reaches_is_told(tmp_path: Path) -> None:
    """With the rule that lets it in, and its place."""
    text = site(network(ON_SUBNET), machine(PUBLIC)) + open_to('"*"')
    [found] = findings(tmp_path, text, "exposed")
    assert told([found]) == [("NC236", "warning", "vm")]
    assert "can be reached on 3389 (RDP) from 3,653,580,159 addresses" in found.message
    assert [one.name for one in found.related] == ["vm-nic", "allow-in"]
    assert found.at == str(found.related[1].at)


@pytest.mark.parametrize(
    ("nic", "nsg"),
    [
        ("", open_to('"*"')),
        (PUBLIC, open_to("203.0.113.0/24")),
        (PUBLIC, open_to("VirtualNetwork")),
        (PUBLIC, open_to('"*"', "443")),
        (PUBLIC, open_to('"*"', protocol="Udp")),
        (PUBLIC, group()),
    ],
)
def test_what_is_closed_or_open_to_few_is_not(tmp_path: Path, nic: str, nsg: str) -> None:
    """No way in, a list of addresses, the own network, another port or protocol, default rules alone."""
    assert findings(tmp_path, site(network(ON_SUBNET), machine(nic)) + nsg, "exposed") == []


def test_the_whole_path_counts(tmp_path: Path) -> None:
    """A second NSG, on the NIC, closes what the subnet's opens; so does a host firewall that blocks."""
    closed = f"{PUBLIC}, networkSecurityGroup: shut"
    both = open_to('"*"') + "  - {name: shut, securityRules: []}\n"
    assert findings(tmp_path, site(network(ON_SUBNET), machine(closed)) + both, "exposed") == []
    walled = machine(PUBLIC).replace(
        "{name: vm,", "{name: vm, osType: Windows, hostFirewall: {kind: windows, rules: []},"
    )
    assert findings(tmp_path, site(network(ON_SUBNET), walled) + open_to('"*"'), "exposed") == []


BASIC = "publicIPAddress: {ipAddress: 203.0.113.10, sku: Basic}"
STANDARD = "publicIPAddress: {ipAddress: 203.0.113.10, sku: Standard}"


def test_without_an_nsg_a_basic_address_is_open(tmp_path: Path) -> None:
    """Everything comes in: a warning at the NIC, as certain as one about a rule."""
    [found] = findings(tmp_path, site(network(), machine(BASIC)), "exposed")
    assert told([found]) == [("NC236", "warning", "vm")]
    assert "all 9 ports of remote administration" in found.message
    assert found.message.endswith(": no NSG is on the way")


def test_without_an_nsg_a_standard_address_is_closed(tmp_path: Path) -> None:
    """Nothing comes in, so nothing is told."""
    assert findings(tmp_path, site(network(), machine(STANDARD)), "exposed") == []


def test_without_an_nsg_an_address_of_unsaid_sku_is_a_note(tmp_path: Path) -> None:
    """It is open if it is Basic."""
    [found] = findings(tmp_path, site(network(), machine(PUBLIC)), "exposed")
    assert told([found]) == [("NC236", "note", "vm")]
    assert "all 9 ports of remote administration" in found.message
    assert "if its public IP address or load balancer is Basic: no NSG is on the way" in found.message


def test_what_more_than_the_sku_keeps_open_is_not_told(tmp_path: Path) -> None:
    """A host firewall that nobody could read decides as well."""
    walled = machine(PUBLIC).replace(
        "{name: vm,",
        "{name: vm, osType: Windows, hostFirewall: {kind: windows, rules: [{name: r, direction: Inbound, "
        "action: Allow, protocol: TCP, localPort: 3389, program: 'c:/x.exe'}]},",
    )
    assert findings(tmp_path, site(network(), walled), "exposed") == []
