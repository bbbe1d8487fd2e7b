"""What the readers of a site and of a bare NSG both end with: the service-tag file, and what their reading noted."""

from __future__ import annotations

from dataclasses import replace

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.site import Site
from netcheck.model.tags import TagTable
from netcheck.sources._scope import Scope
from netcheck.sources.service_tags import read_tag_table


def with_findings(site: Site, scope: Scope) -> Site:
    """Return the site with what its reading noted: keys without a place in the model, and warnings."""
    return replace(site, unmodelled=tuple(scope.reader.unmodelled), warnings=tuple(scope.reader.collector))


def read_tags(path: str, collector: Collector) -> TagTable | None:
    """Read a service-tag file named on the command line; its faults join the others."""
    try:
        return read_tag_table(path, collector)
    except InputError as error:
        for found in error.diagnostics:
            collector.add(found)
        return None
