"""A site file that is about to be written, read as it will be read: what it says has to be what was meant."""

from __future__ import annotations

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.site import Site
from netcheck.sources._json import looks_like_json, parse_json
from netcheck.sources._nodes import Library
from netcheck.sources._resources import Opening, Options
from netcheck.sources.site_yaml import read_site


def read_back(text: str, file: str) -> Site:
    """Return the site of a text, as if it stood in `file`; raise InputError with every fault it has."""
    collector, library = Collector(), Library()
    opening = Opening(library, collector, Options())
    document = library.open(file, text)
    if looks_like_json(text):
        root = parse_json(document, collector)
    else:
        from netcheck.sources._yaml import parse_yaml

        root = parse_yaml(document, collector)
    site = read_site(document, root, opening, None)
    if collector.has_errors:
        raise InputError(collector)
    return site
