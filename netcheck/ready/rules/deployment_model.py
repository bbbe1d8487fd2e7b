"""Whether VMs of the deployment model of the site can be backed up."""

from __future__ import annotations

from netcheck.model.names import is_same
from netcheck.ready.case import Case
from netcheck.ready.checklist import Given
from netcheck.ready.finding import Findings, failed, passed, unknown


def judge(case: Case, given: Given) -> Findings:
    """Yield one finding for the site; `model` is the one that can be backed up."""
    own, needed = str(case.site.deployment_model), str(given["model"])
    if not case.site.states_model:
        yield unknown("the site does not say its `deploymentModel`")
    elif is_same(own, needed):
        yield passed(f"the VMs are of the {own} model")
    else:
        yield failed(f"the VMs are of the {own} model; {needed} is needed")
