"""What a matrix is asked for: which VMs send, which receive, what outside of the site, and how VMs are put together."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from netcheck.errors import QuestionError
from netcheck.model.names import key, last_segment, nearest
from netcheck.model.site import Site

INTERNET = "Internet"


class By(StrEnum):
    """How VMs are put together in an answer."""

    ALIKE = "alike"
    """Those that behave alike."""
    SUBNET = "subnet"
    GROUP = "group"
    """Application security groups; a VM may be in several, and those in none are left out."""
    VM = "vm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question about all pairs. Without ports every port is meant; without names, every VM and the Internet."""

    protocol: str = "tcp"
    ports: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    by: By = By.ALIKE


@dataclass(frozen=True, slots=True)
class Selection:
    """VMs by their numbers in the site, and the names of targets that are no VMs of it.

    `groups` are application security groups that the question is about, rules or not.
    """

    senders: frozenset[int]
    receivers: frozenset[int]
    outside: tuple[str, ...]
    groups: frozenset[str]
    is_partial: bool

    def marks(self, by: By) -> dict[int, Hashable]:
        """Return what keeps VMs apart that the question asks about apart."""
        if by is By.VM:
            return {number: number for number in self.senders | self.receivers}
        everyone = self.senders | self.receivers
        if not self.is_partial:
            return {}
        return {number: (number in self.senders, number in self.receivers) for number in everyone}


def select(site: Site, ask: Ask, also: Site | None = None) -> Selection:
    """Return what the names of a question stand for; raise QuestionError for a source that the site does not have.

    With another site beside this one, a name that only the other one has stands for nothing here.
    """
    names = _Named(site)
    others = _Named(also) if also is not None else None
    everyone = frozenset(range(len(site.virtual_machines)))
    if not everyone and others is None:
        raise QuestionError("NC301", "the site has no VMs", "a matrix is about the VMs of a site")
    senders: frozenset[int] = frozenset().union(*(names.sender(word, others) for word in ask.sources))
    found = {word: names.receiver(word, others) for word in ask.targets}
    receivers: frozenset[int] = frozenset().union(*(one for one in found.values() if one is not None))
    outside = tuple(dict.fromkeys(word for word, one in found.items() if one is None))
    return Selection(
        senders if ask.sources else everyone,
        receivers if ask.targets else everyone,
        outside if ask.targets else (INTERNET,),
        frozenset(names.groups) if ask.by is By.GROUP else frozenset(names.named_groups),
        is_partial=bool(ask.sources or ask.targets),
    )


class _Named:
    """VMs by every name that stands for some: their own, those of NICs, subnets, networks and groups."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.groups: set[str] = set()
        self.named_groups: set[str] = set()
        self._found: dict[str, set[int]] = {}
        for network in site.virtual_networks:
            for subnet in network.subnets:
                for name in (subnet.full_name, subnet.name):
                    self._found.setdefault(key(name), set())
        for number, vm in enumerate(site.virtual_machines):
            for name in set(_names_of(site, number)):
                self._found.setdefault(name, set()).add(number)
            for nic in vm.interfaces:
                self.groups.update(key(last_segment(group)) for group in nic.application_security_groups)

    def machines(self, word: str) -> frozenset[int] | None:
        """Return the VMs that a name stands for; None where it is no name of any."""
        name = key(last_segment(word)) if word.startswith("/") else key(word)
        found = self._found.get(name)
        if name in self.groups:
            self.named_groups.add(name)
        return frozenset(found) if found is not None else None

    def receiver(self, word: str, others: _Named | None) -> frozenset[int] | None:
        """Return the VMs that a target stands for; None where it is no name of any, here or there."""
        found = self.machines(word)
        return frozenset() if found is None and others is not None and others.machines(word) is not None else found

    def sender(self, word: str, others: _Named | None) -> frozenset[int]:
        """Return the VMs that a source stands for."""
        found = self.machines(word)
        if not found and others is not None and others.machines(word):
            return frozenset()
        if found is None:
            near = nearest(key(word), self._found)
            advice = (
                f"did you mean `{near}`?" if near else "name a VM, a NIC, a subnet or an application security group"
            )
            raise QuestionError("NC301", f"no VM, subnet or group `{word}` in the site", advice)
        if not found:
            raise QuestionError("NC301", f"`{word}` holds no VM", "a matrix is about the VMs of a site")
        return found


def _names_of(site: Site, number: int) -> Iterator[str]:
    vm = site.virtual_machines[number]
    yield key(vm.name)
    for nic in vm.interfaces:
        yield key(nic.name)
        yield key(nic.subnet)
        yield key(nic.subnet.rpartition("/")[2])
        yield from (key(last_segment(group)) for group in nic.application_security_groups)
