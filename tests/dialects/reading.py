"""The reader of each dialect."""

from __future__ import annotations

from netcheck.remedy.dialects.dialect import Dialect, Script
from tests.dialects import read_arm, read_az, read_azps, read_bicep, read_classic, read_terraform
from tests.dialects.meaning import Step

_READERS = {
    Dialect.CLASSIC: read_classic.read,
    Dialect.AZ: read_az.read,
    Dialect.AZPS: read_azps.read,
    Dialect.TERRAFORM: read_terraform.read,
    Dialect.BICEP: read_bicep.read,
    Dialect.ARM: read_arm.read,
}
DEPLOYMENTS = (Dialect.BICEP, Dialect.ARM)
"""Dialects that are deployed into one resource group; they are taken back by commands of the Azure CLI."""


def read(dialect: Dialect, text: str) -> list[Step]:
    """Return what a script does, in order; comments do nothing, and no script does nothing."""
    return _READERS[dialect](text) if text else []


def read_undo(dialect: Dialect, script: Script) -> list[Step]:
    """Return what the undo of a script does, in order."""
    if dialect is Dialect.TERRAFORM:
        return read_terraform.read_undo(script.undo, script.text)
    return read(Dialect.AZ if dialect in DEPLOYMENTS else dialect, script.undo)
