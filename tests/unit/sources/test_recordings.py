"""One reply inside of something else is read; a recording of several requests is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sources.exported import NSG_ID, kinds, read

NSG: dict[str, Any] = {"name": "web", "id": NSG_ID, "properties": {"securityRules": []}}
EFFECTIVE = {
    "value": [
        {
            "networkSecurityGroup": {"id": NSG_ID},
            "association": {"subnet": {"id": "s"}},
            "effectiveSecurityRules": [{"name": "securityRules/a"}],
        }
    ]
}
ROUTES = {"value": [{"addressPrefix": ["0.0.0.0/0"], "nextHopType": "Internet", "state": "Active"}]}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (NSG, "microsoft.network/networksecuritygroups"),
        ({"value": [NSG]}, "microsoft.network/networksecuritygroups"),
        (EFFECTIVE, "netcheck/effectivenetworksecuritygroup"),
        (ROUTES, "netcheck/effectiveroutes"),
        ({"count": 1, "data": [NSG]}, "microsoft.network/networksecuritygroups"),
    ],
)
def test_the_reply_of_an_example_is_read_as_the_file_it_could_be(body: object, expected: str) -> None:
    """Examples of the REST documentation hold one reply for each status; the one of status 200 counts."""
    example = {"parameters": {}, "responses": {"200": {"body": body}, "201": {"body": {"x": 1}}, "202": {}}}
    assert kinds(example) == ["recordings"]
    found = read("recordings", example)
    assert [expected] == [one.type for one in found.resources]
    assert found.faults == []


@pytest.mark.parametrize(
    "content",
    [
        {"status_code": 200, "headers": {}, "body": NSG},
        {"status": {"code": 200, "message": "OK"}, "body": {"data": NSG}},
        {"source": {}, "transcript": [{"method": "GET", "uri": "u", "status": 200, "response": {"value": [NSG]}}]},
        {"interactions": [{"request": {}, "response": {"status": {"code": 200}, "body": NSG}}]},
    ],
)
def test_one_recorded_reply_is_read(content: object) -> None:
    """However the recorder wraps it: with one request there is one moment."""
    assert kinds(content) == ["recordings"]
    assert read("recordings", content).nodes == [NSG]


def test_the_body_keeps_its_place() -> None:
    """Diagnostics point into the file, not into the reply."""
    text = '{"status_code": 200, "body":\n [7, {"name": "w", "securityRules": []}]}'
    assert read("recordings", text).faults == ["f.json:2:3 error NC169"]


def test_a_list_of_resources_with_its_source_is_read() -> None:
    """`source` and `note` say where it is from; any other key is reported, for it may be meant to say something."""
    text = '{"source": {}, "note": "",\n "verdict": "fine", "resources": [{"name": "w", "securityRules": []}]}'
    assert kinds(text) == ["recordings"]
    found = read("recordings", text)
    assert found.faults == ["f.json:2:2 warning NC199"]
    assert [one.name for one in found.resources] == ["w"]


REQUEST = {"method": "GET", "uri": "u", "status": 200, "response": NSG}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"transcript": [REQUEST, REQUEST]}, "this is a recording of 2 requests"),
        ({"verdicts": [REQUEST], "transcript": [REQUEST]}, "this is a recording of 2 requests"),
        (
            {"Entries": [{"RequestUri": "u", "ResponseBody": "{}"}] * 3, "Names": {}},
            "this is a recording of 3 requests",
        ),
        ({"log": {"entries": [{"request": {}, "response": {}}] * 4}}, "this is a recording of 4 requests"),
        ({"transcript": [{**REQUEST, "status": 404}]}, "this recorded reply has status 404, not 200"),
        ({"transcript": [{**REQUEST, "response": None}]}, "this recorded request has no reply"),
        ({"transcript": [{**REQUEST, "response": "<NetworkSecurityGroup/>"}]}, "the reply is a text, in which"),
        ({"transcript": [{**REQUEST, "response": {"_text": "<x/>"}}]}, "the reply is a mapping, in which"),
        (
            {"parameters": {}, "responses": {"200": {}, "202": {}}},
            "this example of the REST documentation has no reply",
        ),
        (
            {"parameters": {}, "responses": {"202": {"body": NSG}}},
            "this example of the REST documentation has no reply",
        ),
        ({"parameters": {}, "responses": {"200": {"body": {"access": "Deny"}}}}, "the reply is a mapping, in which"),
    ],
)
def test_what_is_no_state_of_a_network_is_refused(content: object, expected: str) -> None:
    """Several moments, a failure, a reply that is no resource: none of them is the network of a question."""
    assert kinds(content) == ["recordings"]
    found = read("recordings", content)
    assert found.resources == []
    assert [expected] == [message[: len(expected)] for message in found.messages]
    assert [" ".join(fault.split()[1:]) for fault in found.faults] == ["error NC198"]


@pytest.mark.parametrize(
    "content",
    [
        {"$schema": "x", "contentVersion": "1.0.0.0", "resources": [NSG]},
        {"version": 4, "lineage": "x", "resources": [{"type": "azurerm_subnet", "name": "x"}]},
        {"resources": []},
        {"transcript": []},
        {"entries": ["x"]},
    ],
)
def test_templates_and_states_are_left_to_others(content: object) -> None:
    """They list `resources` too, and mean something else."""
    assert "recordings" not in kinds(content)
