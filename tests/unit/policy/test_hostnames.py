"""How much of the names asked for a target FQDN covers."""

from __future__ import annotations

import pytest

from netcheck.policy.hostnames import Coverage, coverage

ALL, SOME, NONE = Coverage.ALL, Coverage.SOME, Coverage.NONE


@pytest.mark.parametrize(
    ("pattern", "asked", "expected"),
    [
        ("*", "any.contoso.com", ALL),
        ("*", ".contoso.com", ALL),
        ("*", "", ALL),
        ("contoso.com", "", SOME),
        ("*.contoso.com", "", SOME),
        ("contoso.com", "contoso.com", ALL),
        ("Contoso.com.", "contoso.COM", ALL),
        ("contoso.com", "any.contoso.com", NONE),
        ("any.contoso.com", "contoso.com", NONE),
        ("*.contoso.com", "any.contoso.com", ALL),
        ("*.contoso.com", "two.labels.contoso.com", ALL),
        ("*.contoso.com", "contoso.com", NONE),
        ("*.contoso.com", "another-contoso.com", NONE),
        ("*contoso.com", "contoso.com", ALL),
        ("*contoso.com", "another-contoso.com", ALL),
        ("*.contoso.com", ".contoso.com", ALL),
        ("*.contoso.com", ".any.contoso.com", ALL),
        ("*contoso.com", ".contoso.com", ALL),
        ("*.com", ".contoso.com", ALL),
        ("*.any.contoso.com", ".contoso.com", SOME),
        ("*any.contoso.com", ".contoso.com", SOME),
        ("any.contoso.com", ".contoso.com", SOME),
        ("contoso.com", ".contoso.com", NONE),
        ("*.any.contoso.com", "contoso.com", NONE),
        ("*.fabrikam.com", ".contoso.com", NONE),
        ("any.fabrikam.com", ".contoso.com", NONE),
        ("any.*.contoso.com", "any.x.contoso.com", SOME),
    ],
)
def test_coverage(pattern: str, asked: str, expected: Coverage) -> None:
    """A star on the left is anything; a suffix asked for stands for every name below it."""
    assert coverage(pattern, asked) is expected
