"""`matrix`: what becomes of packets between all VMs of a site, and to the Internet; VMs that behave alike are one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netcheck.display import Displayed
from netcheck.estate import bits
from netcheck.estate.asked import Ask, By, Selection, select
from netcheck.estate.classes import Estate, build_estate
from netcheck.estate.grouping import Group, Weights, alike, grouped_rows, named
from netcheck.estate.judging import Judge, Pairs, Progress, Spread, no_progress, one_by_one
from netcheck.estate.outside import Goal, Outcome, Outward
from netcheck.estate.question import Cell, RuleKind, cells, joined, kinds_about, rule_kinds
from netcheck.estate.rows import Row, Rows, together
from netcheck.model.address import FAMILIES
from netcheck.model.names import key
from netcheck.model.site import Site
from netcheck.path.hops import WITHOUT_EFFECT
from netcheck.path.leg import Verdict, combine
from netcheck.policy.resolve import by_family
from netcheck.questions.answer import SETTLED
from netcheck.questions.asking import Asking
from netcheck.questions.packets import parse_ports, read_protocol
from netcheck.questions.places import check_unambiguous
from netcheck.sets import packets as ps
from netcheck.sets.intervals import union


@dataclass(frozen=True, slots=True)
class Judged:
    """All pairs of an estate: for each cell of packets every sender's row, and what becomes of packets to outside."""

    estate: Estate
    cells: tuple[Cell, ...]
    rows: tuple[Rows, ...]
    goals: tuple[Goal, ...]
    senders: int
    receivers: int

    def whole(self) -> Rows:
        """Return the rows about the packets of all cells."""
        return together(self.rows, self.senders)


class Slice(NamedTuple):
    """What becomes of the packets of one cell: a row of groups for each group."""

    cell: Cell
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Displayed):
    """All pairs of groups. `rows` are about all packets asked about, `slices` about those of one cell each.

    `outside` holds, for each target that is no VM, its label and the outcomes of each group (several only where VMs are
    put together that do not behave alike). `pairs` counts the pairs of two VMs by verdict; None: no packet is possible.
    `notes` say what the site leaves out that all verdicts may depend on.
    """

    ask: Ask
    site: Site
    groups: tuple[Group, ...]
    rows: tuple[Row, ...]
    slices: tuple[Slice, ...]
    outside: tuple[tuple[str, tuple[tuple[Outcome, ...], ...]], ...]
    pairs: dict[Verdict | None, int]
    sends: int
    receives: int
    notes: tuple[str, ...] = ()

    def verdict(self, sender: int, receiver: int) -> Verdict | None:
        """Return the verdict about the packets from one group to another; None where there is no such packet."""
        return self.rows[sender].of(1 << receiver)

    def outside_verdict(self, target: int, sender: int) -> Verdict | None:
        """Return the verdict about the packets of a group to a target outside."""
        outcomes = self.outside[target][1][sender]
        return combine(one.verdict for one in outcomes) if outcomes else None


def matrix(site: Site, ask: Ask, progress: Progress = no_progress, spread: Spread = one_by_one) -> Matrix:
    """Judge all pairs; raise QuestionError when a name is not in the site or a question about it has no meaning."""
    asking = Asking(site)
    judged = judge(asking, ask, select(site, ask), progress, spread=spread)
    groups = _groups(judged, ask)
    estate, senders, receivers = judged.estate, judged.senders, judged.receivers
    whole = judged.whole()
    rows = tuple(grouped_rows(estate, groups, whole, senders, receivers))
    slices = [
        Slice(cell, tuple(grouped_rows(estate, groups, found, senders, receivers)) if len(judged.cells) > 1 else rows)
        for cell, found in zip(judged.cells, judged.rows, strict=True)
    ]
    outside = tuple(
        (goal.label, tuple(_outcomes(goal, group.classes & senders) for group in groups)) for goal in judged.goals
    )
    return Matrix(
        ask=ask,
        site=site,
        groups=groups,
        rows=rows,
        slices=merged(slices),
        outside=outside,
        pairs=_counts(estate, whole, senders, receivers),
        sends=Weights(estate.members).of(senders),
        receives=Weights(estate.members).of(receivers),
        notes=tuple(_notes(site)),
    )


def _notes(site: Site) -> Iterator[str]:
    yield from dict.fromkeys(one.reason for one in site.unmodelled if key(one.name) not in WITHOUT_EFFECT)
    undescribed = sum(vm.host_firewall is None for vm in site.virtual_machines)
    if undescribed:
        whose = "1 VM is" if undescribed == 1 else f"{undescribed:,} VMs are"
        yield f"the host firewalls of {whose} not in the site (`hostFirewall`): there the verdict is the network's"


def merged(slices: Iterable[Slice]) -> tuple[Slice, ...]:
    """Return the slices with those that say the same as one, where they differ in their ports only."""
    found: dict[tuple[Row, ...], list[Cell]] = {}
    for one in slices:
        found.setdefault(one.rows, []).append(one.cell)
    several = (Slice(cell, rows) for rows, cells_ in found.items() for cell in joined(cells_))
    return tuple(sorted(several, key=lambda one: one.cell.point))


def judge(
    asking: Asking,
    ask: Ask,
    selection: Selection,
    progress: Progress = no_progress,
    kinds: frozenset[RuleKind] = frozenset(),
    spread: Spread = one_by_one,
) -> Judged:
    """Judge all pairs of VMs that are asked about, class by class.

    `kinds` are rules of another site, whose ports are to be told apart here as well.
    """
    site = asking.site
    check_places(site, selection.receivers)
    protocols = read_protocol(ask.protocol)
    ports = parse_ports(ask.ports) if ask.ports else ps.ALL_PORTS
    kinds = rule_kinds(site) | kinds
    about = kinds_about(kinds, protocols, ports)
    estate = build_estate(site, asking.book, selection.marks(ask.by), selection.groups, about)
    senders, receivers = (
        bits.of((n for n, one in enumerate(estate.classes) if one.members[0] in some), len(estate.classes))
        for some in (selection.senders, selection.receivers)
    )
    parts = cells(kinds, protocols, ports)
    pairs = Pairs(senders, receivers)
    whole = Judge(estate, asking).rows(parts, protocols, ports, pairs, progress, spread)
    rows = [_within(one, receivers) for one in whole]
    outward = Outward(estate, asking, protocols, ports)
    goals = outward.goals(selection.outside, senders, progress, spread)
    return Judged(estate, parts, tuple(rows), goals, senders, receivers)


def _within(rows: Rows, receivers: int) -> Rows:
    """Return rows about those destinations only that are asked about."""
    found: Rows = {}
    for row, senders in rows.items():
        one = row.within(receivers)
        found[one] = found.get(one, 0) | senders
    return found


def check_places(site: Site, receivers: Iterable[int]) -> None:
    """Raise QuestionError where the address of one of some VMs is in two virtual networks: packets may mean either."""
    spaces = [by_family(network.address_space) for network in site.virtual_networks]
    pairs = [(one, other) for number, one in enumerate(spaces) for other in spaces[number + 1 :]]
    shared = {family: union(one[family] & other[family] for one, other in pairs) for family in FAMILIES}
    if any(shared.values()):
        for number in sorted(receivers):
            vm = site.virtual_machines[number]
            held = [address for nic in vm.interfaces for address in nic.addresses]
            if any(address.first in shared[address.family] for address in held):
                check_unambiguous(site, by_family(held))


def _groups(judged: Judged, ask: Ask) -> tuple[Group, ...]:
    everyone = judged.senders | judged.receivers
    if ask.by is not By.ALIKE:
        return named(judged.estate, everyone, ask.by)
    return alike(judged.estate.members, everyone, _telling(judged))


def _telling(judged: Judged) -> Iterator[int]:
    """Yield the sets of classes that behave differently from all others, as senders or as receivers.

    Who decides does not count: each subnet has a route of its own that leads all to the same place.
    """
    yield judged.senders
    yield judged.receivers
    for rows in judged.rows:
        for row, senders in rows.items():
            yield senders & judged.senders
            for some in row:
                yield some & judged.receivers
    for goal in judged.goals:
        fates: dict[object, int] = {}
        for outcome, some in goal.outcomes.items():
            at = outcome.verdict, outcome.packets
            fates[at] = fates.get(at, 0) | some
        yield from fates.values()


def _outcomes(goal: Goal, classes: int) -> tuple[Outcome, ...]:
    return tuple(outcome for outcome, some in goal.outcomes.items() if some & classes)


def _counts(estate: Estate, rows: Rows, senders: int, receivers: int) -> dict[Verdict | None, int]:
    weights = Weights(estate.members)
    counts: dict[Verdict | None, int] = dict.fromkeys((*SETTLED, Verdict.PARTIAL), 0)
    for row, classes in rows.items():
        for verdict, some in row.by_verdict().items():
            counts[verdict] += weights.pairs(classes & senders, some & receivers)
    left = weights.pairs(senders, receivers) - sum(counts.values())
    return counts | ({None: left} if left else {})


def labels(groups: Sequence[Group], some: int) -> list[str]:
    """Return the labels of groups given as bits."""
    return [groups[number].label for number in bits.each(some)]
