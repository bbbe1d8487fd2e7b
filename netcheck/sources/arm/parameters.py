"""The values that parameter files give to a template.

Format: Microsoft Learn, "Create Resource Manager parameter file". Values are taken literally: a parameter file has no
expressions. A reference to a key vault is a value that nobody but Azure sees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from netcheck.model.names import key
from netcheck.sources._nodes import Document, Mapping, Node, Scalar, describe, shorten
from netcheck.sources.arm.run import Run
from netcheck.sources.arm.values import unknown


def read_parameters(
    run: Run, files: Sequence[tuple[Document, Node]]
) -> tuple[dict[str, Callable[[], Node]], dict[str, Node]]:
    """Return the values by the names of their parameters in small letters, and where each one is named.

    Of two files that give the same parameter the later one counts, as for `az deployment group create`.
    """
    values: dict[str, Callable[[], Node]] = {}
    places: dict[str, Node] = {}
    for _, root in files:
        for name, entry in _entries(run, root):
            found = _value(run, name, entry)
            values[key(name.text)] = _constant(found)
            places[name.text] = name
    return values, places


def _constant(node: Node) -> Callable[[], Node]:
    return lambda: node


def _entries(run: Run, root: Node) -> list[tuple[Scalar, Node]]:
    if not isinstance(root, Mapping):
        run.report(root, "NC186", f"a parameter file must be a mapping, not {describe(root)}")
        return []
    inner = run.field(root, "parameters")
    if inner is None and run.field(root, "$schema") is None:
        return root.entries
    if not isinstance(inner, Mapping):
        run.report(inner or root, "NC186", "a parameter file must have a mapping `parameters`")
        return []
    return inner.entries


def _value(run: Run, name: Scalar, entry: Node) -> Node:
    if isinstance(entry, Mapping):
        found = run.field(entry, "value")
        if found is not None:
            return found
        for word, reason in (("reference", "comes from a key vault"), ("expression", "is computed when deployed")):
            node = run.field(entry, word)
            if node is not None:
                return unknown(f"parameters('{name.text}')", f"parameter `{shorten(name.text)}` {reason}", name)
    advice = 'write `{"value": ...}`'
    run.report(entry, "NC186", f"parameter `{shorten(name.text)}` has neither a `value` nor a `reference`", advice)
    return unknown(f"parameters('{name.text}')", "its value cannot be read", name)
