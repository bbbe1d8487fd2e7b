"""`netcheck tags` on the files that Microsoft published: figures of the specification, and plain sets of prefixes.

The files are read where they lie and never copied; without them every test here is skipped.
"""

from __future__ import annotations

import json
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from netcheck.live.download.current import Wanted, download
from tests.recorded.published_tags import FIXTURES, LATEST, published, tag_file
from tests.unit.cli.shared import run
from tests.unit.live.download_server import page, sending, serving

OUTSIDE = """
    52.239.184.128/27 52.239.185.16/28 52.239.185.64/26 52.239.185.128/25 52.239.191.0/28 52.239.192.80/28
    52.239.198.160/27 52.239.207.0/27 52.239.207.48/28 52.239.207.160/27 135.130.25.0/25 135.130.34.192/26
    135.130.157.0/24 135.130.164.0/22 135.130.168.0/21 135.130.176.0/20 135.130.192.0/18 145.190.129.0/24
    145.190.130.0/23 145.190.132.0/22 145.190.136.0/21 145.190.144.0/20 145.190.160.0/19 145.190.192.0/18
"""
"""All that `AzureCloud` lacks of `Storage` in the latest file (semantics, appendix C)."""


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """Return the status and the JSON of a question."""
    outcome = run(capsys, ["tags", *words, "-q", "-o", "json"])
    return outcome.status, json.loads(outcome.out)


def test_azurecloud_does_not_hold_storage(capsys: pytest.CaptureFixture[str]) -> None:
    """No: 56,896 addresses are outside, and these 24 prefixes are all of them (semantics, appendix C)."""
    expected = OUTSIDE.split()
    status, found = asked(capsys, "contains", "AzureCloud", "Storage", "--tags", tag_file())
    assert (status, found["answer"], found["addressesOutside"]["ipv4"]) == (1, "no", 56_896)
    assert found["outside"]["ipv4"] == expected
    text = " ".join(run(capsys, ["tags", "contains", "AzureCloud", "Storage", "--tags", tag_file()]).out.split())
    assert "IPv4: 56,896 of 498,017 outside" in text
    assert ", ".join(expected) in text


def test_a_region_of_storage_is_in_its_data_centres(capsys: pytest.CaptureFixture[str]) -> None:
    """Yes, of both families."""
    words = ("contains", "AzureCloud.westeurope", "Storage.WestEurope", "--tags", tag_file())
    status, found = asked(capsys, *words)
    assert (status, found["families"]) == (0, {"ipv4": "yes", "ipv6": "yes"})
    assert found["addresses"]["ipv4"] == 22_544


@pytest.mark.parametrize(("outer", "inner", "number"), [
    ("AzureCloud", "AzureActiveDirectory", 8_288),
    ("Storage", "AzureBackup", None),
    ("AzureCloud", "AzureBackup", 0),
])  # fmt: skip
def test_other_relations_of_the_latest_file(
    outer: str, inner: str, number: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Entra is partly outside of AzureCloud, AzureBackup inside it and wholly outside of Storage (semantics 5.1)."""
    _, found = asked(capsys, "contains", outer, inner, "--tags", tag_file())
    assert found["addressesOutside"]["ipv4"] == (found["addresses"]["ipv4"] if number is None else number)


@pytest.mark.parametrize(
    ("old", "new", "added", "removed"), [("20210906", "20210913", 57, 0), ("20240115", "20240122", 6, 14)]
)
def test_the_weekly_changes_of_storage_to_the_prefix(
    old: str, new: str, added: int, removed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The prefixes that one file alone lists are those that plain sets of the files' texts give."""
    names = [f"ServiceTags_Public_{day}.json" for day in (old, new)]
    status, found = asked(capsys, "diff", *map(tag_file, names), "--tag", "Storage")
    (change,) = found["tags"]
    was, now = ({ip_network(text) for text in published(name)["Storage"]["addressPrefixes"]} for name in names)
    assert (status, len(change["prefixesAdded"]), len(change["prefixesRemoved"])) == (1, added, removed)
    assert {ip_network(text) for text in change["prefixesAdded"]} == now - was
    assert {ip_network(text) for text in change["prefixesRemoved"]} == was - now
    text = run(capsys, ["tags", "diff", *map(tag_file, names), "--tag", "Storage"]).out
    assert f"prefixes +{added} -{removed}" in text.splitlines()[0]


@pytest.mark.parametrize(("old", "new"), [("20210906", "20210913"), ("20240115", "20240122"), ("20230123", "20230130")])
def test_a_whole_week_is_the_difference_of_all_tags(old: str, new: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every tag with another list is told, prefix by prefix, and no other."""
    names = [f"ServiceTags_Public_{day}.json" for day in (old, new)]
    _, found = asked(capsys, "diff", *map(tag_file, names))
    before, after = (
        {tag: frozenset(map(ip_network, one["addressPrefixes"])) for tag, one in published(name).items()}
        for name in names
    )
    expected = {
        tag: (now - was, was - now)
        for tag in {*before, *after}
        if (was := before.get(tag, frozenset())) != (now := after.get(tag, frozenset()))
        or tag not in before
        or tag not in after
    }
    told = {
        one["tag"]: (
            frozenset(map(ip_network, one["prefixesAdded"])),
            frozenset(map(ip_network, one["prefixesRemoved"])),
        )
        for one in found["tags"]
        if one["prefixesAdded"] or one["prefixesRemoved"] or one["change"] in ("new", "gone")
    }
    assert told == expected
    assert len(told) > 20


@cache
def _networks() -> dict[str, list[Any]]:
    return {tag: [ip_network(text) for text in one["addressPrefixes"]] for tag, one in published(LATEST).items()}


@pytest.mark.parametrize(
    "address", ["20.60.1.4", "52.239.184.130", "40.126.1.1", "2603:1030:a0a::5", "8.8.8.8", "168.63.129.16"]
)
def test_which_is_a_walk_through_all_prefixes(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The tags of an address are those with a prefix that holds it; most specific first."""
    status, found = asked(capsys, "which", address, "--tags", tag_file())
    (answer,) = found["answers"]
    wanted = ip_address(address)
    expected = {tag for tag, own in _networks().items() if any(wanted in one for one in own)}
    assert {one["tag"] for one in answer["tags"]} == expected
    assert [one["addressesOfTag"] for one in answer["tags"]] == sorted(one["addressesOfTag"] for one in answer["tags"])
    assert status == (0 if expected else 1)


def test_every_file_is_read_to_its_last_prefix(capsys: pytest.CaptureFixture[str]) -> None:
    """Counts are those of the files themselves, of each cloud and year."""
    files = sorted(path.name for path in Path(tag_file()).parent.glob("ServiceTags_*.json"))
    assert len(files) > 20
    for file in files:
        status, found = asked(capsys, "info", tag_file(file))
        texts = [text for one in published(file).values() for text in one["addressPrefixes"]]
        v6 = sum(":" in text for text in texts)
        assert (file, status, found["count"]) == (file, 0, len(published(file)))
        assert found["prefixes"] == {"ipv4": len(texts) - v6, "ipv6": v6}
        assert found["form"] == "JSON of the download page"


def test_storage_as_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """74,928 of its addresses are in no region, 56,896 not in AzureCloud, in 495 prefixes (appendix C)."""
    status, found = asked(capsys, "show", "storage", "--tags", tag_file())
    assert (status, found["tag"], found["addresses"]["ipv4"], len(found["prefixes"]["ipv4"])) == (
        0,
        "Storage",
        498_017,
        495,
    )
    assert found["addressesInNoRegion"]["ipv4"] == 74_928
    assert found["beside"][0] == {"tag": "AzureCloud", "addressesOutside": {"ipv4": 56_896, "ipv6": 0}}
    assert found["networkFeatures"] == ["API", "NSG", "UDR", "FW", "VSE"]


@pytest.mark.parametrize(("file", "cloud"), [(LATEST, "Public"), ("ServiceTags_China_20260720.json", "China")])
def test_a_published_file_comes_through_a_page(file: str, cloud: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its real size, byte for byte, every prefix of it read."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    data = Path(tag_file(file)).read_bytes()
    with serving() as server:
        server.routes["/p"] = sending(page({file: f"{server.base}/d/{file}"}), "text/html")
        server.routes[f"/d/{file}"] = sending(data)
        found = download(Wanted(cloud=cloud, source=f"{server.base}/p"))
    assert (found.data, found.name) == (data, file)


def test_what_a_week_does_to_a_site(capsys: pytest.CaptureFixture[str]) -> None:
    """The rule that names `Storage.WestUS` changes exactly by what the tag gains and loses."""
    names = [tag_file(f"ServiceTags_Public_{day}.json") for day in ("20230130", "20251028")]
    site = str(FIXTURES / "storage-443" / "site.yaml")
    status, found = asked(capsys, "diff", *names, "--site", site)
    assert status == 1
    assert [(one["rule"], one["tag"]) for one in found["site"]["rules"]] == [("allow-storage", "Storage.WestUS")]
    change = next(one for one in found["tags"] if one["tag"] == "Storage.WestUS")
    for word in ("opened", "closed"):
        told = {text for block in found["site"]["packets"][word] for text in block["destination"]}
        assert told == {text for text in change[word] if ":" not in text}
        assert {tuple(block["destinationPorts"]) for block in found["site"]["packets"][word]} <= {("443",)}
    assert change["opened"]
