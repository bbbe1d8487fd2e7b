"""Who asks, and whom: credentials of azure-identity, and the endpoints of the clouds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

CREDENTIALS = ("default", "cli")


class Cloud(NamedTuple):
    """Where a cloud is managed: who signs in, where Resource Manager is, and what tokens for it are asked for."""

    authority: str
    endpoint: str
    scope: str


# azure.identity.AzureAuthorityHosts, azure.mgmt.core.tools.get_arm_endpoints
CLOUDS = {
    "Public": Cloud(
        "login.microsoftonline.com", "https://management.azure.com", "https://management.azure.com/.default"
    ),
    "AzureGovernment": Cloud(
        "login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net/.default",
    ),
    "China": Cloud(
        "login.chinacloudapi.cn",
        "https://management.chinacloudapi.cn",
        "https://management.chinacloudapi.cn/.default",
    ),
}


def credential(cloud: Cloud, kind: str, *, is_other_endpoint: bool) -> TokenCredential:
    """Return the credential of a kind of `CREDENTIALS`.

    An endpoint that is none of Microsoft's clouds has an authority of its own, which `AZURE_AUTHORITY_HOST` names, and
    which Microsoft's public one knows nothing of: it is not asked.
    """
    from azure.identity import AzureCliCredential, DefaultAzureCredential

    if kind == "cli":
        return AzureCliCredential(process_timeout=60)
    if is_other_endpoint:
        return DefaultAzureCredential(disable_instance_discovery=True)
    return DefaultAzureCredential(authority=cloud.authority)
