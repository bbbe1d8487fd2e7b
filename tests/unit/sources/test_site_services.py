"""Private endpoints and private DNS zones of a site file: the spellings, what is open, what Azure would refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.model.address import parse_address
from netcheck.model.network import EndpointPolicies
from netcheck.model.services import PrivateEndpoint
from netcheck.model.site import Site
from tests.unit.sources.sites import NETWORK, load

ACCOUNT = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/acct"
ENDPOINT_ID = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints"
AT = parse_address("10.0.0.9")


def site_of(folder: Path, text: str, subnet: str = "") -> Site:
    network = NETWORK.replace('"fd00:1::/64"]}', f'"fd00:1::/64"]{subnet}}}')
    return load(folder, f"netcheck: 1\n{network}{text}")


def endpoint(folder: Path, body: str) -> PrivateEndpoint:
    (found,) = site_of(folder, f"privateEndpoints:\n  - {{name: pe, subnet: vnet/default, {body}}}\n").private_endpoints
    return found


def codes(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        site_of(folder, text)
    return [found.code for found in caught.value.diagnostics]


@pytest.mark.parametrize(
    "body",
    [
        "privateIPAddress: 10.0.0.9",
        "privateIPAddresses: [10.0.0.9]",
        "ipConfigurations: [{name: c, privateIPAddress: 10.0.0.9, groupId: blob, memberName: blob}]",
        "ipConfigurations: [{name: c, properties: {privateIPAddress: 10.0.0.9}}]",
        "customDnsConfigs: [{fqdn: acct.blob.core.windows.net, ipAddresses: [10.0.0.9]}]",
        "networkInterfaces: [{id: nic, ipConfigurations: [{name: c, privateIPAddress: 10.0.0.9, primary: true}]}]",
        "properties: {privateIPAddress: 10.0.0.9}",
    ],
)
def test_an_address_in_each_of_its_places(body: str, tmp_path: Path) -> None:
    """Azure prints the address of an endpoint in several places; they say one thing."""
    assert endpoint(tmp_path, body).addresses == (AT,)


@pytest.mark.parametrize(
    "body",
    [
        "privateIPAddress: null",
        'privateIPAddress: "[not known]"',
        'privateIPAddresses: [10.0.0.9, "[not known]"]',
        "networkInterfaces: [{id: nic}]",
        "ipConfigurations: []",
    ],
)
def test_addresses_that_are_not_all_known_are_open(body: str, tmp_path: Path) -> None:
    """Of an endpoint whose addresses are not all stated none is told: the rest may be any of the subnet."""
    assert endpoint(tmp_path, body).addresses == ()


@pytest.mark.parametrize(
    ("status", "expected"),
    [("Approved", True), ("pending", False), ("Rejected", False), ("Disconnected", False), ('"[not known]"', None)],
)
@pytest.mark.parametrize("name", ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"])
def test_the_connection(name: str, status: str, expected: bool | None, tmp_path: Path) -> None:
    """The service, its parts and whether its owner agreed stand in the connection."""
    state = f"privateLinkServiceConnectionState: {{status: {status}, description: x, actionsRequired: None}}"
    body = f"{name}: [{{name: c, privateLinkServiceId: {ACCOUNT}, groupIds: [blob], {state}}}]"
    found = endpoint(tmp_path, body)
    assert (found.service, found.groups, found.is_approved) == (ACCOUNT, ("blob",), expected)


def test_the_short_form(tmp_path: Path) -> None:
    """A person may name the service and its parts without a connection; approval is then said or not known."""
    found = endpoint(tmp_path, "service: acct, groupIds: [blob, dfs]")
    assert (found.service, found.groups, found.is_approved) == ("acct", ("blob", "dfs"), None)
    found = endpoint(tmp_path, "service: acct, privateLinkServiceConnectionState: {status: Approved}")
    assert found.is_approved is True


def test_names_of_the_service(tmp_path: Path) -> None:
    """Each DNS configuration gives a name."""
    found = endpoint(tmp_path, "customDnsConfigs: [{fqdn: a.x.net}, {fqdn: b.x.net, ipAddresses: []}]")
    assert found.hosts == ("a.x.net", "b.x.net")


def test_names_that_are_not_all_known(tmp_path: Path) -> None:
    """Without a service they are no names at all, since the endpoint may stand for any; the service tells its own."""
    names = 'customDnsConfigs: [{fqdn: a.x.net}, {fqdn: "[not known]"}]'
    assert endpoint(tmp_path, names).hosts == ()
    assert endpoint(tmp_path, f"service: a, {names}").hosts == ("a.x.net",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("privateEndpoints: [{name: a}]", ["NC121"]),
        ("privateEndpoints: [{name: a, subnet: vnet/defualt}]", ["NC131"]),
        ("privateEndpoints: [{name: a, subnet: vnet/default, colour: red}]", ["NC120"]),
        ("privateEndpoints: [{name: a, subnet: vnet/default, privateIPAddress: 10.0.0.300}]", ["NC132"]),
        ("privateEndpoints: [{name: a, subnet: vnet/default, privateIPAddress: 10.9.0.1}]", ["NC140"]),
        ("privateEndpoints: [{name: a, subnet: vnet/default}, {name: A, subnet: vnet/default}]", ["NC130"]),
        (
            "privateEndpoints:\n"
            "  - {name: a, subnet: vnet/default, privateIPAddress: 10.0.0.9}\n"
            "  - {name: b, subnet: vnet/default, privateIPAddress: 10.0.0.9}",
            ["NC130"],
        ),
        (
            "privateEndpoints:\n  - name: a\n    subnet: vnet/default\n    service: x\n"
            "    privateLinkServiceConnections: [{name: c}]",
            ["NC139"],
        ),
        ("privateDnsZones: [{name: z}]", ["NC121"]),
        ("privateDnsZones: [{name: z, virtualNetworkLinks: [vent]}]", ["NC131"]),
        ("privateDnsZones: [{name: z, virtualNetworkLinks: [{name: l}]}]", ["NC121"]),
        (
            "privateDnsZones: [{name: z, virtualNetworkLinks: []}, {name: Z, virtualNetworkLinks: []}]",
            ["NC130"],
        ),
    ],
)
def test_faults(text: str, expected: list[str], tmp_path: Path) -> None:
    """What is missing, misspelled or impossible is an error at its place."""
    assert codes(tmp_path, f"{text}\n") == expected


def test_what_the_model_cannot_hold_stays_open(tmp_path: Path) -> None:
    """A second connection, a membership in a group and an endpoint that may not exist leave verdicts open."""
    text = f"""\
privateEndpoints:
  - name: a
    subnet: vnet/default
    privateLinkServiceConnections: [{{name: c, privateLinkServiceId: {ACCOUNT}}}, {{name: d}}]
  - {{name: b, subnet: vnet/default, applicationSecurityGroups: [{{id: web}}]}}
  - {{name: c, subnet: vnet/default, uncertain: a condition}}
"""
    noted = [one.name for one in site_of(tmp_path, text).unmodelled]
    assert sorted(noted) == ["applicationSecurityGroups", "privateEndpoints", "privateEndpoints"]


def test_a_subnets_list_of_endpoints_repeats_what_they_say(tmp_path: Path) -> None:
    """A subnet that lists an endpoint which no file describes leaves verdicts open; one that is described does not."""
    listed = f", privateEndpoints: [{{id: {ENDPOINT_ID}/pe}}]"
    assert [one.name for one in site_of(tmp_path, "", listed).unmodelled] == ["privateEndpoints"]
    text = "privateEndpoints: [{name: pe, subnet: vnet/default}]\n"
    assert site_of(tmp_path, text, listed).unmodelled == ()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Disabled", EndpointPolicies.DISABLED),
        ("null", EndpointPolicies.DISABLED),
        ("enabled", EndpointPolicies.ENABLED),
        ("NetworkSecurityGroupEnabled", EndpointPolicies.NSG),
        ("RouteTableEnabled", EndpointPolicies.ROUTES),
    ],
)
def test_policies_of_a_subnet_for_its_endpoints(word: str, expected: EndpointPolicies, tmp_path: Path) -> None:
    """Azure's default is that endpoints obey none."""
    site = site_of(tmp_path, "", f", privateEndpointNetworkPolicies: {word}")
    assert site.virtual_networks[0].subnets[0].private_endpoint_policies is expected


def test_zones_that_are_not_stated(tmp_path: Path) -> None:
    """No word about zones is not the same as no zone; a link that is not known makes all of them unknown."""
    assert site_of(tmp_path, "").private_dns_zones is None
    assert site_of(tmp_path, "privateDnsZones: []\n").private_dns_zones == ()
    zone = (
        "privateDnsZones: [{name: z, virtualNetworkLinks: [{name: l, virtualNetwork: vnet, uncertain: a condition}]}]"
    )
    assert site_of(tmp_path, f"{zone}\n").private_dns_zones is None


def test_links_of_a_zone(tmp_path: Path) -> None:
    """A link is a name or what Azure prints; a network of another site that is linked too does not matter."""
    ours = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/VNET"
    other = "/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/other"
    text = f"""\
privateDnsZones:
  - name: privatelink.blob.core.windows.net
    numberOfRecordSets: 2
    virtualNetworkLinks:
      - {{name: a, virtualNetwork: {{id: {ours}}}, registrationEnabled: false, virtualNetworkLinkState: Completed}}
      - {{name: b, properties: {{virtualNetwork: {{id: {other}}}}}}}
  - {{name: privatelink.queue.core.windows.net, virtualNetworkLinks: [vnet]}}
"""
    zones = site_of(tmp_path, text).private_dns_zones
    assert zones is not None
    assert [one.virtual_networks for one in zones] == [("vnet",), ("vnet",)]
