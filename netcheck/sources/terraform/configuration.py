"""The configuration that a Terraform plan carries: resource blocks, module calls, outputs, found by their names.

Semantics: Terraform documentation, "JSON Output Format", configuration representation. Modules stand there once,
without the keys of their instances.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from netcheck.sources._nodes import Mapping, Node, Sequence
from netcheck.sources.terraform.instances import block_of
from netcheck.sources.terraform.nodes import EMPTY, field, items

Path = tuple[str | tuple[int, int], ...]
"""Where a value stands: names of fields, and for an element of a list its index and how many there are."""
_CALL = re.compile(r'(?:\A|\.)module\.([^\W\d][\w-]*)(\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\])?')


@dataclass(frozen=True, slots=True)
class Block:
    """A resource block or module call, and the module instance whose names its expressions use."""

    node: Mapping
    module: str

    @property
    def expressions(self) -> Mapping:
        """What it sets."""
        found = field(self.node, "expressions")
        return found if isinstance(found, Mapping) else EMPTY


class Configuration:
    """The blocks of all modules; empty when the file has no configuration."""

    def __init__(self, node: Mapping | None) -> None:
        self._modules: dict[tuple[str, ...], Mapping] = {}
        self._calls: dict[tuple[str, ...], Mapping] = {}
        self._resources: dict[tuple[tuple[str, ...], str, str, str], Mapping] = {}
        root = field(node, "root_module") if node is not None else None
        self.is_empty = not isinstance(root, Mapping)
        waiting: list[tuple[tuple[str, ...], Node | None]] = [((), root)]
        while waiting:
            path, module = waiting.pop()
            if isinstance(module, Mapping):
                waiting += self._take(path, module)

    def _take(self, path: tuple[str, ...], module: Mapping) -> list[tuple[tuple[str, ...], Node | None]]:
        self._modules[path] = module
        for resource in items(field(module, "resources")):
            if isinstance(resource, Mapping):
                self._resources[path, *block_of(resource)] = resource
        calls = field(module, "module_calls")
        found: list[tuple[tuple[str, ...], Node | None]] = []
        for name, call in calls.entries if isinstance(calls, Mapping) else ():
            if isinstance(call, Mapping):
                self._calls[(*path, name.text)] = call
                found.append(((*path, name.text), field(call, "module")))
        return found

    def resource(self, module: str, mode: str, kind: str, label: str) -> Block | None:
        """Return a resource block, for one instance of the module it stands in."""
        found = self._resources.get((_path(module), mode, kind, label))
        return Block(found, module) if found is not None else None

    def call(self, module: str) -> Block | None:
        """Return the call that makes a module instance; its expressions use the names of the calling module."""
        path = _path(module)
        found = self._calls.get(path)
        if found is None:
            return None
        last = [match.start() for match in _CALL.finditer(module)][-1]
        return Block(found, module[:last])

    def output(self, module: str, name: str) -> Node | None:
        """Return the expression of an output of a module."""
        inside = self._modules.get(_path(module))
        outputs = field(inside, "outputs") if inside is not None else None
        found = field(outputs, name) if isinstance(outputs, Mapping) else None
        return field(found, "expression") if isinstance(found, Mapping) else None


def _path(module: str) -> tuple[str, ...]:
    return tuple(match[1] for match in _CALL.finditer(module))


def expression_at(expressions: Mapping, path: Path) -> Node | None:
    """Return the expression of a value, or None where the plan does not show it.

    Blocks can be told apart only when there are as many as elements: a `dynamic` block is not shown, and makes more.
    The expression of an attribute that is a list of objects is shown as one, so only a single element can be told.
    """
    found: Node | None = expressions
    for part in path:
        if isinstance(found, Mapping) and found is not expressions and field(found, "references") is not None:
            return found if all(inner[1] == 1 for inner in path if isinstance(inner, tuple)) else None
        if isinstance(part, str):
            found = field(found, part) if isinstance(found, Mapping) else None
        elif isinstance(found, Sequence):
            found = found.items[part[0]] if len(found.items) == part[1] else None
        elif part[1] != 1:
            return None
    return found
