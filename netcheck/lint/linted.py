"""The site as checks look at it: what several of them need is worked out once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from netcheck.lint.rulelist import LintedRules
from netcheck.model.address import AddressRange
from netcheck.model.names import key
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkInterface, NetworkSecurityGroup, Site, Subnet, VirtualMachine
from netcheck.policy.decision import HopKind
from netcheck.policy.nsgrule import NsgContext
from netcheck.policy.resolve import AddressBook
from netcheck.questions.asking import Asking


class Linted:
    """One site under the eyes of the checks. `vnet` says what `VirtualNetwork` means where an NSG stands alone."""

    def __init__(self, site: Site, vnet: Sequence[AddressRange] | None = None) -> None:
        self.site = site
        self.book = AddressBook(site, vnet)
        self._rules: dict[tuple[str, Direction], LintedRules] = {}

    @cached_property
    def asking(self) -> Asking:
        """The site ready to be asked about whole paths; an NSG alone has none."""
        return Asking(self.site, like=self.book)

    @cached_property
    def subnets(self) -> dict[str, Subnet]:
        """The subnets by their full names in small letters."""
        return {key(one.full_name): one for network in self.site.virtual_networks for one in network.subnets}

    @cached_property
    def applied(self) -> dict[str, list[Subnet]]:
        """The subnets whose packets an NSG sees, by its name in small letters: on the subnet, or on a NIC in it."""
        found: dict[str, dict[str, Subnet]] = {}
        for at, subnet in self.subnets.items():
            if subnet.network_security_group:
                found.setdefault(key(subnet.network_security_group), {})[at] = subnet
        for _, nic in self.nics():
            where = self.subnets.get(key(nic.subnet))
            if nic.network_security_group and where is not None:
                found.setdefault(key(nic.network_security_group), {})[key(where.full_name)] = where
        return {name: list(subnets.values()) for name, subnets in found.items()}

    def nics(self) -> Iterator[tuple[VirtualMachine, NetworkInterface]]:
        """Yield each NIC with its VM."""
        return ((vm, nic) for vm in self.site.virtual_machines for nic in vm.interfaces)

    def groups_of(self, nic: NetworkInterface) -> Iterator[NetworkSecurityGroup]:
        """Yield the NSGs that packets of a NIC meet."""
        subnet = self.subnets.get(key(nic.subnet))
        for name in (nic.network_security_group, subnet.network_security_group if subnet else ""):
            nsg = self.site.nsg(name) if name else None
            if nsg is not None:
                yield nsg

    def contexts(self, nsg: NetworkSecurityGroup) -> list[NsgContext]:
        """Return the views in which an NSG is applied, those that see the same once; an NSG on nothing has one."""
        views = {(key(s.virtual_network), key(s.route_table)): s for s in self.applied.get(key(nsg.name), ())}
        return [NsgContext(self.book, subnet, HopKind.SUBNET_NSG) for subnet in views.values() or (None,)]

    def rules_of(self, nsg: NetworkSecurityGroup, direction: Direction) -> LintedRules:
        """Return one direction of an NSG with what was found out about its rules so far."""
        at = (nsg.name, direction)
        if at not in self._rules:
            self._rules[at] = LintedRules(nsg, direction, self.contexts(nsg))
        return self._rules[at]

    def rule_lists(self) -> Iterator[LintedRules]:
        """Yield both directions of each NSG."""
        for nsg in self.site.network_security_groups:
            for direction in Direction:
                yield self.rules_of(nsg, direction)
