"""Host firewalls, proxy settings and proxy servers as a site file spells them.

What was read from a file of another program is named, not copied: the model holds what was made of it, not the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from netcheck.diagnostics import NOWHERE
from netcheck.model.hosts import ProfileSettings
from netcheck.model.ports import ALL_PORTS, PortRange
from netcheck.model.proxies import PROXY_FILE_KEYS
from netcheck.model.proxyacl import AclRule, HostNames, allowed_domains_acl
from netcheck.model.rules import ALL_PROFILES, Access, HostRule
from netcheck.model.site import (
    ChainFirewall,
    HostFirewall,
    HostFirewallKind,
    NoHostFirewall,
    ProxyAddress,
    ProxyClient,
    ProxyServer,
    WindowsFirewall,
    WinInet,
)
from netcheck.reports._site_file_values import (
    Entry,
    Relative,
    Value,
    named_file,
    one_or_many,
    protocol_text,
    set_only,
    unwritable,
)

_PROTOCOLS: dict[tuple[int, ...], str] = {(6,): "TCP", (17,): "UDP", (1,): "ICMPv4", (58,): "ICMPv6"}
_PORT_KEYS = ("localPort", "remotePort")
_SETTINGS = {
    "is_enabled": "enabled",
    "default_inbound": "defaultInboundAction",
    "default_outbound": "defaultOutboundAction",
    "allows_local_rules": "allowLocalFirewallRules",
    "allows_inbound_rules": "allowInboundRules",
}
_ACTIONS = {Access.ALLOW: "Allow", Access.DENY: "Block"}


def firewall_entry(firewall: HostFirewall, vm: str, relative: Relative) -> Value:
    """Return a host firewall: `none`, its rules, or the file that holds them."""
    match firewall:
        case NoHostFirewall():
            return str(HostFirewallKind.NONE)
        case WindowsFirewall():
            return _windows_entry(firewall, vm, relative)
        case ChainFirewall(kind=kind, files=files):
            if not files:
                raise unwritable(f"no file holds the host firewall of `{vm}`")
            return {"kind": str(kind), **{key: _named(names, vm, relative) for key, names in files.items()}}
        case _:
            assert_never(firewall)


def _named(files: Sequence[str], vm: str, relative: Relative) -> Value:
    names = [named_file(file, f"the host firewall of `{vm}`", relative) for file in files]
    return names[0] if len(names) == 1 else names


def _windows_entry(firewall: WindowsFirewall, vm: str, relative: Relative) -> Entry:
    entry: Entry = {"kind": str(HostFirewallKind.WINDOWS)}
    if firewall.files:
        named = [named_file(file, f"the host firewall of `{vm}`", relative) for file in firewall.files]
        entry["export"] = named[0] if len(named) == 1 else named
    entry |= _settings(firewall, vm)
    if firewall.active_profile is not None:
        entry["activeProfile"] = str(firewall.active_profile)
    return entry if firewall.files else {**entry, "rules": [_host_rule(rule) for rule in firewall.rules]}


def _settings(firewall: WindowsFirewall, vm: str) -> Entry:
    """Return the settings: beside the rules where they hold for all profiles, else profile by profile.

    Beside files they are written out, defaults too: a file may say otherwise. What no file says stays unsaid.
    """
    usual = ProfileSettings()
    entries: dict[str, Entry] = {}
    for profile in ALL_PROFILES:
        one: Entry = {}
        for name, key_name in _SETTINGS.items():
            value = getattr(firewall.settings[profile], name)
            if value is None and not firewall.files:
                raise unwritable(f"`{key_name}` of the host firewall of `{vm}` is not known")
            if value is not None and (firewall.files or value != getattr(usual, name)):
                one[key_name] = _ACTIONS[value] if isinstance(value, Access) else value
        entries[str(profile)] = one
    first, *others = entries.values()
    if all(first == other for other in others):
        return first
    return {"profiles": {name: one for name, one in entries.items() if one}}


def _host_rule(rule: HostRule) -> Entry:
    """Return a rule; what no packet shows stands in the key it came from, port keywords beside the ports."""
    words: dict[str, list[Value]] = {}
    for condition in rule.conditions:
        name, _, text = condition.partition(": ")
        words.setdefault(name, []).append(text)
    ports = {
        "localPort": [*_ports(rule.local_ports), *words.pop("localPort", [])],
        "remotePort": [*_ports(rule.remote_ports), *words.pop("remotePort", [])],
    }
    entry: Entry = {
        "name": rule.name,
        "direction": str(rule.direction),
        "action": str(rule.action),
        **set_only(protocol=protocol_text(rule.protocol, _PROTOCOLS)),
    }
    for name in _PORT_KEYS:
        entry |= one_or_many(name, f"{name}s", ports[name])
    local: list[Value] = [*(str(one) for one in rule.local_addresses), *rule.local_keywords]
    remote: list[Value] = [*(str(one) for one in rule.remote_addresses), *rule.remote_keywords]
    entry |= one_or_many("localAddress", "localAddresses", local)
    entry |= one_or_many("remoteAddress", "remoteAddresses", remote)
    if rule.profiles != ALL_PROFILES:
        entry |= one_or_many("profile", "profiles", [str(profile) for profile in rule.profiles])
    for name, texts in words.items():
        entry[name] = texts[0] if len(texts) == 1 else texts
    if rule.is_group_policy:
        entry["policyStoreSourceType"] = "GroupPolicy"
    return entry if rule.is_enabled else {**entry, "enabled": False}


def _ports(ranges: Sequence[PortRange]) -> list[Value]:
    return [] if tuple(ranges) == (ALL_PORTS,) else [str(one) for one in ranges]


def client_entry(client: ProxyClient, vm: str) -> Entry:
    """Return the proxy settings of a VM's clients, each in the place that holds it."""
    if client.unknown:
        raise unwritable(f"the proxy settings of `{vm}` are not known: {client.unknown}")
    entry: Entry = {}
    winhttp = set_only(
        proxyServer=_winhttp(client.winhttp or {}),
        bypassList=list(client.winhttp_bypass),
        autoconfigUrl=client.winhttp_script,
        autoDetect=client.winhttp_detects,
    )
    if len(winhttp) > ("bypassList" in winhttp):
        entry["winhttp"] = {**winhttp, **set_only(advanced=client.winhttp_is_advanced)}
    if client.wininet is not None:
        entry["wininet"] = _wininet(client.wininet, vm)
    variables = _variables(client.environment, client.no_proxy)
    if variables:
        entry["etcEnvironment"] = variables
    if client.unit is not None:
        if client.unit.unknown:
            raise unwritable(f"what the agent's unit of `{vm}` hands over is not known: {client.unit.unknown}")
        entry["agentUnit"] = _variables(client.unit.environment, client.unit.no_proxy)
    if client.agent is not None:
        port: Entry = {} if client.agent.port is None else {"HttpProxy.Port": client.agent.port}
        entry["waagentConf"] = {"HttpProxy.Host": client.agent.host, **port}
    return entry


def _wininet(settings: WinInet, vm: str) -> Entry:
    if settings.unknown:
        raise unwritable(f"the WinINET settings of `{vm}` are not known: {settings.unknown}")
    more = set_only(
        proxyServer=_winhttp(settings.proxies),
        proxyOverride=";".join(settings.bypass),
        autoConfigURL=settings.script,
        autoDetect=settings.detects,
    )
    return {"proxyEnable": int(bool(settings.proxies)), **more}


def _variables(proxies: Mapping[str, ProxyAddress], no_proxy: Sequence[str]) -> Entry:
    variables: Entry = {f"{scheme}_proxy": f"http://{_server(one)}" for scheme, one in proxies.items()}
    return {**variables, **set_only(no_proxy=",".join(no_proxy))}


def _winhttp(proxies: Mapping[str, ProxyAddress]) -> str:
    servers = {scheme: _server(proxy) for scheme, proxy in proxies.items()}
    if set(servers) == {"http", "https"} and servers["http"] == servers["https"]:
        return servers["http"]
    return ";".join(f"{scheme}={server}" for scheme, server in servers.items())


def _server(proxy: ProxyAddress) -> str:
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    host = f"login@{host}" if proxy.has_credentials else host  # that there are credentials counts, not which
    return host if proxy.port is None else f"{host}:{proxy.port}"


def server_entry(server: ProxyServer, vm: str, relative: Relative) -> Entry:
    """Return a proxy server: with the domains it allows, or with the file of its program that it was read from."""
    entry: Entry = {"port": server.port}
    if server.file:
        entry[PROXY_FILE_KEYS[server.program]] = named_file(server.file, f"the proxy of `{vm}`", relative)
    elif server.unknown or server.listen is not None:
        raise unwritable(f"more decides about requests to the proxy of `{vm}` than the domains it allows")
    elif server.acl or server.default is Access.DENY:
        entry["allowedDomains"] = _domains(server, vm)
    return {**entry, **set_only(authentication="basic" if server.requires_authentication else "")}


def _domains(server: ProxyServer, vm: str) -> list[Value]:
    found = [_domain(rule) for rule in server.acl[:-1]]
    usual = [*(allowed_domains_acl((domain,), NOWHERE)[0] for domain in found), allowed_domains_acl((), NOWHERE)[1]]
    if server.default is not Access.DENY or [replace(rule, at=NOWHERE) for rule in server.acl] != usual or not found:
        raise unwritable(f"the access list of the proxy of `{vm}` is more than a list of allowed domains")
    return list(found)


def _domain(rule: AclRule) -> str:
    test = rule.conditions[0].test if rule.conditions else None
    return test.patterns[0] if isinstance(test, HostNames) and test.patterns else ""
