"""`netcheck client --collect`: what to run on machines for every kind of firewall a site can name, without a site."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import netcheck
from netcheck.model.hosts import HostFirewallKind
from netcheck.remedy.collect import RECIPES, WINDOWS_FIREWALL, Recipe
from tests.unit.cli.shared import run


def test_the_recipes_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each command stands on a line of its own, to be copied, with what the site file says then."""
    outcome = run(capsys, ["client", "--collect"])
    assert (outcome.status, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert [line for line in WINDOWS_FIREWALL if f"    {line}" not in lines] == []
    assert "    nft list ruleset > nftables.ruleset" in lines
    assert "  in the site file: hostFirewall: {kind: windows, export: windows-firewall.json}" in lines


def test_the_recipes_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """One document, with every recipe."""
    found = json.loads(run(capsys, ["client", "--collect", "-o", "json"]).out)
    assert found["format"] == "netcheck/1"
    assert [one["lines"] for one in found["collect"]] == [list(recipe.lines) for recipe in RECIPES]


def test_every_kind_of_firewall_has_a_recipe() -> None:
    """Whatever file a site file can name, there is a line that makes it."""
    keys = [recipe.site_key for recipe in RECIPES]
    kinds = set(HostFirewallKind) - {HostFirewallKind.NONE}
    assert [kind for kind in kinds if not any(f"kind: {kind}, " in one for one in keys)] == []


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda one: one.what)
def test_the_line_of_a_recipe_is_one_of_the_site_format(recipe: Recipe) -> None:
    """What a recipe says of the site file satisfies the format's schema."""
    network = {"name": "v", "addressSpace": ["10.0.0.0/24"], "subnets": [{"name": "s", "addressPrefix": "10.0.0.0/24"}]}
    nic = {"name": "n", "subnet": "v/s", "privateIPAddress": "10.0.0.4"}
    machine = {"name": "m", "networkInterfaces": [nic], **yaml.safe_load(recipe.site_key)}
    site = {"netcheck": 1, "virtualNetworks": [network], "virtualMachines": [machine]}
    schema = json.loads((Path(netcheck.__path__[0]) / "data" / "site.schema.json").read_text(encoding="utf-8"))
    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(site)] == []


def test_without_a_site_there_is_nothing_else_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    """Anything but `--collect` needs a site: wrong usage, as argparse says it."""
    outcome = run(capsys, ["client", "--vm", "app-vm"])
    assert outcome.status == 2
    assert "the following arguments are required: SITE" in outcome.err
