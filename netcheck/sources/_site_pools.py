"""Who is in the backend pools of load balancers: NICs say so themselves, and pools list NICs or addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from netcheck.model.address import AddressRange
from netcheck.model.names import key
from netcheck.model.network import NetworkInterface, VirtualMachine
from netcheck.model.services import LoadBalancer
from netcheck.sources._nodes import Node, Unknown, shorten
from netcheck.sources._record import Record, suggest
from netcheck.sources._scope import Scope, open_name, reference_doubt
from netcheck.sources._uncertain import joined

KEY = "loadBalancerBackendAddressPools"
_POOL_ID = re.compile(r"(.+)/backendAddressPools/([^/]+)/?\Z", re.IGNORECASE)
_NIC_ID = re.compile(r"(.+/networkInterfaces/[^/]+)/ipConfigurations/[^/]+/?\Z", re.IGNORECASE)
_SCALE_SET = re.compile("/virtualMachineScaleSets/", re.IGNORECASE)


class Member(NamedTuple):
    """What a pool lists: an IP configuration by its ID, or an address, in a virtual network where it says which."""

    balancer: str
    pool: str
    identity: str
    address: AddressRange | None
    network: str
    node: Node


class Pools:
    """The pools of the load balancers that files describe, by `load balancer/pool`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._names: dict[str, str] = {}
        self._members: list[Member] = []

    def add(self, balancer: str, pool: str) -> None:
        """Note a pool."""
        name = f"{balancer}/{pool}"
        self._names.setdefault(key(name), name)

    def join(self, member: Member) -> None:
        """Note what a pool lists as its member."""
        self._members.append(member)

    def named_by(self, part: Record) -> list[str]:
        """Return the pools that a NIC or one of its IP configurations names.

        A pool of a balancer that no file describes is noted, since it may give a way in or out.
        """
        return [name for node in part.items(KEY) if (name := self._named(node))]

    def _named(self, node: Node) -> str:
        reader = self._scope.reader
        if isinstance(node, Unknown):
            reader.taint(node, KEY)
            return ""
        text = self._scope.reference_text(node, KEY)
        if not text:
            return ""
        balancer, pool = _parts(text)
        if open_name(text) or (why := reference_doubt(node)):
            why = "its name is not known" if open_name(text) else why
            reader.leave_open(KEY, node, f"whether a NIC is in pool `{shorten(text)}` is not certain: {why}")
            return ""
        owner = self._scope.declared("load balancer", balancer)
        found = self._names.get(key(f"{owner}/{pool}"), "") if owner else ""
        if owner and not found and not reader.is_export(node):
            known = [name.rpartition("/")[2] for name in self._names.values() if name.rpartition("/")[0] == owner]
            close = suggest(pool, known)
            advice = f"did you mean `{owner}/{close}`?" if close else f"`{owner}` has other pools"
            message = f"load balancer `{shorten(owner)}` has no backend pool `{shorten(pool)}`"
            reader.error(node, "NC131", message, advice)
        elif not found:
            reader.leave_open(KEY, node)
        return found

    def filled(
        self, machines: Sequence[VirtualMachine], balancers: Iterable[LoadBalancer]
    ) -> tuple[tuple[VirtualMachine, ...], tuple[LoadBalancer, ...]]:
        """Return the VMs with the pools that list their NICs; a member that nobody describes leaves its balancer open.

        It may be another way for the packets that the balancer takes.
        """
        joined_pools: dict[str, list[str]] = {}
        doubts: dict[str, list[str]] = {}
        nics = [nic for vm in machines for nic in vm.interfaces]
        for member in self._members:
            found = self._nic(member, nics)
            if found:
                name = self._names[key(f"{member.balancer}/{member.pool}")]
                joined_pools.setdefault(key(found), []).append(name)
            else:
                shown = member.identity or member.address or "a member"
                text = f"pool `{member.pool}` holds `{shorten(str(shown))}`, and no file describes a NIC for it"
                doubts.setdefault(key(member.balancer), []).append(text)
        return (
            tuple(replace(vm, interfaces=tuple(_joined(nic, joined_pools) for nic in vm.interfaces)) for vm in machines)
            if joined_pools
            else tuple(machines),
            tuple(replace(one, unknown=joined((one.unknown, *doubts.get(key(one.name), ())))) for one in balancers),
        )

    def _nic(self, member: Member, nics: Sequence[NetworkInterface]) -> str:
        """Return the name of the NIC that is meant; "" where no file describes one, or several hold the address."""
        if member.identity:
            match = _NIC_ID.match(member.identity)
            if match is None or _SCALE_SET.search(member.identity):
                return ""
            label = self._scope.label("network interface", match[1])
            return next((nic.name for nic in nics if key(nic.name) == key(label)), "")
        network = self._scope.declared("virtual network", member.network) if member.network else ""
        if member.network and not network:
            return ""
        holding = [
            nic
            for nic in nics
            if member.address in nic.certain_addresses
            and (not network or key(nic.subnet.rpartition("/")[0]) == key(network))
        ]
        return holding[0].name if len(holding) == 1 else ""


def _joined(nic: NetworkInterface, pools: dict[str, list[str]]) -> NetworkInterface:
    more = pools.get(key(nic.name))
    return replace(nic, backend_pools=tuple(dict.fromkeys((*nic.backend_pools, *more)))) if more else nic


def _parts(text: str) -> tuple[str, str]:
    """Return the load balancer and the pool of `load balancer/pool` or of a pool's resource ID."""
    found = _POOL_ID.match(text)
    if found:
        return found[1], found[2]
    balancer, _, pool = text.rpartition("/")
    return balancer, pool
