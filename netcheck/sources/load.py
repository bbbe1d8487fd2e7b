"""Files to a site: what kind of file each is shows in its content; all of them together are one site."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from pathlib import Path

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.model.site import Site
from netcheck.model.tags import TagTable
from netcheck.sources._kinds import PARAMETERS, TEMPLATE, Given, Parsed, parse_file, wrong_kind
from netcheck.sources._nodes import Document, Library, Node
from netcheck.sources._resources import Association, Opening, Options, Resource

NO_OPTIONS = Options()
_HEAD = 2_000
_TAG_FILE = re.compile(r'\A\s*\{[^\[{]*"changeNumber"\s*:|<AzurePublicIpAddresses[\s>]', re.IGNORECASE)
"""How the two kinds of service-tag file begin."""


def load_site(
    paths: Sequence[str], tags: str | None = None, options: Options = NO_OPTIONS, tolerated: Container[str] = ()
) -> Site:
    """Load files and folders as one site: a site file, exports, templates with their parameters, plans; `-` is stdin.

    A folder with a `site.yaml` is that file; any other stands for the files in it. `tags` names a service-tag file that
    replaces the one the site names. Raise InputError with every fault found; the warnings are in `Site.warnings`.
    `tolerated`, of `TOLERABLE`, are codes of errors that the caller tells himself: they are among the warnings then.
    """
    collector, library = Collector(), Library()
    if not paths:
        at, advice = Source("netcheck"), "name a site file, an export, a template or a plan"
        found = Diagnostic(code="NC109", severity=Severity.ERROR, message="no file is named", at=at, help=advice)
        raise InputError([found])
    opening = Opening(library, collector, options)
    files = _files(paths, collector)
    parsed = [_parse(path, opening) for path in files]
    site_files = [one for one in parsed if one is not None and one.kind == "site"]
    if len(site_files) > 1:
        for one in site_files[1:]:
            message, advice = "this is a second site file", "put what it describes into the first one"
            collector.add(one.document.fault(one.root, "NC109", message, advice))
    known = [one for one in parsed if one is not None]
    if len(known) < len(parsed) or len(site_files) > 1:
        raise InputError(collector)
    tag_files = [one for one in known if one.kind == "tags"]
    if tag_files and tags is None:
        tags = _tag_file(tag_files, known, collector)
    site = _site(known, opening, paths, tags)
    if collector.has_errors_beside(tolerated):
        raise InputError(collector)
    return site


def load_tags(path: str) -> TagTable | None:
    """Return the table of a service-tag file, JSON or the older XML; None for any other file, and for a folder.

    Raise InputError with every fault of the file.
    """
    if path == "-" or not Path(path).is_file():
        return None
    from netcheck.sources._text import read_text
    from netcheck.sources.service_tags import read_tag_table

    if not _TAG_FILE.search(read_text(path), 0, _HEAD):
        return None
    collector = Collector()
    table = read_tag_table(path, collector)
    _stop_on_errors(collector)
    return table


def _files(paths: Sequence[str], collector: Collector) -> list[str]:
    """Return the files to read; most often it is one, and there is nothing to look up."""
    if len(paths) == 1 and (paths[0] == "-" or Path(paths[0]).is_file()):
        return list(paths)
    from netcheck.sources._folder import expand

    found = expand(paths, collector)
    _stop_on_errors(collector)
    return found


def _parse(path: str, opening: Opening) -> Parsed | None:
    """Parse one file; its faults join those of the others."""
    try:
        return parse_file(path, opening)
    except InputError as error:
        opening.collector.take(error.diagnostics)
        return None


def _stop_on_errors(collector: Collector) -> None:
    if collector.has_errors:
        raise InputError(collector)


def _tag_file(tag_files: list[Parsed], known: list[Parsed], collector: Collector) -> str | None:
    """Return the one service-tag file among the files; alone it describes no network."""
    if len(known) == len(tag_files):
        collector.add(wrong_kind(tag_files[0].document, tag_files[0].root))
    for one in tag_files[1:]:
        message, advice = "this is a second service-tag file", "name the one to use with `--tags`"
        collector.add(one.document.fault(one.root, "NC109", message, advice))
    _stop_on_errors(collector)
    return tag_files[0].document.file


def _site(parsed: list[Parsed], opening: Opening, paths: Sequence[str], tags: str | None) -> Site:
    found: list[Resource | Association] = []
    given = _given(parsed, opening.collector)
    for one in parsed:
        if one.read is not None:
            one.document.is_export = True
            found += one.read(given.get(one.document.file, Given()))
    if all(one.kind == PARAMETERS for one in parsed):
        message = "these are parameter values without the template they belong to"
        opening.collector.add(parsed[0].document.fault(parsed[0].root, "NC108", message, "name the template, too"))
        raise InputError(opening.collector)
    site_file = next((one for one in parsed if one.kind == "site"), None)
    is_classic = {one.is_classic for one in parsed if one.read is not None}
    if site_file is not None:
        from netcheck.sources.site_yaml import read_site  # 8 ms that a bare NSG does without

        return read_site(site_file.document, site_file.root, opening, tags, found, is_classic)
    from netcheck.sources._exported import read_exported

    return read_exported(found, opening, paths[0], tags, is_classic)


def _given(parsed: list[Parsed], collector: Collector) -> dict[str, Given]:
    """Return for each template file what it is read with.

    Parameter files belong to the only template, else to the one in their folder whose name they begin with
    (`main.parameters.json`, `main.prod.bicepparam.json`: `main.json`).
    """
    templates = [one.document for one in parsed if one.kind == TEMPLATE]
    parameters = [one for one in parsed if one.kind == PARAMETERS]
    if not templates:
        return {}
    chosen: dict[str, list[tuple[Document, Node]]] = {document.file: [] for document in templates}
    for one in parameters:
        path = Path(one.document.file)
        fitting = [
            document
            for document in templates
            if Path(document.file).parent == path.parent and path.name.startswith(f"{Path(document.file).stem}.")
        ]
        owners = templates if len(templates) == 1 else fitting
        if len(owners) != 1:
            message = "which template these parameter values belong to is not clear"
            advice = "name the file after its template: `main.parameters.json` for `main.json`"
            collector.add(one.document.fault(one.root, "NC109", message, advice))
            continue
        chosen[owners[0].file].append((one.document, one.root))
    is_alone = len(templates) == 1
    return {file: Given(tuple(values), "" if is_alone else f"{Path(file).stem}.") for file, values in chosen.items()}
