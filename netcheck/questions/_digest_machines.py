"""Canonical forms of VMs: NICs, host firewalls, proxy settings, proxy servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import assert_never

from netcheck.model.address import AddressRange
from netcheck.model.hosts import ProfileSettings
from netcheck.model.names import key
from netcheck.model.proxyacl import (
    AclCondition,
    AclRule,
    AclTest,
    Always,
    Authenticated,
    ClientAddresses,
    DestinationAddresses,
    Gap,
    Group,
    HostNames,
    Methods,
    Never,
    OneOf,
    PlainHttp,
    RequestPorts,
    TextPattern,
    Texts,
    Undecidable,
    all_tests,
)
from netcheck.model.rules import HostRule
from netcheck.model.site import (
    BaseChain,
    ChainFirewall,
    ChainRule,
    DeploymentModel,
    HostFirewall,
    NetworkInterface,
    NoHostFirewall,
    ProxyAddress,
    ProxyClient,
    ProxyServer,
    PublicIp,
    ServiceEnvironment,
    VirtualMachine,
    WindowsFirewall,
    WinInet,
)
from netcheck.questions._digest_values import Form, addresses, group_name, names, ports, prefixes, protocols, unordered


def machine_form(vm: VirtualMachine, model: DeploymentModel) -> Form:
    """Return a VM with what stands on it."""
    return {
        "name": key(vm.name),
        "os": key(vm.os_type),
        "nics": unordered(_nic_form(nic, model) for nic in vm.interfaces),
        "primary": key(vm.primary.name),
        "hostFirewall": _firewall_form(vm.host_firewall),
        "proxyClient": _client_form(vm.proxy_client),
        "proxyServer": _server_form(vm.proxy_server),
    }


def _nic_form(nic: NetworkInterface, model: DeploymentModel) -> Form:
    """Return a NIC; what few NICs have is there for those only, so that others keep their form."""
    more: dict[str, Form] = {}
    if nic.backend_pools:
        more["pools"] = names(nic.backend_pools)
    if nic.has_default_outbound is not None:
        more["hasDefaultOutbound"] = nic.has_default_outbound
    if nic.effective_nsgs is not None or nic.effective_routes is not None:
        from netcheck.questions._digest_placed import computed_form

        more["computed"] = computed_form(nic, model)
    return {
        "name": key(nic.name),
        "subnet": key(nic.subnet),
        "addresses": addresses(nic.certain_addresses),
        "openFamilies": sorted(nic.open_families),
        "nsg": key(nic.network_security_group),
        "public": unordered(_public_form(one) for one in nic.public_ips),
        "groups": names(group_name(name) for name in nic.application_security_groups),
        "forwards": nic.has_ip_forwarding,
        **more,
    }


def _public_form(public: PublicIp) -> Form:
    form: list[Form] = [public.family, prefixes([public.address] if public.address else [])]
    return form if public.sku is None else [*form, str(public.sku)]


def _firewall_form(firewall: HostFirewall | None) -> Form:
    match firewall:
        case None:
            return None
        case NoHostFirewall():
            return "none"
        case WindowsFirewall():
            return _windows_form(firewall)
        case ChainFirewall():
            return {
                "kind": str(firewall.kind),
                "base": [_base_form(chain) for chain in firewall.base_chains],
                "chains": {name: _chain_form(rules) for name, rules in firewall.chains.items()},
            }
        case _:
            assert_never(firewall)


def _windows_form(firewall: WindowsFirewall) -> Form:
    """Rules have no order, and one that is switched off decides nothing; so does a firewall that is.

    Only the settings of profiles that may be active count.
    """
    settings = {str(profile): _settings_form(firewall.settings[profile]) for profile in firewall.possible_profiles}
    if all(form == "off" for form in settings.values()):
        return "off"
    return {
        "rules": unordered(_host_rule_form(rule) for rule in firewall.rules if rule.is_enabled),
        "settings": settings,
        "profile": str(firewall.active_profile) if firewall.active_profile else None,
    }


def _settings_form(settings: ProfileSettings) -> Form:
    if settings.is_enabled is False:
        return "off"
    return {
        "on": settings.is_enabled,
        "inbound": str(settings.default_inbound),
        "outbound": str(settings.default_outbound),
        "localRules": settings.allows_local_rules,
        "inboundRules": settings.allows_inbound_rules,
    }


def _base_form(chain: BaseChain) -> Form:
    return [chain.name, str(chain.hook), str(chain.policy), _chain_form(chain.rules)]


def _chain_form(rules: Sequence[ChainRule]) -> list[Form]:
    return [[_host_rule_form(rule.match), rule.target, rule.is_goto] for rule in rules]


def _host_rule_form(rule: HostRule) -> Form:
    return {
        "name": key(rule.name),
        "direction": str(rule.direction),
        "action": str(rule.action),
        "protocol": protocols(rule.protocol),
        "localPorts": ports(rule.local_ports),
        "remotePorts": ports(rule.remote_ports),
        "local": _place_form(rule.local_addresses, rule.local_keywords),
        "remote": _place_form(rule.remote_addresses, rule.remote_keywords),
        "profiles": sorted(str(profile) for profile in rule.profiles),
        "isEnabled": rule.is_enabled,
        "isGroupPolicy": rule.is_group_policy,
        "conditions": unordered(rule.conditions),
    }


def _place_form(ranges: Sequence[AddressRange], keywords: Iterable[str]) -> Form:
    """No range and no keyword mean any address."""
    return [addresses(ranges) if ranges else None, names(keywords)]


def _client_form(client: ProxyClient | None) -> Form:
    """Settings that hold nothing are as good as none; a bypass list belongs to a proxy."""
    if client is None:
        return None
    form: dict[str, Form] = {
        "winhttp": _proxies_form(client.winhttp or {}),
        "bypass": names(client.winhttp_bypass) if client.winhttp else [],
        "script": client.winhttp_script,
        "detects": client.winhttp_detects,
        "advanced": client.winhttp_is_advanced and bool(client.winhttp),
        "wininet": _wininet_form(client.wininet) if client.wininet else None,
        "environment": _proxies_form(client.environment),
        "noProxy": names(client.no_proxy) if client.environment else [],
        "unit": _unit_form(client.unit) if client.unit else None,
        "agent": _proxy_form(client.agent) if client.agent else None,
        "uncertain": bool(client.unknown),
    }
    return form if any(form.values()) else None


def _wininet_form(settings: WinInet) -> Form:
    """Settings without a proxy are not the same as none: beside WinHTTP's they say that it is the only one."""
    return {
        "proxies": _proxies_form(settings.proxies),
        "bypass": names(settings.bypass) if settings.proxies else [],
        "script": settings.script,
        "detects": settings.detects,
        "uncertain": bool(settings.unknown),
    }


def _unit_form(unit: ServiceEnvironment) -> Form:
    """A unit that hands over nothing is not the same as none: the service then has no variable for certain."""
    return {
        "environment": _proxies_form(unit.environment),
        "noProxy": names(unit.no_proxy) if unit.environment else [],
        "uncertain": bool(unit.unknown),
    }


def _proxies_form(proxies: Mapping[str, ProxyAddress]) -> Form:
    return {scheme: _proxy_form(proxy) for scheme, proxy in proxies.items()}


def _proxy_form(proxy: ProxyAddress) -> Form:
    return [key(proxy.host), proxy.port, proxy.has_credentials]


def _server_form(server: ProxyServer | None) -> Form:
    if server is None:
        return None
    return {
        "port": server.port,
        "acl": list(_acl_form(server.acl)),
        "default": str(server.default),
        "login": server.requires_authentication,
        "uncertain": bool(server.unknown),
        "listen": prefixes([server.listen]) if server.listen else None,
    }


def _acl_form(acl: Sequence[AclRule]) -> Iterator[Form]:
    """Yield the lines in order; among neighbours that all allow, or all deny, the order means nothing.

    That does not hold for a demand for credentials, which ends the matter where it is met.
    """
    for (action, is_plain), group in groupby(acl, key=lambda rule: (rule.action, _is_plain(rule))):
        forms: list[Form] = [[str(action), rule.text, [_condition_form(c) for c in rule.conditions]] for rule in group]
        yield from unordered(forms) if is_plain else forms


def _is_plain(rule: AclRule) -> bool:
    return not any(isinstance(test, Authenticated | Undecidable) for test in all_tests(rule.conditions))


def _condition_form(condition: AclCondition) -> Form:
    return [condition.is_negated, type(condition.test).__name__, _test_form(condition.test)]


def _test_form(test: AclTest) -> Form:
    match test:
        case ClientAddresses(ranges, doubtful):
            return [addresses(ranges), addresses(doubtful)]
        case DestinationAddresses(ranges, doubtful, looks_up):
            return [addresses(ranges), addresses(doubtful), looks_up]
        case HostNames(patterns, looks_up):
            return [names(patterns), looks_up]
        case Texts(texts, is_url, looks_up):
            return [unordered(_pattern_form(one) for one in texts), is_url, looks_up]
        case Group(rows):
            return [[_condition_form(condition) for condition in row] for row in rows]
        case RequestPorts(found):
            return ports(found)
        case Methods(found_names):
            return unordered(found_names)
        case Always() | Never() | PlainHttp() | Authenticated() | Undecidable():
            return None
        case _:
            assert_never(test)


def _pattern_form(pattern: TextPattern) -> Form:
    return [
        ["".join(sorted(one.characters)), one.is_repeated]
        if isinstance(one, OneOf)
        else {"gap": str(one)}
        if isinstance(one, Gap)
        else one
        for one in pattern
    ]
