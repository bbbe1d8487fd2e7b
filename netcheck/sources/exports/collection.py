"""`collection.json` of `netcheck collect`: where the files beside it are from, and what Azure did not give.

What could not be read must not look as if there were none: each list that is missing becomes a resource of its own,
`netcheck/notread`, and `netcheck.sources._unread` says what depends on it.
"""

from __future__ import annotations

from netcheck.diagnostics import Severity
from netcheck.model.names import resource_group
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, describe, made_mapping, made_text, shorten
from netcheck.sources._plain import elements, top_fields
from netcheck.sources._resources import COLLECTION, NOT_READ, READ_WHOLE, Association, Opening, Resource
from netcheck.sources.exports.fields import Fault, report, text_at

_MARK = "netcheckcollection"
_VERSION = "1"


def is_collection(root: Node) -> bool:
    """Return whether a file says what a collection holds."""
    return isinstance(root, Mapping) and _MARK in top_fields(root)


def read_collection(document: Document, root: Node, opening: Opening) -> list[Resource | Association]:
    """Return the collection and its lists, read and not read; collect an error where it does not tell them."""
    fields = top_fields(root)
    version = fields[_MARK]
    if not isinstance(version, Scalar) or version.text != _VERSION:
        message = f"this collection is of version {shorten(describe(version))}, and netcheck knows version {_VERSION}"
        report(
            document, [Fault(version, "NC142", message, "collect again, or use the netcheck that wrote it")], opening
        )
        return []
    if "notread" not in fields:
        message = "this collection does not say what could not be read"
        report(document, [Fault(root, "NC142", message, "collect again: `notRead` is missing")], opening)
        return []
    found: list[Resource | Association] = []
    assert isinstance(root, Mapping)
    found.append(Resource(type=COLLECTION, node=root, name=text_at(fields, "cloud")))
    for item in elements(fields.get("read")):
        held = top_fields(item)
        of_type, scope = text_at(held, "type"), text_at(held, "scope")
        if isinstance(item, Mapping) and of_type and scope:
            found.append(Resource(type=READ_WHOLE, node=item, name=of_type, parent=scope))
    faults = [fault for node in elements(fields.get("scopes")) if (fault := _part_of(node)) is not None]
    for item in elements(fields["notread"]):
        held = top_fields(item)
        of_type, scope = text_at(held, "type"), text_at(held, "scope")
        if not of_type or not scope:
            faults.append(Fault(item, "NC142", "an entry of `notRead` needs `type` and `scope`", "collect again"))
            continue
        answer = " ".join(text for name in ("status", "code") if (text := text_at(held, name)) not in ("", "0"))
        entries = [("type", of_type), ("scope", scope), ("answer", answer)]
        node = made_mapping([(name, made_text(text, item)) for name, text in entries], item)
        found.append(Resource(type=NOT_READ, node=node, name=of_type))
    report(document, faults, opening)
    return found


def _part_of(scope: Node) -> Fault | None:
    """Return the note that only one resource group was asked for: what acts from others was not looked for."""
    if not isinstance(scope, Scalar) or resource_group(scope.text) == "":
        return None
    message = f"this collection holds resource group `{shorten(resource_group(scope.text))}` alone"
    advice = "private endpoints, load balancers, admin rules and other things of other groups are not seen"
    return Fault(scope, "NC142", message, advice, Severity.NOTE)
