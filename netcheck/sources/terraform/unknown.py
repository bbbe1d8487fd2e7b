"""What a plan says is known only after it was applied, laid over what it does know.

Semantics: Terraform documentation, "JSON Output Format": `after_unknown` has the structure of `after`, with `true` for
each value that is not known; in `after` and in `planned_values` such a value is left out, or null inside a list.
"""

from __future__ import annotations

from netcheck.sources._nodes import Mapping, Node, Sequence, made_unknown
from netcheck.sources.terraform.nodes import is_same, is_true

_AFTER_APPLY = "it is known only after the plan is applied"
_LONGEST_PART = 200


def with_unknown(values: Mapping, marks: Node | None, address: str) -> Mapping:
    """Return a resource's values, with an `Unknown` for each one that the marks say is not known.

    The `Unknown` is called after the resource and the field, and stands where the plan says that it is not known.
    """
    if marks is None:
        return values
    laid = _laid(values, marks, _part(address, values))
    return laid if isinstance(laid, Mapping) else values


def all_unknown(values: Mapping, names: set[str], address: str, reason: str) -> Mapping:
    """Return a resource's values, with an `Unknown` for each field whose name is among `names`."""
    path = _part(address, values)
    children: list[Node] = []
    for name, value in values.entries:
        if name.text in names:
            value = made_unknown(f"{path}.{_part(name.text, name)}", reason, name)
        children += (name, value)
    return Mapping(tuple(children), values.start)


def differing(before: Mapping, after: Mapping) -> set[str]:
    """Return the names of the fields in which the second version of a resource differs from the first."""
    old = {name.text: value for name, value in before.entries}
    return {name.text for name, value in after.entries if not is_same(old.get(name.text), value)}


def _laid(value: Node | None, marks: Node, path: str) -> Node | None:
    if is_true(marks):
        return made_unknown(path, _AFTER_APPLY, marks)
    if isinstance(marks, Mapping) and (value is None or isinstance(value, Mapping)):
        return _laid_mapping(value, marks, path)
    if isinstance(marks, Sequence) and marks.items:
        return _laid_list(value, marks, path)
    return value


def _laid_mapping(value: Mapping | None, marks: Mapping, path: str) -> Node | None:
    left = {name.text: (name, mark) for name, mark in marks.entries}
    children: list[Node] = []
    for name, inner in value.entries if value is not None else ():
        found = left.pop(name.text, None)
        laid = inner if found is None else _laid(inner, found[1], f"{path}.{_part(name.text, name)}")
        children += (name, inner if laid is None else laid)
    for name, mark in left.values():
        laid = _laid(None, mark, f"{path}.{_part(name.text, name)}")
        if laid is not None:
            children += (name, laid)
    if value is None and not children:
        return None
    return Mapping(tuple(children), marks.start if value is None else value.start)


def _laid_list(value: Node | None, marks: Sequence, path: str) -> Node | None:
    if isinstance(value, Sequence) and len(value.items) == len(marks.items):
        pairs = enumerate(zip(value.items, marks.items, strict=True))
        laid = [_laid(item, mark, f"{path}[{index}]") or item for index, (item, mark) in pairs]
        return Sequence(tuple(laid), value.start)
    if _has_mark(marks):  # elements that cannot be told apart: none of them is known
        return made_unknown(path, _AFTER_APPLY, marks)
    return value


def _has_mark(marks: Node) -> bool:
    if isinstance(marks, Mapping):
        return any(_has_mark(mark) for _, mark in marks.entries)
    if isinstance(marks, Sequence):
        return any(_has_mark(mark) for mark in marks.items)
    return is_true(marks)


def _part(text: str, at: Node) -> str:
    """Return a part of a path; one of absurd length is named by its place, so that paths stay short."""
    return text if len(text) <= _LONGEST_PART else f"{text[:_LONGEST_PART]}~{at.start}"
