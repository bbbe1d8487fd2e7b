"""Private endpoints that stand for names of a need: the vault's own, and those of other services.

Microsoft Learn, "Overview and concepts of private endpoints for Azure Backup": with one for the vault its names,
`*.privatelink.<geo>.backup.windowsazure.com`, have private addresses, and a rule for the tag AzureBackup is no way to
them. Storage accounts are not looked at here: which of them backup asks for is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netcheck.model.names import is_same, key, last_segment
from netcheck.model.services import PrivateEndpoint
from netcheck.model.site import Site, VirtualMachine
from netcheck.policy.names import Private, Public, resolve_private
from netcheck.policy.resolve import by_family
from netcheck.questions.by_name import Seen
from netcheck.questions.places import Target
from netcheck.questions.profiles import Need

_VAULT_GROUP = "azurebackup"
_VAULT_TAG = "azurebackup"


def as_vm_sees(site: Site, vm: VirtualMachine, need: Need, target: Target) -> Seen:
    """Return the target with the addresses of the vault's private endpoint, where the VM's names lead there.

    Where an endpoint may stand for a name, and the files do not settle it, the answer is left open.
    """
    if key(need.target.partition(".")[0]) == "storage":
        return Seen(target)
    found = [(one, names) for one in site.private_endpoints if (names := _names(one, need)) is not None]
    told = [note for one, names in found for note in _open(site, vm, one, names)]
    if told:
        return Seen(target, tuple(told), is_open=True)
    own = [one for one, names in found if _leads_to(site, vm, one, names)]
    if not own:
        return Seen(target)
    addresses = by_family(address for one in own for address in one.addresses)
    note = f"the vault's names have the addresses of private endpoint `{own[0].name}`"
    return Seen(replace(target, addresses=addresses), (note,))


def _names(endpoint: PrivateEndpoint, need: Need) -> tuple[str, ...] | None:
    """Return the endpoint's own names that the need asks for, () where it is a vault's without names; None for none."""
    suffixes = tuple(key(host) for host in need.hosts)
    held = [
        host
        for host in endpoint.hosts
        if ".privatelink." not in key(host)
        and any(key(host).endswith(one) if one.startswith(".") else key(host) == one for one in suffixes)
    ]
    is_vault = key(need.target) == _VAULT_TAG and _VAULT_GROUP in map(key, endpoint.groups)
    return tuple(held) if held or is_vault else None


def _open(site: Site, vm: VirtualMachine, endpoint: PrivateEndpoint, names: tuple[str, ...]) -> Iterator[str]:
    """Yield why it is not known whether a VM's requests go to an endpoint; nothing where it is."""
    where = f"private endpoint `{endpoint.name}`"
    if not names:
        yield f"which names of the vault have an address of {where} is in no file"
        return
    answers = resolve_private(site, _network(site, vm), names) if _network(site, vm) else ()
    for answer in answers:
        if isinstance(answer, Private):
            if not endpoint.addresses:
                yield f"the address of {where} is not known"
            elif not _is_the_vaults(site, endpoint):
                yield (
                    f"`{answer.host}` has an address of {where} here: whether `{vm.name}` asks for such names is not "
                    "known (`backup.vault`)"
                )
        elif not isinstance(answer, Public):
            yield f"`{answer.host}` has a public address or one of {where}: {answer.reason}"


def _leads_to(site: Site, vm: VirtualMachine, endpoint: PrivateEndpoint, names: tuple[str, ...]) -> bool:
    network = _network(site, vm)
    answers = resolve_private(site, network, names) if network else ()
    return bool(answers) and all(isinstance(one, Private) for one in answers) and _is_the_vaults(site, endpoint)


def _is_the_vaults(site: Site, endpoint: PrivateEndpoint) -> bool:
    return bool(site.backup.vault_name) and is_same(site.backup.vault_name, last_segment(endpoint.service))


def _network(site: Site, vm: VirtualMachine) -> str:
    subnet = site.subnet(vm.primary.subnet)
    return subnet.virtual_network if subnet is not None else ""
