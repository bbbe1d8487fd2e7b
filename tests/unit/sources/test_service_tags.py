"""Service-tag files in JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model import regions
from netcheck.model.address import parse_prefix
from netcheck.model.tags import TagFileForm
from netcheck.sources.service_tags import check_tag_table, read_tag_table
from tests.unit.sources.shared import shared_folder


def _tag(name: str, **properties: Any) -> dict[str, Any]:
    return {"name": name, "id": name, "properties": {"addressPrefixes": ["20.0.0.0/24"], **properties}}


def _document(*values: Any, **top: Any) -> dict[str, Any]:
    return {"changeNumber": 5, "cloud": "Public", "values": list(values), **top}


def _write(folder: Path, document: Any, name: str = "ServiceTags_Public_20251028.json") -> str:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def _faults(path: str) -> list[tuple[str, str, str]]:
    with pytest.raises(InputError) as caught:
        read_tag_table(path, Collector())
    return [(d.code, d.at.pointer, d.message) for d in caught.value.diagnostics]


def test_reads_the_published_shape(tmp_path: Path) -> None:
    """The facts of the file and of a tag are kept; the path is not."""
    tag = _tag(
        "Storage.WestUS", region="westus", systemService="AzureStorage", networkFeatures=["API", "NSG"], changeNumber=2
    )
    table = read_tag_table(_write(tmp_path, _document(tag)), Collector())
    entry = table.get("storage.WESTUS")
    assert (table.file, table.cloud, table.change_number, table.published) == (
        "ServiceTags_Public_20251028.json",
        "Public",
        5,
        "2025-10-28",
    )
    assert entry is not None
    assert (entry.name, entry.region, entry.system_service, entry.prefixes, entry.change_number, entry.pointer) == (
        "Storage.WestUS",
        "westus",
        "AzureStorage",
        ("20.0.0.0/24",),
        2,
        "/values/0",
    )
    assert (table.form, table.is_complete) == (TagFileForm.DOWNLOAD, True)
    assert table.get("Storage") is None


def test_reads_a_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    """A byte order mark and Windows line ends change nothing."""
    path = tmp_path / "tags.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(_document(_tag("A")), indent=2).replace("\n", "\r\n").encode())
    table = read_tag_table(str(path), Collector())
    assert list(table.entries) == ["a"]
    assert table.published == ""


@pytest.mark.parametrize(
    ("properties", "features", "is_capable"),
    [
        ({}, (), True),
        ({"networkFeatures": None}, None, False),
        ({"networkFeatures": ["API", "NSG"]}, ("API", "NSG"), True),
        ({"networkFeatures": ["VSE"]}, ("VSE",), False),
    ],
)
def test_network_features(
    tmp_path: Path, properties: dict[str, Any], features: tuple[str, ...] | None, is_capable: bool
) -> None:
    """A file of 2019 does not say what a tag is for and allows it; null means not usable in NSG rules."""
    entry = read_tag_table(_write(tmp_path, _document(_tag("A", **properties))), Collector()).get("A")
    assert entry is not None
    assert (entry.network_features, entry.is_nsg_capable) == (features, is_capable)


def test_an_empty_prefix_list_is_an_empty_tag(tmp_path: Path) -> None:
    """Some files of 2019 hold tags without prefixes."""
    entry = read_tag_table(_write(tmp_path, _document(_tag("A", addressPrefixes=[]))), Collector()).get("A")
    assert entry is not None
    assert entry.prefixes == ()


def test_reads_the_discovery_shape(tmp_path: Path) -> None:
    """The Discovery API writes numbers as text and leaves fields out."""
    tag = {
        "id": "S",
        "name": "Storage",
        "properties": {"addressPrefixes": ["20.0.0.0/8"], "changeNumber": "7", "region": ""},
    }
    document = _document(
        tag, name="public", id="/subscriptions/x", type="Microsoft.Network/serviceTags", changeNumber="63"
    )
    table = read_tag_table(_write(tmp_path, document), Collector())
    assert table.change_number == 63
    assert table.entries["storage"].change_number == 7
    assert table.form is TagFileForm.API


@pytest.mark.parametrize(
    ("document", "code", "pointer"),
    [
        ({"securityRules": []}, "NC161", ""),
        ([1], "NC161", ""),
        (_document(), "NC161", "/values"),
        (_document(_tag("A"), type="Microsoft.Network/serviceTags", nextLink="https://x/2"), "NC161", "/nextLink"),
        ({"cloud": "Public", "values": {}}, "NC161", ""),
        (_document(_tag("A"), cloud="Mars"), "NC164", "/cloud"),
        (_document(_tag("A"), cloud=["Public"]), "NC164", "/cloud"),
        (_document(_tag("A"), changeNumber="x"), "NC162", "/changeNumber"),
        (_document(_tag("A"), _tag("a")), "NC162", "/values/1/name"),
        (_document(5), "NC162", "/values/0"),
        (_document({"name": "A"}), "NC162", "/values/0"),
        (_document({"name": 5, "properties": {"addressPrefixes": []}}), "NC162", "/values/0"),
        (_document(_tag("A", addressPrefixes=None)), "NC162", "/values/0/properties/addressPrefixes"),
        (_document(_tag("A", addressPrefixes="20.0.0.0/8")), "NC162", "/values/0/properties/addressPrefixes"),
        (_document(_tag("A", addressPrefixes={"a": 1})), "NC162", "/values/0/properties/addressPrefixes"),
        (_document(_tag("A", addressPrefixes=["1.2.3.4", 5])), "NC162", "/values/0/properties/addressPrefixes/1"),
        (_document(_tag("A", networkFeatures="NSG")), "NC162", "/values/0/properties/networkFeatures"),
        (_document(_tag("A", region=None)), "NC162", "/values/0/properties/region"),
        (_document(_tag("A", changeNumber=True)), "NC162", "/values/0/properties/changeNumber"),
    ],
)
def test_a_wrong_shape_is_named_with_its_pointer(tmp_path: Path, document: Any, code: str, pointer: str) -> None:
    """What is not the shape of a tag file is an error at its JSON pointer."""
    assert [(c, p) for c, p, _ in _faults(_write(tmp_path, document))] == [(code, pointer)]


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    """One reading names every bad tag."""
    path = _write(tmp_path, _document(_tag("A", addressPrefixes=[1]), _tag("B"), _tag("C", region=3)))
    assert [p for _, p, _ in _faults(path)] == [
        "/values/0/properties/addressPrefixes/0",
        "/values/2/properties/region",
    ]


def test_a_syntax_error_has_line_and_column(tmp_path: Path) -> None:
    """A file that is no JSON is shown where it stops being JSON."""
    with pytest.raises(InputError) as caught:
        read_tag_table(_write(tmp_path, '{\n "cloud": "Public",\n "values": [,]}'), Collector())
    found = caught.value.diagnostics[0]
    assert (found.code, found.at.line, found.at.column, found.excerpt) == ("NC160", 3, 13, ' "values": [,]}')


@pytest.mark.parametrize(
    "text",
    ['{"cloud": "Public", "cloud": "China", "values": []}', "[" * 60_000, '{"cloud": ' + "9" * 5000 + "}"],
    ids=["duplicate key", "nesting", "long number"],
)
def test_hostile_json_is_refused(tmp_path: Path, text: str) -> None:
    """A duplicate key, deep nesting and an endless number are errors, not crashes."""
    assert [code for code, _, _ in _faults(_write(tmp_path, text))] == ["NC160"]


def test_a_malformed_prefix_is_kept_and_found_by_the_check(tmp_path: Path) -> None:
    """A prefix that is none is never dropped: the check names it with its pointer."""
    table = read_tag_table(
        _write(tmp_path, _document(_tag("A", addressPrefixes=["20.0.0.0/24", "20.0.0.0/33"]))), Collector()
    )
    collector = Collector()
    check_tag_table(table, collector)
    assert table.entries["a"].prefixes == ("20.0.0.0/24", "20.0.0.0/33")
    assert [(d.code, d.at.pointer) for d in collector] == [("NC163", "/values/0/properties/addressPrefixes/1")]
    assert collector.has_errors


def test_every_recorded_file_is_sound() -> None:
    """Every file that Microsoft published reads without a fault, prefixes included."""
    files = sorted(shared_folder("service_tags").glob("ServiceTags_*.json"))
    collector = Collector()
    for path in files:
        table = read_tag_table(str(path), collector)
        assert table.published.replace("-", "") in path.name
        check_tag_table(table, collector)
    assert files
    assert list(collector) == []


def _addresses(prefixes: tuple[str, ...]) -> int:
    """Count IPv4 addresses by walking over the sorted prefixes."""
    total = end = 0
    for found in sorted((parse_prefix(p)[0] for p in prefixes if ":" not in p), key=lambda r: r.first):
        total += max(0, found.last + 1 - max(end, found.first))
        end = max(end, found.last + 1)
    return total


@pytest.mark.parametrize(
    ("file", "entries", "storage", "cloud", "prefixes"),
    [
        ("ServiceTags_Public_20190722.json", 756, 96_704, 13_982_659, 498),
        ("ServiceTags_Public_20251028.json", 3039, 498_017, 47_777_112, None),
    ],
)
def test_golden_numbers(file: str, entries: int, storage: int, cloud: int, prefixes: int | None) -> None:
    """Tag counts and address counts are those computed independently from the same files."""
    table = read_tag_table(str(shared_folder("service_tags") / file), Collector())
    whole = table.entries["storage"]
    assert (len(table.entries), _addresses(whole.prefixes), _addresses(table.entries["azurecloud"].prefixes)) == (
        entries,
        storage,
        cloud,
    )
    assert prefixes is None or len(whole.prefixes) == prefixes


def test_staging_does_not_hide_a_region() -> None:
    """`Storage.EastUS2` keeps its 139 IPv4 prefixes and 28,845 addresses beside the staging tag of the same region."""
    table = read_tag_table(str(shared_folder("service_tags") / "ServiceTags_Public_20251028.json"), Collector())
    entry = table.get(regions.storage_tag_for("East US 2", table))
    assert entry is not None
    assert (entry.name, sum(":" not in p for p in entry.prefixes), _addresses(entry.prefixes)) == (
        "Storage.EastUS2",
        139,
        28_845,
    )


def test_every_regional_storage_tag_has_its_azurecloud_tag() -> None:
    """In the recorded file every region with a Storage tag is found in AzureCloud by its location."""
    table = read_tag_table(str(shared_folder("service_tags") / "ServiceTags_Public_20251028.json"), Collector())
    staging = {"eastus2stage", "northcentralusstage"}
    locations = {
        regions.location_of(entry) for name, entry in table.entries.items() if name.startswith("storage.")
    } - staging
    missing = [place for place in sorted(locations) if table.get(regions.azurecloud_tag_for(place, table)) is None]
    assert len(locations) > 60
    assert missing == []
