"""Host names of Azure Storage, by cloud.

Microsoft Learn, "Storage account overview" (endpoints); the newer `storage.azure.net` names
carry managed disks and accounts with DNS zone endpoints.
"""

from __future__ import annotations

import re

from netcheck.model.site import Cloud

_CORE = {
    Cloud.PUBLIC: "core.windows.net",
    Cloud.GOVERNMENT: "core.usgovcloudapi.net",
    Cloud.CHINA: "core.chinacloudapi.cn",
    Cloud.GERMANY: "core.cloudapi.de",
}
_HOST = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]+\Z")
_SERVICES = ("blob", "queue", "table", "file", "dfs", "web")


def blob_suffix(cloud: Cloud) -> str:
    """Return the suffix of blob host names, with its leading dot."""
    return f".blob.{_CORE[cloud]}"


def storage_suffixes(cloud: Cloud) -> tuple[str, ...]:
    """Return the suffixes of all storage host names of a cloud, each with its leading dot."""
    known = tuple(f".{service}.{_CORE[cloud]}" for service in _SERVICES)
    return (*known, ".blob.storage.azure.net") if cloud is Cloud.PUBLIC else known


def is_storage_host(name: str, cloud: Cloud) -> bool:
    """Return whether a name is a host below a known storage suffix."""
    return name.lower().endswith(storage_suffixes(cloud)) and bool(_HOST.match(name))


def workload_hosts(cloud: Cloud) -> dict[str, tuple[str, ...]]:
    """Return, per service tag, the names that SQL, SAP HANA and MARS backup ask for.

    Microsoft Learn, "Overview and concepts of private endpoints for Azure Backup" and "Back up SQL Server databases in
    Azure VMs".
    """
    storage = tuple(s for s in storage_suffixes(cloud) if s.startswith((".blob.", ".queue.")))
    backup = {
        Cloud.PUBLIC: ".backup.windowsazure.com",
        Cloud.GOVERNMENT: ".backup.windowsazure.us",
        Cloud.CHINA: ".backup.windowsazure.cn",
        Cloud.GERMANY: ".backup.windowsazure.de",
    }
    login = {
        Cloud.PUBLIC: (".login.microsoft.com", ".login.microsoftonline.com"),
        Cloud.GOVERNMENT: (".login.microsoftonline.us",),
        Cloud.CHINA: (".login.chinacloudapi.cn",),
        Cloud.GERMANY: (".login.microsoftonline.de",),
    }
    return {"AzureBackup": (backup[cloud],), "Storage": storage, "AzureActiveDirectory": login[cloud]}
