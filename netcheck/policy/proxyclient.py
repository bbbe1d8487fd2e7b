"""Whether the backup client of a VM goes through a proxy, by its settings and by what the client of a profile reads.

Semantics: Microsoft Learn, "Netsh commands for WinHTTP" and "WINHTTP_PROXY_INFO"; the documentation of `proxycfg` for a
scheme that a setting lacks; the sources of Azure/WALinuxAgent (`restutil.py`) and of Azure/azure-linux-extensions
(VMBackup `HttpUtil.py`) for `waagent.conf` and the environment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from netcheck.diagnostics import Source
from netcheck.model.names import key
from netcheck.model.site import NOWHERE, ProxyAddress, ProxyClient

BLOB_SUFFIX = ".blob.core.windows.net"
_SCHEMES = {80: "http", 443: "https", 8443: "https"}
_NEEDS_NO_PROXY = "vm-modern"
_SNAPSHOT_LINUX = "linux-vmsnapshot-current"
_WORKLOAD = "workload"
_BEFORE_2019 = ("article-2015", "vm-2018")
_PROFILES = (*_BEFORE_2019, _NEEDS_NO_PROXY, _SNAPSHOT_LINUX, _WORKLOAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Direct:
    """The client connects to Storage itself."""

    why: str
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Via:
    """The client sends its requests to a proxy; `proxy` has a port."""

    proxy: ProxyAddress
    why: str
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPath:
    """The client can neither connect itself nor through a proxy."""

    why: str
    at: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownChoice:
    """The settings do not tell which way the client takes."""

    reason: str
    at: Source


ProxyChoice = Direct | Via | NoPath | UnknownChoice


class _Reach(StrEnum):
    """How many of the storage accounts below a suffix an entry of a bypass list takes."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


def choose_proxy(
    client: ProxyClient | None, os_type: str, profile: str, port: int, suffix: str = BLOB_SUFFIX
) -> ProxyChoice:
    """Return the way that requests to storage accounts take from a VM.

    `port` 80 stands for http, 443 and 8443 for https. `suffix` is the host suffix of the cloud's storage accounts;
    which account is asked for is not known.
    """
    if client is None:
        return Direct(why="no proxy is configured", at=NOWHERE)
    if profile == _NEEDS_NO_PROXY:
        return Direct(why=f"profile `{profile}` has no request that a proxy could carry", at=client.at)
    if profile not in _PROFILES:
        return UnknownChoice(reason=f"whether profile `{profile}` heeds a proxy is not known", at=client.at)
    if client.unknown:
        return UnknownChoice(reason=client.unknown, at=client.at)
    has_windows, has_linux = bool(client.winhttp), bool(client.environment) or client.agent is not None
    if not has_windows and not has_linux:
        return Direct(why="no proxy is configured", at=client.at)
    scheme = _SCHEMES.get(port)
    if scheme is None:
        return UnknownChoice(
            reason=f"whether requests to port {port} go through an HTTP proxy is not known", at=client.at
        )
    is_windows = _is_windows(os_type, has_windows=has_windows, has_linux=has_linux)
    if is_windows is None:
        return UnknownChoice(reason=_contradiction(os_type), at=client.at)
    suffix = "." + suffix.lower().lstrip(".")
    if is_windows:
        return _by_winhttp(client, profile, scheme, port, suffix)
    return _by_linux(client, profile, scheme, suffix)


def _is_windows(os_type: str, *, has_windows: bool, has_linux: bool) -> bool | None:
    """Return whose settings count; None when the settings contradict the operating system or each other."""
    match key(os_type):
        case "windows":
            return True if has_windows else None
        case "linux":
            return False if has_linux else None
        case _:
            return has_windows if has_windows is not has_linux else None


def _contradiction(os_type: str) -> str:
    if key(os_type) in ("windows", "linux"):
        return f"the VM runs {os_type}, and its proxy settings are those of the other operating system"
    return "the VM has proxy settings of Windows and of Linux, and no `osType` that says which of them count"


def _by_winhttp(client: ProxyClient, profile: str, scheme: str, port: int, suffix: str) -> ProxyChoice:
    """A scheme that the setting lacks "cannot be accessed at all" unless it is bypassed (documented for proxycfg)."""
    if profile == _SNAPSHOT_LINUX:
        return UnknownChoice(reason=f"profile `{profile}` is about Linux, the proxy setting is WinHTTP's", at=client.at)
    reach, entry = _widest(client.winhttp_bypass, lambda entry: _winhttp_reach(entry, scheme, port, suffix))
    if reach is _Reach.ALL:
        return Direct(why=f"entry `{entry}` of the WinHTTP bypass list takes every `*{suffix}`", at=client.at)
    if reach is _Reach.SOME:
        return _partly(f"entry `{entry}` of the WinHTTP bypass list", suffix, client.at)
    proxy = (client.winhttp or {}).get(scheme)
    if proxy is None:
        why = f"the WinHTTP setting has a proxy, but none for {scheme}, so such requests have no way"
        return NoPath(why=why, at=client.at)
    return _through(proxy, "the proxy in the WinHTTP setting")


def _by_linux(client: ProxyClient, profile: str, scheme: str, suffix: str) -> ProxyChoice:
    if profile == _SNAPSHOT_LINUX:
        return _by_snapshot_extension(client)
    if profile in _BEFORE_2019 and client.agent is not None:
        return _by_agent(client.agent)
    return _by_environment(client, scheme, suffix)


def _by_snapshot_extension(client: ProxyClient) -> ProxyChoice:
    """The snapshot extension since 2019-06-26: it reads `waagent.conf`, and a port there makes it go direct."""
    if client.agent is None:
        why = "the snapshot extension reads HttpProxy in waagent.conf only, not the environment"
        return Direct(why=why, at=client.at)
    if client.agent.port is None:
        reason = (
            "with HttpProxy.Host and no HttpProxy.Port the snapshot extension tunnels through a host without a port"
        )
        return UnknownChoice(reason=reason, at=client.agent.at)
    why = "the snapshot extension skips the proxy since 2019-06 when HttpProxy.Port is set in waagent.conf"
    return Direct(why=why, at=client.agent.at)


def _by_agent(agent: ProxyAddress) -> ProxyChoice:
    """Until 2019 agent and extension used the proxy of `waagent.conf` for both schemes, before any environment."""
    if agent.port is None:
        return Direct(why="HttpProxy.Host without HttpProxy.Port in waagent.conf is not used", at=agent.at)
    return Via(proxy=agent, why="HttpProxy.Host and HttpProxy.Port in waagent.conf", at=agent.at)


def _by_environment(client: ProxyClient, scheme: str, suffix: str) -> ProxyChoice:
    """`http_proxy` serves http only, `https_proxy` https only."""
    proxy = client.environment.get(scheme)
    if proxy is None and "all" in client.environment:
        reason = f"`all_proxy` is set and `{scheme}_proxy` is not: programs differ in whether they heed it"
        return UnknownChoice(reason=reason, at=client.environment["all"].at)
    if proxy is None and client.agent is not None:
        why = f"HttpProxy in waagent.conf is not passed to extensions, and `{scheme}_proxy` is not set"
        return Direct(why=why, at=client.agent.at)
    if proxy is None:
        return Direct(
            why=f"`{scheme}_proxy` is not set, and the other scheme's variable does not serve it", at=client.at
        )
    reach, entry = _widest(client.no_proxy, lambda entry: _no_proxy_reach(entry, suffix))
    if reach is _Reach.ALL:
        return Direct(why=f"entry `{entry}` of `no_proxy` takes every `*{suffix}`", at=client.at)
    if reach is _Reach.SOME:
        return _partly(f"entry `{entry}` of `no_proxy`", suffix, client.at)
    return _through(proxy, "the proxy in the environment")


def _partly(what: str, suffix: str, at: Source) -> UnknownChoice:
    return UnknownChoice(reason=f"{what} takes some names `*{suffix}`, or takes them in some programs only", at=at)


def _through(proxy: ProxyAddress, why: str) -> ProxyChoice:
    if proxy.port is None:
        return UnknownChoice(reason=f"{why} names no port, and clients differ in what they then use", at=proxy.at)
    return Via(proxy=proxy, why=why, at=proxy.at)


def _widest(entries: Iterable[str], reach: Callable[[str], _Reach]) -> tuple[_Reach, str]:
    """Return the widest reach among the entries, and the first entry that has it."""
    found = [(reach(entry), entry) for entry in entries]
    return next((one for wanted in (_Reach.ALL, _Reach.SOME) for one in found if one[0] is wanted), (_Reach.NONE, ""))


def _winhttp_reach(entry: str, scheme: str, port: int, suffix: str) -> _Reach:
    """Return what an entry `[scheme://]host[:port]` takes; `*` in the host is any text, `<local>` means no dot."""
    wanted, separator, host = entry.lower().rpartition("://")
    if separator and wanted != scheme:
        return _Reach.NONE
    name, colon, number = host.rpartition(":")
    if colon and number.isdigit():
        if int(number) != port:
            return _Reach.NONE
        host = name
    return _pattern_reach(host, suffix)


def _pattern_reach(pattern: str, suffix: str) -> _Reach:
    is_address = any(c.isdigit() for c in pattern) and not pattern.strip("0123456789.*:[]/")
    if pattern.startswith("<") or is_address:
        return _Reach.NONE  # accounts are asked for by full name; `10.*` is an address, not an account called 10
    first, *rest = pattern.split("*")
    if not rest:
        return _Reach.SOME if pattern.endswith(suffix) and pattern != suffix else _Reach.NONE
    if not first and _has_in_order(rest[:-1], rest[-1], suffix):
        return _Reach.ALL
    tail = rest[-1]
    return _Reach.SOME if suffix.endswith(tail) or tail.endswith(suffix) else _Reach.NONE


def _has_in_order(parts: list[str], tail: str, text: str) -> bool:
    """Return whether the text ends in `tail` and has the parts before it, in order, without overlap."""
    if not text.endswith(tail):
        return False
    at, end = 0, len(text) - len(tail)
    for part in parts:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _no_proxy_reach(entry: str, suffix: str) -> _Reach:
    """The agent compares the ends of names, without regard to dots; a `*` means something to other programs only."""
    entry = entry.lower()
    if "*" in entry:
        return _Reach.NONE if _pattern_reach(entry, suffix) is _Reach.NONE else _Reach.SOME
    if entry and suffix.endswith(entry):
        return _Reach.ALL
    return _Reach.SOME if entry.endswith(suffix) else _Reach.NONE
