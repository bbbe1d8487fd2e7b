"""Azure's effective rules against the site's own NSGs: the same gives nothing, and what differs is told exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.errors import QuestionError
from netcheck.questions import computed
from tests.unit.questions.computed_sites import (
    ON_NIC,
    ON_SUBNET,
    Json,
    effective,
    findings,
    item,
    rule,
    site,
    told,
)
from tests.unit.sources import test_effective_on_nics as exported
from tests.unit.sources.test_assemble import nsg

SSH = rule("ssh", 100, "Allow", protocol="Tcp", destinationPortRange="22", sourceAddressPrefix="203.0.113.0/24")
OUT = rule("no-smtp", 110, "Deny", "Outbound", protocol="Tcp", destinationPortRange="25")
ATTACHED: Json = {"networkSecurityGroup": "web"}


def nic(*levels: Json, **fields: object) -> Json:
    return {"effectiveNetworkSecurityGroups": list(levels), **fields}


def test_the_same_rules_are_no_finding(tmp_path: Path) -> None:
    """On the subnet and on the NIC, with Azure's own rules and their tags expanded."""
    lists = [item(on, effective(SSH), effective(OUT)) for on in (ON_SUBNET, ON_NIC)]
    assert told(site(tmp_path, nic(*lists, **ATTACHED), SSH, OUT, subnet=ATTACHED)) == []


def test_a_rule_that_decides_otherwise_is_told_with_both_places(tmp_path: Path) -> None:
    """The packets are counted, and one that the NIC may get stands for them."""
    azures = item(ON_SUBNET, effective(SSH, access="Deny"), effective(OUT))
    found = site(tmp_path, nic(azures), SSH, OUT, subnet=ATTACHED)
    assert told(found) == [
        "NIC `nic`, inbound the subnet: Azure denies by `ssh` (100) what NSG `web` allows by `ssh` (100) packets from "
        "256 to 4,294,967,296 addresses, such as 203.0.113.0 -> 10.0.0.4:22/tcp"
    ]
    [one] = findings(found)
    own, azure = found.network_security_groups[0].rules[0], found.virtual_machines[0].primary.effective_nsgs
    assert azure is not None
    assert {**one.to_dict(), "message": ""} == {
        "code": "NC230",
        "kind": "effective-rules",
        "severity": "warning",
        "resource": "nic",
        "level": "subnet",
        "direction": "Inbound",
        "rule": "ssh",
        "at": str(own.at),
        "computedRule": "ssh",
        "computedAt": str(azure[0].nsg.rules[0].at),
        "message": "",
    }


def test_a_rule_that_azure_lacks_is_told_by_what_decides_there(tmp_path: Path) -> None:
    """Outbound, a packet that the NIC sends stands for all; addresses that may be in `Internet` are left out."""
    found = site(tmp_path, nic(item(ON_NIC, effective(SSH)), **ATTACHED), SSH, OUT)
    assert [line.partition(" packets ")[0] for line in told(found)] == [
        "NIC `nic`, outbound the NIC: Azure allows by `AllowVnetOutBound` (65000) what NSG `web` denies by "
        "`no-smtp` (110)",
        "NIC `nic`, outbound the NIC: Azure allows by `AllowInternetOutBound` (65001) what NSG `web` denies by "
        "`no-smtp` (110)",
    ]
    assert [line.rpartition(" such as ")[2] for line in told(found)] == [
        "10.0.0.4 -> 10.0.0.0:25/tcp",
        "10.0.0.4 -> 1.0.0.0:25/tcp",
    ]


def test_what_azure_expands_a_tag_to_is_compared(tmp_path: Path) -> None:
    """Azure knows of a peering that the site does not have."""
    lists = item(ON_SUBNET)
    for one in lists["effectiveSecurityRules"]:
        if one["name"].endswith("AllowVnetInBound"):
            one["expandedSourceAddressPrefix"] = [*one["expandedSourceAddressPrefix"], "10.1.0.0/16"]
    assert told(site(tmp_path, nic(lists), subnet=ATTACHED)) == [
        "NIC `nic`, inbound the subnet: Azure allows by `AllowVnetInBound` (65000) what NSG `web` denies by "
        "`DenyAllInBound` (65500) packets from 65,536 to 65,537 addresses, such as 10.1.0.0 -> 10.0.0.4:443/tcp"
    ]


def test_what_the_site_leaves_open_is_no_difference(tmp_path: Path) -> None:
    """The tag is of no file, so that the rule may match what Azure says it matches."""
    tagged = {**SSH, "sourceAddressPrefix": "Storage"}
    azures = item(ON_SUBNET, effective(tagged, expandedSourceAddressPrefix=["203.0.113.0/24"]))
    assert told(site(tmp_path, nic(azures), tagged, subnet=ATTACHED)) == []


def test_the_platform_is_not_compared_outbound(tmp_path: Path) -> None:
    """Azure's list does not show what a rule about the platform's resolver does."""
    no_dns = rule("no-dns", 100, "Deny", "Outbound", destinationAddressPrefix="AzurePlatformDNS")
    assert told(site(tmp_path, nic(item(ON_SUBNET)), no_dns, subnet=ATTACHED)) == []


def test_rules_that_stand_for_a_group_are_not_compared_with_themselves(tmp_path: Path) -> None:
    """No file describes the NSG: one NIC's view is all that is known of it, and that of another NIC may differ."""
    views = {
        name: {"value": [exported.item(exported.SUBNET, access)]} for name, access in (("n1", "Deny"), ("n2", "Allow"))
    }
    stands_in = exported.load(tmp_path, exported.NETWORK, **views)
    assert [one.name for one in stands_in.network_security_groups] == ["nsg"]
    assert told(stands_in) == []
    described = exported.load(tmp_path, [*exported.NETWORK, nsg("nsg")], **views)
    assert len(told(described)) > 1


ON_SITE, IN_LIST = "the site has NSG `web` on the subnet", "Azure lists NSG `{}` for the subnet"


@pytest.mark.parametrize(
    ("levels", "own", "expected"),
    [
        ([], ATTACHED, f"{ON_SITE} and Azure lists none for the subnet, so that everything passes there"),
        ([item(ON_SUBNET)], {}, f"the site has no NSG on the subnet, and {IN_LIST.format('web')}"),
        ([item(ON_SUBNET, group="old")], ATTACHED, f"{ON_SITE} and {IN_LIST.format('old')}"),
        ([item(ON_SUBNET, group="")], {}, "the site has no NSG on the subnet, and Azure lists an NSG for the subnet"),
    ],
)
def test_another_group_is_told_once(tmp_path: Path, levels: list[Json], own: Json, expected: str) -> None:
    """On one side alone, or of another name: what follows from it is not told rule by rule."""
    found = site(tmp_path, nic(item(ON_NIC), *levels, **ATTACHED), subnet=own)
    assert told(found) == [f"NIC `nic`: {expected}"]


@pytest.mark.parametrize("group", ["web", "WEB", ""])
def test_a_group_is_known_in_any_spelling(tmp_path: Path, group: str) -> None:
    """Letter case does not matter, and an export may leave the name out."""
    assert told(site(tmp_path, nic(item(ON_SUBNET, group=group)), subnet=ATTACHED)) == []


def test_only_families_of_the_nic_are_compared(tmp_path: Path) -> None:
    """Azure prints `*` as `0.0.0.0/0`, and the NIC has no IPv6 address: what IPv6 would do is nobody's question."""
    azures = item(ON_SUBNET, effective(SSH, sourceAddressPrefix="203.0.113.0/24"))
    ipv6 = rule("v6", 120, "Allow", sourceAddressPrefix="2001:db8::/32", destinationAddressPrefix="::/0")
    assert told(site(tmp_path, nic(azures), SSH, ipv6, subnet=ATTACHED)) == []


def test_a_site_that_was_not_read_whole_settles_nothing(tmp_path: Path) -> None:
    """A deployment that nobody knows may have brought the rule."""
    unread = [{"name": "deployment", "reason": "what it deploys is not known"}]
    azures = item(ON_SUBNET, effective(SSH))
    assert told(site(tmp_path, nic(azures), subnet=ATTACHED, unmodelled=unread)) == []
    assert len(told(site(tmp_path, nic(azures), subnet=ATTACHED))) == 1


def test_what_would_take_too_long_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is not lost for it, and silence would look like agreement."""

    def give_up(*_: object) -> None:
        raise QuestionError("NC316", "the rules cut these packets into too many pieces: 9 steps")

    monkeypatch.setattr(computed, "compare_level", give_up)
    found = findings(site(tmp_path, nic(item(ON_NIC), **ATTACHED)))
    assert [(one.kind, str(one.severity), one.direction) for one in found] == [
        ("not-compared", "note", "Inbound"),
        ("not-compared", "note", "Outbound"),
    ]
    assert found[0].message.endswith("were not compared: the rules cut these packets into too many pieces: 9 steps")
