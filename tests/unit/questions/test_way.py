"""Which way a client's requests take, what is beside it, and how that is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import netcheck
from netcheck.path.leg import Verdict
from netcheck.questions.asking import Asking
from netcheck.questions.check import CheckEntry, check
from netcheck.questions.client_note import client_note
from netcheck.questions.explain import parse_flow
from netcheck.reports.check_markdown import check_markdown
from netcheck.reports.text import check_text

SITE = """\
netcheck: 1
location: westus
serviceTags: {tags}
virtualNetworks:
  - name: vnet
    addressSpace: [10.0.0.0/24]
    subnets:
      - {{name: default, addressPrefix: 10.0.0.0/24, networkSecurityGroup: nsg, defaultOutboundAccess: true}}
networkSecurityGroups:
  - name: nsg
    securityRules:
{rules}
virtualMachines:
  - name: app-vm
    osType: {os}
    networkInterfaces: [{{name: app-nic, subnet: vnet/default, privateIPAddress: 10.0.0.4}}]
    hostFirewall: none
    proxyClient: {client}
  - name: proxy-vm
    osType: Linux
    networkInterfaces: [{{name: proxy-nic, subnet: vnet/default, privateIPAddress: 10.0.0.5}}]
    hostFirewall: none
    proxyServer: {{port: 3128}}
backup: {{profile: {profile}}}
"""
TAGS = Path(__file__).parents[3] / "fixtures" / "tags" / "ServiceTags_Public_Small.json"
RULE = (
    "      - {{name: {name}, priority: {priority}, direction: Outbound, access: {access}, protocol: '*', "
    "sourceAddressPrefix: {source}, sourcePortRange: '*', destinationAddressPrefix: {to}, destinationPortRange: '*'}}"
)


def rule(name: str, priority: int, access: str, source: str, to: str) -> str:
    return RULE.format(name=name, priority=priority, access=access, source=source, to=to)


PROXY_ONLY = [rule("allow", 200, "Allow", "10.0.0.5", "Internet"), rule("deny", 300, "Deny", "'*'", "Internet")]
DIRECT_ONLY = [rule("allow", 200, "Allow", "10.0.0.4", "Internet"), rule("deny", 300, "Deny", "'*'", "Internet")]
NOBODY = [rule("deny", 300, "Deny", "'*'", "Internet")]
NO_DNS = [rule("no-dns", 100, "Deny", "10.0.0.4", "AzurePlatformDNS")]
RULES = {"proxy": PROXY_ONLY, "direct": DIRECT_ONLY, "nobody": NOBODY}


def load(
    folder: Path, client: str, rules: list[str], os_type: str = "Linux", profile: str = "article-2015"
) -> netcheck.Site:
    text = SITE.format(tags=TAGS, rules="\n".join(rules), os=os_type, client=client, profile=profile)
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    return netcheck.load(str(folder / "site.yaml"))


def entry(folder: Path, client: str, rules: list[str], **more: str) -> CheckEntry:
    [found] = check(load(folder, client, rules, **more), ["app-vm"], port_numbers=[443]).entries
    return found


ENVIRONMENT = '{etcEnvironment: {https_proxy: "http://10.0.0.5:3128"}}'


@pytest.mark.parametrize(
    ("who", "expected"),
    [("proxy", Verdict.UNDETERMINED), ("direct", Verdict.UNDETERMINED), ("nobody", Verdict.BLOCKED)],
)
def test_one_of_two_ways(who: str, expected: Verdict, tmp_path: Path) -> None:
    """What only one of the ways lets through is open; what both block is blocked, whichever is taken."""
    found = entry(tmp_path, ENVIRONMENT, RULES[who])
    assert found.verdict is expected
    assert (found.answer.question.via, [leg.target for leg in found.results[0].legs]) == (
        "proxy-vm",
        ["proxy-vm:3128", "Storage.WestUS"],
    )


def test_one_of_two_ways_that_both_let_packets_through(tmp_path: Path) -> None:
    """Without a deny both ways are open, so the verdict does not depend on the setting."""
    found = entry(tmp_path, ENVIRONMENT, [rule("other", 300, "Deny", "'*'", "198.51.100.0/24")])
    assert found.verdict is Verdict.REACHABLE


def test_names_on_one_of_two_ways(tmp_path: Path) -> None:
    """The client cannot ask for names, the proxy can: on one way names are found, on the other not."""
    unset = "{agentUnit: {}}"
    assert entry(tmp_path, unset, [*NO_DNS, *DIRECT_ONLY]).verdict is Verdict.BLOCKED
    both = [*NO_DNS, rule("other", 300, "Deny", "'*'", "198.51.100.0/24")]
    found = entry(tmp_path, ENVIRONMENT, both)
    assert found.results[0].names is not None
    assert (found.results[0].names.verdict, found.verdict) == (Verdict.UNDETERMINED, Verdict.UNDETERMINED)
    assert entry(tmp_path, '{agentUnit: {https_proxy: "http://10.0.0.5:3128"}}', both).verdict is Verdict.REACHABLE


BYPASS = '{winhttp: {proxyServer: "10.0.0.5:3128", bypassList: "*.core.windows.net"}}'


@pytest.mark.parametrize(("who", "instead"), [("proxy", "reachable"), ("nobody", "blocked")])
def test_the_proxy_that_is_passed_by(who: str, instead: str, tmp_path: Path) -> None:
    """Where the client goes direct in spite of a proxy, the answer says what the proxy would do."""
    found = entry(tmp_path, BYPASS, RULES[who], os_type="Windows")
    [paths] = json.loads(json.dumps(found.to_dict()))["paths"]
    assert (paths["ways"][0]["client"]["way"], paths["direct"]["verdict"]) == ("direct", "blocked")
    assert (paths["instead"]["from"], paths["instead"]["verdict"]) == ("proxy-vm", instead)


@pytest.mark.parametrize(
    "client",
    [
        '{winhttp: {proxyServer: "192.0.2.9:3128", bypassList: "*.core.windows.net"}}',
        '{winhttp: {proxyServer: "proxy.corp:3128", bypassList: "*.core.windows.net"}}',
        "{winhttp: {proxyServer: 10.0.0.4, bypassList: '*.core.windows.net'}}",
        '{winhttp: "10.0.0.5:3128"}',
    ],
)
def test_nothing_is_said_of_a_proxy_that_the_site_does_not_hold(client: str, tmp_path: Path) -> None:
    """A proxy outside of the site, the VM itself, and one that is used are not passed by."""
    found = entry(tmp_path, client, PROXY_ONLY, os_type="Windows")
    assert [result.instead for result in found.results] == [None]


def test_ports_that_go_different_ways(tmp_path: Path) -> None:
    """Each way tells its ports and the setting; `via` of a port is the proxy it goes through."""
    site = load(tmp_path, '{winhttp: "http=10.0.0.5:3128"}', PROXY_ONLY, os_type="Windows")
    [found] = check(site, ["app-vm"]).entries
    [result] = found.results
    told = [(way.to_dict()["ports"], way.client and way.client.way) for way in result.ways]
    assert told == [(["80"], "proxy"), (["443"], "none")]
    assert (result.via(80), result.via(443)) == ("proxy-vm", "")
    assert result.instead is not None
    assert (result.instead.source, result.instead.verdict) == ("proxy-vm", Verdict.REACHABLE)


def test_the_text_says_each_thing_once(tmp_path: Path) -> None:
    """Three needs share the client's setting and the way to the proxy: both stand once, with the place."""
    site = load(tmp_path, '{winhttp: "10.0.0.5:3128"}', PROXY_ONLY, os_type="Windows", profile="workload")
    text = check_text(check(site, ["app-vm"]))
    assert text.count("client-proxy: ") == 1
    assert text.count("app-vm -> proxy-vm:3128: reachable") == 1
    assert [text.count(f"proxy-vm -> {tag}: ") for tag in ("AzureBackup", "Storage", "AzureActiveDirectory")] == [
        1,
        1,
        1,
    ]


def test_a_witness_through_the_proxy_is_explained_through_it(tmp_path: Path) -> None:
    """The command to type next follows the way that the packet takes."""
    blocked = check_text(check(load(tmp_path, '{winhttp: "10.0.0.5:3128"}', NOBODY, "Windows"), ["app-vm"]), False, "S")
    assert "  e.g. netcheck explain S --from app-vm --to Storage.WestUS --port 80 --via proxy-vm\n" in blocked
    direct = check_text(check(load(tmp_path, BYPASS, NOBODY, "Windows"), ["app-vm"]), False, "S")
    assert "  e.g. netcheck explain S '10.0.0.4 -> " in direct
    either = check_text(check(load(tmp_path, ENVIRONMENT, NOBODY), ["app-vm"], port_numbers=[443]), False, "S")
    assert "  e.g. netcheck explain S '10.0.0.4 -> " in either


@pytest.mark.parametrize(
    ("client", "flow", "words"),
    [
        ('{winhttp: "10.0.0.5:3128"}', "app-vm -> 20.60.0.1:443", "proxy 10.0.0.5:3128"),
        ('{winhttp: "10.0.0.5:3128"}', "app-vm -> 20.60.0.1:443", "`--via proxy-vm` explains"),
        ('{winhttp: "192.0.2.9:3128"}', "app-vm -> 20.60.0.1:443", "proxy 192.0.2.9:3128"),
        (BYPASS, "app-vm -> 20.60.0.1:443", "goes without proxy, as here"),
        ('{winhttp: "http=10.0.0.5:3128"}', "app-vm -> 20.60.0.1:443", "has none"),
        ("{winhttp: {autoDetect: true}}", "app-vm -> 20.60.0.1:443", "is not known"),
        ('{winhttp: "10.0.0.5:3128"}', "app-vm -> 20.60.0.1:22", None),
        ('{winhttp: "10.0.0.5:3128"}', "app-vm -> 20.60.0.1:443/udp", None),
        ('{winhttp: "10.0.0.5:3128"}', "app-vm -> 10.0.0.5:443", None),
        ('{winhttp: "10.0.0.5:3128"}', "proxy-vm -> 20.60.0.1:443", None),
        ('{winhttp: "10.0.0.5:3128"}', "198.51.100.7 -> 20.60.0.1:443", None),
    ],
)
def test_one_flow_and_what_the_client_does(client: str, flow: str, words: str | None, tmp_path: Path) -> None:
    """Who asks about the direct way of a web request learns that the backup client takes another, or takes this one."""
    site = load(tmp_path, client, PROXY_ONLY, "Windows")
    note = client_note(Asking(site), parse_flow(site, flow))
    assert (note == "") if words is None else (words in note)


@pytest.mark.parametrize(
    ("client", "words"),
    [
        ('{winhttp: "10.0.0.5:3128"}', "goes this way: proxy 10.0.0.5:3128"),
        ('{winhttp: "192.0.2.9:3128"}', "does not go this way, but by proxy 192.0.2.9:3128"),
        (BYPASS, "does not go this way, but direct"),
        ('{winhttp: "http=10.0.0.5:3128"}', "does not go this way, it has none"),
        ("{winhttp: {autoDetect: true}}", "whether the backup extension on `app-vm` goes this way is not known"),
    ],
)
def test_a_way_through_a_proxy_and_what_the_client_does(client: str, words: str, tmp_path: Path) -> None:
    """Who asks about the way through a proxy learns whether the backup client takes it."""
    site = load(tmp_path, client, PROXY_ONLY, "Windows")
    assert words in client_note(Asking(site), parse_flow(site, "app-vm -> 20.60.0.1:443"), "proxy-vm")


def test_markdown_has_a_row_for_each_vm_and_each_leg(tmp_path: Path) -> None:
    """All who block stand in the VM's row, in travel order; a leg has its hops; no name is markup or ends a cell."""
    report = check(load(tmp_path, '{winhttp: "10.0.0.5:3128"}', NOBODY, "Windows"), ["app-vm"])
    lines = check_markdown(report, "next: <b>|").splitlines()
    assert lines[0] == "### netcheck check: blocked, 0 of 1 VMs pass"
    [vm] = [line for line in lines if line.startswith("| app-vm | ")]
    assert vm.startswith("| app-vm | **blocked** | Storage.WestUS tcp 80,443 | proxy-vm | subnet-nsg nsg: deny by deny")
    legs = [line.split(" | ")[:2] for line in lines if " -&gt; " in line.split(" | ")[0] or "directly to" in line]
    assert legs == [
        ["| app-vm -&gt; proxy-vm:3128", "**reachable**"],
        ["| proxy-vm -&gt; Storage.WestUS", "**blocked**"],
        ["| directly to Storage.WestUS", "**blocked**"],
    ]
    assert lines[-1] == "> next: &lt;b&gt;\\|"
