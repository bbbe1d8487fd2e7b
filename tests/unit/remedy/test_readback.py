"""What `client` prints, read back on machines with firewalls and proxies of their own: what opens, what stays shut."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.model.address import parse_address
from netcheck.model.hosts import HostFirewall
from netcheck.model.proxies import ProxyServer
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.policy.proxyacl import AclVerdict, ProxyRequest, judge_acl
from netcheck.questions.reach import reach
from netcheck.remedy.changes import with_vm
from netcheck.remedy.client import ClientPlan, plan_clients
from netcheck.remedy.entered import FIREWALLS, entered
from netcheck.remedy.readback_proxy import server_after
from netcheck.remedy.snippet import Snippet
from netcheck.sources.load import load_site

SITE = """
netcheck: 1
location: westus
serviceTags: tags.json
virtualNetworks:
  - name: vnet
    addressSpace: [10.0.0.0/24]
    subnets: [{{name: default, addressPrefix: 10.0.0.0/24, defaultOutboundAccess: true}}]
virtualMachines:
  - name: app-vm
    osType: {system}
    hostFirewall: none
    networkInterfaces: [{{name: app-nic, subnet: vnet/default, privateIPAddress: 10.0.0.4}}]
  - name: other-vm
    osType: Linux
    hostFirewall: none
    networkInterfaces: [{{name: other-nic, subnet: vnet/default, privateIPAddress: 10.0.0.9}}]
  - name: proxy-vm
    osType: Linux
    networkInterfaces: [{{name: proxy-nic, subnet: vnet/default, privateIPAddress: 10.0.0.5}}]
    proxyServer: {server}
    hostFirewall: {firewall}
backup: {{profile: {profile}}}
"""
TAGS = """{"changeNumber": 1, "cloud": "Public", "values": [
{"name": "Storage.WestUS", "id": "Storage.WestUS", "properties": {"changeNumber": 1, "region": "westus", "regionId": 1,
"platform": "Azure", "systemService": "AzureStorage", "addressPrefixes": ["20.60.1.0/24"],
"networkFeatures": ["NSG"]}}]}
"""
IPTABLES = """*nat
:PREROUTING ACCEPT [0:0]
{nat}COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:OWN - [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -j OWN
-A OWN -p tcp -m tcp --dport 22 -j ACCEPT
-A OWN -p tcp -m tcp --dport 8080 -j REJECT --reject-with icmp-port-unreachable
COMMIT
"""
NFT = """table inet site {
  chain first { type filter hook input priority -10; policy accept; tcp dport 22 accept }
  chain second { type filter hook input priority 0; policy drop; ct state established accept }
}
table ip other {
  chain third { type filter hook input priority 10; policy drop; tcp dport 22 accept }
}
"""
UFW = """Status: active
Logging: on (low)
Default: deny (incoming), allow (outgoing), disabled (routed)
New profiles: skip

To                         Action      From
--                         ------      ----
22/tcp                     ALLOW IN    Anywhere
8080/tcp                   DENY IN     10.0.0.0/24
"""
ZONES = """internal (active)
  target: default
  icmp-block-inversion: no
  interfaces: 
  sources: 10.0.0.0/24
  services: ssh
  ports: 
  protocols: 
  forward: no
  masquerade: no
  forward-ports: 
  source-ports: 
  icmp-blocks: 
  rich rules: 

public (default, active)
  target: default
  icmp-block-inversion: no
  interfaces: eth0
  sources: 
  services: ssh
  ports: 
  protocols: 
  forward: no
  masquerade: no
  forward-ports: 
  source-ports: 
  icmp-blocks: 
  rich rules: 
"""  # noqa: W291 - firewall-cmd prints a blank after a key without a value
SQUID = """http_port 8080
acl others src 10.1.0.0/16
acl SSL_ports port 443
acl Safe_ports port 80 443
http_access deny !Safe_ports
http_access deny CONNECT !SSL_ports
http_access allow others
http_access deny all
"""


def site_with(
    folder: Path,
    firewall: str = "none",
    server: str = "{port: 8080}",
    system: str = "Windows",
    profile: str = "vm-2018",
    **files: str,
) -> Site:
    """Return the site with files beside it, each called as its keyword."""
    for name, text in {**files, "tags.json": TAGS}.items():
        (folder / name).write_text(text, encoding="utf-8")
    path = folder / "site.yaml"
    text = SITE.format(firewall=firewall, server=server, system=system, profile=profile)
    path.write_text(text, encoding="utf-8")
    return load_site([str(path)])


def snippet_of(plan: ClientPlan, *kinds: str) -> Snippet:
    """Return the first snippet of one of some kinds, of any machine."""
    setups = (*plan.clients, *plan.proxies)
    return next(snippet for setup in setups for snippet in setup.snippets if snippet.kind in kinds)


def firewall_after(site: Site, plan: ClientPlan, *kinds: str) -> HostFirewall:
    """Return the proxy's firewall with the lines typed in."""
    vm = site.vm("proxy-vm")
    assert vm is not None
    return entered(vm.host_firewall, snippet_of(plan, *kinds))


def reached(site: Site, firewall: HostFirewall, source: str, port: str = "8080") -> Verdict:
    """Return whether a VM gets to a port of the proxy with another firewall on it."""
    proxy = site.vm("proxy-vm")
    assert proxy is not None
    site = with_vm(site, replace(proxy, host_firewall=firewall))
    return reach(site, source, "proxy-vm", [port]).verdict


OWN: dict[str, tuple[str, dict[str, str]]] = {
    "iptables": ("{kind: iptables, save: fw}", {"fw": IPTABLES.format(nat="")}),
    "nftables": ("{kind: nftables, ruleset: fw}", {"fw": NFT}),
    "ufw": ("{kind: ufw, status: fw}", {"fw": UFW}),
    "firewalld": ("{kind: firewalld, zones: fw}", {"fw": ZONES}),
    "windowsFirewall": ("{kind: windows, rules: []}", {}),
    "windowsWizard": ("{kind: windows, rules: []}", {}),
}


def test_every_kind_of_firewall_has_a_case() -> None:
    """A firewall whose lines nobody reads back would be one nobody has seen work."""
    assert set(OWN) == FIREWALLS


@pytest.mark.parametrize("kind", OWN)
def test_the_lines_open_a_firewall_that_is_there(kind: str, tmp_path: Path) -> None:
    """Closed before for all, open afterwards for the client alone and on this port alone."""
    key, files = OWN[kind]
    site = site_with(tmp_path, key, **files)
    before = site.vm("proxy-vm")
    assert before is not None
    assert before.host_firewall is not None
    assert reached(site, before.host_firewall, "app-vm") is Verdict.BLOCKED
    plan = plan_clients(site, ["app-vm"], proxy="proxy-vm")
    found = snippet_of(plan, kind).read_back
    assert found is not None
    assert found.verdict is Verdict.REACHABLE, found
    after = firewall_after(site, plan, kind)
    assert reached(site, after, "app-vm") is Verdict.REACHABLE
    assert reached(site, after, "other-vm") is Verdict.BLOCKED
    assert reached(site, after, "app-vm", "8081") is Verdict.BLOCKED


@pytest.mark.parametrize("kind", OWN)
def test_the_lines_open_a_firewall_that_nobody_described(kind: str, tmp_path: Path) -> None:
    """Each alternative is tried on one of its kind that lets nothing else in."""
    site = site_with(tmp_path)
    bare = tuple(replace(vm, host_firewall=None, os_type="") for vm in site.virtual_machines)
    plan = plan_clients(replace(site, virtual_machines=bare), ["app-vm"], proxy="proxy-vm")
    found = snippet_of(plan, kind).read_back
    assert found is not None
    assert found.verdict is Verdict.REACHABLE
    after = entered(None, snippet_of(plan, kind))
    assert reached(site, after, "app-vm") is Verdict.REACHABLE
    assert reached(site, after, "other-vm") is Verdict.BLOCKED


def test_the_nft_lines_name_the_chains_that_stop_the_clients(tmp_path: Path) -> None:
    """Every base chain has to accept: two of the three stop them, and the first does not."""
    plan = plan_clients(site_with(tmp_path, OWN["nftables"][0], fw=NFT), ["app-vm"], proxy="proxy-vm")
    assert snippet_of(plan, "nftables").lines == (
        "nft insert rule inet site second ip saddr 10.0.0.4 tcp dport 8080 accept",
        "nft insert rule ip other third ip saddr 10.0.0.4 tcp dport 8080 accept",
    )


def test_the_firewalld_lines_name_the_zone_that_the_clients_come_into(tmp_path: Path) -> None:
    """Their source is in zone internal, so a rule in the default zone would open nothing."""
    plan = plan_clients(site_with(tmp_path, OWN["firewalld"][0], fw=ZONES), ["app-vm"], proxy="proxy-vm")
    added = (
        '--zone=internal --add-rich-rule=\'rule family="ipv4" source address="10.0.0.4" '
        'port port="8080" protocol="tcp" accept\''
    )
    assert snippet_of(plan, "firewalld").lines == (f"firewall-cmd {added}", f"firewall-cmd --permanent {added}")


@pytest.mark.parametrize("action", ["ALLOW", "DENY", "LIMIT"])
def test_ufw_does_not_move_a_rule_that_it_has(action: str, tmp_path: Path) -> None:
    """ufw 0.36.2: prepending a rule that stands further down ends in "Skipping inserting existing rule"."""
    there = f"{UFW}8080/tcp                   {action} IN    10.0.0.4\n"
    site = site_with(tmp_path, OWN["ufw"][0], fw=there)
    proxy = site.vm("proxy-vm")
    assert proxy is not None
    again = ("ufw prepend allow proto tcp from 10.0.0.4 to any port 8080",)
    assert entered(proxy.host_firewall, Snippet(kind="ufw", place="", lines=again)) == proxy.host_firewall
    plan = plan_clients(site, ["app-vm"], proxy="proxy-vm")
    snippet = snippet_of(plan, "ufw")
    assert snippet.lines == ("ufw prepend allow proto tcp from 10.0.0.4 to 10.0.0.5 port 8080",)
    assert snippet.undo == ("ufw delete allow proto tcp from 10.0.0.4 to 10.0.0.5 port 8080",)
    assert snippet.read_back is not None
    assert snippet.read_back.verdict is Verdict.REACHABLE
    both = f"{there}10.0.0.5 8080/tcp          ALLOW IN    10.0.0.4\n"
    found = snippet_of(plan_clients(site_with(tmp_path, OWN["ufw"][0], fw=both), ["app-vm"], proxy="proxy-vm"), "ufw")
    assert found.read_back is not None
    assert found.read_back.verdict is Verdict.BLOCKED


def test_a_block_rule_of_windows_stays_in_the_way_and_is_named(tmp_path: Path) -> None:
    """Corner case 66: a block wins over an allow, whatever the order."""
    block = "{name: no-proxy, direction: Inbound, action: Block, protocol: TCP, localPort: 8080}"
    plan = plan_clients(site_with(tmp_path, f"{{kind: windows, rules: [{block}]}}"), ["app-vm"], proxy="proxy-vm")
    found = snippet_of(plan, "windowsFirewall").read_back
    assert found is not None
    assert found.verdict is Verdict.BLOCKED
    assert [decision.rule for decision in found.decided_by] == ["no-proxy"]


def test_a_rule_of_nat_before_the_chain_leaves_the_answer_open(tmp_path: Path) -> None:
    """What is sent elsewhere before it comes to INPUT is not opened by a rule there."""
    nat = "-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.77\n"
    site = site_with(tmp_path, OWN["iptables"][0], fw=IPTABLES.format(nat=nat))
    found = snippet_of(plan_clients(site, ["app-vm"], proxy="proxy-vm"), "iptables").read_back
    assert found is not None
    assert found.verdict is Verdict.UNDETERMINED


def test_another_table_of_iptables_stays_in_the_way(tmp_path: Path) -> None:
    """`iptables -I INPUT` puts a rule into filter; what the table raw drops before never comes there."""
    raw = "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 8080 -j DROP\nCOMMIT\n"
    site = site_with(tmp_path, OWN["iptables"][0], fw=raw + IPTABLES.format(nat=""))
    found = snippet_of(plan_clients(site, ["app-vm"], proxy="proxy-vm"), "iptables").read_back
    assert found is not None
    assert found.verdict is Verdict.BLOCKED


def test_a_squid_that_is_there_keeps_its_other_clients(tmp_path: Path) -> None:
    """One line before its own: the backup names pass for the client, and nothing else changes for anybody."""
    site = site_with(tmp_path, server="{port: 8080, squidConf: squid.conf}", **{"squid.conf": SQUID})
    plan = plan_clients(site, ["app-vm"], proxy="proxy-vm")
    snippet = snippet_of(plan, "squid")
    assert not any(line.startswith(("http_port", "http_access deny")) for line in snippet.lines)
    assert snippet.read_back is not None
    assert snippet.read_back.verdict is Verdict.REACHABLE
    before = site.vm("proxy-vm")
    assert before is not None
    assert before.proxy_server is not None
    after = server_after(before.proxy_server, snippet, 8080)

    def ask(server: ProxyServer, client: str, host: str, port: int) -> AclVerdict:
        request = ProxyRequest(
            family=4, client=parse_address(client).first, host=host, port=port, is_connect=port != 80
        )
        return judge_acl(server, request).verdict

    assert ask(after, "10.0.0.4", "a.blob.core.windows.net", 443) is AclVerdict.ALLOW
    assert ask(after, "10.0.0.4", "a.blob.core.windows.net", 8443) is AclVerdict.ALLOW
    assert ask(before.proxy_server, "10.0.0.4", "a.blob.core.windows.net", 8443) is AclVerdict.DENY
    for client, host, port in (
        ("10.0.0.4", "example.com", 443),
        ("10.0.0.9", "a.blob.core.windows.net", 443),
        ("10.1.0.4", "example.com", 443),
        ("10.1.0.4", "example.com", 22),
    ):
        assert ask(after, client, host, port) is ask(before.proxy_server, client, host, port)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Port 8080\n", "reachable"),
        ("Port 8080\nAllow 10.0.0.0/24\nConnectPort 443\nConnectPort 8443\n", "reachable"),
        ("Port 8080\nAllow 10.0.0.9\n", "blocked"),
        ("Port 8080\nConnectPort 443\n", "blocked"),
    ],
)
def test_a_tinyproxy_gets_no_lines_of_squid(text: str, verdict: str, tmp_path: Path) -> None:
    """It would not start with them; what its own file does is said, and what it needs."""
    site = site_with(tmp_path, server="{port: 8080, tinyproxyConf: tiny.conf}", **{"tiny.conf": text})
    plan = plan_clients(site, ["app-vm"], proxy="proxy-vm")
    [snippet] = plan.proxies[0].snippets
    assert (snippet.kind, snippet.lines, snippet.undo) == ("tinyproxy", (), ())
    assert snippet.read_back is not None
    assert str(snippet.read_back.verdict) == verdict
    shown = {str(one.entry.verdict) for one in plan.shown}
    assert shown <= ({"reachable"} if verdict == "reachable" else {"blocked", "partial"})
    assert "`ConnectPort 8443`" in snippet.notes[0]
    assert "10.0.0.4/32" in snippet.notes[0]


@pytest.mark.parametrize(
    ("system", "profile", "verdicts"),
    [
        ("Windows", "vm-2018", ["reachable"]),
        # The agent's service does not read /etc/environment by itself: that line alone leaves the way open.
        ("Linux", "vm-2018", ["undetermined", "reachable", "reachable"]),
        # The proxy file of the SAP HANA extension is documented for Entra ID only.
        ("Linux", "workload", ["undetermined", "undetermined", "undetermined"]),
        # Since 2019 the snapshot extension goes direct whatever is set.
        ("Linux", "linux-vmsnapshot-current", ["blocked", "blocked", "blocked"]),
    ],
)
def test_the_clients_lines_are_judged_in_turn(system: str, profile: str, verdicts: list[str], tmp_path: Path) -> None:
    """Each with those above it."""
    plan = plan_clients(site_with(tmp_path, system=system, profile=profile), ["app-vm"], proxy="proxy-vm")
    found = [one.read_back for one in plan.clients[0].snippets]
    assert [str(one.verdict) for one in found if one is not None] == verdicts


def test_the_whole_path_is_shown_with_all_lines_in_place(tmp_path: Path) -> None:
    """From blocked to reachable: the client has no proxy, the firewall is shut, and squid lets nobody through."""
    site = site_with(tmp_path, OWN["ufw"][0], "{port: 8080, squidConf: squid.conf}", fw=UFW, **{"squid.conf": SQUID})
    plan = plan_clients(site, ["app-vm"], proxy="proxy-vm")
    assert [(one.vm, one.system, str(one.entry.verdict)) for one in plan.shown] == [("app-vm", "Windows", "reachable")]
    assert [leg.verdict for result in plan.shown[0].entry.results for leg in result.legs] == [Verdict.REACHABLE] * 2
    assert plan.not_shown == ""


def test_what_cannot_be_shown_is_said(tmp_path: Path) -> None:
    """Without a region there is no Storage tag to ask about; the lines are read back all the same."""
    site = replace(site_with(tmp_path), location="")
    plan = plan_clients(site, ["app-vm"], proxy="proxy-vm")
    assert plan.shown == ()
    assert "location" in plan.not_shown
    assert snippet_of(plan, "winhttp").read_back is not None


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("iptables", "iptables -I INPUT -p tcp --dport http -j ACCEPT"),
        ("nftables", "nft insert rule inet filter input tcp dport { accept"),
        ("windowsFirewall", 'New-NetFirewallRule -DisplayName "x" -Direction Inbound -Action Permit'),
    ],
)
def test_a_line_that_no_program_takes_is_an_error(kind: str, line: str) -> None:
    """A fault in what is printed is never taken for an open port."""
    with pytest.raises(InputError):
        entered(None, Snippet(kind=kind, place="", lines=(line,)))
