"""Make plans for many drawn sites, and let the reference walker judge what each of them does.

    python -m tests.plan_campaign --plans 1000 --seed 1 --processes 2

A plan counts when backup traffic is kept back without it and its proof says that it passes with it. Its rules are put
into the site by their names, by code that shares nothing with the engine, and the walker follows flows without and with
them: every flow that is needed arrives, and no other flow fares differently. A difference is printed with the case that
brings it back (`--case 1/77`), and the exit status is 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from netcheck.errors import PlanError
from netcheck.model.flow import Flow
from netcheck.model.network import NetworkInterface
from netcheck.model.site import DeploymentModel, Site
from netcheck.path.leg import Verdict
from netcheck.remedy.dialects.dialect import Dialect
from netcheck.remedy.options import Option
from netcheck.remedy.plan import Plan, make_plan
from netcheck.remedy.task import Task, make_task
from netcheck.sets.packets import Header
from tests.drawn_campaign import Campaign, Outcome
from tests.oracle.ground import Ground
from tests.oracle.walker import judge
from tests.property.patches import patched, why_invalid, with_service_endpoints, without_computed_routes
from tests.property.plan_sites import SECOND, draw_blocked_site, needed_flows, other_flows, with_proxy

SEVERAL = (Option.INTERNET, Option.STORAGE_REGION_TAG, Option.STORAGE_REGION_PREFIXES, Option.STORAGE_PREFIXES)
"""Options of which some tasks have a second need."""
CLASSIC = (
    Option.HTTP_PROXY,
    Option.HTTP_PROXY,
    Option.INTERNET,
    Option.STORAGE_REGION_PREFIXES,
    Option.STORAGE_PREFIXES,
    Option.AZURECLOUD_PREFIXES,
)
RESOURCE_MANAGER = (
    *CLASSIC,
    Option.STORAGE_REGION_TAG,
    Option.STORAGE_TAG,
    Option.AZURECLOUD_REGION_TAG,
    Option.AZURECLOUD_TAG,
    Option.SERVICE_ENDPOINT,
)


@dataclass
class Case:
    """One drawn site, and a plan for it in one dialect."""

    name: str
    random: Random
    site: Site
    outcome: Outcome = field(default_factory=lambda: Outcome(sites=1))

    def examine(self) -> Outcome:
        """Make a plan and, where it is proven, judge it."""
        task = self.draw_task()
        try:
            plan = make_plan(task, on_whole_site=True)
        except PlanError as error:
            self.outcome.met[f"no plan: {error.code}"] += 1
            return self.outcome
        self.outcome.met[f"{plan.before} to {plan.after}"] += 1
        if plan.before is not Verdict.REACHABLE and plan.is_proven and plan.edits:
            self.outcome.plans += 1
            self.outcome.met.update(features(task, plan))
            self.judge(task, plan)
        return self.outcome

    def draw_task(self) -> Task:
        """Draw VMs, an option and a dialect that its rules are meant for."""
        is_classic = self.site.deployment_model is DeploymentModel.CLASSIC
        option = self.random.choice(CLASSIC if is_classic else RESOURCE_MANAGER)
        if option is Option.HTTP_PROXY:
            self.site = with_proxy(self.random, self.site)
        if option is Option.SERVICE_ENDPOINT:  # computed routes are out of date with the endpoint, and a note says so
            self.site = without_computed_routes(self.site)
        names = [vm.name for vm in self.site.virtual_machines if vm.primary.addresses]
        vms = self.random.sample(names, self.random.randint(1, min(3, len(names))))
        ports = self.random.choice(((443,), (80, 443)))
        task = make_task(self.site, option, vms, target="Storage.WestUS", ports=ports)
        if option in SEVERAL and self.random.random() < 0.4:
            task = replace(task, profile=replace(task.profile, needs=(*task.profile.needs, SECOND)))
        dialects = [one for one in Dialect if one is not Dialect.CLASSIC or not option.needs_published_tag]
        return replace(task, dialect=self.random.choice(dialects))

    def judge(self, task: Task, plan: Plan) -> None:
        """Compare what the walker says about flows without and with the plan, and look at the rules themselves."""
        after = patched(self.site, plan.edits)
        if task.option is Option.SERVICE_ENDPOINT:
            after = with_service_endpoints(after, [vm.primary.subnet for vm in task.vms])
        self.note(why_invalid(after, task.dialect))
        if plan.beyond and not task.form.is_single and task.option is not Option.SERVICE_ENDPOINT:
            self.note([f"opens {plan.beyond.count_pairs():,} pairs beyond what is asked"])
        old, new = Ground(self.site), Ground(after)
        for name, flow in needed_flows(self.random, task):
            told = judge(new, flow, nic_called(after, name))
            self.outcome.flows[f"needed: {told}"] += 1
            if told != "reachable":
                self.note([f"{flow} of {name} is {told} with the plan"])
        for name, flow in other_flows(self.random, task):
            was, now = judge(old, flow, nic_called(self.site, name)), judge(new, flow, nic_called(after, name))
            self.outcome.flows[f"other: {now}"] += 1
            if was != now and not is_told(task, plan, flow):
                self.note([f"{flow} of {name} was {was} and is {now}"])

    def note(self, faults: Sequence[str]) -> None:
        self.outcome.differences += [f"{self.name}: {fault}" for fault in faults]


def nic_called(site: Site, name: str) -> NetworkInterface:
    """Return a NIC as a site has it."""
    return next(nic for vm in site.virtual_machines for nic in vm.interfaces if nic.name == name)


def is_told(task: Task, plan: Plan, flow: Flow) -> bool:
    """Return whether a flow is in the excess that a plan tells, where its option or dialect cannot be exact."""
    header = Header(flow.family, flow.protocol, flow.destination_port, flow.source_port, flow.source, flow.destination)
    return header in plan.beyond and (task.form.is_single or task.option is Option.SERVICE_ENDPOINT)


def features(task: Task, plan: Plan) -> Iterator[str]:
    """Yield what a plan has."""
    yield f"option {task.option}"
    yield f"as {task.dialect}"
    yield f"IPv{'4' if all(a.family == 4 for vm in task.vms for a in vm.primary.addresses) else '6 too'}"
    yield from ["rules that move"] if plan.moves else []
    yield from ["rules that are widened"] if any(opening.replaces for opening in plan.openings) else []
    yield from ["several needs"] if len(task.needs) > 1 else []
    yield from ["several NSGs"] if len({edit.nsg for edit in plan.edits}) > 1 else []
    yield from ["more than is asked"] if plan.beyond else []


def run(seed: int, first: int, count: int) -> Outcome:
    """Examine some sites; each is drawn from the seed and its own number."""
    whole = Outcome()
    for number in range(first, first + count):
        random = Random(f"plan {seed}/{number}")
        whole.add(Case(f"{seed}/{number}", random, draw_blocked_site(random)).examine())
    return whole


CAMPAIGN = Campaign(
    module="tests.plan_campaign",
    about="let plain loops judge plans",
    word="plans",
    counted=lambda outcome: outcome.plans,
    run=run,
    batch=25,
)


if __name__ == "__main__":
    sys.exit(CAMPAIGN.main(sys.argv[1:]))
