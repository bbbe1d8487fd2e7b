"""One or more services and sign-ins for all tests of the session, and the rounds that they played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain

import pytest

from tests.real_az.plans import drawn_plans, story_plans
from tests.real_az.rounds import Round, play_all
from tests.real_az.server import serving
from tests.real_az.session import Azure, NotInstalledError, certify, signed_in, venv

SERVICES = 3
"""As many as keep two processors busy: a command waits for the service half of its time."""
DRAWN = 24


@pytest.fixture(scope="session")
def azures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Azure]]:
    """Services on the loopback address, each with the CLI signed in to it; without the CLI the tests are skipped."""
    try:
        venv()
    except NotInstalledError as why:
        pytest.skip(str(why))
    with ExitStack() as stack:
        keys = tmp_path_factory.mktemp("keys")
        certify(keys)
        arms = [stack.enter_context(serving(keys / "server.pem", keys / "server.key")) for _ in range(SERVICES)]
        yield [signed_in(arm, keys / "client.pem", tmp_path_factory.mktemp("azure")) for arm in arms]


@pytest.fixture(scope="session")
def azure(azures: list[Azure]) -> Azure:
    """One of the services."""
    return azures[0]


@pytest.fixture(scope="session")
def rounds(azures: list[Azure]) -> list[Round]:
    """Every plan of the stories and of drawn networks, run twice and undone."""
    return play_all(azures, chain(story_plans(), drawn_plans(DRAWN)))
