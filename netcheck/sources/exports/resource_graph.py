"""Rows of Azure Resource Graph: `az graph query`, `Search-AzGraph`, the REST interface, the portal's JSON.

Microsoft Learn, "Understanding the Azure Resource Graph query language" (rows of the table `Resources`), "Working with
large Azure resource data sets" (a skip token, or more records than rows: the answer is one page of several).
"""

from __future__ import annotations

from netcheck.sources._nodes import Document, Mapping, Node, Sequence, is_absent, shorten
from netcheck.sources._plain import top_fields
from netcheck.sources._resources import Association, Opening, Resource
from netcheck.sources.exports.elements import is_resource, read_elements, to_resources
from netcheck.sources.exports.fields import Fields, is_cut_off, node_at, text_at

_WRAPPER_FIELDS = frozenset(
    ("count", "total_records", "totalrecords", "skip_token", "$skiptoken", "skiptoken", "resulttruncated", "facets")
)
_PAGE_ADVICE = "ask for all rows: `az graph query --first 1000`, then again with `--skip-token`, all rows in one list"
_ROW_ADVICE = "ask for whole rows: end the query at `where`, or project `id, name, type, properties`"


def is_resource_graph(root: Node) -> bool:
    """Return whether a file holds rows of Resource Graph, with what the tools put around them or without."""
    if isinstance(root, Sequence):
        return bool(root.items) and _is_row(top_fields(root.items[0]))
    fields = top_fields(root)
    rows = fields.get("data")
    if isinstance(rows, Mapping):
        return {"columns", "rows"} <= top_fields(rows).keys()
    if not isinstance(rows, Sequence):
        return False
    return bool(fields.keys() & _WRAPPER_FIELDS) or (bool(rows.items) and is_resource(rows.items[0]))


def read_resource_graph(document: Document, root: Node, opening: Opening) -> list[Resource | Association]:
    """Return the rows as resources; an answer that lacks rows or fields is an error: it says less than Azure knows."""
    fields = top_fields(root)
    rows = fields.get("data", root)
    if is_cut_off(document, opening) or not _is_whole(document, fields, rows, opening):
        return []
    assert isinstance(rows, Sequence)
    projected = [row for row in rows.items if isinstance(row, Mapping) and "properties" not in top_fields(row)]
    if projected:
        more = f", nor have {len(projected) - 1} more" if len(projected) > 1 else ""
        message = f"this row has no `properties`{more}: the query left it out"
        opening.collector.add(document.fault(projected[0], "NC168", message, _ROW_ADVICE))
        return []
    return [*to_resources(document, read_elements(document, rows.items, opening), opening)]


def _is_row(row: Fields) -> bool:
    """Whether a mapping has what a row of the table `Resources` has and other exports have not."""
    return {"tenantid", "subscriptionid", "type"} <= row.keys() and "resourcetype" not in row


def _is_whole(document: Document, fields: Fields, rows: Node, opening: Opening) -> bool:
    if not isinstance(rows, Sequence):
        advice = "ask with `resultFormat: objectArray`, which the tools do by themselves"
        opening.collector.add(document.fault(rows, "NC168", "the rows stand in a table, without their names", advice))
        return False
    if not rows.items:
        advice = "check the query, and the subscriptions it was asked for"
        opening.collector.add(document.fault(rows, "NC169", "the query found no resource", advice))
        return False
    found = _missing_rows(fields, len(rows.items))
    if found is not None:
        at, message = found
        opening.collector.add(document.fault(at, "NC167", message, _PAGE_ADVICE))
    return found is None


def _missing_rows(fields: Fields, rows: int) -> tuple[Node, str] | None:
    """Return where an answer says that it has more rows than the file, and the message; None where all are there."""
    token = node_at(fields, "skip_token", "$skiptoken", "skiptoken")
    if token is not None:
        return token, "the answer is one page of several: a skip token is set"
    truncated = fields.get("resulttruncated")
    if truncated is not None and text_at(fields, "resulttruncated").lower() in ("true", "1"):
        return truncated, "the answer is not whole: `resultTruncated` is true"
    for name in ("count", "total_records", "totalrecords"):
        node = fields.get(name)
        text = text_at(fields, name)
        if node is not None and not is_absent(node) and text != str(rows):
            return node, f"the answer counts `{shorten(text)}` rows, but the file holds {rows}"
    return None
