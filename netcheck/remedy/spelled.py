"""A rule in the words of Azure Resource Manager: what every dialect writes, and what its script read back is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netcheck.errors import PlanError
from netcheck.model.address import AddressRange, AnyAddress, Endpoint, ServiceTag
from netcheck.model.expressions import is_expression
from netcheck.model.ports import AH, ALL_PORTS, ESP, ICMP, ICMPV6, TCP, UDP, PortRange
from netcheck.model.rules import NsgRule
from netcheck.remedy.edits import Edit
from netcheck.remedy.rulenames import is_azure_name

_PROTOCOLS = {
    (): "*",
    (TCP,): "Tcp",
    (UDP,): "Udp",
    (ICMP, ICMPV6): "Icmp",
    (ESP,): "Esp",
    (AH,): "Ah",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpelledRule:
    """A security rule with every field in Azure's words; nothing is left to a default."""

    nsg: str
    name: str
    priority: int
    direction: str
    access: str
    protocol: str
    sources: tuple[str, ...]
    source_ports: tuple[str, ...]
    destinations: tuple[str, ...]
    destination_ports: tuple[str, ...]
    description: str = ""

    @property
    def identity(self) -> dict[str, object]:
        """The fields that are not addresses or ports, as the REST interface spells them."""
        return {
            "priority": self.priority,
            "direction": self.direction,
            "access": self.access,
            "protocol": self.protocol,
        }

    @property
    def properties(self) -> dict[str, object]:
        """The properties as the REST interface spells them: one value in the singular field, several in the plural."""
        return {
            **({"description": self.description} if self.description else {}),
            **self.identity,
            **_field("sourceAddressPrefix", self.sources, "es"),
            **_field("sourcePortRange", self.source_ports, "s"),
            **_field("destinationAddressPrefix", self.destinations, "es"),
            **_field("destinationPortRange", self.destination_ports, "s"),
        }

    def to_dict(self) -> dict[str, object]:
        """Return the rule in Azure's flat spelling, with the NSG it is for."""
        return {"nsg": self.nsg, "name": self.name, **self.properties}


def _field(name: str, values: Sequence[str], plural: str) -> dict[str, object]:
    return {name: values[0]} if len(values) == 1 else {name + plural: list(values)}


def spelled(edit: Edit) -> SpelledRule:
    """Return the rule of an edit as it is to be; raise PlanError where `why_unspeakable` has a reason."""
    return spell_rule(edit.nsg, edit.rule)


def spell_rule(nsg: str, rule: NsgRule) -> SpelledRule:
    """Return a rule of an NSG in Azure's words; raise PlanError where `why_unspeakable` has a reason."""
    why = why_unspeakable(rule)
    if why:
        raise PlanError("NC415", f"rule `{rule.name}` cannot be written anew: {why}", "change that rule by hand")
    return SpelledRule(
        nsg=nsg,
        name=rule.name,
        priority=rule.priority,
        direction=str(rule.direction),
        access=str(rule.access),
        protocol=_PROTOCOLS[tuple(rule.protocol.numbers)],
        sources=tuple(spell(endpoint) for endpoint in rule.sources),
        source_ports=tuple(spell_port(port) for port in rule.source_ports),
        destinations=tuple(spell(endpoint) for endpoint in rule.destinations),
        destination_ports=tuple(spell_port(port) for port in rule.destination_ports),
        description=rule.description,
    )


def why_unspeakable(rule: NsgRule) -> str:
    """Return why a rule that a file has cannot be written anew without losing something, or ""."""
    if rule.unknown:
        return f"not all of it is known ({rule.unknown})"
    if tuple(rule.protocol.numbers) not in _PROTOCOLS:
        return f"its protocol is {rule.protocol}"
    if any(0xD800 <= ord(character) <= 0xDFFF for character in rule.description):
        return "its description has half a character (one surrogate of UTF-16)"
    if any("\ud800" <= character <= "\udfff" for character in rule.description):
        return "its description holds half a character"
    for endpoint in (*rule.sources, *rule.destinations):
        if not isinstance(endpoint, AddressRange | AnyAddress | ServiceTag):
            return f"it names `{endpoint}`, of which the resource ID may not be known"
    return ""


def why_stays(rule: NsgRule) -> str:
    """Return why a rule that an NSG has is left alone: written anew, it would lose something or be refused; or "".

    A description in brackets may be an expression whose value nobody knows.
    """
    if not is_azure_name(rule.name):
        return "its name is outside Azure's naming rule"
    if is_expression(rule.description):
        return "its description may be an expression whose value is not known"
    return why_unspeakable(rule)


def spell(endpoint: Endpoint) -> str:
    """Return an endpoint as NSG rules spell it."""
    return "*" if isinstance(endpoint, AnyAddress) else str(endpoint)


def spell_port(port: PortRange) -> str:
    """Return a port or range as NSG rules spell it."""
    return "*" if port == ALL_PORTS else str(port)
