"""The option of private endpoints: which of them a VM's names lead to, and what it takes until they do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import netcheck as nc
from netcheck.errors import PlanError
from netcheck.model.site import DeploymentModel, Site
from netcheck.path.leg import Verdict
from netcheck.remedy.compare import compare
from netcheck.remedy.comparison import Choice
from netcheck.remedy.options import Option
from netcheck.remedy.plan import make_plan
from netcheck.remedy.private import endpoints_for, missing, why_not
from netcheck.remedy.task import Task, make_task

FIXTURES = Path(__file__).parents[3] / "fixtures"


@pytest.fixture
def site() -> Site:
    """Return the site with one endpoint for blobs, whose zone is linked to one of two networks."""
    return nc.load(FIXTURES / "plans-on-the-way" / "site-private-endpoint.yaml")


def task(site: Site, vm: str = "app-vm", target: str = "Storage.WestUS") -> Task:
    """Return the task for a VM."""
    return make_task(site, Option.PRIVATE_ENDPOINT, [vm], target=target, ports=[443])


def choice(site: Site, vm: str = "app-vm") -> Choice:
    """Return the option as `compare` has it."""
    return compare(task(site, vm))["private-endpoint"]


def test_a_name_leads_to_the_endpoint_where_its_zone_is_linked(site: Site) -> None:
    """The zone is linked to one network, and the endpoint is no use in the other."""
    found = {vm.name: [one.name for one in endpoints_for(site, vm)] for vm in site.virtual_machines}
    assert found == {"app-vm": ["pe-blob"], "listed-vm": ["pe-blob"], "other-vm": []}


def test_the_verdict_is_that_of_the_path_to_the_endpoint(site: Site) -> None:
    """The plan opens what denies the endpoint's address, and is proven on it."""
    plan = make_plan(task(site))
    assert (plan.before, plan.after, [one.nsg for one in plan.openings]) == (
        Verdict.BLOCKED, Verdict.REACHABLE, ["nsg-app", "nsg-endpoints"],
    )  # fmt: skip
    assert choice(site).verdict is Verdict.REACHABLE
    assert choice(site).is_feasible


def test_an_endpoint_that_is_not_approved_is_named(site: Site) -> None:
    """Whether the name has the address of an endpoint that was turned down is not documented."""
    site = replace(site, private_endpoints=tuple(replace(one, is_approved=False) for one in site.private_endpoints))
    assert "`pe-blob` is not approved" in why_not(task(site))
    assert (choice(site).is_feasible, choice(site).verdict) == (False, Verdict.UNDETERMINED)


def test_zones_that_no_file_states_leave_it_open(site: Site) -> None:
    """Without `privateDnsZones` the name has its public addresses or the endpoint's, and nobody knows which."""
    assert "which private DNS zones there are" in why_not(task(replace(site, private_dns_zones=None)))


def test_an_endpoint_for_queues_is_none_for_blobs(site: Site) -> None:
    """Backup asks for blobs."""
    queues = tuple(replace(one, groups=("queue",)) for one in site.private_endpoints)
    assert "no private endpoint for blobs" in why_not(task(replace(site, private_endpoints=queues)))


def test_an_endpoint_without_known_address_opens_nothing(site: Site) -> None:
    """No rule can name an address that no file states."""
    bare = tuple(replace(one, addresses=()) for one in site.private_endpoints)
    assert "the address of private endpoint `pe-blob`" in why_not(task(replace(site, private_endpoints=bare)))


def test_what_is_missing_is_listed_with_the_option(site: Site) -> None:
    """Endpoint, zone with its link, and the NSG rule: compare lists them though there is no plan."""
    bare = replace(site, private_endpoints=())
    assert [change.kind for change in missing(task(bare))] == ["privateEndpoint", "privateDnsZone", "nsgRule"]
    assert [change.kind for change in choice(bare).changes] == ["privateEndpoint", "privateDnsZone", "nsgRule"]
    assert [change.kind for change in missing(task(site, "other-vm"))] == ["privateDnsZone", "nsgRule"]
    assert missing(task(site)) == ()


def test_needs_outside_storage_have_no_such_endpoint(site: Site) -> None:
    """An account's endpoint does not stand for an address, a VM or another service."""
    assert "does not stand for `20.60.0.0/16`" in why_not(task(site, target="20.60.0.0/16"))
    assert missing(task(site, target="20.60.0.0/16")) == ()


def test_classic_networks_have_none(site: Site) -> None:
    """Private endpoints are of Resource Manager alone."""
    classic = task(replace(site, deployment_model=DeploymentModel.CLASSIC))
    assert "classic" in why_not(classic)
    with pytest.raises(PlanError) as raised:
        make_plan(classic)
    assert raised.value.code == "NC405"


def test_the_option_says_what_it_does_not_cover(site: Site) -> None:
    """Accounts of the Backup service are not the user's: an endpoint of the vault is for these."""
    assert any("accounts of the service" in note for note in choice(site).notes)
    assert any("accounts of the service" in one for one in choice(replace(site, private_endpoints=())).cannot)
