"""The settings of a proxy client, read from the lines that are printed for it: which way its requests then go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import assert_never

from netcheck.diagnostics import Collector, Source
from netcheck.errors import InputError
from netcheck.model.profiles import Heeds
from netcheck.model.site import ProxyClient
from netcheck.path.leg import Verdict
from netcheck.policy.proxychoice import Direct, NoPath, ProxyChoice, UnknownChoice, Via
from netcheck.policy.proxyclient import choose_proxy
from netcheck.policy.proxyheed import Component, choose_for_component
from netcheck.questions.profiles import BackupProfile
from netcheck.remedy.snippet import PRINTED, ProxyEndpoint, ReadBack, Snippet

_NETSH = re.compile(r'netsh winhttp set proxy proxy-server="([^"]*)" bypass-list="([^"]*)"')


def client_after(client: ProxyClient | None, snippets: Iterable[Snippet]) -> ProxyClient:
    """Return proxy settings once the lines of snippets stand in their places; what they do not name stays.

    Raise InputError when a line is none that its reader takes.
    """
    collector = Collector()
    after = client or ProxyClient(at=PRINTED)
    etc = ""
    for snippet in snippets:
        text = "".join(f"{line}\n" for line in snippet.lines)
        etc = text if snippet.kind == "environment" else etc
        after = _with(after, snippet.kind, text, etc, collector)
    if collector.has_errors:
        raise InputError(collector)
    return after


def _with(client: ProxyClient, kind: str, text: str, etc: str, collector: Collector) -> ProxyClient:
    """Return settings with one place written anew; `etc` is the text of `/etc/environment`, which the unit names."""
    from netcheck.sources.proxy.environment import parse_environment, parse_unit
    from netcheck.sources.proxy.waagent import parse_waagent_conf
    from netcheck.sources.proxy.winhttp import parse_winhttp

    file = PRINTED.file
    match kind:
        case "winhttp":
            found = _NETSH.fullmatch(text.strip())
            assert found is not None, text
            settings = parse_winhttp(found[1], PRINTED, collector)
            bypass = tuple(part for part in found[2].split(";") if part)
            return replace(client, winhttp=settings.proxies, winhttp_bypass=bypass)
        case "environment":
            variables, no_proxy = parse_environment(text, file, collector)
            return replace(client, environment=variables, no_proxy=no_proxy)
        case "systemd":
            unit = parse_unit([("proxy.conf", text)], ("/etc/environment", etc), collector, Source(file))
            return replace(client, unit=unit)
        case "waagent":
            return replace(client, agent=parse_waagent_conf(text, file, collector))
        case _:
            raise AssertionError(kind)


def read_client(
    client: ProxyClient, os_type: str, profile: BackupProfile, suffix: str, proxy: ProxyEndpoint
) -> ReadBack:
    """Return which way the requests of a profile go with some settings; reachable: all go through the proxy."""
    carried = [need for need in profile.needs if need.hosts and need.protocol == "tcp"]
    ports = sorted({port for need in carried for port in need.ports})
    chosen = {port: _chosen(client, os_type, profile, port, suffix) for port in ports}
    ways = {choice: [p for p in ports if chosen[p] == choice] for choice in chosen.values()}
    if not ways:
        return ReadBack(Verdict.REACHABLE, f"profile {profile.name} has no request that a proxy could carry")
    says = "; ".join(f"port {','.join(map(str, of))} {_way(choice)}" for choice, of in ways.items())
    return ReadBack(_verdict(list(ways), proxy), says)


def _chosen(client: ProxyClient, os_type: str, profile: BackupProfile, port: int, suffix: str) -> ProxyChoice:
    """Return the way of requests to a port: of several needs with ports in common the first one speaks."""
    need = next(one for one in profile.needs if one.hosts and port in one.ports)
    if need.heeds is Heeds.BY_PROFILE:
        return choose_proxy(client, os_type, profile.name, port, suffix)
    return choose_for_component(client, os_type, need.heeds, Component(need.component, port, need.hosts[0]))


def _verdict(choices: Sequence[ProxyChoice], proxy: ProxyEndpoint) -> Verdict:
    if all(isinstance(c, Via) and (c.proxy.host, c.proxy.port) == (proxy.host, proxy.port) for c in choices):
        return Verdict.REACHABLE
    is_open = any(isinstance(choice, UnknownChoice) for choice in choices)
    return Verdict.UNDETERMINED if is_open else Verdict.BLOCKED


def _way(choice: ProxyChoice) -> str:
    match choice:
        case Via(proxy=proxy):
            return f"through {ProxyEndpoint(host=proxy.host, port=proxy.port or 0)}"
        case Direct(why=why):
            return f"NOT through the proxy: {why}"
        case NoPath(why=why):
            return f"has no way: {why}"
        case UnknownChoice(reason=reason):
            return f"is open: {reason}"
        case _:
            assert_never(choice)
