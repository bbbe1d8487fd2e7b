"""Zones of firewalld as the chains that it makes of them.

Semantics: manual pages firewalld.zones(5), firewalld.zone(5) and firewalld.richlanguage(5), firewalld 1.3: a packet
belongs to one zone: the first by its source, else that of its interface, else the default zone. In a zone the order is:
rich rules with negative priority, what denies, what allows, rich rules with positive priority, the target. The target
`default` lets ICMP in and rejects the rest. What the machine itself sends passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from netcheck.diagnostics import Source
from netcheck.model.address import FAMILIES, Family
from netcheck.model.rules import Access
from netcheck.sources.linux.firewalld_names import DEFAULT_ZONE, ZONE_TARGET
from netcheck.sources.linux.firewalld_rules import Ruled, rules_of, source_words
from netcheck.sources.linux.firewalld_zones import Service, Zone, ZoneError
from netcheck.sources.linux.iptables_lines import SaveChain, SaveTable

_ESTABLISHED = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
_NEIGHBOURS = ("135", "136", "134", "137")  # the policy `allow-host-ipv6` that the package ships


@dataclass(frozen=True, slots=True)
class Daemon:
    """All that was given of one firewalld. `unread` names what comes before the zones and is not evaluated.

    `default` is the name of the default zone, "" where it is not known; `is_complete`: no other zone is in use.
    `may_drift`: what the zone of a source leaves to its target may go on to the zone of the interface, as firewalld
    before 1.0 had it (`AllowZoneDrifting`).
    """

    zones: Sequence[Zone]
    default: str
    is_complete: bool
    services: Mapping[str, Service]
    unread: Sequence[str]
    at: Source
    may_drift: bool = False

    def drifts(self, zone: Zone) -> bool:
        """Return whether packets may leave a zone for another one."""
        return self.may_drift and bool(zone.sources) and zone.target == "default"


def to_tables(daemon: Daemon) -> list[SaveTable]:
    """Return the tables of both families; raise ZoneError for a value that a zone cannot have."""
    return [table for family in FAMILIES for table in _tables(daemon, family)]


def _tables(daemon: Daemon, family: Family) -> Iterator[SaveTable]:
    at = daemon.at
    bases = {name: SaveChain(Access.ALLOW, at) for name in ("INPUT", "FORWARD", "OUTPUT")}
    table = SaveTable("filter", family, at, dict(bases))
    for base in bases:
        table.append(base, _ESTABLISHED, at)
        for what in daemon.unread:
            either_way(table, base, at, f"{what} of firewalld, which netcheck does not evaluate")
    table.append("INPUT", "-i lo -j ACCEPT", at)
    for kind in _NEIGHBOURS if family == 6 else ():
        table.append("INPUT", f"-p ipv6-icmp -m icmp6 --icmpv6-type {kind} -j ACCEPT", at)
    for base in ("FORWARD", "OUTPUT") if family == 6 else ():
        condition = "the setting RFC3964_IPv4, which is on where nothing else is said"
        for hidden in ("::/96", "::ffff:0:0/96", "2002::/16"):  # IPv6 addresses that hold one of IPv4
            table.append(base, f"-d {hidden} -j REJECT", at, "RFC3964_IPv4", (condition,))
    for base, stem in (("INPUT", "IN"), ("FORWARD", "FWD")):
        _dispatch(daemon, table, base, stem)
        table.append(base, "-j REJECT", at, "in no zone: rejected")
    for zone in daemon.zones:
        for rule in rules_of(zone, family, daemon.services, may_drift=daemon.drifts(zone)):
            _append(table, f"IN_{zone.name}", rule)
        for rule in _forwarding(zone, family):
            _append(table, f"FWD_{zone.name}", rule)
    yield table
    yield _nat(daemon, family)


def _append(table: SaveTable, chain: str, rule: Ruled) -> None:
    table.append(chain, rule.words, rule.at, rule.text, rule.conditions)


def either_way(table: SaveTable, chain: str, at: Source, condition: str) -> None:
    """Let packets be accepted or rejected under a condition."""
    for target in ("ACCEPT", "REJECT"):
        table.append(chain, f"-j {target}", at, condition, (condition,))


def _dispatch(daemon: Daemon, table: SaveTable, base: str, stem: str) -> None:
    """Send packets to the chain of the zone they belong to; sources are looked at in the order of their zones."""
    if not daemon.is_complete and base != "PREROUTING":
        condition = "a zone that is not given takes the packet (give what `firewall-cmd --list-all-zones` prints)"
        either_way(table, base, daemon.at, condition)
    for zone in sorted(daemon.zones, key=lambda one: (one.priority, one.name)):
        table.chains.setdefault(f"{stem}_{zone.name}", SaveChain(None, zone.at))
        for source in zone.sources:
            words, conditions = source_words(source.text, table.family)
            if words is not None:
                text = f"source {source.text} of zone {zone.name}"
                verb = "-j" if daemon.drifts(zone) and stem == "IN" else "-g"
                table.append(base, f"{words} {verb} {stem}_{zone.name}", source.at, text, conditions)
    for zone in daemon.zones:
        for interface in zone.interfaces:
            text = f"interface {interface.text} of zone {zone.name}"
            table.append(base, f"-i {interface.text} -g {stem}_{zone.name}", interface.at, text)
    default = next((zone for zone in daemon.zones if zone.name == daemon.default), None)
    if default is not None:
        table.append(base, f"-g {stem}_{default.name}", default.at, f"{DEFAULT_ZONE}{default.name}")
    elif base != "PREROUTING":  # what the zone does is open already in the table `filter`
        _unknown_default(daemon, table, base)


def _unknown_default(daemon: Daemon, table: SaveTable, base: str) -> None:
    which = f"zone `{daemon.default}`" if daemon.default else "default zone"
    either_way(table, base, daemon.at, f"the rules of the {which}, which is not given")


def _forwarding(zone: Zone, family: Family) -> Iterator[Ruled]:
    """Yield what becomes of packets from a zone that the machine passes on: within the zone they may stay."""
    if zone.forwards:
        for interface in zone.interfaces:
            yield Ruled(f"-o {interface.text} -j ACCEPT", f"forward of zone {zone.name}", interface.at)
        for source in zone.sources:
            words, conditions = source_words(source.text, family)
            if words is not None and words.startswith("-s "):
                text = f"forward of zone {zone.name}"
                yield Ruled(f"-d {words.removeprefix('-s ')} -j ACCEPT", text, source.at, conditions)
    target = {"default": "REJECT"}.get(zone.target, zone.target)
    yield Ruled(f"-j {target}", f"{ZONE_TARGET}{zone.name}", zone.at)


def _nat(daemon: Daemon, family: Family) -> SaveTable:
    """Return the table that sends ports elsewhere and gives packets the machine's own address."""
    at = daemon.at
    table = SaveTable("nat", family, at)
    for base in ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"):
        table.chains[base] = SaveChain(Access.ALLOW, at)
    if any(list(_redirected(zone)) for zone in daemon.zones):
        _dispatch(daemon, table, "PREROUTING", "PRE")
    for zone in daemon.zones:
        for port, protocol, text, where in _redirected(zone):
            words = f"-p {protocol} -m {protocol} --dport {port.replace('-', ':')} -j DNAT"
            table.append(f"PRE_{zone.name}", words, where, text)
        masquerading = [rule.at for rule in zone.rich_rules if rule.element == "masquerade"]
        masquerading += [zone.at] if zone.masquerades else []
        for where in masquerading if family == 4 else ():
            ends = [f"-o {one.text} " for one in zone.interfaces]
            ends += [""] if zone.name == daemon.default or not daemon.default or zone.sources else []
            for end in ends:
                table.append("POSTROUTING", f"{end}-j MASQUERADE", where, f"masquerade of zone {zone.name}")
    return table


def _redirected(zone: Zone) -> Iterator[tuple[str, str, str, Source]]:
    """Yield port, protocol, text and place of what a zone sends elsewhere."""
    for item in zone.forward_ports:
        given = dict(part.partition("=")[::2] for part in item.text.split(":") if part)
        if not given.get("port") or not given.get("proto"):
            raise ZoneError(f"`{item.text[:60]}` is no forwarded port")
        yield given["port"], given["proto"], f"forward-port {item.text}", item.at
    for rule in zone.rich_rules:
        if rule.element == "forward-port":
            yield *rule.value, rule.text, rule.at
