"""The engine's own source compiled for a long campaign; apart, because no mutant of it would compile."""

from __future__ import annotations

from shutil import which

import pytest

from tests.campaign.compiled import run_compiled


@pytest.mark.skipif(which("cc") is None, reason="no C compiler `cc`: the campaign cannot be compiled")
def test_the_engine_can_be_compiled_for_a_long_campaign(capfd: pytest.CaptureFixture[str]) -> None:
    """mypyc takes the engine as it stands, and what it makes gives the same decisions."""
    assert run_compiled(["--cases", "2000", "--seed", "1", "--processes", "1"]) == 0
    assert "engine compiled by mypyc" in capfd.readouterr().out
