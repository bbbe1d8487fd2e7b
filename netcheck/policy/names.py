"""Which address a host name has for a client in a virtual network: its public one, or that of a private endpoint.

Microsoft Learn, "Azure Private Endpoint private DNS zone values" and "Use private endpoints for Azure Storage": the
name of a service with a private endpoint is an alias of one in a zone `privatelink.…`; where a private zone of that
name is linked to the client's network, it gives the endpoint's address, anywhere else the name has its public address.
DNS servers of a network's own are not in the model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from netcheck.model.names import key, last_segment
from netcheck.model.services import PrivateEndpoint
from netcheck.model.site import Site

_ZONE_LABEL = re.compile(r"z\d+\Z")
_SECONDARY = "-secondary"
_NOT_STATED = "the files do not say which private DNS zones there are"


@dataclass(frozen=True, slots=True)
class Public:
    """The name has public addresses; `note` says why where an endpoint or a zone made that a question."""

    host: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Private:
    """The name has an address of one of the endpoints; of several, it is not known of which."""

    host: str
    endpoints: tuple[PrivateEndpoint, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """The name has public addresses, or one of the endpoints; without endpoints, one that the site does not know."""

    host: str
    endpoints: tuple[PrivateEndpoint, ...]
    reason: str


NameAnswer = Public | Private | Either


class _Name(NamedTuple):
    """A host name taken apart: the account, the part of it, and the private zones that may hold its alias."""

    account: str
    group: str
    zones: tuple[str, ...]


class _Candidates(NamedTuple):
    """The endpoints that stand for a name for certain, and those that may; `reason` says why these only may."""

    certain: tuple[PrivateEndpoint, ...]
    possible: tuple[PrivateEndpoint, ...]
    reason: str


def resolve_private(site: Site, network: str, hosts: tuple[str, ...]) -> tuple[NameAnswer, ...]:
    """Return, for each host name asked for, which addresses it has for a client in a virtual network.

    A suffix with a leading dot stands for any name below: it has public addresses, but for the accounts that have
    private endpoints.
    """
    return tuple(_answer(site, network, host) for host in hosts)


def _answer(site: Site, network: str, host: str) -> NameAnswer:
    is_suffix = host.startswith(".")
    name = _parts(f"any{host}" if is_suffix else host)
    linked = tuple(_linked(site, network))
    found = _Candidates((), (), "") if is_suffix else _candidates(site, host, name)
    own = next((zone for zone in linked if zone not in name.zones and _is_below(key(host), zone)), "")
    if own:
        reason = f"private zone `{own}` is linked to `{network}`: which addresses it gives is not in the model"
        return Either(host, (*found.certain, *found.possible), reason)
    is_linked = not set(name.zones).isdisjoint(linked)
    return _of_suffix(site, host, name, is_linked) if is_suffix else _of_host(site, network, host, found, is_linked)


def _of_host(site: Site, network: str, host: str, found: _Candidates, is_linked: bool) -> NameAnswer:
    endpoints = (*found.certain, *found.possible)
    if not endpoints:
        return Public(host)
    if site.private_dns_zones is None:
        return Either(host, endpoints, _NOT_STATED)
    if not is_linked:
        return Public(host, f"no private DNS zone `{_parts(host).zones[0]}` is linked to `{network}`")
    return Private(host, endpoints) if found.certain else Either(host, endpoints, found.reason)


def _of_suffix(site: Site, suffix: str, name: _Name, is_linked: bool) -> Public:
    may_be_linked = is_linked or site.private_dns_zones is None
    has_endpoints = any(_has_group(endpoint, name.group) for endpoint in site.private_endpoints)
    note = "names of services with a private endpoint may have its address"
    return Public(suffix, note if has_endpoints and may_be_linked else "")


def _parts(host: str) -> _Name:
    """Take a name apart: `acct-secondary.privatelink.blob.core.windows.net` is part `blob_secondary` of `acct`."""
    account, *rest = key(host).rstrip(".").split(".")
    rest = rest[1:] if rest[:1] == ["privatelink"] else rest
    suffixes = [rest]
    if rest and _ZONE_LABEL.match(rest[0]):  # `acct.z12.blob.storage.azure.net`
        suffixes.append(rest[1:])
    group = next(iter(suffixes[-1]), "")
    zones = tuple(".".join(("privatelink", *suffix)) for suffix in suffixes)
    if account.endswith(_SECONDARY):
        return _Name(account.removesuffix(_SECONDARY), f"{group}_secondary", zones)
    return _Name(account, group, zones)


def _candidates(site: Site, host: str, name: _Name) -> _Candidates:
    certain: list[PrivateEndpoint] = []
    possible: dict[PrivateEndpoint, str] = {}
    for endpoint in site.private_endpoints:
        why = _why_not_certain(endpoint, host, name)
        if why == "":
            certain.append(endpoint)
        elif why is not None:
            possible[endpoint] = why
    return _Candidates(tuple(certain), tuple(possible), next(iter(possible.values()), ""))


def _why_not_certain(endpoint: PrivateEndpoint, host: str, name: _Name) -> str | None:
    """Return "" when the endpoint stands for the name, a reason when it may, None when it does not."""
    is_named = any(_parts(one) == name for one in endpoint.hosts) or key(host) in map(key, endpoint.hosts)
    is_service = key(last_segment(endpoint.service)) == name.account and _has_group(endpoint, name.group)
    is_open = not endpoint.service and not endpoint.hosts and _has_group(endpoint, name.group)
    if not (is_named or is_service or is_open):
        return None
    if endpoint.is_approved is False:
        return f"private endpoint `{endpoint.name}` is not approved: whether the name has its address is not documented"
    if is_named or (is_service and endpoint.groups):
        return ""
    what = "service" if is_open else f"part of `{last_segment(endpoint.service)}`"
    return f"which {what} private endpoint `{endpoint.name}` stands for is not known"


def _has_group(endpoint: PrivateEndpoint, group: str) -> bool:
    """Return whether an endpoint is for a part of a service; one whose part is not known may be for any."""
    return not endpoint.groups or group in map(key, endpoint.groups)


def _linked(site: Site, network: str) -> Iterator[str]:
    """Yield the names of the private zones that a network uses."""
    for zone in site.private_dns_zones or ():
        if key(network) in map(key, zone.virtual_networks):
            yield key(zone.name).rstrip(".")


def _is_below(host: str, zone: str) -> bool:
    return host == zone or host.endswith(f".{zone}")
