"""Room for new rules: where no number is free, the rules in the way move on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import netcheck as nc
from netcheck.errors import PlanError
from netcheck.model.address import ApplicationSecurityGroup
from netcheck.model.rules import NsgRule
from netcheck.model.site import Site
from netcheck.remedy.priorities import make_room
from tests.unit.remedy.test_opening import IN, OUT, group, rule


def room(*rules: NsgRule, before: int = 100, count: int = 1) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the numbers for new rules, and the moves as pairs of old and new numbers."""
    numbers, moves = make_room(group(*rules), OUT, before, count)
    assert all(move.rule == replace(move.replaces, priority=move.rule.priority) for move in moves)
    return numbers, [(move.replaces.priority, move.rule.priority) for move in moves]


@pytest.mark.parametrize(
    ("taken", "before", "count", "expected"),
    [
        ((100,), 100, 1, ([100], [(100, 101)])),
        ((100,), 100, 3, ([100, 101, 102], [(100, 103)])),
        ((100, 101, 102), 100, 1, ([100], [(102, 103), (101, 102), (100, 101)])),
        ((100, 110), 100, 2, ([100, 101], [(100, 102)])),
        ((100, 102, 103), 100, 2, ([100, 101], [(103, 104), (102, 103), (100, 102)])),
        ((100, 102), 102, 2, ([101, 102], [(102, 103)])),
        ((100, 4000), 4000, 1, ([200], [])),
    ],
)
def test_rules_move_on_as_little_as_they_must(
    taken: tuple[int, ...], before: int, count: int, expected: tuple[list[int], list[tuple[int, int]]]
) -> None:
    """The last one moves first, the order of all is kept, and nobody moves where numbers are free."""
    assert room(*map(rule, taken), before=before, count=count) == expected


def test_rules_of_the_other_direction_stay() -> None:
    """Numbers are unique within one direction."""
    assert room(rule(100), rule(101, direction=IN)) == ([100], [(100, 101)])


def test_what_cannot_be_written_anew_does_not_move() -> None:
    """A rule that names a group is not moved: nobody knows the resource ID that a command would need."""
    with pytest.raises(PlanError, match="NC402"):
        room(replace(rule(100), sources=(ApplicationSecurityGroup("asg"),)))
    with pytest.raises(PlanError) as raised:
        room(rule(100, name="no name"))
    assert (raised.value.code, "`no name` is not moved on: its name" in raised.value.help) == ("NC402", True)


TEMPLATE = """{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {"why": {"type": "string"}},
  "resources": [{
    "type": "Microsoft.Network/networkSecurityGroups", "apiVersion": "2024-05-01", "name": "nsg", "location": "westus",
    "properties": {"securityRules": [{"name": "deny", "properties": {
      "priority": 100, "direction": "Outbound", "access": "Deny", "protocol": "*",
      "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*",
      "description": "%s"
    }}]}
  }]
}"""


@pytest.mark.parametrize("description", ["mine", "[mine", ""])
def test_a_rule_keeps_its_description_when_it_moves(description: str, tmp_path: Path) -> None:
    """What a template says of a rule is said of it in its new place."""
    file = tmp_path / "template.json"
    file.write_text(TEMPLATE % description)
    [nsg] = nc.load(file).network_security_groups
    _, [move] = make_room(nsg, OUT, 100, 1)
    assert move.rule.description == description


def test_a_description_that_nobody_knows_is_not_written_over(tmp_path: Path) -> None:
    """A rule whose description is an expression without a value is not put anew: it would lose what it has."""
    file = tmp_path / "template.json"
    file.write_text(TEMPLATE % "[parameters('why')]")
    site = nc.load(file)
    for one in (site, nc.load(converted(site, tmp_path))):
        with pytest.raises(PlanError, match="NC402"):
            make_room(one.network_security_groups[0], OUT, 100, 1)


def converted(site: Site, folder: Path) -> Path:
    """Return the file of a site converted to a site file."""
    file = folder / "site.yaml"
    file.write_text(nc.convert(site, output=file))
    return file
