"""The models of azure-mgmt-network take the NSGs that the scripts make, and give them back the same."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.real_az.refusals import Json
from tests.real_az.rounds import Round
from tests.real_az.session import venv

pytestmark = pytest.mark.real_az


def seen_by_the_models(nsgs: list[Json]) -> list[Any]:
    """Return, for each NSG, what the models do not know in it, and the JSON they give back."""
    done = subprocess.run(
        [venv() / "bin" / "python", Path(__file__).with_name("accept_models.py")],
        input=json.dumps(nsgs),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found: list[Any] = json.loads(done.stdout)
    return found


def test_the_models_take_every_nsg_that_a_script_makes(rounds: list[Round]) -> None:
    """No field is one that the models do not declare, no word one they do not know, and nothing is lost."""
    nsgs = [nsg for r in rounds for nsg in r.after.values()]
    assert [[[], nsg] for nsg in nsgs] == seen_by_the_models(nsgs)


def test_the_models_would_say_what_they_do_not_know(rounds: list[Round]) -> None:
    """A field in the wrong letter case and a word that Azure has not are both told."""
    nsg = json.loads(json.dumps(next(iter(rounds[0].after.values()))))
    nsg["properties"]["securityRules"][0]["properties"] |= {"AccesS": "Allow", "direction": "Sideways"}
    told, _ = seen_by_the_models([nsg])[0]
    where = f"{nsg['name']}.properties.securityRules.properties"
    assert [f"{where}.AccesS is not declared", f"{where}.direction is Sideways"] == sorted(told)
