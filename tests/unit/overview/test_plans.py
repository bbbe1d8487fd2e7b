"""Plans of a report are those that `fix` prints, option by option and dialect by dialect."""

from pathlib import Path

import pytest

import netcheck as nc
from netcheck.errors import PlanError
from netcheck.model.site import Site
from netcheck.overview.plans import SpelledPlan, dialects_for
from netcheck.remedy.dialects.dialect import Dialect
from netcheck.remedy.fix import Fix
from tests.unit.overview.shared import ARTICLE, FIXTURES, OPEN, report_of

SITES = (ARTICLE, OPEN, FIXTURES / "storage-443" / "site.yaml", FIXTURES / "two-nsgs-disagree" / "site.yaml")


def _told(fix: Fix) -> object:
    return fix.to_dict(), fix.spelled


def _expected(site: Site, plan: SpelledPlan, option: str) -> tuple[object, str]:
    """Return what `fix` says, or why it says nothing."""
    try:
        return _told(nc.fix(site, option, dialect=str(plan.dialect))), ""
    except PlanError as error:
        return None, f"{error.message}: {error.help}"


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.parent.name)
def test_a_plan_is_what_fix_prints(path: Path) -> None:
    """To the byte, with proof, notes and undo; where `fix` refuses a dialect, its reason is told."""
    site, report = nc.load(path), report_of(path)
    assert report.plans
    for one in report.plans:
        for plan in one.plans:
            found = plan.fix and _told(plan.fix), plan.why_not
            assert found == _expected(site, plan, str(one.choice.option))


@pytest.mark.parametrize("path", SITES, ids=lambda path: path.parent.name)
def test_every_option_that_works_has_a_plan(path: Path) -> None:
    """In the order of the comparison, the recommended one first."""
    report = report_of(path)
    assert report.comparison is not None
    works = [option for option in report.comparison.order if report.comparison[option].works]
    assert [one.choice.option for one in report.plans] == works
    assert works[0] == report.comparison.recommended


def test_dialects_reach_the_nsgs() -> None:
    """Classic commands reach no Resource Manager NSG; a classic NSG may have been moved, so all are given."""
    assert dialects_for(nc.load(OPEN)) == (Dialect.AZ, Dialect.AZPS, Dialect.TERRAFORM, Dialect.BICEP, Dialect.ARM)
    assert dialects_for(nc.load(ARTICLE)) == tuple(Dialect)
