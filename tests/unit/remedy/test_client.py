"""The settings for proxy clients and the proxy: what is printed is read again, and has to mean what it should."""

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector, Source
from netcheck.errors import QuestionError
from netcheck.model.address import AddressRange, parse_prefix
from netcheck.model.site import (
    ChainFirewall,
    Cloud,
    NetworkInterface,
    NoHostFirewall,
    ProxyAddress,
    ProxyClient,
    ProxyServer,
    ServiceEnvironment,
    Site,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
    WindowsFirewall,
)
from netcheck.path.leg import Verdict
from netcheck.policy.proxyacl import AclVerdict, ProxyRequest, judge_acl
from netcheck.policy.proxyclient import Direct, Via, choose_proxy
from netcheck.questions.reach import reach
from netcheck.remedy.client import ClientPlan, Setup, plan_clients, read_endpoint
from netcheck.remedy.snippet import Snippet
from netcheck.sources.linux.iptables_save import read_iptables_save
from netcheck.sources.proxy.address import parse_bypass, parse_proxies
from netcheck.sources.proxy.environment import read_environment_file
from netcheck.sources.proxy.squid_conf import read_squid_conf
from netcheck.sources.proxy.waagent import read_waagent_conf

AT = Source("site.yaml", 1, 1)
HOSTILE = '"; rm -rf / & $(id) `id` %PATH% \n x'


def _prefix(text: str) -> AddressRange:
    return parse_prefix(text)[0]


def _vm(name: str, address: str, os_type: str, **more: object) -> VirtualMachine:
    nic = NetworkInterface(name=f"{name}-nic", subnet="vnet/default", addresses=(_prefix(address),), at=AT)
    return VirtualMachine(name=name, os_type=os_type, interfaces=(nic,), at=AT, **more)  # type: ignore[arg-type]  # any field


def _site(*vms: VirtualMachine, cloud: Cloud = Cloud.PUBLIC) -> Site:
    subnet = Subnet(name="default", virtual_network="vnet", prefixes=(_prefix("10.0.0.0/24"),), at=AT)
    network = VirtualNetwork(name="vnet", address_space=subnet.prefixes, subnets=(subnet,), at=AT)
    return Site(file="site.yaml", cloud=cloud, location="westus", virtual_networks=(network,), virtual_machines=vms)


PROXY = _vm("proxy-vm", "10.0.0.5", "Linux", proxy_server=ProxyServer(port=8080, at=AT))
WINDOWS = _vm("win-vm", "10.0.0.4", "Windows")
LINUX = _vm("lin-vm", "10.0.0.6", "Linux")
SITE = _site(WINDOWS, LINUX, PROXY)


def _snippet(setup: Setup, kind: str) -> Snippet:
    return next(snippet for snippet in setup.snippets if snippet.kind == kind)


def _client(plan: ClientPlan, name: str) -> Setup:
    return next(setup for setup in plan.clients if setup.vm == name)


def _netsh(line: str) -> tuple[str, str]:
    """Return the proxy and the bypass list of a netsh command, as its quotes delimit them."""
    found = re.fullmatch(r'netsh winhttp set proxy proxy-server="([^"]*)" bypass-list="([^"]*)"', line)
    assert found is not None
    return found[1], found[2]


def test_the_windows_command_sends_both_schemes_to_the_proxy() -> None:
    """What netsh is given, read as netsh reads it, leads requests on 80 and 443 through the proxy."""
    server, bypass = _netsh(_snippet(_client(plan_clients(SITE), "win-vm"), "winhttp").lines[0])
    collector = Collector()
    client = ProxyClient(winhttp=parse_proxies(server, AT, collector), winhttp_bypass=parse_bypass(bypass))
    for port in (80, 443):
        choice = choose_proxy(client, "Windows", "article-2015", port)
        assert isinstance(choice, Via)
        assert (choice.proxy.host, choice.proxy.port) == ("10.0.0.5", 8080)
    assert list(collector) == []


def test_the_platform_is_never_asked_through_the_proxy() -> None:
    """168.63.129.16 and 169.254.169.254 answer direct requests only, so every bypass list has them."""
    plan = plan_clients(SITE)
    _, bypass = _netsh(_snippet(_client(plan, "win-vm"), "winhttp").lines[0])
    no_proxy = _snippet(_client(plan, "lin-vm"), "environment").lines[2].removeprefix("no_proxy=")
    for platform in ("168.63.129.16", "169.254.169.254"):
        assert platform in parse_bypass(bypass)
        assert platform in no_proxy.split(",")


def test_the_environment_lines_cover_http_and_https(tmp_path: Path) -> None:
    """`http_proxy` alone would leave https direct; both lines are read back, and both schemes go to the proxy."""
    path = tmp_path / "environment"
    path.write_text("\n".join(_snippet(_client(plan_clients(SITE), "lin-vm"), "environment").lines), encoding="utf-8")
    collector = Collector()
    proxies, no_proxy = read_environment_file(str(path), collector)
    client = ProxyClient(unit=ServiceEnvironment(environment=proxies, no_proxy=no_proxy))
    for port in (80, 443):
        choice = choose_proxy(client, "Linux", "article-2015", port)
        assert isinstance(choice, Via)
        assert (choice.proxy.host, choice.proxy.port) == ("10.0.0.5", 8080)
    assert list(collector) == []


def test_the_agent_lines_are_what_the_agent_reads_and_the_note_is_true(tmp_path: Path) -> None:
    """With these lines the extension of 2015-2019 uses the proxy, and the present one connects directly."""
    snippet = _snippet(_client(plan_clients(SITE), "lin-vm"), "waagent")
    path = tmp_path / "waagent.conf"
    path.write_text("\n".join(snippet.lines), encoding="utf-8")
    agent = read_waagent_conf(str(path), Collector())
    assert agent is not None
    assert (agent.host, agent.port) == ("10.0.0.5", 8080)
    client = ProxyClient(agent=agent)
    assert isinstance(choose_proxy(client, "Linux", "article-2015", 443), Via)
    assert isinstance(choose_proxy(client, "Linux", "linux-vmsnapshot-current", 443), Direct)
    assert any("DIRECTLY" in note for note in snippet.notes)


def test_the_squid_lines_let_backup_through_and_nothing_else(tmp_path: Path) -> None:
    """Read by the reader of squid.conf, the lines allow the clients storage names on 80 and 443 only."""
    path = tmp_path / "squid.conf"
    path.write_text("\n".join(_snippet(plan_clients(SITE).proxies[0], "squid").lines), encoding="utf-8")
    collector = Collector()
    server = read_squid_conf(str(path), 8080, collector)
    assert [d for d in collector if d.severity == "error"] == []

    def ask(client: str, host: str, port: int) -> AclVerdict:
        request = ProxyRequest(
            family=4, client=_prefix(client).first, host=host, port=port, is_connect=port not in (80, 8080)
        )
        return judge_acl(server, request).verdict

    for client in ("10.0.0.4", "10.0.0.6"):
        for host in (".blob.core.windows.net", "md-1.z27.blob.storage.azure.net", "acct.queue.core.windows.net"):
            assert ask(client, host, 443) is AclVerdict.ALLOW
    # the backup profile of a Resource Manager site is that of 2018: 443 and 8443, never 80
    assert ask("10.0.0.4", "acct.blob.core.windows.net", 8443) is AclVerdict.ALLOW
    assert ask("10.0.0.4", "acct.blob.core.windows.net", 22) is AclVerdict.DENY
    assert ask("10.0.0.4", "example.com", 443) is AclVerdict.DENY
    assert ask("10.0.0.4", "acct.file.core.windows.net", 443) is AclVerdict.DENY
    assert ask("10.0.0.9", "acct.blob.core.windows.net", 443) is AclVerdict.DENY


def test_the_names_are_those_of_the_cloud() -> None:
    """A site in China gets the suffixes of China, and none of the public cloud."""
    plan = plan_clients(_site(WINDOWS, PROXY, cloud=Cloud.CHINA))
    names = next(line for line in _snippet(plan.proxies[0], "squid").lines if "dstdomain" in line).split()[3:]
    assert names == [".blob.core.chinacloudapi.cn", ".queue.core.chinacloudapi.cn", ".table.core.chinacloudapi.cn"]


def test_the_iptables_lines_open_the_port_for_the_clients_only(tmp_path: Path) -> None:
    """Put in front of a firewall that drops everything, they let the clients in on the proxy port and nobody else."""
    lines = [shlex.split(line) for line in _snippet(plan_clients(SITE).proxies[0], "iptables").lines]
    assert all(words[:3] == ["iptables", "-I", "INPUT"] for words in lines)
    rules = "".join(f"-A INPUT {shlex.join(words[3:])}\n" for words in lines)
    path = tmp_path / "saved"
    path.write_text(f"*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n{rules}COMMIT\n", encoding="utf-8")
    collector = Collector()
    firewall = read_iptables_save(str(path), collector)
    assert list(collector) == []
    assert isinstance(firewall, ChainFirewall)
    other = _vm("other-vm", "10.0.0.9", "Linux", host_firewall=NoHostFirewall(at=AT))
    opened = [replace(vm, host_firewall=NoHostFirewall(at=AT)) for vm in (WINDOWS, LINUX)]
    site = _site(*opened, other, replace(PROXY, host_firewall=firewall))
    assert reach(site, "win-vm,lin-vm", "proxy-vm", ["8080"]).verdict is Verdict.REACHABLE
    assert reach(site, "win-vm,lin-vm", "proxy-vm", ["8081"]).verdict is Verdict.BLOCKED
    assert reach(site, "other-vm", "proxy-vm", ["8080"]).verdict is Verdict.BLOCKED


def test_the_undo_of_a_firewall_rule_names_the_same_rule() -> None:
    """`iptables -D` and `ufw delete` take the rule itself, so both must agree to the letter."""
    proxy = plan_clients(SITE).proxies[0]
    iptables, ufw = _snippet(proxy, "iptables"), _snippet(proxy, "ufw")
    assert iptables.undo == tuple(line.replace(" -I ", " -D ") for line in iptables.lines)
    assert ufw.undo == tuple(line.replace("ufw prepend ", "ufw delete ") for line in ufw.lines)


def test_the_windows_firewall_rule_is_that_of_the_article_for_the_clients() -> None:
    """Inbound, TCP, the proxy's port, any remote port, all profiles; the remote addresses are the clients'."""
    windows = replace(PROXY, os_type="Windows", host_firewall=WindowsFirewall(rules=(), at=AT))
    setup = plan_clients(_site(WINDOWS, LINUX, windows)).proxies[0]
    assert [snippet.kind for snippet in setup.snippets] == ["windowsFirewall", "windowsWizard", "squid"]
    words = shlex.split(_snippet(setup, "windowsFirewall").lines[0])
    assert words[0] == "New-NetFirewallRule"
    assert dict(zip(words[1::2], words[2::2], strict=True)) == {
        "-DisplayName": "HTTP proxy (TCP 8080)",
        "-Direction": "Inbound",
        "-Action": "Allow",
        "-Protocol": "TCP",
        "-LocalPort": "8080",
        "-RemoteAddress": "10.0.0.4,10.0.0.6",
        "-Profile": "Any",
    }


def test_ipv6_addresses_are_written_as_each_place_wants_them() -> None:
    """In URLs and netsh an IPv6 address stands in brackets, in waagent.conf bare; iptables has its own program."""
    proxy = _vm("proxy-vm", "2001:db8::5", "Linux", proxy_server=ProxyServer(port=8080, at=AT))
    plan = plan_clients(_site(_vm("app-vm", "2001:db8::4", ""), proxy))
    client = _client(plan, "app-vm")
    server, _ = _netsh(_snippet(client, "winhttp").lines[0])
    found = parse_proxies(server, AT, Collector())
    assert {scheme: (p.host, p.port) for scheme, p in found.items()} == {
        "http": ("2001:db8::5", 8080),
        "https": ("2001:db8::5", 8080),
    }
    assert _snippet(client, "environment").lines[0] == "http_proxy=http://[2001:db8::5]:8080"
    assert _snippet(client, "waagent").lines[0] == "HttpProxy.Host=2001:db8::5"
    assert _snippet(plan.proxies[0], "iptables").lines[0].startswith("ip6tables -I INPUT -p tcp -s 2001:db8::4/128 ")


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0.5", "10.0.0.5:0", "10.0.0.5:99999", "h;id:8080", "$(id):8080", 'a"b:80', "a b:80", "u:p@h:80",
     "http://h:80/x", "socks5://h:80", "h:80\nid", "%PATH%:80", "10.0.0.5:8080; format c:"],
)  # fmt: skip
def test_only_plain_proxy_addresses_are_accepted(text: str) -> None:
    """Everything that is not a plain host and a port is refused before it comes near a command."""
    with pytest.raises(QuestionError, match="NC322"):
        read_endpoint(text)


def test_no_name_of_the_site_gets_into_a_command() -> None:
    """Names may hold anything; commands are made of addresses, numbers and known words only."""
    site = _site(replace(WINDOWS, name=HOSTILE), replace(LINUX, name=HOSTILE + "2"), replace(PROXY, name=HOSTILE + "3"))
    plan = plan_clients(site)
    lines = [line for setup in (*plan.clients, *plan.proxies) for s in setup.snippets for line in (*s.lines, *s.undo)]
    assert [line for line in lines if "rm -rf" in line or "id" in line.split() or "\n" in line] == []


def test_a_hostile_agent_host_is_refused() -> None:
    """A proxy host that is no plain name is refused, also where a file gave it."""
    client = ProxyClient(agent=ProxyAddress(host="a b;id", port=8080, at=AT), at=AT)
    with pytest.raises(QuestionError, match="NC322"):
        plan_clients(_site(replace(LINUX, proxy_client=client)))


def test_the_clients_are_the_vms_with_a_setting() -> None:
    """A VM that has a proxy setting is a client; one that has none is left alone unless it is asked for."""
    setting = ProxyClient(winhttp={"https": ProxyAddress(host="10.0.0.5", port=3128, at=AT)}, at=AT)
    site = _site(replace(WINDOWS, proxy_client=setting), LINUX, PROXY)
    assert [(s.vm, str(s.proxy)) for s in plan_clients(site).clients] == [("win-vm", "10.0.0.5:3128")]
    assert [(s.vm, str(s.proxy)) for s in plan_clients(site, ["lin-vm"]).clients] == [("lin-vm", "10.0.0.5:8080")]
    assert [(s.vm, str(s.proxy)) for s in plan_clients(site, proxy="proxy-vm").clients] == [
        ("win-vm", "10.0.0.5:8080"),
        ("lin-vm", "10.0.0.5:8080"),
    ]


def test_a_proxy_outside_the_site_has_no_vm() -> None:
    """Its own settings are printed all the same, for whatever it runs on."""
    plan = plan_clients(SITE, ["win-vm"], proxy_address="proxy.example.com:3128")
    assert [(s.vm, str(s.proxy)) for s in plan.proxies] == [("", "proxy.example.com:3128")]
    assert [s.kind for s in plan.proxies[0].snippets] == [
        "windowsFirewall",
        "iptables",
        "nftables",
        "ufw",
        "firewalld",
        "windowsWizard",
        "squid",
    ]


def test_without_any_proxy_there_is_nothing_to_print() -> None:
    """A site without proxy and a question that names none: an error that says what to give."""
    with pytest.raises(QuestionError, match="NC321"):
        plan_clients(_site(WINDOWS, LINUX))


def test_what_is_dropped_from_the_present_bypass_list_is_said() -> None:
    """netsh replaces the whole setting, so entries that the new one lacks are named."""
    setting = ProxyClient(
        winhttp={"http": ProxyAddress(host="10.0.0.5", port=8080, at=AT)}, winhttp_bypass=("*.corp", "<local>"), at=AT
    )
    plan = plan_clients(_site(replace(WINDOWS, proxy_client=setting), PROXY))
    notes = _snippet(_client(plan, "win-vm"), "winhttp").notes
    assert notes[0] == "the present bypass list has more, which this drops: *.corp"


def test_what_was_set_before_is_what_the_last_line_sets_again() -> None:
    """`netsh winhttp reset proxy` would leave a machine that had a proxy without any; so would `None` in the file."""
    old = {
        "http": ProxyAddress(host="old", port=80, at=AT),
        "https": ProxyAddress(host="fd00::1", port=3128, at=AT),
    }
    agent = ProxyAddress(host="old", port=8081, at=AT)
    setting = ProxyClient(winhttp=old, winhttp_bypass=("*.corp", "<local>"), agent=agent, at=AT)
    site = _site(replace(WINDOWS, proxy_client=setting), replace(LINUX, proxy_client=setting), PROXY)
    plan = plan_clients(site, proxy="proxy-vm")
    server, bypass = _netsh(_snippet(_client(plan, "win-vm"), "winhttp").undo[0])
    found = parse_proxies(server, AT, Collector())
    assert {scheme: (one.host, one.port) for scheme, one in found.items()} == {
        scheme: (one.host, one.port) for scheme, one in old.items()
    }
    assert parse_bypass(bypass) == setting.winhttp_bypass
    assert _snippet(_client(plan, "lin-vm"), "waagent").undo == ("HttpProxy.Host=old", "HttpProxy.Port=8081")
    bare = plan_clients(SITE)
    assert _snippet(_client(bare, "win-vm"), "winhttp").undo == ("netsh winhttp reset proxy",)
    assert _snippet(_client(bare, "lin-vm"), "waagent").undo == ("HttpProxy.Host=None", "HttpProxy.Port=None")


def test_no_line_takes_back_to_words_that_are_not_plain() -> None:
    """What a file of the site holds gets into no command; the note names what is lost."""
    setting = ProxyClient(winhttp={"http": ProxyAddress(host="old", port=80, at=AT)}, winhttp_bypass=(HOSTILE,), at=AT)
    plan = plan_clients(_site(replace(WINDOWS, proxy_client=setting), PROXY), proxy="proxy-vm")
    assert _snippet(_client(plan, "win-vm"), "winhttp").undo == ()
