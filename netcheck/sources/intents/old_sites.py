"""The sites that intents compare with."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.intents import Intent, UnchangedFrom
from netcheck.model.site import Site
from netcheck.sources._resources import Options
from netcheck.sources.load import NO_OPTIONS, load_site


def load_old_sites(
    intents: Sequence[Intent], tags: str | None = None, options: Options = NO_OPTIONS
) -> dict[tuple[str, ...], Site]:
    """Return the site of each `unchangedFrom` by its files; raise InputError with the faults of all of them.

    `tags` is a service-tag file that replaces the ones the sites name.
    """
    found: dict[tuple[str, ...], Site] = {}
    collector = Collector()
    for intent in intents:
        if isinstance(intent.demand, UnchangedFrom) and intent.demand.files not in found:
            try:
                found[intent.demand.files] = load_site(intent.demand.files, tags, options)
            except InputError as error:
                collector.take(error.diagnostics)
    if collector.has_errors:
        raise InputError(collector)
    return found
