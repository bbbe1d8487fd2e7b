"""The namespaces, made once for all tests of the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real_hosts.namespaces import Machines, machines, missing


@pytest.fixture(scope="session")
def host() -> Iterator[Machines]:
    """Return the machines; where none can be made the tests are skipped, with the reason."""
    why = missing()
    if why:
        pytest.skip(why)
    with machines() as made:
        yield made
