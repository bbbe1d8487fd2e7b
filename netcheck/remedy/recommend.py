"""Which option to take, why, and in which order the others follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from netcheck.model.site import DeploymentModel
from netcheck.path.leg import Verdict
from netcheck.remedy.comparison import Choice
from netcheck.remedy.evaluation import evaluate
from netcheck.remedy.options import Option
from netcheck.remedy.task import Task

PREFERRED: Mapping[DeploymentModel, tuple[Option, ...]] = MappingProxyType(
    {
        DeploymentModel.CLASSIC: (
            Option.HTTP_PROXY,
            Option.STORAGE_REGION_PREFIXES,
            Option.STORAGE_PREFIXES,
            Option.INTERNET,
        ),
        DeploymentModel.RESOURCE_MANAGER: (
            Option.STORAGE_REGION_TAG,
            Option.SERVICE_ENDPOINT,
            Option.HTTP_PROXY,
            Option.STORAGE_REGION_PREFIXES,
            Option.STORAGE_TAG,
            Option.AZURECLOUD_REGION_TAG,
        ),
    }
)
"""The options that are recommended, the first one first."""
_WHY = {
    Option.HTTP_PROXY: "one way out, by URL, and no list of ranges to keep current; it costs a proxy VM",
    Option.STORAGE_REGION_TAG: "the smallest opening, and Azure keeps the tag current",
    Option.SERVICE_ENDPOINT: "works without an egress method, on the Azure backbone",
    Option.STORAGE_REGION_PREFIXES: "no extra cost and little exposure; the list has to follow the published ranges",
}


class Tried(NamedTuple):
    """The first option that works, if one does, with the reason to take it, and those tried before it."""

    choice: Choice | None
    why: str
    others: tuple[Choice, ...]


def recommend(task: Task) -> Tried:
    """Return the first option in order of preference that works and fits.

    Options are tried one by one, so that the usual case costs one plan.
    """
    required = task.required[4].size
    others: list[Choice] = []
    for option in PREFERRED[task.site.deployment_model]:
        choice = evaluate(replace(task, option=option), required)
        if choice.works:
            return Tried(choice, why(choice), tuple(others))
        others.append(choice)
    return Tried(None, why(None), tuple(others))


def in_order(model: DeploymentModel, choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return the options in the order in which to take them.

    First those that work and fit; then those that a raised limit would let fit; then those that fit and help some VMs,
    those of which a fact is open, those that fit and help none; last those that cannot be had as the site is. Among
    equals the preference of the deployment model decides, then the number of addresses opened, then that of prefixes
    to keep current, then the order of the ladder.
    """
    preferred = PREFERRED[model]
    ladder = list(Option)

    def place(choice: Choice) -> tuple[int, int, int, int, int]:
        at = preferred.index(choice.option) if choice.option in preferred else len(preferred)
        kept = choice.prefixes if choice.option.is_by_prefix else 0
        return _rank(choice), at, choice.addresses_opened, kept, ladder.index(choice.option)

    return tuple(sorted(choices, key=place))


def _rank(choice: Choice) -> int:
    if choice.works:
        return 0
    if not choice.is_feasible:
        return 1 if choice.may_fit and choice.verdict is Verdict.REACHABLE else 5
    return {Verdict.PARTIAL: 2, Verdict.UNDETERMINED: 3}.get(choice.verdict, 4)


def best(model: DeploymentModel, choices: Sequence[Choice]) -> Choice | None:
    """Return the first of the recommended options that works and fits, if one does."""
    by_option = {choice.option: choice for choice in choices}
    return next((by_option[option] for option in PREFERRED[model] if by_option[option].works), None)


def why(choice: Choice | None) -> str:
    """Return the reason to take an option, in a sentence."""
    if choice is None:
        return "no option is proven to work for this site: see what each one lacks"
    return _WHY.get(choice.option, "the first option that works and fits")
