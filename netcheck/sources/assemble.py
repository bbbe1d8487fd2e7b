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
from netcheck.sources._families import adopt
from netcheck.sources._labels import identify_subnets, labelled
from netcheck.sources._merge import fullest, once, take_effective, unfold
from netcheck.sources._nodes import made_text, shorten
from netcheck.sources._record import Reader, Record
from netcheck.sources._resources import Association, Resource
from netcheck.sources._scope import Scope

# What an answer may depend on and the model has no place for, by the name a verdict gives.
_UNMODELLED = {
    "microsoft.network/privateendpoints": "privateEndpoints",
    "microsoft.network/azurefirewalls": "azureFirewalls",
    "microsoft.network/networkmanagers": "securityAdminRules",
    of.EFFECTIVE_ADMIN_RULES: "securityAdminRules",
    of.EFFECTIVE_ROUTES: "effectiveRoutes",
    of.EFFECTIVE_NSG: "effectiveSecurityRules",
}
# What brings connections or routes of its own; any answer may be another one with it.
_CONNECTS = ("microsoft.network/virtualhubs", "microsoft.network/virtualwans", "microsoft.network/routeservers")
_TYPES_SAID = 4


def assemble(found: Sequence[Resource | Association], scope: Scope) -> Records:
    """Return the records of a site; what is wrong or open goes to `scope`."""
    by_type: dict[str, list[Resource]] = {}
    for one in once(scope.reader, fullest([one for one in found if isinstance(one, Resource)])):
        by_type.setdefault(one.type, []).append(one)
    unfold(by_type)
    associations = [one for one in found if isinstance(one, Association)] + take_effective(by_type)
    adopt(scope.reader, by_type)
    attach(scope, associations, by_type)
    named = {kind: labelled(scope, by_type.get(kind, ()), kind) for kind in of.KINDS if kind != of.SUBNET}
    identify_subnets(scope, named[of.NETWORK])
    _note_others(scope.reader, by_type)
    return _records(scope, named)


def _records(scope: Scope, named: dict[str, list[Resource]]) -> Records:
    for one in named[of.PUBLIC_IP]:
        scope.public_ips[key(one.id or one.name)] = one.node
    machines: list[Record] = []
    if named[of.NIC] or named[of.VM]:
        from netcheck.sources._machines import join_machines

        nodes = join_machines(scope, named[of.VM], named[of.NIC])
        machines = [Record(scope.reader, node, "a virtual machine") for node in nodes]
    return Records(
        nsgs=_as_records(scope.reader, named[of.NSG], "a network security group"),
        route_tables=_as_records(scope.reader, named[of.ROUTE_TABLE], "a route table"),
        groups=tuple(made_text(one.name, one.node) for one in named[of.ASG]),
        networks=_as_records(scope.reader, named[of.NETWORK], "a virtual network"),
        machines=tuple(machines),
        nat_gateways=_as_records(scope.reader, named[of.NAT_GATEWAY], "a NAT gateway"),
    )


def _as_records(reader: Reader, resources: Iterable[Resource], what: str) -> tuple[Record, ...]:
    return tuple(Record(reader, one.node, what) for one in resources)


def _note_others(reader: Reader, by_type: dict[str, list[Resource]]) -> None:
    """Say which resources the model has no place for, and let verdicts depend on those that may decide."""
    unused: dict[str, list[Resource]] = {}
    for of_type, resources in by_type.items():
        if of_type in of.KINDS or not resources:
            continue
        name = next((n for t, n in _UNMODELLED.items() if of_type == t or of_type.startswith(f"{t}/")), "")
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
