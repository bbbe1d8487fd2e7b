"""The browser, and where its pictures are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real_browser.browser import Browser, missing, screens, started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the browser; where none can be driven the tests are skipped, with the reason."""
    why = missing()
    if why:
        pytest.skip(why)
    screens().mkdir(parents=True, exist_ok=True)
    with started(screens()) as found:
        yield found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the pictures of the pages are, where this run made some."""
    ran = [one for name in ("passed", "failed") for one in terminalreporter.getreports(name)]
    if any("real_browser" in one.nodeid for one in ran):
        terminalreporter.write_line(f"pictures of the pages: {screens()}")
