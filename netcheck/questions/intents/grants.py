"""What a list of `exactly` allows, as packets: certainly, or where a fact about a tag holds that no file settles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netcheck.errors import QuestionError
from netcheck.model.address import FAMILIES, ServiceTag
from netcheck.model.intents import Allowed, Exactly, Word
from netcheck.model.names import key
from netcheck.model.ports import PORTED, parse_protocol
from netcheck.model.site import Subnet
from netcheck.policy.facts import Fact
from netcheck.policy.resolve import AddressBook, builtin_name, by_family
from netcheck.questions.packets import packets_from, read_ports, read_protocol
from netcheck.questions.places import Addresses, Origin, find_target, named_origins
from netcheck.sets import packets as ps
from netcheck.sets.intervals import EMPTY, IntervalSet, union
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom one word of a list stands for: addresses, of one place where it names one.

    The same address may be in two networks of a site: a name means the one that has it, a prefix means both.
    """

    addresses: Addresses
    origin: Origin | None = None
    fact: Fact | None = None
    ports: IntervalSet | None = None

    def at(self, place: Origin) -> Addresses:
        """Return which of a place's addresses are meant."""
        own = by_family(place.addresses)
        if self.origin is not None and not _is_of(self.origin, place):
            return dict.fromkeys(FAMILIES, EMPTY)
        return {family: own[family] & self.addresses.get(family, EMPTY) for family in FAMILIES}


def _is_of(named: Origin, place: Origin) -> bool:
    """Return whether a place is what a name stands for; a NIC without a known address is in its subnet."""
    if named.nic is not None:
        return place.nic is named.nic
    if named.subnet is None:
        return place.nic is None and place.subnet is None
    if place.nic is not None:
        return place.nic.has_unknown_address and key(place.nic.subnet) == key(named.subnet.full_name)
    return place.subnet is not None and key(place.subnet.full_name) == key(named.subnet.full_name)


@dataclass(frozen=True, slots=True)
class Grants:
    """What may pass: certainly, and in the worlds in which a fact holds."""

    certain: PacketSet
    open: tuple[tuple[Fact, PacketSet], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list, resolved: each of its words with whom it stands for."""

    words: tuple[tuple[str, tuple[Peer, ...]], ...]
    protocols: tuple[IntervalSet, ...]
    ports: IntervalSet

    @property
    def peers(self) -> Iterator[Peer]:
        """Whom all words stand for."""
        return (peer for _, own in self.words for peer in own)


def entries(book: AddressBook, allowed: Sequence[Allowed], side: str, subnet: Subnet | None) -> tuple[Entry, ...]:
    """Return a list resolved; `side` is where its peers stand in a packet, `subnet` whose view `VirtualNetwork` has.

    Raise QuestionError for a name that is not there, or that does not say which addresses are meant.
    """
    return tuple(
        Entry(
            tuple((word.text, tuple(peers(book, word, side, subnet))) for word in one.peers),
            tuple(read_protocol(text) for text in one.protocols),
            _ports(one),
        )
        for one in allowed
    )


def among_of(
    book: AddressBook, demand: Exactly, found: Sequence[Entry], side: str, subnet: Subnet | None
) -> tuple[Entry, ...]:
    """Return the peers that a demand is about, with everything they may send; none where it is about everybody.

    Raise QuestionError where the list has a peer that is none of them: it would never be asked about.
    """
    if not demand.among:
        return ()
    among = entries(book, (Allowed(peers=demand.among, protocols=("any",)),), side, subnet)
    asked = [peer for one in among for peer in one.peers]
    for text, own in (pair for one in found for pair in one.words):
        if not any(_meet(peer.addresses, other.addresses) for peer in own for other in asked):
            message = f"`{text}` is in the list, and none of those that `among` asks about"
            raise QuestionError("NC304", message, "add it to `among`, or take it out of the list")
    return among


def check_asked(found: Sequence[Entry], end: str, addresses: Addresses, places: Sequence[Origin] | None) -> None:
    """Raise QuestionError for a word of a list that would never be asked about, and so could not fail.

    It has no address family in common with the end, or stands for addresses that are in none of the places that send.
    """
    families = {family for family in FAMILIES if addresses.get(family, EMPTY)}
    for text, own in (pair for one in found for pair in one.words):
        if not any(peer.addresses.get(family, EMPTY) for peer in own for family in families):
            message = f"`{text}` is in the list, and has no address family in common with `{end}`"
            raise QuestionError("NC304", message, "no packet passes between them: take it out of the list")
        held = places is None or any(any(peer.at(place).values()) for peer in own for place in places)
        if not held:
            message = f"`{text}` is in the list, and in no subnet of its network: nobody sends from there"
            raise QuestionError("NC304", message, "take it out of the list, or name what is meant")


def _meet(one: Addresses, other: Addresses) -> bool:
    return any(one.get(family, EMPTY) & other.get(family, EMPTY) for family in FAMILIES)


def _ports(allowed: Allowed) -> IntervalSet:
    for text in allowed.protocols:
        numbers = parse_protocol(text).numbers
        if allowed.ports and numbers and not PORTED.intersection(numbers):
            read_ports(allowed.ports, read_protocol(text))  # says what is wrong
    return ps.ALL_PORTS if not allowed.ports else read_ports(allowed.ports, read_protocol("any"))


def peers(book: AddressBook, word: Word, side: str, subnet: Subnet | None) -> Iterator[Peer]:
    """Yield whom a word stands for."""
    named = list(named_origins(book.site, word.text))
    if named and side == "source":
        yield from (Peer(by_family(origin.addresses), origin) for origin in named)
        return
    if not named and builtin_name(word.text):
        for family in FAMILIES:
            for term in book.terms([ServiceTag(word.text)], family, side, subnet):
                yield Peer({family: term.addresses}, None, term.fact, term.ports)
        return
    target = find_target(book, word.text, subnet)
    if target.is_one_of:
        message = f"`{word.text}` is at one of many addresses, so a list that holds it says nothing exact"
        raise QuestionError("NC315", message, "list the tag, or the prefixes")
    if target.nic is not None:
        message = f"the address of NIC `{target.nic.name}` is not known, so a list cannot hold it as a destination"
        raise QuestionError("NC317", message, "state its address, or ask with `exactly: {to: …}` about the NIC itself")
    yield Peer(target.addresses)


def granted_from(found: Sequence[Entry], places: Sequence[Origin], targets: Addresses) -> Grants:
    """Return what a list of sources allows from some places, which hold different addresses, to some addresses."""
    return _sum((entry, peer, _at(peer, places), targets) for entry in found for peer in entry.peers)


def _at(peer: Peer, places: Sequence[Origin]) -> Addresses:
    found = [peer.at(place) for place in places]
    return found[0] if len(found) == 1 else {family: union(one[family] for one in found) for family in FAMILIES}


def granted_to(found: Sequence[Entry], place: Origin) -> Grants:
    """Return what a list of destinations allows from one place."""
    own = by_family(place.addresses)
    return _sum((entry, peer, own, peer.addresses) for entry in found for peer in entry.peers)


def _sum(parts: Iterator[tuple[Entry, Peer, Addresses, Addresses]]) -> Grants:
    certain = EMPTY_PACKETS
    unsure: dict[Fact, PacketSet] = {}
    for entry, peer, sources, targets in parts:
        ports = entry.ports if peer.ports is None else entry.ports & peer.ports
        for protocols in entry.protocols:
            packets = _between(sources, targets, protocols, ports)
            if peer.fact is None:
                certain = certain | packets
            else:
                unsure[peer.fact] = unsure.get(peer.fact, EMPTY_PACKETS) | packets
    return Grants(certain, tuple((fact, packets - certain) for fact, packets in unsure.items() if packets - certain))


def _between(sources: Addresses, targets: Addresses, protocols: IntervalSet, ports: IntervalSet) -> PacketSet:
    from netcheck.model.address import AddressRange

    ranges = [AddressRange(f, first, last) for f in FAMILIES for first, last in sources[f].spans()]
    return packets_from(ranges, targets, protocols, ports) if ranges else EMPTY_PACKETS


def machine_of(origin: Origin) -> Addresses:
    """Return the addresses that the machine of a place certainly has, on all its NICs; none where it is none."""
    held = [one for nic in origin.vm.interfaces for one in nic.certain_addresses] if origin.vm is not None else []
    return by_family(held)
