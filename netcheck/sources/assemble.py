"""The resources of all files put together: children to their parents, NICs to their VMs, each under one name.

Nothing is settled in silence. A resource that two files describe differently is an error; one that a reference names
and no file describes is a stub whose part of every answer is open; a resource type the model has no place for is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netcheck.diagnostics import Severity
from netcheck.model.names import key
from netcheck.sources import _resources as of
from netcheck.sources._attachments import attach
from netcheck.sources._build import Records
from netcheck.sources._effective_nics import TYPES as COMPUTED
from netcheck.sources._effective_nics import leave_unplaced, place_effective
from netcheck.sources._endpoints import join_endpoints, one_zone_per_name, without_idle_policies
from netcheck.sources._families import adopt
from netcheck.sources._labels import identify_subnets, labelled
from netcheck.sources._managers import HANDLED as MANAGED
from netcheck.sources._managers import HARMLESS, admin_rules
from netcheck.sources._merge import fullest, once, take_effective, unfold
from netcheck.sources._nodes import Mapping, made_text, shorten
from netcheck.sources._pool_names import name_pools, pool_aliases
from netcheck.sources._record import Reader, Record
from netcheck.sources._resources import Association, Resource
from netcheck.sources._scope import Scope
from netcheck.sources._unread import leave_unread

# What an answer may depend on and the model has no place for, by the name a verdict gives: types, and all below them.
_UNMODELLED = {
    f"{of.PRIVATE_ENDPOINT}/": "privateEndpoints",
    f"{of.LOAD_BALANCER}/": "loadBalancers",
    f"{of.FIREWALL}/": "azureFirewalls",
    f"{of.FIREWALL_POLICY}/": "firewallPolicies",
    f"{of.MANAGER}/": "networkManagers",
}
# What stands below one of these and decides nothing by itself.
_HARMLESS = tuple(f"{of.MANAGER}/{name}" for name in HARMLESS)
# What brings connections or routes of its own; any answer may be another one with it.
_CONNECTS = ("microsoft.network/virtualhubs", "microsoft.network/virtualwans", "microsoft.network/routeservers")
_TYPES_SAID = 4
_NOT_LABELLED = (of.SUBNET, of.DNS_ZONE)  # a zone's name is what it answers for


def assemble(found: Sequence[Resource | Association], scope: Scope) -> Records:
    """Return the records of a site; what is wrong or open goes to `scope`."""
    by_type, associations = _sorted(found, scope)
    leave_unread(scope, by_type.pop(of.NOT_READ, ()))
    by_type.pop(of.COLLECTION, None)
    scope.read_whole = {(key(one.name), key(one.parent)) for one in by_type.pop(of.READ_WHOLE, ())}
    aliases = pool_aliases(by_type)
    adopt(scope.reader, by_type)
    attach(scope, associations, by_type)
    name_pools(aliases, by_type)
    networks, endpoints = by_type.get(of.NETWORK, ()), by_type.get(of.PRIVATE_ENDPOINT, ())
    by_type[of.NETWORK] = without_idle_policies(scope, networks, endpoints)
    named = {kind: labelled(scope, by_type.get(kind, ()), kind) for kind in of.KINDS if kind not in _NOT_LABELLED}
    identify_subnets(scope, named[of.NETWORK])
    named[of.DNS_ZONE] = by_type.get(of.DNS_ZONE, [])
    rules = admin_rules(scope, by_type) if by_type.keys() & MANAGED else []
    _note_others(scope.reader, by_type)
    return _records(scope, named, rules)


def _sorted(
    found: Sequence[Resource | Association], scope: Scope
) -> tuple[dict[str, list[Resource]], list[Association]]:
    """Return each resource once, by type, with what Azure computed on the NICs; and all associations."""
    resources = [one for one in found if isinstance(one, Resource)]
    effective = [one for one in resources if one.type in COMPUTED]
    by_type: dict[str, list[Resource]] = {}
    for one in once(scope.reader, fullest([one for one in resources if one.type not in COMPUTED])):
        by_type.setdefault(one.type, []).append(one)
    unfold(by_type)
    unplaced = place_effective(scope, effective, by_type)
    stand_ins, attached = take_effective(effective, by_type)
    leave_unplaced(scope, [one for one in unplaced if one not in stand_ins])
    associations = [one for one in found if isinstance(one, Association)] + attached
    return by_type, associations


def _records(scope: Scope, named: dict[str, list[Resource]], rules: list[Mapping]) -> Records:
    for one in named[of.PUBLIC_IP]:
        scope.public_ips[key(one.id or one.name)] = one.node
    endpoints, nics = join_endpoints(scope, named[of.PRIVATE_ENDPOINT], named[of.NIC])
    machines: list[Mapping] = []
    if nics or named[of.VM]:
        from netcheck.sources._machines import join_machines

        machines = join_machines(scope, named[of.VM], nics)
    zones = named[of.DNS_ZONE]
    return Records(
        nsgs=_as_records(scope.reader, named[of.NSG], "a network security group"),
        route_tables=_as_records(scope.reader, named[of.ROUTE_TABLE], "a route table"),
        groups=tuple(made_text(one.name, one.node) for one in named[of.ASG]),
        networks=_as_records(scope.reader, named[of.NETWORK], "a virtual network"),
        machines=_of_nodes(scope.reader, machines, "a virtual machine"),
        nat_gateways=_as_records(scope.reader, named[of.NAT_GATEWAY], "a NAT gateway"),
        private_endpoints=_of_nodes(scope.reader, endpoints, "a private endpoint"),
        dns_zones=_of_nodes(scope.reader, one_zone_per_name(zones), "a private DNS zone") if zones else None,
        load_balancers=_as_records(scope.reader, named[of.LOAD_BALANCER], "a load balancer"),
        admin_rules=_of_nodes(scope.reader, rules, "a security admin rule"),
        azure_firewalls=_as_records(scope.reader, named[of.FIREWALL], "an Azure Firewall"),
        firewall_policies=_as_records(scope.reader, named[of.FIREWALL_POLICY], "a firewall policy"),
        ip_groups=_as_records(scope.reader, named[of.IP_GROUP], "an IP group"),
        vaults=_as_records(scope.reader, named[of.VAULT], "a vault"),
    )


def _of_nodes(reader: Reader, nodes: Iterable[Mapping], what: str) -> tuple[Record, ...]:
    return tuple(Record(reader, node, what) for node in nodes)


def _as_records(reader: Reader, resources: Iterable[Resource], what: str) -> tuple[Record, ...]:
    return _of_nodes(reader, (one.node for one in resources), what)


def _note_others(reader: Reader, by_type: dict[str, list[Resource]]) -> None:
    """Say which resources the model has no place for, and let verdicts depend on those that may decide."""
    unused: dict[str, list[Resource]] = {}
    for of_type, resources in by_type.items():
        if of_type in of.KINDS or of_type in MANAGED or not resources:
            continue
        name = next((n for t, n in _UNMODELLED.items() if of_type.startswith(t)), "")
        if of_type.startswith(_HARMLESS):
            name = ""
        for one in resources:
            if of_type == of.DEPLOYMENT:
                reason = f"what deployment `{one.name}` deploys is not known: {one.unsure or 'it is not in the files'}"
                reader.leave_open("deployment", one.node, reason)
            elif of_type.startswith(_CONNECTS):
                reason = f"`{one.name}` ({of_type}) may connect networks or bring routes, and is not evaluated"
                reader.leave_open("virtualHubs", one.node, reason)
            elif name:
                reader.leave_open(name, one.node)
            else:
                unused.setdefault(of_type, []).append(one)
    if unused:
        first = min((one.node for resources in unused.values() for one in resources), key=lambda node: node.start)
        counts = [f"{len(unused[of_type])} of `{shorten(of_type)}`" for of_type in sorted(unused)]
        more = f" and of {len(counts) - _TYPES_SAID} more types" if len(counts) > _TYPES_SAID else ""
        message = f"not used, because the model has no place for it: {', '.join(counts[:_TYPES_SAID])}{more}"
        fault = reader.document.fault(first, "NC149", message, severity=Severity.NOTE)
        reader.collector.add(fault)
