"""`client`: what has to be set on the clients of an HTTP proxy, and on the proxy itself.

Which VMs are clients of which proxy is settled here; how a setting is spelled is in `client_spelling` and
`proxy_spelling`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netcheck.diagnostics import Collector, Source
from netcheck.errors import QuestionError
from netcheck.model.names import key
from netcheck.model.site import ProxyAddress, Site, VirtualMachine
from netcheck.questions.answer import FORMAT
from netcheck.questions.places import find_vm
from netcheck.questions.proxies import Relay, proxy_at
from netcheck.remedy.snippet import ProxyEndpoint, Snippet, asking_addresses

if TYPE_CHECKING:
    from netcheck.remedy.rehearsal import Shown

_ADVICE = "give `--proxy VM` or `--proxy-address HOST:PORT`, or add `proxyServer: {port: 8080}` to a VM of the site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What to set on one machine; `vm` is empty for a proxy that is no VM of the site."""

    vm: str
    os_type: str
    proxy: ProxyEndpoint
    snippets: tuple[Snippet, ...]

    def to_dict(self) -> dict[str, object]:
        """Return the set-up as JSON."""
        return {
            "vm": self.vm or None,
            "osType": self.os_type or None,
            "proxy": str(self.proxy),
            "snippets": [snippet.to_dict() for snippet in self.snippets],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPlan:
    """The settings of all machines concerned, and what `check` says with them in place, or why it says nothing."""

    clients: tuple[Setup, ...]
    proxies: tuple[Setup, ...]
    shown: tuple[Shown, ...] = ()
    not_shown: str = ""

    def to_dict(self) -> dict[str, object]:
        """Return the plan as JSON."""
        return {
            "format": FORMAT,
            "clients": [setup.to_dict() for setup in self.clients],
            "proxies": [setup.to_dict() for setup in self.proxies],
            "shown": [shown.to_dict() for shown in self.shown],
            "notShown": self.not_shown or None,
        }


def plan_clients(site: Site, vms: Sequence[str] = (), proxy: str = "", proxy_address: str = "") -> ClientPlan:
    """Return what to set so that VMs use a proxy, and that the proxy lets them.

    Without `vms` these are the VMs that have a proxy setting; all but the proxy when none has one or a proxy is named.
    Raise QuestionError when no proxy is known.
    """
    from netcheck.remedy.client_spelling import client_snippets
    from netcheck.remedy.proxy_spelling import proxy_snippets
    from netcheck.remedy.readback_proxy import ways_in
    from netcheck.remedy.rehearsal import backup_of, rehearse_client, rehearse_proxy, show

    named = _named_proxy(site, proxy, proxy_address)
    clients = _clients(site, vms, named)
    by_proxy: dict[ProxyEndpoint, list[VirtualMachine]] = {}
    for vm, endpoint in clients:
        by_proxy.setdefault(endpoint, []).append(vm)
    backup = backup_of(site)
    told, proxies = [], []
    clients_after: list[VirtualMachine] = []
    proxies_after: list[VirtualMachine] = []
    for vm, endpoint in clients:
        snippets, after = rehearse_client(site, vm, endpoint, client_snippets(vm, endpoint), backup)
        told.append(_setup(vm, endpoint, snippets))
        clients_after += after
    for endpoint, users in by_proxy.items():
        asking = asking_addresses(users, endpoint.family)
        for owner, own in owners(site, endpoint):
            into = ways_in(site, owner, own.port, asking) if owner else ()
            spelled = proxy_snippets(site, owner, own, asking, into)
            snippets, proxy_vm = rehearse_proxy(site, owner, own, asking, spelled)
            proxies.append(_setup(owner, own, snippets))
            proxies_after.append(proxy_vm)
    shown, not_shown = show(site, clients_after, proxies_after, backup)
    return ClientPlan(clients=tuple(told), proxies=tuple(proxies), shown=shown, not_shown=not_shown)


def _setup(vm: VirtualMachine | None, endpoint: ProxyEndpoint, snippets: Sequence[Snippet]) -> Setup:
    name, os_type = (vm.name, vm.os_type) if vm else ("", "")
    return Setup(vm=name, os_type=os_type, proxy=endpoint, snippets=tuple(snippets))


def read_endpoint(text: str) -> ProxyEndpoint:
    """Read `host:port` or `http://host:port`; raise QuestionError for anything else.

    What comes out is a plain host name or address and a number, safe in every command and file.
    """
    from netcheck.sources.proxy.address import parse_proxy_url

    collector = Collector()
    found = parse_proxy_url(text, Source("--proxy-address"), collector)
    faults = [diagnostic.message for diagnostic in collector]
    if found is None or faults:
        reason = faults[0] if faults else "it is empty"
        raise QuestionError("NC322", f"the proxy address cannot be used: {reason}", "write `host:port`")
    if found.port is None:
        raise QuestionError("NC322", "the proxy address has no port", "write `host:port`")
    return ProxyEndpoint(host=found.host, port=found.port)


def _endpoint(host: str, port: int) -> ProxyEndpoint:
    return read_endpoint(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


def _named_proxy(site: Site, proxy: str, proxy_address: str) -> ProxyEndpoint | None:
    """Return the proxy that the question names, if it names one."""
    if proxy_address:
        return read_endpoint(proxy_address)
    return _listening(find_vm(site, proxy)) if proxy else None


def _listening(vm: VirtualMachine) -> ProxyEndpoint:
    if vm.proxy_server is None:
        message = f"`{vm.name}` has no `proxyServer` in the site"
        raise QuestionError("NC305", message, "add `proxyServer: {port: 8080}` to the VM, or give `--proxy-address`")
    address = sorted(vm.primary.addresses, key=lambda a: a.family)[0]
    return _endpoint(str(address).partition("/")[0], vm.proxy_server.port)


def _clients(
    site: Site, names: Sequence[str], named: ProxyEndpoint | None
) -> list[tuple[VirtualMachine, ProxyEndpoint]]:
    chosen = [find_vm(site, name) for name in names] or list(site.virtual_machines)
    own = [(vm, endpoint) for vm in chosen if (endpoint := _own_proxy(vm)) is not None]
    if named is None and own and not names:
        return own
    fallback = named or _only_proxy(site)
    told = {vm.name: endpoint for vm, endpoint in own} if named is None else {}
    pairs = [(vm, told.get(vm.name) or fallback) for vm in chosen]
    found = [
        (vm, endpoint)
        for vm, endpoint in pairs
        if endpoint is not None and all(owner is not vm for owner, _ in owners(site, endpoint))
    ]
    if not found:
        raise QuestionError("NC321", "no proxy is known, or no VM that could use it", _ADVICE)
    return found


def _own_proxy(vm: VirtualMachine) -> ProxyEndpoint | None:
    """Return the proxy that a VM's present settings name: that for https before that for http."""
    client = vm.proxy_client
    if client is None:
        return None
    winhttp = client.winhttp or {}
    wininet = client.wininet.proxies if client.wininet else {}
    told: list[ProxyAddress | None] = [
        *(winhttp.get(scheme) for scheme in ("https", "http")),
        *(wininet.get(scheme) for scheme in ("https", "http")),
        *(client.environment.get(scheme) for scheme in ("https", "http", "all")),
        *(client.unit.environment.get(scheme) for scheme in ("https", "http", "all") if client.unit),
        client.agent,
    ]
    return next((_endpoint(proxy.host, proxy.port) for proxy in told if proxy and proxy.port), None)


def _only_proxy(site: Site) -> ProxyEndpoint | None:
    found = [vm for vm in site.virtual_machines if vm.proxy_server is not None]
    return _listening(found[0]) if len(found) == 1 else None


def owners(site: Site, endpoint: ProxyEndpoint) -> tuple[tuple[VirtualMachine | None, ProxyEndpoint], ...]:
    """Return the VMs of the site that a proxy runs on, each with the address and port that connections come to there.

    Behind a load balancer these are other ones than the clients ask. None stands for a proxy outside of the site.
    """
    found = proxy_at(site, endpoint.host, endpoint.port)
    if found is not None:
        return tuple((relay.vm, _as_it_comes(endpoint, relay)) for relay in found.relays)
    label = key(endpoint.host.partition(".")[0])
    named = [vm for vm in site.virtual_machines if endpoint.family is None and key(vm.name) == label]
    return ((named[0] if named else None, endpoint),)


def _as_it_comes(endpoint: ProxyEndpoint, relay: Relay) -> ProxyEndpoint:
    own = {str(one).partition("/")[0] for nic in relay.vm.interfaces for one in nic.addresses}
    if endpoint.family is None or endpoint.host in own:
        return endpoint
    address = next((one for one in relay.addresses if one.family == endpoint.family), relay.addresses[0])
    return _endpoint(str(address).partition("/")[0], relay.port or endpoint.port)
