"""What resources are called in answers: names that tell them apart, and the IDs that lead to them."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.names import key, resource_group
from netcheck.sources import _resources as of
from netcheck.sources._nodes import Node, Scalar, made_text, shorten
from netcheck.sources._plain import field, reference, subnets_of, with_entries
from netcheck.sources._resources import Resource
from netcheck.sources._scope import Scope

# Whose readers know what may not be there.
_SAYING_SO = frozenset(
    (of.NSG, of.ROUTE_TABLE, of.PRIVATE_ENDPOINT, of.LOAD_BALANCER, of.FIREWALL, of.FIREWALL_POLICY, of.IP_GROUP)
)


def labelled(scope: Scope, resources: Sequence[Resource], of_type: str) -> list[Resource]:
    """Return the resources under names that tell them apart, and note what they are called by their IDs."""
    counts: dict[str, int] = {}
    for one in resources:
        counts[key(one.name)] = counts.get(key(one.name), 0) + 1
    found, taken = [], set()
    for one in resources:
        label = one.name
        if counts[key(one.name)] > 1 and one.id:
            label = f"{one.name} ({resource_group(one.id) or shorten(one.id)})"
            if key(label) in taken:
                label = f"{one.name} ({shorten(one.id)})"
        taken.add(key(label))
        if one.id:
            scope.identify(of.KINDS[of_type], one.id, label)
        found.append(_renamed(scope, one, label))
    return found


def _renamed(scope: Scope, one: Resource, label: str) -> Resource:
    node = one.node
    stated = field(node, "name")
    entries: list[tuple[Scalar, Node]] = []
    if label != reference(stated):
        place = stated or node
        entries.append((made_text("name", place), made_text(label, place)))
    if one.unsure and one.type in _SAYING_SO:
        entries.append((made_text("uncertain", node), made_text(one.unsure, node)))
    elif one.unsure:
        reason = f"whether {of.what(one)} exists is not known: {one.unsure}"
        scope.reader.leave_open(of.KINDS[one.type], node, reason)
    if entries:
        node = with_entries(node, entries, frozenset(key(name.text) for name, _ in entries))
    return one._replace(node=node, name=label)


def identify_subnets(scope: Scope, networks: Sequence[Resource]) -> None:
    """Note what the subnets of networks are called by their IDs."""
    for network in networks:
        for item in subnets_of(network.node):
            name = reference(field(item, "name"))
            for identity in (reference(field(item, "id")), network.id and f"{network.id}/subnets/{name}"):
                if identity:
                    scope.identify("subnet", identity, f"{network.name}/{name}")
