"""Host firewalls and proxies on a VM, as the site file spells them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.model.address import parse_range
from netcheck.model.proxyacl import HostNames
from netcheck.model.rules import ALL_PROFILES, Access, HostRule, Profile
from netcheck.model.site import (
    ChainFirewall,
    HostFirewallKind,
    NoHostFirewall,
    ProxyClient,
    ProxyServer,
    UnreadHostFirewall,
    WindowsFirewall,
)
from tests.unit.sources.sites import load_machine, write


def machine_part(folder: Path, part: str, text: str) -> object:
    body = textwrap.indent(f"{part}: {text}" if "\n" not in text else f"{part}:\n{text}", "    ")
    machine = load_machine(folder, body + "\n").virtual_machines[0]
    return {
        "hostFirewall": machine.host_firewall,
        "proxyClient": machine.proxy_client,
        "proxyServer": machine.proxy_server,
    }[part]


def host_rules(folder: Path, rule: str) -> tuple[HostRule, ...]:
    text = f"{{kind: windows, rules: [{{name: r, direction: Inbound, action: Allow, {rule}}}]}}"
    firewall = machine_part(folder, "hostFirewall", text)
    assert isinstance(firewall, WindowsFirewall)
    return firewall.rules


@pytest.mark.parametrize("text", ["none", "{kind: none}", '"none"'])
def test_stated_absence(text: str, tmp_path: Path) -> None:
    """`none` states that there is no host firewall."""
    assert isinstance(machine_part(tmp_path, "hostFirewall", text), NoHostFirewall)


def test_windows_defaults(tmp_path: Path) -> None:
    """Windows blocks inbound and allows outbound unless told otherwise; a rule holds for all profiles."""
    firewall = machine_part(tmp_path, "hostFirewall", "{kind: windows, rules: []}")
    assert isinstance(firewall, WindowsFirewall)
    assert (
        firewall.default_inbound,
        firewall.default_outbound,
        firewall.active_profile,
        firewall.is_enabled,
    ) == (Access.DENY, Access.ALLOW, None, True)
    (rule,) = host_rules(tmp_path, "protocol: Any")
    assert (rule.profiles, rule.is_enabled, rule.conditions) == (ALL_PROFILES, True, ())


def test_windows_settings(tmp_path: Path) -> None:
    """What stands beside the rules is read: state, defaults, profile, merging of local rules."""
    text = """\
  kind: Windows
  enabled: true
  defaultInboundAction: Allow
  defaultOutboundAction: block
  activeProfile: Public
  allowLocalFirewallRules: False
  allowInboundRules: false
  rules: []
"""
    firewall = machine_part(tmp_path, "hostFirewall", text)
    assert isinstance(firewall, WindowsFirewall)
    assert (
        firewall.default_inbound,
        firewall.default_outbound,
        firewall.active_profile,
        firewall.allows_local_rules,
        firewall.allows_inbound_rules,
    ) == (Access.ALLOW, Access.DENY, Profile.PUBLIC, False, False)


def test_disabled_windows_firewall_needs_no_rules(tmp_path: Path) -> None:
    """A firewall that is off may leave its rules out."""
    firewall = machine_part(tmp_path, "hostFirewall", "{kind: windows, enabled: false}")
    assert isinstance(firewall, WindowsFirewall)
    assert not firewall.is_enabled


@pytest.mark.parametrize("ports", ["[80, 8080-8090]", '"80,8080-8090"', '["80", "8080-8090"]', '"80, 8080-8090"'])
def test_port_lists(ports: str, tmp_path: Path) -> None:
    """Ports come as one value, a list, or netsh's comma-separated text."""
    (rule,) = host_rules(tmp_path, f"protocol: TCP, localPort: {ports}")
    assert [str(port) for port in rule.local_ports] == ["80", "8080-8090"]


def test_port_keywords_are_possible_not_certain(tmp_path: Path) -> None:
    """Which port `RPC` stands for only the machine knows; the numbers beside it match for certain."""
    (only,) = host_rules(tmp_path, "protocol: TCP, localPort: RPC")
    assert ([str(port) for port in only.local_ports], only.conditions) == (["0-65535"], ("localPort: RPC",))
    certain, possible = host_rules(tmp_path, "protocol: TCP, localPort: [443, rpc]")
    assert ([str(port) for port in certain.local_ports], certain.conditions) == (["443"], ())
    assert ([str(port) for port in possible.local_ports], possible.conditions) == (["0-65535"], ("localPort: RPC",))


def test_addresses_and_keywords(tmp_path: Path) -> None:
    """Addresses are prefixes, ranges and masks; words such as LocalSubnet are kept as words."""
    (rule,) = host_rules(
        tmp_path, 'remoteAddress: "10.0.0.0/255.255.255.0, 10.9.0.1-10.9.0.9, LocalSubnet", localAddress: Any'
    )
    assert (parse_range("10.0.0.0/24"), parse_range("10.9.0.1-10.9.0.9")) == rule.remote_addresses
    assert (rule.remote_keywords, rule.local_addresses, rule.local_keywords) == (("LocalSubnet",), (), ())


def test_any_beside_others_is_any(tmp_path: Path) -> None:
    """A list that holds Any matches everything."""
    (rule,) = host_rules(tmp_path, "remoteAddress: [LocalSubnet, Any]")
    assert (rule.remote_addresses, rule.remote_keywords) == ((), ())


def test_conditions_make_a_match_possible(tmp_path: Path) -> None:
    """A program or service is a condition no packet shows; `Any` is none."""
    (rule,) = host_rules(tmp_path, "program: 'C:\\proxy.exe', service: Any, interfaceType: [Wireless]")
    assert rule.conditions == ("program: C:\\proxy.exe", "interfaceType: Wireless")


@pytest.mark.parametrize(
    ("profile", "expected"),
    [("Any", ALL_PROFILES), ("Public", (Profile.PUBLIC,)), ('"Domain, Private"', (Profile.DOMAIN, Profile.PRIVATE))],
)
def test_profiles(profile: str, expected: tuple[Profile, ...], tmp_path: Path) -> None:
    """Profiles come as one word, a list, or a comma-separated text."""
    (rule,) = host_rules(tmp_path, f"profile: {profile}, enabled: False, policyStoreSourceType: GroupPolicy")
    assert (expected, False, True) == (rule.profiles, rule.is_enabled, rule.is_group_policy)


@pytest.mark.parametrize(("word", "numbers"), [("TCP", (6,)), ("17", (17,)), ("ICMPv4", (1,)), ("Any", ())])
def test_protocols(word: str, numbers: tuple[int, ...], tmp_path: Path) -> None:
    """Windows names protocols or gives their number."""
    assert numbers == host_rules(tmp_path, f"protocol: {word}")[0].protocol.numbers


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{kind: windows, export: fw.txt}", HostFirewallKind.WINDOWS),
        ("{kind: nftables, ruleset: fw.txt}", HostFirewallKind.NFTABLES),
        ("{kind: ufw, status: fw.txt}", HostFirewallKind.UFW),
    ],
)
def test_files_without_a_reader_are_unknown(text: str, kind: HostFirewallKind, tmp_path: Path) -> None:
    """A saved firewall that cannot be read yet is unknown, neither open nor closed."""
    write(tmp_path, "rules\n", "fw.txt")
    firewall = machine_part(tmp_path, "hostFirewall", text)
    assert isinstance(firewall, UnreadHostFirewall)
    assert kind == firewall.kind
    assert firewall.reason


def test_winhttp_forms(tmp_path: Path) -> None:
    """WinHTTP is a text as netsh takes it, or a mapping with the bypass list."""
    plain = machine_part(tmp_path, "proxyClient", '{winhttp: "10.0.0.5:3128"}')
    full = machine_part(
        tmp_path, "proxyClient", '{winhttp: {proxyServer: "http=10.0.0.5:3128", bypassList: "*.x.com;<local>"}}'
    )
    assert isinstance(plain, ProxyClient)
    assert isinstance(full, ProxyClient)
    assert plain.winhttp is not None
    assert full.winhttp is not None
    assert (
        {scheme: proxy.port for scheme, proxy in plain.winhttp.items()},
        {scheme: proxy.port for scheme, proxy in full.winhttp.items()},
    ) == ({"http": 3128, "https": 3128}, {"http": 3128})
    assert full.winhttp_bypass == ("*.x.com", "<local>")


@pytest.mark.parametrize("is_file", [False, True])
def test_environment_and_agent(is_file: bool, tmp_path: Path) -> None:
    """`/etc/environment` and the agent's file are named, or written in the site; both give the same."""
    write(tmp_path, "http_proxy=http://10.0.0.5:3128\nno_proxy=.x.com,10.0.0.9\n", "environment")
    write(tmp_path, "HttpProxy.Host=10.0.0.5\n", "waagent.conf")
    inline = (
        '{etcEnvironment: {http_proxy: "http://10.0.0.5:3128", no_proxy: ".x.com,10.0.0.9"}, '
        "waagentConf: {HttpProxy.Host: 10.0.0.5}}"
    )
    named = "{etcEnvironment: environment, waagentConf: waagent.conf}"
    client = machine_part(tmp_path, "proxyClient", named if is_file else inline)
    assert isinstance(client, ProxyClient)
    assert {scheme: (p.host, p.port) for scheme, p in client.environment.items()} == {"http": ("10.0.0.5", 3128)}
    assert client.no_proxy == (".x.com", "10.0.0.9")
    assert client.agent is not None
    assert (client.agent.host, client.agent.port) == ("10.0.0.5", None)


def test_allowed_domains(tmp_path: Path) -> None:
    """`.x` and `*.x` take the domain and all below it, a bare name itself alone; all else is denied."""
    server = machine_part(tmp_path, "proxyServer", '{port: 3128, allowedDomains: [.a.com, "*.b.com", c.com]}')
    assert isinstance(server, ProxyServer)
    tests = [rule.conditions[0].test for rule in server.acl[:-1]]
    assert [HostNames((".a.com",)), HostNames((".b.com",)), HostNames(("c.com",))] == tests
    assert ([rule.action for rule in server.acl], server.default) == ([Access.ALLOW] * 3 + [Access.DENY], Access.DENY)


def test_proxy_without_a_list_allows(tmp_path: Path) -> None:
    """A proxy server without a list passes every name; authentication is told apart."""
    server = machine_part(tmp_path, "proxyServer", "{port: 3128, authentication: basic}")
    assert isinstance(server, ProxyServer)
    assert (server.default, server.acl, server.requires_authentication) == (Access.ALLOW, (), True)


def test_squid_configuration(tmp_path: Path) -> None:
    """A squid configuration is read by its own reader, beside the site."""
    write(
        tmp_path,
        "http_port 3128\nacl storage dstdomain .blob.core.windows.net\nhttp_access allow storage\n",
        "squid.conf",
    )
    server = machine_part(tmp_path, "proxyServer", "{squidConf: squid.conf}")
    assert isinstance(server, ProxyServer)
    assert (server.port, server.default) == (3128, Access.DENY)


def test_tinyproxy_configuration(tmp_path: Path) -> None:
    """A tinyproxy configuration is read by its own reader, beside the site; only one file describes a proxy."""
    write(tmp_path, "Port 8888\nAllow 10.0.0.0/24\n", "tinyproxy.conf")
    server = machine_part(tmp_path, "proxyServer", "{tinyproxyConf: tinyproxy.conf, authentication: basic}")
    assert isinstance(server, ProxyServer)
    assert (server.port, server.default, server.requires_authentication) == (8888, Access.ALLOW, True)
    with pytest.raises(InputError) as caught:
        machine_part(tmp_path, "proxyServer", "{tinyproxyConf: tinyproxy.conf, squidConf: tinyproxy.conf}")
    assert "NC139" in [found.code for found in caught.value.diagnostics]


def test_iptables_save(tmp_path: Path) -> None:
    """An iptables dump is read by its own reader; a dump that is missing is an error at the place that names it."""
    dump = "*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 3128 -j ACCEPT\nCOMMIT\n"
    write(tmp_path, dump, "saved.rules")
    firewall = machine_part(tmp_path, "hostFirewall", "{kind: iptables, save: saved.rules}")
    assert isinstance(firewall, ChainFirewall)
    assert firewall.kind == HostFirewallKind.IPTABLES
    with pytest.raises(InputError) as caught:
        machine_part(tmp_path, "hostFirewall", "{kind: iptables, save: gone.rules}")
    (found,) = caught.value.diagnostics
    assert (found.code, len(found.related)) == ("NC100", 1)
