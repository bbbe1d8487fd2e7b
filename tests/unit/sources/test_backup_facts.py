"""What decides about a VM's backup is read from what Azure's own tools print, and written back by `convert`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import netcheck as nc
from netcheck.model.backupfacts import AgentState, BackupFacts, Image
from netcheck.model.site import Backup, Site
from netcheck.sources.load import load_site

FIXTURES = Path(__file__).parents[3] / "fixtures"
ID = "/subscriptions/s/resourceGroups/g/providers"
SUBNET = f"{ID}/Microsoft.Network/virtualNetworks/v/subnets/s"
NIC = {
    "name": "nic",
    "id": f"{ID}/Microsoft.Network/networkInterfaces/nic",
    "type": "Microsoft.Network/networkInterfaces",
    "ipConfigurations": [
        {
            "name": "c",
            "privateIPAddress": "10.0.0.4",
            "subnet": {"id": f"{ID}/Microsoft.Network/virtualNetworks/v/subnets/s"},
        }
    ],
}
VNET = {
    "name": "v",
    "id": f"{ID}/Microsoft.Network/virtualNetworks/v",
    "type": "Microsoft.Network/virtualNetworks",
    "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
    "subnets": [{"name": "s", "addressPrefix": "10.0.0.0/24"}],
}


def facts(tmp_path: Path, **vm: Any) -> tuple[str, BackupFacts]:
    """Return what is known of a VM that `az vm show -d` prints so."""
    printed = {
        "name": "vm",
        "id": f"{ID}/Microsoft.Compute/virtualMachines/vm",
        "type": "Microsoft.Compute/virtualMachines",
        "location": "westus",
        "networkProfile": {"networkInterfaces": [{"id": NIC["id"]}]},
        **vm,
    }
    path = tmp_path / "all.json"
    path.write_text(json.dumps([VNET, NIC, printed]), encoding="utf-8")
    [machine] = load_site([str(path)]).virtual_machines
    return machine.agent_version, machine.backup_facts


def test_what_az_vm_show_prints(tmp_path: Path) -> None:
    """Power state, image, disks: in the words of the command line."""
    _, found = facts(
        tmp_path,
        powerState="VM deallocated",
        storageProfile={
            "imageReference": {"publisher": "Canonical", "offer": "o", "sku": "22_04-lts", "version": "latest"},
            "osDisk": {"osType": "Linux", "managedDisk": {"storageAccountType": "Premium_LRS"}},
            "dataDisks": [
                {"lun": 0, "managedDisk": {"storageAccountType": "StandardSSD_LRS"}},
                {"lun": 1, "vhd": {"uri": "u"}},
            ],
        },
    )
    assert found == BackupFacts(
        power="deallocated",
        location="westus",
        image=Image(publisher="Canonical", offer="o", sku="22_04-lts"),
        os_disk="Premium_LRS",
        data_disks=("StandardSSD_LRS", ""),
    )


def test_what_the_instance_view_says(tmp_path: Path) -> None:
    """System, agent and power state, where REST has them below `properties`."""
    view = {
        "osName": "Windows Server 2022",
        "osVersion": "10.0.20348",
        "statuses": [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}],
        "vmAgent": {"vmAgentVersion": "2.7.1", "statuses": [{"displayStatus": "Ready"}]},
    }
    version, found = facts(tmp_path, properties={"instanceView": view, "networkProfile": {"networkInterfaces": [NIC]}})
    assert (version, found.power, found.agent_state) == ("2.7.1", "running", AgentState.READY)
    assert (found.os_name, found.os_version) == ("Windows Server 2022", "10.0.20348")


@pytest.mark.parametrize(
    "vm",
    [
        {},
        {"storageProfile": None, "instanceView": None, "powerState": None},
        {"storageProfile": {"osDisk": None, "dataDisks": None}, "instanceView": {"statuses": None, "vmAgent": None}},
        {"storageProfile": {"dataDisks": "[]"}, "instanceView": []},
        {"storageProfile": [], "instanceView": "running"},
        {"instanceView": {"vmAgent": {"vmAgentVersion": "Unknown", "statuses": [{"displayStatus": "?"}]}}},
    ],
)
def test_what_is_not_there_is_not_known(tmp_path: Path, vm: dict[str, Any]) -> None:
    """Null, another shape, Azure's own `Unknown`: none of them says anything."""
    assert facts(tmp_path, **vm) == ("", BackupFacts(location="westus"))


def test_an_agent_that_is_not_ready(tmp_path: Path) -> None:
    """The platform prints it so, with a version or without."""
    view = {"vmAgent": {"vmAgentVersion": "Unknown", "statuses": [{"displayStatus": "Not Ready"}]}}
    assert facts(tmp_path, instanceView=view)[1].agent_state is AgentState.NOT_READY


VAULT = {
    "name": "vault-1",
    "id": f"{ID}/Microsoft.RecoveryServices/vaults/vault-1",
    "type": "Microsoft.RecoveryServices/vaults",
    "location": "eastus",
    "properties": {
        "provisioningState": "Succeeded",
        "redundancySettings": {"standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Enabled"},
        "secureScore": "Minimum",
    },
}


def with_vaults(tmp_path: Path, *vaults: dict[str, Any], backup: str = "") -> Backup:
    """Return what is known of the backup where `az backup vault list` stands beside a network."""
    network = tmp_path / "network.json"
    network.write_text(json.dumps([{**VNET, "location": "westus"}, {**NIC, "location": "westus"}]), encoding="utf-8")
    listed = tmp_path / "vaults.json"
    listed.write_text(json.dumps(list(vaults)), encoding="utf-8")
    files = [str(network), str(listed)]
    if backup:
        site = tmp_path / "site.yaml"
        site.write_text(f"netcheck: 1\nbackup: {backup}\n", encoding="utf-8")
        files.append(str(site))
    loaded = load_site(files)
    assert loaded.location == ("" if backup else "westus")
    return loaded.backup


def test_the_only_vault_of_the_exports_is_the_vault(tmp_path: Path) -> None:
    """With state and redundancy; that there is no other vault is not said by this, nor is it the network's region."""
    found = with_vaults(tmp_path, VAULT)
    assert found.vault is not None
    assert (found.vault.name, found.vault.location, found.vault.state) == ("vault-1", "eastus", "Succeeded")
    assert (found.vault.redundancy, found.vault.cross_region_restore) == ("GeoRedundant", "Enabled")
    assert found.vaults is None


def test_of_several_vaults_the_site_file_names_one(tmp_path: Path) -> None:
    """What it says itself counts for more; without a name none of them is taken."""
    other = {**VAULT, "name": "vault-2", "id": VAULT["id"].replace("vault-1", "vault-2")}  # type: ignore[attr-defined]
    assert with_vaults(tmp_path, VAULT, other).vault is None
    found = with_vaults(tmp_path, VAULT, other, backup="{vault: {name: VAULT-2, location: westus}}").vault
    assert found is not None
    assert (found.name, found.location, found.redundancy) == ("VAULT-2", "westus", "GeoRedundant")


def test_an_agent_that_azure_installs(tmp_path: Path) -> None:
    """On Windows; on Linux the property does not say that the image has one."""
    for value in (True, False):
        profile = {"windowsConfiguration": {"provisionVMAgent": value}}
        assert facts(tmp_path, osProfile=profile)[1].provisions_agent is value
    assert facts(tmp_path, osProfile={"linuxConfiguration": {"provisionVMAgent": True}})[1].provisions_agent is None


def test_no_disks_are_no_unknown_disks(tmp_path: Path) -> None:
    """`[]` says that there are none."""
    assert facts(tmp_path, storageProfile={"dataDisks": []})[1].data_disks == ()


@pytest.mark.parametrize(
    "path", sorted(FIXTURES.glob("ready-*/site*.yaml")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_convert_keeps_what_ready_judges_by(path: Path, tmp_path: Path) -> None:
    """The checklist of the written site file is that of the site, for every profile."""
    site = nc.load(path)
    copy = tmp_path / "copy.yaml"
    copy.write_text(nc.convert(site, output=copy), encoding="utf-8")
    assert _told(nc.load(copy)) == _told(site)


def _told(site: Site) -> list[tuple[str, str, list[tuple[str, str, str]]]]:
    return [
        (profile, result.line.id, [(one.vm, str(one.status), one.told) for one in result.findings])
        for profile in ("article-2015", "vm-2018", "vm-modern")
        for result in nc.check_ready(site, profile=profile).results
    ]
