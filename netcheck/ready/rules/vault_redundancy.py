"""Whether the storage redundancy of the vault is chosen, and is the one that is wanted."""

from __future__ import annotations

from netcheck.model.names import is_same, key
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown

_NONE = ("invalid", "none")


def judge(case: Case, _given: Given) -> Findings:
    """Yield what `redundancySettings` say beside `backup.storageRedundancy`, the one that is wanted."""
    vault, wanted = case.vault, case.site.backup.storage_redundancy
    if vault is None:
        yield unknown("no vault is named (`backup.vault`)")
    elif not vault.redundancy:
        yield unknown(f"vault `{vault.name}` has no `redundancySettings.standardTierStorageRedundancy`", at=vault.at)
    elif key(vault.redundancy) in _NONE:
        yield failed(f"vault `{vault.name}` has no storage redundancy yet", at=vault.at)
    elif wanted and not is_same(wanted, vault.redundancy):
        yield failed(f"vault `{vault.name}` is {vault.redundancy}, wanted is {wanted}", at=vault.at)
    else:
        yield passed(f"vault `{vault.name}` is {vault.redundancy}", at=vault.at)
