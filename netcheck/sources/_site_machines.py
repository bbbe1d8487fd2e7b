"""VMs and their NICs, as the site holds them or as `az network nic` prints their IP configurations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netcheck.model.address import AddressRange, Family
from netcheck.model.names import key
from netcheck.model.site import NetworkInterface, PublicIp, Subnet, VirtualMachine
from netcheck.sources._nodes import Node, Scalar, Unknown, shorten
from netcheck.sources._plain import reference
from netcheck.sources._public_ips import read_public_ips
from netcheck.sources._record import Record
from netcheck.sources._scope import EXPORT_KEYS, Scope, is_printed_by_azure, open_name, reference_doubt
from netcheck.sources._site_backup_facts import read_backup_facts
from netcheck.sources._site_hosts import read_host_firewall
from netcheck.sources._site_proxy import read_proxy_client
from netcheck.sources._site_proxy_server import read_proxy_server
from netcheck.sources._subnets import Subnets

if TYPE_CHECKING:  # few sites have load balancers
    from netcheck.sources._site_pools import Pools

_OS_TYPES = {"Windows": "Windows", "Linux": "Linux"}
_POOLS = "loadBalancerBackendAddressPools"
_BACKENDS = ("applicationGatewayBackendAddressPools", "gatewayLoadBalancer")
_VM_EXPORT_KEYS = (
    "vmId", "hardwareProfile", "diagnosticsProfile", "licenseType", "availabilitySet", "priority",
    "timeCreated", "resources", "securityProfile", "description",
)  # fmt: skip
_NIC_EXPORT_KEYS = (
    "macAddress", "dnsSettings", "enableAcceleratedNetworking", "virtualMachine", "hostedWorkloads", "nicType",
    "allowPort25Out", "vnetEncryptionSupported", "tapConfigurations", "auxiliaryMode", "auxiliarySku", "workloadType",
    "privateLinkService", "privateEndpoint", "migrationPhase", "dscpConfiguration",
)  # fmt: skip
_CONFIGURATION_EXPORT_KEYS = (
    "privateIPAddressPrefixLength", "privateIPAllocationMethod", "loadBalancerInboundNatRules", "virtualNetworkTaps",
    "privateLinkConnectionProperties",
)  # fmt: skip


def _is_chosen_by_azure(part: Record) -> bool:
    """Return whether an IP configuration has an address that the file does not give."""
    stated = part.get("privateIPAddress")
    if isinstance(stated, Unknown):
        return True
    method = part.get("privateIPAllocationMethod")
    is_dynamic = isinstance(method, Unknown) or (isinstance(method, Scalar) and key(method.text) == "dynamic")
    if method is None and part.what != "a NIC":  # Azure's own default
        is_dynamic = part.reader.is_export(part.node)
    return stated is None and part.get("privateIPAddresses") is None and is_dynamic


class Machines:
    """Reads VMs one by one, and remembers which addresses and NIC names are taken."""

    def __init__(self, scope: Scope, subnets: Subnets, pools: Pools | None) -> None:
        self._scope, self._subnets, self._pools = scope, subnets, pools
        self._taken: dict[tuple[str, AddressRange], Node] = {}

    def read(self, record: Record) -> VirtualMachine | None:
        """Read one VM; None when it has no NIC that could be read (then an error was collected)."""
        scope = self._scope
        name = record.name()
        scope.declare("virtual machine", name, record.node)
        node = record.required("networkInterfaces")
        nics = [self._read_nic(inner) for inner in record.records("networkInterfaces", "a NIC")]
        read = [nic for nic in nics if nic is not None]
        version, facts = read_backup_facts(record)
        firewall = record.get("hostFirewall")
        client = record.get("proxyClient")
        server = record.get("proxyServer")
        machine = VirtualMachine(
            name=name,
            os_type=record.word("osType", _OS_TYPES) or "",
            interfaces=tuple(read),
            host_firewall=read_host_firewall(scope, firewall) if firewall is not None else None,
            proxy_client=read_proxy_client(scope, client) if client is not None else None,
            proxy_server=read_proxy_server(scope, server) if server is not None else None,
            agent_version=version,
            backup_facts=facts,
            resource_group=record.text("resourceGroup"),
            at=scope.reader.source(record.node),
        )
        record.ignore(*EXPORT_KEYS, *_VM_EXPORT_KEYS)
        record.finish()
        return machine if read and node is not None else None

    def _read_nic(self, record: Record) -> NetworkInterface | None:
        scope = self._scope
        name = record.name()
        scope.declare("network interface", name, record.node)
        parts = [record]
        scope.note_unmodelled(record, *_BACKENDS)
        record.ignore("loadBalancerInboundNatRules")
        for inner in record.records("ipConfigurations", "an IP configuration"):
            scope.note_unmodelled(inner, *_BACKENDS)
            inner.ignore("name", "primary", *_CONFIGURATION_EXPORT_KEYS)
            parts.append(inner)
        subnet = self._subnet(record, parts)
        addresses = [found for part in parts for found in self._addresses(part)]
        is_open = [part for part in parts if _is_chosen_by_azure(part)]
        if not addresses and not is_open and not any(part.get("privateIPAddress") for part in parts):
            advice = "the address Azure gave the NIC, or `privateIPAllocationMethod: Dynamic` where it is not known yet"
            record.missing("privateIPAddress", advice)
        public = [found for part in parts for found in self._public_ips(part)]
        groups = [group for part in parts for group in self._groups(part)]
        pools = [pool for part in parts for pool in self._backend_pools(part)]
        for part in parts[1:]:
            part.ignore(*EXPORT_KEYS)
            part.finish()
        nsg, nsg_node = scope.named_at(record, "networkSecurityGroup", "network security group")
        self._check_addresses(addresses, subnet)
        nic = NetworkInterface(
            name=name,
            subnet=subnet.full_name if subnet else "",
            addresses=tuple(address for address, _ in addresses),
            network_security_group=scope.attached(
                "network security group", name, nsg, nsg_node, is_complete=is_printed_by_azure(record)
            ),
            public_ips=tuple(public),
            application_security_groups=tuple(dict.fromkeys(groups)),
            is_primary=bool(record.boolean("primary")),
            has_ip_forwarding=bool(record.boolean("enableIPForwarding")),
            open_families=self._open_families(is_open),
            backend_pools=tuple(dict.fromkeys(pools)),
            has_default_outbound=record.boolean("defaultOutboundConnectivityEnabled"),
            at=scope.reader.source(record.node),
        )
        nic = self._computed(record, nic)
        if record.boolean("disableTcpStateTracking"):
            scope.note_unmodelled(record, "disableTcpStateTracking")
        record.ignore(*EXPORT_KEYS, *_NIC_EXPORT_KEYS)
        record.finish()
        return nic if subnet is not None and (addresses or is_open) else None

    def _backend_pools(self, part: Record) -> list[str]:
        """Return the pools a NIC says it is in; without a load balancer in the files nobody knows what they are."""
        if self._pools is not None:
            return self._pools.named_by(part)
        self._scope.note_unmodelled(part, _POOLS)
        return []

    def _computed(self, record: Record, nic: NetworkInterface) -> NetworkInterface:
        """Return the NIC with what Azure computed for it, where the file has that."""
        keys = ("effectiveNetworkSecurityGroups", "effectiveSecurityRules", "effectiveRoutes")
        if not any(record.get(name) for name in keys):
            return nic
        from netcheck.sources._site_effective import read_effective_nsgs, read_effective_table

        nsgs = read_effective_nsgs(self._scope, record, nic.subnet)
        return replace(nic, effective_nsgs=nsgs, effective_routes=read_effective_table(self._scope, record))

    def _subnet(self, nic: Record, parts: list[Record]) -> Subnet | None:
        found: tuple[str, Node] | None = None
        for part in parts:
            text, node = self._scope.reference(part, "subnet")
            if not text:
                continue
            name = self._scope.resolve("subnet", text, node)
            if found is not None and name and found[0] and name != found[0]:
                related = ((self._scope.reader.source(found[1]), f"`{found[0]}` stands here"),)
                self._scope.reader.error(node, "NC144", "a NIC cannot be in two subnets", related=related)
            found = found or (name, node)
        if found is None:
            nic.missing("subnet", "write `subnet: VNET/SUBNET`")
            return None
        return self._subnets.at(*found)

    def _addresses(self, part: Record) -> list[tuple[AddressRange, Node]]:
        found: list[tuple[AddressRange, Node]] = []
        for name in ("privateIPAddress", "privateIPAddresses"):
            for node in part.values(name):
                if isinstance(node, Unknown):
                    continue  # the NIC has an address, and `open_families` says that it is not known which
                address = self._scope.address(node, name)
                if address is not None:
                    found.append((address, node))
        self._scope.check_version(part, found, "ipAddressVersion", "privateIPAddressVersion")
        return found

    def _open_families(self, parts: list[Record]) -> tuple[Family, ...]:
        """Return the families in which Azure chooses an address; an IP configuration that does not say is IPv4."""
        found: dict[Family, None] = {}
        for part in parts:
            names = ("privateIPAddressVersion", "ipAddressVersion")
            stated = [node.text for name in names if isinstance(node := part.get(name), Scalar)]
            found[6 if any(text.lower() == "ipv6" for text in stated) else 4] = None
        return tuple(found)

    def _check_addresses(self, addresses: list[tuple[AddressRange, Node]], subnet: Subnet | None) -> None:
        for address, node in addresses:
            if subnet is None or not isinstance(node, Scalar):
                continue
            self._subnets.check_inside(subnet, address, node)
            first = self._taken.setdefault((subnet.virtual_network, address), node)
            if first is not node:
                related = ((self._scope.reader.source(first), "the first one stands here"),)
                message = f"address `{node.text}` is given to two NICs"
                self._scope.reader.error(node, "NC130", message, "correct one of the two", related)

    def _groups(self, part: Record) -> list[str]:
        found = []
        for node in part.items("applicationSecurityGroups"):
            if isinstance(node, Unknown):
                self._scope.reader.taint(node, "applicationSecurityGroups")
                continue
            if why := reference_doubt(node):
                reason = f"whether a NIC is in the group `{reference(node)}` is not certain: {why}"
                self._scope.reader.leave_open("applicationSecurityGroups", node, reason)
                continue
            text = self._scope.reference_text(node, "applicationSecurityGroups")
            if open_name(text):
                reason = f"which group a NIC is in is not known: `{shorten(text)}`"
                self._scope.reader.leave_open("applicationSecurityGroups", node, reason)
            elif text:
                found.append(self._scope.resolve_if_declared("application security group", text, node))
        return [name for name in found if name]

    def _public_ips(self, part: Record) -> list[PublicIp]:
        """Return each public IP; one named without its address has the family of its IP configuration."""
        own = [address.family for address, _ in self._addresses(part)]
        return read_public_ips(self._scope, part, own[0] if own else 4)
