"""What Azure computes for the NICs of named VMs: asked for with the two POSTs that are reads, and with no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.live.estate import GROUP, HOME, identity
from tests.live.shared import azure_site, collect, fill, texts
from tests.real_az.reading import forbidden
from tests.real_az.server import Arm
from tests.unit.cli.shared import ROOT, run

NAME = "computed-rules/site-network.yaml"
NIC = identity("networkInterfaces", "app-nic")
FILES = {"effectiveNetworkSecurityGroups": "rules-same.json", "effectiveRouteTable": "routes-same.json"}
"""What Azure answers about this very network, as `fixtures/computed-rules` has it."""


@pytest.fixture
def computing(arm: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Arm:
    """The service with the network of `fixtures/computed-rules`, and what it computes."""
    fill(arm, azure_site(NAME, tmp_path, capsys)[1])
    for action, file in FILES.items():
        body = json.loads((ROOT / "fixtures" / "computed-rules" / file).read_text(encoding="utf-8"))
        arm.reading.computed[f"{NIC}/{action}"] = _here(body)
    return arm


def _here(body: Any) -> Any:
    """Return what is computed with the IDs of the service."""
    text = json.dumps(body if "value" in body else {"value": body})
    for word in {one for one in text.split('"') if one.startswith("/subscriptions/")}:
        text = text.replace(f'"{word}"', f'"{HOME}/Microsoft.Network{word.split("Microsoft.Network")[1]}"')
    return json.loads(text)


def test_what_is_computed_belongs_to_its_nic(
    computing: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two files that are called as the NIC; the reader takes them for its own rules and routes."""
    outcome = collect(capsys, computing, tmp_path / "out", "--effective", "APP-vm")
    assert (outcome.status, outcome.err) == (0, "")
    assert {"effective-rules/app-nic.json", "effective-routes/app-nic.json"} <= set(texts(tmp_path / "out"))
    posted = [one.path for one in computing.requests if one.method != "GET" and not one.path.endswith("/token")]
    assert posted == [f"{NIC}/{action}" for action in FILES]
    spelled = run(capsys, ["convert", str(tmp_path / "out")]).out
    assert "effectiveSecurityRules:" in spelled or "effectiveNetworkSecurityGroups:" in spelled
    assert "effectiveRoutes:" in spelled


def test_without_being_asked_nothing_is_computed(
    computing: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A POST needs more than the right to read."""
    assert collect(capsys, computing, tmp_path / "out").status == 0
    assert [one for one in texts(tmp_path / "out") if one.startswith("effective")] == []


def test_what_cannot_be_computed_is_said(computing: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A VM that does not run, one that is not there, and a right that is missing: the rest is as it was."""
    del computing.reading.computed[f"{NIC}/effectiveRouteTable"]
    computing.reading.faults = [forbidden("/effectiveNetworkSecurityGroups$")]
    outcome = collect(capsys, computing, tmp_path / "out", "--effective", "app-vm,no-such")
    assert outcome.status == 4
    said = [line.split(": ", 1)[1] for line in outcome.out.splitlines() if line.startswith("NOT READ")]
    assert said == ["403 AuthorizationFailed", "400 NicNotRunning", "NoSuchMachine"]
    answer = run(
        capsys, ["check", str(tmp_path / "out"), "--tags", str(ROOT / "fixtures/tags/ServiceTags_Public_Small.json")]
    )
    assert answer.err.count("warning[NC142]") == 3


def test_two_nics_of_one_name_are_not_mixed_up(
    computing: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of computed routes is known by its name: with two such NICs it would be of nobody knows which."""
    other = NIC.replace(GROUP, "another-group")
    body = computing.store.get(NIC)
    assert body is not None
    computing.store.put(other, {"location": "westus", "properties": {**body["properties"], "virtualMachine": None}})
    outcome = collect(capsys, computing, tmp_path / "out", "--effective", "app-vm")
    assert outcome.status == 4
    assert outcome.out.count("NameNotUnique") == 2
    assert [one for one in texts(tmp_path / "out") if one.startswith("effective")] == []
