"""What an option costs, depends on and cannot do: each sentence where it is true, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

import netcheck as nc
from netcheck.model.proxyacl import allowed_domains_acl
from netcheck.model.site import Cloud
from netcheck.remedy.compare import compare
from netcheck.remedy.comparison import Comparison
from netcheck.remedy.edits import PLANNED
from netcheck.remedy.options import Option
from netcheck.remedy.task import make_task
from tests.unit.cli.shared import ROOT

FOLDER = ROOT / "fixtures" / "article-before"


@pytest.fixture(scope="module")
def manager() -> nc.Site:
    """Return the article's network in Resource Manager."""
    return nc.load(FOLDER / "site-rm.yaml")


def compared(site: nc.Site, profile: str = "vm-2018", target: str = "", ports: tuple[int, ...] = ()) -> Comparison:
    """Return the comparison for a site."""
    return compare(make_task(site, Option.HTTP_PROXY, (), profile, target, ports))


def saying(comparison: Comparison, words: str) -> set[str]:
    """Return the options that say some words about what they cannot do."""
    return {str(choice.option) for choice in comparison.choices if any(words in one for one in choice.cannot)}


RULES = {str(option) for option in Option if option.needs_published_tag or option.is_by_prefix} | {"internet"}


def test_8443_is_said_where_rules_leave_it_closed(manager: nc.Site) -> None:
    """Rules of the article's two ports leave managed disks out; with 8443 in them, only squid's default is left."""
    assert saying(compared(manager, "article-2015"), "--profile vm-2018") == {*RULES, "service-endpoint"}
    assert saying(compared(manager), "--profile vm-2018") == set()
    assert saying(compared(manager), "squid as it comes refuses CONNECT to 8443") == {"http-proxy"}
    assert saying(compared(manager, "article-2015"), "squid as it comes") == set()


def test_the_linux_extension_is_named_with_its_vms(manager: nc.Site) -> None:
    """It concerns Linux VMs that would go through the proxy, and no site of Windows alone."""
    assert saying(compared(manager), "Linux snapshot extension") == set()
    vms = tuple(replace(vm, os_type="Linux") if vm.name == "app-vm" else vm for vm in manager.virtual_machines)
    linux = compared(replace(manager, virtual_machines=vms))
    assert saying(linux, "Linux snapshot extension") == {"http-proxy"}
    assert any("`app-vm`" in one for one in linux["http-proxy"].cannot)


def test_managed_disks_need_their_names_on_the_proxys_list(manager: nc.Site) -> None:
    """The list of the article lacks `.blob.storage.azure.net`; one that has it is not reproached with it."""
    assert saying(compared(manager), "which the list of `proxy-vm` refuses") == {"http-proxy"}
    hosts = [".blob.core.windows.net", ".blob.storage.azure.net"]
    vms = tuple(
        replace(vm, proxy_server=replace(vm.proxy_server, acl=allowed_domains_acl(hosts, PLANNED)))
        if vm.proxy_server is not None
        else vm
        for vm in manager.virtual_machines
    )
    assert saying(compared(replace(manager, virtual_machines=vms)), "which the list of") == set()


def test_azurecloud_is_told_what_it_lacks(manager: nc.Site) -> None:
    """1,040 of the 3,969 addresses of Storage; for SQL and SAP HANA also what Entra has elsewhere."""
    lacking = {"azurecloud-tag", "azurecloud-prefixes"}
    assert saying(compared(manager), "`AzureCloud` lacks 1,040 of the 3,969 addresses of `Storage`") == lacking
    assert saying(compared(manager), "AzureActiveDirectory") == set()
    entra = "`AzureCloud` lacks 32,768 of the 32,769 addresses of `AzureActiveDirectory`"
    assert saying(compared(manager, "workload"), entra) == lacking


def test_ranges_let_others_in(manager: nc.Site) -> None:
    """A Storage range is the service's, a data-centre range everybody's; nothing of it is said of a proxy."""
    assert saying(compared(manager), "storage accounts of other customers") == {
        "storage-region-tag", "storage-tag", "storage-region-prefixes", "storage-prefixes",
    }  # fmt: skip
    assert saying(compared(manager), "other customers' VMs") == {
        "azurecloud-region-tag", "azurecloud-tag", "azurecloud-region-prefixes", "azurecloud-prefixes",
    }  # fmt: skip


def test_other_regions_stay_closed_where_a_region_is_opened(manager: nc.Site) -> None:
    """Said of the regional rungs for a regional target, and of no rung for all of Storage."""
    regional = {
        "storage-region-tag", "storage-region-prefixes", "azurecloud-region-tag", "azurecloud-region-prefixes",
    }  # fmt: skip
    assert saying(compared(manager), "another region stay closed") == regional
    assert saying(compared(manager, target="Storage"), "another region stay closed") == set()


def test_a_service_endpoint_is_for_its_own_region(manager: nc.Site) -> None:
    """The site is in West US: an account in East US takes the endpoint for all regions."""
    assert saying(compared(manager), "Microsoft.Storage.Global") == set()
    assert saying(compared(manager, target="Storage.EastUS"), "Microsoft.Storage.Global") == {"service-endpoint"}
    assert saying(compared(manager), "not peered networks") == {"service-endpoint"}


def test_private_endpoints_are_for_accounts_of_ones_own(manager: nc.Site) -> None:
    """Neither the accounts of the Backup service, nor (in the public cloud) the disks under another name."""
    assert saying(compared(manager), "accounts of the service") == {"private-endpoint"}
    assert saying(compared(manager), "`.blob.storage.azure.net` are not the account's") == {"private-endpoint"}
    government = compared(replace(manager, cloud=Cloud.GOVERNMENT))
    assert saying(government, ".blob.storage.azure.net") == set()


def test_classic_says_only_that_there_is_no_such_thing() -> None:
    """Tags are refused as why_not has it; of endpoints, which classic has not, nothing more is said."""
    found = compared(nc.load(FOLDER / "site.yaml"), "article-2015")
    for choice in found.choices:
        if choice.option.needs_published_tag:
            assert choice.cannot == (choice.why_not,)
    assert found["service-endpoint"].cannot == found["private-endpoint"].cannot == ()


def test_the_proxy_is_the_only_single_point(manager: nc.Site) -> None:
    """It is named; a whitelist and endpoints have none of their own."""
    points = {str(one.option): one.single_points for one in compared(manager).choices if one.single_points}
    assert points == {"http-proxy": ("`proxy-vm`: while it is down, no client reaches Storage",)}
    assert compared(manager)["http-proxy"].cost == ("a proxy VM to run", "client settings on 1 VM")


def test_a_proxy_without_a_vm_is_still_one() -> None:
    """Where no proxy is in the site, the option depends on the one to come."""
    found = compared(nc.load(ROOT / "fixtures" / "private-subnet"))["http-proxy"]
    assert found.single_points == ("the proxy VM: while it is down, no client reaches Storage",)
    assert not found.is_feasible
    assert found.why_not


@pytest.mark.parametrize("name", ["site.yaml", "site-rm.yaml"])
def test_no_sentence_stands_twice_in_the_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is true of several options is said once, with their names, and no line is wider than a terminal."""
    from tests.unit.cli.shared import run

    out = run(capsys, ["compare", str(FOLDER / name), "-q"]).out
    for words in ("managed disks need port 8443", "the ranges change every week", "of other customers are"):
        assert " ".join(out.split()).count(words) == 1, words
    assert max(len(line) for line in out.splitlines() if "next:" not in line) <= 80
