"""The browser, and where its pictures are."""

from __future__ import annotations

import pytest

from tests.real_browser.browser import Browser, folder, missing, screens


@pytest.fixture(scope="session")
def browser() -> Browser:
    """Return the browser; where none can be driven the tests are skipped, with the reason."""
    why = missing()
    if why:
        pytest.skip(why)
    screens().mkdir(parents=True, exist_ok=True)
    return Browser((folder() / "ready").read_text(encoding="utf-8").strip(), screens())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the pictures of the pages are."""
    if screens().is_dir():
        terminalreporter.write_line(f"pictures of the pages: {screens()}")
