"""Edits of an NSG's rules: what a plan adds, widens or moves, and the site as it is with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netcheck.diagnostics import Source
from netcheck.model.names import is_same
from netcheck.model.rules import NsgRule
from netcheck.model.site import NetworkInterface, NetworkSecurityGroup, Site

if TYPE_CHECKING:
    from netcheck.model.effective import EffectiveNsg

PLANNED = Source("the plan")


@dataclass(frozen=True, slots=True)
class Opening:
    """An allow rule for one NSG: a new one, or a wider form of a rule that it has (`replaces`)."""

    nsg: str
    rule: NsgRule
    replaces: NsgRule | None = None


@dataclass(frozen=True, slots=True)
class Renumbering:
    """A rule of an NSG that gets another priority, to make room before it; `rule` is what it becomes."""

    nsg: str
    rule: NsgRule
    replaces: NsgRule

    def __str__(self) -> str:
        return f"renumber `{self.rule.name}` of `{self.nsg}` from {self.replaces.priority} to {self.rule.priority}"


Edit = Opening | Renumbering
"""Every edit puts a rule by its name: `rule` as it is to be, `replaces` as it was, None where there was none."""


def computed_for(site: Site, nsg_name: str) -> Iterator[tuple[NetworkInterface, NetworkSecurityGroup]]:
    """Yield the rules of an NSG as Azure computed them, with the NIC for which it did: there, they are what counts."""
    for vm in site.virtual_machines:
        for nic in vm.interfaces:
            for one in nic.effective_nsgs or ():
                if is_same(one.nsg.name, nsg_name):
                    yield nic, one.nsg


def nsg_named(site: Site, name: str) -> NetworkSecurityGroup | None:
    """Return the NSG of that name with all rules that the files or Azure's computed rules show, so that what is free
    is free everywhere."""
    known = [nsg for nsg in (site.nsg(name), *(nsg for _, nsg in computed_for(site, name))) if nsg is not None]
    if not known:
        return None
    rules = {(rule.direction, rule.priority): rule for nsg in reversed(known) for rule in nsg.rules}
    return known[0] if len(known) == 1 else replace(known[0], rules=tuple(rules.values()))


def with_edits(site: Site, edits: Sequence[Edit]) -> Site:
    """Return the site as it would be with the edits made, in their order.

    Where Azure computed the rules of a NIC, it would compute them with the edits.
    """
    for edit in edits:
        nsg = site.nsg(edit.nsg)
        if nsg is not None:
            site = site.with_rules(nsg.name, _with_rule(nsg, edit).rules)
        if any(True for _ in computed_for(site, edit.nsg)):
            vms = tuple(replace(vm, interfaces=_recomputed(vm.interfaces, edit)) for vm in site.virtual_machines)
            site = replace(site, virtual_machines=vms)
    return site


def _with_rule(nsg: NetworkSecurityGroup, edit: Edit) -> NetworkSecurityGroup:
    """Return an NSG with the rule put by its name: in the place of the one it replaces, else behind the others."""
    if edit.replaces is None or not any(is_same(rule.name, edit.rule.name) for rule in nsg.rules):
        return replace(nsg, rules=(*nsg.rules, edit.rule))
    rules = tuple(edit.rule if is_same(rule.name, edit.rule.name) else rule for rule in nsg.rules)
    return replace(nsg, rules=rules)


def _recomputed(nics: Sequence[NetworkInterface], edit: Edit) -> tuple[NetworkInterface, ...]:
    return tuple(
        nic
        if nic.effective_nsgs is None
        else replace(nic, effective_nsgs=tuple(_recomputed_nsg(one, edit) for one in nic.effective_nsgs))
        for nic in nics
    )


def _recomputed_nsg(one: EffectiveNsg, edit: Edit) -> EffectiveNsg:
    if not is_same(one.nsg.name, edit.nsg):
        return one
    return replace(one, nsg=_with_rule(one.nsg, edit))
