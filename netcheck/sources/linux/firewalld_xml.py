"""The XML files of firewalld: zones and services."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType

from netcheck.sources._xml import Element
from netcheck.sources.linux.firewalld_text import built
from netcheck.sources.linux.firewalld_zones import Item, Service, Zone, ZoneError, number_of, target_of

_LISTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "interface": ("interfaces", "{name}"),
        "service": ("services", "{name}"),
        "port": ("ports", "{port}/{protocol}"),
        "protocol": ("protocols", "{value}"),
        "source-port": ("source_ports", "{port}/{protocol}"),
        "forward-port": ("forward_ports", "port={port}:proto={protocol}"),
        "icmp-block": ("icmp_blocks", "{name}"),
    }
)


def zone_of(root: Element, path: str) -> Zone:
    """Return the zone that a file describes; its name is that of the file."""
    zone = Zone(root.get("name") or PurePath(path).stem, root.at)
    zone.target = target_of(root.get("target", "default"))
    zone.priority = number_of(root.get("ingress-priority") or root.get("priority") or "0")
    for child in root.children:
        if child.name in _LISTS:
            name, form = _LISTS[child.name]
            getattr(zone, name).append(Item(_formed(form, child), child.at))
        elif child.name == "source":
            zone.sources.append(_source(child))
        elif child.name == "rule":
            zone.rich_rules.append(built(_parts(child), _text(child), child.at))
        elif child.name == "masquerade":
            zone.masquerades = child.get("enabled", "yes").lower() in ("yes", "true")
        elif child.name == "forward":
            zone.forwards = True
        elif child.name == "icmp-block-inversion":
            zone.inverts_icmp_blocks = True
        elif child.name not in ("short", "description"):
            raise ZoneError(f"`{child.name[:60]}` is no element of a zone")
    return zone


def _formed(form: str, element: Element) -> str:
    try:
        return form.format_map(element.attributes)
    except KeyError as error:
        raise ZoneError(f"`{element.name}` lacks {error}") from None


def _source(element: Element) -> Item:
    for name, form in (("address", "{}"), ("ipset", "ipset:{}"), ("mac", "{}")):
        if element.get(name):
            return Item(form.format(element.get(name)), element.at)
    raise ZoneError("`source` names no address")


def _parts(rule: Element) -> list[tuple[str, dict[str, str]]]:
    """Return a rule as the words with attributes that its text form has, the action's limit behind the action."""
    parts = [("rule", dict(rule.attributes))]
    for child in rule.children:
        parts.append((child.name, dict(child.attributes)))
        parts += [
            (inner.name, dict(inner.attributes)) for inner in child.children if child.name not in ("log", "nflog")
        ]
    return parts


def _text(rule: Element) -> str:
    words = [" ".join([name, *(f'{key}="{value}"' for key, value in given.items())]) for name, given in _parts(rule)]
    return " ".join(words)


def service_of(root: Element) -> Service:
    """Return what a service stands for."""
    destinations = {
        family: element.get(name)
        for element in root.each("destination")
        for family, name in ((4, "ipv4"), (6, "ipv6"))
        if element.get(name)
    }
    ports = [one for one in root.each("port") if one.get("port")]
    return Service(
        ports=tuple(_formed("{port}/{protocol}", one) for one in ports),
        protocols=(
            *(_formed("{value}", one) for one in root.each("protocol")),
            *(_formed("{protocol}", one) for one in root.each("port") if not one.get("port")),
        ),
        source_ports=tuple(_formed("{port}/{protocol}", one) for one in root.each("source-port")),
        destinations=MappingProxyType(destinations),
        includes=tuple(_formed("{service}", one) for one in root.each("include")),
    )
