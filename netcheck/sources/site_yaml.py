"""The site file: resources spelled as Azure spells them, checked as the service would check them."""

from __future__ import annotations

from collections.abc import Sequence as Values
from collections.abc import Set
from pathlib import Path

from netcheck.diagnostics import Source
from netcheck.model.names import key
from netcheck.model.regions import normal_location
from netcheck.model.site import Backup, Cloud, DeploymentModel, Site, Unmodelled
from netcheck.model.tags import TagTable
from netcheck.sources._build import Records, Settings, build_site
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Sequence
from netcheck.sources._plain import field, reference
from netcheck.sources._record import Reader, Record
from netcheck.sources._resources import Association, Opening, Resource
from netcheck.sources._scope import Scope
from netcheck.sources._shared import read_tags
from netcheck.sources._site_backup import read_backup

FORMAT = 1
_CLOUDS = {cloud.value: cloud for cloud in Cloud}
_MODELS = {model.value: model for model in DeploymentModel}


def read_site(
    document: Document,
    root: Node,
    opening: Opening,
    tags: str | None,
    found: Values[Resource | Association] = (),
    is_classic: Set[bool] = frozenset(),
) -> Site:
    """Return the site a file describes; `tags` names the service-tag file to use instead of the site's own.

    `found` is what other files add to it, `is_classic` the deployment models those have. Every fault goes to the
    collector; the caller decides whether the site may be used.
    """
    assert isinstance(root, Mapping)
    reader = Reader(opening.documents, opening.collector)
    record = Record(reader, root, "the site")
    _check_format(reader, record)
    stated = record.word("deploymentModel", _MODELS)
    model = stated or DeploymentModel.RESOURCE_MANAGER
    folder = Path() if document.file == "-" else Path(document.file).parent
    scope = Scope(reader, is_classic=model is DeploymentModel.CLASSIC, folder=folder)
    if is_classic and is_classic != {scope.is_classic}:
        place = record.get("deploymentModel") or root
        reader.error(place, "NC109", "the other files are of another deployment model than the site")
    cloud = record.word("cloud", _CLOUDS)
    records = Records(
        nsgs=tuple(record.records("networkSecurityGroups", "a network security group")),
        route_tables=tuple(record.records("routeTables", "a route table")),
        groups=record.items("applicationSecurityGroups"),
        networks=tuple(record.records("virtualNetworks", "a virtual network")),
        peerings=tuple(record.records("virtualNetworkPeerings", "a peering")),
        machines=tuple(record.records("virtualMachines", "a virtual machine")),
        private_endpoints=tuple(record.records("privateEndpoints", "a private endpoint")),
        dns_zones=_dns_zones(record),
        load_balancers=tuple(record.records("loadBalancers", "a load balancer")),
        admin_rules=tuple(record.records("securityAdminRules", "a security admin rule")),
        azure_firewalls=tuple(record.records("azureFirewalls", "an Azure Firewall")),
        firewall_policies=tuple(record.records("firewallPolicies", "a firewall policy")),
        ip_groups=tuple(record.records("ipGroups", "an IP group")),
    )
    _identify_labels(scope, records)
    if found:
        from netcheck.sources.assemble import assemble

        records = records.with_more(assemble(found, scope))
    backup = record.get("backup")
    settings = Settings(
        file=document.file,
        cloud=cloud or Cloud.PUBLIC,
        location=normal_location(record.text("location")),
        deployment_model=model,
        states_model=stated is not None or bool(is_classic),
        backup=read_backup(scope, backup) if backup is not None else Backup(),
        tags=_tags(scope, record, cloud, tags),
        is_bare_nsg=bool(records.nsgs) and not (records.networks or records.machines or records.route_tables),
    )
    _read_unmodelled(reader, record)
    record.ignore("$schema", "name", "description")
    record.finish()
    return build_site(scope, records, settings)


def _dns_zones(record: Record) -> tuple[Record, ...] | None:
    """An empty list says that there are none; nothing says nothing."""
    stated = record.raw("privateDnsZones")
    if not isinstance(stated, Sequence):
        return tuple(record.records("privateDnsZones", "a private DNS zone")) or None
    return tuple(record.records("privateDnsZones", "a private DNS zone"))


def _check_format(reader: Reader, record: Record) -> None:
    node = record.get("netcheck")
    if node is None or (isinstance(node, Scalar) and node.text == str(FORMAT)):
        if node is None:
            record.missing("netcheck", f"begin the file with `netcheck: {FORMAT}`")
        return
    advice = f"this netcheck reads format {FORMAT}: write `netcheck: {FORMAT}`"
    shown = f"`{node.text}`" if isinstance(node, Scalar) else "a list or mapping"
    reader.error(node, "NC109", f"site format {shown} is not known", advice)


def _identify_labels(scope: Scope, records: Records) -> None:
    """Let names that hold a slash be found as they are: `netcheck convert` writes them for what Azure names alike."""
    for kind, resources in (
        ("network security group", records.nsgs),
        ("route table", records.route_tables),
        ("virtual network", records.networks),
        ("load balancer", records.load_balancers),
        ("Azure Firewall", records.azure_firewalls),
        ("firewall policy", records.firewall_policies),
        ("private endpoint", records.private_endpoints),
    ):
        for one in resources:
            name = reference(one.get("name"))
            if "/" in name:
                scope.identify(kind, name, name)
            subnets = one.get("subnets") if kind == "virtual network" else None
            for node in subnets.items if isinstance(subnets, Sequence) else ():
                inner = reference(field(node, "name")) if isinstance(node, Mapping) else ""
                if "/" in name or "/" in inner:
                    scope.identify("subnet", f"{name}/{inner}", f"{name}/{inner}")


def _read_unmodelled(reader: Reader, record: Record) -> None:
    """Read what verdicts depend on beside what the format has words for: a name, and why it is not known, if so."""
    for inner in record.records("unmodelled", "an entry of `unmodelled`"):
        name = inner.name()
        found = Unmodelled(name, reader.source(inner.node), inner.text("reason"))
        inner.finish()
        if name:
            reader.unmodelled.append(found)


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
