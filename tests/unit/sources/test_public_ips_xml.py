"""The older PublicIPs XML."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.sources.public_ips_xml import read_public_ips
from netcheck.sources.service_tags import read_tag_table
from tests.unit.sources.shared import shared_folder

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<AzurePublicIpAddresses>\n'
TAIL = "\n</AzurePublicIpAddresses>"


def _region(name: str, *prefixes: str) -> str:
    return f'<Region Name="{name}">' + "".join(f'<IpRange Subnet="{p}"/>' for p in prefixes) + "</Region>"


def _faults(text: str) -> list[tuple[str, int, int]]:
    with pytest.raises(InputError) as caught:
        read_public_ips(text, "PublicIPs_20200518.xml", Collector())
    return [(d.code, d.at.line, d.at.column) for d in caught.value.diagnostics]


def test_regions_become_azurecloud_tags(tmp_path: Path) -> None:
    """`ussouth` is South Central US, and AzureCloud is the union of all regions."""
    path = tmp_path / "PublicIPs_20200518.xml"
    path.write_text(HEAD + _region("ussouth", "13.0.0.0/24", "13.0.2.0/24") + _region("USEast ", "40.0.0.0/16") + TAIL)
    table = read_tag_table(str(path), Collector())
    assert {entry.name: entry.prefixes for entry in table.entries.values()} == {
        "AzureCloud.southcentralus": ("13.0.0.0/24", "13.0.2.0/24"),
        "AzureCloud.eastus": ("40.0.0.0/16",),
        "AzureCloud": ("13.0.0.0/24", "13.0.2.0/24", "40.0.0.0/16"),
    }
    assert (table.file, table.cloud, table.published, table.is_complete) == (
        "PublicIPs_20200518.xml",
        "Public",
        "2020-05-18",
        False,
    )


@pytest.mark.parametrize(
    ("region", "cloud"), [("chinanorth", "China"), ("germanycentral", "AzureGermany"), ("germanywc", "Public")]
)
def test_the_cloud_comes_from_the_regions(region: str, cloud: str) -> None:
    """Each sovereign cloud has regions of its own."""
    assert read_public_ips(HEAD + _region(region, "10.0.0.0/8") + TAIL, "x.xml", Collector()).cloud == cloud


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (_region("usmars", "10.0.0.0/8"), [("NC165", 3, 1)]),
        (_region("uswest", "10.0.0.0/33"), [("NC163", 3, 23)]),
        ("<Region/>", [("NC162", 3, 1)]),
        (_region("uswest", "10.0.0.0/8") + "\n" + _region("uswest", "11.0.0.0/8"), [("NC162", 4, 1)]),
        (_region("uswest", "10.0.0.0/8") + "<Other/>", [("NC161", 3, 62)]),
        ('<Region Name="uswest"><IpRange/></Region>', [("NC162", 3, 23)]),
        ("", [("NC161", 0, 0)]),
        (_region("uswest"), [("NC161", 0, 0)]),
        (_region("uswest", "10.0.0.0/8") + _region("chinanorth", "11.0.0.0/8"), [("NC164", 0, 0)]),
        ("<Region", [("NC160", 4, 1)]),
        ("&lol;", [("NC160", 3, 1)]),
        (_region("usmars") + "\n" + _region("usvenus"), [("NC165", 3, 1), ("NC165", 4, 1)]),
    ],
)
def test_faults_have_a_place(body: str, faults: list[tuple[str, int, int]]) -> None:
    """Every fault of the XML is named by line and column."""
    assert _faults(HEAD + body + TAIL) == faults


def test_another_document_is_refused() -> None:
    """XML that is no PublicIPs file says so by its root."""
    assert _faults("<html><body/></html>") == [("NC161", 1, 1)]


def test_entities_are_never_expanded() -> None:
    """A DOCTYPE is refused before anything it declares is used: a billion laughs costs nothing."""
    entities = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(12))
    text = f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}]>\n<AzurePublicIpAddresses>&l12;</AzurePublicIpAddresses>'
    assert [(code, line) for code, line, _ in _faults(text)] == [("NC166", 1)]


def test_the_recorded_file() -> None:
    """The last published XML reads: 45 regions and their union."""
    table = read_tag_table(str(shared_folder("service_tags") / "PublicIPs_jensihnow_latest.xml"), Collector())
    assert (len(table.entries), table.cloud, table.is_complete) == (46, "Public", False)
    assert table.get("AzureCloud.southcentralus") is not None
    assert sum(len(e.prefixes) for n, e in table.entries.items() if n != "azurecloud") == len(
        table.entries["azurecloud"].prefixes
    )
