"""What Azure itself computed for a NIC, given in the site file or in an export that it names.

The shapes are those of `az network nic list-effective-nsg` and `show-effective-route-table`, which the readers of
exports know. A plain list of rules is taken for the rules of the NIC.
"""

from __future__ import annotations

from netcheck.model.effective import EffectiveNsg, EffectiveRoute, Level
from netcheck.model.names import key, last_segment
from netcheck.model.rules import NextHop
from netcheck.model.site import NetworkSecurityGroup
from netcheck.sources._json import looks_like_json, parse_json
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Unknown, made_mapping, made_text, shorten
from netcheck.sources._nodes import Sequence as NodeSequence
from netcheck.sources._plain import field, reference, top_fields
from netcheck.sources._record import Record
from netcheck.sources._resources import EFFECTIVE_ADMIN_RULES, EFFECTIVE_NSG, Opening, Options, Resource
from netcheck.sources._scope import Scope
from netcheck.sources._site_rules import read_computed_rules
from netcheck.sources._text import read_text
from netcheck.sources._uncertain import is_open, joined, may_not_apply
from netcheck.sources.exports.effective_nsg import read_effective_nsg
from netcheck.sources.exports.effective_routes import read_effective_routes
from netcheck.sources.exports.fields import items_of

NSG_KEYS = ("effectiveNetworkSecurityGroups", "effectiveSecurityRules")
ROUTE_KEY = "effectiveRoutes"
_SOURCES = {word: word for word in ("Default", "User", "VirtualNetworkGateway", "Unknown")}
_STATES = {"Active": True, "Invalid": False}
_IGNORED = ("disableBgpRoutePropagation", "hasBgpOverride", "destinationServiceTags", "tagMap", "addressPrefixText")
NEXT_HOPS = {
    **{hop.value: hop for hop in NextHop},
    "Virtual network": NextHop.VNET_LOCAL,
    "VPNGateway": NextHop.VIRTUAL_NETWORK_GATEWAY,
    "Virtual network gateway": NextHop.VIRTUAL_NETWORK_GATEWAY,
    "Null": NextHop.NONE,
    "Virtual appliance": NextHop.VIRTUAL_APPLIANCE,
    "VirtualApplianceEcmp": NextHop.VIRTUAL_APPLIANCE,
    "VNet peering": NextHop.VNET_PEERING,
    "VNetGlobalPeering": NextHop.VNET_PEERING,
}
"""Microsoft Learn, "Virtual network traffic routing", and the REST type RouteNextHopType, with older spellings."""


def read_effective_nsgs(scope: Scope, nic: Record, subnet: str) -> tuple[EffectiveNsg, ...] | None:
    """Return the rules of each level that Azure computed; None where the file does not have them."""
    stated = [(name, node) for name in NSG_KEYS if (node := nic.get(name)) is not None]
    if len(stated) > 1:
        message = f"`{stated[0][0]}` and `{stated[1][0]}` say one thing twice"
        scope.reader.error(stated[1][1], "NC139", message, "keep one of the two")
    if not stated:
        return None
    name, node = stated[0]
    opened = _opened(scope, node, name)
    if opened is None:
        return None
    document, root = opened
    found: list[EffectiveNsg] = []
    for one in _resources(scope, document, root, nic):
        if not _is_of(scope, one, nic.text("name"), subnet):
            return None
        level = _to_level(scope, one)
        if level.level is not Level.MANAGER and any(other.level is level.level for other in found):
            message = f"two sets of effective rules are of one level, `{level.level}`"
            scope.reader.error(one.node, "NC139", message, "export those of each NIC by themselves")
        found.append(level)
    return tuple(found)


def _opened(scope: Scope, node: Node, name: str) -> tuple[Document, Node] | None:
    """Return what is inline with the site's own document, or the content of the file that is named; None: neither."""
    if isinstance(node, Unknown):
        scope.reader.taint(node, name)
        return None
    if not isinstance(node, Scalar):
        return scope.reader.document.of(node), node
    text = scope.reader.text(node, name)
    return scope.reader.absorb(lambda: _parse(scope, scope.path(text)), node) if text else None


def _parse(scope: Scope, path: str) -> tuple[Document, Node]:
    text = read_text(path)
    document = scope.reader.document.open(path, text)
    document.is_export = True
    if looks_like_json(text):
        root = parse_json(document, scope.reader.collector)
    else:
        from netcheck.sources._yaml import parse_yaml

        root = parse_yaml(document, scope.reader.collector)
    document.root = root
    return document, root


def _resources(scope: Scope, document: Document, root: Node, nic: Record) -> list[Resource]:
    """Return each level as a resource: as a reader of exports took it apart before, a plain list of rules, or whole."""
    items = items_of(root)
    fields = [top_fields(item) for item in items]
    if items and all({"securityrules", "association"} <= one.keys() for one in fields):
        return [
            Resource(_type_of(item), item, reference(field(item, "name")), unsure=reference(field(item, "uncertain")))
            for item in items
            if isinstance(item, Mapping)
        ]
    if items and all({"direction", "access"} <= one.keys() for one in fields):
        root = _as_item(items, nic, root)
    opening = Opening(scope.reader.document, scope.reader.collector, Options())
    return [one for one in read_effective_nsg(document, root, opening) if isinstance(one, Resource)]


def _type_of(item: Mapping) -> str:
    held = field(item, "association")
    is_manager = isinstance(held, Mapping) and field(held, "networkManager") is not None
    return EFFECTIVE_ADMIN_RULES if is_manager else EFFECTIVE_NSG


def _as_item(items: tuple[Node, ...], nic: Record, at: Node) -> Mapping:
    name = nic.text("name")
    here = made_mapping([("id", made_text(name, nic.node))], at)
    association = made_mapping([("networkInterface", here)], at)
    rules = NodeSequence(items, at.start)
    return made_mapping([("association", association), ("effectiveSecurityRules", rules)], at)


def _is_of(scope: Scope, one: Resource, nic: str, subnet: str) -> bool:
    """Return whether effective rules say that they are of this NIC or of its subnet; collect an error where not."""
    held = field(one.node, "association")
    if not isinstance(held, Mapping):
        return True
    for name, kind, own in (("networkInterface", "network interface", nic), ("subnet", "subnet", subnet)):
        node = field(held, name)
        text = reference(node)
        if node is not None and text and not is_open(field(node, "id") if isinstance(node, Mapping) else node):
            label = scope.label(kind, text)
            if own and key(label) != key(own):
                message = f"these effective rules are of {kind} `{shorten(label)}`, not of `{shorten(own)}`"
                scope.reader.error(node, "NC139", message, "put them where they belong")
                return False
    return True


def _to_level(scope: Scope, one: Resource) -> EffectiveNsg:
    held = field(one.node, "association")
    level = next((level for level in (Level.MANAGER, Level.NIC, Level.SUBNET) if _has(held, level)), Level.NIC)
    record = Record(scope.reader, one.node, "effective rules")
    is_manager = level is Level.MANAGER
    rules = read_computed_rules(scope, record, "securityRules", is_default=False, is_manager=is_manager)
    defaults = read_computed_rules(scope, record, "defaultSecurityRules", is_default=True, is_manager=is_manager)
    at = scope.reader.source(one.node)
    if one.unsure:
        rules = [*may_not_apply(one.unsure, at), *rules]
    name = last_segment(one.name)
    nsg = NetworkSecurityGroup(name=name, rules=tuple(rules), default_rules=tuple(defaults), at=at)
    return EffectiveNsg(level=level, nsg=nsg, at=at)


def _has(held: Node | None, level: Level) -> bool:
    return isinstance(held, Mapping) and field(held, level.value) is not None


def read_effective_table(scope: Scope, nic: Record) -> tuple[EffectiveRoute, ...] | None:
    """Return the active routes that Azure computed; None where the file does not have them, or not all of them."""
    node = nic.get(ROUTE_KEY)
    if node is None:
        return None
    opened = _opened(scope, node, ROUTE_KEY)
    if opened is None:
        return None
    document, root = opened
    if not items_of(root):
        message = "no effective route is listed, and every NIC of a running VM has some"
        scope.reader.error(root, "NC197", message, "start the VM and export again")
        return None
    opening = Opening(scope.reader.document, scope.reader.collector, Options())
    found: list[EffectiveRoute] = []
    for one in read_effective_routes(document, root, opening):
        listed = field(one.node, "value") if isinstance(one, Resource) else None
        for item in listed.items if isinstance(listed, NodeSequence) else ():
            if isinstance(item, Mapping):
                found += _read_route(scope, Record(scope.reader, item, "an effective route"))
    return tuple(found)


def _read_route(scope: Scope, record: Record) -> list[EffectiveRoute]:
    """Return a route that is active; what of it is not known may be anything."""
    doubts = [record.text("uncertain")]
    stated = record.get("state")
    if is_open(stated) and stated is not None:
        doubts.append(f"whether route `{record.text('name')}` is active is not known")
    is_active = is_open(stated) or record.required_word("state", _STATES)
    source = record.word("source", _SOURCES) or ""
    prefixes = scope.prefixes(record, "addressPrefix")
    hop_node = record.get("nextHopType")
    if isinstance(hop_node, Unknown) and is_active:
        scope.reader.taint(hop_node, "nextHopType")
    hop = None if isinstance(hop_node, Unknown) else record.required_word("nextHopType", NEXT_HOPS)
    addresses = []
    for node in record.values("nextHopIpAddress"):
        if is_open(node):
            doubts.append("the address of its next hop is not known")
        elif (address := scope.address(node, "nextHopIpAddress")) is not None:
            addresses.append(address)
    record.ignore(*_IGNORED, "name", "id", "etag")
    doubts += [f"netcheck does not know what `{shorten(one)}` means" for one in record.finish()]
    if not is_active or hop is None or not prefixes:
        return []
    return [
        EffectiveRoute(
            name=record.text("name"),
            source=source,
            prefixes=tuple(prefix for prefix, _ in prefixes),
            next_hop=hop,
            next_hop_addresses=tuple(addresses),
            unknown=joined(doubts),
            at=scope.reader.source(record.node),
        )
    ]
