"""`mustReach`, `mustNotReach`, `unchangedFrom`, `mustBackUp`: what holds, what fails, what is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.errors import InputError, QuestionError
from netcheck.model.address import parse_prefix
from netcheck.questions.intents.result import Status
from netcheck.reports.intents.words import next_command
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sources.load import load_site
from tests.unit.questions.intents_sites import LOCK, judged, load_value, rule, site_of, told

TCP = IntervalSet.point(6)


def addresses(text: str) -> IntervalSet:
    """Return the addresses of a prefix."""
    found = parse_prefix(text)[0]
    return IntervalSet.span(found.first, found.last)


def test_each_pair_is_told_by_itself(tmp_path: Path) -> None:
    """Two sources and two ports: only `three` on 443 is blocked, and by the rule that says so."""
    site = site_of(tmp_path, rule("not-three", 100, "Deny", "10.0.1.5", "443"))
    report = judged(tmp_path, site, "mustReach: {from: [two, three], to: one, port: [80, 443]}")
    assert told(report) == ["NC240 three -> one  tcp 80,443"]
    assert (report.status, report.results[0].asked) == (Status.FAILS, 2)
    [breach] = report.breaches
    wanted = ps.box(
        4, TCP, IntervalSet.point(443), sources=addresses("10.0.1.5/32"), destinations=addresses("10.0.0.4/32")
    )
    assert breach.packets == wanted
    assert [d.rule for d in breach.deciders] == ["not-three"]
    assert str(breach.witness) == "10.0.1.5 -> 10.0.0.4:443/tcp"
    assert "partly blocked" in breach.message


def test_a_ban_of_a_port_is_not_of_tcp_alone(tmp_path: Path) -> None:
    """Port 53 is open by udp: a ban without a protocol sees it."""
    site = site_of(tmp_path, rule("dns", 100, "Allow", "10.0.1.4", "53", "Udp"), LOCK)
    assert told(judged(tmp_path, site, "mustNotReach: {from: two, to: one, port: 53}")) == ["NC241 two -> one  udp 53"]
    assert told(judged(tmp_path, site, "mustNotReach: {from: two, to: one, port: 53, protocol: tcp}")) == ["holds"]


def test_a_ban_without_port_is_of_everything(tmp_path: Path) -> None:
    """One ICMP rule is enough to break it."""
    site = site_of(tmp_path, rule("ping", 100, "Allow", "10.0.1.4", "*", "Icmp"), LOCK)
    assert told(judged(tmp_path, site, "mustNotReach: {from: two, to: one}")) == ["NC241 two -> one  any 0-65535"]
    assert told(judged(tmp_path, site, "mustNotReach: {from: three, to: one}")) == ["holds"]
    assert told(judged(tmp_path, site, "mustNotReach: {from: two, to: one, protocol: udp}")) == ["holds"]
    assert told(judged(tmp_path, site, "mustReach: {from: two, to: one, protocol: icmp}")) == ["holds"]


def test_what_is_open_is_neither_reachable_nor_not(tmp_path: Path) -> None:
    """No NSG stops the Internet on its way to `two`, and no public address lets it in: nobody can tell."""
    site = site_of(tmp_path)
    for demand in ("mustReach: {from: Internet, to: two, port: 22}", "mustNotReach: {from: Internet, to: two}"):
        report = judged(tmp_path, site, demand)
        assert [result.status for result in report.results] == [Status.UNDETERMINED]
        assert report.status is Status.UNDETERMINED
        assert {breach.code for breach in report.breaches} == {"NC246"}


def test_a_certain_failure_counts_more_than_an_open_one(tmp_path: Path) -> None:
    """An unknown tag leaves port 22 open, and 24 is allowed for certain: the ban fails, and both are told."""
    site = site_of(
        tmp_path, rule("who", 100, "Deny", "NoSuchTag", "22"), rule("telnet", 200, "Allow", "10.0.1.4", "24")
    )
    report = judged(tmp_path, site, "mustNotReach: {from: two, to: one, port: [22, 24], protocol: tcp}")
    assert told(report) == ["NC241 two -> one  tcp 22,24", "NC246 two -> one  tcp 22,24"]
    assert report.status is Status.FAILS
    failing, unsure = report.breaches
    assert failing.packets & unsure.packets == ps.EMPTY_PACKETS
    assert [str(one) for one in failing.packets.project("destination_ports")[4].spans()] == ["(24, 24)"]
    assert "NoSuchTag" in " ".join(unsure.reasons)


def test_a_machine_and_itself_are_no_pair(tmp_path: Path) -> None:
    """What a VM sends to itself meets no NSG: in a mesh such pairs are left out and told, alone they are an error."""
    site = site_of(tmp_path, LOCK)
    report = judged(tmp_path, site, "mustReach: {from: [two, three], to: [two, 10.0.1.5], port: 22}")
    assert told(report) == ["holds"]
    assert report.results[0].asked == 2
    assert report.results[0].notes == (
        "`two` to `two` is one machine and itself, and is not asked",
        "`three` to `10.0.1.5` is one machine and itself, and is not asked",
    )
    with pytest.raises(InputError, match="NC304"):
        judged(tmp_path, site, "mustNotReach: {from: two, to: two-nic}")


@pytest.mark.parametrize(
    ("demand", "code"),
    [
        ("mustReach: {from: nobody, to: one, port: 1}", "NC302"),
        ("mustNotReach: {from: two, to: nobody}", "NC302"),
        ("mustNotReach: {from: two, to: NoSuchTag}", "NC302"),
        ("mustNotReach: {from: 10.0.1.0/33, to: one}", "NC302"),
        ("mustReach: {from: two, to: one, port: 1, via: nobody}", "NC301"),
        ("mustReach: {from: two, to: one, port: 1, via: three}", "NC305"),
        ("exactly: {to: nobody, allow: []}", "NC302"),
        ("exactly: {from: nobody, allow: []}", "NC302"),
        ("exactly: {to: one, allow: [{from: nobody}]}", "NC302"),
        ("exactly: {to: one, among: nobody, allow: []}", "NC302"),
        ("mustBackUp: {vm: nobody}", "NC301"),
        ("mustNotReach: {from: 'fd00::1', to: one}", "NC304"),
        ("mustReach: {from: two, to: one, protocol: icmp, port: 22}", "NC303"),
        ("exactly: {to: one, allow: [{from: two, protocol: icmp, port: 22}]}", "NC303"),
    ],
)
def test_what_cannot_be_asked_never_holds(tmp_path: Path, demand: str, code: str) -> None:
    """A name that is not there is an error with its place in the intents file, whatever the demand."""
    with pytest.raises(InputError) as found:
        judged(tmp_path, site_of(tmp_path), demand)
    assert [d.code for d in found.value.diagnostics] == [code]
    at = found.value.diagnostics[0].at
    assert (at.file, at.line) == (str(tmp_path / "intents.yaml"), 3)


def test_all_names_that_are_not_there_are_told_at_once(tmp_path: Path) -> None:
    """Those of groups that no intent uses as well."""
    with pytest.raises(InputError) as found:
        judged(
            tmp_path,
            site_of(tmp_path),
            "mustNotReach: {from: neither, to: one}",
            "mustNotReach: {from: two, to: nor}",
            before="groups:\n  idle: [nobody]\n",
        )
    assert [(d.at.line, d.at.column) for d in found.value.diagnostics] == [(3, 10), (5, 26), (6, 35)]


@pytest.mark.parametrize("name", ["one", "two-nic", "a", "vnet/b", "Internet", "VirtualNetwork", "10.0.0.4"])
def test_a_group_hides_no_other_name(tmp_path: Path, name: str) -> None:
    """A group called like a VM, NIC, subnet, tag or address: which is meant, nobody can tell."""
    with pytest.raises(InputError, match="NC126"):
        judged(
            tmp_path, site_of(tmp_path), "mustNotReach: {from: two, to: one}", before=f"groups: {{'{name}': [two]}}\n"
        )


def test_an_nsg_alone_has_no_paths(tmp_path: Path) -> None:
    """It can be compared, and not asked for pairs."""
    value = {"netcheck": 1, "networkSecurityGroups": [{"name": "nsg", "securityRules": [LOCK]}]}
    site = load_value(tmp_path, value)
    assert told(judged(tmp_path, site, "unchangedFrom: site.json")) == ["holds"]
    with pytest.raises(QuestionError, match="NC314"):
        judged(tmp_path, site, "mustNotReach: {from: 10.0.0.4, to: 10.0.0.5}")


def test_changes_are_opened_closed_or_allowed(tmp_path: Path) -> None:
    """Port 80 closes, port 81 opens: each kind is told, and `allow` says which may be."""
    site_of(tmp_path, rule("in", 100, "Allow", "10.0.1.4", "80"), LOCK, name="old")
    new = site_of(tmp_path, rule("in", 100, "Allow", "10.0.1.4", "81"), LOCK)
    assert told(judged(tmp_path, new, "unchangedFrom: old.json")) == ["NC244 opened", "NC244 closed"]
    assert told(judged(tmp_path, new, "unchangedFrom: {site: old.json, allow: closed}")) == ["NC244 opened"]
    assert told(judged(tmp_path, new, "unchangedFrom: {site: old.json, allow: opened}")) == ["NC244 closed"]
    assert told(judged(tmp_path, new, "unchangedFrom: site.json")) == ["holds"]
    opened = judged(tmp_path, new, "unchangedFrom: old.json").breaches[0]
    ports = opened.packets.project("destination_ports")[4]
    assert (ports, [d.rule for d in opened.parts[0].before]) == (IntervalSet.point(81), ["no"])


@pytest.mark.parametrize("allow", ["", ", allow: opened", ", allow: closed"])
def test_an_open_change_counts_whatever_is_allowed(tmp_path: Path, allow: str) -> None:
    """A rule for an unknown tag is taken out: whether that opens anything is open, and may be what is not allowed."""
    rules = [rule("in", 200, "Allow", "10.0.1.4", "80"), LOCK]
    site_of(tmp_path, rule("who", 100, "Deny", "NoSuchTag", "80"), *rules, name="old")
    report = judged(tmp_path, site_of(tmp_path, *rules), f"unchangedFrom: {{site: old.json{allow}}}")
    assert (told(report), report.status) == (["NC246 changed"], Status.UNDETERMINED)


def test_an_old_site_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Nothing to compare with is no comparison without difference."""
    with pytest.raises(InputError, match="NC100"):
        judged(tmp_path, site_of(tmp_path), "unchangedFrom: nowhere.json")


def test_backup_is_judged_as_check_judges_it(tmp_path: Path) -> None:
    """The article's proxy VM is blocked on its way to Storage before its rule is in place, and not after it."""
    root = Path(__file__).parents[3] / "fixtures"
    demand = "mustBackUp: {vm: proxy-vm, profile: article-2015}"
    for story, expected in (("article-before", "NC245"), ("article-rule", "holds")):
        site = load_site([str(root / story / "site.yaml")])
        assert [line.split()[0] for line in told(judged(tmp_path, site, demand))] == [expected]


def test_only_names_what_there_is(tmp_path: Path) -> None:
    """`only` picks by name or by demand, letter case aside; a name that is not there is an error."""
    site = site_of(tmp_path, LOCK)
    demands = ("{name: No SSH, mustNotReach: {from: two, to: one, port: 22}}", "mustNotReach: {from: three, to: one}")
    assert [r.intent.title for r in judged(tmp_path, site, *demands, only=("no ssh",)).results] == ["No SSH"]
    label = "mustNotReach three -> one"
    assert [r.intent.title for r in judged(tmp_path, site, *demands, only=(label,)).results] == [label]
    with pytest.raises(QuestionError, match="did you mean `No SSH`"):
        judged(tmp_path, site, *demands, only=("No SSSH",))


def test_a_ban_of_the_internet_is_of_all_that_may_be_it(tmp_path: Path) -> None:
    """13.96.0.0/13 may be in `Internet` or not: a rule that lets it in breaks the ban, by prefix or by tag."""
    ban = "mustNotReach: {from: Internet, to: one, port: 22, protocol: tcp}"
    for source in ("13.96.0.0/13", "Internet", "*"):
        site = site_of(tmp_path, rule("hole", 100, "Allow", source, "22"), LOCK, public=True)
        report = judged(tmp_path, site, ban)
        assert told(report) == ["NC241 Internet -> one  tcp 22"], source
        legacy = ps.box(4, TCP, IntervalSet.point(22), sources=addresses("13.96.0.0/13"))
        assert (report.breaches[0].packets & legacy).project("sources")[4] == addresses("13.96.0.0/13")


def test_a_rule_and_a_ban_mean_the_same_by_internet(tmp_path: Path) -> None:
    """What a rule denies by the tag, a ban of the tag is satisfied with: inbound, outbound, and for IPv6."""
    denies = rule("no-internet", 100, "Deny", "Internet", "*", "*")
    site = site_of(tmp_path, denies, rule("any", 200, "Allow", "*", "*", "*"), public=True)
    assert told(judged(tmp_path, site, "mustNotReach: {from: Internet, to: one}")) == ["holds"]
    outbound = {
        "name": "no-internet", "priority": 100, "direction": "Outbound", "access": "Deny", "protocol": "*",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "Internet",
        "destinationPortRange": "*",
    }  # fmt: skip
    assert told(
        judged(tmp_path, site_of(tmp_path, outbound, public=True), "mustNotReach: {from: one, to: Internet}")
    ) == ["holds"]
    without = judged(tmp_path, site_of(tmp_path, public=True), "mustNotReach: {from: one, to: Internet}")
    assert told(without)[0] == "NC241 one -> Internet  any 0-65535"


def test_a_ban_of_the_internet_sees_ipv6(tmp_path: Path) -> None:
    """No recording shows the tag's IPv6 half, and a rule for 2001:db8::/32 opens SSH to some of it all the same."""
    rules = [rule("six", 100, "Allow", "2001:db8::/32", "22"), rule("no", 4000, "Deny", "*", "*", "*")]
    nic = {
        "name": "one-nic", "subnet": "vnet/a",
        "ipConfigurations": [
            {"name": "four", "privateIPAddress": "10.0.0.4", "primary": True},
            {"name": "six", "privateIPAddress": "fd00::4", "privateIPAddressVersion": "IPv6",
             "publicIPAddress": {"name": "p", "publicIPAddressVersion": "IPv6"}},
        ],
    }  # fmt: skip
    subnet = {"name": "a", "addressPrefixes": ["10.0.0.0/24", "fd00::/64"], "networkSecurityGroup": "nsg"}
    value = {
        "netcheck": 1,
        "virtualNetworks": [{"name": "vnet", "addressSpace": ["10.0.0.0/24", "fd00::/64"], "subnets": [subnet]}],
        "networkSecurityGroups": [{"name": "nsg", "securityRules": rules}],
        "virtualMachines": [{"name": "one", "hostFirewall": "none", "networkInterfaces": [nic]}],
    }
    report = judged(tmp_path, load_value(tmp_path, value), "mustNotReach: {from: Internet, to: one, port: 22}")
    assert report.status is not Status.HOLDS
    assert {breach.packets.project("sources")[6] for breach in report.breaches} == {addresses("2001:db8::/32")}


def test_through_a_proxy_both_legs_are_judged(tmp_path: Path) -> None:
    """With the article's rule the client gets to Storage by the proxy, without it the proxy itself is blocked.

    The command that the report gives asks about both legs, and a ban sees what passes by the proxy alone.
    """
    root = Path(__file__).parents[3] / "fixtures"
    before, after = (load_site([str(root / story / "site.yaml")]) for story in ("article-before", "article-rule"))
    wish = "mustReach: {from: app-vm, to: Storage.WestUS, port: [80, 443], via: proxy-vm}"
    report = judged(tmp_path, before, wish)
    assert told(report) == ["NC240 app-vm -> Storage.WestUS via proxy-vm  tcp 80,443"]
    command = "--from app-vm --to Storage.WestUS --port 80,443 --via proxy-vm"
    assert list(next_command(report.breaches[0], "site.yaml")) == [f"netcheck explain site.yaml {command}"]
    assert told(judged(tmp_path, after, wish)) == ["holds"]
    ban = "mustNotReach: {from: app-vm, to: Storage.WestUS, port: [80, 443]%s}"
    assert told(judged(tmp_path, after, ban % "")) == ["holds"]
    assert told(judged(tmp_path, after, ban % ", via: proxy-vm")) == [
        "NC241 app-vm -> Storage.WestUS via proxy-vm  tcp 80,443"
    ]
    by_name = judged(tmp_path, after, "mustNotReach: {from: app-vm, to: Internet, port: 80, via: proxy-vm}")
    assert told(by_name) == ["NC246 app-vm -> Internet via proxy-vm  tcp 80"]  # the proxy's list is of names
