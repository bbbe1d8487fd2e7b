"""Azure Firewalls with the rules of their own and of their policies.

Semantics: Microsoft Learn, "Azure Firewall rule processing logic" and "Azure Firewall policy rule sets": a parent
policy goes before its child, then the priority of the group, then that of the collection.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.address import AddressRange
from netcheck.model.azfirewall import AzureFirewall, RuleCollection
from netcheck.model.names import key
from netcheck.model.network import PublicIp
from netcheck.sources._nodes import Mapping, Unknown
from netcheck.sources._public_ips import read_public_ips
from netcheck.sources._record import Record
from netcheck.sources._scope import EXPORT_KEYS, Scope
from netcheck.sources._site_azpolicy import Policies
from netcheck.sources._site_azrules import RuleReader, read_ip_group
from netcheck.sources._site_collections import CollectionReader
from netcheck.sources._subnets import Subnets
from netcheck.sources._uncertain import doubt, is_open, joined

_CLASSIC = {
    "natRuleCollections": "nat",
    "networkRuleCollections": "network",
    "applicationRuleCollections": "application",
}
_IGNORED = (
    "threatIntelMode", "managementIpConfiguration", "ipGroups", "extendedProperties", "autoscaleConfiguration",
    "privateRangesText", "allowActiveFTP", "dnsEnableProxy", "dnsServer", "threatIntelWhitelist",
)  # fmt: skip
_SNAT = "Network.SNAT.PrivateRanges"


def read_firewalls(
    scope: Scope,
    records: Sequence[Record],
    policies: Sequence[Record],
    ip_groups: Sequence[Record],
    subnets: Subnets,
) -> tuple[AzureFirewall, ...]:
    """Read the firewalls of a site with all rules that apply to them; policies no firewall has are checked, too."""
    groups = {key(name): found for name, found in (read_ip_group(scope, one) for one in ip_groups)}
    collections = CollectionReader(scope, RuleReader(scope, groups))
    known = Policies(scope, policies, collections)
    return tuple(_Firewall(scope, record, subnets, collections, known).read() for record in records)


class _Firewall:
    def __init__(
        self, scope: Scope, record: Record, subnets: Subnets, collections: CollectionReader, policies: Policies
    ) -> None:
        self._scope, self._record, self._subnets = scope, record, subnets
        self._collections, self._policies = collections, policies
        self._doubts = [record.text("uncertain")]
        if record.unknown_properties is not None:
            self._doubts.append(doubt("properties", record.unknown_properties))

    def read(self) -> AzureFirewall:
        scope, record = self._scope, self._record
        name = record.name()
        scope.declare("Azure Firewall", name, record.node)
        subnet, addresses, public = self._placed()
        collections = [*self._own_collections(), *self._policy_collections()]
        self._note_others()
        record.ignore(*EXPORT_KEYS, *_IGNORED)
        record.finish()
        return AzureFirewall(
            name=name,
            subnet=subnet,
            addresses=tuple(dict.fromkeys(addresses)),
            collections=tuple(collections),
            public_ips=tuple(dict.fromkeys(one.address for one in public if one.address is not None)),
            has_public_ip=bool(public),
            unknown=joined((*self._doubts, *self._collections.clashes(collections))),
            at=scope.reader.source(record.node),
        )

    def _placed(self) -> tuple[str, list[AddressRange], list[PublicIp]]:
        """Return the subnet and the addresses, which stand in the IP configurations or beside the name."""
        parts = [self._record]
        for inner in self._record.records("ipConfigurations", "an IP configuration"):
            inner.ignore("name", "privateIPAllocationMethod")
            parts.append(inner)
        subnet = ""
        addresses: list[AddressRange] = []
        public: list[PublicIp] = []
        for part in parts:
            found = self._subnets.named_by(part)
            subnet = subnet or (found.full_name if found else "")
            for node in part.values("privateIPAddress"):
                address = None if is_open(node) else self._scope.address(node, "privateIPAddress")
                if address is not None:
                    self._subnets.check_inside(found, address, node)
                    addresses.append(address)
            public += read_public_ips(self._scope, part)
            if part is not self._record:
                part.ignore(*EXPORT_KEYS)
                part.finish()
        return subnet, addresses, public

    def _own_collections(self) -> list[RuleCollection]:
        found: list[RuleCollection] = []
        for name, kind in _CLASSIC.items():
            for node in self._record.items(name):
                found += self._collections.read(node, name, kind, (0, 0), self._doubts)
        return found

    def _policy_collections(self) -> list[RuleCollection]:
        stated = self._record.get("firewallPolicy")
        if stated is None:
            return []
        own = next((node for name in _CLASSIC if (node := self._record.get(name)) is not None), None)
        if own is not None:
            message = "a firewall with a policy has no rules of its own"
            self._scope.reader.error(own, "NC139", message, "Azure refuses this; put the rules into the policy")
        return self._policies.collections_of(stated, self._doubts)

    def _note_others(self) -> None:
        """A firewall of a virtual hub, and a choice of whose source address is kept, have no place in the model."""
        hubs = [node for name in ("virtualHub", "hubIPAddresses") if (node := self._record.get(name)) is not None]
        if hubs:
            reason = f"firewall `{self._record.text('name')}` stands in a virtual hub, which is not evaluated"
            self._scope.reader.leave_open("virtualHubs", hubs[0], reason)
        more = self._record.get("additionalProperties")
        if isinstance(more, Mapping):
            ranges = Record(self._scope.reader, more, "`additionalProperties`").get(_SNAT)
            if ranges is not None:
                self._scope.reader.leave_open(_SNAT, ranges)
        elif isinstance(more, Unknown):
            self._scope.reader.taint(more, "additionalProperties")
        self._scope.note_unmodelled(self._record, "privateRange")
