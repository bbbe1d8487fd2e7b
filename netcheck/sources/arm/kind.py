"""Which files are ARM templates and parameter files, and the comments that ARM's JSON may hold.

Kept apart from the reader itself, so that a file of another kind does not pay for it. Formats: Microsoft Learn,
"Understand the structure and syntax of ARM templates" (schemas of the four scopes, comments) and "Create Resource
Manager parameter file".
"""

from __future__ import annotations

import re

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence
from netcheck.sources._plain import top_fields

_HEAD = 20_000
_TEMPLATE_SCHEMA = re.compile(r"deploymenttemplate\.json#?\Z", re.IGNORECASE)
_PARAMETER_SCHEMA = re.compile(r"deploymentparameters\.json#?\Z", re.IGNORECASE)
_ARM_HEAD = re.compile(r"deployment(?:template|parameters)\.json", re.IGNORECASE)
_START = re.compile(r"\s*(?:\{|//|/\*)")
# A string or a comment that does not end takes the rest of the text with it: no character is looked at twice.
_STRING_OR_COMMENT = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|//[^\r\n]*|/\*.*?(?:\*/|\Z)',
    re.DOTALL,
)
_NOT_LINE_END = re.compile(r"[^\r\n]")
_PARAMETER_KEYS = frozenset(("value", "reference", "metadata"))


def looks_like_arm(text: str) -> bool:
    """Return whether a text may be an ARM template or parameter file, by its beginning; comments are not understood."""
    return _START.match(text) is not None and _ARM_HEAD.search(text, 0, _HEAD) is not None


def blank_comments(text: str) -> str:
    """Return JSON with its `//` and `/* */` comments replaced by blanks: every other character keeps its place."""
    return _STRING_OR_COMMENT.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith('"') else _NOT_LINE_END.sub(" ", found[0])


def is_arm_template(root: Node) -> bool:
    """Return whether a file is an ARM template of any scope: by its schema, or by its parts where it names none."""
    if not isinstance(root, Mapping):
        return False
    entries = top_fields(root)
    schema = entries.get("$schema")
    if isinstance(schema, Scalar) and schema.text:
        return _TEMPLATE_SCHEMA.search(schema.text.strip()) is not None
    return "contentversion" in entries and isinstance(entries.get("resources"), Sequence | Mapping)


def is_arm_parameters(root: Node) -> bool:
    """Return whether a file gives parameters: by its schema, or since it is `{name: {"value": ...}}` throughout."""
    if not isinstance(root, Mapping):
        return False
    entries = top_fields(root)
    schema = entries.get("$schema")
    if isinstance(schema, Scalar) and schema.text:
        return _PARAMETER_SCHEMA.search(schema.text.strip()) is not None
    inner = entries.get("parameters")
    if isinstance(inner, Mapping) and set(entries) <= {"parameters", "contentversion"}:
        return _gives_values(inner)
    return _gives_values(root)


def _gives_values(node: Mapping) -> bool:
    return bool(node.children) and all(_gives_value(value) for _, value in node.entries)


def _gives_value(node: Node) -> bool:
    if not isinstance(node, Mapping):
        return False
    names = {key(name.text) for name, _ in node.entries}
    return names <= _PARAMETER_KEYS and bool(names & {"value", "reference"})
