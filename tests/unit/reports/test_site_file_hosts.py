"""What stands on machines, and the files a site names, written for another folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import netcheck
from netcheck.model.site import Site
from netcheck.reports.site_file import relative_to
from tests.unit.reports.sites import reloaded
from tests.unit.sources.sites import load_machine, write

WINDOWS = """\
    hostFirewall:
      kind: windows
      enabled: true
      defaultOutboundAction: Block
      activeProfile: Domain
      allowLocalFirewallRules: false
      allowInboundRules: false
      rules:
        - {name: a, direction: In, action: Allow, protocol: TCP, localPort: ["80", RPC],
           remoteAddress: [LocalSubnet, 10.0.0.1-10.0.0.9]}
        - {name: b, direction: Out, action: Block, protocol: 47, program: 'C:\\x, y', profile: "Domain,Public",
           enabled: false}
        - {name: b, direction: Out, action: Bypass, protocol: ICMPv6, policyStoreSourceType: GroupPolicy,
           localAddress: "fd00::/64"}
"""


CLIENTS = [
    'proxyClient: {winhttp: "http=10.0.0.5:8080"}',
    'proxyClient: {winhttp: {proxyServer: "[fd00::5]:8080", bypassList: "*.a.com;<local>"}}',
    'proxyClient: {etcEnvironment: {http_proxy: "http://p:8080", all_proxy: p, no_proxy: "a, b"}}',
    "proxyClient: {waagentConf: {HttpProxy.Host: p}}",
    "proxyClient: {waagentConf: {HttpProxy.Host: p, HttpProxy.Port: 8080}}",
    'proxyClient: {winhttp: {autoconfigUrl: "http://10.0.0.5/proxy.pac", autoDetect: true}}',
    'proxyClient: {winhttp: {proxyServer: "p:80", advanced: true}}',
    'proxyClient: {winhttp: "http://bob:pw@10.0.0.5:8080"}',
    'proxyClient: {wininet: {proxyEnable: 1, proxyServer: "http=p:80;https=q:81", proxyOverride: "*.a.com;<local>"}}',
    "proxyClient: {wininet: {proxyEnable: 0}}",
    'proxyClient: {wininet: {proxyEnable: false, autoConfigURL: "http://p/x.pac", autoDetect: true}}',
    'proxyClient: {agentUnit: {https_proxy: "http://bob@p:8080", no_proxy: [a, .b]}}',
    "proxyClient: {agentUnit: {}}",
    "proxyClient: {}",
    "proxyServer: {port: 8080}",
    "proxyServer: {port: 8080, authentication: ntlm, allowedDomains: [.b.com, a.com]}",
    "hostFirewall: none",
    "hostFirewall: {kind: windows, enabled: false, rules: []}",
    "hostFirewall: {kind: windows, profiles: {Public: {enabled: false, defaultInboundAction: Allow}}, rules: []}",
    "hostFirewall: {kind: windows, rules: [{name: a, direction: In, action: Allow, unknown: what netsh hides}]}",
]


@pytest.mark.parametrize("body", [WINDOWS, *(f"    {line}\n" for line in CLIENTS)])
def test_what_stands_on_machines(body: str, tmp_path: Path) -> None:
    """Windows rules with keywords and conditions, proxy settings in every place, the proxy's list."""

    def of(site: Site) -> list[object]:
        vm = site.virtual_machines[0]
        return [_placeless(one) for one in (vm.host_firewall, vm.proxy_client, vm.proxy_server)]

    site = load_machine(tmp_path, body)
    assert of(reloaded(site, tmp_path)) == of(site)


def _placeless(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {name: _placeless(getattr(value, name)) for name in value.__dataclass_fields__ if name != "at"}
    if isinstance(value, dict):
        return {name: _placeless(one) for name, one in value.items()}
    return [_placeless(one) for one in value] if isinstance(value, tuple | list) else value


def test_files_are_named_from_where_the_output_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """iptables, squid (also by an include) and files nobody reads yet keep their names, from another folder too."""
    files = tmp_path / "files"
    files.mkdir()
    write(files, "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n", "a.save")
    write(files, "include port.conf\nhttp_access allow all\n", "squid.conf")
    write(files, "http_port 3128\n", "port.conf")
    write(files, "table inet filter {}\n", "rules.nft")
    body = "    hostFirewall: {kind: iptables, save: files/a.save}\n    proxyServer: {squidConf: files/squid.conf}\n"
    monkeypatch.chdir(tmp_path)
    site = load_machine(Path(), body)
    (tmp_path / "out" / "deep").mkdir(parents=True)
    found = reloaded(site, Path("out/deep"))
    text = netcheck.convert(found, output="out/deep/x.yaml")
    assert "save: ../../files/a.save" in text
    assert "squidConf: ../../files/squid.conf" in text

    write(files, "create a hash:ip\n", "sets")
    write(files, "Status: inactive\n", "status")
    several = {
        "{kind: iptables, save: files/a.save, ipset: files/sets}": "save: files/a.save, ipset: files/sets",
        "{kind: ufw, status: files/status}": "kind: ufw, status: files/status",
        "{kind: ufw, rules: [files/user.rules, files/before.rules], defaults: files/ufw}": (
            "rules: [files/user.rules, files/before.rules], defaults: files/ufw"
        ),
    }
    write(files, "*filter\nCOMMIT\n", "user.rules")
    write(files, "*filter\nCOMMIT\n", "before.rules")
    write(files, "ENABLED=yes\n", "ufw")
    for firewall, expected in several.items():
        one = load_machine(Path(), f"    hostFirewall: {firewall}\n")
        assert expected in netcheck.convert(one)
        reloaded(one, Path("out/deep"))

    write(files, "Port 8888\nAllow 10.0.0.0/24\n", "tinyproxy.conf")
    tiny = load_machine(Path(), "    proxyServer: {tinyproxyConf: files/tinyproxy.conf}\n")
    assert "tinyproxyConf: files/tinyproxy.conf" in netcheck.convert(tiny)
    reloaded(tiny, Path("out"))
    unread = load_machine(Path(), "    hostFirewall: {kind: nftables, ruleset: files/rules.nft}\n")
    assert "ruleset: files/rules.nft" in netcheck.convert(unread)
    reloaded(unread, Path("out"))


def test_links_are_followed_before_dots_are_counted(tmp_path: Path) -> None:
    """`..` leads up from where a folder really is, not from the link to it."""
    (tmp_path / "real" / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "inner", target_is_directory=True)
    assert relative_to(str(tmp_path / "link" / "site.yaml"))(str(tmp_path / "tags.json")) == "../../tags.json"


def test_exports_of_windows_are_named(tmp_path: Path) -> None:
    """The files stand in the site file, not their rules; what the site says beside them is written too."""
    rule = "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3128|Name=in|\n"
    write(tmp_path, rule, "a.txt")
    write(tmp_path, rule.replace("Name=in", "Name=other"), "b.txt")
    body = (
        "    hostFirewall: {kind: windows, export: [a.txt, b.txt], activeProfile: Public, "
        "profiles: {Public: {enabled: false}}}\n"
    )
    site = load_machine(tmp_path, body)
    again = reloaded(site, tmp_path)
    first, second = site.virtual_machines[0].host_firewall, again.virtual_machines[0].host_firewall
    assert _placeless(first) == _placeless(second)
