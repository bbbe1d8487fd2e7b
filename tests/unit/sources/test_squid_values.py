"""Values of squid's acls: addresses, and regular expressions as texts."""

from __future__ import annotations

import pytest

from netcheck.model.address import parse_address, parse_range
from netcheck.model.proxyacl import Gap, OneOf
from netcheck.sources.proxy.squid_addresses import BadValueError, UnreadValueError, address_list
from netcheck.sources.proxy.squid_regex import BadExpressionError, UnreadExpressionError, text_patterns


def _has(texts: str, address: str) -> str:
    """Return whether a list takes an address: yes, no, or in some versions."""
    found, one = address_list(texts.split()), parse_address(address)

    def inside(ranges: tuple[object, ...]) -> bool:
        return any(r.family == one.family and r.first <= one.first <= r.last for r in ranges)  # type: ignore[attr-defined]

    return "yes" if inside(found.ranges) else "maybe" if inside(found.doubtful) else "no"


@pytest.mark.parametrize(
    ("texts", "address", "expected"),
    [
        ("127.0.0.0/30", "127.0.0.3", "yes"),
        ("127.0.0.0/30", "127.0.0.4", "no"),
        ("127.0.0.1-127.0.3.9/24", "127.0.3.200", "yes"),
        ("127.0.0.1/255.0.255.0", "127.9.9.9", "yes"),
        ("127.0.0.9-127.0.0.1", "127.0.0.9", "yes"),
        ("127.0.0.9-127.0.0.1", "127.0.0.5", "no"),
        ("127.1", "127.0.0.1", "yes"),
        ("127.0.0", "127.0.0.1", "no"),
        ("10/8", "10.0.0.1", "no"),
        ("127.0.0.1/32/1", "127.0.0.2", "no"),
        ("127.0.0.1-127.0.0.5-6", "127.0.0.6", "no"),
        ("0.0.0.0/0", "::1", "yes"),
        ("0.0.0.0/1", "::1", "no"),
        ("::/1", "127.0.0.1", "yes"),
        ("::1/0", "::1", "yes"),
        ("::1/0", "::2", "maybe"),
        ("ipv6", "::1", "no"),
        ("ipv6", "2001:db8::1", "yes"),
        ("::ffff:127.0.0.1", "127.0.0.1", "yes"),
    ],
)
def test_an_address_value_takes_what_squid_takes_by_it(texts: str, address: str, expected: str) -> None:
    """Short forms, masks and ranges stand for what squid 5.7 was seen to take by them."""
    assert _has(texts, address) == expected


@pytest.mark.parametrize(
    ("texts", "address", "expected"),
    [
        ("127.1.0.0/16 127.0.0.0/8", "127.1.0.1", "yes"),
        ("127.1.0.0/16 127.0.0.0/8", "127.2.0.1", "maybe"),
        ("127.0.0.0/8 127.1.0.0/16", "127.2.0.1", "yes"),
        ("127.0.0.4-127.0.0.9 127.0.0.1-127.0.0.5", "127.0.0.1", "maybe"),
        ("127.0.0.1 all", "10.0.0.1", "maybe"),
        ("127.0.0.1 all", "::1", "maybe"),
    ],
)
def test_a_value_that_overlaps_an_earlier_one_is_doubtful(texts: str, address: str, expected: str) -> None:
    """Squid before 7 leaves out a value that overlaps an earlier one, and says so in its log only."""
    assert _has(texts, address) == expected


@pytest.mark.parametrize("text", ["127.0.0.0/33", "300.1.1.1", "-n", "[::1]", "127.0.0.1/", "127.0.0.1#x"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """Squid does not start with these, also after a value that is not read."""
    with pytest.raises(BadValueError):
        address_list(["vm.contoso.local", text])


@pytest.mark.parametrize("text", ["vm.contoso.local", "ipv4", "2001:db8::/200"])
def test_what_the_text_does_not_tell_is_not_read(text: str) -> None:
    """A name has addresses that the file does not hold; `ipv4` takes nothing in squid 5 and all by its manual."""
    with pytest.raises(UnreadValueError):
        address_list([text])


@pytest.mark.parametrize("texts", ["::1-::5 0.0.0.0/1", "0.0.0.0-0.0.0.9 ::1-::5"])
def test_what_begins_at_zero_is_not_read_beside_an_ipv6_range(texts: str) -> None:
    """Squid 5.7 was seen to leave out the second of these, though they have no address in common."""
    with pytest.raises(UnreadValueError):
        address_list(texts.split())
    assert address_list(["::1-::5", "127.0.0.0/8"]).doubtful == address_list(["::1", "0.0.0.0/1"]).doubtful == ()


def test_everything_is_known_as_such() -> None:
    """`all` first takes every address, whatever follows."""
    assert address_list(["all", "10.0.0.1"]).is_everything
    assert not address_list(["0.0.0.0/1", "128.0.0.0/1"]).is_everything
    assert address_list(["0.0.0.0/1", "128.0.0.0/1"]).ranges == (parse_range("0.0.0.0/1"), parse_range("128.0.0.0/1"))


STAR, ANY = Gap.STAR, Gap.ANY


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("ab", [(STAR, "a", "b", STAR)]),
        (r"^a\.b$", [("a", ".", "b")]),
        ("a.b$", [(STAR, "a", ANY, "b")]),
        ("^.*b$", [(STAR, "b")]),
        ("(a|b)c$", [(STAR, "a", "c"), (STAR, "b", "c")]),
        ("^ab?$", [("a", "b"), ("a",)]),
        ("^[ab]$", [(OneOf(frozenset("ab")),)]),
        ("^[0-2]+$", [(OneOf(frozenset("012")), OneOf(frozenset("012"), is_repeated=True))]),
        ("^x*$", [(OneOf(frozenset("x"), is_repeated=True),)]),
        ("^a$|b$", [("a",), (STAR, "b")]),
    ],
)
def test_an_expression_is_a_choice_of_texts(expression: str, expected: list[object]) -> None:
    """Without `^` and `$` anything may stand before and after."""
    assert list(text_patterns(expression, is_case_ignored=False)) == expected


def test_capitals_are_small_where_they_are_ignored() -> None:
    """With `-i` a pattern is compared in small letters."""
    assert text_patterns("^A[B-C]$", is_case_ignored=True) == (("a", OneOf(frozenset("bc"))),)


@pytest.mark.parametrize(
    "expression", ["(ab)+", "a{2}", r"\w", "a^b", "[[:alpha:]]", "[z-a]", "a)", "[ab", "a**", "é", "(a|b|c|d|e|f)" * 6]
)
def test_what_says_more_is_not_read(expression: str) -> None:
    """Repeated groups, classes by name, ends in the middle, and what is no expression are left alone."""
    with pytest.raises(UnreadExpressionError):
        text_patterns(expression, is_case_ignored=False)


@pytest.mark.parametrize("expression", ["*a", "a|+", "(a", "(?a)"])
def test_what_is_no_expression_is_told_apart(expression: str) -> None:
    """A repetition of nothing and a group without an end are faults of the expression itself."""
    with pytest.raises(BadExpressionError):
        text_patterns(expression, is_case_ignored=False)
