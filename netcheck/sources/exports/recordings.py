"""Replies of Azure inside of something else: examples of the REST documentation, recordings, lists with a source.

One reply is read as the file it could have been. A recording of several requests shows a network at several moments, of
which none is the one a question is about, and is refused.
"""

from __future__ import annotations

from collections.abc import Callable

from netcheck.diagnostics import Severity
from netcheck.model.names import key
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Sequence, describe, shorten
from netcheck.sources._plain import top_fields
from netcheck.sources._resources import Association, Opening, Resource
from netcheck.sources.exports.effective_nsg import is_effective_nsg, read_effective_nsg
from netcheck.sources.exports.effective_routes import is_effective_routes, read_effective_routes
from netcheck.sources.exports.fields import Fault, Fields, node_at, report, text_at
from netcheck.sources.exports.resource_graph import is_resource_graph, read_resource_graph
from netcheck.sources.exports.resources import is_arm_exports, read_arm_exports

Found = list[Resource | Association]

_READERS: tuple[tuple[Callable[[Node], bool], Callable[[Document, Node, Opening], Found]], ...] = (
    (is_effective_nsg, read_effective_nsg),
    (is_effective_routes, read_effective_routes),
    (is_resource_graph, read_resource_graph),
    (is_arm_exports, read_arm_exports),
)
_REQUEST_LISTS = ("transcript", "verdicts", "interactions", "entries")
_REQUEST_FIELDS = frozenset(("request", "response", "requesturi", "responsebody", "uri", "url"))
_TEMPLATE_FIELDS = frozenset(
    (
        "$schema",
        "contentversion",
        "parameters",
        "variables",
        "outputs",
        "format_version",
        "terraform_version",
        "lineage",
    )
)
_OWN_FIELDS = frozenset(("id", "type", "properties"))
_WRAPPER_FIELDS = frozenset(("resources", "source", "note"))
_ADVICE = "give what Azure says today: `az network nsg list`, `az network nic list-effective-nsg`, one file for each"


def is_recordings(root: Node) -> bool:
    """Return whether a file holds replies inside of something else: an example, a recording, a list with a source."""
    fields = top_fields(root)
    if "responses" in fields and "parameters" in fields:
        return isinstance(fields["responses"], Mapping)
    return bool(_requests(fields)) or _is_reply(fields) or _is_wrapper(fields)


def read_recordings(document: Document, root: Node, opening: Opening) -> list[Resource | Association]:
    """Return what the one reply says; several replies, or one that is no export, are an error."""
    fields = top_fields(root)
    if "responses" in fields and "parameters" in fields:
        return _read_example(document, fields, opening)
    if _is_wrapper(fields):
        return _read_wrapper(document, root, opening)
    if _is_reply(fields):
        return _read_reply(document, root, opening)
    requests = _requests(fields)
    if len(requests) == 1:
        return _read_reply(document, requests[0], opening)
    message = f"this is a recording of {len(requests)} requests, which show the network at several moments"
    opening.collector.add(document.fault(root, "NC198", message, _ADVICE))
    return []


def _requests(fields: Fields) -> tuple[Node, ...]:
    """Return the recorded requests of a file, whatever the list of them is called."""
    if "log" in fields and "entries" in top_fields(fields["log"]):  # a browser's recording (HAR)
        fields = top_fields(fields["log"])
    found: list[Node] = []
    for name in _REQUEST_LISTS:
        node = fields.get(name)
        if isinstance(node, Sequence) and node.items and all(_is_request(item) for item in node.items):
            found += node.items
    return tuple(found)


def _is_request(node: Node) -> bool:
    return bool(top_fields(node).keys() & _REQUEST_FIELDS)


def _is_reply(fields: Fields) -> bool:
    """Whether a mapping is one recorded reply: a status and a body."""
    return "body" in fields and bool(fields.keys() & {"status_code", "statuscode", "status"})


def _is_wrapper(fields: Fields) -> bool:
    """Whether a mapping is a list of resources with words around it, and no template, plan or resource of its own.

    A VM lists its extensions as `resources`.
    """
    resources = fields.get("resources")
    if not isinstance(resources, Sequence) or fields.keys() & (_TEMPLATE_FIELDS | _OWN_FIELDS):
        return False
    return bool(resources.items) and is_arm_exports(resources)


def _read_wrapper(document: Document, root: Node, opening: Opening) -> Found:
    assert isinstance(root, Mapping)
    advice = "what it says is not part of the answer"
    faults = [
        Fault(name, "NC199", f"`{shorten(name.text)}` beside `resources` is not read", advice, Severity.WARNING)
        for name, _ in root.entries
        if key(name.text) not in _WRAPPER_FIELDS
    ]
    report(document, faults, opening)
    return read_arm_exports(document, top_fields(root)["resources"], opening)


def _read_example(document: Document, fields: Fields, opening: Opening) -> Found:
    """Read the reply of status 200 of an example of the REST documentation."""
    responses = fields["responses"]
    body = node_at(top_fields(top_fields(responses).get("200")), "body")
    if body is None:
        message = "this example of the REST documentation has no reply of status 200 with a body"
        opening.collector.add(document.fault(responses, "NC198", message, _ADVICE))
        return []
    return _read_body(document, body, opening)


def _read_reply(document: Document, reply: Node, opening: Opening) -> Found:
    """Read a recorded reply, unless it says that the request failed or is not done."""
    fields = top_fields(reply)
    answer = top_fields(fields.get("response"))
    status = _status(fields) or _status(answer)
    if status not in ("", "200"):
        message = f"this recorded reply has status {shorten(status)}, not 200"
        opening.collector.add(document.fault(reply, "NC198", message, _ADVICE))
        return []
    body = node_at(answer, "body") or node_at(fields, "body", "response")
    if body is None:
        opening.collector.add(document.fault(reply, "NC198", "this recorded request has no reply", _ADVICE))
        return []
    inner = top_fields(body)
    if inner.keys() == {"data"} and isinstance(inner["data"], Mapping):  # as Cloud Custodian's tests keep it
        body = inner["data"]
    return _read_body(document, body, opening)


def _status(fields: Fields) -> str:
    """Return the status of a reply, which some recorders print as `{code: 200, message: OK}`."""
    for name in ("status_code", "statuscode", "status"):
        text = text_at(fields, name) or text_at(top_fields(fields.get(name)), "code")
        if text:
            return text
    return ""


def _read_body(document: Document, body: Node, opening: Opening) -> Found:
    for is_kind, read in _READERS:
        if is_kind(body):
            return read(document, body, opening)
    what = "a text" if isinstance(body, Scalar) else describe(body)
    message = f"the reply is {what}, in which netcheck finds no network resource"
    opening.collector.add(document.fault(body, "NC198", message, _ADVICE))
    return []
