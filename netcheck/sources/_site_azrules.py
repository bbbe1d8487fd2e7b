"""Rules of Azure Firewalls and the IP groups they name; classic rules and those of policies differ in one key.

Semantics: Microsoft Learn, "Configure Azure Firewall rules"; REST types NetworkRule, ApplicationRule and NatRule (of a
policy), AzureFirewallNetworkRule and its like (of a firewall).
"""

from __future__ import annotations

from collections.abc import Mapping as Groups

from netcheck.model.address import AddressError, AddressRange, AnyAddress, Endpoint, Unresolved, everything, parse_range
from netcheck.model.azfirewall import FirewallApplicationRule, FirewallNatRule, FirewallNetworkRule
from netcheck.model.names import key
from netcheck.model.ports import ANY_PROTOCOL, PortRange, Protocol, parse_protocol
from netcheck.sources._nodes import Node, Scalar, Unknown, shorten
from netcheck.sources._record import Record
from netcheck.sources._scope import EXPORT_KEYS, Scope
from netcheck.sources._site_fields import open_field, read_endpoints, read_ports
from netcheck.sources._uncertain import is_open, joined, unresolved

_PROTOCOLS = {
    **{word: parse_protocol(word) for word in ("TCP", "UDP", "ICMP")},
    "Any": ANY_PROTOCOL,
    "*": ANY_PROTOCOL,
}
_SCHEMES = {"Http": ("http", 80), "Https": ("https", 443), "Mssql": ("mssql", 1433)}
_HIGHEST_PORT = 65535
_ANY_HOST = "*"
_IGNORED = ("ruleType", "description", "httpHeadersToInsert", "priority", "actions", "direction", "terminateTLS")


class RuleReader:
    """Reads rules; `groups` are the addresses of the IP groups that files describe, by folded name."""

    def __init__(self, scope: Scope, groups: Groups[str, tuple[Endpoint, ...]]) -> None:
        self._scope, self._groups = scope, groups

    def network(self, record: Record) -> FirewallNetworkRule:
        """Read a network rule."""
        doubts = [record.text("uncertain")]
        protocols = self._protocols(record, doubts)
        sources = self._addresses(record, "source")
        destinations, hosts = self._destinations(record)
        ports = self._ports(record, doubts)
        name, unknown = self._finished(record, doubts)
        at = self._scope.reader.source(record.node)
        return FirewallNetworkRule(
            name=name,
            protocols=protocols,
            sources=sources,
            destinations=destinations,
            ports=ports,
            hosts=hosts,
            unknown=unknown,
            at=at,
        )

    def application(self, record: Record) -> FirewallApplicationRule:
        """Read an application rule; what it asks beyond the name of a host no packet shows."""
        doubts = [record.text("uncertain")]
        sources = self._addresses(record, "source")
        ports = self._schemes(record, doubts)
        hosts = self._texts(record, ("targetFqdns", "targetFqdn"), doubts)
        tags = self._texts(record, ("fqdnTags", "fqdnTag"), doubts)
        urls = self._texts(record, ("targetUrls", "targetUrl"), doubts)
        categories = self._texts(record, ("webCategories", "webCategory"), doubts)
        if urls:
            hosts += tuple(url.partition("/")[0] for url in urls)
            doubts.append("it matches URLs, whose path netcheck does not ask about")
        if categories:
            hosts = (*hosts, _ANY_HOST)
            doubts.append(f"which hosts are in the web categories {', '.join(categories)} is Microsoft's to say")
        if record.get("destinationAddresses") is not None:
            hosts = hosts or (_ANY_HOST,)
            doubts.append("it names destination addresses beside its hosts")
        if not hosts and not tags:
            if any(doubts):
                hosts = (_ANY_HOST,)
            else:
                record.missing("targetFqdns", "or `fqdnTags`; `*` for any host")
        name, unknown = self._finished(record, doubts)
        return FirewallApplicationRule(
            name=name,
            sources=sources,
            ports=ports,
            hosts=tuple(dict.fromkeys(hosts)),
            host_tags=tags,
            unknown=unknown,
            at=self._scope.reader.source(record.node),
        )

    def nat(self, record: Record) -> FirewallNatRule:
        """Read a DNAT rule."""
        doubts = [record.text("uncertain")]
        protocols = self._protocols(record, doubts)
        sources = self._addresses(record, "source")
        destinations = self._nat_destinations(record, doubts)
        ports = self._ports(record, doubts)
        to_address = self._translated(record, doubts)
        to_port = self._translated_port(record, doubts)
        name, unknown = self._finished(record, doubts)
        return FirewallNatRule(
            name=name,
            protocols=protocols,
            sources=sources,
            destinations=destinations,
            ports=ports,
            to_address=to_address,
            to_port=to_port,
            unknown=unknown,
            at=self._scope.reader.source(record.node),
        )

    def _finished(self, record: Record, doubts: list[str]) -> tuple[str, str]:
        name = record.name()
        record.ignore(*EXPORT_KEYS, *_IGNORED)
        doubts += [f"netcheck does not know what `{shorten(one)}` means" for one in record.finish()]
        return name, joined(doubts)

    def _protocols(self, record: Record, doubts: list[str]) -> tuple[Protocol, ...]:
        found: list[Protocol] = []
        names = ("ipProtocols", "ipProtocol", "protocols", "protocol")
        for name in names:
            for node in record.values(name):
                if is_open(node):
                    doubts.append(open_field(name, node))
                    return (ANY_PROTOCOL,)
                word = self._scope.reader.word(node, name, _PROTOCOLS)
                found += [] if word is None else [word]
        if not any(record.get(name) for name in names):
            record.missing("ipProtocols", "some of `TCP`, `UDP`, `ICMP`, or `Any`")
        return tuple(dict.fromkeys(found))

    def _addresses(self, record: Record, side: str) -> tuple[Endpoint, ...]:
        """Return the addresses and IP groups of one side."""
        names, groups = (f"{side}Addresses", f"{side}Address"), (f"{side}IpGroups", f"{side}IpGroup")
        found = read_endpoints(record, names, lambda node, _: read_address(self._scope, node))
        for name in groups:
            for node in record.items(name):
                found += self._group(node, name)
        if side == "source" and not any(record.get(name) for name in (*names, *groups)):
            record.missing("sourceAddresses", "or `sourceIpGroups`; `*` for any")
        return tuple(dict.fromkeys(found))

    def _destinations(self, record: Record) -> tuple[tuple[Endpoint, ...], tuple[str, ...]]:
        """Return the addresses and the hosts a network rule is about; a host that is not known may be anywhere."""
        found: list[Endpoint] = [*self._addresses(record, "destination")]
        hosts: list[str] = []
        for name in ("destinationFqdns", "destinationFqdn"):
            for node in record.values(name):
                if is_open(node):
                    found.append(unresolved(node, name))
                else:
                    hosts.append(node.text)
        named = ("destinationAddresses", "destinationAddress", "destinationIpGroups", "destinationIpGroup")
        if not hosts and not found and not any(record.get(name) for name in named):
            record.missing("destinationAddresses", "or `destinationIpGroups` or `destinationFqdns`; `*` for any")
        return tuple(dict.fromkeys(found)), tuple(dict.fromkeys(hosts))

    def _group(self, node: Node, name: str) -> tuple[Endpoint, ...]:
        if isinstance(node, Unknown):
            return (Unresolved(node.text, node.reason),)
        text = self._scope.reference_text(node, name)
        if not text:
            return ()
        known = self._groups.get(key(self._scope.label("IP group", text)))
        if known is not None:
            return known
        return (Unresolved(text, f"no file describes IP group `{shorten(text)}`"),)

    def _texts(self, record: Record, names: tuple[str, ...], doubts: list[str]) -> tuple[str, ...]:
        found = []
        for name in names:
            for node in record.values(name):
                if is_open(node):
                    doubts.append(open_field(name, node))
                else:
                    found.append(node.text)
        return tuple(dict.fromkeys(found))

    def _ports(self, record: Record, doubts: list[str]) -> tuple[PortRange, ...]:
        names = ("destinationPorts", "destinationPort")
        if not any(record.get(name) for name in names):
            record.missing("destinationPorts", "write `*` for all ports")
        return read_ports(self._scope, record, names, doubts)

    def _schemes(self, record: Record, doubts: list[str]) -> tuple[tuple[str, int], ...]:
        """Return `protocols` as schemes with their ports; a scheme without one has its usual port."""
        found: list[tuple[str, int]] = []
        for node in record.items("protocols"):
            if is_open(node):
                doubts.append(open_field("protocols", node))
                return tuple(_SCHEMES.values())
            inner = self._scope.reader.record(node, "a protocol of an application rule")
            if inner is not None:
                found += self._scheme(inner, doubts)
        if record.get("protocols") is None:
            record.missing("protocols", "such as `[{protocolType: Https, port: 443}]`")
        return tuple(dict.fromkeys(found))

    def _scheme(self, record: Record, doubts: list[str]) -> list[tuple[str, int]]:
        kind, stated = record.get("protocolType"), record.get("port")
        record.finish()
        if is_open(kind) or is_open(stated):
            doubts.append("the ports it takes are not known")
            return list(_SCHEMES.values())
        word = record.required_word("protocolType", _SCHEMES)
        if word is None or stated is None:
            return [] if word is None else [word]
        port = self._scope.reader.integer(stated, "port", 1, _HIGHEST_PORT)
        return [] if port is None else [(word[0], port)]

    def _nat_destinations(self, record: Record, doubts: list[str]) -> tuple[AddressRange, ...]:
        found: list[AddressRange] = []
        for one in self._addresses(record, "destination"):
            if isinstance(one, AddressRange):
                found.append(one)
            else:
                doubts.append(f"its destination `{one}` is no address of the firewall")
                return (everything(4), everything(6))
        if not found:
            record.missing("destinationAddresses", "a public or private address of the firewall")
        return tuple(found)

    def _translated(self, record: Record, doubts: list[str]) -> AddressRange | None:
        node, host = record.get("translatedAddress"), record.text("translatedFqdn")
        if host:
            doubts.append(f"it translates to the host `{shorten(host)}`, whose address the files do not say")
            return None
        if node is None:
            record.missing("translatedAddress")
            return None
        if is_open(node):
            if not record.text("uncertain"):  # which says it already in a site that was written
                doubts.append(open_field("translatedAddress", node))
            return None
        return self._scope.address(node, "translatedAddress")

    def _translated_port(self, record: Record, doubts: list[str]) -> int:
        node = record.required("translatedPort")
        if node is None or is_open(node):
            if node is not None:
                doubts.append(open_field("translatedPort", node))
            return 0
        if any(doubts) and isinstance(node, Scalar) and node.text == "0":  # as a written site has one not known
            return 0
        return self._scope.reader.integer(node, "translatedPort", 1, _HIGHEST_PORT) or 0


def read_address(scope: Scope, node: Scalar) -> Endpoint | None:
    """Return what a rule or an IP group names: `*`, an address, a prefix, `first-last`, or a service tag."""
    if "-" not in node.text or (node.text[:1].isalpha() and ":" not in node.text):
        return AnyAddress() if node.text == "*" else scope.endpoint(node)
    try:
        return parse_range(node.text)
    except AddressError as error:
        scope.reader.error(node, "NC132", str(error), error.help)
        return None


def read_ip_group(scope: Scope, record: Record) -> tuple[str, tuple[Endpoint, ...]]:
    """Return the name and the addresses of an IP group; those that are not known are unresolved."""
    name = record.name()
    scope.declare("IP group", name, record.node)
    found = read_endpoints(record, ("ipAddresses", "ipAddress"), lambda node, _: read_address(scope, node))
    why = record.text("uncertain")
    if record.raw("ipAddresses") is None and record.raw("ipAddress") is None:
        if scope.reader.is_export(record.node):
            why = why or "its export has no `ipAddresses`"
        else:
            record.missing("ipAddresses", "write `[]` for an empty group")
    if record.unknown_properties is not None:
        why = record.unknown_properties.reason
    record.ignore(*EXPORT_KEYS, "firewalls", "firewallPolicies")
    record.finish()
    if why:
        return name, (Unresolved(f"IP group {name}", why),)
    return name, tuple(found)
