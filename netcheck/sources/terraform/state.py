"""A `terraform.tfstate` file itself, which is spelled differently from what `terraform show -json` prints of it.

Its shape is Terraform's own affair ("State: format") and has been version 4 since Terraform 0.12.
"""

from __future__ import annotations

import json

from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, shorten
from netcheck.sources.terraform.instances import Contents, Instance, address_of, block_of
from netcheck.sources.terraform.nodes import Faults, field, text

_DEPOSED = "the state lists it as deposed: the next apply destroys it"


def read_state_file(faults: Faults, root: Mapping) -> Contents:
    """Return what a state file holds."""
    found: list[Instance] = []
    for resource in faults.mappings(root, "resources"):
        if not text(resource, "type") or not text(resource, "name"):
            faults.error(resource, "a resource lacks `type` or `name`")
            continue
        for node in faults.mappings(resource, "instances"):
            instance = _instance(faults, resource, node)
            if instance is not None:
                found.append(instance)
    return Contents(instances=tuple(found))


def _instance(faults: Faults, resource: Mapping, node: Mapping) -> Instance | None:
    module = text(resource, "module")
    mode, kind, label = block_of(resource)
    start = address_of((module, mode, kind, label))
    key = _key(field(node, "index_key"))
    values = faults.mapping(node, "attributes")
    if values is None:
        faults.error(node, f"an instance of `{shorten(start)}` lacks `attributes`")
        return None
    deposed = text(node, "deposed")
    return Instance(
        address=f"{start}{key} (deposed {shorten(deposed)})" if deposed else f"{start}{key}",
        module=module,
        mode=mode,
        type=kind,
        label=label,
        key=key,
        values=_undressed(values) if kind.startswith("azapi_") else values,
        at=node,
        unsure=_DEPOSED if deposed else "",
    )


def _key(node: Node | None) -> str:
    if not isinstance(node, Scalar):
        return ""
    return f"[{node.text}]" if node.is_plain else f"[{json.dumps(node.text, ensure_ascii=False)}]"


def _undressed(values: Mapping) -> Mapping:
    """Return the values, with those of a type that is not fixed (`body` of azapi) out of their `{type, value}`."""
    return Mapping(tuple(_inner(node) for node in values.children), values.start)


def _inner(node: Node) -> Node:
    if isinstance(node, Mapping) and {name.text for name, _ in node.entries} == {"type", "value"}:
        stated, value = field(node, "type"), field(node, "value")
        if value is not None and (isinstance(stated, Sequence) or text(node, "type") == "string"):
            return value
    return node
