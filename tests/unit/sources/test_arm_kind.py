"""Which files are ARM templates and parameter files; comments are blanked without moving a character."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from netcheck.diagnostics import Collector
from netcheck.sources._json import parse_json
from netcheck.sources._nodes import Document, Node
from netcheck.sources.arm.kind import blank_comments, is_arm_parameters, is_arm_template, looks_like_arm

TEMPLATE = "https://schema.management.azure.com/schemas/2019-04-01/{}Template.json#"
PARAMETERS = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"


def parsed(value: Any) -> Node:
    return parse_json(Document("f.json", json.dumps(value)), Collector())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1} // end', '{"a": 1}       '),
        ('{/* x\n y */"a": 1}', '{    \n     "a": 1}'),
        ('{"a": "http://x/*y*/"}', '{"a": "http://x/*y*/"}'),
        ('{"a": "\\"//"} //\r\n', '{"a": "\\"//"}   \r\n'),
        ("/* open", "       "),
        ('"open // string', '"open // string'),
    ],
)
def test_comments_become_blanks(text: str, expected: str) -> None:
    """Line ends and the comments that stand inside of strings stay."""
    assert expected == blank_comments(text)


@pytest.mark.parametrize(
    "text", ['"' + '\\"' * 300_000, "/*" * 300_000, "//" * 300_000, '"a" ' * 200_000, "/" * 600_000]
)
def test_hostile_text_is_blanked_in_linear_time(text: str) -> None:
    """No character is looked at again and again."""
    start = time.perf_counter()
    assert len(blank_comments(text)) == len(text)
    assert time.perf_counter() - start < 2


def test_a_head_shows_arm() -> None:
    """A schema near the beginning, behind a comment or not."""
    assert looks_like_arm('// licence\n{"$schema": "https://x/deploymentTemplate.json#"}')
    assert looks_like_arm('{"$schema": "https://x/2019-04-01/deploymentParameters.json#"}')
    assert not looks_like_arm('{"value": []}')
    assert not looks_like_arm("see deploymentTemplate.json")


@pytest.mark.parametrize(
    "scope", ["deployment", "subscriptionDeployment", "managementGroupDeployment", "tenantDeployment"]
)
def test_templates_of_every_scope(scope: str) -> None:
    """The schema of each scope, and a template without schema."""
    assert is_arm_template(parsed({"$schema": TEMPLATE.format(scope)}))
    assert is_arm_template(parsed({"contentVersion": "1.0.0.0", "resources": []}))


@pytest.mark.parametrize(
    "value",
    [
        {"$schema": PARAMETERS, "resources": []},
        {"$schema": "https://x/buildingBlocks.json", "contentVersion": "1", "resources": []},
        {"resources": []},
        [],
        5,
    ],
)
def test_other_files_are_no_templates(value: Any) -> None:
    """Another schema, or none and no version."""
    assert not is_arm_template(parsed(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"$schema": PARAMETERS, "parameters": {}}, True),
        ({"parameters": {"a": {"value": 1}, "b": {"reference": {}}}}, True),
        ({"a": {"value": 1}}, True),
        ({"a": {"value": 1}, "b": {"other": 1}}, False),
        ({"a": {"metadata": 1}}, False),
        ({"value": [{"a": 1}]}, False),
        ({}, False),
        ({"$schema": TEMPLATE.format("deployment"), "parameters": {"a": {"value": 1}}}, False),
        ([], False),
    ],
)
def test_parameter_files(value: Any, expected: bool) -> None:
    """By schema, or since every entry holds a value."""
    assert expected == is_arm_parameters(parsed(value))
