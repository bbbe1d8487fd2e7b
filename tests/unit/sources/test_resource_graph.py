"""Rows of Resource Graph are resources; an answer that is not whole is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sources.exported import NSG_ID, kinds, read

ROW: dict[str, Any] = {
    "id": NSG_ID.lower(),
    "name": "web",
    "type": "microsoft.network/networksecuritygroups",
    "tenantId": "t",
    "subscriptionId": "1",
    "resourceGroup": "g",
    "properties": {"securityRules": []},
}


@pytest.mark.parametrize(
    "content",
    [
        {"count": 1, "data": [ROW], "skip_token": None, "total_records": 1},
        {"totalRecords": 1, "count": 1, "data": [ROW], "facets": [], "resultTruncated": "false"},
        {"SkipToken": None, "Data": [ROW]},
        {"data": [ROW]},
        [ROW],
    ],
)
def test_rows_are_resources_in_every_wrapper(content: object) -> None:
    """az, REST, PowerShell and the portal put different words around the same rows."""
    assert kinds(content)[0] == "resource_graph"
    found = read("resource_graph", content)
    expected = [("microsoft.network/networksecuritygroups", "web", NSG_ID.lower())]
    assert expected == [(one.type, one.name, one.id) for one in found.resources]
    assert found.faults == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"data": [{"id": "a", "properties": {}}],\n"skip_token": "abc"}', "f.json:2:15 error NC167"),
        ('{"data": [{"id": "a", "properties": {}}],\n"total_records": 2, "count": 1}', "f.json:2:18 error NC167"),
        ('{"data": [{"id": "a", "properties": {}}],\n"count": 2}', "f.json:2:10 error NC167"),
        ('{"data": [{"id": "a", "properties": {}}],\n"resultTruncated": "true"}', "f.json:2:20 error NC167"),
        ('{"data": [{"id": "a", "properties": {}}],\n"resultTruncated": true}', "f.json:2:20 error NC167"),
        ('{"count": 0, "data":\n[]}', "f.json:2:1 error NC169"),
        ('{"count": 1, "data": [\n"x"]}', "f.json:2:1 error NC169"),
        ('{"count": 1, "data":\n{"columns": [], "rows": []}}', "f.json:2:1 error NC168"),
        (
            '{"count": 2, "data": [{"name": "a", "properties": {"securityRules": []}},\n{"name": "b", "type": "x/y"}]}',
            "f.json:2:1 error NC168",
        ),
        (
            '{"count": 1, "data": [{"name": "a", "type": "x/y",\n"properties": "{}"}]}',
            "f.json:2:15 error NC168",
        ),
    ],
)
def test_an_answer_that_lacks_something_is_an_error(text: str, expected: str) -> None:
    """More pages, more records than rows, rows without `properties`, nothing: the network would look smaller."""
    assert kinds(text)[0] == "resource_graph"
    assert [expected] == read("resource_graph", text).faults


def test_projected_rows_are_told_once() -> None:
    """A query leaves a column out of every row or of none."""
    rows = [{key: value for key, value in ROW.items() if key != "properties"}] * 3
    found = read("resource_graph", rows)
    assert [message.partition(" | ")[0] for message in found.messages] == [
        "this row has no `properties`, nor have 2 more: the query left it out"
    ]
    assert found.resources == []
