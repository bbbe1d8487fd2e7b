"""One edit of a file, as a slip of the hand, a tool or a transfer makes it: of its text, or of its JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any

from tests.property.spelling import Files

Path = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\w.*-]+|[^\w\s]')
_STRANGERS = (
    "null", "{}", "[]", '""', "-1", "1e999", "*", "true", "[", "}", '"', "'", "\t", "\x00", "\u2028", "\ufeff", "&a",
    "<<", "*a", "!!python/x", "99999999999999999999", '"[parameters(\'x\')]"', '"[concat("', "0.0.0.0/33", ":::", "%s",
    "<x>", '{"id": "/"}', '{"id": "/subscriptions//x"}', "NaN", "\r", "#", "//", "/*", "|", ",,", "[[[[[[[[",
    '{"a":{"a":{"a":{}}}}',
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, "", [], {}, 0, -1, 1.5, 10**30, True, "x", "*", "[x]", "[parameters('x')]", "[copyIndex()]", [[]], [None],
    {"id": ""}, {"id": None}, {"id": "/"}, ["", ""], {"": ""}, "\x00", "65536", "10.0.0.0/8,10.1.0.0/16", "/", "{",
    "a/b", "Inbound",
)  # fmt: skip


def edited_text(text: str, random: Random) -> str:
    """Return a text with one token deleted, doubled, replaced, moved or put in, or without its end."""
    found = list(_TOKEN.finditer(text))
    if not found or random.random() < 0.1:
        return text[: random.randint(0, len(text))]
    one, other = random.choice(found), random.choice(found)
    start, end, token = one.start(), one.end(), one[0]
    new = random.choice((
        "", token + token, f"{token} {token}", random.choice(_STRANGERS), random.choice(_STRANGERS), other[0], other[0],
        f"{random.choice(_STRANGERS)}{token}", f"{token}{random.choice(_STRANGERS)}", token.swapcase(), token[:-1],
        "null", f"{token}\n", json.dumps(token),
    ))  # fmt: skip
    return text[:start] + new + text[end:]


def edited_json(text: str, random: Random) -> str:
    """Return JSON with one value deleted, doubled, replaced, nulled, wrapped, moved, or beside an unknown key."""
    root = _parsed(text)
    paths = [path for path in paths_of(root) if path]
    if not paths:
        return edited_text(text, random)
    path, other = random.choice(paths), random.choice(paths)
    holder, last = value_at(root, path[:-1]), path[-1]
    value, kind = holder[last], random.randrange(8)
    if kind == 0:
        del holder[last]
    elif kind == 1 and isinstance(holder, list):
        holder.insert(random.randint(0, len(holder)), value)
    elif kind == 2:
        holder[last] = [value]
    elif kind == 3:
        holder[last] = value_at(root, other)  # what JSON writes is a copy
        if path[: len(other)] == other:
            holder[last] = None
    elif kind == 4 and isinstance(holder, dict):
        holder[random.choice(("somethingNew", f"{last}s", str(last)[:-1], "", "properties"))] = random.choice(_VALUES)
    elif kind == 5:
        holder[last] = value[0] if isinstance(value, list) and value else str(value)
    else:
        holder[last] = random.choice(_VALUES)
    return json.dumps(root)


def _parsed(text: str) -> Any:
    """Return the value of JSON between comments, as a template may have them."""
    start = text.find("{") if text.startswith("//") else 0
    root, _ = json.JSONDecoder().raw_decode(text[start:].lstrip())
    return root


def paths_of(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the place of every value in JSON."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in children:
        yield from paths_of(one, (*path, name))


def value_at(root: Any, path: Path) -> Any:
    """Return the value at a place."""
    for name in path:
        root = root[name]
    return root


def edited(files: Files, random: Random) -> Files:
    """Return the files with one edit in one of them."""
    name = random.choice(sorted(files))
    is_json = files[name].lstrip("/").startswith(("{", "[", " made"))
    edit = random.choice((edited_json, edited_json, edited_json, edited_text)) if is_json else edited_text
    return {**files, name: edit(files[name], random)}


def without_one_field(text: str, random: Random) -> tuple[str, str]:
    """Return JSON in which one rule lacks one of its fields, and the name of that field; "" where there is no rule."""
    root = _parsed(text)
    places = [(path, name) for path in paths_of(root) for name in _fields_of(value_at(root, path))]
    if not places:
        return text, ""
    path, name = random.choice(places)
    del value_at(root, path)[name]
    return json.dumps(root), name


def _fields_of(value: Any) -> list[str]:
    """Return the fields of a mapping that holds a rule or its `properties`."""
    if not isinstance(value, dict):
        return []
    known = {name.replace("_", "").lower() for name in value}
    return (
        list(value)
        if {"priority", "direction"} <= known or ("properties" in known and "securityrules" not in str(value).lower())
        else []
    )
