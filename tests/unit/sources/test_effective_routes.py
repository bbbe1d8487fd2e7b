"""Effective routes are one resource; prefixes and next hops are lists in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sources.exported import kinds, read

ROUTE: dict[str, Any] = {
    "source": "User",
    "state": "Active",
    "addressPrefix": ["0.0.0.0/0"],
    "nextHopType": "VirtualAppliance",
    "nextHopIpAddress": ["10.0.0.4"],
}


@pytest.mark.parametrize(
    "content",
    [
        {"value": [ROUTE]},
        {"value": [ROUTE], "nextLink": None},
        [ROUTE],
        ROUTE,
        [{**ROUTE, "addressPrefix": "0.0.0.0/0", "nextHopIpAddress": "10.0.0.4", "AddressPrefixText": "[]"}],
    ],
)
def test_every_spelling_is_one_resource(content: object) -> None:
    """REST wraps the list, PowerShell prints one value as itself and lists a second time as text."""
    assert kinds(content)[0] == "effective_routes"
    found = read("effective_routes", content, "routes/nic1.json")
    assert [(one.type, one.name) for one in found.resources] == [("netcheck/effectiveroutes", "nic1")]
    assert found.nodes == [{"name": "nic1", "value": [ROUTE]}]


def test_capital_keys_become_rest_spelling_where_lists_are_made() -> None:
    """PowerShell capitalises; the two list fields have one spelling, the others any."""
    content = {"AddressPrefix": "10.0.0.0/8", "NextHopType": "None", "State": "Active", "NextHopIpAddress": None}
    expected = {"addressPrefix": ["10.0.0.0/8"], "NextHopType": "None", "State": "Active", "nextHopIpAddress": []}
    assert [[expected]] == [node["value"] for node in read("effective_routes", [content]).nodes]


def test_a_route_that_lost_is_kept() -> None:
    """`state: Invalid` is for whoever uses the routes to leave out, not for the reader."""
    found = read("effective_routes", [ROUTE, {**ROUTE, "state": "Invalid"}])
    assert [route["state"] for route in found.nodes[0]["value"]] == ["Active", "Invalid"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"addressPrefix": ["::/0"], "nextHopType": "None", "state": "Active"},\n7]', "f.json:2:1 error NC197"),
        (
            '[{"addressPrefix": ["::/0"], "nextHopType": "None", "state": "Active"},\n'
            '{"addressPrefix": [], "nextHopType": "None", "state": "Active"}]',
            "f.json:2:1 error NC197",
        ),
        (
            '{"value": [{"addressPrefix": ["::/0"], "nextHopType": "None", "state": "Active"}],\n"nextLink": "x"}',
            "f.json:2:13 error NC167",
        ),
        (
            '[{"AddressPrefix": "::/0", "NextHopType": "None", "State": "A",\n"NextHopIpAddress": "System.Object[]"}]',
            "f.json:2:1 error NC168",
        ),
    ],
)
def test_a_route_that_is_not_whole_is_an_error(text: str, expected: str) -> None:
    """Without prefix, next hop or state a route says nothing, and one less route is another path."""
    assert kinds(text)[0] == "effective_routes"
    assert [expected] == read("effective_routes", text).faults


def test_routes_of_a_route_table_are_not_effective() -> None:
    """They have no state: whether they win depends on the others."""
    assert kinds([{"name": "r", "addressPrefix": "0.0.0.0/0", "nextHopType": "None"}]) == ["arm_exports"]
