"""Options of the test run."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`, the only way in which golden files are written."""
    parser.addoption("--update-golden", action="store_true", help="write the golden outputs instead of comparing them")
