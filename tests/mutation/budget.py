"""A pytest plugin that makes the tests cheap enough to run against thousands of mutants.

Property tests draw few examples, always the same ones, and show the first failure as it is. Plain tests run first. A
test that a mutant sends into an endless loop, or that eats up the memory, ends the run.
"""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from types import FrameType

import pytest
from hypothesis import Phase, settings

MOST_EXAMPLES = 50
MOST_SECONDS = 10
"""Of processor time, not of the clock, for one test: other work on the machine turns no survivor into a timeout."""
MOST_MEMORY = 3 << 30
TIMED_OUT = 36
"""The exit status that mutmut reads as a timeout."""
_SETTINGS = "_hypothesis_internal_use_settings"


def pytest_configure() -> None:
    """Set the limits of the process."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, most))
    signal.signal(signal.SIGVTALRM, _give_up)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put plain tests first, and cut down what the others draw."""
    for item in items:
        drawn = getattr(getattr(item, "obj", None), _SETTINGS, None)
        if isinstance(drawn, settings):
            few = settings(
                drawn,
                max_examples=min(MOST_EXAMPLES, drawn.max_examples),
                derandomize=True,
                database=None,
                phases=(Phase.explicit, Phase.generate),
            )
            setattr(getattr(item, "obj", None), _SETTINGS, few)
    items.sort(key=lambda item: (hasattr(getattr(item, "obj", None), _SETTINGS), item.nodeid))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Count the processor time of one test."""
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _give_up(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # the signature of a signal handler
    os._exit(TIMED_OUT)
