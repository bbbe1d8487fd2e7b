"""Attachments that are stated outside of both ends: each joins the subnet or NIC that it is about."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.names import key
from netcheck.sources import _resources as of
from netcheck.sources._nodes import Mapping, Node, Scalar, made_mapping, made_text, shorten
from netcheck.sources._nodes import Sequence as NodeSequence
from netcheck.sources._plain import field, reference, with_entries
from netcheck.sources._record import Reader
from netcheck.sources._resources import Association, Resource


def attach(reader: Reader, associations: Sequence[Association], by_type: dict[str, list[Resource]]) -> None:
    """Fill associations into the subnets and NICs that they name by ID or name."""
    if associations:
        _Attacher(reader).attach(associations, by_type)


class _Attacher:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._added: dict[str, list[tuple[Scalar, Node]]] = {}

    def attach(self, associations: Sequence[Association], by_type: dict[str, list[Resource]]) -> None:
        """Fill in each association; one that no subnet or NIC takes is reported."""
        for one in associations:
            value = one.value
            if one.unsure:
                told = [("id", made_text(reference(value), value)), ("uncertain", made_text(one.unsure, value))]
                value = made_mapping(told, value)
            self._added.setdefault(key(one.target), []).append((made_text(one.key, one.value), value))
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
        return network._replace(node=node)

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
        return target._replace(node=node)
