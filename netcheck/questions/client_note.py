"""A sentence for those who ask about one flow: the backup client of that VM may send it another way."""

from __future__ import annotations

from typing import assert_never

from netcheck.errors import QuestionError
from netcheck.model.address import AddressRange
from netcheck.model.flow import Flow
from netcheck.model.names import key
from netcheck.model.site import ProxyAddress
from netcheck.policy.proxyclient import (
    WEB_PORTS,
    Direct,
    NoPath,
    ProxyChoice,
    UnknownChoice,
    Via,
    choose_proxy,
    component,
)
from netcheck.questions.asking import Asking
from netcheck.questions.places import split_by_owner
from netcheck.questions.profiles import default_profile
from netcheck.questions.proxies import Proxy, proxy_at
from netcheck.questions.suffixes import blob_suffix


def client_note(asking: Asking, flow: Flow, via: str = "") -> str:
    """Return what the backup client of the VM that a flow comes from does with its proxy settings.

    `via` names the proxy that the question leads through, "" where it is about the direct way. "" for a flow that is no
    request from a VM with such settings: another port, or a destination inside of the site.
    """
    [origin] = split_by_owner(asking.site, [AddressRange(flow.family, flow.source, flow.source)])
    vm = origin.vm
    if vm is None or vm.proxy_client is None or flow.protocol != 6 or flow.destination_port not in WEB_PORTS:
        return ""
    inside = [r for n in asking.site.virtual_networks for r in n.address_space if r.family == flow.family]
    if any(one.first <= flow.destination <= one.last for one in inside):
        return ""
    if asking.site.backup.own is not None:  # which of its names such a flow would be for is not known
        return ""
    profile = asking.site.backup.profile or default_profile(asking.site)
    suffix = blob_suffix(asking.site.cloud)
    choice = choose_proxy(vm.proxy_client, vm.os_type, profile, flow.destination_port, suffix)
    who = f"{component(profile)} on `{vm.name}`"
    return _through(asking, choice, who, via) if via else _beside(asking, choice, who)


def _beside(asking: Asking, choice: ProxyChoice, who: str) -> str:
    match choice:
        case Direct(why=why, at=at):
            return f"{who} goes without proxy, as here: {why} ({at})"
        case Via(proxy=proxy, at=at):
            relay = _relay(asking, proxy)
            how = f", which `--via {relay.name}` explains" if relay else ""
            return f"this is the direct way; {who} sends such requests to proxy {proxy.host}:{proxy.port} ({at}){how}"
        case NoPath(why=why, at=at):
            return f"this is the direct way; {who} has none: {why} ({at})"
        case UnknownChoice(reason=reason, at=at):
            return f"this is the direct way; whether {who} takes it is not known: {reason} ({at})"
        case _:
            assert_never(choice)


def _through(asking: Asking, choice: ProxyChoice, who: str, via: str) -> str:
    match choice:
        case Direct(why=why, at=at):
            return f"{who} does not go this way, but direct: {why} ({at})"
        case Via(proxy=proxy, at=at):
            relay = _relay(asking, proxy)
            if relay is not None and key(relay.name) == key(via):
                return f"{who} goes this way: proxy {proxy.host}:{proxy.port} ({at})"
            return f"{who} does not go this way, but by proxy {proxy.host}:{proxy.port} ({at})"
        case NoPath(why=why, at=at):
            return f"{who} does not go this way, it has none: {why} ({at})"
        case UnknownChoice(reason=reason, at=at):
            return f"whether {who} goes this way is not known: {reason} ({at})"
        case _:
            assert_never(choice)


def _relay(asking: Asking, proxy: ProxyAddress) -> Proxy | None:
    """Return what a setting names in the site; without a fitting rule of a load balancer the sentence has no name."""
    try:
        return proxy_at(asking.site, proxy.host, proxy.port)
    except QuestionError:
        return None
