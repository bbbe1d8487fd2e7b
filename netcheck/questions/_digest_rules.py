"""Canonical forms of NSGs and route tables, and of what the service tags they name mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from netcheck.model.address import FAMILIES, AddressRange, Endpoint, ServiceTag, Unresolved, parse_prefix
from netcheck.model.adminrules import AdminRule
from netcheck.model.names import key
from netcheck.model.rules import Access, Direction, NsgRule, Route
from netcheck.model.site import DeploymentModel, NetworkSecurityGroup, RouteTable, Site
from netcheck.policy.nsg import default_rules
from netcheck.policy.resolve import AddressBook, builtin_name
from netcheck.policy.userroutes import ENDPOINT_TAGS
from netcheck.questions._digest_values import (
    Form,
    endpoints,
    ports,
    prefixes,
    protocols,
    spans,
    tag_name,
    to_text,
    unordered,
)


def nsg_form(nsg: NetworkSecurityGroup, model: DeploymentModel) -> Form:
    """Return the rules of both directions in the order in which Azure looks at them."""
    rules = [*nsg.rules, *own_defaults(nsg, model)]
    return {
        "name": key(nsg.name),
        **{
            str(direction): list(_ordered([rule for rule in rules if rule.direction is direction]))
            for direction in Direction
        },
    }


def own_defaults(nsg: NetworkSecurityGroup, model: DeploymentModel) -> list[NsgRule]:
    """Return the default rules a file lists that are not the platform's own, which Azure has whether listed or not."""
    usual = {to_text(rule_form(rule)) for way in Direction for rule in default_rules(way, model, nsg.at)}
    return [rule for rule in nsg.default_rules if to_text(rule_form(rule)) not in usual]


def rule_form(rule: NsgRule | AdminRule) -> dict[str, Form]:
    """Return what a rule matches and does; its name is part of it, because answers name it."""
    return {
        "name": key(rule.name),
        "priority": rule.priority,
        "direction": str(rule.direction),
        "access": str(rule.access),
        "protocol": protocols(rule.protocol),
        "sources": endpoints(rule.sources),
        "sourcePorts": ports(rule.source_ports),
        "destinations": endpoints(rule.destinations),
        "destinationPorts": ports(rule.destination_ports),
        "uncertain": bool(rule.unknown),
    }


def _ordered(rules: Sequence[NsgRule]) -> Iterator[Form]:
    """Yield rules by priority.

    Azure gives each priority once; only rules of which something is not known share one. Their order counts where an
    uncertain rule stands before one that takes the rest.
    """
    for _, group in groupby(sorted(rules, key=lambda rule: rule.priority), key=lambda rule: rule.priority):
        same = list(group)
        forms: Iterable[Form] = [rule_form(rule) for rule in same]
        yield from unordered(forms) if _order_means_nothing(same) else _once(forms)


def _order_means_nothing(rules: Sequence[NsgRule]) -> bool:
    """All do the same, or each may hold or not by itself: then what may decide is the same in every order."""
    accesses: set[Access] = {rule.access for rule in rules}
    independent = len({key(rule.name) for rule in rules}) == len(rules) and all(rule.unknown for rule in rules)
    return len(accesses) == 1 or independent


def _once(forms: Iterable[Form]) -> Iterator[Form]:
    seen: set[str] = set()
    for form in forms:
        if to_text(form) not in seen:
            seen.add(to_text(form))
            yield form


def table_form(table: RouteTable) -> Form:
    """Return the routes of a table; the longest prefix wins, so their order means nothing."""
    disables: dict[str, Form] = {"disablesGatewayRoutes": True} if table.disables_gateway_routes else {}
    return {"name": key(table.name), "routes": unordered(_route_form(route) for route in table.routes), **disables}


def _route_form(route: Route) -> Form:
    prefix: Form
    match route.prefix:
        case AddressRange():
            prefix = prefixes([route.prefix])
        case ServiceTag(name=name):
            prefix = tag_name(name)
        case Unresolved():
            prefix = None
    return {
        "name": key(route.name),
        "prefix": prefix,
        "nextHop": str(route.next_hop),
        "address": prefixes([route.next_hop_address]) if route.next_hop_address else [],
        "uncertain": bool(route.unknown) or isinstance(route.prefix, Unresolved),
    }


def tags_form(site: Site) -> Form:
    """Return what the published service tags that the site names mean in its service-tag file, by their names.

    For routes the length of each prefix counts, for rules the addresses alone. What a question names is the question's.
    """
    book = AddressBook(site)
    named = {tag_name(one.name) for one in rule_endpoints(site) if isinstance(one, ServiceTag)}
    named |= {key(ENDPOINT_TAGS.get(key(service), "")) for service in _service_endpoints(site)}
    named |= {key(site.backup.target)}
    routed = {
        tag_name(route.prefix.name)
        for table in site.route_tables
        for route in table.routes
        if isinstance(route.prefix, ServiceTag)
    }
    found: dict[str, Form] = {}
    for name in sorted(named | routed):
        entry = site.tags.get(name) if site.tags else None
        if entry is not None and not builtin_name(name):
            covered: Form = {
                str(family): spans(known) for family in FAMILIES if (known := book.published(name, family))
            }
            lengths = prefixes(parse_prefix(text)[0] for text in entry.prefixes) if name in routed else []
            found[name] = {"addresses": covered, "prefixes": lengths, "isUsable": entry.is_nsg_capable}
    return found


def rule_endpoints(site: Site) -> Iterator[Endpoint]:
    """Yield what the rules of a site name as addresses, both sides: of NSGs, network managers and firewalls."""
    computed = (one.nsg for vm in site.virtual_machines for nic in vm.interfaces for one in nic.effective_nsgs or ())
    for nsg in (*site.network_security_groups, *computed):
        for rule in (*nsg.rules, *nsg.default_rules):
            yield from rule.sources
            yield from rule.destinations
    for managed in site.admin_rules:
        yield from managed.sources
        yield from managed.destinations
    for firewall in site.azure_firewalls:
        for collection in firewall.collections:
            for one in collection.rules:
                yield from one.sources
                yield from getattr(one, "destinations", ())  # an application rule names hosts


def _service_endpoints(site: Site) -> Iterator[str]:
    for network in site.virtual_networks:
        for subnet in network.subnets:
            yield from subnet.service_endpoints
