"""Plans put into sites by plain code, and whether Azure would take the NSGs that come of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from netcheck.model.effective import EffectiveNsg
from netcheck.model.names import key
from netcheck.model.network import NetworkInterface
from netcheck.model.rules import Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup, Site
from netcheck.remedy.dialects.dialect import Dialect
from netcheck.remedy.edits import Edit

AZURE_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?")


def patched(site: Site, edits: Iterable[Edit]) -> Site:
    """Return the site with the rules of a plan put by their names, as Azure does it; no two ever share a number."""
    for edit in edits:
        before = site
        groups = (_put(nsg, edit) if key(nsg.name) == key(edit.nsg) else nsg for nsg in site.network_security_groups)
        site = replace(site, network_security_groups=tuple(groups))
        site = _with_nics(site, partial(_put_computed, edit=edit))
        assert site != before
    return site


def _with_nics(site: Site, change: Callable[[NetworkInterface], NetworkInterface]) -> Site:
    machines = tuple(
        replace(vm, interfaces=tuple(change(nic) for nic in vm.interfaces)) for vm in site.virtual_machines
    )
    return replace(site, virtual_machines=machines)


def _put(group: NetworkSecurityGroup, edit: Edit) -> NetworkSecurityGroup:
    others = [rule for rule in group.rules if key(rule.name) != key(edit.rule.name)]
    assert len(others) == len(group.rules) - (edit.replaces is not None)
    used = {rule.priority for rule in others if rule.direction is edit.rule.direction}
    assert edit.rule.priority not in used
    return replace(group, rules=(*others, edit.rule))


def _put_computed(nic: NetworkInterface, edit: Edit) -> NetworkInterface:
    """Azure would compute the rules of a NIC with the new rule among them."""
    if nic.effective_nsgs is None:
        return nic

    def put(one: EffectiveNsg) -> EffectiveNsg:
        if key(one.nsg.name) != key(edit.nsg):
            return one
        others = tuple(rule for rule in one.nsg.rules if key(rule.name) != key(edit.rule.name))
        return replace(one, nsg=replace(one.nsg, rules=(*others, edit.rule)))

    return replace(nic, effective_nsgs=tuple(put(one) for one in nic.effective_nsgs))


def with_service_endpoints(site: Site, names: Iterable[str]) -> Site:
    """Return the site with an endpoint for Storage on some subnets."""
    wanted = {key(name) for name in names}
    networks = []
    for network in site.virtual_networks:
        subnets = [
            replace(one, service_endpoints=(*one.service_endpoints, "Microsoft.Storage"))
            if key(one.full_name) in wanted and not any("storage" in key(s) for s in one.service_endpoints)
            else one
            for one in network.subnets
        ]
        networks.append(replace(network, subnets=tuple(subnets)))
    return replace(site, virtual_networks=tuple(networks))


def without_computed_routes(site: Site) -> Site:
    """Return the site without the routes that Azure computed for its NICs."""
    return _with_nics(site, lambda nic: replace(nic, effective_routes=None))


def why_invalid(site: Site, dialect: Dialect) -> list[str]:
    """Return why Azure would refuse the NSGs of a site, as rules of a dialect have them."""
    return [fault for group in site.network_security_groups for fault in _faults(group, dialect is Dialect.CLASSIC)]


def _faults(group: NetworkSecurityGroup, is_classic: bool) -> Iterator[str]:
    planned = [rule for rule in group.rules if rule.at.file == "the plan"]
    names = [key(rule.name) for rule in group.rules]
    if len(group.rules) > (200 if is_classic else 1000):
        yield f"{group.name} has {len(group.rules)} rules"
    if len(set(names)) < len(names):
        yield f"{group.name} has two rules of one name"
    for direction in Direction:
        numbers = [rule.priority for rule in group.rules if rule.direction is direction and rule.priority > 0]
        if len(set(numbers)) < len(numbers):
            yield f"{group.name} has two rules of one number"
    for rule in planned:
        yield from (f"{group.name}: {fault}" for fault in _rule_faults(rule, is_classic))


def _rule_faults(rule: NsgRule, is_classic: bool) -> Iterator[str]:
    if not 100 <= rule.priority <= 4096:
        yield f"{rule.name} has priority {rule.priority}"
    if not AZURE_NAME.fullmatch(rule.name):
        yield f"{rule.name} is no name"
    for side in (rule.sources, rule.destinations):
        if not side or len(side) > (1 if is_classic else 4000):
            yield f"{rule.name} has {len(side)} prefixes"
        words = [one for one in side if not hasattr(one, "family")]
        if words and len(side) > 1:
            yield f"{rule.name} has `{words[0]}` in a list"
    if len({one.family for side in (rule.sources, rule.destinations) for one in side if hasattr(one, "family")}) > 1:
        yield f"{rule.name} mixes families"
    if is_classic and len(rule.destination_ports) != 1:
        yield f"{rule.name} has {len(rule.destination_ports)} port ranges"
