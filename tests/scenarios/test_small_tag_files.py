"""The hand-written tag files keep the relations between tags that the published files have."""

from __future__ import annotations

import json
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

import pytest

from tests.scenarios.test_scenarios import FIXTURES

FILES = {"Public": "ServiceTags_Public_Small.json", "AzureGovernment": "ServiceTags_AzureGovernment_Small.json"}


def read(file: str) -> dict[str, Any]:
    """Return the tags of a file by name."""
    document = json.loads((FIXTURES / "tags" / file).read_text(encoding="utf-8"))
    return {tag["name"]: tag["properties"] for tag in document["values"]}


def addresses(properties: dict[str, Any]) -> set[int]:
    """Return the IPv4 addresses of a tag up to /18, one by one."""
    found = [ip_network(text) for text in properties["addressPrefixes"]]
    return {int(address) for network in found if isinstance(network, IPv4Network) for address in network}


def is_inside(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether every prefix of one tag lies in another tag, IPv4 and IPv6."""
    for text in one["addressPrefixes"]:
        network = ip_network(text)
        if isinstance(network, IPv4Network):
            whole4 = collapse_addresses(
                n for n in map(ip_network, other["addressPrefixes"]) if isinstance(n, IPv4Network)
            )
            inside = any(network.subnet_of(n) for n in whole4)
        else:
            whole6 = collapse_addresses(
                n for n in map(ip_network, other["addressPrefixes"]) if isinstance(n, IPv6Network)
            )
            inside = any(network.subnet_of(n) for n in whole6)
        if not inside:
            return False
    return True


@pytest.mark.parametrize("file", FILES.values())
def test_regional_storage_is_inside_storage_and_its_region(file: str) -> None:
    """Each `Storage.<Region>` lies in `Storage` and in its region of `AzureCloud`; the regional ones are disjoint."""
    tags = read(file)
    regional = {name: tag for name, tag in tags.items() if name.startswith("Storage.")}
    for tag in regional.values():
        assert is_inside(tag, tags["Storage"])
        assert is_inside(tag, tags[f"AzureCloud.{tag['region']}"])
    assert sum(len(addresses(tag)) for tag in regional.values()) == len(set().union(*map(addresses, regional.values())))


@pytest.mark.parametrize("file", FILES.values())
def test_azurecloud_holds_its_regions(file: str) -> None:
    """Each `AzureCloud.<region>` lies in `AzureCloud`."""
    tags = read(file)
    for name in tags:
        if name.startswith("AzureCloud."):
            assert is_inside(tags[name], tags["AzureCloud"])


def test_numbers_that_stories_rely_on() -> None:
    """Storage is more than its regions and not inside AzureCloud; Entra ID is almost wholly outside."""
    tags = read(FILES["Public"])
    sizes = {"Storage.WestUS": 816, "Storage.EastUS": 528, "Storage.EastUS2": 1552, "Storage.EastUS2Stage": 32}
    assert sizes == {name: len(addresses(tags[name])) for name in sizes}
    storage, cloud = addresses(tags["Storage"]), addresses(tags["AzureCloud"])
    assert (len(storage), len(storage - cloud)) == (3969, 1040)
    assert len(storage - set().union(*(addresses(tags[name]) for name in sizes))) == 1041
    entra = addresses(tags["AzureActiveDirectory"])
    assert (len(entra), len(entra - cloud)) == (32769, 32768)
    assert tags["AzureBackup.WestUS"]["networkFeatures"] is None
    assert tags["Storage.EastUS2"]["region"] == tags["Storage.EastUS2Stage"]["region"] == "eastus2"
