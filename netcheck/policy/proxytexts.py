"""Whether a text that is only partly known is a text of a pattern.

Of a request to Storage the end of the host is known, the account is not; of a URL neither path nor query is.
"""

from __future__ import annotations

from enum import StrEnum

from netcheck.model.proxyacl import Gap, OneOf, TextPattern

_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._")


class Part(StrEnum):
    """What is not known of a text."""

    HOST_CHARACTER = "one character of a host name"
    HOST = "characters of a host name, also none"
    REST = "any characters, also none"
    SOMETHING = "a part of which no character is known"


Text = tuple[str | Part, ...]
"""A text: known characters and unknown parts, one an element."""


def text_of(*parts: str | Part) -> Text:
    """Return the text that the parts make, each known characters or something unknown."""
    found: list[str | Part] = []
    for part in parts:
        found += [part] if isinstance(part, Part) else list(part)
    return tuple(found)


def may_be(pattern: TextPattern, text: Text) -> bool:
    """Return whether the text is one of the pattern for some way to fill in what is not known of it."""
    return _meet(pattern, text)


def must_be(pattern: TextPattern, text: Text) -> bool:
    """Return whether the text surely is one of the pattern: only `STAR` takes what is not known.

    Never true where it is not so; it may be false where a pattern names every character that could stand there.
    """
    hidden: list[str | Part] = []
    for element in text:
        if not isinstance(element, Part):
            hidden.append(element)
        elif not hidden or hidden[-1] is not Part.SOMETHING:
            hidden.append(Part.SOMETHING)
    return _meet(pattern, tuple(hidden))


def _meet(pattern: TextPattern, text: Text) -> bool:
    """Return whether some text is one of both; both are walked together, from one pair of places to the next."""
    seen = {(0, 0)}
    waiting = [(0, 0)]
    while waiting:
        here, there = waiting.pop()
        if here == len(pattern) and there == len(text):
            return True
        for pair in _next_pairs(pattern, here, text, there):
            if pair not in seen:
                seen.add(pair)
                waiting.append(pair)
    return False


def _next_pairs(pattern: TextPattern, here: int, text: Text, there: int) -> list[tuple[int, int]]:
    one = pattern[here] if here < len(pattern) else None
    other = text[there] if there < len(text) else None
    found = []
    is_repeated = one is Gap.STAR or (isinstance(one, OneOf) and one.is_repeated)
    if is_repeated:
        found.append((here + 1, there))
    if other is Part.HOST or other is Part.REST:
        found.append((here, there + 1))
    if one is not None and other is not None and _have_common_character(one, other):
        found.append((here if is_repeated else here + 1, there if other in (Part.HOST, Part.REST) else there + 1))
    return found


def _have_common_character(one: str | Gap | OneOf, other: str | Part) -> bool:
    if other is Part.SOMETHING:
        return one is Gap.STAR
    if isinstance(one, Gap) or other is Part.REST:
        return True
    characters = one.characters if isinstance(one, OneOf) else frozenset({one})
    if other in (Part.HOST, Part.HOST_CHARACTER):
        return not characters.isdisjoint(_HOST_CHARACTERS)
    return other in characters
