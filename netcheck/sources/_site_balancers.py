"""Load balancers, as a site holds them or as `az network lb` prints them.

Semantics: Microsoft Learn, "High availability ports overview" (protocol All and port 0 on both sides), "Outbound rules
Azure Load Balancer", and "Backend pool management" (pools by NIC and by IP address; the latter have no outbound rules).
"""

from __future__ import annotations

from netcheck.model.address import AddressRange
from netcheck.model.names import key, last_segment
from netcheck.model.ports import ANY_PROTOCOL, Protocol, parse_protocol
from netcheck.model.services import BalancingRule, Frontend, LoadBalancer, OutboundRule
from netcheck.sources._nodes import Mapping, Node, Scalar, Unknown, shorten
from netcheck.sources._public_ips import read_public_ips, sku_of
from netcheck.sources._record import Record, suggest
from netcheck.sources._scope import EXPORT_KEYS, Scope
from netcheck.sources._site_pools import Member, Pools
from netcheck.sources._subnets import Subnets
from netcheck.sources._uncertain import doubt, is_open, joined

_PROTOCOLS = {"All": ANY_PROTOCOL, "Tcp": parse_protocol("tcp"), "Udp": parse_protocol("udp"), "*": ANY_PROTOCOL}
_SKUS = {"Standard": True, "Basic": False, "Gateway": True}
_HIGHEST_PORT = 65535
_IGNORED = ("inboundNatRules", "inboundNatPools", "probes", "frontendIPConfigurationsText", "scope")
_FRONTEND_KEYS = (
    "privateIPAllocationMethod", "privateIPAddressVersion", "inboundNatRules", "inboundNatPools", "outboundRules",
    "loadBalancingRules",
)  # fmt: skip
_POOL_KEYS = (
    "loadBalancingRules", "outboundRule", "outboundRules", "inboundNatRules", "drainPeriodInSeconds", "syncMode",
    "virtualNetwork",
)  # fmt: skip
_RULE_KEYS = (
    "idleTimeoutInMinutes", "loadDistribution", "probe", "enableTcpReset", "enableConnectionTracking",
    "allocatedOutboundPorts",
)  # fmt: skip


class _Balancer:
    """Reads one load balancer; `doubts` gather what is not known of it."""

    def __init__(self, scope: Scope, record: Record, subnets: Subnets, pools: Pools) -> None:
        self._scope, self._record, self._subnets, self._pools = scope, record, subnets, pools
        self._name = record.name()
        self._doubts = [record.text("uncertain")]
        self._by_address: set[str] = set()

    def read(self) -> LoadBalancer:
        scope, record = self._scope, self._record
        scope.declare("load balancer", self._name, record.node)
        is_standard = self._sku()
        frontends = [self._frontend(one) for one in self._records("frontendIPConfigurations", "a frontend")]
        pools = self._read_pools()
        rules = [self._rule(one, frontends, pools) for one in self._records("loadBalancingRules", "a balancing rule")]
        outbound = [self._outbound(one, frontends, pools) for one in self._records("outboundRules", "an outbound rule")]
        self._check_outbound(frontends, rules, outbound)
        record.ignore(*EXPORT_KEYS, *_IGNORED)
        record.finish()
        return LoadBalancer(
            name=self._name,
            at=scope.reader.source(record.node),
            frontends=tuple(frontends),
            pools=tuple(pools),
            rules=tuple(one for one in rules if one is not None),
            outbound_rules=tuple(one for one in outbound if one is not None),
            is_standard=is_standard,
            unknown=joined(self._doubts),
        )

    def _sku(self) -> bool | None:
        node = sku_of(self._record)
        if node is None:
            return None
        if isinstance(node, Scalar) and key(node.text) == "gateway":
            self._doubts.append("it is a gateway load balancer, which hands packets to appliances of others")
        return self._scope.reader.word(node, "sku", _SKUS)

    def _records(self, name: str, what: str) -> list[Record]:
        """Return the records of a list; what is not known of it is a doubt about the whole balancer."""
        found = []
        for node in self._record.items(name):
            if isinstance(node, Unknown):
                self._doubts.append(doubt(name, node))
            elif (inner := self._scope.reader.record(node, what)) is not None:
                if inner.unknown_properties is not None:
                    self._doubts.append(doubt(name, inner.unknown_properties))
                if why := inner.text("uncertain"):
                    self._doubts.append(f"whether {what} `{inner.text('name')}` exists is not known: {why}")
                found.append(inner)
        return found

    def _frontend(self, record: Record) -> Frontend:
        name = record.name()
        stated = record.get("privateIPAddress")
        address = None if stated is None or is_open(stated) else self._scope.address(stated, "privateIPAddress")
        subnet = self._subnets.named_by(record)
        if address is not None and stated is not None:
            self._subnets.check_inside(subnet, address, stated)
        prefix = record.get("publicIPPrefix")
        is_public = record.get("publicIPAddress") is not None or prefix is not None
        public = read_public_ips(self._scope, record)
        if is_public and (subnet is not None or stated is not None):
            place = record.get("publicIPAddress") or record.node
            message = "a frontend is public or private, and this one has a subnet or private address, too"
            self._scope.reader.error(place, "NC139", message, "make two frontends of it")
        if not is_public and subnet is None and stated is None:
            record.missing("privateIPAddress", "give its address and `subnet`, or its `publicIPAddress`")
        self._scope.note_unmodelled(record, "gatewayLoadBalancer")
        record.ignore(*EXPORT_KEYS, *_FRONTEND_KEYS)
        record.finish()
        return Frontend(
            name=name,
            address=public[0].address if public else address,
            subnet=subnet.full_name if subnet else "",
            is_public=is_public,
            at=self._scope.reader.source(record.node),
        )

    def _read_pools(self) -> list[str]:
        found: list[str] = []
        for node in self._record.items("backendAddressPools"):
            if isinstance(node, Unknown):
                self._doubts.append(doubt("backendAddressPools", node))
            elif isinstance(node, Mapping):
                found.append(self._pool(Record(self._scope.reader, node, "a backend pool")))
            else:
                name = self._scope.reader.text(node, "backendAddressPools") or ""
                found += [self._declared(name, node)] if name else []
        return found

    def _declared(self, name: str, node: Node) -> str:
        self._scope.declare("backend pool", f"{self._name}/{name}", node)
        self._pools.add(self._name, name)
        return name

    def _pool(self, record: Record) -> str:
        name = self._declared(record.name(), record.node)
        members = [*record.items("backendIPConfigurations"), *record.items("loadBalancerBackendAddresses")]
        network, _ = self._scope.reference(record, "virtualNetwork")
        for node in members:
            if isinstance(node, Unknown):
                self._doubts.append(doubt(f"members of pool {name}", node))
                continue
            self._member(name, node, network)
        self._scope.note_unmodelled(record, "tunnelInterfaces")
        record.ignore(*EXPORT_KEYS, *_POOL_KEYS)
        record.finish()
        return name

    def _member(self, pool: str, node: Node, network: str) -> None:
        record = self._scope.reader.record(node, "a member of a backend pool")
        if record is None:
            return
        stated = record.get("ipAddress")
        own, _ = self._scope.reference(record, "virtualNetwork")
        configuration, _ = self._scope.reference(record, "networkInterfaceIPConfiguration")
        identity = configuration or ("" if stated is not None else record.text("id"))
        address: AddressRange | None = None
        if stated is not None and not is_open(stated) and not configuration:
            address = self._scope.address(stated, "ipAddress")
            self._by_address.add(key(pool))
        record.ignore(
            *EXPORT_KEYS, "name", "subnet", "loadBalancerFrontendIPConfiguration", "inboundNatRulesPortMapping",
            "adminState",
        )  # fmt: skip
        record.finish()
        self._pools.join(Member(self._name, pool, identity, address, own or network, node))

    def _rule(self, record: Record, frontends: list[Frontend], pools: list[str]) -> BalancingRule | None:
        name = record.name()
        frontend = self._part(record, "frontendIPConfiguration", "frontend", [one.name for one in frontends])
        pool = self._pool_of(record, pools)
        protocol = self._protocol(record)
        ports = [self._port(record, one, protocol) for one in ("frontendPort", "backendPort")]
        floats, disables = record.boolean("enableFloatingIP"), record.boolean("disableOutboundSnat")
        record.ignore(*EXPORT_KEYS, *_RULE_KEYS)
        record.finish()
        if not name or not frontend or pool is None or protocol is None or ports[0] is None or ports[1] is None:
            return None
        return BalancingRule(
            name=name,
            frontend=frontend,
            pool=pool,
            protocol=protocol,
            frontend_port=ports[0],
            backend_port=ports[1],
            has_floating_ip=bool(floats),
            gives_outbound=not disables,
            at=self._scope.reader.source(record.node),
        )

    def _outbound(self, record: Record, frontends: list[Frontend], pools: list[str]) -> OutboundRule | None:
        name = record.name()
        names = [one.name for one in frontends]
        for key_name in ("frontendIPConfigurations", "frontendIPConfiguration"):
            for node in record.items(key_name):
                self._resolved(node, key_name, "frontend", names)
        pool = self._pool_of(record, pools)
        protocol = self._protocol(record)
        record.ignore(*EXPORT_KEYS, *_RULE_KEYS)
        record.finish()
        if not name or not pool or protocol is None:
            return None
        return OutboundRule(name=name, pool=pool, protocol=protocol, at=self._scope.reader.source(record.node))

    def _pool_of(self, record: Record, pools: list[str]) -> str | None:
        """Return the pool of a rule: "" for none, as Azure allows it, None where it is not known."""
        nodes = [*record.items("backendAddressPool"), *record.items("backendAddressPools")]
        found = [self._resolved(node, "backendAddressPool", "backend pool", pools) for node in nodes]
        named = list(dict.fromkeys(key(one) for one in found if one))
        if len(named) > 1:
            self._doubts.append(f"rule `{record.text('name')}` has several pools")
        return None if None in found or len(named) > 1 else next((one for one in found if one), "")

    def _part(self, record: Record, name: str, what: str, known: list[str]) -> str | None:
        node = record.required(name)
        return None if node is None else self._resolved(node, name, what, known)

    def _resolved(self, node: Node, name: str, what: str, known: list[str]) -> str | None:
        """Return the part of this balancer that a name or resource ID means; None after an error or a doubt."""
        if isinstance(node, Unknown):
            self._doubts.append(doubt(name, node))
            return None
        text = last_segment(self._scope.reference_text(node, name))
        found = next((one for one in known if key(one) == key(text)), None)
        if found is None and text:
            message = f"load balancer `{shorten(self._name)}` has no {what} `{shorten(text)}`"
            if self._scope.reader.is_export(node):
                self._doubts.append(message)
            else:
                close = suggest(text, known)
                listed = "it has " + ", ".join(f"`{one}`" for one in known[:5]) if known else "it has none"
                self._scope.reader.error(node, "NC131", message, f"did you mean `{close}`?" if close else listed)
        return found

    def _protocol(self, record: Record) -> Protocol | None:
        node = record.get("protocol")
        if node is None:
            record.missing("protocol", "one of `All`, `Tcp`, `Udp`")
            return None
        if is_open(node):
            self._doubts.append(f"the protocol of rule `{record.text('name')}` is not known")
            return None
        return self._scope.reader.word(node, "protocol", _PROTOCOLS)

    def _port(self, record: Record, name: str, protocol: Protocol | None) -> int | None:
        """Return a port; protocol All goes with port 0, which stands for all of them, and no other protocol does."""
        node = record.get(name)
        takes_all = protocol is not None and protocol.is_any
        if node is None:
            if protocol is not None and not takes_all:
                record.missing(name, "a port from 1 to 65535; 0 goes with protocol `All`")
            return 0 if takes_all else None
        if is_open(node):
            self._doubts.append(f"`{name}` of rule `{record.text('name')}` is not known")
            return None
        port = self._scope.reader.integer(node, name, 0, _HIGHEST_PORT)
        if port is None or protocol is None or takes_all is (port == 0):
            return port
        message = f"`{name}` is {port}, and `protocol` is {'All' if takes_all else 'not All'}"
        if self._scope.reader.is_export(node):
            self._doubts.append(f"{message} in rule `{record.text('name')}`")
            return None
        self._scope.reader.error(node, "NC139", message, "a rule for all ports has protocol `All` and port 0 twice")
        return None

    def _check_outbound(
        self,
        frontends: list[Frontend],
        rules: list[BalancingRule | None],
        outbound: list[OutboundRule | None],
    ) -> None:
        """Pools by address have no outbound rules, Azure says; whether their members leave this way is not certain."""
        public = {key(one.name) for one in frontends if one.is_public}
        ways = {key(one.pool) for one in outbound if one is not None}
        ways |= {key(one.pool) for one in rules if one and one.gives_outbound and key(one.frontend) in public}
        if ways & self._by_address:
            self._doubts.append("whether members that a pool names by address leave through it is not certain")


def read_balancer(scope: Scope, record: Record, subnets: Subnets, pools: Pools) -> LoadBalancer:
    """Read one load balancer; who is in its pools goes to `pools`."""
    return _Balancer(scope, record, subnets, pools).read()
