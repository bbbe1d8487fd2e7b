"""The examples in the docstrings of the algebra and of the Python interface are true."""

from __future__ import annotations

import doctest
import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

import netcheck.sets

ROOT = Path(__file__).parents[3]
MODULES = ["netcheck.api", *sorted(f"netcheck.sets.{m.name}" for m in pkgutil.iter_modules(netcheck.sets.__path__))]
WITH_EXAMPLES = {"netcheck.api", "netcheck.sets.intervals", "netcheck.sets.packets"}


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_print_what_they_show(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example runs from the root of the repository; the modules that must have examples have some."""
    monkeypatch.chdir(ROOT)
    result = doctest.testmod(import_module(name), raise_on_error=False)
    assert (name, 0) == (name, result.failed)
    assert (result.attempted > 0) or name not in WITH_EXAMPLES
