"""Resources of the provider azapi, whose bodies are Azure's REST interface itself.

Semantics: documentation of Azure/azapi, `azapi_resource`: `type` is `<resource type>@<version>`, `body` an object
(since version 2) or JSON text, `parent_id` the resource group or parent resource.
"""

from __future__ import annotations

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.sources._json import looks_like_json, parse_json
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, Unknown, made_mapping, shorten
from netcheck.sources._resources import Resource
from netcheck.sources.terraform.instances import Instance, id_of
from netcheck.sources.terraform.nodes import Faults, field, moved
from netcheck.sources.terraform.references import References

_TYPES_WITHOUT_PARENT = 1


def read_azapi(faults: Faults, references: References, instance: Instance) -> Resource:
    """Return an `azapi_resource`, or the data source of that name, with its body as it stands."""
    body = _with_secret(references, instance) or _body(faults, instance)
    entries: list[tuple[str, Node]] = []
    for name in ("name", "location"):
        value = field(instance.values, name)
        if value is not None:
            entries.append((name, value))
    taken = {name for name, _ in entries}
    entries += [(name.text, value) for name, value in body if name.text.lower() not in taken]
    return Resource(
        type=instance.azure_type,
        node=made_mapping(entries, instance.at),
        name=instance.name,
        id=id_of(instance),
        parent=_parent(references, instance),
        unsure=instance.unsure,
    )


def _with_secret(references: References, instance: Instance) -> list[tuple[Scalar, Node]]:
    """Return a body nobody knows where `sensitive_body` is merged into it: write-only, so that no plan shows it."""
    names = ("sensitive_body", "sensitive_body_version")
    if instance.is_data or not any(
        field(instance.values, name) is not None or references.is_configured(instance, name) for name in names
    ):
        return []
    at = instance.at.start
    name = Scalar("properties", False, at, at + 1)
    reason = "`sensitive_body`, which is merged into it, is not shown"
    return [(name, Unknown(f"{instance.address}.sensitive_body", reason, at, at + 1))]


def _body(faults: Faults, instance: Instance) -> list[tuple[Scalar, Node]]:
    body = field(instance.values, "output" if instance.is_data else "body")
    if isinstance(body, Scalar):
        body = _parsed(faults, body)
    if isinstance(body, Mapping):
        return body.entries
    if isinstance(body, Unknown):
        return [(Scalar("properties", False, body.start, body.end), body)]
    if body is not None:
        faults.error(body, f"`body` of `{shorten(instance.address)}` must be a mapping or JSON text")
    return []


def _parsed(faults: Faults, body: Scalar) -> Node | None:
    """Return what a JSON text holds; all of it stands where the text does."""
    if not body.text.strip():
        return None
    collector = Collector()
    try:
        if looks_like_json(body.text):
            root = parse_json(Document("", body.text), collector)
            if not collector.has_errors:
                return moved(root, body)
    except InputError:
        pass
    faults.error(body, "`body` is not a JSON object", "")
    return None


def _parent(references: References, instance: Instance) -> str:
    """Return the parent of a child resource: the type of a child has a segment for each resource above it."""
    if instance.azure_type.count("/") <= _TYPES_WITHOUT_PARENT:
        return ""
    if isinstance(field(instance.values, "parent_id"), Scalar | Unknown):
        return references.target(instance, "parent_id", instance.azure_type.rpartition("/")[0])
    return instance.parent_id
