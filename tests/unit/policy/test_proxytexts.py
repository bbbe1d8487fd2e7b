"""Whether a text that is partly unknown is one of a pattern."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcheck.policy.proxytexts import Part, may_be, must_be, text_of
from netcheck.sources.proxy.squid_regex import text_patterns

SUFFIX = (Part.HOST_CHARACTER, Part.HOST, ".blob.core.windows.net")


@pytest.mark.parametrize(
    ("expression", "parts", "expected"),
    [
        (r"\.blob\.core\.windows\.net$", SUFFIX, "yes"),
        (r"blob", SUFFIX, "yes"),
        (r"^.*\.windows\.net$", SUFFIX, "yes"),
        (r"^acct\.blob", SUFFIX, "maybe"),
        (r"^acct\.blob\.core\.windows\.net$", SUFFIX, "maybe"),
        (r"^blob\.core", SUFFIX, "maybe"),
        (r"\.queue\.core\.windows\.net$", SUFFIX, "no"),
        (r"^\.blob\.core\.windows\.net$", SUFFIX, "no"),
        (r"^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$", SUFFIX, "no"),
        (r"^[^.]+\.blob\.core\.windows\.net$", SUFFIX, "maybe"),
        (r"^http://", SUFFIX, "no"),
        (r"acct", SUFFIX, "maybe"),
        (r":443$", (*SUFFIX, ":443"), "yes"),
        (r"^https?://.*\.blob\.core\.windows\.net", (*SUFFIX, ":443"), "no"),
        (r"^https?://.*\.blob\.core\.windows\.net", ("http://", *SUFFIX, "/", Part.REST), "yes"),
        (r"/container$", ("http://", *SUFFIX, "/", Part.REST), "maybe"),
    ],
)
def test_a_text_of_which_a_part_is_unknown(expression: str, parts: tuple[str | Part, ...], expected: str) -> None:
    """What holds for every account is sure, what holds for none is not so, all else depends on the account."""
    patterns, text = text_patterns(expression, is_case_ignored=False), text_of(*parts)
    must = any(must_be(pattern, text) for pattern in patterns)
    may = any(may_be(pattern, text) for pattern in patterns)
    assert ("yes" if must else "maybe" if may else "no") == expected


EXPRESSIONS = st.lists(
    st.sampled_from(["a", "b", r"\.", ".", ".*", "[ab]", "[^a]", "a?", "b*", "[ab]+", "(a|b)", "(ab|)", "(a|b)?"]),
    max_size=5,
).map("".join)


@given(EXPRESSIONS, st.booleans(), st.booleans(), st.text("ab.", max_size=5))
def test_a_known_text_is_judged_as_by_a_regular_expression(body: str, is_start: bool, is_end: bool, text: str) -> None:
    """For a text that is wholly known both answers are those of Python's own matcher, which knows this syntax too."""
    expression = ("^" if is_start else "") + body + ("$" if is_end else "")
    patterns = text_patterns(expression, is_case_ignored=False)
    expected = re.search(expression.replace("$", r"\Z"), text) is not None
    assert any(may_be(pattern, text_of(text)) for pattern in patterns) is expected
    assert any(must_be(pattern, text_of(text)) for pattern in patterns) is expected


@given(EXPRESSIONS, st.booleans(), st.booleans(), st.text("ab.", min_size=1, max_size=3), st.text("ab.", max_size=3))
def test_no_way_to_fill_in_the_unknown_part_contradicts(
    body: str, is_start: bool, is_end: bool, account: str, rest: str
) -> None:
    """What must be so is so for every account, and what may not be so is so for none."""
    expression = ("^" if is_start else "") + body + ("$" if is_end else "")
    patterns = text_patterns(expression, is_case_ignored=False)
    text = text_of(Part.HOST_CHARACTER, Part.HOST, rest)
    is_so = re.search(expression.replace("$", r"\Z"), account + rest) is not None
    assert is_so or not any(must_be(pattern, text) for pattern in patterns)
    assert not is_so or any(may_be(pattern, text) for pattern in patterns)
