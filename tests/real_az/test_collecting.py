"""The lines of docs/collect.md for whoever wants no SDK, run by bash with the unmodified Azure CLI."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.blocks import fenced
from tests.docs.pages import TEXTS
from tests.live.shared import azure_site, digest, fill
from tests.real_az.reading import forbidden
from tests.real_az.session import Azure

pytestmark = pytest.mark.real_az
[SCRIPT] = [text for text in fenced(TEXTS["docs/collect.md"], "sh") if "az rest" in text]
FOLDER = "shop"


@pytest.fixture
def served(azure: Azure) -> Azure:
    """The service, empty, and no folder of another test."""
    azure.arm.store.clear()
    azure.arm.reading.faults = []
    shutil.rmtree(azure.folder / FOLDER, ignore_errors=True)
    return azure


@pytest.mark.parametrize("name", ["corner-load-balancer/site-33-client.yaml", "corner-egress/site-51-ways-out.yaml"])
def test_the_lines_collect_the_site(
    name: str, served: Azure, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder has the digest of the site that the service holds."""
    file, held = azure_site(name, tmp_path, capsys)
    fill(served.arm, held)
    ended = served.run(SCRIPT)
    assert (ended.status, ended.err) == (0, "")
    assert digest(capsys, served.folder / FOLDER) == digest(capsys, file)


def test_a_refusal_stops_the_lines(served: Azure, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What may not be read does not become an empty list: whoever runs them sees the 403 and a status."""
    fill(served.arm, azure_site("corner-load-balancer/site-33-client.yaml", tmp_path, capsys)[1])
    served.arm.reading.faults = [forbidden("/networkSecurityGroups$")]
    ended = served.run(SCRIPT)
    assert ended.status != 0
    assert "AuthorizationFailed" in ended.err
    assert not (served.folder / FOLDER / "virtualNetworks.json").exists()
