"""What a site says of its backup, and what of a VM decides about it, as a site file spells it."""

from __future__ import annotations

from netcheck.model.backupfacts import NO_FACTS, BackupFacts
from netcheck.model.site import Backup, Site, Vault, VirtualMachine
from netcheck.reports._site_file_values import Entry, Relative, Value, named_file, set_only


def backup_entry(backup: Backup, relative: Relative) -> Entry:
    """Return the section `backup`; a list of no vaults says something, and stays."""
    profile = backup.profile
    if backup.own is not None and backup.own.path:
        profile = named_file(backup.own.path, "the profile", relative)
    listed: Entry = {} if backup.vaults is None else {"vaults": [_vault(one) for one in backup.vaults]}
    restore = backup.restore
    return {
        **set_only(profile=profile, vault=_vault(backup.vault) if backup.vault else ""),
        **listed,
        **set_only(
            storageRedundancy=backup.storage_redundancy,
            restore=set_only(recoveryType=restore.recovery_type, region=restore.region) if restore else "",
            target=backup.target,
            ports=list(backup.ports),
        ),
    }


def _vault(vault: Vault) -> Entry:
    settings = set_only(standardTierStorageRedundancy=vault.redundancy, crossRegionRestore=vault.cross_region_restore)
    return set_only(
        name=vault.name, location=vault.location, provisioningState=vault.state, redundancySettings=settings
    )


def facts_entry(vm: VirtualMachine, site: Site) -> Entry:
    """Return what of a VM decides about its backup; its region where it is not the site's."""
    facts = vm.backup_facts
    agent = set_only(
        version=vm.agent_version,
        state=str(facts.agent_state or ""),
        installedFrom=str(facts.agent_source or ""),
        latestVersion=facts.agent_latest,
    )
    if facts == NO_FACTS:
        return set_only(agent=agent)
    named: Entry = {
        name: list(values)
        for name, values in (("reservedIPs", facts.reserved_ips), ("inputEndpoints", facts.input_endpoints))
        if values is not None
    }
    return {
        **set_only(
            location=facts.location if facts.location != site.location else "",
            powerState=facts.power,
            storageProfile=_storage(facts),
            osProfile=_system(facts),
            instanceView=set_only(osName=facts.os_name, osVersion=facts.os_version),
            agent=agent,
            domainController=str(facts.domain_controller or ""),
        ),
        **named,
    }


def _system(facts: BackupFacts) -> Entry:
    if facts.provisions_agent is None:
        return {}
    return {"windowsConfiguration": {"provisionVMAgent": facts.provisions_agent}}


def _storage(facts: BackupFacts) -> Entry:
    image = facts.image
    entry = set_only(
        imageReference=set_only(publisher=image.publisher, offer=image.offer, sku=image.sku) if image else "",
        osDisk=_disk(facts.os_disk) if facts.os_disk else "",
    )
    if facts.data_disks is not None:
        disks: list[Value] = [{"lun": lun, **_disk(one)} for lun, one in enumerate(facts.data_disks)]
        entry["dataDisks"] = disks
    return entry


def _disk(storage_type: str) -> Entry:
    return {"managedDisk": {"storageAccountType": storage_type}} if storage_type else {}
