"""Options of the test run."""

import os

import pytest
from hypothesis import settings

# A slow machine is no fault of the code: examples are counted, not timed; a failing one prints how to run it again.
settings.register_profile("netcheck", deadline=None, print_blob=True)
settings.load_profile("netcheck")
# What a pipeline asks of all programs would colour the outputs that tests compare.
for name in ("FORCE_COLOR", "NO_COLOR"):
    os.environ.pop(name, None)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`, the only way in which golden files are written."""
    parser.addoption("--update-golden", action="store_true", help="write the golden outputs instead of comparing them")
