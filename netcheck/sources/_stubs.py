"""What stands in a site for what no file describes, and for what may or may not apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from netcheck.model.names import key
from netcheck.model.site import NetworkSecurityGroup
from netcheck.sources._scope import Scope
from netcheck.sources._uncertain import may_not_apply, unread_nsg_rules

if TYPE_CHECKING:  # an NSG alone has no network, and does not load one
    from netcheck.model.site import RouteTable, Subnet, VirtualNetwork


def with_stub_subnets(networks: Sequence[VirtualNetwork], stubs: Sequence[Subnet]) -> tuple[VirtualNetwork, ...]:
    """Return the networks with the subnets that are named and no file describes, in networks of their own if needed."""
    if not stubs:
        return tuple(networks)
    from netcheck.model.site import VirtualNetwork

    added: dict[str, list[Subnet]] = {}
    for one in stubs:
        added.setdefault(key(one.virtual_network), []).append(one)
    known = [replace(one, subnets=(*one.subnets, *added.pop(key(one.name), ()))) for one in networks]
    made = [
        VirtualNetwork(name=subnets[0].virtual_network, address_space=(), subnets=tuple(subnets), at=subnets[0].at)
        for subnets in added.values()
    ]
    return (*known, *made)


def unread_nsgs(scope: Scope) -> list[NetworkSecurityGroup]:
    """Return what stands for each NSG that is referred to and that no file describes."""
    found = []
    for (kind, _), (label, node) in scope.stubs.items():
        if kind == "network security group":
            at = scope.reader.source(node)
            reason = f"no file describes NSG `{label}`" + scope.why_undescribed(kind)
            found.append(NetworkSecurityGroup(name=label, rules=unread_nsg_rules(reason, at), at=at))
    return found


def unread_tables(scope: Scope) -> list[RouteTable]:
    stubs = [(label, node) for (kind, _), (label, node) in scope.stubs.items() if kind == "route table"]
    if not stubs:
        return []
    from netcheck.model.site import RouteTable
    from netcheck.sources._site_routes import unread_routes

    why = scope.why_undescribed("route table")
    return [
        RouteTable(name=label, routes=unread_routes(f"no file describes route table `{label}`" + why, at), at=at)
        for label, node in stubs
        for at in [scope.reader.source(node)]
    ]


def doubtful_nsgs(scope: Scope, nsgs: list[NetworkSecurityGroup]) -> list[NetworkSecurityGroup]:
    """Return a copy of each NSG whose attachment is doubtful: it may apply, or everything passes."""
    known = {key(one.name): one for one in nsgs}
    return [
        replace(known[key(name)], name=label, rules=(*may_not_apply(reason, at), *known[key(name)].rules))
        for (kind, label), (name, reason, node) in scope.doubtful.items()
        if kind == "network security group" and key(name) in known
        for at in [scope.reader.source(node)]
    ]


def doubtful_tables(scope: Scope, tables: list[RouteTable]) -> list[RouteTable]:
    known = {key(one.name): one for one in tables}
    return [
        replace(
            known[key(name)],
            name=label,
            routes=tuple(replace(route, unknown=reason) for route in known[key(name)].routes),
        )
        for (kind, label), (name, reason, _) in scope.doubtful.items()
        if kind == "route table" and key(name) in known
    ]
