"""What a ban of `Internet` means beyond the addresses that the tag certainly has.

Azure does not publish the tag. `reach` asks about what it certainly holds; a ban is of all that it may hold, IPv6 among
it. Where a rule of the site names the tag as well, these packets are asked about as members of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.address import FAMILIES, AddressRange
from netcheck.model.intents import Reaching
from netcheck.path.leg import Region
from netcheck.policy.builtin import INTERNET_LOWER, INTERNET_UPPER, PLATFORM
from netcheck.policy.facts import Fact
from netcheck.policy.resolve import INTERNET_FACT, builtin_name
from netcheck.questions.asking import Asking
from netcheck.questions.intents.crowds import joined
from netcheck.questions.intents.worlds import given
from netcheck.questions.packets import packets_from, read_ports, read_protocol
from netcheck.questions.places import Addresses, Target, find_target, split_by_owner
from netcheck.questions.proxied import through_proxy
from netcheck.questions.proxies import named_proxy
from netcheck.sets.intervals import IntervalSet

_PERHAPS: Addresses = {
    family: INTERNET_UPPER[family] - INTERNET_LOWER[family] - PLATFORM[family] for family in FAMILIES
}


def beyond(
    asking: Asking, demand: Reaching, source: str, target: str, protocol: str, ports: tuple[str, ...]
) -> Iterator[Region]:
    """Yield what becomes of the packets from or to addresses that `Internet` may hold; nothing where no end is it."""
    if "internet" not in (builtin_name(source), builtin_name(target)):
        return
    side = "source" if builtin_name(source) == "internet" else "destination"
    protocols = read_protocol(protocol)
    for region in _regions(asking, demand, source, target, protocols, read_ports(ports, protocols)):
        facts = {fact for fact in _facts(region) if fact.name.startswith(INTERNET_FACT) and fact.side == side}
        yield given(region, facts)


def _regions(
    asking: Asking, demand: Reaching, source: str, target: str, protocols: IntervalSet, ports: IntervalSet
) -> Iterator[Region]:
    found = Target(target, _PERHAPS) if builtin_name(target) == "internet" else find_target(asking.book, target)
    origins = list(asking.origins(source))
    if builtin_name(source) == "internet":
        ranges = [AddressRange(f, first, last) for f in FAMILIES for first, last in _PERHAPS[f].spans()]
        origins = list(split_by_owner(asking.site, ranges))
    if demand.via:
        yield from through_proxy(asking, origins, named_proxy(asking.site, demand.via), found, ports).regions
        return
    for origin in joined(asking.site, origins, found.addresses):
        if packets_from(origin.addresses, found.addresses, protocols, ports):
            leg = asking.leg([origin], found.addresses, protocols, ports, found.nic, found.hosts)
            yield from leg.regions


def _facts(region: Region) -> Iterator[Fact]:
    return (fact for hop in region.hops for case in hop for fact, _ in case.when)
