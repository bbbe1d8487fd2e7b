"""Drift between files that Microsoft published: netcheck's figures against plain loops over the files' own prefixes.

The files are read where they lie and never copied; without them every test here is skipped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pytest

import netcheck as nc
from tests.recorded.published_tags import FIXTURES, LATEST, collapsed, listed, option, site_of, tag_file
from tests.unit.cli.shared import run

OLDER = "ServiceTags_Public_20230130.json"
Spans = list[tuple[int, int]]


def spans(networks: Sequence[IPv4Network]) -> Spans:
    """Return networks as (first, last)."""
    return [(int(one.network_address), int(one.broadcast_address)) for one in networks]


def without(these: Spans, those: Spans) -> Spans:
    """Return what is in the first list of disjoint spans and in none of the second, by plain loops."""
    left = list(these)
    for low, high in those:
        kept: Spans = []
        for first, last in left:
            if last < low or first > high:
                kept.append((first, last))
                continue
            if first < low:
                kept.append((first, low - 1))
            if last > high:
                kept.append((high + 1, last))
        left = kept
    return left


def size(these: Spans) -> int:
    """Return the number of addresses in disjoint spans."""
    return sum(last - first + 1 for first, last in these)


@cache
def compared(target: str, older: str) -> Any:
    """Return the comparison of a target on the article's site, with an older file."""
    return nc.compare(site_of("article-before"), target=target, ports=(443,), since=tag_file(older)).to_dict()


PAIRS = [
    ("Storage.WestEurope", "storage-region-prefixes", "Storage.WestEurope"),
    ("Storage.WestEurope", "storage-prefixes", "Storage"),
    ("Storage.WestEurope", "azurecloud-region-prefixes", "AzureCloud.westeurope"),
    ("Storage.WestUS", "storage-region-prefixes", "Storage.WestUS"),
]


@pytest.mark.parametrize("older", [OLDER, "ServiceTags_Public_20190722.json", "ServiceTags_Public_20240122.json"])
@pytest.mark.parametrize(("target", "name", "tag"), PAIRS)
def test_drift_is_the_difference_of_the_files(target: str, name: str, tag: str, older: str) -> None:
    """Missed, stale, prefixes added and removed, and what is missed of the requirement: all by loops over prefixes."""
    drift = option(compared(target, older), name)["drift"]
    now, then = spans(collapsed(LATEST, tag)), spans(collapsed(older, tag))
    needed = spans(collapsed(LATEST, target))
    missed, stale = without(now, then), without(then, now)
    assert (drift["missed"]["addresses"], drift["stale"]["addresses"]) == (size(missed), size(stale))
    assert drift["missed"]["percent"] == round(100 * size(missed) / size(now), 2)
    assert drift["stale"]["percent"] == round(100 * size(stale) / size(then), 2)
    assert size(without(spans([IPv4Network(p) for p in drift["missed"]["prefixes"]]), missed)) == 0
    assert size(without(missed, spans([IPv4Network(p) for p in drift["missed"]["prefixes"]]))) == 0
    new, old = set(listed(LATEST, tag)), set(listed(older, tag))
    assert (drift["prefixesAdded"], drift["prefixesRemoved"]) == (len(new - old), len(old - new))
    lost = size(without(needed, then))
    assert drift["required"]["missed"] == {"addresses": lost, "percent": round(100 * lost / size(needed), 2)}


def test_west_europe_to_the_address() -> None:
    """Of 22,544 addresses a list of January 2023 misses 8,448, and opens none for nothing: address by address."""
    drift = option(compared("Storage.WestEurope", OLDER), "storage-region-prefixes")["drift"]
    now = {int(a) for network in listed(LATEST, "Storage.WestEurope") for a in network}
    then = {int(a) for network in listed(OLDER, "Storage.WestEurope") for a in network}
    found = {int(a) for text in drift["missed"]["prefixes"] for a in IPv4Network(text)}
    assert found == now - then
    assert (len(now), len(then), len(found), len(then - now)) == (22_544, 14_096, 8_448, 0)
    assert (drift["missed"]["addresses"], drift["stale"]["addresses"]) == (8_448, 0)
    assert drift["since"] == {
        "file": OLDER, "cloud": "Public", "changeNumber": 239, "published": "2023-01-30",
    }  # fmt: skip


def test_the_command_says_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The row of the table has addresses, per cent and prefixes; the JSON of the command is that of Python."""
    monkeypatch.chdir(FIXTURES / "article-before")
    words = ["compare", "site.yaml", "--tags", tag_file(), "--since", tag_file(OLDER), "-q"]
    words += ["--target", "Storage.WestEurope", "--port", "443"]
    rows = [line.split() for line in run(capsys, words).out.splitlines()]
    assert ["storage-region-prefixes", "8,448", "37.47", "0", "+22", "-0", "37.47%"] in rows
    assert json.loads(run(capsys, [*words, "-o", "json"]).out) == compared("Storage.WestEurope", OLDER)


def test_the_older_xml_has_no_storage_tag() -> None:
    """Data-centre ranges can be compared, Storage cannot: that is said, and nothing is taken for empty."""
    found = compared("Storage.WestUS", "PublicIPs_jensihnow_latest.xml")
    storage = option(found, "storage-region-prefixes")["drift"]
    assert "missed" not in storage
    assert "lists data-centre ranges by region only" in storage["reason"]
    assert option(found, "azurecloud-region-prefixes")["drift"]["missed"]["addresses"] > 0
