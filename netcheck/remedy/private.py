"""The option of private endpoints: whether those of the site carry the traffic of VMs, and what is missing where not.

Microsoft Learn, "Use private endpoints for Azure Storage": the name of an account leads to its endpoint where a private
DNS zone of the service is linked to the client's network; NSGs see the endpoint's private address, and no Storage tag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netcheck.errors import PlanError
from netcheck.model.names import key, last_segment
from netcheck.model.services import PrivateEndpoint
from netcheck.model.site import DeploymentModel, Site, VirtualMachine
from netcheck.policy.names import Either, NameAnswer, Private, resolve_private
from netcheck.policy.resolve import by_family
from netcheck.questions.places import Addresses
from netcheck.questions.profiles import Need
from netcheck.questions.suffixes import blob_suffix
from netcheck.remedy.changes import Change
from netcheck.remedy.drafting import Way, families_of, open_way
from netcheck.remedy.task import Draft, Task

NOT_COVERED = (
    "endpoints stand for accounts of your own; Azure Backup writes to accounts of the service, which a private "
    "endpoint of the vault (`AzureBackup`) is for, and that one is not evaluated"
)


def plan_private_endpoint(task: Task, draft: Draft) -> None:
    """Open the NSGs between the VMs and the private endpoints of the site that their names lead to."""
    why = why_not(task)
    if why:
        raise PlanError("NC405", why, "`netcheck compare` lists what it takes, and the options that need none of it")
    for need in task.needs:
        groups: dict[tuple[PrivateEndpoint, ...], list[VirtualMachine]] = {}
        for vm in task.vms:
            groups.setdefault(endpoints_for(task.site, vm), []).append(vm)
        for endpoints, vms in groups.items():
            addresses = joined(endpoints)
            own = tuple(a for one in endpoints for a in one.addresses if a.family in families_of(vms))
            names = ("allow-private-endpoint", "allow-private-endpoint")
            way = Way(need=need, required=addresses, endpoints=own, allowed=addresses, names=names)
            open_way(task, draft, way, vms)
    draft.notes.append(NOT_COVERED)


def why_not(task: Task) -> str:
    """Return why private endpoints do not carry the traffic of a task as the site is; "" where they do."""
    if task.site.deployment_model is DeploymentModel.CLASSIC:
        return "classic virtual networks have no private endpoints"
    for need in task.needs:
        if not _is_storage(need):
            return f"a private endpoint of a storage account does not stand for `{need.label}`"
    if not _of_blobs(task.site):
        return "the site has no private endpoint for blobs of a storage account yet"
    for vm in task.vms:
        if not endpoints_for(task.site, vm):
            return f"at `{vm.name}` no storage account's name has a private endpoint's address: {_why(task.site, vm)}"
    return ""


def missing(task: Task) -> tuple[Change, ...]:
    """Return what it takes until private endpoints carry the traffic of a task."""
    if task.site.deployment_model is DeploymentModel.CLASSIC or not all(_is_storage(need) for need in task.needs):
        return ()
    return tuple(_missing(task))


def _missing(task: Task) -> Iterator[Change]:
    zone = f"privatelink{blob_suffix(task.site.cloud)}"
    lacking = [vm for vm in task.vms if not endpoints_for(task.site, vm)]
    networks = list(dict.fromkeys(name for vm in lacking if (name := _network(task.site, vm))))
    ports = ",".join(str(port) for port in dict.fromkeys(port for need in task.needs for port in need.ports))
    if lacking and not _of_blobs(task.site):
        where = " and ".join(f"`{name}`" for name in networks)
        what = f"make a private endpoint for the `blob` part of each account, in a subnet of {where} or of a peer"
        yield Change("privateEndpoint", "", what)
    for network in networks:
        what = f"link private DNS zone `{zone}`, with the records of the endpoints, to `{network}`"
        yield Change("privateDnsZone", zone, what)
    if lacking:
        what = (
            f"allow TCP {ports} to the endpoints' private addresses, which no Storage tag holds, where an NSG denies it"
        )
        yield Change("nsgRule", "", what)


def endpoints_for(site: Site, vm: VirtualMachine) -> tuple[PrivateEndpoint, ...]:
    """Return the private endpoints for blobs whose addresses the names of their accounts have at a VM."""
    return tuple(
        endpoint
        for endpoint in _of_blobs(site)
        if endpoint.addresses
        and any(isinstance(one, Private) and endpoint in one.endpoints for one in _answers(site, vm, endpoint))
    )


def joined(endpoints: Iterable[PrivateEndpoint]) -> Addresses:
    """Return the addresses of some endpoints."""
    return by_family(address for endpoint in endpoints for address in endpoint.addresses)


def _is_storage(need: Need) -> bool:
    return key(need.target.partition(".")[0]) == "storage"


def _of_blobs(site: Site) -> list[PrivateEndpoint]:
    return [one for one in site.private_endpoints if "blob" in map(key, one.groups) or _names(site, one)]


def _names(site: Site, endpoint: PrivateEndpoint) -> list[str]:
    """Return the names of blobs that an endpoint stands for, as its own DNS configuration has them."""
    suffix = blob_suffix(site.cloud)
    return [host for host in endpoint.hosts if key(host).endswith(suffix) and ".privatelink." not in key(host)]


def _answers(site: Site, vm: VirtualMachine, endpoint: PrivateEndpoint) -> Sequence[NameAnswer]:
    names = _names(site, endpoint)
    if not names and endpoint.service:
        names = [f"{last_segment(endpoint.service)}{blob_suffix(site.cloud)}"]
    network = _network(site, vm)
    return resolve_private(site, network, tuple(names)) if network else ()


def _network(site: Site, vm: VirtualMachine) -> str:
    subnet = site.subnet(vm.primary.subnet)
    return subnet.virtual_network if subnet is not None else ""


def _why(site: Site, vm: VirtualMachine) -> str:
    """Return the first reason for which a name has no endpoint's address at a VM."""
    for endpoint in _of_blobs(site):
        for one in _answers(site, vm, endpoint):
            if isinstance(one, Private):
                return f"the address of private endpoint `{endpoint.name}` at {endpoint.at} is not known"
            said = one.reason if isinstance(one, Either) else one.note
            if said:
                return said
    return "which accounts the endpoints stand for is not known"
