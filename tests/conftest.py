"""Options of the test run."""

import pytest
from hypothesis import settings

# A slow machine is no fault of the code: examples are counted, not timed; a failing one prints how to run it again.
settings.register_profile("netcheck", deadline=None, print_blob=True)
settings.load_profile("netcheck")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`, the only way in which golden files are written."""
    parser.addoption("--update-golden", action="store_true", help="write the golden outputs instead of comparing them")
