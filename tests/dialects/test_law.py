"""The law of all dialects: a script read back is the plan, and its undo read back is what takes the plan back."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcheck.errors import PlanError
from netcheck.remedy.dialects.dialect import Dialect, Script, render
from tests.dialects.drawn import Case, cases
from tests.dialects.meaning import Removal, Step, meant, meant_back
from tests.dialects.reading import DEPLOYMENTS, read, read_undo

LAW = settings(
    max_examples=100,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("dialect", Dialect)
@LAW
@given(data=st.data())
def test_a_script_read_back_is_the_plan(dialect: Dialect, data: st.DataObject) -> None:
    """Every field of every rule, in order and nothing else; what cannot be spelled is refused."""
    case = data.draw(cases(dialect))
    script = rendered(dialect, case)
    if script is not None:
        assert read(dialect, script.text) == meant(case.edits, case.groups)


@pytest.mark.parametrize("dialect", Dialect)
@LAW
@given(data=st.data())
def test_an_undo_read_back_takes_the_plan_back(dialect: Dialect, data: st.DataObject) -> None:
    """New rules go and others become what they were, the last first; in Terraform blocks go before any comes back."""
    case = data.draw(cases(dialect))
    script = rendered(dialect, case)
    if script is not None:
        groups = case.setting.groups if dialect in DEPLOYMENTS else {}
        expected = meant_back(case.edits, {nsg: groups.get(nsg) or seen for nsg, seen in asked(case).items()})
        if dialect is Dialect.TERRAFORM:
            expected.sort(key=lambda step: not isinstance(step, Removal))
        assert read_undo(dialect, script) == expected


def asked(case: Case) -> dict[str, str]:
    """Return where the commands that take a deployment back find each NSG: where no group is named, it is asked for."""
    return {nsg: seen.replace("(where it is deployed)", "(asked for)") for nsg, seen in case.groups.items()}


def rendered(dialect: Dialect, case: Case) -> Script | None:
    """Return the script, or None where it is refused: rightly so, and only for a text with no exact spelling."""
    if any(unspeakable(dialect, case)):
        with pytest.raises(PlanError, match="NC415"):
            render(dialect, case.edits, case.setting)
        return None
    return render(dialect, case.edits, case.setting)


def unspeakable(dialect: Dialect, case: Case) -> Iterator[bool]:
    """Yield, for every description that the script or its undo needs, whether the language has no exact spelling."""
    for edit in case.edits:
        told = [edit.rule.description] if dialect not in DEPLOYMENTS else []
        for text in [*told, *([edit.replaces.description] if edit.replaces else [])]:
            if dialect is Dialect.TERRAFORM:
                yield unicodedata.normalize("NFC", text) != text
            elif dialect is not Dialect.CLASSIC:
                yield any(is_invisible(character) for character in text)


def is_invisible(character: str) -> bool:
    """Return whether a character is a control, a mark without width, a line end but the usual one, or none at all."""
    category = unicodedata.category(character)
    return character != "\n" and (category.startswith("C") or category in ("Zl", "Zp"))


@pytest.mark.parametrize("dialect", Dialect)
def test_the_law_sees_every_kind_of_plan(dialect: Dialect) -> None:
    """Scripts that are written have several rules, rules that go and rules that change, and hostile descriptions."""
    seen: set[str] = set()

    @settings(LAW, database=None, derandomize=True, max_examples=300)
    @given(case=cases(dialect))
    def look(case: Case) -> None:
        if rendered(dialect, case) is None:
            seen.add("refused")
            return
        steps: list[Step] = meant_back(case.edits, case.groups)
        seen.update(type(step).__name__ for step in steps)
        seen.update({"several"} if len({edit.nsg for edit in case.edits}) > 1 else set())
        texts = "".join(edit.rule.description for edit in case.edits)
        seen.update(character for character in "'\"$`\n\u2019" if character in texts)

    look()
    hostile = set() if dialect is Dialect.CLASSIC else {"refused", *"'\"$`\n\u2019"}
    assert {"Put", "Removal", "several", *hostile} <= seen
