"""Host firewalls, proxy settings and proxy servers as a site file spells them.

What was read from a file of another program is named, not copied: the model holds what was made of it, not the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from netcheck.diagnostics import NOWHERE
from netcheck.model.hosts import FILE_KEYS
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
    UnreadHostFirewall,
    WindowsFirewall,
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


def firewall_entry(firewall: HostFirewall, vm: str, relative: Relative) -> Value:
    """Return a host firewall: `none`, its rules, or the file that holds them."""
    match firewall:
        case NoHostFirewall():
            return str(HostFirewallKind.NONE)
        case WindowsFirewall():
            return _windows_entry(firewall)
        case ChainFirewall(kind=kind, at=at):
            return _file_entry(kind, at.file, vm, relative)
        case UnreadHostFirewall(kind=kind, file=file):
            return _file_entry(kind, file, vm, relative)
        case _:
            assert_never(firewall)


def _file_entry(kind: HostFirewallKind, file: str, vm: str, relative: Relative) -> Entry:
    return {"kind": str(kind), FILE_KEYS[kind]: named_file(file, f"the host firewall of `{vm}`", relative)}


def _windows_entry(firewall: WindowsFirewall) -> Entry:
    entry: Entry = {"kind": str(HostFirewallKind.WINDOWS)}
    if not firewall.is_enabled:
        entry["enabled"] = False
    if firewall.default_inbound is Access.ALLOW:
        entry["defaultInboundAction"] = "Allow"
    if firewall.default_outbound is Access.DENY:
        entry["defaultOutboundAction"] = "Block"
    if firewall.active_profile is not None:
        entry["activeProfile"] = str(firewall.active_profile)
    if not firewall.allows_local_rules:
        entry["allowLocalFirewallRules"] = False
    if not firewall.allows_inbound_rules:
        entry["allowInboundRules"] = False
    return {**entry, "rules": [_host_rule(rule) for rule in firewall.rules]}


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
    if client.winhttp:
        entry["winhttp"] = {"proxyServer": _winhttp(client.winhttp), **set_only(bypassList=list(client.winhttp_bypass))}
    variables: Entry = {f"{scheme}_proxy": f"http://{_server(one)}" for scheme, one in client.environment.items()}
    if client.no_proxy:
        variables["no_proxy"] = ",".join(client.no_proxy)
    if variables:
        entry["etcEnvironment"] = variables
    if client.agent is not None:
        port: Entry = {} if client.agent.port is None else {"HttpProxy.Port": client.agent.port}
        entry["waagentConf"] = {"HttpProxy.Host": client.agent.host, **port}
    return entry


def _winhttp(proxies: Mapping[str, ProxyAddress]) -> str:
    servers = {scheme: _server(proxy) for scheme, proxy in proxies.items()}
    if set(servers) == {"http", "https"} and servers["http"] == servers["https"]:
        return servers["http"]
    return ";".join(f"{scheme}={server}" for scheme, server in servers.items())


def _server(proxy: ProxyAddress) -> str:
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
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
