"""Names as Azure compares them: without regard to letter case."""

from __future__ import annotations

from collections.abc import Iterable


def key(name: str) -> str:
    """Return what two spellings of one Azure name have in common."""
    return name.casefold()


def is_same(one: str, other: str) -> bool:
    """Return whether Azure takes the two names for one resource."""
    return key(one) == key(other)


def last_segment(reference: str) -> str:
    """Return the resource name at the end of an Azure resource ID, or the name itself.

    What stands in braces is a value nobody knows; a slash inside is no level of the ID.
    """
    reference = reference.rstrip("/")
    if "{" not in reference:
        return reference.rsplit("/", 1)[-1]
    depth = cut = 0
    for i, character in enumerate(reference):
        depth += (character == "{") - (character == "}")
        if character == "/" and depth <= 0:
            cut = i + 1
    return reference[cut:]


def resource_group(reference: str) -> str:
    """Return the resource group that a resource ID names, or ""."""
    parts = reference.split("/")
    folded = [key(part) for part in parts]
    at = folded.index("resourcegroups") + 1 if "resourcegroups" in folded else 0
    return parts[at] if 0 < at < len(parts) else ""


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known word that is most like a misspelled one, or "" where none is."""
    import difflib  # only for a message

    found = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return found[0] if found else ""
