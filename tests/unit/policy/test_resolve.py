"""What names in rules cover: the built-in tags with their open halves, published tags, application security groups."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from netcheck.model.address import AddressRange, AnyAddress, ApplicationSecurityGroup, Endpoint, ServiceTag, Unresolved
from netcheck.model.site import Site, Subnet
from netcheck.policy.builtin import AZURE_LOAD_BALANCER, INTERNET_LOWER, INTERNET_UPPER
from netcheck.policy.resolve import AddressBook
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from tests.oracle.internet import KNOWN, OUTSIDE_IN_2020, POSSIBLE, SURELY_OUTSIDE
from tests.unit.sources.sites import load, write_tags

EVERY_IPV4 = IntervalSet.span(0, 2**32 - 1)


def spans(*texts: str) -> IntervalSet:
    """Return the union of prefixes, read by the standard library."""
    return IntervalSet.of((int(ip_network(text)[0]), int(ip_network(text)[-1])) for text in texts)


def bounds(site: Site, subnet: str, endpoint: Endpoint, family: int = 4) -> tuple[IntervalSet, IntervalSet]:
    """Return the addresses that an endpoint certainly covers, and those it may cover beside them."""
    found: Subnet | None = site.subnet(subnet)
    terms = AddressBook(site).terms([endpoint], 4 if family == 4 else 6, "destination", found)
    certain = union(term.addresses for term in terms if term.fact is None)
    return certain, union(term.addresses for term in terms if term.fact is not None) - certain


VNET = ServiceTag("VirtualNetwork")
NETWORK = """\
netcheck: 1
virtualNetworks:
  - name: hub
    addressSpace: [10.0.0.0/16, 172.20.0.0/24]
    subnets:
      - {name: a, addressPrefix: 10.0.0.0/24, routeTable: TABLE}
      - {name: b, addressPrefix: 10.0.1.0/24}
    virtualNetworkPeerings: PEERINGS
  - name: spoke
    addressSpace: [10.1.0.0/16]
    subnets: [{name: s, addressPrefix: 10.1.0.0/24}]
    virtualNetworkPeerings: BACK
"""


def network(folder: Path, *, routes: str = "", peerings: str = "[]", back: str = "[]") -> Site:
    """Load a hub and a spoke."""
    text = NETWORK.replace("PEERINGS", peerings).replace("BACK", back)
    text = text.replace("routeTable: TABLE", "routeTable: rt" if routes else "routeTable: null")
    return load(folder, text + (f"routeTables:\n  - {{name: rt, routes: [{routes}]}}\n" if routes else ""))


def test_virtual_network_is_the_whole_space_and_the_host_address(tmp_path: Path) -> None:
    """With one network the tag was seen as its address space and 168.63.129.16, nothing more and nothing open."""
    expected = spans("10.0.0.0/16", "172.20.0.0/24", "168.63.129.16/32")
    assert bounds(network(tmp_path), "hub/a", VNET) == (expected, EMPTY)


OPEN = "[{name: p, remoteVirtualNetwork: REMOTE, allowVirtualNetworkAccess: ACCESS, peeringState: STATE}]"


@pytest.mark.parametrize(
    ("access", "state", "is_in"),
    [("true", "Connected", True), ("false", "Connected", False), ("true", "Initiated", False)],
)
def test_a_peers_space_is_in_the_tag_where_access_is_allowed_and_connected(
    access: str, state: str, is_in: bool, tmp_path: Path
) -> None:
    """`allowVirtualNetworkAccess: false` takes the peer's prefixes out of the tag; so does a peering that is down."""
    one = OPEN.replace("ACCESS", access).replace("STATE", state)
    site = network(tmp_path, peerings=one.replace("REMOTE", "spoke"), back=one.replace("REMOTE", "hub"))
    certain, possible = bounds(site, "hub/a", VNET)
    assert (spans("10.1.0.0/16") <= certain) is is_in
    assert possible == EMPTY
    assert (spans("10.0.0.0/16") <= bounds(site, "spoke/s", VNET)[0]) is is_in


def test_a_peer_of_unknown_space_may_be_anything(tmp_path: Path) -> None:
    """A peering whose remote space no file tells leaves every other address open."""
    peering = "[{name: p, remoteVirtualNetwork: elsewhere, peeringState: Connected}]"
    certain, possible = bounds(network(tmp_path, peerings=peering), "hub/a", VNET)
    assert certain == spans("10.0.0.0/16", "172.20.0.0/24", "168.63.129.16/32")
    assert possible == EVERY_IPV4 - certain


def test_route_prefixes_may_be_in_the_tag_of_their_subnet_only(tmp_path: Path) -> None:
    """Prefixes used on user-defined routes are documented to belong, not for which next hops: they are possible."""
    one = "{name: r, addressPrefix: 192.0.2.0/24, nextHopType: None}"
    other = "{name: q, addressPrefix: 20.0.0.0/8, nextHopType: Internet}"
    site = network(tmp_path, routes=f"{one}, {other}")
    assert bounds(site, "hub/a", VNET)[1] == spans("192.0.2.0/24", "20.0.0.0/8")
    assert bounds(site, "hub/b", VNET)[1] == EMPTY


def test_a_default_route_to_an_appliance_makes_the_tag_everything(tmp_path: Path) -> None:
    """Users measured exactly 0.0.0.0/0 under a default route to an appliance, on the client's subnet only."""
    routes = "{name: r, addressPrefix: 0.0.0.0/0, nextHopType: VirtualAppliance, nextHopIpAddress: 10.0.1.4}"
    site = network(tmp_path, routes=routes)
    assert bounds(site, "hub/a", VNET) == (EVERY_IPV4, EMPTY)
    assert bounds(site, "hub/b", VNET)[0] != EVERY_IPV4


def test_a_default_route_to_the_internet_leaves_the_tag_open(tmp_path: Path) -> None:
    """For other next hops of a default route nothing is measured: everything outside the network is possible."""
    routes = "{name: r, addressPrefix: 0.0.0.0/0, nextHopType: Internet}"
    certain, possible = bounds(network(tmp_path, routes=routes), "hub/a", VNET)
    assert certain | possible == EVERY_IPV4
    assert certain == spans("10.0.0.0/16", "172.20.0.0/24", "168.63.129.16/32")


def test_a_group_without_network_knows_the_host_address_only(tmp_path: Path) -> None:
    """A group that stands alone cannot say what `VirtualNetwork` is, unless it is told."""
    site = load(tmp_path, "netcheck: 1\nnetworkSecurityGroups: [{name: nsg, securityRules: []}]\n")
    certain, possible = bounds(site, "", VNET)
    assert (certain, certain | possible) == (spans("168.63.129.16/32"), EVERY_IPV4)
    told = AddressBook(site, [AddressRange(4, int(ip_address("10.0.0.0")), int(ip_address("10.0.0.255")))])
    [term] = told.terms([VNET], 4, "source", None)
    assert (term.fact, term.addresses) == (None, spans("10.0.0.0/24", "168.63.129.16/32"))


def test_internet_is_the_recorded_lists() -> None:
    """Certain is the expansion recorded in 2020, possible what the 2017 one and later blocks leave: by prefix lists."""
    assert INTERNET_LOWER[4].size == 3_653_580_160
    assert (EVERY_IPV4 - INTERNET_LOWER[4]).size == 641_387_136
    assert (EVERY_IPV4 - INTERNET_LOWER[4]) == spans(*OUTSIDE_IN_2020.split())
    assert (EVERY_IPV4 - INTERNET_UPPER[4]) == spans(*SURELY_OUTSIDE.split())
    assert IntervalSet.of(KNOWN) == INTERNET_LOWER[4]
    assert IntervalSet.of(POSSIBLE) == INTERNET_UPPER[4]
    assert len(list((EVERY_IPV4 - INTERNET_LOWER[4]).spans())) <= 54
    for text, is_in in (
        ("168.63.129.16", True),
        ("169.254.169.254", False),
        ("192.0.2.1", False),
        ("203.0.113.9", True),
    ):
        assert (text, is_in) == (text, int(ip_address(text)) in INTERNET_LOWER[4])


def test_no_ipv6_address_is_certainly_in_internet() -> None:
    """No recording shows an IPv6 entry of the tag, so global unicast is possible and nothing is certain."""
    assert INTERNET_LOWER[6] == EMPTY
    assert int(ip_address("2603:1030::1")) in INTERNET_UPPER[6]
    assert int(ip_address("fe80::1")) not in INTERNET_UPPER[6]


def test_public_space_inside_the_network_may_be_in_internet(tmp_path: Path) -> None:
    """Documentation and measurements contradict each other about public prefixes used inside a virtual network."""
    body = "{name: v, addressSpace: [20.60.0.0/24], subnets: [{name: s, addressPrefix: 20.60.0.0/24}]}"
    site = load(tmp_path, f"netcheck: 1\nvirtualNetworks: [{body}]\n")
    certain, possible = bounds(site, "v/s", ServiceTag("INTERNET"))
    assert certain == INTERNET_LOWER[4] - spans("20.60.0.0/24")
    assert spans("20.60.0.0/24") <= possible


@pytest.mark.parametrize("name", ["AzureLoadBalancer", "AZURE_LOADBALANCER", "azureloadbalancer"])
def test_load_balancer_is_the_probe_address_of_each_family(name: str, tmp_path: Path) -> None:
    """The tag stands for probes: 168.63.129.16 and fe80::1234:5678:9abc, in either model's spelling."""
    site = network(tmp_path)
    assert bounds(site, "hub/a", ServiceTag(name)) == (spans("168.63.129.16/32"), EMPTY)
    assert bounds(site, "hub/a", ServiceTag(name), 6) == (
        IntervalSet.point(int(ip_address("fe80::1234:5678:9abc"))),
        EMPTY,
    )
    assert AZURE_LOAD_BALANCER[4].size == AZURE_LOAD_BALANCER[6].size == 1


GROUPS = """\
netcheck: 1
applicationSecurityGroups: [{name: asg-web}, {name: asg-empty}]
virtualNetworks:
  - {name: v, addressSpace: [10.0.0.0/24], subnets: [{name: s, addressPrefix: 10.0.0.0/24}]}
virtualMachines:
  - name: one
    networkInterfaces: [{name: n1, subnet: v/s, privateIPAddress: 10.0.0.4, applicationSecurityGroups: [asg-web]}]
  - name: two
    networkInterfaces: [{name: n2, subnet: v/s, privateIPAddress: 10.0.0.5}]
"""


def test_a_group_is_its_members(tmp_path: Path) -> None:
    """A declared application security group is its NICs' addresses, also by resource ID; without NICs it is empty."""
    site = load(tmp_path, GROUPS)
    long = "/subscriptions/x/resourceGroups/rg/providers/Microsoft.Network/applicationSecurityGroups/ASG-web"
    for name in ("asg-web", "ASG-WEB", long):
        assert bounds(site, "v/s", ApplicationSecurityGroup(name)) == (spans("10.0.0.4/32"), EMPTY)
    assert bounds(site, "v/s", ApplicationSecurityGroup("asg-empty")) == (EMPTY, EMPTY)


@pytest.mark.parametrize(
    "endpoint", [ApplicationSecurityGroup("asg-ghost"), ServiceTag("Contoso"), Unresolved("x", "y")]
)
def test_what_cannot_be_resolved_may_be_anything_or_nothing(endpoint: Endpoint, tmp_path: Path) -> None:
    """An unknown group, tag or expression is never an empty set and never `any`: every address is open."""
    assert bounds(load(tmp_path, GROUPS), "v/s", endpoint) == (EMPTY, EVERY_IPV4)


def test_any_address_is_both_families_and_a_zero_prefix_is_one(tmp_path: Path) -> None:
    """`*` matches IPv4 and IPv6; `0.0.0.0/0` is IPv4 only."""
    site = network(tmp_path)
    assert bounds(site, "hub/a", AnyAddress(), 6)[0].size == 2**128
    assert bounds(site, "hub/a", AddressRange(4, 0, 2**32 - 1)) == (EVERY_IPV4, EMPTY)
    assert bounds(site, "hub/a", AddressRange(4, 0, 2**32 - 1), 6) == (EMPTY, EMPTY)


def test_a_published_tag_is_what_the_file_lists(tmp_path: Path) -> None:
    """Tag names are compared without regard to letter case, and an unknown one names the nearest."""
    write_tags(tmp_path)
    site = load(
        tmp_path,
        "netcheck: 1\nserviceTags: ServiceTags_Public.json\nnetworkSecurityGroups: [{name: nsg, securityRules: []}]\n",
    )
    for name in ("Storage.WestUS", "storage.westus", "STORAGE.WESTUS"):
        assert bounds(site, "", ServiceTag(name)) == (spans("20.60.0.0/24"), EMPTY)
    assert "did you mean `Storage.WestUS`?" in AddressBook(site).why_unknown("Storage.WestSU")
    assert "did you mean" not in AddressBook(site).why_unknown("Contoso")


def test_platform_tags_are_one_port_of_one_address(tmp_path: Path) -> None:
    """`AzurePlatformDNS` is port 53 of 168.63.129.16, `AzurePlatformIMDS` port 80 of 169.254.169.254."""
    book, site = AddressBook(network(tmp_path)), network(tmp_path)
    for name, address, port in (
        ("AzurePlatformDNS", "168.63.129.16", 53),
        ("AzurePlatformIMDS", "169.254.169.254", 80),
    ):
        [term] = book.terms([ServiceTag(name)], 4, "destination", site.subnet("hub/a"))
        assert (term.addresses, term.ports, term.fact) == (spans(f"{address}/32"), IntervalSet.point(port), None)
