"""Attachments that are stated outside of both ends: each joins the subnet, NIC or private endpoint it is about."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.names import key
from netcheck.sources import _resources as of
from netcheck.sources._nodes import Mapping, Node, Scalar, made_mapping, made_text, shorten
from netcheck.sources._nodes import Sequence as NodeSequence
from netcheck.sources._plain import elements, field, reference, with_entries, with_field
from netcheck.sources._resources import Association, Resource
from netcheck.sources._scope import Scope

_KINDS = {
    "networksecuritygroup": "network security group",
    "routetable": "route table",
    "natgateway": "NAT gateway",
}


def attach(scope: Scope, associations: Sequence[Association], by_type: dict[str, list[Resource]]) -> None:
    """Fill associations into the subnets, NICs and private endpoints that they name by ID or name."""
    if associations:
        _Attacher(scope).attach(associations, by_type)


class _Attacher:
    def __init__(self, scope: Scope) -> None:
        self._scope, self._reader = scope, scope.reader
        self._added: dict[str, list[tuple[Scalar, Node]]] = {}

    def attach(self, associations: Sequence[Association], by_type: dict[str, list[Resource]]) -> None:
        """Fill in each association; one that no resource of these takes is left to those that are read later."""
        for one in associations:
            value = one.value
            if one.unsure:
                told = [("id", made_text(reference(value), value)), ("uncertain", made_text(one.unsure, value))]
                value = made_mapping(told, value)
            self._added.setdefault(key(one.target), []).append((made_text(one.key, one.value), value))
        for kind in (of.NIC, of.PRIVATE_ENDPOINT):
            by_type[kind] = [self._filled(one, one.id, one.name) for one in by_type.get(kind, ())]
        by_type[of.NETWORK] = [self._filled_subnets(one) for one in by_type.get(of.NETWORK, ())]
        for one in associations:
            if key(one.target) in self._added:
                self._leave(one)

    def _leave(self, one: Association) -> None:
        """A subnet or NIC without ID, or of the site file, is known by its name when it is read."""
        kind = _KINDS.get(key(one.key))
        if kind is None:
            message = f"no file describes `{shorten(one.target)}`, to which something is attached here"
            self._reader.warning(one.value, "NC147", message)
            self._reader.leave_open(one.key, one.value)
            return
        target_kind = "subnet" if "/subnets/" in key(one.target) else "network interface"
        self._scope.attach_outside(kind, target_kind, one.target, reference(one.value), one.value, one.unsure)

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
        return network._replace(node=with_field(network.node, "subnets", whole))

    def _filled(self, target: Resource, *ids: str) -> Resource:
        """Return a subnet or NIC with what associations attach to it; two different ones are an error."""
        entries = [entry for one in ids if one for entry in self._added.pop(key(one), [])]
        if not entries:
            return target
        node = target.node
        for name, value in entries:
            own = field(node, name.text)
            if key(name.text) not in _KINDS:  # a list, of which it may have several
                value = NodeSequence((*elements(own), value), value.start)
            elif own is not None and key(reference(own)) != key(reference(value)):
                related = ((self._reader.source(own), f"`{shorten(reference(own))}` is attached here"),)
                message = (
                    f"`{target.name}` cannot have two: `{name.text}` `{shorten(reference(value))}` is attached too"
                )
                self._reader.error(value, "NC144", message, "a subnet or NIC has at most one", related)
            node = with_entries(node, [(name, value)], frozenset((key(name.text),)))
        return target._replace(node=node)
