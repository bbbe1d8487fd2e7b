"""`exactly`: more, less, and what is open. The expected sets are written by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.model.site import Site
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from tests.unit.questions.intents_sites import LOCK, judged, load_value, rule, site_of, told
from tests.unit.questions.test_intents import TCP, addresses

ONE = addresses("10.0.0.4/32")


def exactly(folder: Path, site: Site, demand: str) -> list[str]:
    """Return what breaks a demand."""
    return told(judged(folder, site, f"exactly: {demand}"))


def test_the_list_itself_holds(tmp_path: Path) -> None:
    """Two rules, two entries: nothing more and nothing less, by names, by prefixes, in any order."""
    site = site_of(
        tmp_path,
        rule("web", 100, "Allow", "10.0.1.0/24", "443"),
        rule("dns", 110, "Allow", "10.0.1.4", "53", "Udp"),
        LOCK,
    )
    for allow in (
        "[{from: b, port: 443}, {from: two, port: 53, protocol: udp}]",
        "[{from: two-nic, port: 53, protocol: udp}, {from: [10.0.1.0/25, 10.0.1.128/25], port: 443}]",
    ):
        assert exactly(tmp_path, site, f"{{to: one, allow: {allow}}}") == ["holds"]


def test_one_port_more_and_one_less(tmp_path: Path) -> None:
    """The list has 444 in place of 443: 443 is more, 444 is less, each with the rule that decides."""
    site = site_of(tmp_path, rule("web", 100, "Allow", "10.0.1.0/24", "443"), LOCK)
    report = judged(tmp_path, site, "exactly: {to: one, allow: [{from: b, port: 444}]}")
    assert told(report) == ["NC242 to one", "NC243 to one"]
    more, less = report.breaches
    source = addresses("10.0.1.0/24")
    assert more.packets == ps.box(4, TCP, IntervalSet.point(443), sources=source, destinations=ONE)
    assert less.packets == ps.box(4, TCP, IntervalSet.point(444), sources=source, destinations=ONE)
    assert ("web" in [d.rule for d in more.deciders], [d.rule for d in less.deciders]) == (True, ["no"])
    assert more.parts[0].sources == ("two", "three", "vnet/b")


def test_nobody_may(tmp_path: Path) -> None:
    """An empty list holds behind an NSG that denies everything, and fails at the first packet that passes."""
    assert exactly(tmp_path, site_of(tmp_path, LOCK), "{to: one, allow: []}") == ["holds"]
    hole = site_of(tmp_path, rule("hole", 100, "Allow", "10.0.1.77", "1"), LOCK)
    report = judged(tmp_path, hole, "exactly: {to: one, allow: []}")
    assert told(report) == ["NC242 to one"]
    assert report.breaches[0].packets == ps.box(
        4, TCP, IntervalSet.point(1), sources=addresses("10.0.1.77/32"), destinations=ONE
    )


def test_what_the_platform_sends_is_nobodys_traffic(tmp_path: Path) -> None:
    """Azure's default rules let the probe of load balancers in: no list has to name it, but one may."""
    site = site_of(tmp_path, rule("no-vnet", 4000, "Deny", "VirtualNetwork", "*", "*"))
    probe = site_of(tmp_path, rule("no-vnet", 4000, "Deny", "10.0.0.0/23", "*", "*"))
    assert exactly(tmp_path, site, "{to: one, allow: []}") == ["holds"]
    assert exactly(tmp_path, probe, "{to: one, allow: []}") == ["holds"]
    assert exactly(tmp_path, probe, "{to: one, allow: [{from: AzureLoadBalancer}]}") == ["holds"]
    assert exactly(tmp_path, site_of(tmp_path, LOCK), "{to: one, allow: [{from: AzureLoadBalancer}]}") == [
        "NC243 to one"
    ]


def test_what_a_machine_sends_to_itself_does_not_count(tmp_path: Path) -> None:
    """`two` has no NSG: everybody in the network reaches it, and nobody counts itself."""
    site = site_of(tmp_path)
    assert exactly(tmp_path, site, "{to: two, among: [a, b], allow: [{from: [a, b]}]}") == ["holds"]
    assert exactly(tmp_path, site, "{to: two, among: [a, b], allow: [{from: [a, three, 10.0.1.0/30]}]}") == [
        "NC242 to two"
    ]


def test_from_a_machine_to_everywhere(tmp_path: Path) -> None:
    """What `two` reaches: its own subnet, and of the other one port 443; there is no way out of the network.

    Where a route to the Internet leads private addresses is open, so `among` leaves these out.
    """
    site = site_of(tmp_path, rule("web", 100, "Allow", "10.0.1.4", "443"), LOCK)

    def found(source: str, allow: str) -> list[str]:
        return exactly(tmp_path, site, f"{{from: {source}, among: [Internet, a, b], allow: [{allow}]}}")

    assert found("two", "{to: b}, {to: a, port: 443}") == ["holds"]
    assert found("two", "{to: b}") == ["NC242 from two"]
    assert found("three", "{to: b}, {to: a, port: 443}") == ["NC243 from three"]
    assert found("two", "{to: b}, {to: a, port: 443}, {to: Internet, port: 443}") == ["NC243 from two"]
    everywhere = judged(tmp_path, site, "exactly: {from: two, allow: [{to: b}, {to: a, port: 443}]}")
    assert told(everywhere) == ["NC246 from two"]
    reasons = " ".join(everywhere.breaches[0].reasons)
    assert "rule `system route` of `vnet/b`: " in reasons  # it stands in no file, so there is no place to tell


def test_the_tag_of_a_rule_and_that_of_a_list_are_one(tmp_path: Path) -> None:
    """Which addresses `Internet` holds is not known to the last one: a rule and a list that say it agree."""
    by_tag = site_of(tmp_path, rule("web", 100, "Allow", "Internet", "443"), LOCK, public=True)
    assert exactly(tmp_path, by_tag, "{to: one, allow: [{from: Internet, port: 443}]}") == ["holds"]
    assert exactly(tmp_path, by_tag, "{to: one, allow: []}") == ["NC242 to one", "NC246 to one"]
    legacy = site_of(
        tmp_path,
        rule("web", 100, "Allow", "Internet", "443"),
        rule("legacy", 110, "Allow", "13.96.0.0/13", "443"),
        LOCK,
        public=True,
    )
    assert exactly(tmp_path, legacy, "{to: one, allow: [{from: Internet, port: 443}]}") == ["NC246 to one"]
    both = "{to: one, allow: [{from: Internet, port: 443}, {from: 13.96.0.0/13, port: 443}]}"
    assert exactly(tmp_path, legacy, both) == ["holds"]
    closed = site_of(
        tmp_path,
        rule("legacy", 100, "Deny", "13.96.0.0/13", "443"),
        rule("web", 110, "Allow", "Internet", "443"),
        LOCK,
        public=True,
    )
    assert exactly(tmp_path, closed, "{to: one, allow: [{from: Internet, port: 443}]}") == ["NC246 to one"]


def test_a_tag_and_another_unknown_are_two(tmp_path: Path) -> None:
    """Where a second fact decides as well, a rule and a list with one tag do not agree whatever the tag holds."""
    site = site_of(
        tmp_path,
        rule("who", 100, "Deny", "NoSuchTag", "443"),
        rule("web", 110, "Allow", "Internet", "443"),
        LOCK,
        public=True,
    )
    report = judged(tmp_path, site, "exactly: {to: one, allow: [{from: Internet, port: 443}]}")
    assert told(report) == ["NC246 to one"]
    legacy = ps.box(4, TCP, IntervalSet.point(443), sources=addresses("13.96.0.0/13"), destinations=ONE)
    assert legacy <= report.breaches[0].packets


def test_among_leaves_everybody_else_out(tmp_path: Path) -> None:
    """A rule for anybody lets in what has no way in that a file shows: among the Internet alone it is settled."""
    site = site_of(tmp_path, rule("web", 100, "Allow", "*", "443"), LOCK, public=True)
    assert exactly(tmp_path, site, "{to: one, allow: [{from: '*', port: 443}]}") == ["NC246 to one"]
    assert exactly(tmp_path, site, "{to: one, among: Internet, allow: [{from: '*', port: 443}]}") == ["holds"]
    assert exactly(tmp_path, site, "{to: one, among: Internet, allow: [{from: Internet, port: 443}]}") == ["holds"]
    assert exactly(tmp_path, site, "{to: one, among: [Internet, b], allow: [{from: Internet, port: 443}]}") == [
        "NC242 to one"
    ]


def test_a_peer_of_the_list_is_among_those_asked_about(tmp_path: Path) -> None:
    """Else it would never be asked about, and its entry would hold whatever the network does."""
    with pytest.raises(InputError, match="`two` is in the list, and none of those that `among` asks about"):
        exactly(tmp_path, site_of(tmp_path, LOCK), "{to: one, among: Internet, allow: [{from: two, port: 443}]}")


def test_a_name_is_not_its_address(tmp_path: Path) -> None:
    """Two networks with one address space: who is allowed is the VM, and not whoever has its address elsewhere."""
    networks: list[dict[str, object]] = []
    machines: list[dict[str, object]] = []
    for name in ("east", "west"):
        networks.append({
            "name": name, "addressSpace": ["10.9.0.0/24"],
            "subnets": [{"name": "s", "addressPrefix": "10.9.0.0/24", "defaultOutboundAccess": False}],
            "virtualNetworkPeerings": [{
                "name": "to-hub", "remoteVirtualNetwork": "hub", "peeringState": "Connected",
                "allowVirtualNetworkAccess": True,
            }],
        })  # fmt: skip
        nic = {"name": f"{name}-nic", "subnet": f"{name}/s", "privateIPAddress": "10.9.0.4"}
        machines.append({"name": f"{name}-vm", "hostFirewall": "none", "networkInterfaces": [nic]})
    nic = {"name": "hub-nic", "subnet": "hub/s", "privateIPAddress": "10.8.0.4"}
    machines.append({"name": "hub-vm", "hostFirewall": "none", "networkInterfaces": [nic]})
    networks.append({
        "name": "hub", "addressSpace": ["10.8.0.0/24"],
        "subnets": [{"name": "s", "addressPrefix": "10.8.0.0/24", "defaultOutboundAccess": False}],
        "virtualNetworkPeerings": [
            {
                "name": f"to-{name}", "remoteVirtualNetwork": name, "peeringState": "Connected",
                "allowVirtualNetworkAccess": True,
            }
            for name in ("east", "west")
        ],
    })  # fmt: skip
    site = load_value(tmp_path, {"netcheck": 1, "virtualNetworks": networks, "virtualMachines": machines})
    report = judged(tmp_path, site, "exactly: {to: hub-vm, allow: [{from: [east-vm, hub/s]}]}")
    beyond = [name for one in report.breaches if one.code != "NC243" for part in one.parts for name in part.sources]
    assert "west-vm" in beyond
    assert "east-vm" not in beyond


@pytest.mark.parametrize(
    "demand",
    ["{to: account.blob.core.windows.net, allow: []}", "{from: two, allow: [{to: account.blob.core.windows.net}]}"],
)
def test_one_of_many_addresses_is_nothing_exact(tmp_path: Path, demand: str) -> None:
    """A storage account is at one address of its tag, and nobody knows which."""
    value = {
        "netcheck": 1,
        "serviceTags": "tags.json",
        "virtualNetworks": [
            {
                "name": "vnet",
                "addressSpace": ["10.0.0.0/24"],
                "subnets": [{"name": "a", "addressPrefix": "10.0.0.0/24"}],
            }
        ],
        "virtualMachines": [
            {"name": "two", "networkInterfaces": [{"name": "n", "subnet": "vnet/a", "privateIPAddress": "10.0.0.4"}]}
        ],
    }
    (tmp_path / "tags.json").write_text(
        '{"changeNumber": 1, "cloud": "Public", "values": [{"name": "Storage", "id": "Storage", "properties": '
        '{"changeNumber": 1, "region": "", "systemService": "AzureStorage", "addressPrefixes": ["20.60.0.0/16"]}}]}'
    )
    with pytest.raises(InputError, match="NC315"):
        exactly(tmp_path, load_value(tmp_path, value), demand)


@pytest.mark.parametrize(
    ("demand", "expected"),
    [
        ("{to: one, allow: [{from: two}, {from: 'fd00::1'}]}", "no address family in common"),
        ("{from: one, allow: [{to: 'fd00::/64'}]}", "no address family in common"),
        ("{to: one, allow: [{from: [two, 10.0.5.9]}]}", "in no subnet of its network"),
    ],
)
def test_an_entry_that_could_not_fail_is_an_error(tmp_path: Path, demand: str, expected: str) -> None:
    """A list may not hold what is never asked about: `vnet` has more address space than subnets."""
    value = json.loads((tmp_path / "site.json").read_text()) if site_of(tmp_path, LOCK) else {}
    value["virtualNetworks"][0]["addressSpace"] = ["10.0.0.0/16"]
    with pytest.raises(InputError, match=expected):
        exactly(tmp_path, load_value(tmp_path, value), demand)
