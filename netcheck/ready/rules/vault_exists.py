"""Whether there is a vault."""

from __future__ import annotations

from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown


def judge(case: Case, _given: Given) -> Findings:
    """Yield a pass where a vault is named; an empty list of vaults says that there is none."""
    if case.vaults:
        first = case.vaults[0]
        yield passed(f"vault `{first.name}`", at=first.at)
    elif case.site.backup.vaults is not None:
        yield failed("the site lists no vault", at=case.site.backup.at)
    else:
        yield unknown("the site does not say whether there is a vault (`backup.vault`)")
