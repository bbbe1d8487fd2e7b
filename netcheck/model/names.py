"""Names as Azure compares them: without regard to letter case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NewType, TypeVar

VmName = NewType("VmName", str)
NicName = NewType("NicName", str)
NsgName = NewType("NsgName", str)
RuleName = NewType("RuleName", str)
TagName = NewType("TagName", str)
SubnetName = NewType("SubnetName", str)
"""A subnet is named with its virtual network: `vnet/subnet`."""

T = TypeVar("T")


def key(name: str) -> str:
    """Return what two spellings of one Azure name have in common."""
    return name.casefold()


def is_same(one: str, other: str) -> bool:
    """Return whether Azure takes the two names for one resource."""
    return key(one) == key(other)


def last_segment(reference: str) -> str:
    """Return the resource name at the end of an Azure resource ID, or the name itself."""
    return reference.rstrip("/").rsplit("/", 1)[-1]


def by_name(items: Iterable[T], name: str = "name") -> Mapping[str, T]:
    """Index items by their case-folded name."""
    return {key(str(getattr(item, name))): item for item in items}
