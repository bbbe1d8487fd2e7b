"""The subnets of a site as others refer to them: those that files describe, and stand-ins for those that none does."""

from __future__ import annotations

from collections.abc import Iterable

from netcheck.model.address import AddressRange
from netcheck.model.network import Subnet, VirtualNetwork
from netcheck.sources._nodes import Node, text_of
from netcheck.sources._record import Record
from netcheck.sources._scope import Scope, contains


class Subnets:
    """Finds subnets by their whole names; `stubs` are those that are named and no file describes."""

    def __init__(self, scope: Scope, networks: Iterable[VirtualNetwork]) -> None:
        self._scope = scope
        self._known = {subnet.full_name: subnet for network in networks for subnet in network.subnets}
        self.stubs: list[Subnet] = []

    def named_by(self, record: Record, name: str = "subnet") -> Subnet | None:
        """Return the subnet that a key refers to; None when it is not set, or after collecting an error."""
        text, node = self._scope.reference(record, name)
        return self.at(self._scope.resolve("subnet", text, node), node) if text else None

    def at(self, full_name: str, node: Node) -> Subnet | None:
        """Return the subnet of a resolved name; of one that no file describes everything is open."""
        if not full_name:
            return None
        return self._known.get(full_name) or self._stub(full_name, node)

    def _stub(self, full_name: str, node: Node) -> Subnet:
        network, _, name = full_name.rpartition("/")
        at = self._scope.reader.source(node)
        stub = Subnet(name=name, virtual_network=network or f"network of {name}", prefixes=(), at=at)
        self._known[full_name] = stub
        self.stubs.append(stub)
        reason = f"no file describes subnet `{full_name}`: its NSG, its routes and its address space are not known"
        self._scope.reader.leave_open("subnet", node, reason)
        return stub

    def check_inside(self, subnet: Subnet | None, address: AddressRange, node: Node) -> None:
        """Collect an error where an address lies outside the subnet it is given in."""
        if subnet is not None and subnet.prefixes and not contains(subnet.prefixes, address):
            prefixes = ", ".join(f"`{prefix}`" for prefix in subnet.prefixes)
            message = f"address `{text_of(node)}` lies outside subnet `{subnet.full_name}`"
            self._scope.reader.error(node, "NC140", message, f"the subnet is {prefixes}")
