"""Whether a restore is planned to replace the VM that exists."""

from __future__ import annotations

from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown

_IN_PLACE = "OriginalLocation"


def judge(case: Case, _given: Given) -> Findings:
    """Yield one finding for the site, by the restore it plans for (`backup.restore.recoveryType`)."""
    restore = case.site.backup.restore
    if restore is None or not restore.recovery_type:
        yield unknown("the site does not say how VMs are to be restored (`backup.restore.recoveryType`)")
    elif restore.recovery_type == _IN_PLACE:
        yield failed(f"`{_IN_PLACE}` replaces the VM", at=case.site.backup.at)
    else:
        yield passed(f"`{restore.recovery_type}` leaves the VM alone", at=case.site.backup.at)
