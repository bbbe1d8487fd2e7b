"""Where Azure's own view of a NIC is not what the site's rules and routes make, said as findings.

What Azure computed is what answers go by. That netcheck makes the same of the site's own rules and routes is worth
checking: a difference is an export of another day, something that the site leaves out, or a fault of netcheck.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netcheck.diagnostics import Severity, Source
from netcheck.errors import QuestionError
from netcheck.model import effective
from netcheck.model.names import key
from netcheck.model.rules import Direction
from netcheck.model.site import NetworkInterface, NetworkSecurityGroup, Site, Subnet
from netcheck.path.hops import WITHOUT_EFFECT, unmodelled_hop
from netcheck.policy.computed import Level, RouteDifference, RuleDifference, compare_level, compare_routes, next_hop
from netcheck.policy.decision import HopKind
from netcheck.policy.resolve import AddressBook
from netcheck.questions.answer import prefixes
from netcheck.questions.computed_words import counts_of, example_of, named, placed
from netcheck.questions.finding import Finding

CODE = "NC230"
_UNNAMED = "NSG of "
"""How the rules of an NSG are called whose export does not name it; Azure's own names have no blanks."""
_WORDS = {effective.Level.SUBNET: "subnet", effective.Level.NIC: "NIC"}


def computed_differences(site: Site, book: AddressBook) -> tuple[Finding, ...]:
    """Return where the rules and routes that Azure computed for NICs differ from what the site's own ones make.

    Only what both sides settle is compared. An NSG that no file describes but Azure's own view is that view; a site of
    which something that may bring rules or routes was not read settles nothing.
    """
    if any(unmodelled_hop(one).overrides and key(one.name) not in WITHOUT_EFFECT for one in site.unmodelled):
        return ()
    found: list[Finding] = []
    for vm in site.virtual_machines:
        for nic in vm.interfaces:
            subnet = site.subnet(nic.subnet)
            if subnet is not None:
                both = _Views(site, book, nic, subnet)
                found += [*both.levels(), *both.routes()]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Views:
    """Both views of one NIC: the site's and Azure's."""

    site: Site
    book: AddressBook
    nic: NetworkInterface
    subnet: Subnet

    def levels(self) -> Iterator[Finding]:
        """Yield what differs between the NSGs of the subnet and the NIC and Azure's lists for them."""
        if self.nic.effective_nsgs is None:
            return
        computed = {one.level: one.nsg for one in self.nic.effective_nsgs}
        places = (
            (effective.Level.SUBNET, HopKind.SUBNET_NSG, self.subnet.network_security_group, self.subnet.at),
            (effective.Level.NIC, HopKind.NIC_NSG, self.nic.network_security_group, self.nic.at),
        )
        for level, hop, name, at in places:
            own, azures = self.site.nsg(name) if name else None, computed.get(level)
            if own is not None and azures is not None and _is_same_group(own, azures):
                if not self._is_stand_in(own):
                    yield from self._rules(Level(own, azures, hop, self.subnet, self.nic), level)
            elif name or azures is not None:
                yield self._attachment(level, name, at, azures)

    def _is_stand_in(self, own: NetworkSecurityGroup) -> bool:
        """Return whether the site knows an NSG by Azure's view of some NIC alone: there is nothing to compare."""
        nics = (nic for vm in self.site.virtual_machines for nic in vm.interfaces)
        return any(view.nsg.at == own.at for nic in nics for view in nic.effective_nsgs or ())

    def _rules(self, level: Level, name: effective.Level) -> Iterator[Finding]:
        for direction in Direction:
            try:
                differences = compare_level(level, direction, self.book)
            except QuestionError as error:
                yield self._not_compared(level, direction, name, error)
            else:
                yield from (self._rule(one, level, direction, name) for one in sorted(differences, key=_by_rule))

    def _rule(self, one: RuleDifference, level: Level, direction: Direction, name: effective.Level) -> Finding:
        own, azures = one.own[0], one.computed[0] if one.computed else None
        azure = f"{_verb(azures is None or azures.passes)} {named(one.computed)}"
        sources, destinations = counts_of(one.packets)
        return Finding(
            code=CODE,
            kind="effective-rules",
            resource=self.nic.name,
            message=(
                f"NIC `{self.nic.name}`, {direction.lower()} at the {_WORDS[name]}: Azure {azure} what NSG "
                f"`{level.own.name}` {_verb(own.passes)} {named(one.own)}: packets from {sources:,} to "
                f"{destinations:,} addresses, such as {example_of(one.packets, direction, self.nic)}"
            ),
            level=str(name),
            direction=str(direction),
            rule=own.rule,
            at=own.at,
            computed_rule=azures.rule if azures else "",
            computed_at=azures.at if azures else str(level.computed.at),
        )

    def _not_compared(self, level: Level, direction: Direction, name: effective.Level, why: QuestionError) -> Finding:
        return Finding(
            code=CODE,
            kind="not-compared",
            severity=Severity.NOTE,
            resource=self.nic.name,
            message=(
                f"NIC `{self.nic.name}`, {direction.lower()} at the {_WORDS[name]}: Azure's rules and those of NSG "
                f"`{level.own.name}` were not compared: {why.message}"
            ),
            level=str(name),
            direction=str(direction),
            at=str(level.own.at),
            computed_at=str(level.computed.at),
        )

    def _attachment(
        self, level: effective.Level, name: str, at: Source, azures: NetworkSecurityGroup | None
    ) -> Finding:
        """Say that a level has an NSG on one side only, or another one."""
        where = f"the {_WORDS[level]}"
        ours = f"the site has NSG `{name}` on {where} at {at}" if name else f"the site has no NSG on {where}"
        theirs = f"Azure lists none for {where}, so that everything passes there"
        if azures is not None:
            group = "an NSG" if azures.name.startswith(_UNNAMED) else f"NSG `{azures.name}`"
            theirs = f"Azure lists {group} for {where} at {azures.at}"
        return Finding(
            code=CODE,
            kind="effective-nsg",
            resource=self.nic.name,
            message=f"NIC `{self.nic.name}`: {ours}, and {theirs}",
            level=str(level),
            at=str(at),
            computed_at=str(azures.at) if azures else "",
        )

    def routes(self) -> Iterator[Finding]:
        """Yield what differs between the subnet's routes and Azure's own table."""
        if self.nic.effective_routes is not None:
            found = compare_routes(self.subnet, self.nic, self.book)
            yield from (self._route(one) for one in sorted(found, key=lambda one: (one.family, one.addresses.cuts)))

    def _route(self, difference: RouteDifference) -> Finding:
        own, azures = difference.own, difference.computed
        first, *others = prefixes(difference.family, difference.addresses)
        which = f"{first} and {len(others):,} more prefixes" if others else first
        theirs = "nowhere, for want of a route"
        if azures is not None:
            theirs = f"to next hop {next_hop(azures)} by {placed(azures.name, azures.at)}"
        return Finding(
            code=CODE,
            kind="effective-routes",
            resource=self.nic.name,
            message=(
                f"NIC `{self.nic.name}`: Azure's table sends {difference.addresses.size:,} addresses, {which}, "
                f"{theirs}; the site's sends them to next hop {next_hop(own)} by {placed(own.name, own.at)}"
            ),
            direction=str(Direction.OUTBOUND),
            rule=own.name,
            at=own.at or str(self.subnet.at),
            computed_rule=azures.name if azures else "",
            computed_at=azures.at if azures else "",
        )


def _verb(passes: bool) -> str:
    return "allows" if passes else "denies"


def _is_same_group(own: NetworkSecurityGroup, computed: NetworkSecurityGroup) -> bool:
    """Return whether both may be one NSG: an export may not name it, and two of one name are told apart by groups."""
    ours, azures = key(own.name), key(computed.name)
    return ours == azures or ours.startswith(f"{azures} (") or computed.name.startswith(_UNNAMED)


def _by_rule(difference: RuleDifference) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    ours, azures = (
        [(decision.priority or 0, decision.rule) for decision in side] for side in (difference.own, difference.computed)
    )
    return ours, azures
