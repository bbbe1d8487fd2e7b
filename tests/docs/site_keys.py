"""The keys of the site file as Markdown, generated from its JSON Schema."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from netcheck.cli.package_data import read_data

_EVERYWHERE = {"uncertain", "properties"}
"""Keys that mean the same on every resource; the page says so once."""


def key_tables() -> Iterator[str]:
    """Yield a heading and a table for the file and for each kind of mapping in it, in the order of their first use."""
    schema = json.loads(read_data("site.schema.json"))
    kinds, waiting, seen = schema["$defs"], [("site file", schema)], set[str]()
    while waiting:
        name, kind = waiting.pop(0)
        yield f"### {name}\n\n"
        if kind is not schema and kind.get("description"):
            yield f"{kind['description']}\n\n"
        yield "| key | means |\n|---|---|\n"
        for key, value in _told(kind):
            used = [one for one in dict.fromkeys(_kinds(value)) if _keys(kinds[one])]
            waiting += [(one, kinds[one]) for one in used if one not in seen]
            seen |= set(used)
            yield f"| `{key}` | {_words(key, value, used, kinds)} |\n"
        yield "\n" if waiting else ""


def _told(kind: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the keys that are evaluated: not those that are taken and passed over."""
    for key, value in _keys(kind).items():
        if key not in _EVERYWHERE and isinstance(value, dict) and (value.get("description") or list(_kinds(value))):
            yield key, value


def _keys(kind: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the keys of a mapping, also of one that may stand for a word; none for what is a reference."""
    return kind.get("properties") or next((one["properties"] for one in _ways(kind) if one.get("required")), {})


def _ways(kind: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in kind.get("anyOf", ()) if "properties" in one)


def _kinds(value: object) -> Iterator[str]:
    """Yield the definitions that a value refers to."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2]
        for one in value.values():
            yield from _kinds(one)
    elif isinstance(value, list):
        for one in value:
            yield from _kinds(one)


def _words(key: str, value: Mapping[str, Any], used: list[str], kinds: Mapping[str, Any]) -> str:
    text = value.get("description") or next((kinds[one].get("description", "") for one in used), "")
    links = ", ".join(f"[{one}](#{one.lower()})" for one in used)
    words = text.replace(" (letter case aside)", "").replace("|", "\\|")
    return f"{words or f'Its {key}.'} {links}".strip()
