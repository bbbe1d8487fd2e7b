"""Whether the vault has been created for good."""

from __future__ import annotations

from netcheck.model.names import key
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown

_ACTIVE = ("succeeded", "active")


def judge(case: Case, _given: Given) -> Findings:
    """Yield what `provisioningState` says; the classic portal called it Active."""
    vault = case.vault
    if vault is None:
        yield unknown("no vault is named (`backup.vault`)")
    elif not vault.state:
        yield unknown(f"vault `{vault.name}` has no `provisioningState`", at=vault.at)
    elif key(vault.state) in _ACTIVE:
        yield passed(f"vault `{vault.name}` is {vault.state}", at=vault.at)
    else:
        yield failed(f"vault `{vault.name}` is {vault.state}", at=vault.at)
