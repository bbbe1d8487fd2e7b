"""The site file: resources spelled as Azure spells them, checked as the service would check them."""

from __future__ import annotations

from pathlib import Path

from netcheck.diagnostics import Collector, Source
from netcheck.model.names import key, last_segment
from netcheck.model.regions import normal_location
from netcheck.model.site import Backup, Cloud, DeploymentModel, Peering, Site, Subnet, VirtualMachine, VirtualNetwork
from netcheck.model.tags import TagTable
from netcheck.sources._nodes import Document, Mapping, Node, Scalar
from netcheck.sources._record import Reader, Record
from netcheck.sources._scope import EXPORT_KEYS, Scope
from netcheck.sources._shared import read_tags, with_findings
from netcheck.sources._site_network import read_peering, read_route_table, read_virtual_network
from netcheck.sources._site_rules import read_nsg, read_port

FORMAT = 1
PROFILES = ("article-2015", "vm-2018", "vm-modern", "linux-vmsnapshot-current", "workload")
_CLOUDS = {cloud.value: cloud for cloud in Cloud}
_MODELS = {model.value: model for model in DeploymentModel}
_UNMODELLED = ("privateEndpoints", "securityAdminRules", "azureFirewalls")


def read_site(document: Document, root: Mapping, collector: Collector, folder: Path, tags: str | None) -> Site:
    """Return the site a file describes; `tags` names the service-tag file to use instead of the site's own.

    Every fault goes to `collector`; the caller decides whether the site may be used.
    """
    reader = Reader(document, collector)
    record = Record(reader, root, "the site")
    _check_format(reader, record)
    model = record.word("deploymentModel", _MODELS) or DeploymentModel.RESOURCE_MANAGER
    scope = Scope(reader, is_classic=model is DeploymentModel.CLASSIC, folder=folder)
    cloud = record.word("cloud", _CLOUDS)
    nsgs = [read_nsg(scope, inner) for inner in record.records("networkSecurityGroups", "a network security group")]
    tables = [read_route_table(scope, inner) for inner in record.records("routeTables", "a route table")]
    groups = _application_security_groups(scope, record)
    networks = _virtual_networks(scope, record)
    machines = _virtual_machines(scope, record, networks)
    backup = record.get("backup")
    site = Site(
        file=document.file,
        cloud=cloud or Cloud.PUBLIC,
        location=normal_location(record.text("location")),
        deployment_model=model,
        virtual_networks=networks,
        network_security_groups=tuple(nsgs),
        route_tables=tuple(tables),
        virtual_machines=machines,
        application_security_groups=groups,
        backup=_backup(scope, backup) if backup is not None else Backup(),
        tags=_tags(scope, record, cloud, tags),
    )
    scope.note_unmodelled(record, *_UNMODELLED)
    record.ignore("$schema", "name", "description")
    record.finish()
    return with_findings(site, scope)


def _check_format(reader: Reader, record: Record) -> None:
    node = record.get("netcheck")
    if node is None or (isinstance(node, Scalar) and node.text == str(FORMAT)):
        if node is None:
            record.missing("netcheck", f"begin the file with `netcheck: {FORMAT}`")
        return
    advice = f"this netcheck reads format {FORMAT}: write `netcheck: {FORMAT}`"
    shown = f"`{node.text}`" if isinstance(node, Scalar) else "a list or mapping"
    reader.error(node, "NC109", f"site format {shown} is not known", advice)


def _application_security_groups(scope: Scope, record: Record) -> tuple[str, ...]:
    found = []
    for node in record.items("applicationSecurityGroups"):
        name = last_segment(scope.reference_text(node, "applicationSecurityGroups"))
        if name:
            scope.declare("application security group", name, node)
            found.append(name)
    return tuple(found)


def _virtual_networks(scope: Scope, record: Record) -> tuple[VirtualNetwork, ...]:
    outside: dict[str, list[Peering]] = {}
    places: dict[str, tuple[str, Node]] = {}
    for inner in record.records("virtualNetworkPeerings", "a peering"):
        owner, peering = read_peering(scope, inner)
        outside.setdefault(key(owner), []).append(peering)
        places.setdefault(key(owner), (owner, inner.get("virtualNetwork") or inner.node))
        if not owner:
            inner.missing("virtualNetwork", "name the virtual network the peering belongs to")
    found = [
        read_virtual_network(scope, inner, outside.get(key(inner.text("name")), []))
        for inner in record.records("virtualNetworks", "a virtual network")
    ]
    for owner, node in places.values():
        if owner:
            scope.resolve("virtual network", owner, node)
    return tuple(found)


def _virtual_machines(scope: Scope, record: Record, networks: tuple[VirtualNetwork, ...]) -> tuple[VirtualMachine, ...]:
    records = record.records("virtualMachines", "a virtual machine")
    if not records:
        return ()
    from netcheck.sources._site_machines import Machines  # 4 ms: host firewalls and proxies come with it

    subnets: dict[str, Subnet] = {subnet.full_name: subnet for network in networks for subnet in network.subnets}
    machines = Machines(scope, subnets)
    return tuple(machine for inner in records if (machine := machines.read(inner)) is not None)


def _backup(scope: Scope, node: Node) -> Backup:
    record = scope.reader.record(node, "`backup`")
    if record is None:
        return Backup()
    vault_node = record.get("vault")
    vault_name = vault_location = ""
    if isinstance(vault_node, Mapping):
        vault = Record(scope.reader, vault_node, "`vault`")
        vault_name, vault_location = vault.text("name"), normal_location(vault.text("location"))
        vault.ignore(*EXPORT_KEYS)
        vault.finish()
    elif vault_node is not None:
        vault_name = last_segment(scope.reader.text(vault_node, "vault") or "")
    backup = Backup(
        profile=record.word("profile", {name: name for name in PROFILES}) or "",
        vault_name=vault_name,
        vault_location=vault_location,
        target=record.text("target"),
        ports=_backup_ports(scope, record),
        at=scope.reader.source(node),
    )
    record.finish()
    return backup


def _backup_ports(scope: Scope, record: Record) -> tuple[int, ...]:
    found = []
    for name in ("ports", "port"):
        for node in record.scalars(name):
            port = read_port(scope, node, "ports")
            if port is not None and port.first != port.last:
                scope.reader.error(node, "NC134", f"`{name}` takes single ports, not `{node.text}`", "list the ports")
            elif port is not None:
                found.append(port.first)
    return tuple(dict.fromkeys(found))


def _tags(scope: Scope, record: Record, cloud: Cloud | None, override: str | None) -> TagTable | None:
    """Read the service-tag file; one of another cloud would give wrong addresses and is refused."""
    node = record.get("serviceTags")
    text = scope.reader.text(node, "serviceTags") if node is not None else None
    if override is not None:
        table = read_tags(override, scope.reader.collector)
        place: Node = record.get("cloud") or record.node
    elif node is None or not text:
        return None
    else:
        table = _absorbed(scope, node, scope.path(text))
        place = node
    if table is not None and table.cloud and key(table.cloud) != key(cloud or Cloud.PUBLIC):
        stated = (
            f"the site is in cloud `{cloud}`"
            if cloud
            else f"the site is in cloud `{Cloud.PUBLIC}` (it does not say otherwise)"
        )
        message = f"{stated}, but the service-tag file is for `{table.cloud}`"
        related = ((Source(table.file), "the file read"),)
        scope.reader.error(
            place, "NC143", message, f"give the file of that cloud, or write `cloud: {table.cloud}`", related
        )
    return table


def _absorbed(scope: Scope, node: Node, path: str) -> TagTable | None:
    from netcheck.sources.service_tags import read_tag_table

    return scope.reader.absorb(lambda: read_tag_table(path, scope.reader.collector), node)
