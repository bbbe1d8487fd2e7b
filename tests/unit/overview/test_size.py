"""A report stays small and quick: 300 VMs in less than 3 MB, and in less than 5 seconds of work."""

import time
from pathlib import Path

import pytest

from tests.unit.cli.shared import run
from tests.unit.overview.shared import write_estate


def test_the_report_of_300_vms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Loading, judging, proving every plan and writing the page; time is that of this process, whatever else runs."""
    site, page = write_estate(tmp_path, 300), tmp_path / "report.html"
    begin = time.process_time()
    outcome = run(capsys, ["report", str(site), "-o", str(page), "-q"])
    taken = time.process_time() - begin
    assert (outcome.status, outcome.out, outcome.err) == (1, "", "")
    assert page.stat().st_size < 3_000_000
    assert taken < 5
