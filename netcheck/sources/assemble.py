"""The resources of all files put together: children to their parents, NICs to their VMs, each under one name.

Nothing is settled in silence. A resource that two files describe differently is an error; one that a reference names
and no file describes is a stub whose part of every answer is open; a resource type the model has no place for is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from netcheck.diagnostics import Severity
from netcheck.model.names import key, last_segment
from netcheck.model.site import Unmodelled
from netcheck.sources import _resources as of
from netcheck.sources._build import Records
from netcheck.sources._nodes import Mapping, Node, Scalar, Unknown, made_mapping, made_text, shorten
from netcheck.sources._nodes import Sequence as NodeSequence
from netcheck.sources._plain import field, plain, reference, with_entries
from netcheck.sources._record import Record
from netcheck.sources._resources import Association, Resource
from netcheck.sources._scope import Scope

KINDS = {
    of.NSG: "network security group",
    of.ROUTE_TABLE: "route table",
    of.NETWORK: "virtual network",
    of.SUBNET: "subnet",
    of.NIC: "network interface",
    of.VM: "virtual machine",
    of.ASG: "application security group",
    of.NAT_GATEWAY: "NAT gateway",
    of.PUBLIC_IP: "public IP address",
}
_CHILDREN = {
    of.RULE: (of.NSG, "securityRules"),
    of.DEFAULT_RULE: (of.NSG, "defaultSecurityRules"),
    of.ROUTE: (of.ROUTE_TABLE, "routes"),
    of.SUBNET: (of.NETWORK, "subnets"),
    of.PEERING: (of.NETWORK, "virtualNetworkPeerings"),
}
_EFFECTIVE_NSG = "netcheck/effectivenetworksecuritygroup"
# What an answer may depend on and the model has no place for, by the name a verdict gives.
_UNMODELLED = {
    "microsoft.network/privateendpoints": "privateEndpoints",
    "microsoft.network/azurefirewalls": "azureFirewalls",
    "microsoft.network/networkmanagers": "securityAdminRules",
    "netcheck/effectiveadminrules": "securityAdminRules",
    "netcheck/effectiveroutes": "effectiveRoutes",
    _EFFECTIVE_NSG: "effectiveSecurityRules",
}
_TYPES_SAID = 4
_DEPLOYMENT = "microsoft.resources/deployments"


def assemble(found: Sequence[Resource | Association], scope: Scope) -> Records:
    """Return the records of a site; what is wrong or open goes to `scope`."""
    return _Assembler(scope).assemble(found)


class _Assembler:
    def __init__(self, scope: Scope) -> None:
        self._scope, self._reader = scope, scope.reader
        self._added: dict[str, list[tuple[Scalar, Node]]] = {}

    def assemble(self, found: Sequence[Resource | Association]) -> Records:
        resources = self._once(_fullest([one for one in found if isinstance(one, Resource)]))
        by_type: dict[str, list[Resource]] = {}
        for one in resources:
            by_type.setdefault(one.type, []).append(one)
        self._unfold(by_type)
        stated = [one for one in found if isinstance(one, Association)]
        stated += self._effective(by_type)
        for child_type, (parent_type, name) in _CHILDREN.items():
            if child_type in by_type:
                self._adopt(by_type, child_type, parent_type, name)
        self._associate(stated, by_type)
        labelled = {kind: self._labelled(by_type.get(kind, ()), kind) for kind in KINDS if kind != of.SUBNET}
        self._identify_subnets(labelled[of.NETWORK])
        self._note_others(by_type)
        return self._records(labelled)

    def _records(self, labelled: dict[str, list[Resource]]) -> Records:
        for one in labelled[of.PUBLIC_IP]:
            self._scope.public_ips[key(one.id or one.name)] = one.node
        machines: list[Record] = []
        if labelled[of.NIC] or labelled[of.VM]:
            from netcheck.sources._machines import join_machines

            nodes = join_machines(self._scope, labelled[of.VM], labelled[of.NIC])
            machines = [Record(self._reader, node, "a virtual machine") for node in nodes]
        return Records(
            nsgs=self._as_records(labelled[of.NSG], "a network security group"),
            route_tables=self._as_records(labelled[of.ROUTE_TABLE], "a route table"),
            groups=tuple(made_text(one.name, one.node) for one in labelled[of.ASG]),
            networks=self._as_records(labelled[of.NETWORK], "a virtual network"),
            machines=tuple(machines),
            nat_gateways=self._as_records(labelled[of.NAT_GATEWAY], "a NAT gateway"),
        )

    def _as_records(self, resources: Iterable[Resource], what: str) -> tuple[Record, ...]:
        return tuple(Record(self._reader, one.node, what) for one in resources)

    def _once(self, resources: Sequence[Resource]) -> list[Resource]:
        """Return each resource once.

        Two exports of one resource that differ are an error. A template may deploy one twice, and which of the two
        holds in the end depends on their order: then nothing is known of it.
        """
        places: dict[tuple[str, str], int] = {}
        kept: list[Resource] = []
        for one in resources:
            at = (one.type, key(one.id.rstrip("/")))
            known = places.setdefault(at, len(kept)) if one.id else len(kept)
            if known == len(kept):
                kept.append(one)
            elif one.type in KINDS and plain(kept[known].node) != plain(one.node):
                kept[known] = self._twice(kept[known], one)
        return kept

    def _twice(self, first: Resource, one: Resource) -> Resource:
        related = ((self._reader.source(first.node), "the other description stands here"),)
        message = f"{_what(one)} is described twice, and the two differ"
        if any(field(each.node, name) for each in (first, one) for name in ("etag", "provisioningState")):
            advice = "leave the older one out; which of the two holds, the files do not say"
            self._reader.error(one.node, "NC146", message, advice, related)
            return first
        self._reader.warning(one.node, "NC146", message, "until one of them is left out nothing is known of it")
        at = self._reader.source(one.node)
        reason = f"{_what(one)} is described twice and differently, at {related[0][0]} and at {at}"
        children = {of.NSG: "securityRules", of.ROUTE_TABLE: "routes"}.get(one.type)
        if children is None:
            self._reader.unmodelled.append(Unmodelled(KINDS[one.type], at, reason))
            return first
        unknown = Unknown(f"{children} of {one.name}", reason, one.node.start, one.node.start + 1)
        node = with_entries(first.node, [(made_text(children, one.node), unknown)], frozenset((key(children),)))
        return replace(first, node=node)

    def _unfold(self, by_type: dict[str, list[Resource]]) -> None:
        """Take NSGs and route tables that an export holds inside subnets and NICs for what they are, each once."""
        for of_type, name, children in (
            (of.NSG, "networkSecurityGroup", "securityRules"),
            (of.ROUTE_TABLE, "routeTable", "routes"),
        ):
            described = {key(one.id) for one in by_type.get(of_type, ())}
            for body in _held(by_type, name):
                identity = reference(body)
                if field(body, children) is not None and identity and key(identity) not in described:
                    described.add(key(identity))
                    stated = reference(field(body, "name")) or last_segment(identity)
                    node = with_entries(
                        body, [(made_text("name", body), made_text(stated, body))], frozenset(("name",))
                    )
                    made = Resource(type=of_type, node=node, name=stated, id=identity)
                    by_type.setdefault(of_type, []).append(made)

    def _effective(self, by_type: dict[str, list[Resource]]) -> list[Association]:
        """Let Azure's own view of an NSG stand for it where nothing else describes it; return its associations."""
        described = {key(one.id or one.name) for one in by_type.get(of.NSG, ())}
        left, associations = [], []
        for one in by_type.get(_EFFECTIVE_NSG, ()):
            if key(one.id or one.name) in described:
                left.append(one)
                continue
            node = with_entries(one.node, [], frozenset(("association", "tagmap")))
            known = by_type.setdefault(of.NSG, [])
            if not any(plain(node) == plain(other.node) for other in known):
                known.append(Resource(type=of.NSG, node=node, name=one.name, id=one.id, unsure=one.unsure))
            associations += self._applied_to(one)
        by_type[_EFFECTIVE_NSG] = left
        return associations

    def _applied_to(self, one: Resource) -> list[Association]:
        held = field(one.node, "association")
        found: list[Association] = []
        if not isinstance(held, Mapping):
            return found
        for name in ("subnet", "networkInterface"):
            target = reference(field(held, name))
            if target:
                value = made_text(one.id or one.name, held)
                found.append(Association(target=target, key="networkSecurityGroup", value=value))
        return found

    def _adopt(self, by_type: dict[str, list[Resource]], child_type: str, parent_type: str, name: str) -> None:
        """Give children that stand alone to their parent; one whose parent no file describes is only a part of it."""
        parents = by_type.setdefault(parent_type, [])
        places = {key(one.id): i for i, one in enumerate(parents) if one.id}
        for i, one in enumerate(parents):
            places.setdefault(key(one.name), i)
        families: dict[int, list[Node]] = {}
        for child in by_type.pop(child_type):
            at = places.get(key(child.parent)) if child.parent else None
            if at is None and child.parent:
                at = places.get(key(last_segment(child.parent))) if not child.parent.startswith("/") else None
            if at is None:
                parents.append(self._orphanage(child, parent_type, name))
                at = places[key(child.parent)] = len(parents) - 1
            families.setdefault(at, []).append(_with_doubt(child))
        for at, nodes in families.items():
            parents[at] = self._with_children(parents[at], name, nodes)

    def _orphanage(self, child: Resource, parent_type: str, name: str) -> Resource:
        """Return what stands for the parent of children: nothing else of it is known."""
        parent = last_segment(child.parent) or f"the parent of {child.name}"
        what = f"the {KINDS[parent_type]} of {child.name}" if not child.parent else f"{KINDS[parent_type]} `{parent}`"
        reason = f"no file describes the rest of it, only some of its `{name}`"
        self._reader.warning(child.node, "NC147", f"no file describes {what}, only some of its `{name}`")
        entries: list[tuple[str, Node]] = [("name", made_text(parent, child.node))]
        missing = {of.NSG: "securityRules", of.ROUTE_TABLE: "routes", of.NETWORK: "addressSpace"}[parent_type]
        rest = Unknown(f"the {missing} of {parent}", reason, child.node.start, child.node.start + 1)
        entries.append((missing, rest))
        node = Mapping(
            tuple(one for text, value in entries for one in (made_text(text, value), value)), child.node.start
        )
        return Resource(type=parent_type, node=node, name=parent, id=child.parent if "/" in child.parent else "")

    def _with_children(self, parent: Resource, name: str, nodes: list[Node]) -> Resource:
        """Return the parent with more children; one that says what an own one says already is the same."""
        own = field(parent.node, name)
        items = own.items if isinstance(own, NodeSequence) else () if own is None else (own,)
        known = {plain(item) for item in items if isinstance(item, Mapping)}
        added = [node for node in nodes if plain(node) not in known]
        start = own.start if own is not None else nodes[0].start
        whole = NodeSequence((*items, *added), start)
        entries: list[tuple[Scalar, Node]] = [(made_text(name, whole), whole)]
        node = with_entries(parent.node, entries, frozenset((key(name),)))
        return replace(parent, node=node)

    def _associate(self, associations: Sequence[Association], by_type: dict[str, list[Resource]]) -> None:
        """Note what associations add to subnets and NICs, by the ID or name of the target."""
        for one in associations:
            value = one.value
            if one.unsure:
                told = [("id", made_text(reference(value), value)), ("uncertain", made_text(one.unsure, value))]
                value = made_mapping(told, value)
            self._added.setdefault(key(one.target), []).append((made_text(one.key, one.value), value))
        if not self._added:
            return
        by_type[of.NIC] = [self._filled(one, one.id, one.name) for one in by_type.get(of.NIC, ())]
        by_type[of.NETWORK] = [self._filled_subnets(one) for one in by_type.get(of.NETWORK, ())]
        has_targets = by_type[of.NIC] or by_type[of.NETWORK]
        for target, entries in self._added.items() if has_targets else ():
            message = f"no file describes `{shorten(target)}`, to which something is attached here"
            self._reader.warning(entries[0][1], "NC147", message)

    def _filled_subnets(self, network: Resource) -> Resource:
        subnets = field(network.node, "subnets")
        if not isinstance(subnets, NodeSequence):
            return network
        items = []
        for item in subnets.items:
            if isinstance(item, Mapping):
                name = reference(field(item, "name"))
                stated = reference(field(item, "id"))
                ids = (stated, f"{network.id}/subnets/{name}", f"{network.name}/{name}")
                item = self._filled(Resource(type=of.SUBNET, node=item, name=name), *ids).node
            items.append(item)
        whole = NodeSequence(tuple(items), subnets.start)
        node = with_entries(network.node, [(made_text("subnets", whole), whole)], frozenset(("subnets",)))
        return replace(network, node=node)

    def _filled(self, target: Resource, *ids: str) -> Resource:
        """Return a subnet or NIC with what associations attach to it; two different ones are an error."""
        entries = [entry for one in ids if one for entry in self._added.pop(key(one), [])]
        if not entries:
            return target
        node = target.node
        for name, value in entries:
            own = field(node, name.text)
            if key(name.text) == "applicationsecuritygroups":
                items = own.items if isinstance(own, NodeSequence) else () if own is None else (own,)
                value = NodeSequence((*items, value), value.start)
            elif own is not None and key(reference(own)) != key(reference(value)):
                related = ((self._reader.source(own), f"`{shorten(reference(own))}` is attached here"),)
                message = (
                    f"`{target.name}` cannot have two: `{name.text}` `{shorten(reference(value))}` is attached too"
                )
                self._reader.error(value, "NC144", message, "a subnet or NIC has at most one", related)
            node = with_entries(node, [(name, value)], frozenset((key(name.text),)))
        return replace(target, node=node)

    def _labelled(self, resources: Sequence[Resource], of_type: str) -> list[Resource]:
        """Return the resources under names that tell them apart, and note what they are called by their IDs."""
        counts: dict[str, int] = {}
        for one in resources:
            counts[key(one.name)] = counts.get(key(one.name), 0) + 1
        found, taken = [], set()
        for one in resources:
            label = one.name
            if counts[key(one.name)] > 1 and one.id:
                label = f"{one.name} ({_resource_group(one.id) or shorten(one.id)})"
                if key(label) in taken:
                    label = f"{one.name} ({shorten(one.id)})"
            taken.add(key(label))
            if one.id:
                self._scope.identify(KINDS[of_type], one.id, label)
            found.append(self._renamed(one, label))
        return found

    def _renamed(self, one: Resource, label: str) -> Resource:
        node = one.node
        stated = field(node, "name")
        entries: list[tuple[Scalar, Node]] = []
        if label != reference(stated):
            place = stated or node
            entries.append((made_text("name", place), made_text(label, place)))
        if one.unsure and one.type in (of.NSG, of.ROUTE_TABLE):
            entries.append((made_text("uncertain", node), made_text(one.unsure, node)))
        elif one.unsure:
            reason = f"whether {_what(one)} exists is not known: {one.unsure}"
            self._reader.unmodelled.append(Unmodelled(KINDS[one.type], self._reader.source(node), reason))
        if entries:
            node = with_entries(node, entries, frozenset(key(name.text) for name, _ in entries))
        return replace(one, node=node, name=label)

    def _identify_subnets(self, networks: Sequence[Resource]) -> None:
        for network in networks:
            subnets = field(network.node, "subnets")
            for item in subnets.items if isinstance(subnets, NodeSequence) else ():
                if isinstance(item, Mapping):
                    name = reference(field(item, "name"))
                    for identity in (reference(field(item, "id")), network.id and f"{network.id}/subnets/{name}"):
                        if identity:
                            self._scope.identify("subnet", identity, f"{network.name}/{name}")

    def _note_others(self, by_type: dict[str, list[Resource]]) -> None:
        """Say which resources the model has no place for, and let verdicts depend on those that may decide."""
        unused: dict[str, list[Resource]] = {}
        for of_type, resources in by_type.items():
            if of_type in KINDS or not resources:
                continue
            name = next((n for t, n in _UNMODELLED.items() if of_type == t or of_type.startswith(f"{t}/")), "")
            for one in resources:
                if of_type == _DEPLOYMENT:
                    reason = (
                        f"what deployment `{one.name}` deploys is not known: {one.unsure or 'it is not in the files'}"
                    )
                    self._reader.unmodelled.append(Unmodelled("deployment", self._reader.source(one.node), reason))
                elif name:
                    self._reader.unmodelled.append(Unmodelled(name, self._reader.source(one.node)))
                else:
                    unused.setdefault(of_type, []).append(one)
        if unused:
            first = min((one.node for resources in unused.values() for one in resources), key=lambda node: node.start)
            counts = [f"{len(unused[of_type])} of `{shorten(of_type)}`" for of_type in sorted(unused)]
            more = f" and of {len(counts) - _TYPES_SAID} more types" if len(counts) > _TYPES_SAID else ""
            message = f"not used, because the model has no place for it: {', '.join(counts[:_TYPES_SAID])}{more}"
            fault = self._reader.document.fault(first, "NC149", message, severity=Severity.NOTE)
            self._reader.collector.add(fault)


def _held(by_type: dict[str, list[Resource]], name: str) -> Iterator[Mapping]:
    """Yield what subnets and NICs hold under a key, where it is more than a reference."""
    holders = [one.node for kind in (of.SUBNET, of.NIC) for one in by_type.get(kind, ())]
    for network in by_type.get(of.NETWORK, ()):
        subnets = field(network.node, "subnets")
        items = subnets.items if isinstance(subnets, NodeSequence) else ()
        holders += [item for item in items if isinstance(item, Mapping)]
    for node in holders:
        body = field(node, name)
        if isinstance(body, Mapping) and field(body, "id") is not None:
            yield body


def _fullest(resources: Sequence[Resource]) -> list[Resource]:
    """Leave out what only says that a resource exists (a listing without details) where another file describes it."""
    described = {(one.type, key(one.name)) for one in resources if not _is_mention(one)}
    return [one for one in resources if not _is_mention(one) or (one.type, key(one.name)) not in described]


def _is_mention(one: Resource) -> bool:
    children = {of.NSG: "securityRules", of.ROUTE_TABLE: "routes"}.get(one.type)
    return children is not None and not one.id and isinstance(field(one.node, children), Unknown)


def _with_doubt(child: Resource) -> Mapping:
    """Return a child's node, which says itself when it may not be there."""
    if not child.unsure:
        return child.node
    return with_entries(child.node, [(made_text("uncertain", child.node), made_text(child.unsure, child.node))])


def _what(one: Resource) -> str:
    return f"{KINDS.get(one.type, one.type)} `{shorten(one.name)}`"


def _resource_group(identity: str) -> str:
    parts = identity.split("/")
    folded = [key(part) for part in parts]
    at = folded.index("resourcegroups") + 1 if "resourcegroups" in folded else 0
    return parts[at] if 0 < at < len(parts) else ""
