"""PowerShell scripts as pipelines of commands with named parameters; anything else in them is refused.

Microsoft Learn, "about_Quoting_Rules" and "about_Parsing"; PowerShell/PowerShell, tokenizer.cs (`ScanStringLiteral`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node

from tests.dialects.trees import NotIntendedError, only, parse, text_of, without_comments

_SINGLE = "'\u2018\u2019\u201a\u201b"
_PLAIN_TOKEN = re.compile(r"[A-Za-z]+|\*")
_EXPANDED = '$`"\u201c\u201d\u201e'
GUARD = 'if (-not $env:RESOURCE_GROUP) { throw "set RESOURCE_GROUP to the resource group of the NSG" }'
VARIABLE = "$env:RESOURCE_GROUP"

Value = str | list[str]


@dataclass(frozen=True, slots=True)
class Command:
    """One command; a switch has the value `on`, a list is a list, and the variable stands as it is written."""

    name: str
    parameters: dict[str, Value]

    def text(self, parameter: str) -> str:
        """Return a parameter that is one text."""
        value = self.parameters[parameter]
        assert isinstance(value, str), value
        return value

    def texts(self, parameter: str) -> tuple[str, ...]:
        """Return a parameter that may be a list."""
        value = self.parameters[parameter]
        return (value,) if isinstance(value, str) else tuple(value)


def pipelines(script: str) -> tuple[bool, list[list[Command]]]:
    """Return whether the script stops without the variable, and its pipelines in order."""
    statements = [
        statement for part in without_comments(parse("powershell", script)) for statement in _statements(part)
    ]
    is_guarded = bool(statements) and statements[0].type == "if_statement"
    if is_guarded and text_of(statements[0]) != GUARD:
        raise NotIntendedError(text_of(statements[0]))
    return is_guarded, [_pipeline(statement) for statement in statements[is_guarded:]]


def _statements(part: Node) -> list[Node]:
    if part.type != "statement_list":
        raise NotIntendedError(f"{part.type}: {text_of(part)}")
    return without_comments(part)


def _pipeline(statement: Node) -> list[Command]:
    if statement.type != "pipeline":
        raise NotIntendedError(f"{statement.type}: {text_of(statement)}")
    chain = only(statement, "pipeline_chain")
    kinds = [child.type for child in chain.children]
    if kinds != (["command", "|"] * len(kinds))[: len(kinds)] or len(kinds) % 2 == 0:
        raise NotIntendedError(text_of(statement))
    return [_command(child) for child in chain.children[::2]]


def _command(node: Node) -> Command:
    name, *rest = node.children
    assert name.type == "command_name", text_of(node)
    elements = rest[0].children if rest else []
    assert [part.type for part in rest] == ["command_elements"] * bool(rest), text_of(node)
    found: dict[str, Value] = {}
    parameter = ""
    for element in elements:
        if element.type == "command_argument_sep":
            assert text_of(element) == " ", text_of(node)
        elif element.type == "command_parameter":
            parameter = text_of(element)
            assert parameter not in found, f"{parameter} twice in {text_of(node)}"
            found[parameter] = "on"
        else:
            assert found.get(parameter) == "on", f"a value without a parameter in {text_of(node)}"
            found[parameter] = _value(element)
            parameter = ""
    return Command(text_of(name), found)


def _value(node: Node) -> Value:
    if node.type == "generic_token" and _PLAIN_TOKEN.fullmatch(text_of(node)):
        return text_of(node)
    if node.type != "array_literal_expression":
        raise NotIntendedError(f"{node.type}: {text_of(node)}")
    items = [child for child in node.children if child.type != ","]
    found = [_item(item) for item in items]
    return found[0] if len(found) == 1 else found


def _item(node: Node) -> str:
    assert node.type == "unary_expression", f"{node.type}: {text_of(node)}"
    [inner] = node.children
    text = text_of(inner)
    if inner.type == "integer_literal" and re.fullmatch("[1-9][0-9]*", text):
        return text
    if inner.type == "variable" and text == VARIABLE:
        return text
    if inner.type != "string_literal":
        raise NotIntendedError(f"{inner.type}: {text}")
    return _single_quoted(text) if text[0] == "'" else _double_quoted(text)


def _single_quoted(text: str) -> str:
    """Take two single quotes of any kind for one; one alone would end the string."""
    inner, found, at = text[1:-1], "", 0
    while at < len(inner):
        if inner[at] in _SINGLE:
            at += 1
            if inner[at : at + 1] not in tuple(_SINGLE):
                raise NotIntendedError(f"the string ends inside {text}")
        found += inner[at]
        at += 1
    return found


def _double_quoted(text: str) -> str:
    """Refuse what is expanded, and every kind of double quote that would end the string."""
    assert text[0] == text[-1] == '"', text
    if set(text[1:-1]) & set(_EXPANDED):
        raise NotIntendedError(f"something is expanded in {text}")
    return text[1:-1]
