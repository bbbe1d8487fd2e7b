"""What kind of file a text is: its content shows it, and what is of no known kind is named as well as can be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from netcheck.diagnostics import Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.model.names import key
from netcheck.sources._json import looks_like_json, parse_json
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Unknown
from netcheck.sources._nodes import Sequence as NodeSequence
from netcheck.sources._resources import Association, Opening, Resource
from netcheck.sources._text import read_text

Found = list[Resource | Association]
TEMPLATE = "ARM template"
PARAMETERS = "parameters"
INTENTS = "intents"


class Given(NamedTuple):
    """What a template is read with: its parameter files, and what tells its unknown values from those of others."""

    parameters: Sequence[tuple[Document, Node]] = ()
    label: str = ""


_EXPECTED = "expected a site file (`netcheck: 1`; `netcheck init` prints one), an export, a template or a plan"
_ARM_HEAD = re.compile(r"deployment(?:Template|Parameters)\.json", re.IGNORECASE)
_HEAD = 20_000
_SITE_KEYS = frozenset(
    ("virtualnetworks", "networksecuritygroups", "virtualmachines", "routetables", "proxyserver", "backup")
)


class Kind(NamedTuple):
    """A kind of file: where its predicate and its reader stand. Each is loaded when a file may need it."""

    name: str
    predicate: str
    reader: str
    is_classic: bool = False


_EXPORT = Kind("export", "exports.resources.is_arm_exports", "exports.resources.read_arm_exports")
# The first whose predicate holds reads the file. The order goes from shapes that name themselves to those that only
# look like something.
_NODE_KINDS = (
    Kind("Terraform", "terraform.reader.is_terraform", "terraform.reader.read_terraform"),
    Kind(TEMPLATE, "arm.kind.is_arm_template", "arm.template.read_arm_template"),
    Kind("collection", "exports.collection.is_collection", "exports.collection.read_collection"),
    Kind("recording", "exports.recordings.is_recordings", "exports.recordings.read_recordings"),
    Kind("Resource Graph", "exports.resource_graph.is_resource_graph", "exports.resource_graph.read_resource_graph"),
    Kind("effective NSGs", "exports.effective_nsg.is_effective_nsg", "exports.effective_nsg.read_effective_nsg"),
    Kind(
        "effective routes",
        "exports.effective_routes.is_effective_routes",
        "exports.effective_routes.read_effective_routes",
    ),
    Kind("classic JSON", "classic.json_files.is_classic_json", "classic.json_files.read_classic_json", True),
    _EXPORT,
)
_CLASSIC_XML = Kind("classic XML", "classic.xml_files.is_classic_xml", "classic.xml_files.read_classic_xml", True)
_CLASSIC_CONSOLE = Kind(
    "classic console", "classic.console.is_classic_console", "classic.console.read_classic_console", True
)
_NSG_TABLE = Kind("table of rules", "tables.nsg_table.is_nsg_table", "tables.nsg_table.read_nsg_table")
_CONSOLE_MARK = r"(?im)^[ \t]*(?:Type:[ \t]*(?:Inbound|Outbound)|Label[ \t]+:)"
_TABLE_MARKS = frozenset(",;\t|")


class Parsed(NamedTuple):
    """One file, its kind known: `site`, `tags`, `parameters` (of a template), else what `read` makes of it."""

    document: Document
    root: Node
    kind: str
    read: Callable[[Given], Found] | None = None
    is_classic: bool = False


def parse_file(path: str, opening: Opening) -> Parsed:
    """Read a file and find out what it is; raise InputError when it is nothing that netcheck reads."""
    shown = text = read_text(path)
    if _ARM_HEAD.search(text, 0, _HEAD) and _call("arm.kind.looks_like_arm")(text):
        blanked = _call("arm.kind.blank_comments")(text)
        if looks_like_json(blanked):  # in YAML `//` is text, also where it begins with a brace
            text = blanked
    document = opening.documents.open(path, text, shown)
    if looks_like_json(text):
        return _of_nodes(document, opening, parse_json)
    for kind in _text_kinds(text):
        if _call(kind.predicate)(text):
            read = partial(_read_text, kind, document, opening)
            root = _start(document)
            return Parsed(document=document, root=root, kind=kind.name, read=read, is_classic=kind.is_classic)
    if text.lstrip().startswith("<"):
        fault = document.fault(_start(document), "NC108", "this looks like XML, not like a site", _EXPECTED)
        opening.collector.add(fault)
        raise InputError(opening.collector)
    from netcheck.sources._yaml import parse_yaml  # 10 ms that JSON does without

    return _of_nodes(document, opening, parse_yaml)


def _text_kinds(text: str) -> Iterator[Kind]:
    """Yield the kinds that a text may be by a glance at it, so that a YAML file loads none of their readers."""
    if text.lstrip().startswith("<"):
        yield _CLASSIC_XML
        return
    if re.search(_CONSOLE_MARK, text):
        yield _CLASSIC_CONSOLE
    head = text.lstrip()[:_HEAD].partition("\n")[0]
    if head.startswith("#TYPE") or _TABLE_MARKS.intersection(head):
        yield _NSG_TABLE


def _start(document: Document) -> Scalar:
    at = document.base + len(document.text) - len(document.text.lstrip())
    return Scalar("", False, at, at + 1)


def _call(place: str) -> Any:  # functions of many types
    module, _, name = place.rpartition(".")
    return getattr(import_module(f"netcheck.sources.{module}"), name)


def _of_nodes(document: Document, opening: Opening, parse: Callable[..., Node]) -> Parsed:
    root = document.root = parse(document, opening.collector)
    own = own_kind(root)
    if own and own != INTENTS:
        return Parsed(document=document, root=root, kind=own)
    for kind in (_EXPORT,) if _is_nsg(root) else _NODE_KINDS:
        if _call(kind.predicate)(root):
            read = partial(_read_nodes, kind, document, root, opening)
            return Parsed(document=document, root=root, kind=kind.name, read=read, is_classic=kind.is_classic)
    if _call("arm.kind.is_arm_parameters")(root):
        return Parsed(document=document, root=root, kind=PARAMETERS)
    opening.collector.add(wrong_kind(document, root))
    raise InputError(opening.collector)


def _is_nsg(root: Node) -> bool:
    """Whether a file is plainly an NSG or a list that begins with one: most are, and load one reader only."""
    if isinstance(root, NodeSequence) and root.items:
        return _is_nsg(root.items[0])
    if not isinstance(root, Mapping):
        return False
    inner = next((value for name, value in root.entries if key(name.text) == "properties"), root)
    return (_has(root, "name") or _has(root, "id")) and isinstance(inner, Mapping) and _has(inner, "securityrules")


def own_kind(root: Node) -> str:
    """Return `site` for a site file, `intents` for an intents file, `tags` for a service-tag file, else ""."""
    if isinstance(root, Mapping):
        if _has(root, "netcheck"):
            return "site"
        if _has(root, "netcheckintents"):
            return INTENTS
        if _has(root, "values") and _has(root, "changenumber"):
            return "tags"
    return ""


def _read_nodes(kind: Kind, document: Document, root: Node, opening: Opening, given: Given) -> Found:
    if kind.name == TEMPLATE:
        return list(_call(kind.reader)(document, root, opening, given.parameters, given.label))
    return list(_call(kind.reader)(document, root, opening))


def _read_text(kind: Kind, document: Document, opening: Opening, _given: Given) -> Found:
    return list(_call(kind.reader)(document, opening))


def _has(node: Mapping, *names: str) -> bool:
    return any(key(name.text) in names for name, _ in node.entries)


def wrong_kind(document: Document, root: Node) -> Diagnostic:
    """Return the diagnostic for a file that is nothing netcheck reads."""
    if isinstance(root, Scalar) and root.is_null:
        message = f"`{document.file}` says nothing"
        at = Source(document.file)
        return Diagnostic(code="NC101", severity=Severity.ERROR, message=message, at=at, help=_EXPECTED)
    looks, advice = _guess(root)
    return document.fault(root, "NC108", looks, advice)


def _guess(root: Node) -> tuple[str, str]:
    """Say what a file that is no site looks like, and what to do with it."""
    if isinstance(root, Scalar | Unknown):
        return "this is plain text, not a site", _EXPECTED
    if own_kind(root) == INTENTS:
        advice = "`netcheck test SITE INTENTS` takes it after the site; keep it out of folders that are one site"
        return "this is an intents file, not a part of a site", advice
    if isinstance(root, NodeSequence):
        return "this is a list, but not of Azure resources", _EXPECTED
    if _has(root, "values") and _has(root, "changenumber"):
        return (
            "this looks like a service-tag file, not like a site",
            "give it with `--tags`, or name it under `serviceTags`",
        )
    if _has(root, *_SITE_KEYS):
        return "this looks like a site file without its first line", "begin the file with `netcheck: 1`"
    if _has(root, "value"):
        return "this looks like an Azure export, but of nothing that netcheck knows", _EXPECTED
    return "this is not a site file", _EXPECTED
