"""Drawn sites as files could have held them: what Azure refuses in a rule is taken out, the tags stand in a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import netcheck
from netcheck.errors import NetcheckError
from netcheck.model.address import AddressRange, AnyAddress, ApplicationSecurityGroup, Endpoint, Family, ServiceTag
from netcheck.model.ports import PORTED
from netcheck.model.rules import NsgRule
from netcheck.model.site import DeploymentModel, NetworkSecurityGroup, Site
from netcheck.model.tags import TagTable

PLACES = frozenset(("at", "reasons", "file", "rulesPassed", "message", "computedAt"))
"""What an answer says about files: two spellings of one site differ in it, and in nothing else."""

_PLACE = re.compile(r"[^\s()]+\.\w+:\d+:\d+")
"""A place inside of a sentence."""


def storable(site: Site, folder: Path) -> Site:
    """Return the site with rules that a site file can hold, and its tags in a file of the folder."""
    groups = tuple(storable_group(group) for group in site.network_security_groups)
    is_classic = site.deployment_model is DeploymentModel.CLASSIC
    if is_classic and not all(is_classic_rule(rule) for group in groups for rule in group.rules):
        site = replace(site, deployment_model=DeploymentModel.RESOURCE_MANAGER)
    tags = replace(site.tags, path=str(write_tags(site.tags, folder))) if site.tags else None
    return replace(site, network_security_groups=groups, tags=tags)


def storable_group(group: NetworkSecurityGroup) -> NetworkSecurityGroup:
    """Return the group with each side of its rules as Azure takes it."""
    return replace(group, rules=tuple(storable_rule(rule) for rule in group.rules))


def storable_rule(rule: NsgRule) -> NsgRule:
    """A rule names addresses of one family; a tag or a star stands alone."""
    families = [one.family for one in (*rule.sources, *rule.destinations) if isinstance(one, AddressRange)]
    family = families[0] if families else 4
    return replace(rule, sources=_side(rule.sources, family), destinations=_side(rule.destinations, family))


def _side(endpoints: Iterable[Endpoint], family: Family) -> tuple[Endpoint, ...]:
    kept = [one for one in endpoints if not isinstance(one, AddressRange) or one.family == family]
    alone = [one for one in kept if isinstance(one, AnyAddress | ServiceTag)]
    return tuple(alone[:1] or kept or [AnyAddress()])


def is_classic_rule(rule: NsgRule) -> bool:
    """Return whether a classic NSG could hold the rule."""
    tags = ("internet", "virtualnetwork", "azureloadbalancer")
    ends = (*rule.sources, *rule.destinations)
    return (
        max(len(rule.sources), len(rule.destinations), len(rule.source_ports), len(rule.destination_ports)) == 1
        and not any(isinstance(one, ApplicationSecurityGroup) for one in ends)
        and all(one.name.lower() in tags for one in ends if isinstance(one, ServiceTag))
        and all(str(one).count("-") == 0 for one in ends if isinstance(one, AddressRange))
        and (rule.protocol.is_any or set(rule.protocol.numbers) <= PORTED)
    )


def write_tags(table: TagTable, folder: Path) -> Path:
    """Write the tags as Microsoft's file has them."""
    values = [
        {
            "name": entry.name,
            "properties": {
                "systemService": entry.system_service,
                "region": entry.region,
                "addressPrefixes": list(entry.prefixes),
                "networkFeatures": None if entry.network_features is None else list(entry.network_features),
            },
        }
        for entry in table.entries.values()
    ]
    path = folder / "tags.json"
    content = {"changeNumber": table.change_number, "cloud": table.cloud, "values": values}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def answers(site: Site) -> list[Any]:
    """Return what a site says to many questions, without places: about every NSG, every pair of ends, the backup."""
    found = [
        asked(lambda nsg=nsg, way=way: netcheck.filter_packets(site, nsg.name, way, tcp=[443, 8080]))
        for nsg in site.network_security_groups
        for way in ("Inbound", "Outbound")
    ]
    ends = [vm.name for vm in site.virtual_machines]
    found += [
        asked(lambda one=one, other=other: netcheck.can_reach(site, one, other, tcp=["80", "443", "8080"]))
        for one in ends[:3]
        for other in (*ends[:3], "Storage.WestUS", "Internet", "168.63.129.16")
        if one != other
    ]
    return [*found, asked(lambda: netcheck.check(site, ends[:2]))]


def asked(question: Any) -> Any:
    """Return an answer without places, or the code of what cannot be asked."""
    try:
        return without_places(question().to_dict())
    except NetcheckError as error:
        return getattr(error, "code", type(error).__name__)


def without_places(value: Any) -> Any:
    """Return the JSON of an answer without what names files."""
    if isinstance(value, dict):
        return {name: without_places(one) for name, one in value.items() if name not in PLACES}
    if isinstance(value, list | tuple):
        return [without_places(one) for one in value]
    return _PLACE.sub("PLACE", value) if isinstance(value, str) else value
