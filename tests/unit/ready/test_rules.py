"""Predicates of the checklist at their edges: what is missing is never a pass, and a number is compared as one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netcheck.diagnostics import NOWHERE
from netcheck.model.address import parse_address
from netcheck.model.backupfacts import AgentSource, AgentState, BackupFacts, DomainController, Image
from netcheck.model.site import (
    Backup,
    DeploymentModel,
    NetworkInterface,
    PublicIp,
    Restore,
    Site,
    Vault,
    VirtualMachine,
)
from netcheck.ready.case import Case
from netcheck.ready.finding import Status, worst
from netcheck.ready.run import predicate
from netcheck.ready.systems import system_of
from netcheck.ready.versions import parse_version

NIC = NetworkInterface(name="nic", subnet="vnet/default", addresses=(parse_address("10.0.0.4"),), at=NOWHERE)


def vm(os_type: str = "Windows", agent: str = "", **facts: Any) -> VirtualMachine:
    """Return a VM with some facts about its backup."""
    own = BackupFacts(**facts)
    return VirtualMachine(
        name="vm", os_type=os_type, interfaces=(NIC,), at=NOWHERE, agent_version=agent, backup_facts=own
    )


def status(rule: str, machine: VirtualMachine | None = None, backup: Backup | None = None, **given: Any) -> Status:
    """Return what a predicate finds for one VM in westus."""
    machine = machine or vm()
    classic = bool(given.pop("classic", False))
    model = DeploymentModel.CLASSIC if classic else DeploymentModel.RESOURCE_MANAGER
    site = Site(
        file="s", location="westus", deployment_model=model, virtual_machines=(machine,), backup=backup or Backup()
    )
    case = Case(site=site, vms=(machine,), profile="article-2015")
    return worst(finding.status for finding in predicate(rule)(case, given))


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.6.1198.718", Status.PASS),
        ("2.6.1198.717", Status.FAIL),
        ("2.6.1198.80", Status.FAIL),
        ("2.10.0.0", Status.PASS),
        ("2.6.1198", Status.FAIL),
        ("3", Status.PASS),
        ("", Status.UNKNOWN),
        ("newest", Status.UNKNOWN),
        ("2.6.1198.718-beta", Status.UNKNOWN),
        ("\u0662.6.1198.718", Status.UNKNOWN),
    ],
)
def test_versions_are_numbers(version: str, expected: Status) -> None:
    """80 is less than 718, and text that is no version says nothing."""
    assert status("agent_version", vm(agent=version), least="2.6.1198.718") is expected


def test_zeros_at_the_end_of_a_version_do_not_count() -> None:
    """`2.0` is `2`, and no version is before all others."""
    assert parse_version("2.0.0") == parse_version("2") == (2,)
    assert parse_version("1." * 40 + "1") is None


@pytest.mark.parametrize(
    ("os_type", "rule", "expected"),
    [
        ("Linux", "agent_version", Status.NOT_APPLICABLE),
        ("", "agent_version", Status.UNKNOWN),
        ("Windows", "agent_linux", Status.NOT_APPLICABLE),
        ("", "agent_linux", Status.UNKNOWN),
    ],
)
def test_an_agent_is_of_one_system(os_type: str, rule: str, expected: Status) -> None:
    """Without the system nobody knows which line is about the VM."""
    assert status(rule, vm(os_type=os_type, agent="9.9.9.9"), least="1") is expected


@pytest.mark.parametrize(
    ("facts", "agent", "expected"),
    [
        ({"agent_source": AgentSource.DISTRIBUTION}, "", Status.PASS),
        ({"agent_source": AgentSource.GITHUB, "agent_latest": "2.9"}, "2.9", Status.PASS),
        ({"agent_source": AgentSource.GITHUB, "agent_latest": "2.10"}, "2.9", Status.FAIL),
        ({"agent_latest": "2.10"}, "2.9", Status.FAIL),
        ({"agent_source": AgentSource.GITHUB}, "2.9", Status.UNKNOWN),
        ({"agent_source": AgentSource.GITHUB, "agent_latest": "2.9"}, "", Status.UNKNOWN),
        ({}, "2.9", Status.UNKNOWN),
    ],
)
def test_a_linux_agent_is_the_distributions_or_current(facts: dict[str, Any], agent: str, expected: Status) -> None:
    """A version alone does not say whether it is current."""
    assert status("agent_linux", vm("Linux", agent, **facts)) is expected


@pytest.mark.parametrize(
    ("facts", "agent", "expected"),
    [
        ({"agent_state": AgentState.READY}, "", Status.PASS),
        ({}, "1.0", Status.PASS),
        ({"provisions_agent": True}, "", Status.PASS),
        ({"provisions_agent": False}, "", Status.UNKNOWN),
        ({"provisions_agent": True, "agent_state": AgentState.NOT_READY}, "", Status.FAIL),
        ({"agent_state": AgentState.NOT_READY}, "1.0", Status.FAIL),
        ({"agent_state": AgentState.NOT_INSTALLED}, "1.0", Status.FAIL),
        ({}, "", Status.UNKNOWN),
    ],
)
def test_what_says_that_the_agent_is_there(facts: dict[str, Any], agent: str, expected: Status) -> None:
    """A version does, and the platform's own word counts for more."""
    assert status("agent_installed", vm(agent=agent, **facts)) is expected


@pytest.mark.parametrize(
    ("power", "expected"),
    [
        ("running", Status.PASS),
        ("deallocated", Status.FAIL),
        ("stopped", Status.FAIL),
        ("starting", Status.UNKNOWN),
        ("", Status.UNKNOWN),
    ],
)
def test_a_vm_that_is_off_gets_crash_consistent_points(power: str, expected: Status) -> None:
    """A state between the two says nothing."""
    assert status("vm_running", vm(power=power)) is expected


def test_databases_need_a_vm_that_runs() -> None:
    """The workload extension backs nothing up from outside."""
    case = Case(site=Site(file="s"), vms=(vm(power="stopped"),), profile="workload")
    [found] = predicate("vm_running")(case, {"off": "databases are not backed up while it does not run"})
    assert (found.status, found.told) == (
        Status.FAIL,
        "it is stopped: databases are not backed up while it does not run",
    )


@pytest.mark.parametrize(("number", "expected"), [(16, Status.PASS), (17, Status.FAIL), (0, Status.PASS)])
def test_sixteen_disks_are_not_too_many(number: int, expected: Status) -> None:
    """The article refuses more than 16."""
    assert status("data_disks", vm(data_disks=("",) * number), most=16) is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"os_disk": "Standard_LRS", "data_disks": ("StandardSSD_LRS",)}, Status.PASS),
        ({"os_disk": "Standard_LRS", "data_disks": ("Premium_LRS",)}, Status.FAIL),
        ({"os_disk": "premium_zrs"}, Status.FAIL),
        ({"os_disk": "PremiumV2_LRS", "data_disks": ()}, Status.PASS),
        ({"os_disk": "Standard_LRS"}, Status.UNKNOWN),
        ({"os_disk": "", "data_disks": ()}, Status.UNKNOWN),
        ({"os_disk": "Standard_LRS", "data_disks": ("",)}, Status.UNKNOWN),
    ],
)
def test_one_disk_of_a_refused_type_is_enough(facts: dict[str, Any], expected: Status) -> None:
    """A disk of which the type is not known may be one; `Premium` is not `PremiumV2`."""
    assert status("storage_type", vm(**facts), refused=["Premium"]) is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"reserved_ips": ()}, Status.PASS),
        ({"reserved_ips": ("a",), "input_endpoints": ("b",)}, Status.PASS),
        ({"reserved_ips": ("a",), "input_endpoints": ()}, Status.FAIL),
        ({"reserved_ips": ("a",)}, Status.UNKNOWN),
        ({"input_endpoints": ("b",)}, Status.UNKNOWN),
    ],
)
def test_a_reserved_address_needs_an_endpoint(facts: dict[str, Any], expected: Status) -> None:
    """Both lists have to be known, unless the first is empty."""
    assert status("reserved_ip", vm(**facts), classic=True) is expected
    assert status("reserved_ip", vm(**facts)) is Status.NOT_APPLICABLE


WINDOWS: dict[str, Any] = {
    "windows": "6.1",
    "clients": "undocumented",
    "endorsed": ["ubuntu", "debian"],
    "refused": ["coreos"],
}


@pytest.mark.parametrize(
    ("os_type", "facts", "expected"),
    [
        ("Windows", {"os_name": "Windows Server 2008 R2 Enterprise"}, Status.PASS),
        ("Windows", {"os_name": "Windows Server 2008 Enterprise"}, Status.FAIL),
        ("Windows", {"os_name": "Windows Server 2003"}, Status.FAIL),
        ("Windows", {"image": Image(publisher="MicrosoftSQLServer", offer="SQL2008R2SP3-WS2008R2SP1")}, Status.FAIL),
        ("Windows", {"image": Image(publisher="MicrosoftSQLServer", offer="SQL2019-WS2022")}, Status.PASS),
        ("Windows", {"os_name": "Windows 10 Enterprise", "os_version": "10.0.19045"}, Status.UNKNOWN),
        ("Windows", {"image": Image(publisher="contoso", offer="golden-image")}, Status.UNKNOWN),
        ("Windows", {}, Status.UNKNOWN),
        ("Linux", {"image": Image(publisher="Canonical", offer="UbuntuServer")}, Status.PASS),
        ("Linux", {"os_name": "debian"}, Status.PASS),
        ("Linux", {"os_name": "flatcar"}, Status.UNKNOWN),
        ("Linux", {"image": Image(publisher="CoreOS")}, Status.FAIL),
        ("Linux", {"os_name": "gentoo"}, Status.UNKNOWN),
        ("Linux", {}, Status.UNKNOWN),
    ],
)
def test_operating_systems(os_type: str, facts: dict[str, Any], expected: Status) -> None:
    """A name that says two years is taken for the older one; a distribution nobody endorses may work all the same."""
    assert status("operating_system", vm(os_type, **facts), **WINDOWS) is expected


@pytest.mark.parametrize(
    ("clients", "expected"), [("supported", Status.PASS), ("refused", Status.FAIL), ("undocumented", Status.UNKNOWN)]
)
def test_windows_clients_are_as_the_page_says(clients: str, expected: Status) -> None:
    """One page is about servers, one refuses clients, one takes Windows 10 and 11."""
    machine = vm(os_name="Windows 11 Pro", os_version="10.0.22631")
    assert status("operating_system", machine, **{**WINDOWS, "clients": clients}) is expected


def test_the_client_of_a_long_term_version_is_no_server() -> None:
    """`Windows 10 Enterprise 2016 LTSB` names the year of a server."""
    found = system_of(vm(os_name="Windows 10 Enterprise 2016 LTSB"))
    assert found is not None
    assert (found.is_windows, found.is_server) == (True, False)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (DomainController.NO, Status.PASS),
        (DomainController.SINGLE, Status.PASS),
        (DomainController.ONE_OF_SEVERAL, Status.FAIL),
        (None, Status.UNKNOWN),
    ],
)
def test_one_of_several_controllers(word: DomainController | None, expected: Status) -> None:
    """The only controller of a domain is restored like any VM."""
    assert status("domain_controller", vm(domain_controller=word)) is expected


def test_special_networks() -> None:
    """Two NICs, a load balancer, two reserved addresses; in the classic model a file has to say what is reserved."""
    public = PublicIp(family=4, address=parse_address("203.0.113.10"))
    several = replace(vm(), interfaces=(replace(NIC, public_ips=(public, public)),))
    assert status("special_network", vm()) is Status.PASS
    assert status("special_network", several) is Status.FAIL
    assert status("special_network", replace(vm(), interfaces=(NIC, NIC))) is Status.FAIL
    assert status("special_network", replace(vm(), interfaces=(replace(NIC, backend_pools=("p",)),))) is Status.FAIL
    assert status("special_network", vm(), classic=True) is Status.UNKNOWN
    assert status("special_network", vm(reserved_ips=("a", "b")), classic=True) is Status.FAIL


VAULT = Vault(name="v", location="westus", state="Succeeded", redundancy="GeoRedundant")


@pytest.mark.parametrize(
    ("rule", "backup", "expected"),
    [
        ("vault_exists", Backup(), Status.UNKNOWN),
        ("vault_exists", Backup(vaults=()), Status.FAIL),
        ("vault_exists", Backup(vaults=(VAULT,)), Status.PASS),
        ("vault_name_unique", Backup(vault=VAULT), Status.UNKNOWN),
        ("vault_name_unique", Backup(vault=VAULT, vaults=(VAULT,)), Status.PASS),
        ("vault_name_unique", Backup(vault=VAULT, vaults=(VAULT, replace(VAULT, name="V"))), Status.FAIL),
        ("vault_region", Backup(vault=replace(VAULT, location="")), Status.UNKNOWN),
        ("vault_region", Backup(vault=Vault(name="V"), vaults=(VAULT,)), Status.PASS),
        ("vault_per_region", Backup(vault=replace(VAULT, location="eastus")), Status.UNKNOWN),
        ("vault_per_region", Backup(vaults=(replace(VAULT, location="eastus"),)), Status.FAIL),
        ("vault_per_region", Backup(vaults=(replace(VAULT, location="eastus"), Vault(name="w"))), Status.UNKNOWN),
        ("vault_active", Backup(vault=replace(VAULT, state="active")), Status.PASS),
        ("vault_active", Backup(vault=replace(VAULT, state="Deleting")), Status.FAIL),
        ("vault_active", Backup(vault=replace(VAULT, state="")), Status.UNKNOWN),
        ("vault_redundancy", Backup(vault=replace(VAULT, redundancy="Invalid")), Status.FAIL),
        ("vault_redundancy", Backup(vault=VAULT, storage_redundancy="LocallyRedundant"), Status.FAIL),
        ("vault_redundancy", Backup(vault=VAULT, storage_redundancy="GeoRedundant"), Status.PASS),
        ("restore_in_place", Backup(restore=Restore(recovery_type="RestoreDisks")), Status.PASS),
        ("restore_in_place", Backup(restore=Restore(region="westus")), Status.UNKNOWN),
        ("cross_region", Backup(vault=VAULT, restore=Restore(region="eastus")), Status.FAIL),
        ("cross_region", Backup(restore=Restore(region="westus")), Status.UNKNOWN),
    ],
)
def test_vaults_and_restores(rule: str, backup: Backup, expected: Status) -> None:
    """What is not listed is not known; what is listed is all there is."""
    assert status(rule, backup=backup) is expected


@pytest.mark.parametrize(
    ("setting", "expected"), [("Enabled", Status.PASS), ("Disabled", Status.FAIL), ("", Status.UNKNOWN)]
)
def test_cross_region_restore_is_a_setting_of_the_vault(setting: str, expected: Status) -> None:
    """Only where the documentation knows the setting, and the vault has it."""
    backup = Backup(vault=replace(VAULT, cross_region_restore=setting), restore=Restore(region="eastus"))
    assert status("cross_region", backup=backup, unless="crossRegionRestore") is expected


def test_several_together() -> None:
    """One failure is one; an open fact leaves open what does not fail; what concerns nobody is no pass of anything."""
    assert worst([Status.PASS, Status.UNKNOWN, Status.FAIL]) is Status.FAIL
    assert worst([Status.PASS, Status.UNKNOWN]) is Status.UNKNOWN
    assert worst([Status.PASS, Status.NOT_APPLICABLE]) is Status.PASS
    assert worst([]) is Status.NOT_APPLICABLE
