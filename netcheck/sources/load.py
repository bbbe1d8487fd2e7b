"""Files to a site: what kind of file it is shows in its content, and a wrong kind is named."""

from __future__ import annotations

from collections.abc import Sequence as Paths
from pathlib import Path

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.model.names import key
from netcheck.model.site import Site
from netcheck.sources._json import looks_like_json, parse_json
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Sequence
from netcheck.sources._text import read_text
from netcheck.sources.nsg_json import find_nsgs, read_bare_nsgs

SITE_FILE = "site.yaml"
_EXPECTED = "expected a site file (`netcheck: 1`; `netcheck init` prints one) or an NSG export"
_SITE_KEYS = frozenset(
    ("virtualnetworks", "networksecuritygroups", "virtualmachines", "routetables", "proxyserver", "backup")
)


def load_site(paths: Paths[str], tags: str | None = None) -> Site:
    """Load one site file, a folder that holds `site.yaml`, a bare NSG export, or `-` (standard input).

    `tags` names a service-tag file that replaces the one the site names. Raise InputError with every fault found; the
    warnings are in `Site.warnings`.
    """
    if len(paths) != 1:
        _refuse("netcheck", "NC109", f"one site is read at a time, not {len(paths)}", "name one file or folder")
    path = _site_path(paths[0])
    collector = Collector()
    document, root = read_document(path, collector)
    nsgs = find_nsgs(root)
    if isinstance(root, Mapping) and _has(root, "netcheck"):
        from netcheck.sources.site_yaml import read_site  # 8 ms that a bare NSG does without

        folder = Path() if path == "-" else Path(path).parent
        site = read_site(document, root, collector, folder, tags)
    elif nsgs:
        site = read_bare_nsgs(document, nsgs, collector, tags)
    else:
        collector.add(_wrong_kind(document, root))
    if collector.has_errors:
        raise InputError(collector)
    return site


def read_document(path: str, collector: Collector) -> tuple[Document, Node]:
    """Read a YAML or JSON file into nodes; raise InputError when it is neither."""
    document = Document(path, read_text(path))
    if looks_like_json(document.text):
        return document, parse_json(document, collector)
    if document.text.lstrip().startswith("<"):
        place = Scalar("", True, document.text.index("<"), document.text.index("<") + 1)
        collector.add(document.fault(place, "NC108", "this looks like XML, not like a site", _EXPECTED))
        raise InputError(collector)
    from netcheck.sources._yaml import parse_yaml  # 10 ms that JSON does without

    return document, parse_yaml(document, collector)


def _site_path(path: str) -> str:
    if path != "-" and Path(path).is_dir():
        inside = Path(path) / SITE_FILE
        if not inside.is_file():
            _refuse(path, "NC100", f"folder `{path}` holds no `{SITE_FILE}`", "name the site file itself")
        return str(inside)
    return path


def _refuse(path: str, code: str, message: str, advice: str) -> None:
    found = Diagnostic(code=code, severity=Severity.ERROR, message=message, at=Source(path), help=advice)
    raise InputError([found])


def _has(node: Mapping, *names: str) -> bool:
    return any(key(name.text) in names for name, _ in node.entries)


def _wrong_kind(document: Document, root: Node) -> Diagnostic:
    looks, advice = _guess(root)
    if isinstance(root, Scalar) and root.is_null:
        return Diagnostic(
            code="NC101",
            severity=Severity.ERROR,
            message=f"`{document.file}` says nothing",
            at=Source(document.file),
            help=_EXPECTED,
        )
    return document.fault(root, "NC108", looks, advice)


def _guess(root: Node) -> tuple[str, str]:
    """Say what a file that is no site looks like, and what to do with it."""
    if isinstance(root, Scalar):
        return "this is plain text, not a site", _EXPECTED
    if isinstance(root, Sequence):
        first = root.items[0] if root.items else root
        if isinstance(first, Mapping) and _has(first, "access") and _has(first, "direction"):
            return (
                "this looks like a list of security rules without their NSG",
                "export the NSG itself: `az network nsg show`",
            )
        return "this is a list, but not of network security groups", _EXPECTED
    if _has(root, "values") and _has(root, "changenumber"):
        return (
            "this looks like a service-tag file, not like a site",
            "give it with `--tags`, or name it under `serviceTags`",
        )
    if _has(root, "planned_values", "format_version"):
        return "this looks like a Terraform plan, which netcheck cannot read", _EXPECTED
    if _has(root, "$schema") and _has(root, "resources", "contentversion"):
        return "this looks like an ARM template, which netcheck cannot read", _EXPECTED
    if _has(root, *_SITE_KEYS):
        return "this looks like a site file without its first line", "begin the file with `netcheck: 1`"
    if _has(root, "value", "effectivesecurityrules"):
        return "this looks like an Azure export, but not of network security groups", _EXPECTED
    return "this is not a site file", _EXPECTED
