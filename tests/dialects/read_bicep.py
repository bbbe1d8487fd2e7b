"""Bicep files read back: NSGs that exist and rules as their children, with plain values only.

Microsoft Learn, "Bicep file structure", "Data types in Bicep: Strings" (the escapes of single-line strings).
"""

from __future__ import annotations

import re

from tree_sitter import Node

from tests.dialects.meaning import DEPLOYED, Put, Step, rule_from
from tests.dialects.trees import NotIntendedError, parse, split, text_of, without_comments

_NSG = "Microsoft.Network/networkSecurityGroups@2024-05-01"
_RULE = "Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01"
_SYMBOL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPE = re.compile(r"\\(?:([nrt'\\$])|u\{([0-9a-fA-F]{1,6})\})|\\|\$\{|['\n]")
_STRING = re.compile(r"'(?:[^'\\\n]|\\.)*'")
_NAMED = {"n": "\n", "r": "\r", "t": "\t", "'": "'", "\\": "\\", "$": "$"}


class Symbol(str):
    """A name that stands for a resource."""

    __slots__ = ()


Value = object


def read(script: str) -> list[Step]:
    """Return the rules that a file declares, in the order in which they are put."""
    nsgs: dict[str, str] = {}
    rules: dict[str, Put] = {}
    for node in without_comments(parse("bicep", _with_plain_slashes(script))):
        symbol, type_, is_existing, fields = _resource(node)
        assert symbol not in (*nsgs, *rules), symbol
        if is_existing:
            assert (type_, list(fields), rules) == (_NSG, ["name"], {})
            nsgs[symbol] = _text(fields["name"])
            continue
        assert type_ == _RULE
        last = next(reversed(rules), "")
        assert fields.pop("dependsOn", []) == ([last] if last else []), text_of(node)
        assert list(fields) == ["parent", "name", "properties"]
        parent, properties = fields["parent"], fields["properties"]
        assert isinstance(parent, Symbol)
        assert isinstance(properties, dict)
        rules[symbol] = Put(DEPLOYED, rule_from(properties, nsgs[parent], _text(fields["name"])))
    assert set(nsgs.values()) == {put.rule.nsg for put in rules.values()}
    return list(rules.values())


def _with_plain_slashes(script: str) -> str:
    """Return a script in which a string has no slash that the grammar would take for the beginning of a comment.

    tree-sitter-bicep 1.1 finds a comment in the string `'//'`. Where a string does not end as it should, code is what
    gets the escape, and that is an error of syntax.
    """
    lines = script.split("\n")
    return "\n".join(line if line.startswith("//") else _STRING.sub(_escaped_slashes, line) for line in lines)


def _escaped_slashes(string: re.Match[str]) -> str:
    return re.sub("/(?=[/*])", lambda _: "\\u{2f}", string[0])


def _text(value: Value) -> str:
    assert isinstance(value, str), value
    assert not isinstance(value, Symbol), value
    return value


def _resource(node: Node) -> tuple[str, str, bool, dict[str, Value]]:
    assert node.type == "resource_declaration", f"{node.type}: {text_of(node)}"
    is_existing = any(child.type == "existing" for child in node.children)
    word = ["existing"] if is_existing else []
    _, symbol, type_, *_between, body = split(node, "resource", "identifier", "string", *word, "=", "object")
    assert _SYMBOL.fullmatch(text_of(symbol)), text_of(symbol)
    return text_of(symbol), _string(type_), is_existing, _object(body)


def _object(node: Node) -> dict[str, Value]:
    start, *properties, end = node.children
    assert (start.type, end.type) == ("{", "}"), text_of(node)
    found: dict[str, Value] = {}
    for one in properties:
        assert one.type == "object_property", f"{one.type}: {text_of(one)}"
        name, _sign, value = one.children
        assert (name.type, _sign.type) == ("identifier", ":"), text_of(one)
        assert text_of(name) not in found, text_of(node)
        found[text_of(name)] = _value(value)
    return found


def _value(node: Node) -> Value:
    match node.type:
        case "string":
            return _string(node)
        case "number":
            return int(text_of(node))
        case "identifier":
            return Symbol(text_of(node))
        case "object":
            return _object(node)
        case "array":
            return [_value(child) for child in node.children[1:-1]]
        case _:
            raise NotIntendedError(f"{node.type}: {text_of(node)}")


def _string(node: Node) -> str:
    """Return what a single-line string without interpolation stands for."""
    text = text_of(node)
    if any("interpolation" in child.type for child in node.children) or text.startswith("'''"):
        raise NotIntendedError(text)
    return _ESCAPE.sub(_unescaped, text[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    named, number = found.groups()
    if not (named or number):
        raise NotIntendedError(f"{found[0]!r} in a string")
    return _NAMED[named] if named else chr(int(number, 16))
