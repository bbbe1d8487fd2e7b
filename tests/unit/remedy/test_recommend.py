"""The order of options, and the reasons for the first."""

from __future__ import annotations

import pytest

import netcheck as nc
from netcheck.model.site import DeploymentModel
from netcheck.path.leg import Verdict
from netcheck.remedy.comparison import Choice
from netcheck.remedy.options import Option
from netcheck.remedy.recommend import PREFERRED, best, in_order
from tests.unit.cli.shared import ROOT

MANAGER = DeploymentModel.RESOURCE_MANAGER
FIXTURES = ROOT / "fixtures"


def choice(
    option: Option,
    verdict: Verdict = Verdict.REACHABLE,
    is_feasible: bool = True,
    opened: int = 100,
    may_fit: bool = False,
    prefixes: int = 0,
) -> Choice:
    """Return an option with the figures that order looks at."""
    return Choice(
        option=option,
        verdict=verdict,
        is_feasible=is_feasible,
        may_fit=may_fit,
        addresses_opened=opened,
        prefixes=prefixes,
    )


def order(*choices: Choice) -> list[Option]:
    """Return the options in order, given in the reverse of it."""
    return [one.option for one in in_order(MANAGER, choices[::-1])]


def test_what_works_comes_before_what_is_preferred() -> None:
    """Works, fits on request, helps some, is open, helps none, cannot be had: so it goes, preferred or not."""
    choices = [
        choice(Option.INTERNET, opened=10**9),
        choice(Option.AZURECLOUD_TAG, is_feasible=False, may_fit=True, opened=10**6),
        choice(Option.STORAGE_TAG, Verdict.PARTIAL),
        choice(Option.HTTP_PROXY, Verdict.UNDETERMINED),
        choice(Option.SERVICE_ENDPOINT, Verdict.BLOCKED),
        choice(Option.STORAGE_REGION_TAG, is_feasible=False),
    ]
    assert order(*choices) == [one.option for one in choices]


def test_the_preference_of_the_model_comes_before_exposure() -> None:
    """The regional tag goes before the proxy, however little the proxy opens."""
    first = choice(Option.STORAGE_REGION_TAG, opened=500)
    assert order(first, choice(Option.HTTP_PROXY, opened=1)) == [Option.STORAGE_REGION_TAG, Option.HTTP_PROXY]


def test_among_those_not_preferred_the_smaller_opening_goes_first() -> None:
    """Then that with fewer prefixes to keep current, then the narrower rung."""
    assert order(choice(Option.AZURECLOUD_TAG, opened=5), choice(Option.STORAGE_PREFIXES, opened=6)) == [
        Option.AZURECLOUD_TAG, Option.STORAGE_PREFIXES,
    ]  # fmt: skip
    assert order(choice(Option.AZURECLOUD_TAG), choice(Option.STORAGE_PREFIXES, prefixes=9)) == [
        Option.AZURECLOUD_TAG, Option.STORAGE_PREFIXES,
    ]  # fmt: skip
    assert order(choice(Option.AZURECLOUD_TAG), choice(Option.INTERNET)) == [Option.AZURECLOUD_TAG, Option.INTERNET]


def test_the_best_is_the_first_preferred_one_that_works() -> None:
    """An option that works and is not recommended does not become the advice."""
    preferred = {option: choice(option, Verdict.BLOCKED) for option in PREFERRED[MANAGER]}
    assert best(MANAGER, [*preferred.values(), choice(Option.PRIVATE_ENDPOINT)]) is None
    preferred[Option.HTTP_PROXY] = choice(Option.HTTP_PROXY)
    found = best(MANAGER, list(preferred.values()))
    assert found is not None
    assert found.option is Option.HTTP_PROXY


STORIES = [
    ("article-before/site.yaml", "http-proxy"),
    ("article-before/site-rm.yaml", "storage-region-tag"),
    ("private-subnet/site.yaml", "service-endpoint"),
    ("article-private-subnet/site.yaml", "service-endpoint"),
    ("storage-partial/site.yaml", "storage-region-tag"),
]


@pytest.mark.parametrize(("story", "first"), STORIES)
def test_the_order_begins_with_the_recommended_one_and_has_all(story: str, first: str) -> None:
    """Each of the twelve stands once, those that work before the others."""
    found = nc.compare(nc.load(FIXTURES / story))
    assert (found.recommended, found.order[0]) == (first, first)
    assert set(found.order) == set(Option)
    assert len(found.order) == 12
    works = [found[option].works for option in found.order]
    assert works == sorted(works, reverse=True)


def test_reasons_have_the_numbers_of_the_options() -> None:
    """How much is opened, what the next wider one opens, how full the NSG gets, what beside rules has to change."""
    found = nc.compare(nc.load(FIXTURES / "article-before" / "site-rm.yaml"))
    assert found.reasons == (
        "works for all 2 VMs, proven for every packet that is needed",
        "`NSG-lockdown` gets 1 rule: it then holds 2 of 1,000",
        "opens 816 addresses, 1.00 for each required",
        "storage-tag opens 4.86 times as many",
        "no list of ranges to keep current",
        "nothing but NSG rules has to change",
    )


def test_reasons_tell_the_drift_of_the_list_that_is_not_taken() -> None:
    """With an older file the reasons say what the list of prefixes would have cost."""
    older = FIXTURES / "tags" / "ServiceTags_Public_Older.json"
    found = nc.compare(nc.load(FIXTURES / "article-before" / "site-rm.yaml"), since=older)
    lost = "would miss 512 addresses (62.75 %) of storage-region-prefixes today"
    assert f"a list made from ServiceTags_Public_Older.json {lost}" in found.reasons
