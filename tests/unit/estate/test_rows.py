"""Bits, and verdicts of pairs as rows."""

from hypothesis import given
from hypothesis import strategies as st

from netcheck.estate import bits
from netcheck.estate.rows import NOTHING, Row, row_of, together
from netcheck.path.leg import Verdict, combine

SIZE = 40
sets = st.integers(0, (1 << SIZE) - 1)


@given(st.sets(st.integers(0, 3000)))
def test_bits_hold_what_they_are_made_of(positions: set[int]) -> None:
    assert list(bits.each(bits.of(positions, 3001))) == sorted(positions)


def test_a_run_of_bits() -> None:
    assert list(bits.each(bits.run(3, 7))) == [3, 4, 5, 6]
    assert bits.run(5, 5) == 0


@given(sets, sets, sets)
def test_each_destination_has_the_verdict_of_its_packets(reached: int, blocked: int, is_open: int) -> None:
    """As the verdicts about sets of packets are put together everywhere."""
    row = Row(reached, blocked, is_open)
    by_verdict = row.by_verdict()
    for position in range(SIZE):
        kinds = (Verdict.REACHABLE, Verdict.BLOCKED, Verdict.UNDETERMINED)
        verdicts = [v for v, held in zip(kinds, row, strict=True) if held >> position & 1]
        wanted = combine(verdicts) if verdicts else None
        assert row.of(1 << position) is wanted
        assert [v for v, held in by_verdict.items() if held >> position & 1] == ([] if wanted is None else [wanted])


def test_rows_of_several_questions_are_put_together_sender_by_sender() -> None:
    one = {Row(1, 2, 0): 0b01, Row(3, 0, 0): 0b10}
    other = {Row(2, 1, 0): 0b11}
    found = together([one, other], 0b11)
    assert found == {Row(3, 3, 0): 0b01, Row(3, 1, 0): 0b10}
    assert row_of(found, 1) == Row(3, 1, 0)
    assert row_of(found, 5) == NOTHING
