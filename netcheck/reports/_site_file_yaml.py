"""Values to YAML that people read: resources in block style, what fits a line in flow style, doubtful texts quoted.

Plain texts are those that every reader of YAML 1.1 and 1.2 takes for the same text: names, addresses, prefixes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from netcheck.reports._site_file_values import Entry, Value

_PLAIN = re.compile(
    r"(?:\.{1,2}/|\.?[A-Za-z_]|/)[A-Za-z0-9_./-]*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?", re.ASCII
)
_SPECIAL = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null", ".inf", ".nan"))


def to_yaml(document: Entry) -> str:
    """Return a document as YAML."""
    return "".join(f"{line}\n" for line in _mapping(document, ""))


def _mapping(entries: Mapping[str, Value], indent: str) -> Iterator[str]:
    for name, value in entries.items():
        if isinstance(value, Mapping) and _is_long(value):
            yield f"{indent}{_scalar(name)}:"
            yield from _mapping(value, indent + "  ")
        elif isinstance(value, Sequence) and not isinstance(value, str) and any(isinstance(v, Mapping) for v in value):
            yield f"{indent}{_scalar(name)}:"
            yield from _items(value, indent + "  ")
        else:
            yield f"{indent}{_scalar(name)}: {_flow(value)}"


def _items(values: Sequence[Value], indent: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, Mapping) and _is_long(value):
            lines = _mapping(value, indent + "  ")
            yield f"{indent}- {next(lines).lstrip()}"
            yield from lines
        else:
            yield f"{indent}- {_flow(value)}"


def _is_long(value: Value) -> bool:
    """Whether a mapping holds a list of mappings, at whatever depth: then it does not fit a line."""
    if not isinstance(value, Mapping):
        return False
    return any(
        _is_long(one) or (isinstance(one, list) and any(isinstance(item, Mapping) for item in one))
        for one in value.values()
    )


def _flow(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _scalar(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(name)}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return str(value)


def _scalar(text: str) -> str:
    """Return a text as itself where nobody could read it otherwise, else in double quotes, as JSON escapes it."""
    if _PLAIN.fullmatch(text) and text.lower() not in _SPECIAL:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())
