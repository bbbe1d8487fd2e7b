"""A site without a site file: what exports, templates and plans describe, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from netcheck.diagnostics import Collector
from netcheck.model.names import key, last_segment
from netcheck.model.site import Cloud, DeploymentModel, Site
from netcheck.model.tags import TagTable
from netcheck.sources._build import Records, Settings, build_site
from netcheck.sources._nodes import shorten
from netcheck.sources._plain import field, reference
from netcheck.sources._record import Reader, Record
from netcheck.sources._resources import (
    COLLECTION,
    KINDS,
    NOT_READ,
    NSG,
    READ_WHOLE,
    VAULT,
    Association,
    Opening,
    Resource,
)
from netcheck.sources._scope import Scope
from netcheck.sources._shared import read_tags

_OF_COLLECTIONS = (COLLECTION, NOT_READ, READ_WHOLE)


def read_exported(
    found: Sequence[Resource | Association],
    opening: Opening,
    name: str,
    tags: str | None,
    is_classic: Set[bool],
) -> Site:
    """Return the site; its cloud is that of the service-tag file, since exports do not say, but for collections.

    `name` is what the person called it. `is_classic` are the deployment models met; a site has one.
    """
    scope = Scope(Reader(opening.documents, opening.collector), is_classic=is_classic == {True})
    if len(is_classic) > 1:
        opening.collector.refuse(name, "NC109", "classic and Resource Manager exports do not make one site")
    records = _plain_nsgs(found, scope) or _assembled(found, scope)
    if not _any(records) and not opening.collector.has_errors:
        _refuse_without_network(found, opening.collector, name)
    table = read_tags(tags, opening.collector) if tags is not None else None
    settings = Settings(
        file=name,
        cloud=_cloud(found, table, opening.collector),
        location=_location(found, opening),
        deployment_model=DeploymentModel.CLASSIC if scope.is_classic else DeploymentModel.RESOURCE_MANAGER,
        tags=table,
        is_bare_nsg=bool(records.nsgs) and not (records.networks or records.machines or records.route_tables),
    )
    return build_site(scope, records, settings)


def _plain_nsgs(found: Sequence[Resource | Association], scope: Scope) -> Records | None:
    """Return the records where the files hold NSGs and nothing else, each name once: there is nothing to assemble."""
    nsgs = [one for one in found if isinstance(one, Resource) and one.type == NSG and not one.unsure]
    if len(nsgs) < len(found) or len({key(one.name) for one in nsgs}) < len(nsgs):
        return None
    is_named = all(reference(field(one.node, "name")) == one.name for one in nsgs)
    whats = "a network security group"
    return Records(nsgs=tuple(Record(scope.reader, one.node, whats) for one in nsgs)) if nsgs and is_named else None


def _assembled(found: Sequence[Resource | Association], scope: Scope) -> Records:
    from netcheck.sources.assemble import assemble  # 5 ms that an NSG alone does without

    return assemble(found, scope)


def _refuse_without_network(found: Sequence[Resource | Association], collector: Collector, name: str) -> None:
    types = sorted({one.type for one in found if isinstance(one, Resource) and one.type not in _OF_COLLECTIONS})
    if types:
        what = ", ".join(f"`{shorten(one)}`" for one in types[:4])
        advice = "give it together with the exports of the networks, NICs and NSGs that it belongs to"
        collector.refuse(name, "NC101", f"`{name}` describes no network by itself, only {what}", advice)
    else:
        collector.refuse(name, "NC101", f"`{name}` describes no resource")


def _any(records: Records) -> bool:
    return bool(records.nsgs or records.networks or records.machines or records.route_tables)


def _cloud(found: Sequence[Resource | Association], table: TagTable | None, collector: Collector) -> Cloud:
    """Return the cloud that a collection is from, else that of the tags; collect an error where the two differ."""
    collections = [one for one in found if isinstance(one, Resource) and one.type == COLLECTION]
    stated = [cloud for cloud in Cloud for one in collections if key(one.name) == key(cloud)]
    if stated and table is not None and table.cloud and key(table.cloud) != key(stated[0]):
        message = f"the site was collected from cloud `{stated[0]}`, but the service-tag file is for `{table.cloud}`"
        collector.refuse(table.file, "NC143", message, "give the file of that cloud")
    same = [cloud for cloud in Cloud if table is not None and key(table.cloud) == key(cloud)]
    return next(iter((*stated, *same)), Cloud.PUBLIC)


def _location(found: Sequence[Resource | Association], opening: Opening) -> str:
    """Return the region that all resources share, "" where they differ or none says: nothing is guessed."""
    stated = dict.fromkeys(_locations(found)) if not opening.options.location else {opening.options.location: None}
    if not stated:
        return ""
    from netcheck.model.regions import normal_location

    normal = {normal_location(last_segment(text)) for text in stated}
    return normal.pop() if len(normal) == 1 else ""


def _locations(found: Sequence[Resource | Association]) -> Iterator[str]:
    for one in found:
        if isinstance(one, Resource) and one.type in KINDS and one.type != VAULT:  # it is beside the network
            text = reference(field(one.node, "location"))
            if text:
                yield text
