"""Profiles of what a service has to reach: the names of those for backup, and what a profile in a file says.

Part of the site, named in `netcheck.model.site`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netcheck.diagnostics import NOWHERE, Source

PROFILE_NAMES = ("article-2015", "vm-2018", "vm-modern", "linux-vmsnapshot-current", "workload")
"""The profiles of Azure Backup, in the order of their dates."""

SHIPPED = ("windows-update", "azure-monitor-agent", "aks-egress")
"""Profiles of other services that come with netcheck, as files in the form that anybody may write."""


class Heeds(StrEnum):
    """What a component does with the proxy settings of its machine."""

    BY_PROFILE = ""
    HONOURED = "honoured"
    IGNORED = "ignored"
    UNDOCUMENTED = "undocumented"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNeed:
    """One thing that a component must reach: a tag or addresses, by names where it asks for names.

    `names` are full host names, or suffixes with a leading dot. `{region}` in a tag or a name stands for the site's
    region. Where neither `tag` nor `addresses` is given, no file says which addresses the names have.
    """

    tag: str = ""
    addresses: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    protocol: str = "tcp"
    ports: tuple[int, ...] = ()
    component: str = ""
    heeds: Heeds = Heeds.UNDOCUMENTED
    is_essential: bool = True
    why: str = ""
    at: Source = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProfile:
    """A profile as a file states it. `path` is where it was read, "" where it comes with netcheck."""

    name: str
    title: str
    date: str
    needs: tuple[ServiceNeed, ...]
    undocumented: tuple[str, ...] = ()
    path: str = ""
    file: str = ""

    @property
    def source(self) -> str:
        """The page that the profile was written from, with its date."""
        return f"{self.title} ({self.date})" if self.date else self.title
