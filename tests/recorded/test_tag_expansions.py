"""The built-in tags mean what Azure was seen to put in their place."""

from __future__ import annotations

import pytest

from netcheck.model.address import ServiceTag
from netcheck.policy.builtin import prefixes
from netcheck.policy.resolve import AddressBook
from netcheck.sets.intervals import EMPTY, IntervalSet
from tests.recorded import by_hand
from tests.recorded.cases import (
    CORMACPAYNE,
    NIC_2018,
    NIC_2020,
    OLYDIS_VIEW,
    RULES,
    SERGEY,
    VIANANTH_ROUTES,
    VIANANTH_VIEW,
    VIEW,
)
from tests.recorded.expansions import INTERNET, bounds_in, internet_bounds, load_expansions
from tests.recorded.replies import find_nic, subnet_of
from tests.recorded.rule_replies import BLOCK
from tests.recorded.transcripts import read


def _recorded(tag: str, recording: str) -> IntervalSet:
    """Return the IPv4 addresses of the expansion that is listed for a recording."""
    [found] = [one for one in load_expansions(tag) if recording in one.seen_in]
    return found.addresses[4]


@pytest.mark.parametrize("recording", [CORMACPAYNE, SERGEY, VIANANTH_ROUTES, NIC_2018, NIC_2020])
def test_virtual_network_is_the_space_and_the_host_address(recording: str) -> None:
    """10.0.0.0/16 and 168.63.129.16, exactly: nothing is left open."""
    recorded = _recorded("VirtualNetwork", recording)
    assert bounds_in(recording, RULES, "VirtualNetwork") == (recorded, recorded)


@pytest.mark.parametrize("recording", [OLYDIS_VIEW, VIANANTH_VIEW])
def test_virtual_network_with_a_route_to_an_appliance(recording: str) -> None:
    """The route's prefix, 10.1.3.0/24, is in the tag, although nothing in reach holds the appliance's address."""
    recorded = _recorded("VirtualNetwork", recording)
    assert bounds_in(recording, VIEW, "VirtualNetwork") == (recorded, recorded)
    assert prefixes("10.1.3.0/24")[4] <= recorded


def test_azure_load_balancer_is_one_address_of_each_family() -> None:
    """The recordings until 2017 show no IPv6 at all, those since show fe80::1234:5678:9abc."""
    site = by_hand.quickstart()
    book, subnet = AddressBook(site), subnet_of(site, find_nic(site, "vm"))
    ours = {f: book.terms([ServiceTag("AzureLoadBalancer")], f, "source", subnet)[0].addresses for f in (4, 6)}
    older, newer = sorted(load_expansions("AzureLoadBalancer"), key=lambda one: one.count)
    assert ours == newer.addresses
    assert older.addresses == {4: ours[4], 6: EMPTY}


@pytest.mark.parametrize("count", INTERNET)
def test_internet_is_what_was_recorded(count: int) -> None:
    """Each list is exactly netcheck's certain or possible set, but for parts of 25.0.0.0/8 that are named."""
    certain, possible = internet_bounds()
    found = [one for one in load_expansions("Internet") if one.count == count]
    assert found
    for one in found:
        assert one.addresses == {4: INTERNET[count].apply(certain, possible), 6: EMPTY}
        assert certain - BLOCK <= one.addresses[4] <= possible


def test_no_recorded_internet_is_left_out() -> None:
    """There are lists of four sizes; 76 prefixes were recorded in two orders."""
    assert sorted(one.count for one in load_expansions("Internet")) == [76, 76, 82, 216, 236]


def test_the_newest_list_lies_within_the_bounds_and_older_ones_do_but_for_one_block() -> None:
    """Of 25.0.0.0/8 netcheck is as certain as the list of 2020 is; the older lists leave more of it out."""
    certain, _ = internet_bounds()
    outside = {one.count: certain - one.addresses[4] for one in load_expansions("Internet")}
    assert {count: bool(part) for count, part in outside.items()} == {76: True, 82: True, 216: True, 236: False}
    assert all(part <= BLOCK for part in outside.values())


def test_the_prefixes_that_the_quickstart_shows_are_within_the_bounds() -> None:
    """Microsoft's page shows the first six prefixes of an expansion; later lists lack 13.96.0.0/13 among them."""
    shown = prefixes(" ".join(read("msdocs_quickstart_ip_flow_verify")["expandedInternetPrefixesShown"]))
    certain, possible = internet_bounds()
    assert shown[4] <= possible
    assert shown[4] - certain == prefixes("13.96.0.0/13")[4]
