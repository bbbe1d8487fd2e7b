"""Terraform files read back: resources for rules and one variable, with plain values only.

HashiCorp, "Strings and Templates" and "Resource Blocks"; the attributes are those of `azurerm_network_security_rule`.
"""

from __future__ import annotations

import re

from tree_sitter import Node

from netcheck.remedy.spelled import SpelledRule
from tests.dialects.meaning import ASKED, Put, Removal, Step, rule_from
from tests.dialects.trees import NotIntendedError, only, parse, split, text_of, without_comments

_TYPE = "azurerm_network_security_rule"
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_VARIABLE = 'variable "resource_group_name" {\n  type        = string\n' + (
    '  description = "The resource group of the NSG"\n}'
)
_TAKE_OUT = re.compile(rf'# take out: resource "{_TYPE}" "({_LABEL.pattern})"')
_PUT_BACK = "# apply, then put back:"
_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|\$\$\{|%%\{|\\|\$\{|%\{|["\n]')
_NAMED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}

Value = int | str | list[str]


def read(script: str) -> list[Step]:
    """Return the rules that a file declares, in the order in which they are put."""
    return list(labelled(script).values())


def labelled(script: str) -> dict[str, Put]:
    """Return the rules of a file by the labels of their blocks."""
    found: dict[str, Put] = {}
    has_variable = False
    for block in _blocks(script):
        if text_of(block) == _VARIABLE:
            assert not has_variable
            assert not found
            has_variable = True
        else:
            label, put = _resource(block, next(reversed(found), ""))
            assert label not in found, label
            found[label] = put
    assert has_variable is any(put.group == ASKED for put in found.values())
    return found


def read_undo(undo: str, script: str) -> list[Step]:
    """Return what an undo says: the blocks of the script that go, then those that are put back in their places."""
    done = labelled(script)
    lines = [line for line in undo.splitlines() if line.startswith("#")]
    out = [found[1] for line in lines if (found := _TAKE_OUT.fullmatch(line))]
    has_both = len(lines) > len(out)
    assert lines[len(out) :] == [_PUT_BACK] * has_both, lines
    back: dict[str, Put] = {}
    for block in _blocks(undo):
        label, put = _resource(block, next(reversed(back), ""))
        assert (done[label].rule.nsg, done[label].rule.name) == (put.rule.nsg, put.rule.name)
        back[label] = put
    assert has_both is bool(out and back)
    assert sorted([*out, *back]) == sorted(done)
    gone = [done[label] for label in out]
    return [*(Removal(put.group, put.rule.nsg, put.rule.name) for put in gone), *back.values()]


def _blocks(script: str) -> list[Node]:
    bodies = without_comments(parse("hcl", script))
    assert len(bodies) < 2, script
    return without_comments(bodies[0]) if bodies else []


def _resource(block: Node, last: str) -> tuple[str, Put]:
    assert block.type == "block", text_of(block)
    kind, type_, label, _start, body, _end = split(
        block, "identifier", "string_lit", "string_lit", "block_start", "body", "block_end"
    )
    name = _string(label)
    assert (text_of(kind), _string(type_)) == ("resource", _TYPE)
    assert _LABEL.fullmatch(name), name
    found = dict(_attribute(attribute) for attribute in body.children)
    assert len(found) == len(body.children), text_of(block)
    assert found.pop("depends_on", []) == ([f"{_TYPE}.{last}"] if last else []), text_of(block)
    return name, _put(found)


def _put(found: dict[str, Value]) -> Put:
    group, nsg, name = (str(found.pop(f)) for f in ("resource_group_name", "network_security_group_name", "name"))
    rule: SpelledRule = rule_from({_camel(field): value for field, value in found.items()}, nsg, name)
    return Put(ASKED if group == "var.resource_group_name" else group, rule)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _attribute(node: Node) -> tuple[str, Value]:
    assert node.type == "attribute", text_of(node)
    name, _sign, value = split(node, "identifier", "=", "expression")
    return text_of(name), _value(value)


def _value(node: Node) -> Value:
    kinds = [child.type for child in node.children]
    if kinds == ["variable_expr", "get_attr"]:
        assert re.fullmatch(rf"var\.resource_group_name|{_TYPE}\.{_LABEL.pattern}", text_of(node)), text_of(node)
        return text_of(node)
    inner = only(node, "collection_value", "tuple") if kinds == ["collection_value"] else only(node, "literal_value")
    if inner.type == "tuple":
        items = [_value(child) for child in inner.children if child.type == "expression"]
        assert all(child.type in ("expression", ",", "tuple_start", "tuple_end") for child in inner.children)
        return [str(item) for item in items]
    [literal] = inner.children
    if literal.type == "numeric_lit":
        return int(text_of(literal))
    return _string(literal)


def _string(node: Node) -> str:
    """Return what a quoted template without a template in it stands for."""
    if node.type != "string_lit" or any("interpolation" in child.type for child in node.children):
        raise NotIntendedError(f"{node.type}: {text_of(node)}")
    return _ESCAPE.sub(_unescaped, text_of(node)[1:-1])


def _unescaped(found: re.Match[str]) -> str:
    named, short, long = found.groups()
    if found[0] in ("$${", "%%{"):
        return found[0][1:]
    if not (named or short or long):
        raise NotIntendedError(f"{found[0]!r} in a string")
    return _NAMED[named] if named else chr(int(short or long, 16))
