"""Where a site names published service tags: in rules of NSGs, network managers and firewalls, and in routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from netcheck.diagnostics import Source
from netcheck.model.address import Endpoint, ServiceTag
from netcheck.model.names import key
from netcheck.model.rules import NsgRule
from netcheck.model.site import Site
from netcheck.policy.resolve import builtin_name


class TagUse(NamedTuple):
    """A tag where a rule or route names it; `what` is "rule", "route", "admin rule", "firewall rule"
    or, of what Azure computed, "computed rule"."""

    name: str
    resource: str
    what: str
    user: str
    direction: str
    at: Source


def tag_uses(site: Site) -> Iterator[TagUse]:
    """Yield each published tag, or what is spelled like one, with who names it; twice in one rule is once."""
    for nsg in site.network_security_groups:
        for rule in nsg.rules:
            for name in _tags(rule.sources, rule.destinations):
                yield TagUse(name, nsg.name, "rule", rule.name, str(rule.direction), rule.at)
    for table in site.route_tables:
        for route in table.routes:
            for name in _tags([route.prefix]):
                yield TagUse(name, table.name, "route", route.name, "", route.at)
    for managed in site.admin_rules:
        for name in _tags(managed.sources, managed.destinations):
            yield TagUse(name, managed.manager, "admin rule", managed.name, str(managed.direction), managed.at)
    for firewall in site.azure_firewalls:
        for collection in firewall.collections:
            for one in collection.rules:
                for name in _tags(one.sources, getattr(one, "destinations", ())):  # an application rule names hosts
                    yield TagUse(name, firewall.name, "firewall rule", one.name, "", one.at)
    yield from _computed(site)


def _computed(site: Site) -> Iterator[TagUse]:
    """Rules as Azure computed them list prefixes; where they name a tag as well, what it covers counts."""
    for vm in site.virtual_machines:
        for nic in vm.interfaces:
            for view in nic.effective_nsgs or ():
                rules: Iterable[NsgRule] = (*view.nsg.rules, *view.nsg.default_rules)
                for rule in rules:
                    for name in _tags(rule.sources, rule.destinations):
                        yield TagUse(name, view.nsg.name, "computed rule", rule.name, str(rule.direction), rule.at)


def _tags(*sides: Iterable[Endpoint]) -> list[str]:
    found = {key(one.name): one.name for side in sides for one in side if isinstance(one, ServiceTag)}
    return [name for name in found.values() if not builtin_name(name)]
