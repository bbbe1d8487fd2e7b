"""Which way a backup client on Windows takes: WinHTTP's setting, WinINET's for LocalSystem, or what both say together.

Semantics: Microsoft Learn, "Netsh commands for WinHTTP" and "WINHTTP_PROXY_INFO"; the documentation of `proxycfg` for a
scheme that a setting lacks; Azure Backup's articles for the place of the setting: WinHTTP in 2015, WinINET of
LocalSystem from 2016 on. The extension's source is not public, so what the documentation does not say is not known.
"""

from __future__ import annotations

from typing import NamedTuple

from netcheck.model.proxies import ProxyClient, WinInet
from netcheck.policy.proxychoice import (
    Direct,
    NoPath,
    ProxyChoice,
    Reach,
    UnknownChoice,
    Via,
    alternatives,
    by_bypass_list,
    pattern_reach,
    through,
)

_WINHTTP_FIRST = "article-2015"
_WININET_FIRST = "vm-2018"
_LINUX_ONLY = "linux-vmsnapshot-current"
_ADVANCED = (
    "the proxy stands in WinHTTP's advanced settings, which the setting that Azure Backup documents is not part of: "
    "whether its clients heed them is not known"
)


class Request(NamedTuple):
    """A request to a storage account: by scheme, port and the suffix of its name, which starts with a dot."""

    scheme: str
    port: int
    suffix: str


def has_windows_proxy(client: ProxyClient) -> bool:
    """Return whether a setting of Windows names a proxy, or something that finds one."""
    return _is_winhttp_set(client) or (client.wininet is not None and _is_wininet_set(client.wininet))


def choose_on_windows(client: ProxyClient, profile: str, request: Request) -> ProxyChoice:
    """Return the way that both settings, and the documentation of the profile, tell."""
    if profile == _LINUX_ONLY:
        return UnknownChoice(reason=f"profile `{profile}` is about Linux, the proxy setting is WinHTTP's", at=client.at)
    wininet = client.wininet
    if wininet is None:
        return _by_winhttp(client, request)
    if not _is_winhttp_set(client):
        return _by_wininet_alone(wininet, profile, request)
    by_winhttp, by_wininet = _by_winhttp(client, request), _by_wininet(wininet, request)
    is_documented = profile == _WINHTTP_FIRST and not _is_wininet_set(wininet)
    if is_documented or _is_same_way(by_winhttp, by_wininet):
        return by_winhttp
    reason = (
        f"WinHTTP's setting says {_told(by_winhttp)} ({by_winhttp.at}), LocalSystem's WinINET says "
        f"{_told(by_wininet)} ({by_wininet.at}): which of them the backup extension heeds is not documented"
    )
    return UnknownChoice(reason=reason, at=by_winhttp.at, between=alternatives(by_winhttp, by_wininet))


def _by_wininet_alone(wininet: WinInet, profile: str, request: Request) -> ProxyChoice:
    """Only the articles of 2016 to 2019 set WinINET's proxy alone, and say that it counts for the whole machine."""
    choice = _by_wininet(wininet, request)
    if profile == _WININET_FIRST or isinstance(choice, Direct):
        return choice
    reason = (
        f"LocalSystem's WinINET says {_told(choice)} and WinHTTP has no proxy: whether the clients of profile "
        f"`{profile}` heed WinINET is not documented"
    )
    around = Direct(why="WinHTTP has no proxy", at=choice.at)
    return UnknownChoice(reason=reason, at=choice.at, between=alternatives(around, choice))


def _by_winhttp(client: ProxyClient, request: Request) -> ProxyChoice:
    """A scheme that the setting lacks "cannot be accessed at all" unless it is bypassed (documented for proxycfg)."""
    found = _found_by_itself("WinHTTP", client.winhttp_script, detects=client.winhttp_detects)
    if found:
        return UnknownChoice(reason=found, at=client.at)
    proxy = (client.winhttp or {}).get(request.scheme)
    otherwise: ProxyChoice
    if proxy is None:
        why = f"the WinHTTP setting has a proxy, but none for {request.scheme}, so such requests have no way"
        otherwise = NoPath(why=why, at=client.at)
    else:
        otherwise = through(proxy, "the proxy in the WinHTTP setting")
    name = "the WinHTTP bypass list"
    choice = by_bypass_list(
        client.winhttp_bypass, lambda entry: _reach(entry, request), name, request.suffix, client.at, otherwise
    )
    if not client.winhttp_is_advanced or isinstance(choice, Direct):
        return choice
    around = Direct(why="WinHTTP's advanced settings are not heeded", at=choice.at)
    return UnknownChoice(reason=_ADVANCED, at=choice.at, between=alternatives(around, choice))


def _by_wininet(wininet: WinInet, request: Request) -> ProxyChoice:
    if wininet.unknown:
        return UnknownChoice(reason=wininet.unknown, at=wininet.at)
    found = _found_by_itself("LocalSystem's WinINET", wininet.script, detects=wininet.detects)
    if found:
        return UnknownChoice(reason=found, at=wininet.at)
    if not wininet.proxies:
        return Direct(why="LocalSystem's WinINET settings have no proxy", at=wininet.at)
    proxy = wininet.proxies.get(request.scheme)
    otherwise: ProxyChoice
    if proxy is None:
        told = f"LocalSystem's WinINET settings have a proxy, but none for {request.scheme}"
        otherwise = UnknownChoice(reason=f"{told}: what comes of such requests is not documented", at=wininet.at)
    else:
        otherwise = through(proxy, "the proxy in LocalSystem's WinINET settings")
    name = "the WinINET bypass list"
    return by_bypass_list(
        wininet.bypass, lambda entry: _reach(entry, request), name, request.suffix, wininet.at, otherwise
    )


def _is_winhttp_set(client: ProxyClient) -> bool:
    return bool(client.winhttp) or bool(client.winhttp_script) or client.winhttp_detects


def _is_wininet_set(wininet: WinInet) -> bool:
    return bool(wininet.proxies or wininet.script or wininet.detects or wininet.unknown)


def _found_by_itself(whose: str, script: str, *, detects: bool) -> str:
    """Return why a proxy that a script or the network names is not known; "" where there is neither."""
    if script:
        return f"{whose} takes its proxy from the script {script[:120]}, which is not read"
    return f"{whose} looks for a proxy in the network by itself (WPAD), which the site does not tell" if detects else ""


def _is_same_way(one: ProxyChoice, other: ProxyChoice) -> bool:
    if isinstance(one, Via) and isinstance(other, Via):
        return (one.proxy.host.casefold(), one.proxy.port) == (other.proxy.host.casefold(), other.proxy.port)
    return type(one) is type(other) and isinstance(one, Direct | NoPath)


def _told(choice: ProxyChoice) -> str:
    match choice:
        case Direct():
            return "direct"
        case Via(proxy=proxy):
            return f"proxy {proxy.host}:{proxy.port}"
        case NoPath():
            return "no way"
        case UnknownChoice(reason=reason):
            return f"what is open ({reason})"


def _reach(entry: str, request: Request) -> Reach:
    """Return what an entry `[scheme://]host[:port]` takes; `*` in the host is any text, `<local>` means no dot."""
    wanted, separator, host = entry.lower().rpartition("://")
    if separator and wanted != request.scheme:
        return Reach.NONE
    name, colon, number = host.rpartition(":")
    if colon and number.isdigit():
        if int(number) != request.port:
            return Reach.NONE
        host = name
    return pattern_reach(host, request.suffix)
