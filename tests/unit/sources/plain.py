"""Nodes as Python's own values, as tests compare them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown

Leaf = Callable[[Scalar | Unknown], Any]


def as_text(one: Scalar | Unknown) -> Any:
    """Return the text of a scalar; what is not known becomes `?` and what stands for it."""
    return f"?{one.text}" if isinstance(one, Unknown) else one.text


def as_value(one: Scalar | Unknown) -> Any:
    """Return a scalar as the value that JSON means by it."""
    return json.loads(one.text) if isinstance(one, Scalar) and one.is_plain else as_text(one)


def plain(node: Node, leaf: Leaf = as_text) -> Any:
    """Return a tree of dictionaries and lists, its leaves as `leaf` has them."""
    if isinstance(node, Mapping):
        return {name.text: plain(value, leaf) for name, value in node.entries}
    if isinstance(node, Sequence):
        return [plain(item, leaf) for item in node.items]
    return leaf(node)
