"""Drift: what a list made from an older tag file misses today, on hand-written files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import netcheck as nc
from netcheck.errors import InputError, QuestionError
from netcheck.model.tags import TagTable
from netcheck.remedy.compare import compare
from netcheck.remedy.comparison import Comparison
from netcheck.remedy.drift import read_older
from netcheck.remedy.options import Option
from netcheck.remedy.task import make_task
from tests.property.strategies import tag
from tests.unit.cli.shared import ROOT, run

TAGS = ROOT / "fixtures" / "tags"
OLDER = TAGS / "ServiceTags_Public_Older.json"
SITE = ROOT / "fixtures" / "article-before" / "site-rm.yaml"


@pytest.fixture(scope="module")
def site() -> nc.Site:
    """Return the article's network in Resource Manager with the small tag file."""
    return nc.load(SITE)


def drift_of(comparison: Comparison, name: str) -> dict[str, Any]:
    """Return the drift of an option as JSON."""
    drift = comparison[name].drift
    assert drift is not None
    return drift.to_dict()


def test_a_frozen_list_misses_what_came_and_opens_what_went(site: nc.Site) -> None:
    """20.60.34.0/23 came (512 of 816 addresses), 20.60.36.0/24 went (256 of the 560 then); IPv6 stands apart."""
    drift = drift_of(nc.compare(site, since=OLDER), "storage-region-prefixes")
    assert drift["missed"] == {"addresses": 512, "percent": 62.75, "prefixes": ["20.60.34.0/23"]}
    assert drift["stale"] == {"addresses": 256, "percent": 45.71, "prefixes": ["20.60.36.0/24"]}
    assert (drift["prefixesAdded"], drift["prefixesRemoved"]) == (1, 1)
    assert drift["ipv6"]["missed"]["prefixes"] == ["2603:1030:a0a::/49"]
    assert (drift["ipv6"]["prefixesAdded"], drift["ipv6"]["stale"]["addresses"]) == (1, 0)


def test_the_requirement_drifts_with_the_wider_lists_too(site: nc.Site) -> None:
    """Of the whole Storage list 1,536 are missed, of what is required still 512."""
    drift = drift_of(nc.compare(site, since=OLDER), "storage-prefixes")
    assert drift["missed"]["addresses"] == 1_536
    assert drift["required"] == {"missed": {"addresses": 512, "percent": 62.75}}


def test_options_without_a_list_have_nothing_to_follow(site: nc.Site) -> None:
    """Tags, the proxy and endpoints follow by themselves, whatever file is given."""
    comparison = nc.compare(site, since=OLDER)
    for choice in comparison.choices:
        told = drift_of(comparison, choice.option)
        assert ("missed" in told) is choice.option.is_by_prefix
        assert told["follows"] == ("published ranges, weekly" if choice.option.is_by_prefix else "nothing to follow")


def test_without_an_older_file_nothing_is_compared(site: nc.Site) -> None:
    """Then only what has to be followed is said."""
    assert drift_of(nc.compare(site), "storage-region-prefixes") == {"follows": "published ranges, weekly"}


def test_the_same_file_has_no_drift(site: nc.Site) -> None:
    """A list made from today's file misses nothing."""
    drift = drift_of(nc.compare(site, since=TAGS / "ServiceTags_Public_Small.json"), "storage-region-prefixes")
    assert (drift["missed"]["addresses"], drift["stale"]["addresses"], drift["prefixesAdded"]) == (0, 0, 0)


def test_a_tag_that_the_older_file_lacks_is_named(site: nc.Site) -> None:
    """East US is not in the older file: no list could be made, which is not a list of nothing."""
    drift = drift_of(nc.compare(site, target="Storage.EastUS", since=OLDER), "storage-region-prefixes")
    assert "missed" not in drift
    assert drift["reason"] == "`Storage.EastUS` is not in ServiceTags_Public_Older.json: no list could be made from it"


def test_addresses_of_no_tag_do_not_drift(site: nc.Site) -> None:
    """An address that was named is in the list of any time."""
    drift = drift_of(nc.compare(site, target="20.60.34.7", since=OLDER), "storage-region-prefixes")
    assert "missed" not in drift
    assert "stays as it is" in drift["reason"]
    both = drift_of(nc.compare(site, target="Storage.WestUS,198.51.100.7", since=OLDER), "storage-region-prefixes")
    assert both["required"]["missed"]["addresses"] == 512


def write(folder: Path, name: str, **changed: object) -> Path:
    """Write a small tag file."""
    entry = {
        "name": "Storage",
        "properties": {"region": "", "addressPrefixes": changed.pop("prefixes", ["20.60.0.0/16"])},
    }
    file = folder / name
    file.write_text(json.dumps({"changeNumber": 1, "cloud": "Public", "values": [entry], **changed}), encoding="utf-8")
    return file


def refused(act: Callable[[], object]) -> str:
    """Return the code of the question error that is raised."""
    with pytest.raises(QuestionError) as raised:
        act()
    return raised.value.code


def test_files_that_cannot_be_compared_are_refused(site: nc.Site, tmp_path: Path) -> None:
    """No file today, another cloud, the newer of the two: each has its code."""
    assert site.tags is not None
    assert refused(lambda: read_older(OLDER, None)) == "NC330"
    china = write(tmp_path, "china.json", cloud="China")
    assert refused(lambda: nc.compare(site, since=china)) == "NC331"
    newer = write(tmp_path, "newer.json", changeNumber=2)
    assert refused(lambda: nc.compare(site, since=newer)) == "NC332"
    dated = write(tmp_path, "ServiceTags_Public_20200601.json", changeNumber=None)
    later = read_older(dated, site.tags)
    assert (
        refused(lambda: read_older(write(tmp_path, "ServiceTags_Public_20210601.json", changeNumber=None), later))
        == "NC332"
    )


def test_a_faulty_older_file_is_refused(site: nc.Site, tmp_path: Path) -> None:
    """A prefix that is none must not be missed in silence."""
    bad = write(tmp_path, "bad.json", prefixes=["20.60.0.0/33"])
    with pytest.raises(InputError) as raised:
        nc.compare(site, target="Storage", since=bad)
    assert [one.code for one in raised.value.diagnostics] == ["NC163"]


def test_the_answer_does_not_overwrite_the_older_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--output` may not name a file that is read."""
    older = write(tmp_path, "old.json", changeNumber=0)
    before = older.read_bytes()
    outcome = run(capsys, ["compare", str(SITE), "--target", "Storage", "--since", str(older), "--output", str(older)])
    assert (outcome.status, older.read_bytes()) == (3, before)
    assert "NC104" in outcome.err


def test_the_text_has_a_row_for_each_list(capsys: pytest.CaptureFixture[str]) -> None:
    """The block stands between table and remarks, and no line is wider than a terminal."""
    out = run(capsys, ["compare", str(SITE), "--since", str(OLDER), "-q"]).out
    lines = out.splitlines()
    rows = [line.split() for line in lines]
    assert ["storage-region-prefixes", "512", "62.75", "256", "+1", "-1", "62.75%"] in rows
    assert ["storage-prefixes", "1,536", "38.70", "256", "+2", "-1", "62.75%"] in rows
    assert max(len(line) for line in lines if "next:" not in line) <= 80


prefixes = st.lists(
    st.tuples(st.integers(0, 15), st.integers(26, 30)).map(lambda p: f"20.60.0.{p[0] * 16}/{p[1]}"),
    min_size=1,
    max_size=6,
)


def table(texts: Sequence[str], number: int) -> TagTable:
    """Return a tag file with one tag."""
    masked = tuple(str(ip_network(text, strict=False)) for text in texts)
    entry = tag("Storage.WestUS", masked, ("NSG",))
    return TagTable(
        file=f"{number}.json", cloud="Public", change_number=number, published="", entries={"storage.westus": entry}
    )


def numbers(texts: Sequence[str]) -> set[int]:
    """Return the addresses of prefixes, one by one."""
    return {int(address) for text in texts for address in ip_network(text, strict=False)}


@given(now=prefixes, then=prefixes)
def test_drift_agrees_with_plain_loops(now: list[str], then: list[str]) -> None:
    """Missed and stale are differences of sets of addresses, per cents are of the list they are taken from."""
    site = replace(nc.load(SITE), tags=table(now, 2))
    task = make_task(site, Option.HTTP_PROXY, ["app-vm"], target="Storage.WestUS", ports=[443])
    comparison = compare(task, table(then, 1))
    drift = drift_of(comparison, "storage-region-prefixes")
    new, old = numbers(now), numbers(then)
    assert numbers(drift["missed"]["prefixes"]) == new - old
    assert numbers(drift["stale"]["prefixes"]) == old - new
    assert drift["missed"]["percent"] == round(100 * len(new - old) / len(new), 2)
    assert drift["stale"]["percent"] == round(100 * len(old - new) / len(old), 2)
    for choice in comparison.choices:
        assert choice.over_exposure == round(choice.addresses_opened / len(new), 2)
    assert comparison["storage-region-prefixes"].addresses_opened == len(new)
