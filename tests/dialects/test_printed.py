"""The whole text that `fix` prints: header, notes and undo are comments, whatever the names in them hold."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcheck.path.leg import Verdict
from netcheck.remedy.dialects.dialect import Dialect
from netcheck.remedy.fix import Fix
from netcheck.remedy.options import Option
from netcheck.remedy.plan import Plan
from netcheck.remedy.text import fix_text
from netcheck.sets.packets import EMPTY_PACKETS
from tests.dialects.drawn import HOSTILE, INVISIBLE, TEXTS, Case, cases
from tests.dialects.meaning import meant
from tests.dialects.reading import read
from tests.dialects.test_law import LAW, is_invisible, rendered

NOTES = st.one_of(st.sampled_from(TEXTS), HOSTILE, INVISIBLE, st.text(), HOSTILE.map(lambda text: f"e.g. {text}"))


@pytest.mark.parametrize("dialect", Dialect)
@settings(LAW, max_examples=60)
@given(data=st.data())
def test_the_printed_text_does_what_the_script_does(dialect: Dialect, data: st.DataObject) -> None:
    """Hostile names in notes and proof end neither a comment nor a text, and every printed character is visible."""
    case = data.draw(cases(dialect))
    script = rendered(dialect, case)
    if script is not None:
        plan = Plan(
            option=Option.INTERNET,
            edits=case.edits,
            changes=(),
            before=Verdict.BLOCKED,
            after=Verdict.REACHABLE,
            opened=EMPTY_PACKETS,
            beyond=EMPTY_PACKETS,
            excess=EMPTY_PACKETS,
            closed=EMPTY_PACKETS,
            notes=(*data.draw(st.lists(NOTES, max_size=3)), *script.notes),
        )
        text = fix_text(Fix(plan, dialect, script))
        assert read(dialect, text) == meant(case.edits, case.groups)
        assert [character for character in text if is_invisible(character)] == []


@settings(LAW, max_examples=60)
@given(case=cases(Dialect.ARM))
def test_a_template_holds_what_other_dialects_say_in_comments(case: Case) -> None:
    """Proof, notes and undo stand in the metadata of a template, letter for letter."""
    script = rendered(Dialect.ARM, case)
    if script is not None:
        metadata = json.loads(script.text)["metadata"]
        assert metadata["proof"] == list(case.setting.told)
        assert metadata["notes"] == list(script.notes)
        assert "\n".join([*metadata["undo"], ""]) == script.undo
