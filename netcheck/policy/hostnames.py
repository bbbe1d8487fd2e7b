"""How much of the names asked for one name of a firewall rule covers."""

from __future__ import annotations

from enum import StrEnum


class Coverage(StrEnum):
    """Whether a name of a rule covers all, some or none of the names asked for."""

    ALL = "all"
    SOME = "some"
    NONE = "none"


def coverage(pattern: str, asked: str) -> Coverage:
    """Return how much of what is asked for a target FQDN of an application rule covers.

    `asked` is a host name, a suffix with a leading dot that stands for every name below it, or "" where the name is
    not known. Microsoft Learn, "Azure Firewall FAQ": a star stands on the left only, for one or more labels and for
    part of one: `*.contoso.com` covers `any.contoso.com` and not `contoso.com`, `*contoso.com` covers both.

    >>> str(coverage("*.blob.core.windows.net", ".blob.core.windows.net"))
    'all'
    >>> str(coverage("app.blob.core.windows.net", ".blob.core.windows.net"))
    'some'
    """
    pattern, asked = (name.casefold().rstrip(".") for name in (pattern, asked))
    if pattern == "*":
        return Coverage.ALL
    if not asked or "*" in pattern[1:]:  # what a star elsewhere means is not documented
        return Coverage.SOME
    tail = pattern.removeprefix("*")
    if asked.endswith(tail) if tail != pattern else asked == pattern:
        return Coverage.ALL
    is_inside = asked.startswith(".") and tail.endswith(asked)
    return Coverage.SOME if is_inside else Coverage.NONE
