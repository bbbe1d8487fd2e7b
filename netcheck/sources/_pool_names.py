"""Backend pools that have no resource ID yet, under names that lead to their load balancers.

A pool that a plan makes is called by its Terraform address. Who reads a NIC or a rule of a load balancer knows pools as
`LOAD BALANCER/backendAddressPools/POOL`, as resource IDs end.
"""

from __future__ import annotations

from netcheck.model.names import key
from netcheck.sources import _resources as of
from netcheck.sources._nodes import Mapping, Node, Scalar, made_text
from netcheck.sources._nodes import Sequence as NodeSequence
from netcheck.sources._plain import field, with_field
from netcheck.sources._resources import Resource

Aliases = dict[str, str]
_POOLS = ("loadBalancerBackendAddressPools", "backendAddressPool", "backendAddressPools")
_PARTS = {of.NIC: ("ipConfigurations",), of.LOAD_BALANCER: ("loadBalancingRules", "outboundRules")}


def pool_aliases(by_type: dict[str, list[Resource]]) -> Aliases:
    """Return what references name pools without a resource ID by, and what readers know them as.

    A pool that may belong to several load balancers is none that a reference leads to.
    """
    found: Aliases = {}
    several: set[str] = set()
    for one in by_type.get(of.BACKEND_POOL, ()):
        if one.id and not one.id.startswith("/"):
            name = f"{one.parent}/backendAddressPools/{one.name}"
            if found.setdefault(key(one.id), name) != name:
                several.add(key(one.id))
    return {alias: name for alias, name in found.items() if alias not in several}


def name_pools(aliases: Aliases, by_type: dict[str, list[Resource]]) -> None:
    """Spell the references of NICs and load balancers to pools so that they lead to them."""
    if not aliases:
        return
    for kind, parts in _PARTS.items():
        by_type[kind] = [one._replace(node=_respelled(one.node, parts, aliases)) for one in by_type.get(kind, ())]


def _respelled(node: Mapping, parts: tuple[str, ...], aliases: Aliases) -> Mapping:
    for name in _POOLS:
        stated = field(node, name)
        if stated is not None and not (name == "backendAddressPools" and parts):  # the list of a balancer's own pools
            node = with_field(node, name, _renamed(stated, aliases))
    for name in parts:
        inside = field(node, name)
        if isinstance(inside, NodeSequence):
            items = tuple(_respelled(one, (), aliases) if isinstance(one, Mapping) else one for one in inside.items)
            node = with_field(node, name, NodeSequence(items, inside.start))
    return node


def _renamed(value: Node, aliases: Aliases) -> Node:
    if isinstance(value, NodeSequence):
        return NodeSequence(tuple(_renamed(item, aliases) for item in value.items), value.start)
    if isinstance(value, Mapping):
        held = field(value, "id")
        return value if held is None else with_field(value, "id", _renamed(held, aliases))
    name = aliases.get(key(value.text)) if isinstance(value, Scalar) else None
    return made_text(name, value) if name else value
