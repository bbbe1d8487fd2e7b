"""The proxy settings of a client, spelled for Windows and Linux.

Semantics: Microsoft Learn, "Netsh commands for WinHTTP"; Azure/WALinuxAgent README, "Communication" and
"HttpProxy.Host, HttpProxy.Port"; Azure/azure-linux-extensions, VMBackup `HttpUtil.py`; Microsoft Learn, "What is IP
address 168.63.129.16" and "Azure Instance Metadata Service" (both are reached directly, never through a proxy).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netcheck.model.names import key
from netcheck.model.site import ProxyAddress, ProxyClient, VirtualMachine
from netcheck.remedy.snippet import ProxyEndpoint, Snippet, with_note

PLATFORM_ADDRESSES = ("168.63.129.16", "169.254.169.254")
"""The platform's own endpoint and the instance metadata service: both answer only requests that come directly."""

WINHTTP_BYPASS = ("<local>", *PLATFORM_ADDRESSES)
_PLAIN = re.compile(r"[A-Za-z0-9.*:_<>\[\]/-]+")
"""Words that may stand in a command as they are."""

NO_PROXY = ("localhost", "127.0.0.1", *PLATFORM_ADDRESSES)


def client_snippets(vm: VirtualMachine, proxy: ProxyEndpoint) -> list[Snippet]:
    """Return the settings of one VM: for its operating system, or for both when the site does not say which it has."""
    system = key(vm.os_type)
    found = [] if system == "linux" else [_winhttp(vm, proxy)]
    if system != "windows":
        found += _linux(vm, proxy)
    if system in ("windows", "linux"):
        return found
    note = "the site does not say which operating system the VM runs (`osType`): take the part that fits"
    return [with_note(found[0], note), *found[1:]]


def _winhttp(vm: VirtualMachine, proxy: ProxyEndpoint) -> Snippet:
    """A scheme that the setting lacks cannot be reached at all, so both schemes are named."""
    bypass = ";".join(WINHTTP_BYPASS)
    notes = [
        "this is WinHTTP's setting of the whole machine; it replaces the present one (`netsh winhttp show proxy`)",
        f"the article's `netsh winhttp set proxy {proxy.url}` has no bypass list, so that WinHTTP programs would ask "
        "the platform (168.63.129.16) through the proxy as well",
        "later revisions of the article (2016) set the proxy of the LocalSystem account in Internet Options instead; "
        "this command does not touch that one",
    ]
    client = vm.proxy_client
    if client is not None and client.winhttp_is_advanced:
        notes.append(
            "the present settings are advanced ones (`netsh winhttp show advproxy`): keep them before you type this; "
            "the line that takes it back leaves scripts and detection out"
        )
    lost = [entry for entry in client.winhttp_bypass if entry not in WINHTTP_BYPASS] if client else []
    if lost:
        notes.insert(0, f"the present bypass list has more, which this drops: {'; '.join(lost)}")
    return Snippet(
        kind="winhttp",
        place="type as administrator, in cmd or PowerShell",
        lines=(f'netsh winhttp set proxy proxy-server="http={proxy};https={proxy}" bypass-list="{bypass}"',),
        undo=_present_winhttp(client),
        notes=tuple(notes),
    )


def _present_winhttp(client: ProxyClient | None) -> tuple[str, ...]:
    """Return the command that sets what the site says is set now; none where a word of it is not plain."""
    if client is None or not client.winhttp:
        return ("netsh winhttp reset proxy",)
    named = {scheme: _host_port(one) for scheme, one in client.winhttp.items()}
    servers = ";".join(f"{scheme}={named[scheme]}" for scheme in sorted(named))
    bypass = f' bypass-list="{";".join(client.winhttp_bypass)}"' if client.winhttp_bypass else ""
    is_plain = all(_PLAIN.fullmatch(word) for word in (*named.values(), *client.winhttp_bypass))
    return (f'netsh winhttp set proxy proxy-server="{servers}"{bypass}',) if is_plain else ()


def _host_port(proxy: ProxyAddress) -> str:
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    return host if proxy.port is None else f"{host}:{proxy.port}"


def _present_agent(agent: ProxyAddress | None) -> tuple[str, ...]:
    if agent is None or not _PLAIN.fullmatch(agent.host):
        return ("HttpProxy.Host=None", "HttpProxy.Port=None")
    return (f"HttpProxy.Host={agent.host}", f"HttpProxy.Port={agent.port}")


def _linux(vm: VirtualMachine, proxy: ProxyEndpoint) -> Iterator[Snippet]:
    client = vm.proxy_client
    lost = [entry for entry in client.no_proxy if entry not in NO_PROXY] if client else []
    notes = ["`http_proxy` serves http only and `https_proxy` https only; the article's single line leaves https out"]
    notes += [f"the present `no_proxy` has more, which this drops: {', '.join(lost)}"] if lost else []
    yield Snippet(
        kind="environment",
        place="put into /etc/environment, in place of lines with the same names",
        lines=(f"http_proxy={proxy.url}", f"https_proxy={proxy.url}", f"no_proxy={','.join(NO_PROXY)}"),
        notes=tuple(notes),
    )
    yield Snippet(
        kind="systemd",
        place="put into /etc/systemd/system/walinuxagent.service.d/proxy.conf",
        lines=("[Service]", "EnvironmentFile=/etc/environment"),
        notes=(
            "a systemd service does not read /etc/environment by itself; then run systemctl daemon-reload and restart "
            "the service, which is called `waagent` on some systems",
        ),
    )
    yield Snippet(
        kind="waagent",
        place="put into /etc/waagent.conf, in place of lines with the same names, and restart the agent",
        lines=(f"HttpProxy.Host={proxy.host}", f"HttpProxy.Port={proxy.port}"),
        undo=_present_agent(client.agent if client else None),
        notes=(
            "the agent uses the proxy only if both lines are there, for its own downloads; they override the "
            "environment",
            "the VM snapshot extension used the proxy until mid-2019; since then it connects DIRECTLY whenever "
            "HttpProxy.Port is set, and without the port it asks the host for a tunnel without a port: no setting "
            "makes the current extension use this proxy, and `netcheck check` judges the direct path for it",
        ),
    )
