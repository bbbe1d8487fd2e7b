"""Terraform plans and states as Azure resources: what `terraform show -json` prints, and `terraform.tfstate` itself.

Semantics: Terraform documentation, "JSON Output Format".
"""

from __future__ import annotations

from typing import NoReturn

from netcheck.errors import InputError
from netcheck.sources._nodes import Document, Mapping, Node, Sequence, shorten
from netcheck.sources._resources import Association, Opening, Resource
from netcheck.sources.terraform.instances import Contents
from netcheck.sources.terraform.nodes import Faults, field, text
from netcheck.sources.terraform.plan import read_plan, read_state
from netcheck.sources.terraform.resources import Builder
from netcheck.sources.terraform.state import read_state_file

_PLAN = frozenset(("planned_values", "resource_changes", "prior_state", "configuration"))
_EMPTY_STATE = frozenset(("format_version", "terraform_version", "values", "checks"))
_STATE_FILE_MARKS = frozenset(("lineage", "serial", "terraform_version"))
_STATE_FILE_VERSION = "4"


def is_terraform(root: Node) -> bool:
    """Return whether a file is a Terraform plan or state, in whatever version."""
    return _is_shown(root) or _is_state_file(root)


def read_terraform(document: Document, root: Node, opening: Opening) -> list[Resource | Association]:
    """Return the Azure resources that exist once the plan is applied, or that the state knows.

    What a plan cannot know yet is an `Unknown`; a resource that has no ID yet is called by its Terraform address. Raise
    InputError for a file of a version that cannot be read.
    """
    faults = Faults(document, opening.collector)
    if not isinstance(root, Mapping):
        faults.error(root, "a Terraform plan or state must be a mapping")
        raise InputError(opening.collector)
    return Builder(faults, _contents(faults, root)).build()


def _contents(faults: Faults, root: Mapping) -> Contents:
    if _is_state_file(root):
        if text(root, "version") == _STATE_FILE_VERSION:
            return read_state_file(faults, root)
        advice = "let a current Terraform write it anew, or give what `terraform show -json` prints"
        _refuse(faults, root, "version", "a state file", advice)
    version = text(root, "format_version").split(".")[0]
    if version not in ("0", "1"):
        advice = "netcheck reads format versions 0 and 1"
        _refuse(faults, root, "format_version", "the output of `terraform show -json`", advice)
    return read_plan(faults, root) if _names(root) & _PLAN else read_state(faults, root)


def _refuse(faults: Faults, root: Mapping, name: str, what: str, advice: str) -> NoReturn:
    node = field(root, name)
    found = f"`{shorten(text(root, name))}`" if node is not None else "not given"
    message = f"`{name}` of {what} is {found}, which netcheck cannot read"
    faults.error(root if node is None else node, message, advice)
    raise InputError(faults.collector)


def _is_shown(root: Node) -> bool:
    if not isinstance(root, Mapping) or field(root, "format_version") is None:
        return False
    names = _names(root)
    return bool(names & _PLAN) or names <= _EMPTY_STATE


def _is_state_file(root: Node) -> bool:
    if not isinstance(root, Mapping) or field(root, "version") is None or not _names(root) & _STATE_FILE_MARKS:
        return False
    return any(isinstance(field(root, name), Sequence) for name in ("resources", "modules"))


def _names(root: Mapping) -> frozenset[str]:
    return frozenset(name.text for name, _ in root.entries)
