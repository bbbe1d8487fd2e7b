"""Values that a file does not give: how a site file spells them, and what two spellings have in common.

Resource Manager templates put an expression into brackets (`[parameters('prefix')]`); `[[` is an escaped bracket. Other
tools name what they do not know without brackets, and a site file adds them.
"""

from __future__ import annotations

import re

NOT_KNOWN = "[not known]"
"""Stands in a site file where a value is missing and nothing is known of it."""

NOT_GIVEN = "an expression whose value the file does not give"
"""Why such a value is not known, as part of a sentence."""

_EXPRESSION = re.compile(r"\[[^\[].*\]\Z", re.DOTALL)


def is_expression(text: str) -> bool:
    """Return whether a value is a template expression, which may be anything."""
    return text.startswith("[") and _EXPRESSION.match(text) is not None


def to_expression(text: str) -> str:
    """Return a text that stands for an unknown value as an expression."""
    if is_expression(text):
        return text
    return f"[ {text}]" if text[:1] in ("", "[") else f"[{text}]"


def inside_expression(text: str) -> str:
    """Return what stands for an unknown value, whether it is spelled as an expression or not."""
    return (text[1:-1] if is_expression(text) else text).strip()
