"""`diff`: what a change opens and closes. The expected sets are written by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netcheck.errors import QuestionError
from netcheck.model.address import parse_prefix
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.questions.diff.changed import Kind
from netcheck.questions.diff.diff import DiffReport, diff
from netcheck.questions.diff.tags import diff_tags
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet
from netcheck.sources.load import load_site, load_tags

TCP = IntervalSet.point(6)


def addresses(text: str) -> IntervalSet:
    """Return the addresses of a prefix."""
    found = parse_prefix(text)[0]
    return IntervalSet.span(found.first, found.last)


def rule(name: str, priority: int, access: str, source: str, port: str) -> dict[str, object]:
    """Return an inbound TCP rule as Azure spells it; `source` and `port` may be lists."""
    sources, ports = source.split(","), port.split(",")
    return {
        "name": name, "priority": priority, "direction": "Inbound", "access": access, "protocol": "Tcp",
        **({"sourceAddressPrefix": source} if len(sources) == 1 else {"sourceAddressPrefixes": sources}),
        "sourcePortRange": "*", "destinationAddressPrefix": "*",
        **({"destinationPortRange": port} if len(ports) == 1 else {"destinationPortRanges": ports}),
    }  # fmt: skip


def nsgs(folder: Path, name: str, *rules: dict[str, object], nsg: str = "web") -> Site:
    """Return a site that is one NSG alone."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"netcheck": 1, "networkSecurityGroups": [{"name": nsg, "securityRules": list(rules)}]}))
    return load_site([str(path)])


def network(folder: Path, name: str, *rules: dict[str, object], vms: tuple[str, ...] = ("10.0.0.4",)) -> Site:
    """Return a site with an NSG on subnet `vnet/a`, VMs there, and a subnet `vnet/b` without NSG."""
    subnets = [
        {"name": "a", "addressPrefix": "10.0.0.0/24", "networkSecurityGroup": "web"},
        {"name": "b", "addressPrefix": "10.0.1.0/24"},
    ]
    machines = [
        {
            "name": f"vm-{address}",
            "hostFirewall": "none",
            "networkInterfaces": [{"name": f"nic-{address}", "subnet": "vnet/a", "privateIPAddress": address}],
        }
        for address in vms
    ]
    path = folder / f"{name}.json"
    path.write_text(
        json.dumps(
            {
                "netcheck": 1,
                "virtualNetworks": [{"name": "vnet", "addressSpace": ["10.0.0.0/16"], "subnets": subnets}],
                "networkSecurityGroups": [{"name": "web", "securityRules": list(rules)}],
                "virtualMachines": machines,
            }
        )
    )
    return load_site([str(path)])


def packets(report: DiffReport, kind: Kind) -> PacketSet:
    """Return all packets of one kind of change."""
    whole = EMPTY_PACKETS
    for one in report.of(kind):
        whole = whole | one.packets
    return whole


LOCK = rule("no", 4000, "Deny", "*", "0-65535")


def test_a_prefix_typed_one_bit_too_narrow_closes_exactly_the_other_half(tmp_path: Path) -> None:
    """A /27 in place of a /26: the upper /27 on port 443 is closed, and nothing else changes."""
    old = nsgs(tmp_path, "old", rule("in", 100, "Allow", "20.60.0.0/26", "443"), LOCK)
    new = nsgs(tmp_path, "new", rule("in", 100, "Allow", "20.60.0.0/27", "443"), LOCK)
    report = diff(old, new)
    wanted = ps.box(4, TCP, IntervalSet.point(443), sources=addresses("20.60.0.32/27"))
    assert packets(report, Kind.CLOSED) == wanted
    assert packets(report, Kind.OPENED) == packets(report, Kind.DEPENDS) == EMPTY_PACKETS
    (one,) = report.changes
    assert [d.rule for d in one.before.decided_by] == ["in"]
    assert [d.rule for d in one.after.decided_by] == ["no"]
    assert packets(diff(new, old), Kind.OPENED) == wanted


def test_one_augmented_rule_against_95_single_rules_is_no_difference(tmp_path: Path) -> None:
    """95 prefixes in one rule, or one rule for each: the same packets pass, by other rules."""
    prefixes = [f"20.{60 + i}.{i}.0/24" for i in range(95)]
    old = nsgs(tmp_path, "old", rule("all", 100, "Allow", ",".join(prefixes), "80,443"), LOCK)
    single = [rule(f"one-{i}", 100 + i, "Allow", prefix, "80,443") for i, prefix in enumerate(prefixes)]
    report = diff(old, nsgs(tmp_path, "new", *single, LOCK))
    assert (report.changes, report.backup) == ((), ())
    assert report.sections == ("networkSecurityGroups",)


def test_the_same_rules_in_another_order_and_case_are_the_same_site(tmp_path: Path) -> None:
    """Where nothing that decides is described otherwise, nothing is compared at all."""
    first, second = rule("a", 100, "Allow", "10.0.0.0/8", "22"), rule("b", 200, "Deny", "*", "22")
    report = diff(nsgs(tmp_path, "old", first, second), nsgs(tmp_path, "new", second, first, nsg="WEB"))
    assert (report.changes, report.sections) == ((), ())


def test_an_nsg_that_is_taken_away_opens_what_it_denied(tmp_path: Path) -> None:
    """Without an NSG everything passes, so its absence is no silence."""
    both = tmp_path / "both.json"
    groups = [{"name": name, "securityRules": [LOCK]} for name in ("web", "db")]
    both.write_text(json.dumps({"netcheck": 1, "networkSecurityGroups": groups}))
    report = diff(load_site([str(both)]), nsgs(tmp_path, "one", LOCK))
    assert report.of(Kind.CLOSED) == ()
    opened = packets(report, Kind.OPENED)
    assert ps.box(4, TCP, sources=addresses("8.8.8.8/32")) <= opened
    assert {source for one in report.of(Kind.OPENED) for source in one.sources} <= {"db Inbound", "db Outbound"} | {
        "NSG db Inbound",
        "NSG db Outbound",
    }


def test_a_change_is_followed_along_whole_paths(tmp_path: Path) -> None:
    """From subnet b and from outside; packets within subnet a meet the NSG as well."""
    old = network(tmp_path, "old", rule("ssh", 100, "Allow", "10.0.1.0/26", "22"), LOCK)
    new = network(tmp_path, "new", rule("ssh", 100, "Allow", "10.0.1.0/27", "22"), LOCK)
    report = diff(old, new)
    to_a = addresses("10.0.0.0/24")
    wanted = ps.box(4, TCP, IntervalSet.point(22), sources=addresses("10.0.1.32/27"), destinations=to_a)
    assert packets(report, Kind.CLOSED) == wanted
    assert packets(report, Kind.OPENED) == packets(report, Kind.DEPENDS) == EMPTY_PACKETS
    assert {source for one in report.changes for source in one.sources} == {"vnet/b"}


def test_a_vm_that_comes_where_nobody_was_is_no_change_by_itself(tmp_path: Path) -> None:
    """An address of the subnet is judged alike whether a NIC holds it or not, as far as the site says."""
    old = network(tmp_path, "old", LOCK)
    new = network(tmp_path, "new", LOCK, vms=("10.0.0.4", "10.0.0.9"))
    assert diff(old, new).of(Kind.OPENED) == ()


def test_an_unknown_tag_is_neither_opened_nor_closed(tmp_path: Path) -> None:
    """What a rule with a tag that no file explains allows is open; the rest of the packets does not change."""
    tag = rule("tag", 100, "Allow", "NoSuchTag", "443")
    report = diff(nsgs(tmp_path, "old", LOCK), nsgs(tmp_path, "new", tag, LOCK))
    assert report.of(Kind.OPENED) == report.of(Kind.CLOSED) == ()
    assert packets(report, Kind.DEPENDS) <= ps.box(4, TCP, IntervalSet.point(443)) | ps.box(
        6, TCP, IntervalSet.point(443)
    )
    assert report.has(Kind.DEPENDS)
    assert {(one.before.verdict, one.after.verdict) for one in report.changes} == {
        (Verdict.BLOCKED, Verdict.UNDETERMINED)
    }


def test_a_proxys_list_is_seen_in_the_backup_verdict() -> None:
    """No packet between two places changes when a proxy's list does; the backup through it does."""
    folder = Path(__file__).parents[3] / "fixtures" / "article-rule"
    old = load_site([str(folder / "site.yaml")])
    (proxy,) = [vm for vm in old.virtual_machines if vm.proxy_server is not None]
    assert proxy.proxy_server is not None
    from dataclasses import replace

    shut = replace(proxy, proxy_server=replace(proxy.proxy_server, requires_authentication=True))
    new = replace(old, virtual_machines=tuple(shut if vm is proxy else vm for vm in old.virtual_machines))
    report = diff(old, new)
    assert report.changes == ()
    assert [(one.vm, one.before, one.after, one.kind) for one in report.backup] == [
        ("app-vm", Verdict.REACHABLE, Verdict.BLOCKED, Kind.CLOSED)
    ]


def test_nsgs_alone_are_not_compared_with_a_network(tmp_path: Path) -> None:
    """There is nothing on the other side to compare a path with."""
    with pytest.raises(QuestionError, match="NC323"):
        diff(nsgs(tmp_path, "old", LOCK), network(tmp_path, "new", LOCK))


def tag_file(folder: Path, name: str, **tags: list[str]) -> str:
    """Write a service-tag file."""
    values = [
        {"name": tag, "id": tag, "properties": {"changeNumber": 1, "region": "", "regionId": 0, "platform": "Azure",
                                                "systemService": "", "addressPrefixes": prefixes}}
        for tag, prefixes in tags.items()
    ]  # fmt: skip
    path = folder / name
    path.write_text(json.dumps({"changeNumber": 1, "cloud": "Public", "values": values}))
    return str(path)


def test_two_tag_files_differ_by_addresses_not_by_spelling(tmp_path: Path) -> None:
    """A /26 as two /27 is no change; a tag that is only in one file is told as new or gone."""
    old = load_tags(tag_file(tmp_path, "old.json", Same=["20.0.0.0/26"], More=["20.1.0.0/24"], Gone=["20.2.0.0/32"]))
    new = load_tags(
        tag_file(tmp_path, "new.json", Same=["20.0.0.32/27", "20.0.0.0/27"], More=["20.1.0.0/25", "2603::/127"], New=[])
    )
    assert old is not None
    assert new is not None
    report = diff_tags(old, new)
    assert [(one.tag, one.word) for one in report.changes] == [("Gone", "gone"), ("More", "changed"), ("New", "new")]
    more = report.changes[1]
    assert more.lost[4] == addresses("20.1.0.128/25")
    assert (more.gained[4].size, more.gained[6].size, more.lost[6].size) == (0, 2, 0)


def test_a_site_is_no_tag_file(tmp_path: Path) -> None:
    """`diff` finds out by the content which of the two it was given."""
    nsgs(tmp_path, "site", LOCK)
    assert load_tags(str(tmp_path / "site.json")) is None
    assert load_tags(str(tmp_path)) is None
