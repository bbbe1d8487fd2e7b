"""Children that stand alone (rules, routes, subnets, peerings, pools, …) and the parents they belong to."""

from __future__ import annotations

from netcheck.model.names import key, last_segment, resource_group
from netcheck.sources import _resources as of
from netcheck.sources._nodes import Mapping, Node, made_mapping, made_text, made_unknown
from netcheck.sources._nodes import Sequence as NodeSequence
from netcheck.sources._plain import elements, field, plain, reference, with_entries, with_field
from netcheck.sources._record import Reader
from netcheck.sources._resources import Resource

# In an order in which each is whole before its parent takes it.
_CHILDREN = {
    of.RULE: (of.NSG, "securityRules"),
    of.DEFAULT_RULE: (of.NSG, "defaultSecurityRules"),
    of.ROUTE: (of.ROUTE_TABLE, "routes"),
    of.SUBNET: (of.NETWORK, "subnets"),
    of.PEERING: (of.NETWORK, "virtualNetworkPeerings"),
    of.ZONE_GROUP: (of.PRIVATE_ENDPOINT, "privateDnsZoneGroups"),
    of.DNS_LINK: (of.DNS_ZONE, "virtualNetworkLinks"),
    of.BACKEND_ADDRESS: (of.BACKEND_POOL, "loadBalancerBackendAddresses"),
    of.FRONTEND: (of.LOAD_BALANCER, "frontendIPConfigurations"),
    of.BACKEND_POOL: (of.LOAD_BALANCER, "backendAddressPools"),
    of.BALANCING_RULE: (of.LOAD_BALANCER, "loadBalancingRules"),
    of.OUTBOUND_RULE: (of.LOAD_BALANCER, "outboundRules"),
    of.INBOUND_NAT_RULE: (of.LOAD_BALANCER, "inboundNatRules"),
    of.INBOUND_NAT_POOL: (of.LOAD_BALANCER, "inboundNatPools"),
    of.PROBE: (of.LOAD_BALANCER, "probes"),
    of.NETWORK_COLLECTION: (of.FIREWALL, "networkRuleCollections"),
    of.APPLICATION_COLLECTION: (of.FIREWALL, "applicationRuleCollections"),
    of.NAT_COLLECTION: (of.FIREWALL, "natRuleCollections"),
    of.COLLECTION_GROUP: (of.FIREWALL_POLICY, "ruleCollectionGroups"),
    of.IP_GROUP_ADDRESS: (of.IP_GROUP, "ipAddresses"),
}
# What a parent has to say; where it is not described, that is what is not known.
_REST = {
    of.NSG: "securityRules",
    of.ROUTE_TABLE: "routes",
    of.NETWORK: "addressSpace",
    of.DNS_ZONE: "virtualNetworkLinks",
    of.LOAD_BALANCER: "loadBalancingRules",
    of.BACKEND_POOL: "backendIPConfigurations",
    of.FIREWALL: "networkRuleCollections",
    of.FIREWALL_POLICY: "ruleCollectionGroups",
    of.IP_GROUP: "ipAddresses",
}


def adopt(reader: Reader, by_type: dict[str, list[Resource]]) -> None:
    """Give every child that stands alone to its parent."""
    for child_type, (parent_type, name) in _CHILDREN.items():
        if child_type in by_type:
            _adopt(reader, by_type.pop(child_type), by_type.setdefault(parent_type, []), parent_type, name)


def _adopt(reader: Reader, children: list[Resource], parents: list[Resource], parent_type: str, name: str) -> None:
    """One whose parent no file describes is only a part of it; one of several of one name may be of each."""
    places = _Places(parents)
    families: dict[int, list[tuple[str, Node]]] = {}
    for child in children:
        found, doubt = places.of(child), ""
        if len(found) > 1:
            doubt = f"it may belong to another of the resources called `{child.parent}`"
        elif not found:
            maybe = places.perhaps(child.parent)
            doubt = f"whether it belongs here is not known: its parent is `{child.parent}`" if maybe else ""
            if parent_type not in _REST:
                _leave_open(reader, child, parent_type)
            else:
                parents.append(_orphanage(reader, child, parent_type, name))
                found = [*maybe, places.add(child.parent, parents[-1])]
        for at in found:
            families.setdefault(at, []).append((child.id, _with_doubt(child, child.unsure or doubt)))
    for at, family in families.items():
        parents[at] = _with_children(_without_replaced(reader, parents[at], name, family), name, family)


def _leave_open(reader: Reader, child: Resource, parent_type: str) -> None:
    """Say that there is a resource of which a child is all that the files have."""
    reason = f"no file describes {of.KINDS[parent_type]} `{last_segment(child.parent)}`, only its {of.what(child)}"
    reader.warning(child.node, "NC147", reason)
    reader.leave_open(of.KINDS[parent_type], child.node, reason)


class _Places:
    """Where the parents stand in their list, by ID and by name."""

    def __init__(self, parents: list[Resource]) -> None:
        self._ids: list[str] = []
        self._groups: list[str] = []
        self._by_id: dict[str, list[int]] = {}
        self._by_name: dict[str, list[int]] = {}
        for one in parents:
            self.add(one.id, one)

    def add(self, identity: str, parent: Resource) -> int:
        """Note one more parent, and return its place."""
        at = len(self._ids)
        if identity:
            self._by_id.setdefault(key(identity), []).append(at)
        self._by_name.setdefault(key(parent.name), []).append(at)
        self._ids.append(identity or parent.name)
        self._groups.append(key(resource_group(identity) or reference(field(parent.node, "resourceGroup"))))
        return at

    def of(self, child: Resource) -> list[int]:
        """Return the place of the parent with that ID, else the places of those with that name in the child's group."""
        wanted = child.parent
        found = self._by_id.get(key(wanted), [])
        if found or not wanted or wanted.startswith("/"):
            return found
        named = self._by_name.get(key(wanted)) or self._by_name.get(key(last_segment(wanted)), [])
        group = key(reference(field(child.node, "resourceGroup")))
        return [at for at in named if not group or self._groups[at] in ("", group)]

    def perhaps(self, wanted: str) -> list[int]:
        """Return the places of those that a reference with unknown parts may mean."""
        if "{" not in wanted and not wanted.startswith("?"):
            return []
        return [at for at, identity in enumerate(self._ids) if wanted.startswith("?") or _may_be(wanted, identity)]


def _may_be(one: str, other: str) -> bool:
    """Return whether two IDs may be the same: what stands in braces is not known, and a name alone may be anywhere."""
    mine, theirs = _segments(one), _segments(other)
    if not other.startswith("/"):
        mine, theirs = mine[-1:], theirs[-1:]
    return len(mine) == len(theirs) and all(a == b or "{" in a or "{" in b for a, b in zip(mine, theirs, strict=True))


def _segments(text: str) -> list[str]:
    found, left = [], key(text.strip("/"))
    while left:
        name = last_segment(left)
        found.append(name)
        left = left[: len(left) - len(name)].rstrip("/")
    return found[::-1]


def _orphanage(reader: Reader, child: Resource, parent_type: str, name: str) -> Resource:
    """Return what stands for the parent of children: nothing else of it is known."""
    parent = last_segment(child.parent) or f"the parent of {child.name}"
    kind = of.KINDS.get(parent_type) or of.CHILDREN[parent_type]
    what = f"the {kind} of {child.name}" if not child.parent else f"{kind} `{parent}`"
    reason = f"no file describes the rest of it, only some of its `{name}`"
    reader.warning(child.node, "NC147", f"no file describes {what}, only some of its `{name}`")
    missing = _REST[parent_type]
    rest = made_unknown(f"the {missing} of {parent}", reason, child.node)
    node = made_mapping([("name", made_text(parent, child.node)), (missing, rest)], child.node)
    identity = child.parent if "/" in child.parent else ""
    above = "/".join(identity.split("/")[:-2]) if parent_type in of.CHILDREN else ""
    return Resource(type=parent_type, node=node, name=parent, id=identity, parent=above)


def _without_replaced(reader: Reader, parent: Resource, name: str, family: list[tuple[str, Node]]) -> Resource:
    """Return a load balancer without the parts inside that stand alone, too: a template deploys those after it.

    What Azure printed twice is the same, or one of the two is older.
    """
    own = field(parent.node, name)
    if parent.type != of.LOAD_BALANCER or not isinstance(own, NodeSequence):
        return parent
    alone = {key(reference(field(node, "name"))): node for _, node in family if isinstance(node, Mapping)}
    kept = []
    for item in own.items:
        other = alone.get(key(reference(field(item, "name")))) if isinstance(item, Mapping) else None
        if other is None or plain(other) == plain(item):
            kept.append(item)
        elif field(other, "etag") is not None or field(other, "provisioningState") is not None:
            what = f"`{name}` of load balancer `{parent.name}`"
            reason = f"{what} are described twice and differently, at {reader.source(item)} and {reader.source(other)}"
            reader.leave_open("loadBalancers", other, reason)
    return parent._replace(node=with_field(parent.node, name, NodeSequence(tuple(kept), own.start)))


def _with_children(parent: Resource, name: str, family: list[tuple[str, Node]]) -> Resource:
    """Return the parent with more children; one that says what an own one says already is the same.

    So is one of which the parent has the ID alone.
    """
    own = field(parent.node, name)
    described = {key(identity) for identity, _ in family}
    items = [item for item in elements(own) if not _is_bare(item) or key(reference(item)) not in described]
    known = {plain(item) for item in items if isinstance(item, Mapping)}
    added = [node for _, node in family if plain(node) not in known]
    start = own.start if own is not None else family[0][1].start
    return parent._replace(node=with_field(parent.node, name, NodeSequence((*items, *added), start)))


def _is_bare(item: Node) -> bool:
    """Whether an element of a list is the ID of a resource and nothing else."""
    return isinstance(item, Mapping) and [key(name.text) for name, _ in item.entries] == ["id"]


def _with_doubt(child: Resource, doubt: str) -> Node:
    """Return a child's node, which says itself when it may not be there."""
    if child.type == of.IP_GROUP_ADDRESS:  # a text in its group
        stated = field(child.node, "ipAddresses") or child.node
        return made_unknown(reference(stated) or child.name, doubt, stated) if doubt else stated
    if not doubt:
        return child.node
    return with_entries(child.node, [(made_text("uncertain", child.node), made_text(doubt, child.node))])
