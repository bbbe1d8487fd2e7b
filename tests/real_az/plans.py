"""Plans whose script is run: of every story that has one, and of drawn networks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings

import netcheck as nc
from netcheck.errors import InputError, PlanError, QuestionError
from netcheck.model.names import key
from netcheck.model.site import DeploymentModel, Site
from netcheck.remedy.options import Option
from netcheck.remedy.task import Task
from tests.property.test_remedy import tasks
from tests.real_az.refusals import Json, RefusalError
from tests.real_az.session import ROOT
from tests.real_az.sites import NotStorableError, nsg_id, to_arm
from tests.real_az.store import Store

GROUP = "rg-of-the_test.1"
"""The resource group of NSGs whose site does not name one."""
MOST_OF_A_STORY = 3


@dataclass(frozen=True)
class Planned:
    """A site, what `fix` says about it as JSON, and how to ask `fix` the same about another site.

    `variables` are what the script asks for in its environment.
    """

    id: str
    site: Site
    fix: Json
    ask: Callable[[Site], Json]
    variables: dict[str, str]

    @property
    def nsgs(self) -> dict[str, Json]:
        """The NSGs of the site by resource id, each as the body of a PUT."""
        groups = {nsg_id(nsg.resource_group or GROUP, nsg.name): nsg for nsg in self.site.network_security_groups}
        return {path: to_arm(nsg, path.split("/")[4]) for path, nsg in groups.items()}

    def nsg_path(self, name: str) -> str:
        """Return the resource id of the NSG of that name."""
        return next(path for path in self.nsgs if key(path.rsplit("/", 1)[1]) == key(name))


def story_plans() -> Iterator[Planned]:
    """Yield a plan for every site file in `fixtures/` that has one with commands, three a story at most.

    The first widens a rule. Each of the others is by the option taken least so far. A plan that was yielded for the
    same NSGs is passed over, and so is a site whose rules Azure computed: what is recorded of them is older than the
    commands.
    """
    seen: set[str] = set()
    taken: Counter[str] = Counter()
    widening = _story_plan(
        ROOT / "fixtures/proxy-port-missing/site.yaml", Option.STORAGE_REGION_TAG, is_group_given=True
    )
    yield from [widening] if widening else []
    for file in sorted((ROOT / "fixtures").glob("*/site*.yaml")):
        story = file.parent.name
        options = sorted(Option, key=lambda option: taken[option]) if taken[story] < MOST_OF_A_STORY else []
        for option in options:
            planned = _story_plan(file, option, is_group_given=len(seen) % 2 == 0)
            said = repr((planned.fix["script"], planned.nsgs)) if planned else ""
            if planned and said not in seen:
                seen.add(said)
                taken.update((option, story))
                yield planned
                break


def _story_plan(file: Path, option: Option, *, is_group_given: bool) -> Planned | None:
    """Return the plan of a site file; the resource group is given, or left for the environment."""
    group = GROUP if is_group_given else ""

    def ask(site: Site) -> Json:
        return nc.fix(site, option, resource_group=group).to_dict()

    try:
        return _planned(f"{file.parent.name}/{file.name} {option}", nc.load(file), ask)
    except InputError:
        return None


def drawn_plans(wanted: int) -> list[Planned]:
    """Return that many plans of drawn Resource Manager networks, the same every time."""
    found: dict[str, Planned] = {}

    @settings(
        max_examples=40 * wanted,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(task=tasks())
    def look(task: Task) -> None:
        if len(found) < wanted and task.site.deployment_model is DeploymentModel.RESOURCE_MANAGER:
            planned = _planned(f"drawn {len(found)} {task.option}", task.site, _asking_again(task))
            if planned:
                found.setdefault(planned.fix["script"], planned)

    look()
    return list(found.values())


def _asking_again(task: Task) -> Callable[[Site], Json]:
    names = [vm.name for vm in task.vms]

    def ask(site: Site) -> Json:
        return nc.fix(site, task.option, names, target="Storage.WestUS", ports=(80, 443)).to_dict()

    return ask


def _planned(name: str, site: Site, ask: Callable[[Site], Json]) -> Planned | None:
    """Return the plan of a Resource Manager site that has one with commands, and whose NSGs the service would hold."""
    nics = (nic for vm in site.virtual_machines for nic in vm.interfaces)
    if site.deployment_model is DeploymentModel.CLASSIC or any(nic.effective_nsgs is not None for nic in nics):
        return None
    with suppress(PlanError, QuestionError, NotStorableError, RefusalError):
        found = Planned(name, site, ask(site), ask, {"RESOURCE_GROUP": GROUP})
        store = Store()
        for path, body in found.nsgs.items():
            store.put(path, body)
        return found if found.fix["openings"] else None
    return None
