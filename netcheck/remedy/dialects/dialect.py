"""The registry of dialects, and what passes between a plan and them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Protocol, cast

from netcheck.errors import PlanError
from netcheck.model.names import key
from netcheck.model.site import DeploymentModel, Site
from netcheck.remedy.edits import Edit
from netcheck.remedy.rulenames import checked_group


class Dialect(StrEnum):
    """What a plan can be spelled in, by the name that `--as` takes."""

    CLASSIC = "classic"
    AZ = "az"
    AZPS = "azps"
    TERRAFORM = "terraform"
    BICEP = "bicep"
    ARM = "arm"

    @property
    def model(self) -> DeploymentModel:
        """The deployment model whose NSGs the script reaches, and whose limits its rules have to keep."""
        return DeploymentModel.CLASSIC if self is Dialect.CLASSIC else DeploymentModel.RESOURCE_MANAGER


_MODULES = {
    Dialect.CLASSIC: "classic",
    Dialect.AZ: "azcli",
    Dialect.AZPS: "azps",
    Dialect.TERRAFORM: "terraform",
    Dialect.BICEP: "bicep",
    Dialect.ARM: "arm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a script needs beside the edits.

    `groups` are the resource groups of NSGs by case-folded name, "" where the site does not name one. `told` is the
    proof with its notes, for the dialect whose files cannot hold comments.
    """

    groups: Mapping[str, str]
    told: tuple[str, ...] = ()
    as_documented: bool = False

    def is_asked_for(self, edits: Sequence[Edit]) -> bool:
        """Return whether the resource group of some NSG has to be given by whoever runs the script."""
        return not all(self.group(edit.nsg) for edit in edits)

    def group(self, nsg: str) -> str:
        """Return the resource group of an NSG, or ""; raise PlanError where its name may not stand in a command."""
        name = self.groups.get(key(nsg), "")
        return checked_group(name) if name else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A plan as text. `undo` takes it back; `comment` begins a line that is none, "" where there are no such lines.

    `notes` say what a reader of the script has to know of the dialect.
    """

    text: str
    undo: str
    comment: str = "#"
    notes: tuple[str, ...] = ()


class _Renderer(Protocol):
    def render(self, edits: Sequence[Edit], setting: Setting) -> Script: ...


def render(dialect: Dialect, edits: Sequence[Edit], setting: Setting) -> Script:
    """Return edits as the script of a dialect, in their order.

    Raise PlanError where a name may not stand in a command, or the dialect has no words for an edit.
    """
    module = cast("_Renderer", import_module(f"netcheck.remedy.dialects.{_MODULES[dialect]}"))
    return module.render(edits, setting)


def setting_for(site: Site, resource_group: str = "", told: Sequence[str] = (), as_documented: bool = False) -> Setting:
    """Return the setting of a site: the resource group is what the site says of an NSG, else the one given."""
    groups = {key(nsg.name): nsg.resource_group or resource_group for nsg in site.network_security_groups}
    return Setting(groups=groups, told=tuple(told), as_documented=as_documented)


def own_dialect(site: Site) -> Dialect:
    """Return the usual dialect of those whose commands reach the NSGs of a site."""
    return Dialect.CLASSIC if site.deployment_model is DeploymentModel.CLASSIC else Dialect.AZ


def same_group(edits: Sequence[Edit], setting: Setting, dialect: str) -> str:
    """Return the one resource group of all NSGs, or ""; raise PlanError where there are several.

    A deployment goes into one resource group.
    """
    groups = {key(name): name for name in (setting.group(edit.nsg) for edit in edits)}
    if len(groups) > 1:
        named = ", ".join(f"`{name or 'not named'}`" for name in groups.values())
        raise PlanError(
            "NC416",
            f"the NSGs are in several resource groups ({named}), and a {dialect} deployment goes into one",
            "use --as az, azps or terraform, or ask for some of the VMs with --vm",
        )
    return next(iter(groups.values()), "")
