"""Whether the NSGs of a plan hold its rules: those they have, those that are added, and the prefixes of them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netcheck.model.address import AddressRange, Endpoint
from netcheck.model.names import is_same, key
from netcheck.model.rules import Access, NsgRule
from netcheck.model.site import DeploymentModel
from netcheck.remedy.edits import Opening, nsg_named
from netcheck.remedy.limits import CLASSIC_RULES, CLASSIC_RULES_ON_REQUEST, PREFIXES, over_limit, rules_limit
from netcheck.remedy.plan import Plan
from netcheck.remedy.task import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One NSG with the rules of a plan: `has` and `adds` count rules of both directions, the default rules aside.

    `sources` and `destinations` are the prefixes that its rules would hold on that side, all together.
    """

    nsg: str
    model: DeploymentModel
    has: int
    adds: int
    sources: int
    destinations: int

    @property
    def why_not(self) -> str:
        """Why the rules do not fit, or ""."""
        prefixes = 0 if self.model is DeploymentModel.CLASSIC else max(self.sources, self.destinations)
        why = over_limit(self.model, self.adds, prefixes, self.has) if self.adds or prefixes > PREFIXES else ""
        return f"`{self.nsg}`: {why}" if why else ""

    @property
    def may_fit(self) -> bool:
        """Whether the rules fit with the limit that Azure grants on request."""
        is_classic = self.model is DeploymentModel.CLASSIC
        return not self.why_not or (is_classic and self.has + self.adds <= CLASSIC_RULES_ON_REQUEST)

    def to_dict(self) -> dict[str, object]:
        """Return the NSG as JSON; prefixes are counted for source and for destination, as Azure limits them."""
        is_classic = self.model is DeploymentModel.CLASSIC
        return {
            "nsg": self.nsg,
            "has": self.has,
            "adds": self.adds,
            "total": self.has + self.adds,
            "limit": rules_limit(self.model),
            "limitOnRequest": CLASSIC_RULES_ON_REQUEST if is_classic else None,
            "sourcePrefixes": self.sources,
            "destinationPrefixes": self.destinations,
            "prefixLimit": None if is_classic else PREFIXES,
            "fits": not self.why_not,
        }


def fits_of(task: Task, plan: Plan) -> Iterator[Fit]:
    """Yield each NSG that gets rules of a plan, with what it would hold."""
    for name in dict.fromkeys(opening.nsg for opening in plan.openings):
        nsg = nsg_named(task.site, name)
        rules = nsg.rules if nsg is not None else ()
        own = [opening for opening in plan.openings if opening.nsg == name]
        put = {key(opening.rule.name): opening.rule for opening in own}
        after = [*put.values(), *(rule for rule in rules if key(rule.name) not in put)]
        yield Fit(
            nsg=name,
            model=task.dialect.model,
            has=len(rules),
            adds=sum(rules_of(task, opening, len(rules)) for opening in own),
            sources=sum(_prefixes(rule.sources) for rule in after),
            destinations=sum(_prefixes(rule.destinations) for rule in after),
        )


def rules_of(task: Task, opening: Opening, has: int) -> int:
    """Return how many rules an opening adds to an NSG that has some, as the deployment model of the dialect has rules.

    A classic rule holds one source, one destination and one port range. Where one rule for each VM would not fit, the
    rules name the VMs' subnets, as `fix` writes them.
    """
    if not task.is_classic:
        return 0 if opening.replaces is not None else 1
    sources = len(opening.rule.sources)
    each = len(opening.rule.destinations) * len(opening.rule.destination_ports)
    if has + sources * each > CLASSIC_RULES:
        sources = min(sources, len(_subnet_prefixes(task, opening.rule)) or sources)
    old = opening.replaces
    was = 0 if old is None else len(old.sources) * len(old.destinations) * len(old.destination_ports)
    return max(0, sources * each - was)


def _subnet_prefixes(task: Task, rule: NsgRule) -> list[AddressRange]:
    """Return the prefixes of the subnets whose VMs a rule names as its sources."""
    named = set(rule.sources)
    inside = [vm for vm in task.site.virtual_machines if named & set(vm.primary.addresses)]
    subnets = [task.site.subnet(vm.primary.subnet) for vm in inside]
    return list(dict.fromkeys(prefix for subnet in subnets if subnet is not None for prefix in subnet.prefixes))


def _prefixes(endpoints: Iterable[Endpoint]) -> int:
    return sum(1 for endpoint in endpoints if isinstance(endpoint, AddressRange))


def denied_by(task: Task, plan: Plan, opening: Opening) -> str:
    """Return the first rule behind an opening that denies, as words: `deny-internet` (4000); "" where there is none.

    Rules that the plan moves stand where it puts them.
    """
    nsg = nsg_named(task.site, opening.nsg)
    moved = {key(move.rule.name): move.rule for move in plan.moves if is_same(move.nsg, opening.nsg)}
    rules = [moved.get(key(rule.name), rule) for rule in (nsg.rules if nsg is not None else ())]
    behind = [
        rule
        for rule in rules
        if rule.direction is opening.rule.direction
        and rule.access is Access.DENY
        and rule.priority > opening.rule.priority
    ]
    first = min(behind, key=lambda rule: rule.priority, default=None)
    return f"`{first.name}` ({first.priority})" if first is not None else ""
