"""Several descriptions of one resource: the same twice, two that differ, one inside another, Azure's own view of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.model.names import key, last_segment
from netcheck.sources import _resources as of
from netcheck.sources._nodes import Mapping, Unknown, made_text, made_unknown
from netcheck.sources._plain import field, plain, reference, subnets_of, with_entries, with_field
from netcheck.sources._record import Reader
from netcheck.sources._resources import Association, Resource

_CHILDREN = {of.NSG: "securityRules", of.ROUTE_TABLE: "routes"}


def fullest(resources: Sequence[Resource]) -> list[Resource]:
    """Leave out what only says that a resource exists (a listing without details) where another file describes it."""
    described = {(one.type, key(one.name)) for one in resources if not _is_mention(one)}
    return [one for one in resources if not _is_mention(one) or (one.type, key(one.name)) not in described]


def _is_mention(one: Resource) -> bool:
    children = _CHILDREN.get(one.type)
    return children is not None and not one.id and isinstance(field(one.node, children), Unknown)


def once(reader: Reader, resources: Sequence[Resource]) -> list[Resource]:
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
        elif plain(kept[known].node) == plain(one.node):
            continue
        elif one.type in of.CHILDREN:
            kept += _both(reader, kept, known, one)
        elif one.type in of.KINDS:
            kept[known] = _twice(reader, kept[known], one)
    return kept


def _both(reader: Reader, kept: list[Resource], known: int, one: Resource) -> list[Resource]:
    """Keep two rules, routes or peerings of one ID that differ as alternatives, of which each may be there."""
    first = kept[known]
    if _report_difference(reader, first, one):
        return []
    doubt = f"it is described twice and differently, at {reader.source(first.node)} and at {reader.source(one.node)}"
    kept[known] = first._replace(unsure=first.unsure or doubt)
    return [one._replace(unsure=one.unsure or doubt)]


def _report_difference(reader: Reader, first: Resource, one: Resource) -> bool:
    """Report two descriptions that differ, and return whether that is an error: Azure itself printed one of them."""
    related = ((reader.source(first.node), "the other description stands here"),)
    message = f"{of.what(one)} is described twice, and the two differ"
    if any(field(each.node, name) for each in (first, one) for name in ("etag", "provisioningState")):
        advice = "leave the older one out; which of the two holds, the files do not say"
        reader.error(one.node, "NC146", message, advice, related)
        return True
    if not (first.unsure and one.unsure):
        reader.warning(one.node, "NC146", message, "until one of them is left out nothing is known of it")
    return False


def _twice(reader: Reader, first: Resource, one: Resource) -> Resource:
    if _report_difference(reader, first, one):
        return first
    at = reader.source(one.node)
    reason = f"{of.what(one)} is described twice and differently, at {reader.source(first.node)} and at {at}"
    children = _CHILDREN.get(one.type)
    if children is None:
        reader.leave_open(of.KINDS[one.type], one.node, reason)
        return first
    unknown = made_unknown(f"{children} of {one.name}", reason, one.node)
    return first._replace(node=with_field(first.node, children, unknown))


def unfold(by_type: dict[str, list[Resource]]) -> None:
    """Take NSGs and route tables that an export holds inside subnets and NICs for what they are, each once."""
    for of_type, name in ((of.NSG, "networkSecurityGroup"), (of.ROUTE_TABLE, "routeTable")):
        described = {key(one.id) for one in by_type.get(of_type, ())}
        for body in _held(by_type, name):
            identity = reference(body)
            if field(body, _CHILDREN[of_type]) is not None and identity and key(identity) not in described:
                described.add(key(identity))
                stated = reference(field(body, "name")) or last_segment(identity)
                node = with_field(body, "name", made_text(stated, body))
                made = Resource(type=of_type, node=node, name=stated, id=identity)
                by_type.setdefault(of_type, []).append(made)


def _held(by_type: dict[str, list[Resource]], name: str) -> Iterator[Mapping]:
    """Yield what subnets and NICs hold under a key, where it is more than a reference."""
    holders = [one.node for kind in (of.SUBNET, of.NIC) for one in by_type.get(kind, ())]
    for network in by_type.get(of.NETWORK, ()):
        holders += subnets_of(network.node)
    for node in holders:
        body = field(node, name)
        if isinstance(body, Mapping) and field(body, "id") is not None:
            yield body


def take_effective(
    effective: Sequence[Resource], by_type: dict[str, list[Resource]]
) -> tuple[list[Resource], list[Association]]:
    """Let Azure's own view of an NSG stand for it where nothing else describes it.

    Return the views that do, each NSG's first one, those that say the same, and their associations.
    """
    described = {key(one.id or one.name) for one in by_type.get(of.NSG, ())}
    taken: set[tuple[str, object]] = set()
    stand_ins: list[Resource] = []
    associations = []
    for one in effective:
        if one.type != of.EFFECTIVE_NSG or key(one.id or one.name) in described:
            continue
        node = with_entries(one.node, [], frozenset(("association", "tagmap")))
        # Of one NSG each NIC has a view of its own; what has no ID is one NSG where it says the same.
        mark = (key(one.id), "" if one.id else plain(node))
        if mark not in taken:
            taken.add(mark)
            made = Resource(type=of.NSG, node=node, name=one.name, id=one.id, unsure=one.unsure)
            by_type.setdefault(of.NSG, []).append(made)
        stand_ins.append(one)
        associations += _applied_to(one)
    return stand_ins, associations


def _applied_to(one: Resource) -> list[Association]:
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
