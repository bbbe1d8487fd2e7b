"""The line on standard error that says how far a command is."""

import io

import pytest

from netcheck.cli.progress import Progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _bar(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, times: list[float], *, quiet: bool = False) -> str:
    """Return what is drawn of counted work that is told of at some times."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(
        "netcheck.cli.progress.time.monotonic", iter([0.0, *(t for t in times for _ in (0, 1))]).__next__
    )
    with Progress(quiet) as progress:
        for number, _ in enumerate(times):
            progress(number, len(times), "ports")
    return stream.getvalue()


def test_a_bar_is_drawn_on_a_terminal_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it stays behind: the line is cleared."""
    drawn = _bar(monkeypatch, _Terminal(), [1.5, 2.5])
    assert "[###############               ]  50% ports" in drawn
    assert drawn.endswith("\r\x1b[K")


def test_no_bar_is_drawn_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where standard error is no terminal, not when asked to be quiet, not for what takes less than a second."""
    assert _bar(monkeypatch, io.StringIO(), [1.5, 2.5]) == ""
    assert _bar(monkeypatch, _Terminal(), [1.5, 2.5], quiet=True) == ""
    assert _bar(monkeypatch, _Terminal(), [0.2, 0.9]) == ""


def test_counted_work_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows may go on in forked processes, which must not inherit a thread's locks."""
    import threading

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", _Terminal())
    before = threading.active_count()
    with Progress() as progress:
        progress.say("reading")
        assert threading.active_count() == before + 1
        progress(0, 10, "ports")
        assert threading.active_count() == before
