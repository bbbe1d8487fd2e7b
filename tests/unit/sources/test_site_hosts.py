"""Host firewalls and proxies on a VM, as the site file spells them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from netcheck.errors import InputError
from netcheck.model.address import parse_range
from netcheck.model.hosts import ProfileSettings
from netcheck.model.proxyacl import HostNames
from netcheck.model.rules import ALL_PROFILES, Access, HostRule, Profile
from netcheck.model.site import (
    ChainFirewall,
    HostFirewallKind,
    NoHostFirewall,
    ProxyClient,
    ProxyServer,
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
    usual = ProfileSettings(
        is_enabled=True,
        default_inbound=Access.DENY,
        default_outbound=Access.ALLOW,
        allows_local_rules=True,
        allows_inbound_rules=True,
    )
    assert (dict(firewall.settings), firewall.active_profile) == (dict.fromkeys(ALL_PROFILES, usual), None)
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
    given = ProfileSettings(
        is_enabled=True,
        default_inbound=Access.ALLOW,
        default_outbound=Access.DENY,
        allows_local_rules=False,
        allows_inbound_rules=False,
    )
    assert (dict(firewall.settings), firewall.active_profile) == (dict.fromkeys(ALL_PROFILES, given), Profile.PUBLIC)


def test_disabled_windows_firewall_needs_no_rules(tmp_path: Path) -> None:
    """A firewall that is off may leave its rules out."""
    firewall = machine_part(tmp_path, "hostFirewall", "{kind: windows, enabled: false}")
    assert isinstance(firewall, WindowsFirewall)
    assert [one.is_enabled for one in firewall.settings.values()] == [False] * 3


def test_settings_of_one_profile_stand_above_those_for_all(tmp_path: Path) -> None:
    """Keys beside the rules are for all profiles; below `profiles` they are for one."""
    text = """\
  kind: windows
  defaultInboundAction: Allow
  profiles:
    Public: {defaultInboundAction: Block, allowInboundRules: false}
    Domain: {enabled: false}
  rules: []
"""
    firewall = machine_part(tmp_path, "hostFirewall", text)
    assert isinstance(firewall, WindowsFirewall)
    assert dict(firewall.settings) == {
        Profile.DOMAIN: ProfileSettings(is_enabled=False, default_inbound=Access.ALLOW),
        Profile.PRIVATE: ProfileSettings(default_inbound=Access.ALLOW),
        Profile.PUBLIC: ProfileSettings(default_inbound=Access.DENY, allows_inbound_rules=False),
    }


def test_files_of_a_windows_firewall(tmp_path: Path) -> None:
    """One file or several; what the site says of settings and profile stands above what they say."""
    rule = "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3128|Name=in|\n"
    write(tmp_path, rule, "a.txt")
    write(tmp_path, rule.replace("Name=in", "Name=other"), "b.txt")
    firewall = machine_part(
        tmp_path, "hostFirewall", "{kind: windows, export: [a.txt, b.txt], enabled: false, activeProfile: Private}"
    )
    assert isinstance(firewall, WindowsFirewall)
    assert [one.name for one in firewall.rules] == ["in", "other"]
    assert (firewall.active_profile, firewall.settings[Profile.PUBLIC]) == (
        Profile.PRIVATE,
        ProfileSettings(is_enabled=False),
    )
    assert firewall.files == (str(tmp_path / "a.txt"), str(tmp_path / "b.txt"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{kind: windows, export: a.txt, rules: []}", "NC139"),
        ("{kind: windows, rules: [], profiles: {Home: {}}}", "NC120"),
        ("{kind: windows, rules: [], profiles: {Public: {enable: true}}}", "NC120"),
        ("{kind: windows, rules: [], profiles: [Public]}", "NC122"),
        ("{kind: windows, export: [gone.txt]}", "NC100"),
    ],
)
def test_faults_of_a_windows_firewall(text: str, code: str, tmp_path: Path) -> None:
    """Rules beside files, profiles nobody knows, files that are not there."""
    write(tmp_path, "v2.31|Action=Allow|Active=TRUE|Dir=In|Name=in|\n", "a.txt")
    with pytest.raises(InputError) as caught:
        machine_part(tmp_path, "hostFirewall", text)
    assert [found.code for found in caught.value.diagnostics if found.severity == "error"] == [code]


@pytest.mark.parametrize("name", ["dynamicTarget", "dynamicTransport", "unknown"])
def test_targets_of_a_device_are_conditions(name: str, tmp_path: Path) -> None:
    """A rule for Wi-Fi Direct devices alone is none for everybody."""
    (rule,) = host_rules(tmp_path, f"{name}: ProximitySharing")
    assert rule.conditions == (f"{name}: ProximitySharing",)


def test_any_service_is_not_any_program(tmp_path: Path) -> None:
    """`*` restricts a rule to services, whichever; `Any` restricts nothing."""
    (rule,) = host_rules(tmp_path, 'service: "*"')
    assert rule.conditions == ("service: *",)


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


SHOWN = "Current WinHTTP proxy settings:\n\n    Proxy Server(s) :  10.0.0.5:3128\n    Bypass List     :  (none)\n"
QUERIED = (
    "HKEY_USERS\\S-1-5-18\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\n"
    "    ProxyEnable    REG_DWORD    0x1\n    ProxyServer    REG_SZ    10.0.0.5:3128\n"
    "    ProxyOverride    REG_SZ    <local>\n"
)


@pytest.mark.parametrize("is_file", [False, True])
def test_windows_settings_by_file_and_in_the_site(is_file: bool, tmp_path: Path) -> None:
    """What netsh prints and the registry of LocalSystem are files, or stand in the site; both give the same."""
    write(tmp_path, SHOWN, "winhttp.txt")
    write(tmp_path, QUERIED, "system.txt")
    inline = (
        '{winhttp: "10.0.0.5:3128", wininet: {proxyEnable: 1, proxyServer: "10.0.0.5:3128", proxyOverride: <local>}}'
    )
    client = machine_part(
        tmp_path, "proxyClient", "{winhttpShow: winhttp.txt, wininet: system.txt}" if is_file else inline
    )
    assert isinstance(client, ProxyClient)
    assert client.wininet is not None
    for proxies in (client.winhttp or {}, client.wininet.proxies):
        assert {s: (p.host, p.port) for s, p in proxies.items()} == dict.fromkeys(("http", "https"), ("10.0.0.5", 3128))
    assert (client.winhttp_bypass, client.wininet.bypass) == ((), ("<local>",))


def test_what_netsh_prints_may_be_pasted(tmp_path: Path) -> None:
    """Several lines of text below `winhttp` are read as netsh prints them."""
    pasted = "|\n" + "".join(f"          {line}\n" for line in SHOWN.splitlines())
    client = machine_part(tmp_path, "proxyClient", f"\n        winhttp: {pasted}")
    assert isinstance(client, ProxyClient)
    assert {s: p.port for s, p in (client.winhttp or {}).items()} == {"http": 3128, "https": 3128}


def test_advanced_winhttp_settings_and_the_unit(tmp_path: Path) -> None:
    """A script or a search may stand in place of the proxy; the unit's variables are those of its drop-in's file."""
    write(tmp_path, "https_proxy=http://10.0.0.5:3128\n", "environment")
    write(tmp_path, "[Service]\nEnvironmentFile=/etc/environment\n", "proxy.conf")
    client = machine_part(
        tmp_path,
        "proxyClient",
        '{winhttp: {autoconfigUrl: "http://p/x.pac", autoDetect: true}, etcEnvironment: environment, '
        "agentUnit: [proxy.conf]}",
    )
    assert isinstance(client, ProxyClient)
    assert (client.winhttp, client.winhttp_script, client.winhttp_detects) == (None, "http://p/x.pac", True)
    assert client.unit is not None
    assert {s: p.port for s, p in client.unit.environment.items()} == {"https": 3128}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{winhttp: "a:1", winhttpShow: winhttp.txt}', "NC139"),
        ("{winhttp: {bypassList: x}}", "NC121"),
        ("{wininet: {proxyServer: a}}", "NC121"),
        ("{wininet: {proxyEnable: maybe}}", "NC123"),
        ("{wininet: none.reg}", "NC100"),
        ("{winhttpShow: none.txt}", "NC100"),
        ("{agentUnit: [none.conf]}", "NC100"),
        ("{agentUnit: {HTTPS: a}}", "NC120"),
        ('{waagentConf: {HttpProxy.Host: "http://p"}}', "NC170"),
    ],
)
def test_client_settings_that_cannot_be_read(text: str, code: str, tmp_path: Path) -> None:
    """Two forms at once, half a form, a file that is missing, and a host that is none are errors with their place."""
    write(tmp_path, SHOWN, "winhttp.txt")
    with pytest.raises(InputError) as caught:
        machine_part(tmp_path, "proxyClient", text)
    assert [one.code for one in caught.value.diagnostics if one.severity == "error"] == [code]


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
