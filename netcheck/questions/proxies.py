"""Who a proxy is: a VM, or a load balancer in front of several that each may get a client's connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netcheck.errors import QuestionError
from netcheck.model.address import AddressError, AddressRange, parse_address
from netcheck.model.names import key
from netcheck.model.site import NetworkInterface, Site, VirtualMachine
from netcheck.policy.branches import EVERY_WORLD
from netcheck.policy.facts import Fact, World
from netcheck.policy.resolve import by_family
from netcheck.questions.places import Addresses, find_vm, vm_at

if TYPE_CHECKING:
    from netcheck.policy.balancers import Member


@dataclass(frozen=True, slots=True)
class Relay:
    """A VM whose proxy gets a client's connections, on a port of its own, in the worlds `when` and not in `unless`.

    They come to `nic`; what the proxy sends goes out by the primary one, which has the default route. `addresses` are
    those that the connections come for: the NIC's, or a frontend's that stays as it is (floating IP).
    """

    vm: VirtualMachine
    nic: NetworkInterface
    port: int | None
    addresses: tuple[AddressRange, ...]
    when: tuple[World, ...] = EVERY_WORLD
    unless: tuple[World, ...] = ()


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy as clients address it. `port` None: no file says on which it listens.

    `choice` is the fact by which one of several VMs gets a connection.
    """

    name: str
    addresses: Addresses
    port: int | None
    relays: tuple[Relay, ...]
    choice: Fact | None = None

    @property
    def vm(self) -> VirtualMachine:
        """The VM of the proxy, the first of several."""
        return self.relays[0].vm

    @property
    def end(self) -> NetworkInterface | None:
        """The NIC that all connections are for, where there is only one."""
        return self.relays[0].nic if len(self.relays) == 1 and self.choice is None else None


def named_proxy(site: Site, text: str) -> Proxy:
    """Return the proxy VM or the load balancer of that name or address; raise QuestionError with a suggestion."""
    return balanced_proxy(site, text, None) or _at_address(site, text, None) or proxy_vm(find_vm(site, text))


def proxy_at(site: Site, host: str, port: int | None) -> Proxy | None:
    """Return what a client's proxy setting means: a VM by address, else a frontend, else a VM by name.

    Who is set to an address comes for this one alone, to the NIC that has it.
    """
    found = _at_address(site, host, port) or balanced_proxy(site, host, port)
    if found is not None:
        return found
    vm = site.vm(host)
    return None if vm is None else proxy_vm(vm, port)


def _at_address(site: Site, host: str, port: int | None) -> Proxy | None:
    vm = vm_at(site, host)
    if vm is None:
        return None
    address = parse_address(host)
    nic = next(one for one in vm.interfaces if address in one.addresses)
    name = vm.name if vm.primary.addresses == (address,) else host
    return Proxy(name, by_family([address]), _asked(vm, port), (Relay(vm, nic, port, (address,)),))


def proxy_vm(vm: VirtualMachine, port: int | None = None) -> Proxy:
    """Return a VM as a proxy; without a port, that on which its own proxy listens."""
    addresses = by_family(vm.primary.addresses)
    return Proxy(vm.name, addresses, _asked(vm, port), (Relay(vm, vm.primary, port, vm.primary.addresses),))


def _asked(vm: VirtualMachine, port: int | None) -> int | None:
    return port if port is not None else (vm.proxy_server.port if vm.proxy_server else None)


def balanced_proxy(site: Site, text: str, port: int | None) -> Proxy | None:
    """Return the private frontend of a load balancer with that name or address, as a proxy; None where there is none.

    Without a port it is that of the frontend's only rule.
    """
    if not site.load_balancers:
        return None
    from netcheck.policy.balancers import member_choice, members, rules_of

    for balancer in site.load_balancers:
        for frontend in balancer.frontends:
            is_meant = key(balancer.name) == key(text) or _is_address(text, frontend.address)
            if not is_meant or frontend.is_public or frontend.address is None:
                continue
            rules = rules_of(balancer, frontend)
            fitting = [r for r in rules if port is None or r.takes_all_ports or r.frontend_port == port]
            if len(fitting) != 1:
                message = f"load balancer `{balancer.name}` has {len(fitting)} rules for clients of `{text}`"
                raise QuestionError("NC305", message, "name a VM behind it, or a frontend with one rule")
            [rule] = fitting
            found = members(site, balancer, rule.pool)
            if not found:
                raise QuestionError("NC305", f"pool `{rule.pool}` of load balancer `{balancer.name}` has no member")
            own = _port_of(found, port, text) if rule.takes_all_ports else rule.backend_port
            asked = own if rule.takes_all_ports else rule.frontend_port
            fact, worlds = member_choice(balancer, rule, found)
            relays = tuple(
                Relay(
                    vm=one.vm,
                    nic=one.nic,
                    port=own,
                    addresses=(frontend.address,) if rule.has_floating_ip else one.nic.addresses,
                    when=(world,),
                    unless=tuple(other for other in worlds if other != world),
                )
                for one, world in zip(found, worlds, strict=True)
            )
            addresses = by_family([frontend.address])
            return Proxy(balancer.name, addresses, asked, relays, fact)
    return None


def _port_of(found: Sequence[Member], port: int | None, text: str) -> int:
    """Return the port behind a rule for all ports: the one asked for, else that on which all members listen."""
    if port is not None:
        return port
    ports = {one.vm.proxy_server.port if one.vm.proxy_server else None for one in found}
    [only, *others] = ports
    if others or only is None:
        message = f"`{text}` takes all ports, and the site does not say on which one the proxies behind it listen"
        raise QuestionError("NC305", message, "add the same `proxyServer: {port: 8080}` to each VM in its pool")
    return only


def _is_address(text: str, address: object) -> bool:
    try:
        return parse_address(text) == address
    except AddressError:
        return False
