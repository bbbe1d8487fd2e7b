"""What exports of Azure have in common: fields in any letter case, resource IDs, pages, values that were cut off.

Shapes: Microsoft Learn, "Azure REST API reference" (`value`, `nextLink`), "How to query Azure resources using the Azure
CLI" (fields without the level `properties`), "ConvertTo-Json" (`-Depth` is 2 unless given).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import NamedTuple, TypeVar

from netcheck.diagnostics import Severity
from netcheck.model.names import key
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, is_absent, shorten
from netcheck.sources._plain import elements, top_fields
from netcheck.sources._resources import Opening

T = TypeVar("T")
Fields = dict[str, Node]

_MOST_FAULTS = 20
_PROVIDER = re.compile("/providers/", re.IGNORECASE)
_CUT_MARKS = ('"@{', '"System.', '"Microsoft.Azure.Commands.')
_CUT = (
    r'"([^"\\]*)"[ \t\r\n]*:[ \t\r\n]*(?:\[[ \t\r\n]*)?'
    r'"(@\{\w+=|System\.Collections\.|System\.Object|Microsoft\.Azure\.Commands\.)'
)


def fields_of(node: Mapping) -> Fields:
    """Return the values of a resource by folded key; what stands under `properties` counts as if it stood outside."""
    found: Fields = {}
    inner: Mapping | None = None
    pairs = iter(node.children)
    for name, value in zip(pairs, pairs, strict=True):
        assert isinstance(name, Scalar)
        folded = key(name.text)
        if folded == "properties" and isinstance(value, Mapping):
            inner = value
        found.setdefault(folded, value)
    if inner is not None:
        for name, value in inner.entries:
            found.setdefault(key(name.text), value)
    return found


def text_at(fields: Fields, *names: str) -> str:
    """Return the first of some fields that is a text, or ""."""
    for name in names:
        node = fields.get(name)
        if isinstance(node, Scalar) and not is_absent(node):
            return node.text
    return ""


def node_at(fields: Fields, *names: str) -> Node | None:
    """Return the first of some fields that is set, or None; null, `""` and `[]` mean "not set"."""
    for name in names:
        node = fields.get(name)
        if node is not None and not is_absent(node):
            return node
    return None


def list_at(fields: Fields, *names: str) -> tuple[Node, ...]:
    """Return the elements of the first field that is set; one value counts as a list of it."""
    return elements(node_at(fields, *names))


def items_of(root: Node) -> tuple[Node, ...]:
    """Return the elements of a list or of a page of one; anything else counts as a list of it."""
    return elements(top_fields(root).get("value", root))


def reference_id(node: Node | None) -> str:
    """Return the resource ID that `{id: ...}` or a plain text holds, or ""."""
    if isinstance(node, Scalar):
        return "" if is_absent(node) else node.text
    return text_at(top_fields(node), "id")


def type_in(identity: str) -> str:
    """Return the type a resource ID names, in small letters: what alternates with names behind the last provider."""
    parts = _behind_provider(identity)
    return key("/".join((parts[0], *parts[1::2]))) if parts else ""


def parent_of(identity: str) -> str:
    """Return the ID of the resource that a child's ID names before the child's own type and name, or ""."""
    parts = _behind_provider(identity)
    if (
        len(parts) < 5 or not parts[-3]
    ):  # Network Watcher leaves the NSG out: `networkSecurityGroups//defaultSecurityRules/`
        return ""
    child = f"/{parts[-2]}/{parts[-1]}"
    return (identity if identity.endswith(child) else identity.rstrip("/"))[: -len(child)]


def _behind_provider(identity: str) -> list[str]:
    """Return the parts of an ID behind its last provider: the namespace, then types and names in turn; or nothing."""
    found = _PROVIDER.split(f"/{identity}")
    parts = found[-1].split("/") if len(found) > 1 else []
    if len(parts) % 2 == 0 and parts and not parts[-1]:
        parts.pop()
    return parts if len(parts) > 2 and len(parts) % 2 and "." in parts[0] else []


def stem_of(document: Document) -> str:
    """Return the name of a file without folders and ending; `-` stays."""
    return PurePath(document.file.replace("\\", "/")).stem or document.file


class Fault(NamedTuple):
    """What is wrong with one element of a list."""

    node: Node
    code: str
    message: str
    advice: str = ""
    severity: Severity = Severity.ERROR


def without_faults(document: Document, read: Iterable[T | Fault], opening: Opening) -> list[T]:
    """Return what the elements of one list were read into; collect the faults of the others, when all are read."""
    found: list[T] = []
    faults: list[Fault] = []
    for one in read:
        if isinstance(one, Fault):
            faults.append(one)
        else:
            found.append(one)
    report(document, faults, opening)
    return found


def report(document: Document, faults: list[Fault], opening: Opening) -> None:
    """Collect faults of the elements of one list; of a list that is wrong as a whole, the first ones and their number.

    Each diagnostic keeps its line, and a list printed on one line may have half a million elements.
    """
    shown = faults[:_MOST_FAULTS]
    if len(faults) > _MOST_FAULTS:
        node, code, *_, severity = faults[_MOST_FAULTS]
        shown.append(Fault(node, code, f"{len(faults) - _MOST_FAULTS} more like this from here on", "", severity))
    for node, code, message, advice, severity in shown:
        opening.collector.add(document.fault(node, code, message, advice, severity=severity))


def is_complete(document: Document, fields: Fields, opening: Opening) -> bool:
    """Return whether a reply is the last page; collect an error where it says that more follow."""
    link = node_at(fields, "nextlink", "@odata.nextlink", "odata.nextlink")
    if link is None:
        return True
    advice = "export all pages into one list, as `az ... list` does, and give that"
    opening.collector.add(document.fault(link, "NC167", "the export is one page of several: `nextLink` is set", advice))
    return False


def is_cut_off(document: Document, opening: Opening) -> bool:
    """Return whether PowerShell replaced values by the names of their types; collect an error for the first one.

    `ConvertTo-Json` writes `System.Object[]`, a class name or `@{Id=...}` where a value lies deeper than `-Depth`.
    """
    if not any(mark in document.text for mark in _CUT_MARKS):
        return False
    cuts = [found for found in re.finditer(_CUT, document.text) if not _is_prose(found[1])]
    if not cuts:
        return False
    first = cuts[0]
    place = Scalar("", False, first.start() + document.base, first.start() + document.base + len(first[1]) + 2)
    more = f", and {len(cuts) - 1} more value{'s' if len(cuts) > 2 else ''}" if len(cuts) > 1 else ""
    message = f"`{shorten(first[1])}` was cut off by ConvertTo-Json{more}"
    opening.collector.add(document.fault(place, "NC168", message, "export again with `ConvertTo-Json -Depth 10`"))
    return True


def _is_prose(name: str) -> bool:
    return key(name) == "description" or key(name).endswith("text")
