"""What an option costs to run, what its way depends on, and what it cannot do, in sentences.

Sources: "Prepare your environment to back up Azure virtual machines" (2015-2016: the two options and their price),
"Prepare to back up Azure VMs" (2018-2019: 8443 for managed disks), the support matrix of Azure Backup (proxies without
authentication, accounts open to all networks), and on Microsoft Learn "Virtual network service tags", "Virtual Network
service endpoints" and "Use private endpoints for Azure Storage"; Azure/azure-linux-extensions, VMBackup, commit
f1e79bfa (the proxy is passed over); squid's default configuration (SSL_ports).
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.errors import QuestionError
from netcheck.model.names import is_same, key
from netcheck.model.regions import location_of, normal_location
from netcheck.model.site import Cloud, DeploymentModel, VirtualMachine
from netcheck.policy.proxyacl import AclVerdict, ProxyRequest, judge_acl
from netcheck.questions.proxies import Proxy
from netcheck.remedy.evaluation import NO_TAGS
from netcheck.remedy.options import Option
from netcheck.remedy.private import NOT_COVERED
from netcheck.remedy.reasons import many
from netcheck.remedy.task import Task

MANAGED_DISK_PORT = 8443
_DISK_HOSTS = ".blob.storage.azure.net"
_CLOUD_WIDE = (Option.AZURECLOUD_TAG, Option.AZURECLOUD_PREFIXES)
_CLOUD_REGION = (Option.AZURECLOUD_REGION_TAG, Option.AZURECLOUD_REGION_PREFIXES)
_STORAGE_REGION = (Option.STORAGE_REGION_TAG, Option.STORAGE_REGION_PREFIXES)
_STORAGE = (*_STORAGE_REGION, Option.STORAGE_TAG, Option.STORAGE_PREFIXES)


def cost(task: Task) -> Iterator[str]:
    """Yield what an option costs to run, beside the rules."""
    match task.option:
        case Option.HTTP_PROXY:
            clients = len(_clients(task))
            yield "a proxy VM to run"
            yield f"client settings on {many(clients, 'VM', 'VMs')}" if clients else "client settings on every VM"
        case Option.SERVICE_ENDPOINT:
            yield "the storage account's own firewall sees private addresses: its rules for public ones stop matching"
            yield "open connections to Storage drop when the endpoint is switched on"
        case Option.PRIVATE_ENDPOINT:
            yield "a private endpoint and DNS zone per storage account"
        case _ if task.option.is_by_prefix:
            yield "no extra cost in Azure"
            yield "the ranges change every week: the rules have to follow"
        case _:
            yield "no extra cost in Azure"


def single_points(task: Task) -> Iterator[str]:
    """Yield what all traffic depends on, beside Azure's own network."""
    if task.option is not Option.HTTP_PROXY:
        return
    proxy = _proxy(task)
    if proxy is None:
        yield "the proxy VM: while it is down, no client reaches Storage"
    elif len(proxy.relays) == 1:
        yield f"`{proxy.vm.name}`: while it is down, no client reaches Storage"
    else:
        names = ", ".join(f"`{relay.vm.name}`" for relay in proxy.relays)
        yield f"the load balancer in front of {names}; one proxy may be down"


def cannot(task: Task) -> Iterator[str]:
    """Yield what an option leaves undone for the VMs and the profile of a task; nothing that does not concern it."""
    if task.site.deployment_model is DeploymentModel.CLASSIC:
        if task.option.needs_published_tag:
            yield NO_TAGS
            return
        if task.option in (Option.SERVICE_ENDPOINT, Option.PRIVATE_ENDPOINT):
            return  # there are none: why it is not feasible says so
    match task.option:
        case Option.HTTP_PROXY:
            yield from _of_proxy(task)
        case Option.SERVICE_ENDPOINT:
            yield from _of_service_endpoint(task)
        case Option.PRIVATE_ENDPOINT:
            yield NOT_COVERED
            if task.site.cloud is Cloud.PUBLIC:
                yield (
                    f"disks whose names end in `{_DISK_HOSTS}` are not the account's: "
                    "its endpoint does not stand for managed disks"
                )
        case _:
            yield from _of_rules(task)


def _of_rules(task: Task) -> Iterator[str]:
    """Yield what rules that name ranges leave closed, and whom they cannot keep out."""
    if task.option in (*_STORAGE_REGION, *_CLOUD_REGION) and _regions(task):
        yield (
            "storage accounts and disks of another region stay closed, and so does the secondary region of a "
            "geo-redundant account"
        )
    if task.option in _STORAGE and _is_for_storage(task):
        yield "the ranges are those of the service: storage accounts of other customers are opened with yours"
    if task.option in (*_CLOUD_WIDE, *_CLOUD_REGION):
        yield "the ranges are those of the data centres: other customers' VMs and services are opened with Storage"
    if task.option in _CLOUD_WIDE:
        yield from _outside_cloud(task)
    yield from _without_managed_disks(task)


def _without_managed_disks(task: Task) -> Iterator[str]:
    """Yield the port that the guide of 2018 adds for managed disks, where the rules leave it closed."""
    asked = {port for need in task.needs for port in need.ports}
    if _is_for_storage(task) and task.profile.name == "article-2015" and MANAGED_DISK_PORT not in asked:
        yield (
            f"managed disks need port {MANAGED_DISK_PORT} as well by the guide of 2018 (--profile vm-2018): "
            "rules for these ports leave it closed"
        )


def _outside_cloud(task: Task) -> Iterator[str]:
    """Yield how much of Storage, and of what is needed, no range of AzureCloud holds."""
    cloud = task.book.published("AzureCloud", 4)
    for name in dict.fromkeys(["Storage", *(need.target for need in task.needs)]):
        addresses = task.book.published(name, 4)
        lost = addresses - cloud if addresses is not None and cloud is not None else None
        if addresses is not None and lost:
            yield f"`AzureCloud` lacks {lost.size:,} of the {addresses.size:,} addresses of `{name}`"


def _of_proxy(task: Task) -> Iterator[str]:
    yield "clients send no credentials: Azure Backup supports only proxies that ask for none"
    linux = [vm.name for vm in _clients(task) if is_same(vm.os_type, "Linux")]
    if linux:
        shown = ", ".join(f"`{name}`" for name in linux[:3]) + (f" and {len(linux) - 3} more" if linux[3:] else "")
        yield (
            f"the Linux snapshot extension (since 2019-06) passes the proxy over where HttpProxy.Port is set: on "
            f"{shown} its own snapshots and its upload of status take the direct way"
        )
    if any(MANAGED_DISK_PORT in need.ports for need in task.needs):
        yield f"squid as it comes refuses CONNECT to {MANAGED_DISK_PORT}: its SSL_ports are 443 alone"
    yield from _disk_names(task)


def _disk_names(task: Task) -> Iterator[str]:
    """Yield the proxies whose list does not admit the names of managed disks."""
    proxy = _proxy(task)
    if proxy is None or task.site.cloud is not Cloud.PUBLIC or not _is_for_storage(task):
        return
    addresses = [a for vm in _clients(task) or (proxy.vm,) for a in vm.primary.addresses][:1]
    for relay in proxy.relays:
        server = relay.vm.proxy_server
        for one in addresses if server is not None and not server.requires_authentication else ():
            request = ProxyRequest(family=one.family, client=one.first, host=_DISK_HOSTS, port=443, is_connect=True)
            if server is not None and judge_acl(server, request).verdict is AclVerdict.DENY:
                yield f"managed disks have names in `{_DISK_HOSTS}`, which the list of `{relay.vm.name}` refuses"


def _of_service_endpoint(task: Task) -> Iterator[str]:
    yield (
        "accounts that are closed to networks stay closed: Azure Backup asks for accounts that all networks may use, "
        "or that let trusted Microsoft services in"
    )
    yield "it serves its own subnet: not peered networks, and nothing on-premises"
    here = normal_location(task.site.location)
    others = [name for region, name in _regions(task) if here and region != here]
    if others:
        yield (
            f"`{', '.join(others)}` is not in `{task.site.location}`: Microsoft.Storage is for a network's region and "
            "its pair, any other region takes Microsoft.Storage.Global"
        )
    yield from _without_managed_disks(task)


def _is_for_storage(task: Task) -> bool:
    return any(key(need.target.partition(".")[0]) == "storage" for need in task.needs)


def _regions(task: Task) -> list[tuple[str, str]]:
    """Return location and name of each regional Storage tag among the needs."""
    table = task.site.tags
    found = [table.get(need.target) for need in task.needs] if table is not None else []
    return [(location_of(one), one.name) for one in found if one is not None and location_of(one)]


def _proxy(task: Task) -> Proxy | None:
    try:
        return task.proxy
    except QuestionError:
        return None


def _clients(task: Task) -> tuple[VirtualMachine, ...]:
    """Return the VMs that would go through the proxy: all of them where none is known yet."""
    return task.clients if _proxy(task) is not None else task.vms
