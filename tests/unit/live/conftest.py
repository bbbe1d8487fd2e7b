"""What tests of downloads share: no proxy of the machine that runs them, a server on the loopback address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.live.download_server import Served, serving


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("NETCHECK_ARM_TOKEN", raising=False)


@pytest.fixture
def server() -> Iterator[Served]:
    """A server with no answers yet."""
    with serving() as served:
        yield served
