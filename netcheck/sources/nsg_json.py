"""Bare NSG exports: what `az network nsg show|list`, `az rest` or `Get-AzNetworkSecurityGroup` print, YAML or JSON."""

from __future__ import annotations

from netcheck.diagnostics import Collector
from netcheck.model.names import key, last_segment
from netcheck.model.site import Cloud, Site
from netcheck.model.tags import TagTable
from netcheck.sources._nodes import Document, Mapping, Node, Sequence
from netcheck.sources._record import Reader, Record
from netcheck.sources._scope import Scope
from netcheck.sources._shared import read_tags, with_findings
from netcheck.sources._site_rules import read_nsg


def find_nsgs(root: Node) -> tuple[Mapping, ...]:
    """Return the NSGs of an export: one mapping with `securityRules`, a list of such, or REST's `value` around it."""
    if isinstance(root, Mapping):
        if is_nsg(root):
            return (root,)
        wrapped = [value for name, value in root.entries if key(name.text) == "value" and isinstance(value, Sequence)]
        return find_nsgs(wrapped[0]) if wrapped else ()
    if isinstance(root, Sequence) and root.items:
        found = tuple(item for item in root.items if isinstance(item, Mapping) and is_nsg(item))
        return found if len(found) == len(root.items) else ()
    return ()


def is_nsg(node: Mapping) -> bool:
    """Return whether a mapping holds security rules, flattened or below `properties`."""
    for name, value in node.entries:
        if key(name.text) in ("securityrules", "defaultsecurityrules"):
            return True
        if key(name.text) == "properties" and isinstance(value, Mapping) and is_nsg(value):
            return True
    return False


def read_bare_nsgs(document: Document, nodes: tuple[Mapping, ...], collector: Collector, tags: str | None) -> Site:
    """Return a site that holds nothing but NSGs: what is around them is not known.

    The cloud is that of the service-tag file, when one is given: an export does not say.
    """
    reader = Reader(document, collector)
    scope = Scope(reader)
    records = [Record(reader, node, "a network security group") for node in nodes]
    nsgs = tuple(read_nsg(scope, record) for record in records)
    table = read_tags(tags, collector) if tags is not None else None
    site = Site(
        file=document.file,
        cloud=_cloud(table),
        network_security_groups=nsgs,
        tags=table,
        is_bare_nsg=True,
        location=_location(nsgs[0].location) if nsgs else "",
    )
    return with_findings(site, scope)


def _cloud(table: TagTable | None) -> Cloud:
    found = [cloud for cloud in Cloud if table is not None and key(table.cloud) == key(cloud)]
    return found[0] if found else Cloud.PUBLIC


def _location(text: str) -> str:
    if not text:
        return ""
    from netcheck.model.regions import normal_location

    return normal_location(last_segment(text))
