"""What endpoints cover, term by term: addresses, the fact that an open one waits for, and the port of a service."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from netcheck.diagnostics import Source
from netcheck.errors import InputError
from netcheck.model.address import (
    AddressError,
    AddressRange,
    AnyAddress,
    ApplicationSecurityGroup,
    Endpoint,
    Family,
    ServiceTag,
    Unresolved,
    everything,
    parse_prefix,
)
from netcheck.model.rules import NextHop, Route
from netcheck.model.site import (
    NetworkInterface,
    Peering,
    RouteTable,
    Site,
    Subnet,
    Unmodelled,
    VirtualMachine,
    VirtualNetwork,
)
from netcheck.model.tags import TagEntry, TagFileForm, TagTable
from netcheck.policy.builtin import AZURE_LOAD_BALANCER, INTERNET_LOWER, INTERNET_UPPER
from netcheck.policy.facts import Fact
from netcheck.policy.resolve import AddressBook, Term, builtin_name, to_set
from netcheck.sets.intervals import EMPTY, IntervalSet
from netcheck.sets.packets import ALL_ADDRESSES
from tests.property.strategies import tag

HERE, PEER_PLACE = Source("site.yaml", 3, 5), Source("site.yaml", 30, 5)
VNET, INTERNET = ServiceTag("VirtualNetwork"), ServiceTag("Internet")
HOST = "168.63.129.16/32"


def prefix(text: str) -> AddressRange:
    return parse_prefix(text)[0]


def spans(*texts: str) -> IntervalSet:
    """Return the union of prefixes, read by the standard library."""
    return IntervalSet.of((int(ip_network(text)[0]), int(ip_network(text)[-1])) for text in texts)


def table(*entries: TagEntry, **more: Any) -> TagTable:
    """Return a tag file."""
    known = {entry.name.lower(): entry for entry in entries}
    return TagTable(file="tags.json", cloud="Public", change_number=1, published="", entries=known, **more)


STORAGE = tag("Storage.WestUS", ("20.60.0.0/24", "2603:1030:1::/48"), ("API", "NSG"))
BACKUP = tag("AzureBackup.WestUS", ("20.70.0.0/24",), None)
TAGS = table(STORAGE, BACKUP)


def route(where: str, hop: NextHop = NextHop.INTERNET) -> Route:
    target = prefix(where) if where[0].isdigit() or ":" in where else ServiceTag(where)
    return Route(name="r", prefix=target, next_hop=hop, next_hop_address=None, at=HERE)


def site(*routes: Route, others: tuple[VirtualNetwork, ...] = (), tags: TagTable | None = TAGS, **more: Any) -> Site:
    """Return a site whose first network `V` has the subnet `S` with some routes."""
    subnet = Subnet(name="S", virtual_network="V", prefixes=(), at=HERE, route_table="rt" if routes else "")
    space = (prefix("10.0.0.0/16"), prefix("fd00::/56"))
    network = VirtualNetwork(name="V", address_space=space, subnets=(subnet,), at=HERE, **more)
    tables = (RouteTable(name="rt", routes=routes, at=HERE),)
    return Site(file="site.yaml", virtual_networks=(network, *others), route_tables=tables, tags=tags)


def terms(one: Site, *endpoints: Endpoint, family: Family = 4, side: str = "source") -> list[Term]:
    """Return what endpoints cover, seen from the subnet of the site."""
    return AddressBook(one).terms(endpoints, family, side, one.virtual_networks[0].subnets[0])


def reasons(found: list[Term]) -> list[tuple[str, str]]:
    """Return reason and place of the facts of some terms."""
    return [(term.fact.reason, str(term.fact.at)) for term in found if term.fact]


def test_ranges_are_told_apart_by_family() -> None:
    """A set has the addresses of one family, both ends included."""
    ranges = [prefix("10.0.0.0/31"), prefix("fd00::/127"), prefix("10.0.0.2")]
    assert to_set(ranges, 4) == spans("10.0.0.0/31", "10.0.0.2/32")
    assert to_set(ranges, 6) == spans("fd00::/127")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("INTERNET", "internet"),
        ("Internet", "internet"),
        ("VIRTUAL_NETWORK", "virtualnetwork"),
        ("VirtualNetwork", "virtualnetwork"),
        ("AZURE_LOADBALANCER", "azureloadbalancer"),
        ("AzureLoadBalancer", "azureloadbalancer"),
        ("AzurePlatformDNS", "azureplatformdns"),
        ("AzurePlatformIMDS", "azureplatformimds"),
        ("AzurePlatformLKM", "azureplatformlkm"),
        ("Storage", ""),
        ("AzureCloud", ""),
    ],
)
def test_built_in_tags_have_two_spellings(name: str, expected: str) -> None:
    """Classic and Resource Manager spelling mean the same tag, in any letter case; published tags are not built in."""
    assert builtin_name(name) == builtin_name(name.lower()) == expected


def test_certain_alternatives_are_one_term() -> None:
    """What is certain comes first as one set, then each open part with its fact; what covers nothing is left out."""
    endpoints = prefix("10.0.0.0/24"), ServiceTag("Contoso"), prefix("10.0.1.0/24"), prefix("fd00::/64")
    certain = Term(spans("10.0.0.0/24", "10.0.1.0/24"))
    open_term = Term(ALL_ADDRESSES[4], Fact("service tag contoso", "source"))
    assert terms(site(), *endpoints) == [certain, open_term]
    assert terms(site(), *endpoints, family=6) == [Term(spans("fd00::/64")), Term(ALL_ADDRESSES[6], open_term.fact)]
    assert terms(site(), AnyAddress()) == [Term(ALL_ADDRESSES[4])]
    assert terms(site(), prefix("fd00::/64")) == []


def test_what_has_no_value_is_a_fact_of_its_text() -> None:
    """An expression that nobody resolved may be anything, and says why."""
    found = terms(site(), Unresolved("[parameters('x')]", "the template has no such parameter"), side="destination")
    assert found == [Term(ALL_ADDRESSES[4], Fact("value of [parameters('x')]", "destination"))]
    assert [reason for reason, _ in reasons(found)] == ["the template has no such parameter"]


# Published tags


def test_a_published_tag_is_its_prefixes_of_the_family() -> None:
    """IPv4 and IPv6 prefixes of one tag are two sets, and a tag that the file lacks has none."""
    book = AddressBook(site())
    assert book.published("STORAGE.westus", 4) == spans("20.60.0.0/24")
    assert book.published("Storage.WestUS", 6) == spans("2603:1030:1::/48")
    assert book.published("AzureBackup.WestUS", 6) == EMPTY
    assert book.published("Contoso", 4) is None
    assert AddressBook(site(tags=None)).published("Storage.WestUS", 4) is None
    assert terms(site(), ServiceTag("Storage.WestUS")) == [Term(spans("20.60.0.0/24"))]
    assert terms(site(), ServiceTag("Storage.WestUS"), family=6) == [Term(spans("2603:1030:1::/48"))]


def test_a_tag_that_rules_may_not_name_is_open() -> None:
    """Its addresses are known, and whether the rule takes them is not."""
    found = terms(site(), ServiceTag("azurebackup.westus"))
    assert found == [Term(spans("20.70.0.0/24"), Fact("service tag azurebackup.westus", "source"))]
    reason = "service tag `AzureBackup.WestUS` is listed without the NSG feature, so a rule may not be able to name it"
    assert [said for said, _ in reasons(found)] == [reason]


@pytest.mark.parametrize(
    ("tags", "name", "why"),
    [
        (None, "Storage", "unknown service tag `Storage`: no service-tag file was given"),
        (TAGS, "Contoso", "unknown service tag `Contoso`: not in tags.json"),
        (TAGS, "Storage.Foo", "unknown service tag `Storage.Foo`: not in tags.json"),
        (
            TAGS,
            "Storage.WestSU",
            "unknown service tag `Storage.WestSU`: not in tags.json; did you mean `Storage.WestUS`?",
        ),
        (
            table(STORAGE, form=TagFileForm.XML),
            "Sql",
            "unknown service tag `Sql`: tags.json lists data-centre ranges by region only, not services",
        ),
    ],
)
def test_an_unknown_tag_says_why_and_may_be_anything(tags: TagTable | None, name: str, why: str) -> None:
    """The reason tells a missing file from a missing tag, and names the nearest tag where there is one."""
    found = terms(site(tags=tags), ServiceTag(name), side="destination")
    assert found == [Term(ALL_ADDRESSES[4], Fact(f"service tag {name.lower()}", "destination"))]
    assert [reason for reason, _ in reasons(found)] == [why]


def test_a_tag_with_a_prefix_that_is_none_is_an_error() -> None:
    """A prefix is never lost in silence: the error names the tag and its place in the file."""
    broken = replace(STORAGE, prefixes=("20.60.0.0/24", "20.60.0.0/255.0.255.0"), pointer="/values/3")
    with pytest.raises(InputError) as raised:
        AddressBook(site(tags=table(broken))).published("Storage.WestUS", 4)
    [problem] = raised.value.diagnostics
    assert (problem.code, str(problem.severity), str(problem.at)) == ("NC163", "error", "tags.json#/values/3")
    assert problem.message.startswith("service tag `Storage.WestUS`: ")
    assert "20.60.0.0/255.0.255.0" in problem.message
    with pytest.raises(AddressError) as cause:
        parse_prefix("20.60.0.0/255.0.255.0")
    assert problem.help == cause.value.help != ""


def test_a_book_shares_what_it_read_with_the_book_of_the_same_file_only() -> None:
    """The same tags are read once for a site before and after a change; another file's tags are other sets."""
    before = site()
    first = AddressBook(before)
    known = first.published("Storage.WestUS", 4)
    assert AddressBook(replace(before, file="after.yaml"), like=first).published("Storage.WestUS", 4) is known
    other = site(tags=table(replace(STORAGE, prefixes=("20.99.0.0/24",))))
    assert AddressBook(other, like=first).published("Storage.WestUS", 4) == spans("20.99.0.0/24")


# Built-in tags


def test_the_load_balancer_is_its_probe_address() -> None:
    """Probes come from one address of each family."""
    for family in (4, 6):
        found = terms(site(), ServiceTag("AzureLoadBalancer"), family=4 if family == 4 else 6)
        assert found == [Term(AZURE_LOAD_BALANCER[family])]


def test_platform_tags_are_services_of_ipv4() -> None:
    """DNS and metadata are one port of one address; licensing is one port of addresses that nobody publishes."""
    assert terms(site(), ServiceTag("AzurePlatformDNS")) == [Term(spans(HOST), None, IntervalSet.point(53))]
    metadata = Term(spans("169.254.169.254/32"), None, IntervalSet.point(80))
    assert terms(site(), ServiceTag("AzurePlatformIMDS")) == [metadata]
    assert terms(site(), ServiceTag("AzurePlatformDNS"), family=6) == []
    assert terms(site(), ServiceTag("AzurePlatformIMDS"), family=6) == []
    found = terms(site(), ServiceTag("AzurePlatformLKM"), side="destination")
    fact = Fact("service tag azureplatformlkm", "destination")
    assert found == [Term(INTERNET_UPPER[4], fact, IntervalSet.point(1688))]
    assert [reason for reason, _ in reasons(found)] == ["the addresses of `AzurePlatformLKM` are not published"]


def test_internet_is_certain_outside_what_the_recordings_differ_in() -> None:
    """Certain is the later recording, open what only the earlier one has; for IPv6 all of it is open."""
    fact = Fact("internet of V", "destination")
    found = terms(site(), INTERNET, side="destination")
    assert found == [Term(INTERNET_LOWER[4]), Term(INTERNET_UPPER[4] - INTERNET_LOWER[4], fact)]
    assert [reason for reason, _ in reasons(found)] == [
        "whether `Internet` covers this address is not documented for certain"
    ]
    assert terms(site(), INTERNET, side="destination", family=6) == [Term(INTERNET_UPPER[6], fact)]


@pytest.mark.parametrize(
    ("routes", "open_too"),
    [
        ((), ()),
        ((route("Storage.WestUS"),), ("20.60.0.0/24",)),
        ((route("Storage.WestUS"), route("AzureBackup.WestUS")), ("20.60.0.0/24", "20.70.0.0/24")),
        ((route("20.80.0.0/24"),), ()),
        ((route("20.80.0.0/24"), route("Storage.WestUS", NextHop.NONE)), ("20.60.0.0/24",)),
    ],
)
def test_internet_may_miss_what_a_route_for_a_tag_names(routes: tuple[Route, ...], open_too: tuple[str, ...]) -> None:
    """Users found destinations of tag routes outside `AllowInternetOutBound`: they are open, plain prefixes are not."""
    [certain, possible] = terms(site(*routes), INTERNET)
    assert certain.addresses == INTERNET_LOWER[4] - spans(*open_too)
    assert certain.addresses | possible.addresses == INTERNET_UPPER[4]


def test_internet_is_wholly_open_under_a_route_for_an_unknown_tag() -> None:
    """The route may name any address, so none is certain."""
    fact = Fact("internet of V", "source")
    assert terms(site(route("Contoso")), INTERNET) == [Term(INTERNET_UPPER[4], fact)]


def test_internet_of_a_group_that_stands_alone() -> None:
    """Without a network nothing is taken away but the space that is given in its place."""
    one = site()
    [certain, possible] = AddressBook(one).terms([INTERNET], 4, "source", None)
    assert (certain.addresses, possible.fact) == (INTERNET_LOWER[4], Fact("internet of the NSG", "source"))
    told = AddressBook(one, [prefix("20.60.0.0/16"), prefix("2603::/32")]).terms([INTERNET], 4, "source", None)
    assert told[0].addresses == INTERNET_LOWER[4] - spans("20.60.0.0/16")
    assert told[0].addresses | told[1].addresses == INTERNET_UPPER[4]
    lost = Subnet(name="S", virtual_network="nowhere", prefixes=(), at=HERE)
    assert AddressBook(one).terms([INTERNET], 4, "source", lost)[0].addresses == INTERNET_LOWER[4]


# VirtualNetwork


def peer(name: str, *space: str, peerings: tuple[Peering, ...] = ()) -> VirtualNetwork:
    return VirtualNetwork(
        name=name, address_space=tuple(prefix(p) for p in space), subnets=(), at=PEER_PLACE, peerings=peerings
    )


def peering(name: str, remote: str, **more: Any) -> Peering:
    return Peering(name=name, remote_virtual_network=remote, at=PEER_PLACE, **more)


OWN = "10.0.0.0/16", HOST


def test_a_network_whose_address_space_no_file_gives_may_hold_any_address() -> None:
    """Its subnets are in it; of everything else it is not known, and not certain that it is outside."""
    subnet = Subnet(name="S", virtual_network="V", prefixes=(prefix("10.0.1.0/28"),), at=HERE)
    network = VirtualNetwork(name="V", address_space=(), subnets=(subnet,), at=HERE)
    certain, open_part = terms(Site(file="site.yaml", virtual_networks=(network,)), VNET)
    assert certain == Term(spans("10.0.1.0/28", HOST))
    assert open_part.addresses == ALL_ADDRESSES[4] - certain.addresses
    assert reasons([open_part]) == [("the address space of virtual network `V` is not in the site", str(HERE))]


def test_an_address_space_of_which_a_part_is_not_read_is_open_as_well() -> None:
    """What was read is in the network for certain, and the reason is the reader's."""
    unread = Unmodelled("addressSpace", PEER_PLACE, "`addressSpace` is an expression")
    certain, open_part = terms(replace(site(), unmodelled=(unread,)), VNET)
    assert certain == Term(spans(*OWN))
    assert reasons([open_part]) == [("`addressSpace` is an expression", str(PEER_PLACE))]


@pytest.mark.parametrize(
    ("more", "certain"),
    [
        ({}, ()),
        ({"peerings": (peering("p", "Spoke"),)}, ("10.1.0.0/16",)),
        ({"peerings": (peering("p", "Spoke", is_connected=False),)}, ()),
        ({"peerings": (peering("p", "Spoke", allows_virtual_network_access=False),)}, ()),
        (
            {"peerings": (peering("q", "Other", allows_virtual_network_access=False), peering("p", "Spoke"))},
            ("10.1.0.0/16",),
        ),
        ({"peerings": (peering("p", "Spoke", remote_address_space=(prefix("10.7.0.0/16"),)),)}, ("10.7.0.0/16",)),
        ({"peerings": (peering("p", "Spoke"), peering("q", "Other"))}, ("10.1.0.0/16", "10.2.0.0/16")),
        ({"has_gateway": True, "gateway_prefixes": (prefix("192.168.0.0/16"),)}, ("192.168.0.0/16",)),
        ({"has_gateway": True, "gateway_prefixes": ()}, ()),
    ],
)
def test_virtual_network_is_own_peered_and_learned_space(more: dict[str, Any], certain: tuple[str, ...]) -> None:
    """Own space, the host's address, peers that are connected with access allowed, and what the gateway learned."""
    one = site(others=(peer("Spoke", "10.1.0.0/16", "fd01::/56"), peer("Other", "10.2.0.0/16")), **more)
    assert terms(one, VNET) == [Term(spans(*OWN, *certain))]


def test_virtual_network_over_ipv6_has_no_host_address() -> None:
    """The platform's address is IPv4; own, peered and learned prefixes of IPv6 count."""
    others = (peer("Spoke", "10.1.0.0/16", "fd01::/56"),)
    assert terms(site(), VNET, family=6) == [Term(spans("fd00::/56"))]
    both = site(others=others, peerings=(peering("p", "Spoke"),), gateway_prefixes=(prefix("fd77::/32"),))
    assert terms(both, VNET, family=6) == [Term(spans("fd00::/56", "fd01::/56", "fd77::/32"))]


def test_a_peer_whose_space_no_file_tells_may_be_anything() -> None:
    """The fact names the peering, and its place; other peers stay certain."""
    one = site(others=(peer("Spoke", "10.1.0.0/16"),), peerings=(peering("Far", "away"), peering("p", "Spoke")))
    found = terms(one, VNET)
    fact = Fact("space of peering far", "source")
    assert found == [Term(spans(*OWN, "10.1.0.0/16")), Term(ALL_ADDRESSES[4], fact)]
    assert reasons(found) == [("the address space of peering `Far` is not in the site", "site.yaml:30:5")]


def test_a_peering_that_the_other_side_alone_states_may_count() -> None:
    """The other network's space is in the tag where this side of the peering exists and allows access."""
    one = site(others=(peer("Spoke", "10.1.0.0/16", peerings=(peering("back", "V"),)),))
    found = terms(one, VNET, side="destination")
    fact = Fact("access by the peering of v with spoke")
    assert found == [Term(spans(*OWN)), Term(spans("10.1.0.0/16"), fact)]
    [premise] = {term.fact.premise for term in found if term.fact is not None}
    assert premise == Fact("peering of v with spoke")
    reason = "`Spoke` at site.yaml:30:5 states a peering with `V`, whose own half may not allow access"
    assert reasons(found) == [(reason, "site.yaml:30:5")]


APPLIANCE = NextHop.VIRTUAL_APPLIANCE


@pytest.mark.parametrize(
    ("routes", "possible"),
    [
        ((route("192.0.2.0/24", NextHop.NONE),), spans("192.0.2.0/24")),
        ((route("Storage.WestUS"),), spans("20.60.0.0/24")),
        ((route("Storage.WestUS"), route("AzureBackup.WestUS")), spans("20.60.0.0/24", "20.70.0.0/24")),
        ((route("Contoso"),), ALL_ADDRESSES[4]),
        ((route("0.0.0.0/0"),), ALL_ADDRESSES[4]),
    ],
)
def test_route_prefixes_are_possibly_in_the_tag(routes: tuple[Route, ...], possible: IntervalSet) -> None:
    """Prefixes used on user-defined routes may belong; what is in the tag anyway is not open."""
    found = terms(site(*routes), VNET)
    fact = Fact("virtualnetwork of v/s", "source")
    assert found == [Term(spans(*OWN)), Term(possible - spans(*OWN), fact)]
    reason = "whether `VirtualNetwork` covers what the routes of V/S name is not known"
    assert [said for said, _ in reasons(found)] == [reason]


def test_the_prefix_of_a_route_to_an_appliance_is_in_the_tag() -> None:
    """Azure's own expansion holds it, in two recordings of 2017; other next hops leave it open."""
    appliance, other = route("20.0.0.0/8", APPLIANCE), route("192.0.2.0/24", NextHop.NONE)
    fact = Fact("virtualnetwork of v/s", "source")
    found = terms(site(other, appliance), VNET)
    assert found == [Term(spans(*OWN, "20.0.0.0/8")), Term(spans("192.0.2.0/24"), fact)]
    assert terms(site(route("0.0.0.0/1", APPLIANCE)), VNET) == [Term(spans(*OWN, "0.0.0.0/1"))]


def test_route_prefixes_are_possibly_in_the_tag_of_their_family() -> None:
    """A route for a service tag names IPv6 prefixes too, and one for an IPv4 prefix none."""
    one = site(route("Storage.WestUS"), route("20.80.0.0/24"))
    fact = Fact("virtualnetwork of v/s", "source")
    assert terms(one, VNET, family=6) == [Term(spans("fd00::/56")), Term(spans("2603:1030:1::/48"), fact)]


def test_routes_inside_the_network_add_nothing() -> None:
    """A route for a part of the own space leaves nothing open."""
    assert terms(site(route("10.0.1.0/24", APPLIANCE)), VNET) == [Term(spans(*OWN))]
    assert terms(site(route("10.0.1.0/24")), VNET, family=6) == [Term(spans("fd00::/56"))]


def test_a_default_route_to_an_appliance_makes_the_tag_everything_of_its_family() -> None:
    """0.0.0.0/0 to an appliance settles the tag for IPv4, ::/0 for IPv6, and neither for the other."""
    four, six = site(route("0.0.0.0/0", APPLIANCE)), site(route("::/0", APPLIANCE))
    assert terms(four, VNET) == [Term(ALL_ADDRESSES[4])]
    assert terms(four, VNET, family=6) == [Term(spans("fd00::/56"))]
    assert terms(six, VNET, family=6) == [Term(ALL_ADDRESSES[6])]
    assert terms(six, VNET) == [Term(spans(*OWN))]
    assert everything(4).last == 2**32 - 1


def test_a_gateway_whose_routes_are_not_given_leaves_everything_open() -> None:
    """It may have learned a default route: every address outside is possible, in both families."""
    one = site(has_gateway=True)
    fact = Fact("virtualnetwork of v/s", "source")
    assert terms(one, VNET) == [Term(spans(*OWN)), Term(ALL_ADDRESSES[4] - spans(*OWN), fact)]
    six = spans("fd00::/56")
    assert terms(one, VNET, family=6) == [Term(six), Term(ALL_ADDRESSES[6] - six, fact)]


def test_virtual_network_of_a_group_that_stands_alone() -> None:
    """The host's address is certain, the rest open unless the space is given; a lost network is as good as none."""
    lost = Subnet(name="S", virtual_network="nowhere", prefixes=(), at=HERE)
    fact = Fact("virtualnetwork", "source")
    for where in (None, lost):
        found = AddressBook(site()).terms([VNET], 4, "source", where)
        assert found == [Term(spans(HOST)), Term(ALL_ADDRESSES[4] - spans(HOST), fact)]
        reason = "the NSG stands alone, so what `VirtualNetwork` covers is not known; give it with --vnet"
        assert [said for said, _ in reasons(found)] == [reason]
        told = AddressBook(site(), [prefix("10.0.0.0/24"), prefix("fd00::/64")])
        assert told.terms([VNET], 4, "source", where) == [Term(spans(HOST, "10.0.0.0/24"))]
        assert told.terms([VNET], 6, "source", where) == [Term(spans("fd00::/64"))]


# Application security groups


def test_a_group_is_the_addresses_of_its_nics() -> None:
    """Members are found by the end of the resource ID, in any letter case, and by family; others do not count."""
    long = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationSecurityGroups/Web"

    def nic(name: str, *groups: str, addresses: tuple[str, ...]) -> NetworkInterface:
        return NetworkInterface(
            name=name,
            subnet="V/S",
            addresses=tuple(prefix(a) for a in addresses),
            at=HERE,
            application_security_groups=groups,
        )

    nics = (
        nic("one", "other", "WEB", addresses=("10.0.0.4", "fd00::4")),
        nic("two", long, addresses=("10.0.0.6",)),
        nic("three", "other", addresses=("10.0.0.9",)),
    )
    machine = VirtualMachine(name="vm", os_type="", interfaces=nics, at=HERE)
    one = replace(site(), virtual_machines=(machine,), application_security_groups=("Empty",))
    assert terms(one, ApplicationSecurityGroup("web")) == [Term(spans("10.0.0.4/32", "10.0.0.6/32"))]
    assert terms(one, ApplicationSecurityGroup(long), family=6) == [Term(spans("fd00::4/128"))]
    assert terms(one, ApplicationSecurityGroup("EMPTY")) == []
    found = terms(one, ApplicationSecurityGroup("/x/Ghost"), side="destination")
    assert found == [Term(ALL_ADDRESSES[4], Fact("application security group ghost", "destination"))]
    assert [reason for reason, _ in reasons(found)] == ["no NIC of the site is in the group `/x/Ghost`"]
