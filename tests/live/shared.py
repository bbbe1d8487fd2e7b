"""What the tests of `collect` share: a filled service, the command, the digest of what it wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from tests.live.estate import Json, azures_part, load, resources
from tests.real_az.server import SUBSCRIPTION, Arm
from tests.unit.cli.shared import ROOT, Outcome, run

READING = re.compile(r"/(effectiveNetworkSecurityGroups|effectiveRouteTable)$")


def fill(arm: Arm, held: Json) -> None:
    """Put resources into the service, parents first."""
    for path in sorted(held, key=lambda one: one.count("/")):
        arm.store.put(path, held[path])


def azure_site(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, Json]:
    """Return a fixture as far as Azure could hold it: as a site file, and as resources."""
    spelled = folder / "spelled.yaml"
    spelled.write_text(run(capsys, ["convert", str(ROOT / "fixtures" / name)]).out, encoding="utf-8")
    site = azures_part(load(spelled))
    file = folder / "azures.yaml"
    file.write_text(yaml.safe_dump(site), encoding="utf-8")
    return file, resources(site)


def collect(capsys: pytest.CaptureFixture[str], arm: Arm, folder: Path, *more: str) -> Outcome:
    """Run the command against the service."""
    words = ["collect", "--subscription", SUBSCRIPTION, "--endpoint", arm.url, "--output", str(folder), *more]
    return run(capsys, words)


def digest(capsys: pytest.CaptureFixture[str], site: Path) -> str:
    """Return the digest of a site."""
    outcome = run(capsys, ["convert", str(site), "-o", "digest"])
    assert outcome.out.startswith("sha256:"), outcome.err
    return outcome.out


def texts(folder: Path) -> dict[str, str]:
    """Return the files of a folder by name."""
    files: Iterable[Path] = sorted(one for one in folder.rglob("*") if one.is_file())
    return {one.relative_to(folder).as_posix(): one.read_text(encoding="utf-8") for one in files}
