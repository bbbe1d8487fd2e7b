"""The table of published service tags, as read from Microsoft's file: texts, not yet sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from netcheck.model.names import key


class TagFileForm(StrEnum):
    """In which of Microsoft's three forms a file gives its tags."""

    DOWNLOAD = "JSON of the download page"
    API = "JSON of the Discovery API"
    XML = "PublicIPs XML"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagEntry:
    """One published tag. `network_features` None means the file gives null: not usable in NSG rules.

    `prefixes` are the texts of the file: they are parsed only when a rule or question names the tag.
    """

    name: str
    region: str
    system_service: str
    prefixes: tuple[str, ...]
    network_features: tuple[str, ...] | None = ()
    change_number: int | None = None
    pointer: str = ""

    @property
    def is_nsg_capable(self) -> bool:
        """Whether an NSG rule may name the tag; files of 2019 do not say and are taken to allow it."""
        return self.network_features is not None and (not self.network_features or "NSG" in self.network_features)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagTable:
    """All tags of one file, by case-folded name, with the facts that stand in every answer.

    `published` is the date in the file's name (ISO, or "" when the name has none). `path` is where the file was read
    from.
    """

    file: str
    cloud: str
    change_number: int | None
    published: str
    entries: Mapping[str, TagEntry] = field(repr=False)
    form: TagFileForm = TagFileForm.DOWNLOAD
    path: str = field(default="", repr=False, compare=False)

    @property
    def is_complete(self) -> bool:
        """False for the older XML, which knows data-centre ranges only (`AzureCloud.<region>`)."""
        return self.form is not TagFileForm.XML

    def get(self, name: str) -> TagEntry | None:
        """Return the tag of that name, letter case aside."""
        return self.entries.get(key(name))
