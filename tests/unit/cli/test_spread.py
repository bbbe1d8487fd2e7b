"""Work in several processes comes to the same as work in one."""

import pytest

from netcheck.cli import spread as spreading
from netcheck.cli.spread import spread
from netcheck.errors import QuestionError

COUNT = 23


def _square(number: int) -> tuple[int, int]:
    return number, number * number


def _fussy(number: int) -> int:
    if number == 17:
        raise QuestionError("NC302", "seventeen is no destination", "ask about another one")
    return number


@pytest.fixture(params=[1, 3], ids=["one process", "three"])
def _at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "AFTER", -1.0)
    monkeypatch.setattr(spreading, "_cores", lambda: request.param)


@pytest.mark.usefixtures("_at_once")
def test_results_are_in_order() -> None:
    told: list[int] = []
    assert spread(_square, COUNT, told.append) == [(n, n * n) for n in range(COUNT)]
    assert told == sorted(told)


@pytest.mark.usefixtures("_at_once")
def test_an_error_in_a_part_is_raised() -> None:
    """With its code and its help, as a user has to see it."""
    with pytest.raises(QuestionError) as raised:
        spread(_fussy, COUNT, lambda _: None)
    assert (raised.value.code, raised.value.help) == ("NC302", "ask about another one")
