"""The shape of the tables that say how fields of azurerm resources are called in Azure's REST interface."""

from __future__ import annotations

from collections.abc import Mapping as Words
from dataclasses import dataclass, field
from enum import Enum, auto


class Kind(Enum):
    """How a value is carried over."""

    VALUE = auto()
    """As it stands."""
    NOT = auto()
    """A truth value, turned round."""
    SWITCH = auto()
    """A truth value, as `Enabled` or `Disabled`."""
    SWITCH_OFF = auto()
    """A truth value, as `Disabled` or `Enabled`."""
    PREFIXES = auto()
    """A list, inside `addressPrefixes`."""
    SERVICES = auto()
    """Texts, each as `{service: text}`."""
    REFERENCE = auto()
    """A resource ID, as `{id: text}`."""
    REFERENCES = auto()
    """A list of resource IDs, each as `{id: text}`."""
    BLOCKS = auto()
    """Blocks, by a table of their own."""
    MORE_BLOCKS = auto()
    """The same; several fields of that name make one list."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a field is called by Azure; `refers_to` is the type that an ID is of."""

    name: str
    kind: Kind = Kind.VALUE
    refers_to: str = ""
    table: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The fields of one type; `ignored` are those that decide nothing about packets or are read elsewhere.

    `is_whole`: any other field is reported, since it may matter. Types of which netcheck uses little are not whole.
    `constants` are fields that Azure has and azurerm says by the name of the block. `late` are older spellings, which
    count where no other field says the same.
    """

    fields: Words[str, Field]
    ignored: frozenset[str] = field(default_factory=frozenset)
    is_whole: bool = True
    constants: tuple[tuple[str, str], ...] = ()
    late: frozenset[str] = field(default_factory=frozenset)


COMMON: Words[str, Field] = {"name": Field("name"), "location": Field("location")}
"""What every resource has."""


def refers(name: str, kind: str) -> Field:
    """Return a field that holds one resource ID."""
    return Field(name, Kind.REFERENCE, kind)


def refer(name: str, kind: str) -> Field:
    """Return a field that holds a list of resource IDs."""
    return Field(name, Kind.REFERENCES, kind)


def ignored(words: str = "") -> frozenset[str]:
    """Return the names of fields that decide nothing: those given, and those that every resource has."""
    return frozenset(("id", "timeouts", "tags", "resource_group_name", *words.split()))
