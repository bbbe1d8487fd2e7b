"""Whether the backup client of a VM goes through a proxy, by its settings and by what the client of a profile reads.

Semantics: the sources of Azure/WALinuxAgent (`restutil.py`, README) and of Azure/azure-linux-extensions (VMBackup
`HttpUtil.py`) for `waagent.conf` and the environment; systemd.exec(5) for what a service has of `/etc/environment`;
Microsoft Learn, "Back up SAP HANA databases in Azure VMs", for the workload extension of Linux. Windows is next door.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netcheck.diagnostics import Source
from netcheck.model.names import key
from netcheck.model.site import NOWHERE, ProxyAddress, ProxyClient
from netcheck.policy.proxychoice import Direct as Direct
from netcheck.policy.proxychoice import NoPath as NoPath
from netcheck.policy.proxychoice import ProxyChoice as ProxyChoice
from netcheck.policy.proxychoice import Reach, alternatives, by_bypass_list, pattern_reach, through
from netcheck.policy.proxychoice import UnknownChoice as UnknownChoice
from netcheck.policy.proxychoice import Via as Via
from netcheck.policy.winproxy import Request, choose_on_windows, has_windows_proxy

BLOB_SUFFIX = ".blob.core.windows.net"
_SCHEMES = {80: "http", 443: "https", 8443: "https"}
WEB_PORTS = tuple(_SCHEMES)
_NEEDS_NO_PROXY = "vm-modern"
_SNAPSHOT_LINUX = "linux-vmsnapshot-current"
_WORKLOAD = "workload"
_BEFORE_2019 = ("article-2015", "vm-2018")
_PROFILES = (*_BEFORE_2019, _NEEDS_NO_PROXY, _SNAPSHOT_LINUX, _WORKLOAD)
_UNSEEN = (
    "/etc/environment is read by login sessions, not by a systemd service: whether the agent gets these variables is "
    "not in the site (`agentUnit`)"
)
_OWN_FILE = (
    "the workload extension of Linux has its own proxy file (ExtensionSettingsOverrides.json), documented for Entra "
    "ID only: whether requests to Storage heed the environment is not known"
)


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
    has_windows, has_linux = has_windows_proxy(client), _has_linux_proxy(client)
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
        return choose_on_windows(client, profile, Request(scheme, port, suffix))
    return _by_linux(client, profile, scheme, suffix)


def choose_for_program(client: ProxyClient, os_type: str, port: int, name: str) -> ProxyChoice:
    """Return the way that requests of a program take which heeds its machine's settings: WinHTTP, or the environment.

    `name` is a full host name, or a suffix with a leading dot.
    """
    if client.unknown:
        return UnknownChoice(reason=client.unknown, at=client.at)
    has_windows = has_windows_proxy(client)
    has_linux = bool(client.environment) or client.unit is not None
    if not has_windows and not has_linux:
        return Direct(why="no proxy is configured for it", at=client.at)
    scheme = _SCHEMES.get(port)
    if scheme is None:
        reason = f"whether requests to port {port} go through an HTTP proxy is not known"
        return UnknownChoice(reason=reason, at=client.at)
    is_windows = _is_windows(os_type, has_windows=has_windows, has_linux=has_linux)
    if is_windows is None:
        return UnknownChoice(reason=_contradiction(os_type), at=client.at)
    name = name.lower()
    if is_windows:
        return choose_on_windows(client, _BEFORE_2019[0], Request(scheme, port, name))
    return _by_environment(client, scheme, name)


def _has_linux_proxy(client: ProxyClient) -> bool:
    return bool(client.environment) or client.agent is not None or client.unit is not None


def named_proxies(client: ProxyClient) -> tuple[ProxyAddress, ...]:
    """Return the proxies that any setting of a VM names, each once."""
    inet = client.wininet.proxies if client.wininet else {}
    unit = client.unit.environment if client.unit else {}
    found = [one for place in (client.winhttp or {}, inet, unit, client.environment) for one in place.values()]
    named: dict[tuple[str, int | None], ProxyAddress] = {}
    for one in (*found, *([client.agent] if client.agent else ())):
        named.setdefault((one.host, one.port), one)
    return tuple(named.values())


def component(profile: str) -> str:
    """Return the program whose requests a profile is about."""
    if profile == _SNAPSHOT_LINUX:
        return "the VM snapshot extension"
    return "the workload backup extension or agent" if profile == _WORKLOAD else "the backup extension"


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


def _by_linux(client: ProxyClient, profile: str, scheme: str, suffix: str) -> ProxyChoice:
    if profile == _SNAPSHOT_LINUX:
        return _by_snapshot_extension(client)
    if profile in _BEFORE_2019 and client.agent is not None:
        return _by_agent(client.agent)
    choice = _by_environment(client, scheme, suffix)
    if profile != _WORKLOAD or isinstance(choice, Direct | UnknownChoice):
        return choice
    around = Direct(why="the workload extension does not heed the environment", at=choice.at)
    return UnknownChoice(reason=_OWN_FILE, at=choice.at, between=alternatives(around, choice))


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
    """A service has the variables of its unit only: `/etc/environment` is read by login sessions."""
    if client.unit is not None:
        if client.unit.unknown:
            return UnknownChoice(reason=client.unit.unknown, at=client.unit.at)
        at = client.unit.at
        return _by_variables(client, client.unit.environment, client.unit.no_proxy, at, scheme, suffix)
    choice = _by_variables(client, client.environment, client.no_proxy, client.at, scheme, suffix)
    if isinstance(choice, Direct):
        return choice
    unseen = Direct(why="the agent's service does not have the variables of /etc/environment", at=choice.at)
    told = f"{choice.reason}; besides, " if isinstance(choice, UnknownChoice) else ""
    return UnknownChoice(reason=told + _UNSEEN, at=choice.at, between=alternatives(unseen, choice))


def _by_variables(
    client: ProxyClient, proxies: Mapping[str, ProxyAddress], no_proxy: Sequence[str], at: Source, scheme: str,
    suffix: str,
) -> ProxyChoice:  # fmt: skip
    """`http_proxy` serves http only, `https_proxy` https only."""
    proxy = proxies.get(scheme)
    if proxy is None and "all" in proxies:
        reason = f"`all_proxy` is set and `{scheme}_proxy` is not: programs differ in whether they heed it"
        return UnknownChoice(reason=reason, at=proxies["all"].at)
    if proxy is None and client.agent is not None:
        why = f"HttpProxy in waagent.conf is not passed to extensions, and `{scheme}_proxy` is not set"
        return Direct(why=why, at=client.agent.at)
    if proxy is None:
        return Direct(why=f"`{scheme}_proxy` is not set, and the other scheme's variable does not serve it", at=at)
    otherwise = through(proxy, "the proxy in the environment")
    return by_bypass_list(no_proxy, lambda entry: _no_proxy_reach(entry, suffix), "`no_proxy`", suffix, at, otherwise)


def _no_proxy_reach(entry: str, suffix: str) -> Reach:
    """The agent compares the ends of names, without regard to dots; a `*` means something to other programs only."""
    entry = entry.lower()
    if "*" in entry:
        return Reach.NONE if pattern_reach(entry, suffix) is Reach.NONE else Reach.SOME
    if entry and suffix.endswith(entry):
        return Reach.ALL
    return Reach.SOME if entry.endswith(suffix) else Reach.NONE
