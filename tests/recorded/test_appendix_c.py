"""Figures of Microsoft's published files, computed by netcheck: sizes, prefixes, relations, rules of classic NSGs.

The files are read where they lie and never copied; without them every test that needs one is skipped. The article's
network with them is worked out in `tests/scenarios/test_real_tags.py`.
"""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address
from typing import Any, NamedTuple

import pytest

import netcheck as nc
from netcheck.diagnostics import NOWHERE
from netcheck.model.regions import azurecloud_tag_for, location_of
from netcheck.model.rules import Direction
from netcheck.model.site import DeploymentModel
from netcheck.policy.builtin import INTERNET_LOWER, INTERNET_UPPER
from netcheck.policy.nsg import default_rules
from netcheck.policy.resolve import AddressBook
from netcheck.questions.answer import prefixes
from netcheck.questions.packets import parse_ports
from netcheck.sets.intervals import union
from tests.recorded.published_tags import LATEST, collapsed, known, listed, option, published, site_of

WESTUS_ADDRESSES = 15_808
LARGE_TAGS = [
    ("EastUS2", 139, 28_845, 278),
    ("EastUS", 119, 31_424, 238),
    ("CentralUS", 105, 25_360, 210),
    ("WestEurope", 97, 22_544, 194),
    ("WestUS", 91, WESTUS_ADDRESSES, 182),
    ("SouthCentralUS", 87, 23_776, 174),
    ("NorthEurope", 85, 18_816, 170),
    ("NorthCentralUS", 63, 13_729, 126),
    ("EastUS2EUAP", 56, 8_775, 112),
    ("WestUS2", 51, 15_056, 102),
    ("WestUS3", 47, 15_808, 94),
    ("SoutheastAsia", 42, 7_344, 84),
]


@cache
def compared(target: str) -> Any:
    """Return the comparison for a target on the article's site."""
    return nc.compare(site_of("article-before"), target=target, ports=(80, 443)).to_dict()


@pytest.mark.parametrize(("region", "count", "addresses", "rules"), LARGE_TAGS)
def test_classic_figures_of_the_large_regions(region: str, count: int, addresses: int, rules: int) -> None:
    """Prefixes, addresses and classic rules of a regional Storage tag are those of the file; 200 rules is the limit."""
    found = compared(f"Storage.{region}")
    choice = option(found, "storage-region-prefixes")
    assert addresses == found["required"]["addresses"]
    assert (count, addresses, rules) == (choice["prefixes"], choice["addressesOpened"], choice["rulesNeeded"])
    assert (200, 1.0, rules <= 200) == (choice["rulesLimit"], choice["overExposure"], choice["feasible"])


def test_no_other_region_is_large() -> None:
    """Every regional Storage tag beside the listed ones has fewer than 40 prefixes: 35 at most."""
    large = {f"Storage.{region}" for region, *_ in LARGE_TAGS}
    book = AddressBook(site_of("article-before"))
    others = [name for name in published(LATEST) if name.startswith("Storage.")]
    counts = [len(list(prefixes(4, known(book, name)))) for name in others if name not in large]
    assert max(counts) == 35


@pytest.mark.parametrize(
    ("target", "name", "count", "addresses"),
    [
        ("Storage.WestUS", "azurecloud-region-prefixes", 303, None),
        ("Storage.EastUS2", "azurecloud-region-prefixes", 838, None),
        ("Storage.WestUS", "azurecloud-prefixes", 1_860, 47_777_112),
        ("Storage.WestUS", "storage-prefixes", 495, 498_017),
    ],
)
def test_figures_of_the_wider_options(target: str, name: str, count: int, addresses: int | None) -> None:
    """The wider rungs of the ladder have the figures of the file, and none fits into a classic NSG."""
    choice = option(compared(target), name)
    assert (count, 2 * count) == (choice["prefixes"], choice["rulesNeeded"])
    assert choice["feasible"] is False
    if addresses is not None:
        assert addresses == choice["addressesOpened"]
        assert round(addresses / WESTUS_ADDRESSES, 2) == choice["overExposure"]


def test_prefix_counts_agree_with_the_standard_library() -> None:
    """The figures are those that merging the file's own prefixes gives, without any of our code."""
    file = LATEST
    for tag, count in (
        ("AzureCloud", 1_860),
        ("AzureCloud.westus", 303),
        ("AzureCloud.eastus2", 838),
        ("Storage", 495),
    ):
        assert (tag, count) == (tag, len(collapsed(file, tag)))


class Figures(NamedTuple):
    """One line of the table of files: IPv4 addresses after merging, and prefixes."""

    file: str
    number: int
    entries: int
    storage: int
    cloud: int
    storage_outside_cloud: int
    storage_outside_regions: int
    directory: int
    directory_outside_cloud: int
    storage_prefixes: int


FILES = [
    Figures(
        *("ServiceTags_Public_20190722.json", 82, 756),
        *(96_704, 13_982_659, 33_232, 33_495, 34_323, 22_048, 498),
    ),
    Figures(LATEST, 375, 3_039, *(498_017, 47_777_112, 56_896, 74_928, 56_820, 8_288, 495)),
]


@pytest.mark.parametrize("row", FILES, ids=lambda row: str(row.number))
def test_the_figures_of_a_file(row: Figures) -> None:
    """Entries and sizes; neither Storage nor Entra is inside AzureCloud, and the regions together are not Storage."""
    site = site_of("article-before", row.file)
    book, tags = AddressBook(site), site.tags
    assert tags is not None
    storage, cloud, directory = (known(book, name) for name in ("Storage", "AzureCloud", "AzureActiveDirectory"))
    regions = union(known(book, name) for name in published(row.file) if name.startswith("Storage."))
    found = (storage.size, cloud.size, (storage - cloud).size, (storage - regions).size)
    assert (row.number, row.entries) == (tags.change_number, len(tags.entries))
    assert row[3:7] == found
    assert (row.directory, row.directory_outside_cloud) == (directory.size, (directory - cloud).size)
    assert row.storage_prefixes == len(list(prefixes(4, storage)))


@pytest.mark.parametrize("file", [row.file for row in FILES])
def test_the_regions_of_storage_are_apart_and_inside_storage(file: str) -> None:
    """The regional Storage tags are pairwise disjoint, and each is inside `Storage`."""
    book = AddressBook(site_of("article-before", file))
    regions = [known(book, name) for name in published(file) if name.startswith("Storage.")]
    assert sum(one.size for one in regions) == union(regions).size
    assert union(regions) <= known(book, "Storage")
    assert len(regions) > 30


def test_the_storage_addresses_outside_azurecloud() -> None:
    """Exactly these prefixes of Storage would stay closed for whoever opens AzureCloud."""
    book = AddressBook(site_of("article-before"))
    expected = """
        52.239.184.128/27 52.239.185.16/28 52.239.185.64/26 52.239.185.128/25 52.239.191.0/28 52.239.192.80/28
        52.239.198.160/27 52.239.207.0/27 52.239.207.48/28 52.239.207.160/27 135.130.25.0/25 135.130.34.192/26
        135.130.157.0/24 135.130.164.0/22 135.130.168.0/21 135.130.176.0/20 135.130.192.0/18 145.190.129.0/24
        145.190.130.0/23 145.190.132.0/22 145.190.136.0/21 145.190.144.0/20 145.190.160.0/19 145.190.192.0/18
    """
    assert expected.split() == list(prefixes(4, known(book, "Storage") - known(book, "AzureCloud")))


def test_every_regional_storage_tag_is_inside_its_azurecloud_region() -> None:
    """Whoever opens the data-centre ranges of a region opens the Storage of that region; its tag is found by name."""
    site = site_of("article-before")
    book, seen = AddressBook(site), 0
    for name, properties in published(LATEST).items():
        if name.startswith("Storage.") and properties["region"]:
            seen += 1
            stated = f"AzureCloud.{properties['region']}"
            assert known(book, name) <= known(book, stated), name
            assert site.tags is not None
            entry = site.tags.get(name)
            assert entry is not None
            if "stag" not in name.lower() and "stg" not in name.lower():
                assert (name, stated) == (name, azurecloud_tag_for(location_of(entry), site.tags))
    assert seen > 60


def test_regional_prefixes_are_merged_as_published() -> None:
    """No prefix of a regional Storage tag merges with another; AzureCloud's 9,585 merge into 1,860."""
    book = AddressBook(site_of("article-before"))
    names = [name for name in published(LATEST) if name.startswith("Storage.")]
    assert {n: len(listed(LATEST, n)) for n in names} == {n: len(list(prefixes(4, known(book, n)))) for n in names}
    assert (len(listed(LATEST, "AzureCloud")), len(list(prefixes(4, known(book, "AzureCloud"))))) == (9_585, 1_860)


@pytest.mark.parametrize(("ports", "boxes"), [((443,), 495), ((80, 443), 990), (tuple(range(80, 444)), 495)])
def test_boxes_of_storage(ports: tuple[int, ...], boxes: int) -> None:
    """TCP to Storage is 495 boxes of one prefix and one port range, 990 with two ports, and 495 with `80-443`."""
    found = nc.compare(site_of("article-before"), target="Storage", ports=ports)["storage-prefixes"]
    assert (found.prefixes, found.rules_needed) == (495, boxes)


def test_from_80_to_443_there_are_364_ports() -> None:
    """Both ends count."""
    assert parse_ports(["80-443"]).size == 364


def test_the_platforms_addresses_and_the_tags() -> None:
    """168.63.129.16 is in both expansions of `Internet` and in `VirtualNetwork`, 169.254.169.254 in none; no published
    tag holds either."""
    site = site_of("article-before")
    book, subnet = AddressBook(site), site.subnet("vnet/default")
    wire, metadata = int(IPv4Address("168.63.129.16")), int(IPv4Address("169.254.169.254"))
    network = union(term.addresses for term in book.virtual_network(4, "destinations", subnet))
    for one in (INTERNET_LOWER[4], INTERNET_UPPER[4], network):
        assert (wire in one, metadata in one) == (True, False)
    holding = [name for name in published(LATEST) if any(address in known(book, name) for address in (wire, metadata))]
    assert holding == []


@pytest.mark.parametrize("model", list(DeploymentModel))
def test_an_nsg_has_six_default_rules(model: DeploymentModel) -> None:
    """Three inbound, three outbound, in both deployment models."""
    rules = [rule for direction in Direction for rule in default_rules(direction, model, NOWHERE)]
    assert len(rules) == 6
