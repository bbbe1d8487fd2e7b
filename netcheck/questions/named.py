"""Targets given by host name: which addresses the name has for the clients of a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netcheck.model.address import FAMILIES
from netcheck.model.site import Site
from netcheck.policy.resolve import by_family
from netcheck.questions.places import Addresses, Origin, Target
from netcheck.sets.intervals import EMPTY

if TYPE_CHECKING:
    from netcheck.model.site import PrivateEndpoint


@dataclass(frozen=True, slots=True)
class NamedTarget:
    """A target as some origins see it; `notes` say what makes it differ from the public addresses of the name."""

    origins: tuple[Origin, ...]
    target: Target
    notes: tuple[str, ...] = ()


def as_seen(site: Site, origins: Sequence[Origin], target: Target) -> tuple[NamedTarget, ...]:
    """Return a target as the clients in each virtual network see it: a private DNS zone may give a name an endpoint's
    address there."""
    if not any(not host.startswith(".") for host in target.hosts) or not site.private_endpoints:
        return (NamedTarget(tuple(origins), target),)
    groups: dict[str, list[Origin]] = {}
    for origin in origins:
        groups.setdefault(_network_of(site, origin), []).append(origin)
    return tuple(_seen_from(site, network, tuple(found), target) for network, found in groups.items())


def _network_of(site: Site, origin: Origin) -> str:
    subnet = origin.subnet or (site.subnet(origin.nic.subnet) if origin.nic is not None else None)
    return subnet.virtual_network if subnet is not None else ""


def _seen_from(site: Site, network: str, origins: tuple[Origin, ...], target: Target) -> NamedTarget:
    from netcheck.policy.names import Either, Private, Public, resolve_private  # few sites have endpoints

    if not network:
        return NamedTarget(origins, target)
    private: Addresses = dict.fromkeys(FAMILIES, EMPTY)
    notes: list[str] = []
    has_public = False
    for answer in resolve_private(site, network, target.hosts):
        match answer:
            case Public(host=host, note=note):
                has_public = True
                notes += [f"`{host}` has its public addresses: {note}"] if note else []
            case Private(host=host, endpoints=endpoints):
                notes.append(f"`{host}` has the address of {_named(endpoints)} in `{network}`")
                private = _joined(private, endpoints)
            case Either(host=host, endpoints=endpoints, reason=reason):
                has_public = True
                where = f" or that of {_named(endpoints)}" if endpoints else ""
                notes.append(f"`{host}` has a public address{where}: {reason}")
                private = _joined(private, endpoints)
    if not any(private.values()):
        return NamedTarget(origins, target, tuple(notes))
    addresses = {f: private[f] | target.addresses.get(f, EMPTY) for f in FAMILIES} if has_public else private
    is_one_of = has_public or sum(values.size for values in private.values()) > 1
    return NamedTarget(origins, replace(target, addresses=addresses, is_one_of=is_one_of), tuple(notes))


def _joined(addresses: Addresses, endpoints: Sequence[PrivateEndpoint]) -> Addresses:
    held = by_family(a for one in endpoints for a in one.addresses)
    return {f: addresses[f] | held[f] for f in FAMILIES}


def _named(endpoints: Sequence[PrivateEndpoint]) -> str:
    return " or ".join(f"private endpoint `{one.name}`" for one in endpoints)
