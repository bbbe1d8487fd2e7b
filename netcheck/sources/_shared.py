"""The service-tag file that the command line names, read for a site of any kind."""

from __future__ import annotations

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.tags import TagTable
from netcheck.sources.service_tags import read_tag_table


def read_tags(path: str, collector: Collector) -> TagTable | None:
    """Read a service-tag file named on the command line; its faults join the others."""
    try:
        return read_tag_table(path, collector)
    except InputError as error:
        collector.take(error.diagnostics)
        return None
