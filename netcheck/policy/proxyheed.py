"""Whether a component that is none of Azure Backup goes through a proxy, by what its profile says of it."""

from __future__ import annotations

from typing import NamedTuple

from netcheck.model.profiles import Heeds
from netcheck.model.site import NOWHERE, ProxyClient
from netcheck.policy.proxychoice import Direct, NoPath, ProxyChoice, UnknownChoice, Via, alternatives
from netcheck.policy.proxyclient import choose_for_program


class Component(NamedTuple):
    """A program that asks for names on a port. `name` is a full host name, or a suffix with a leading dot."""

    who: str
    port: int
    name: str


def choose_for_component(client: ProxyClient | None, os_type: str, heeds: Heeds, component: Component) -> ProxyChoice:
    """Return the way that a component's requests take from a machine with some proxy settings."""
    if client is None:
        return Direct(why="no proxy is configured", at=NOWHERE)
    match heeds:
        case Heeds.IGNORED:
            return Direct(why="its profile says that it uses no proxy", at=client.at)
        case Heeds.HONOURED:
            return _with_login(choose_for_program(client, os_type, component.port, component.name))
        case _:
            return _undocumented(choose_for_program(client, os_type, component.port, component.name))


def _undocumented(choice: ProxyChoice) -> ProxyChoice:
    """Both ways are possible, where the settings have a proxy for the request at all."""
    if isinstance(choice, Direct):
        return choice
    around = Direct(why="the proxy setting is not heeded", at=choice.at)
    reason = "its profile says that whether it heeds these proxy settings is not documented"
    return UnknownChoice(reason=reason, at=choice.at, between=alternatives(around, choice))


def _with_login(choice: ProxyChoice) -> ProxyChoice:
    """A proxy that asks for a password is no way for Azure Backup; of other programs nothing is known."""
    match choice:
        case NoPath(why=why, at=at) if "user name" in why:
            return UnknownChoice(reason="the proxy asks for a user name, and its profile does not say more", at=at)
        case Direct() | Via() | NoPath() | UnknownChoice():
            return choice
