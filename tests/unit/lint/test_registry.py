"""The registry and the catalogue of codes say the same, and options choose from them."""

from __future__ import annotations

import pytest

from netcheck.cli.package_data import read_all_data
from netcheck.errors import QuestionError
from netcheck.lint.check import Check
from netcheck.lint.registry import CHECKS
from netcheck.lint.run import chosen
from netcheck.questions.catalog import parse_catalog

INTENTS = "NC240"
"""From here on codes are about intents that do not hold."""

CATALOG = parse_catalog(read_all_data("codes-", ".md"))
ENTRIES = {code: entry for code, entry in CATALOG.items() if "NC200" <= code < INTENTS}


def test_each_check_is_explained_with_its_severity() -> None:
    """A code of a finding is one check's, and the heading has the worst severity it is given with."""
    assert {check.code: check.severity for check in CHECKS} == {code: one.severity for code, one in ENTRIES.items()}
    assert len(CHECKS) == len(ENTRIES)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_check_is_chosen_by_code_or_kind(check: Check) -> None:
    """Letter case aside; the kind may stand for several checks."""
    code, kind = check.code, check.kind
    assert [one.code for one in chosen([code.lower()], [])] == [code]
    assert check in chosen([kind], [])
    assert check not in chosen([], [code])
    assert chosen([kind], [kind]) == []


def test_without_a_choice_all_are_run() -> None:
    """What can be switched off is on by default."""
    assert chosen([], []) == list(CHECKS)


@pytest.mark.parametrize(
    ("word", "advice"),
    [("partlydead", "did you mean `partly-dead`?"), ("deads", "did you mean `dead`?"), ("zzzz", "kinds are dead, ")],
)
def test_an_unknown_word_is_an_error(word: str, advice: str) -> None:
    """Neither all checks nor none are run in its place."""
    for enable, disable in ([word], []), ([], [word]):
        with pytest.raises(QuestionError, match="NC323") as raised:
            chosen(enable, disable)
        assert advice in raised.value.help
