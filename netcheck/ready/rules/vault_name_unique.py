"""Whether the vault has a name that no other vault of the subscription has."""

from __future__ import annotations

from netcheck.model.names import is_same
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown


def judge(case: Case, _given: Given) -> Findings:
    """Yield a pass where the list of vaults has the name once; the vault alone does not tell."""
    vault, listed = case.vault, case.site.backup.vaults
    if vault is None:
        yield unknown("no vault is named (`backup.vault`)")
    elif listed is None:
        told = f"the other vaults of the subscription beside `{vault.name}` are not listed (`backup.vaults`)"
        yield unknown(told, at=vault.at)
    else:
        alike = [one for one in listed if is_same(one.name, vault.name)]
        if len(alike) > 1:
            yield failed(f"{len(alike)} vaults of the list are called `{vault.name}`", at=alike[1].at)
        else:
            yield passed(f"no other of {len(listed)} vaults is called `{vault.name}`", at=vault.at)
