"""Values of template expressions: nodes, their kinds, what of them is not known, and when two are the same.

A text may hold `{subscription}` or `{resourceGroup}` in the place of what is known only when the template is deployed.
Such a text is symbolic: ids made of it match one another, and whatever else would depend on it is not known.
Kinds: Microsoft Learn, "Data types in ARM templates".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown, end_of, made_unknown, shorten

SUBSCRIPTION, RESOURCE_GROUP = "{subscription}", "{resourceGroup}"
MANAGEMENT_GROUP = "{managementGroup}"
NOT_GIVEN = "the subscription and resource group are not given"
_SYMBOL = re.compile(r"\{(?:subscription|resourcegroup|managementgroup)\}", re.IGNORECASE)
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"-?[0-9][0-9.eE+\-]*\Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_LONGEST_BODY = 400


def kind_of(node: Node) -> str:
    """Return the kind of a value: string, int, float, bool, null, array, object or unknown."""
    if isinstance(node, Unknown):
        return "unknown"
    if isinstance(node, Sequence):
        return "array"
    if isinstance(node, Mapping):
        return "object"
    if not node.is_plain:
        return "string"
    if node.text in ("true", "false"):
        return "bool"
    if node.is_null:
        return "null"
    if _INTEGER.match(node.text):
        return "int"
    return "float" if _NUMBER.match(node.text) else "string"


def is_symbolic(text: str) -> bool:
    """Return whether a text holds the name of a subscription or resource group that is not given."""
    return "{" in text and _SYMBOL.search(text) is not None


def is_given(node: Node) -> bool:
    """Return whether a name is a text that does not depend on what is not known."""
    return isinstance(node, Scalar) and kind_of(node) == "string" and not is_symbolic(node.text)


def given_parts(text: str) -> str:
    """Return a symbolic text with a mark, which no text holds, in the place of what is not given."""
    return _SYMBOL.sub("\0", text)


def is_in_range(number: int) -> bool:
    """Return whether a whole number is one of 64 bits, as ARM's are."""
    return _LOWEST <= number <= _HIGHEST


def to_number(value: int, at: Node) -> Scalar:
    """Return a whole number that stands at `at`."""
    return Scalar(str(value), True, at.start, end_of(at))


def to_boolean(value: bool, at: Node) -> Scalar:
    """Return true or false that stands at `at`."""
    return Scalar("true" if value else "false", True, at.start, end_of(at))


def to_null(at: Node) -> Scalar:
    """Return null that stands at `at`."""
    return Scalar("null", True, at.start, end_of(at))


def to_array(items: Iterable[Node], at: Node) -> Sequence:
    """Return an array that stands at `at`."""
    return Sequence(tuple(items), at.start)


def unknown(body: str, reason: str, at: Node) -> Unknown:
    """Return a value that is not known; `body` is what it would be computed from."""
    if len(body) > _LONGEST_BODY:
        body = f"{body[:80]}…#{_digest(body)}"
    return made_unknown(f"{{{body}}}", reason, at)


def unknown_text(text: str, reason: str, at: Node) -> Unknown:
    """Return a text of which parts, in braces, are not known."""
    if len(text) > 10 * _LONGEST_BODY:
        text = f"{text[:80]}{{…#{_digest(text)}}}"
    return made_unknown(text, reason, at)


def placed(node: Node, at: Node) -> Node:
    """Return a value as it stands at `at`; arrays and objects keep their places."""
    if isinstance(node, Scalar):
        return Scalar(node.text, node.is_plain, at.start, end_of(at))
    if isinstance(node, Unknown):
        return Unknown(node.text, node.reason, at.start, end_of(at))
    return node


def shown(node: Node) -> str:
    """Return a value as it is spelled in the text of an unknown one, the same for the same value."""
    if isinstance(node, Unknown):
        return node.text[1:-1] if _is_one_group(node.text) else f'"{node.text}"'
    if isinstance(node, Scalar):
        return node.text if kind_of(node) != "string" else "'" + node.text.replace("'", "''") + "'"
    text = to_json(node)
    return text if len(text) <= 2 * _LONGEST_BODY else f"{shorten(text)}#{_digest(text)}"


def shown_key(node: Node) -> str:
    """Return a property or index as it is spelled behind a value."""
    if isinstance(node, Scalar) and _NAME.match(node.text) and kind_of(node) == "string":
        return f".{node.text}"
    return f"[{shown(node)}]"


def _digest(text: str) -> str:
    import hashlib  # few templates hold texts this long

    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_one_group(text: str) -> bool:
    if not (text.startswith("{") and text.endswith("}")):
        return False
    depth = 0
    for found in re.finditer(r"[{}]", text):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return found.end() == len(text)
    return False


def first_unknown(nodes: Iterable[Node]) -> Unknown | None:
    """Return the first part, at any depth, that is not known."""
    for node in nodes:
        if isinstance(node, Unknown):
            return node
        inner = node.children if isinstance(node, Mapping) else node.items if isinstance(node, Sequence) else ()
        found = first_unknown(inner)
        if found is not None:
            return found
    return None


def to_json(node: Node) -> str:
    """Return a value as JSON without blanks, as the function `string` prints it; the unknown stands in braces."""
    if isinstance(node, Sequence):
        return f"[{','.join(to_json(item) for item in node.items)}]"
    if isinstance(node, Mapping):
        return "{" + ",".join(f"{_json_text(name.text)}:{to_json(value)}" for name, value in node.entries) + "}"
    if isinstance(node, Unknown) or kind_of(node) != "string":
        return node.text
    return _json_text(node.text)


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def is_same(one: Node, other: Node) -> bool | None:
    """Return whether two values are equal, or None where that depends on what is not known.

    Texts are compared with their letter case: Microsoft Learn, "Comparison functions for ARM templates", `equals`.
    """
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return True if isinstance(one, Unknown) and isinstance(other, Unknown) and one.text == other.text else None
    if isinstance(one, Scalar) and isinstance(other, Scalar):
        return _is_same_scalar(one, other)
    if isinstance(one, Sequence) and isinstance(other, Sequence):
        return _are_same(one.items, other.items) if len(one.items) == len(other.items) else False
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return _is_same_object(one, other)
    return False


def _is_same_scalar(one: Scalar, other: Scalar) -> bool | None:
    kinds = {kind_of(one), kind_of(other)}
    if kinds == {"int", "float"} or kinds == {"float"}:
        return True if one.text == other.text else None
    if len(kinds) > 1:
        return False
    if one.text == other.text:
        return True
    return None if kinds == {"string"} and (is_symbolic(one.text) or is_symbolic(other.text)) else False


def _is_same_object(one: Mapping, other: Mapping) -> bool | None:
    first = {name.text: value for name, value in one.entries}
    second = {name.text: value for name, value in other.entries}
    if set(first) != set(second):
        folded = set(map(key, first)) == set(map(key, second))
        return None if folded and len(first) == len(second) else False
    return _are_same(first.values(), (second[name] for name in first))


def _are_same(ones: Iterable[Node], others: Iterable[Node]) -> bool | None:
    result: bool | None = True
    for one, other in zip(ones, others, strict=True):
        found = is_same(one, other)
        if found is False:
            return False
        result = result if found else None
    return result
