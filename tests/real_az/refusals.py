"""What the service refuses about a security rule, as far as it is cheap to check: the cases that plans could run into.

Codes and messages are those of recorded replies where one is known: duplicate priorities (hashicorp/
terraform-provider-azurerm#11137), tags in lists (#5617), two families in one rule (#12534), port lists (#1530).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any

Json = dict[str, Any]

SINGULAR_OF = {
    "sourceAddressPrefixes": "sourceAddressPrefix",
    "sourcePortRanges": "sourcePortRange",
    "destinationAddressPrefixes": "destinationAddressPrefix",
    "destinationPortRanges": "destinationPortRange",
}
GROUPS_OF = {
    "sourceAddressPrefixes": "sourceApplicationSecurityGroups",
    "destinationAddressPrefixes": "destinationApplicationSecurityGroups",
}
WORDS = {
    "access": ("Allow", "Deny"),
    "direction": ("Inbound", "Outbound"),
    "protocol": ("*", "Tcp", "Udp", "Icmp", "Icmpv6", "Esp", "Ah"),
}
_NAME = re.compile(r"[A-Za-z0-9](?:[\w.\-]{0,78}\w)?", re.ASCII)
_TAG = re.compile(r"[A-Za-z][\w.\-]*", re.ASCII)
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


class RefusalError(Exception):
    """The service's no: a status, a code and a message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def check_rule(name: str, body: Json, others: Sequence[Json]) -> None:
    """Raise RefusalError where the service would not take a rule beside the other rules of its NSG."""
    properties = body.get("properties", {})
    if not _NAME.fullmatch(name) or body.get("name", name) != name:
        raise _bad("InvalidResourceName", f"resource name {name} is invalid, or is not {body.get('name')}")
    for field, known in WORDS.items():
        if properties.get(field) not in known:
            raise _bad("InvalidRequestFormat", f"{field} is {properties.get(field)}")
    priority = properties.get("priority")
    if not isinstance(priority, int) or not 100 <= priority <= 4096:
        raise _bad("SecurityRuleInvalidPriority", f"security rule {name} has priority {priority}")
    if len(properties.get("description") or "") > 140:
        raise _bad("InvalidRequestFormat", "the description is longer than 140 characters")
    for plural, singular in SINGULAR_OF.items():
        _check_one_form(name, properties, plural, singular)
    _check_prefixes(name, properties)
    _check_ports(name, properties)
    _check_unique(name, properties, others)


def _bad(code: str, message: str) -> RefusalError:
    return RefusalError(400, code, message)


def _check_one_form(name: str, properties: Json, plural: str, singular: str) -> None:
    """Exactly one of the singular form, the list and (of addresses) the groups is given."""
    forms = [singular, plural, *([GROUPS_OF[plural]] if plural in GROUPS_OF else [])]
    given = [form for form in forms if properties.get(form)]
    if len(given) != 1:
        raise _bad("InvalidRequestFormat", f"security rule {name} has {' and '.join(given) or f'no {singular}'}")


def _check_prefixes(name: str, properties: Json) -> None:
    families = set()
    for plural in GROUPS_OF:
        for prefix in properties.get(plural) or ():
            if prefix == "*" or _TAG.fullmatch(prefix):
                raise _bad(
                    "SecurityRuleParameterContainsUnsupportedValue",
                    f"security rule parameter {plural} of {name} cannot specify existing VIRTUALNETWORK, INTERNET, "
                    f"AZURELOADBALANCER, '*' or system tags. Unsupported value used: {prefix}.",
                )
        for prefix in _values(properties, plural):
            if prefix != "*" and not _TAG.fullmatch(prefix):
                families.add(_family(name, prefix))
    if len(families) > 1:
        code = "ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies"
        raise _bad(code, f"security rule {name} has prefixes of different address families")


def _family(name: str, prefix: str) -> int:
    try:
        return ip_network(int(prefix) if prefix.isdigit() else prefix, strict=False).version
    except ValueError:
        message = f"security rule {name} has invalid address prefix. Value provided: {prefix}"
        raise _bad("SecurityRuleInvalidAddressPrefix", message) from None


def _check_ports(name: str, properties: Json) -> None:
    for plural in (one for one in SINGULAR_OF if one not in GROUPS_OF):
        for text in _values(properties, plural):
            found = _PORTS.fullmatch(text)
            first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
            if text != "*" and not first <= last <= 65535:
                message = f"security rule {name} has invalid port range. Value provided: {text}"
                raise _bad("SecurityRuleInvalidPortRange", message)


def _values(properties: Json, plural: str) -> Iterator[str]:
    yield from properties.get(plural) or ()
    if properties.get(SINGULAR_OF[plural]):
        yield properties[SINGULAR_OF[plural]]


def _check_unique(name: str, properties: Json, others: Sequence[Json]) -> None:
    for other in others:
        theirs = other["properties"]
        is_same_place = all(theirs[field] == properties[field] for field in ("priority", "direction"))
        if is_same_place and other["name"].casefold() != name.casefold():
            raise _bad(
                "SecurityRuleConflict",
                f"Security rule {name} conflicts with rule {other['name']}. Rules cannot have the same Priority and "
                "Direction. To learn more, see aka.ms/nsgrules.",
            )
