"""Whether each region with VMs has a vault."""

from __future__ import annotations

from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown


def judge(case: Case, _given: Given) -> Findings:
    """Yield one finding for each region; without the list of all vaults none is missed for certain."""
    places = {vault.location for vault in case.vaults}
    is_whole = case.site.backup.vaults is not None and "" not in places
    for region, vms in case.regions():
        who = f"{len(vms)} VM{'' if len(vms) == 1 else 's'}"
        if not region:
            yield unknown(f"the region of {who} is not known: `{vms[0].name}`")
        elif region in places:
            yield passed(f"{region}, with {who}, has a vault")
        elif is_whole:
            yield failed(f"{region}, with {who}, has no vault", at=case.site.backup.at)
        else:
            yield unknown(f"{region}, with {who}: the vaults of the subscription are not listed (`backup.vaults`)")
