"""A report stays small and quick: 300 VMs in less than 3 MB, and in less than 5 seconds of work."""

import resource
import subprocess
import sys
from pathlib import Path

from tests.bench.backed_up import write_estate
from tests.unit.cli.shared import ROOT

_RUN = "import sys; from netcheck.cli.main import console; sys.argv[0] = 'netcheck'; console()"


def test_the_report_of_300_vms(tmp_path: Path) -> None:
    """Start, loading, judging, proving every plan, writing: as one command, in time of its own, whatever else runs."""
    site, page = write_estate(tmp_path / "estate.json"), tmp_path / "report.html"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [sys.executable, "-c", _RUN, "report", str(site), "-o", str(page), "-q"]
    done = subprocess.run(words, cwd=ROOT, check=False, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert page.stat().st_size < 3_000_000
    assert after.ru_utime - before.ru_utime < 5
