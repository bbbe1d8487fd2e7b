"""Private endpoints and the NICs that Azure keeps for them; private DNS zones of one name.

Microsoft Learn, "What is a private endpoint?": each has a read-only NIC, which holds its addresses. No VM has it.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.names import key, last_segment
from netcheck.sources._nodes import Mapping, Node, Unknown, made_mapping, made_text, shorten
from netcheck.sources._nodes import Sequence as NodeSequence
from netcheck.sources._plain import elements, field, reference, with_entries, with_field
from netcheck.sources._resources import Resource
from netcheck.sources._scope import Scope, subnet_reference

_POLICIES = "privateEndpointNetworkPolicies"


def join_endpoints(
    scope: Scope, endpoints: Sequence[Resource], nics: Sequence[Resource]
) -> tuple[list[Mapping], list[Resource]]:
    """Return the private endpoints with their NICs inside, and the NICs that belong to none."""
    by_id = {key(nic.id): nic for nic in nics if nic.id}
    owners: dict[int, int] = {}
    places = {key(one.id): at for at, one in enumerate(endpoints) if one.id}
    for at, one in enumerate(endpoints):
        for item in elements(field(one.node, "networkInterfaces")):
            nic = by_id.get(key(reference(item)))
            if nic is not None:
                owners[id(nic)] = at
    left = []
    for nic in nics:
        stated = reference(field(nic.node, "privateEndpoint"))
        at = owners.get(id(nic), places.get(key(stated), -1) if stated else -1)
        if at >= 0:
            owners[id(nic)] = at
        elif stated:
            _leave_open(scope, nic, stated)
        else:
            left.append(nic)
    held: dict[int, list[Mapping]] = {}
    for nic in nics:
        if id(nic) in owners:
            held.setdefault(owners[id(nic)], []).append(nic.node)
    return [_with_nics(one.node, held.get(at, [])) for at, one in enumerate(endpoints)], left


def _leave_open(scope: Scope, nic: Resource, endpoint: str) -> None:
    label = shorten(last_segment(endpoint))
    reason = f"no file describes private endpoint `{label}`, to which NIC `{nic.name}` belongs"
    scope.reader.warning(nic.node, "NC147", reason, "give its export too")
    scope.reader.leave_open("privateEndpoints", nic.node, reason)


def _with_nics(endpoint: Mapping, nics: list[Mapping]) -> Mapping:
    """Return an endpoint that has the NICs inside of it, and from them the names it stands for where it has none.

    With a DNS zone group Azure tells the names of an endpoint at its NIC only.
    """
    if not nics:
        return endpoint
    made = with_field(endpoint, "networkInterfaces", NodeSequence(tuple(nics), nics[0].start))
    hosts = [_host(name) for nic in nics for name in _names(nic)]
    if hosts and field(endpoint, "customDnsConfigs") is None:
        made = with_field(made, "customDnsConfigs", NodeSequence(tuple(hosts), hosts[0].start))
    return made


def _names(nic: Mapping) -> list[Node]:
    found: list[Node] = []
    for part in elements(field(nic, "ipConfigurations")):
        told = field(part, "privateLinkConnectionProperties") if isinstance(part, Mapping) else None
        if isinstance(told, Mapping):
            found += elements(field(told, "fqdns"))
    return found


def _host(name: Node) -> Mapping:
    return made_mapping([("fqdn", name)], name)


def one_zone_per_name(zones: Sequence[Resource]) -> list[Mapping]:
    """Return the private DNS zones, those of one name in several resource groups as one with the links of all.

    A zone of which one description does not tell the links has links that are not known.
    """
    by_name: dict[str, list[Resource]] = {}
    for one in zones:
        by_name.setdefault(key(one.name), []).append(one)
    return [_united(same) for same in by_name.values()]


def _united(zones: list[Resource]) -> Mapping:
    node = _marked(zones[0])
    if len(zones) == 1:
        return node
    links = [field(one.node, "virtualNetworkLinks") for one in zones]
    doubt = next((one.unsure for one in zones if one.unsure), "")
    if any(one is None for one in links):
        doubt = doubt or "what a zone of that name is linked to, no file says"
    items = tuple(item for one in links for item in elements(one))
    node = with_field(node, "virtualNetworkLinks", NodeSequence(items, node.start))
    return with_field(node, "uncertain", made_text(doubt, node)) if doubt else node


def _marked(zone: Resource) -> Mapping:
    return with_field(zone.node, "uncertain", made_text(zone.unsure, zone.node)) if zone.unsure else zone.node


def without_idle_policies(scope: Scope, networks: Sequence[Resource], endpoints: Sequence[Resource]) -> list[Resource]:
    """Return the networks without policies for private endpoints that are not known, on subnets that have none.

    Plans of older providers never know them. A site file may have endpoints that are not among these.
    """
    places = [reference(field(one.node, "subnet")) for one in endpoints]
    if scope.folder is not None or any("{" in place or not place for place in places):
        return list(networks)
    taken = {key(place.rstrip("/")) for place in places} | {key(subnet_reference(place)) for place in places}
    return [_without_idle(network, taken) for network in networks]


def _without_idle(network: Resource, taken: set[str]) -> Resource:
    subnets = field(network.node, "subnets")
    if not isinstance(subnets, NodeSequence):
        return network
    items = tuple(_idle_left_out(network, item, taken) for item in subnets.items)
    if items == subnets.items:
        return network
    return network._replace(node=with_field(network.node, "subnets", NodeSequence(items, subnets.start)))


def _idle_left_out(network: Resource, subnet: Node, taken: set[str]) -> Node:
    if not isinstance(subnet, Mapping) or not isinstance(field(subnet, _POLICIES), Unknown):
        return subnet
    name = reference(field(subnet, "name"))
    ids = (reference(field(subnet, "id")), f"{network.id}/subnets/{name}", f"{network.name}/{name}")
    if any(key(one) in taken for one in ids):
        return subnet
    return with_entries(subnet, [], frozenset((key(_POLICIES),)))
