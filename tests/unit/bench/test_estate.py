"""The drawn estates are what the figures say they are, and small ones are judged as `reach` judges their pairs."""

from pathlib import Path

import pytest

from netcheck.estate.classes import build_estate
from netcheck.model.address import AddressRange
from netcheck.model.site import Site
from netcheck.policy.resolve import AddressBook
from netcheck.sources.load import load_site
from tests.bench.estate import NETWORKS, NSGS, SUBNETS, Size, estate, write_site
from tests.bench.estates import differ


def _load(folder: Path, size: Size) -> Site:
    return load_site([str(write_site(folder / "estate.json", size))])


def test_an_estate_is_as_large_as_it_says(tmp_path: Path) -> None:
    site = _load(tmp_path, Size(vms=600, rules=6))
    assert site.warnings == ()
    assert len(site.virtual_machines) == 600
    assert (len(site.virtual_networks), len(site.network_security_groups)) == (NETWORKS, NSGS)
    assert sum(len(network.subnets) for network in site.virtual_networks) == SUBNETS
    assert {len(group.rules) for group in site.network_security_groups} == {6}


def test_every_vm_that_is_to_be_named_is(tmp_path: Path) -> None:
    """T10 is about VMs of which each is a class of its own."""
    site = _load(tmp_path, Size(vms=600, rules=20, named=600))
    named = {
        endpoint.first
        for group in site.network_security_groups
        for rule in group.rules
        for endpoint in (*rule.sources, *rule.destinations)
        if isinstance(endpoint, AddressRange) and endpoint.first == endpoint.last
    }
    assert {vm.primary.addresses[0].first for vm in site.virtual_machines} <= named
    assert len(build_estate(site, AddressBook(site)).classes) == 600


def test_one_seed_is_one_estate() -> None:
    assert estate(Size(vms=20, rules=2), 3) == estate(Size(vms=20, rules=2), 3)
    assert estate(Size(vms=20, rules=2), 3) != estate(Size(vms=20, rules=2), 4)


@pytest.mark.parametrize("has_appliance", [False, True], ids=["plain", "through the hub"])
def test_pairs_of_an_estate_are_judged_as_by_reach(tmp_path: Path, has_appliance: bool) -> None:
    site = _load(tmp_path, Size(vms=40, rules=10, named=10, has_appliance=has_appliance))
    assert differ(site, build_estate(site, AddressBook(site)), 60) == 0
