"""What is deployed in a classic cloud service: its VMs with their NICs, addresses and NSGs.

Shape: Azure service management, "Get Deployment", "Create Virtual Machine Deployment"; "Create a VM (Classic) with
multiple NICs": the first NIC of a VM has no entry and no name of its own, only further ones have.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from netcheck.sources._faults import NOT_KNOWN, Faults
from netcheck.sources._nodes import Node, Scalar, Sequence, Unknown, made_mapping, made_text, shorten
from netcheck.sources._resources import NIC, VM, Association, Resource
from netcheck.sources.classic.elements import Fields
from netcheck.sources.classic.xml_nodes import Element

SERVICE = "microsoft.classiccompute/domainnames"
_DEPLOYMENT_NOISE = (
    "DeploymentSlot", "PrivateID", "Status", "Label", "Url", "Configuration", "UpgradeStatus", "UpgradeDomainCount",
    "SdkVersion", "Locked", "RollbackAllowed", "CreatedTime", "LastModifiedTime", "ExtendedProperties",
    "PersistentVMDowntime", "InternalDnsSuffix", "VirtualNetworkId", "ReservedIPName", "Dns", "ExtensionConfiguration",
    "PackageUrl", "StartDeployment", "TreatWarningsAsError",
)  # fmt: skip
_INSTANCE_NOISE = (
    "InstanceStatus", "InstanceUpgradeDomain", "InstanceFaultDomain", "InstanceSize", "InstanceStateDetails",
    "InstanceErrorCode", "PowerState", "HostName", "RemoteAccessCertificateThumbprint", "GuestAgentStatus",
    "ResourceExtensionStatusList", "MaintenanceStatus", "StandbyStatus",
)  # fmt: skip
_ROLE_NOISE = (
    "OsVersion", "RoleType", "RoleSize", "DataVirtualHardDisks", "AvailabilitySetName", "ProvisionGuestAgent",
    "ResourceExtensionReferences", "DefaultWinRmCertificateThumbprint", "VMImageName", "VMImageInput", "MediaLocation",
    "DebugSettings", "MigrationState", "LicenseType", "Label",
)  # fmt: skip
_ENDPOINTS = ("InputEndpoints", "LoadBalancedEndpointSetName")


@dataclass(slots=True)
class _Role:
    """What the role list says about one role; `nics` has further NICs by name."""

    name: str
    at: Element
    os_type: Scalar | None = None
    subnet: Scalar | None = None
    group: Scalar | None = None
    address: Scalar | None = None
    forwards: Scalar | None = None
    public_ips: list[Element] = field(default_factory=list)
    nics: dict[str, Element] = field(default_factory=dict)
    is_described: bool = False


def read_deployment(faults: Faults, element: Element) -> list[Resource | Association]:
    """Read one deployment; a request that creates one has roles, but no instances and often no addresses yet."""
    return _Deployment(faults, element).read()


class _Deployment:
    """One deployment being read."""

    def __init__(self, faults: Faults, element: Element) -> None:
        self._faults, self._element = faults, element
        self._found: list[Resource | Association] = []
        self._network = ""

    def read(self) -> list[Resource | Association]:
        """Return VMs and NICs, and the cloud service itself with its public addresses."""
        fields = Fields(self._faults, self._element)
        name = fields.name()
        network = fields.named("VirtualNetworkName")
        self._network = network.text if network is not None else ""
        roles = {role.name: role for item in fields.inner("RoleList", "Role") if (role := self._read_role(item))}
        instances = fields.inner("RoleInstanceList", "RoleInstance")
        addresses = [self._virtual_address(item) for item in fields.inner("VirtualIPs", "VirtualIP")]
        self._report(fields, "LoadBalancers", "InputEndpointList")
        fields.ignore(*_DEPLOYMENT_NOISE)
        fields.finish()
        for item in instances:
            self._read_instance(item, roles)
        if not instances:
            for role in roles.values():
                self._add_machine(role.name, role, role.at, None, role.public_ips, list(role.nics.values()))
        self._add_service(name, [address for address in addresses if address is not None])
        return self._found

    def _report(self, fields: Fields, *names: str) -> None:
        for name in names:
            found = fields.one(name)
            if found is not None and found.children:
                message = f"`{name}` is left out: what comes in through the cloud service's own address is not modelled"
                self._faults.warning(found.node, NOT_KNOWN, message)

    def _virtual_address(self, element: Element) -> Scalar | None:
        fields = Fields(self._faults, element)
        fields.ignore("IsDnsProgrammed", "Name", "ReservedIPName", "IsReserved", "RawAddress", "Type")
        address = fields.text("Address")
        fields.finish()
        return address

    def _add_service(self, name: Scalar | None, addresses: list[Scalar]) -> None:
        if name is not None:
            entries: list[tuple[str, Node]] = [("name", name)]
            entries.append(("virtualIPs", Sequence(tuple(addresses), self._element.start)))
            node = made_mapping(entries, self._element.spot)
            self._found.append(Resource(type=SERVICE, node=node, name=name.text))

    def _read_role(self, element: Element) -> _Role | None:
        fields = Fields(self._faults, element)
        name = fields.name("RoleName")
        role = _Role(name.text if name is not None else "", element)
        for item in fields.inner("ConfigurationSets", "ConfigurationSet"):
            self._read_set(item, role)
        disk = fields.one("OSVirtualHardDisk")
        if disk is not None:
            inner = Fields(self._faults, disk)
            role.os_type = inner.text("OS") or role.os_type  # nothing else of a disk matters
        fields.ignore(*_ROLE_NOISE)
        fields.finish()
        return role if name is not None else None

    def _read_set(self, element: Element, role: _Role) -> None:
        fields = Fields(self._faults, element)
        kind = fields.text("ConfigurationSetType")
        word = kind.text.casefold() if kind is not None else ""
        if word in ("windowsprovisioningconfiguration", "linuxprovisioningconfiguration"):
            role.os_type = made_text("Windows" if word.startswith("w") else "Linux", element.node)
            return  # accounts, passwords, time zones: nothing of it is read
        if word != "networkconfiguration":
            message = f"configuration set `{shorten(kind.text if kind else '')}` is not known and is left out"
            self._faults.warning(element.node, NOT_KNOWN, message)
            return
        role.is_described = True
        role.group = fields.named("NetworkSecurityGroup")
        role.address = fields.text("StaticVirtualNetworkIPAddress")
        role.forwards = fields.text("IPForwarding")
        subnets = fields.inner("SubnetNames", "SubnetName")
        role.subnet = subnets[0].exact if len(subnets) == 1 else None
        role.public_ips = fields.inner("PublicIPs", "PublicIP")
        for nic in fields.inner("NetworkInterfaces", "NetworkInterface"):
            role.nics[next((child.exact.text for child in nic.children if child.name == "Name"), "")] = nic
        self._report(fields, *_ENDPOINTS)
        fields.ignore("StoredCertificateSettings", "VirtualIPGroups")
        fields.finish()

    def _read_instance(self, element: Element, roles: dict[str, _Role]) -> None:
        fields = Fields(self._faults, element)
        name, role_name = fields.name("InstanceName"), fields.text("RoleName")
        address = fields.text("IpAddress")
        nics = fields.inner("NetworkInterfaces", "NetworkInterface")
        public_ips = fields.inner("PublicIPs", "PublicIP")
        self._report(fields, "InstanceEndpoints")
        fields.ignore(*_INSTANCE_NOISE)
        fields.finish()
        if name is None:
            return
        label = role_name.text if role_name is not None else ""
        self._add_machine(name.text, roles.get(label) or _Role(label, element), element, address, public_ips, nics)

    def _add_machine(
        self, name: str, role: _Role, at: Element, address: Scalar | None, public: list[Element], nics: list[Element]
    ) -> None:
        nic_names = [f"{name}-primary"]
        first: list[tuple[str, Node]] = [
            ("name", made_text(nic_names[0], at.node)),
            ("primary", made_text("true", at.node)),
        ]
        group: Node | None = role.group if role.is_described else self._unsaid("network security group", name, at)
        if group is not None:
            first.append(("networkSecurityGroup", group))
        first.append(("enableIPForwarding", self._forwarding(role.forwards, role, name, at)))
        inner = self._placed(self._subnet(role.subnet, name, at), address or role.address, nic_names[0], at)
        if public:
            inner.append(("publicIPAddress", Sequence(tuple(self._public_ips(public)), public[0].start)))
        first.append(("ipConfigurations", Sequence((made_mapping(inner, at.spot),), at.start)))
        self._add_nic(nic_names[0], first, at)
        for nic in nics:
            found = self._read_nic(nic, name, role)
            if found:
                nic_names.append(found)
        profile = [made_mapping([("id", made_text(nic, at.node))], at.spot) for nic in nic_names]
        entries: list[tuple[str, Node]] = [("name", made_text(name, at.node))]
        listed = Sequence(tuple(profile), at.start)
        entries.append(("networkProfile", made_mapping([("networkInterfaces", listed)], at.spot)))
        if role.os_type is not None:
            disk = made_mapping([("osType", role.os_type)], at.spot)
            entries.append(("storageProfile", made_mapping([("osDisk", disk)], at.spot)))
        self._found.append(Resource(type=VM, node=made_mapping(entries, at.spot), name=name, id=name))

    def _add_nic(self, name: str, entries: list[tuple[str, Node]], at: Element) -> None:
        self._found.append(Resource(type=NIC, node=made_mapping(entries, at.spot), name=name, id=name))

    def _read_nic(self, element: Element, machine: str, role: _Role) -> str:
        fields = Fields(self._faults, element)
        name = fields.name()
        own = fields.named("NetworkSecurityGroup")
        forwards = fields.text("IPForwarding")
        parts = fields.inner("IPConfigurations", "IPConfiguration")
        fields.ignore("MacAddress")
        fields.finish()
        if name is None:
            return ""
        full_name = f"{machine}-{name.text}"
        described = role.nics.get(name.text, element)
        own = own or _text_in(described, "NetworkSecurityGroup")
        forwards = forwards or _text_in(described, "IPForwarding")
        entries: list[tuple[str, Node]] = [("name", made_text(full_name, name))]
        group: Node | None = own
        if own is None and role.group is not None:
            reason = (
                f"the network security group of VM `{shorten(machine)}` may filter its NIC `{shorten(name.text)}` too"
            )
            group = Unknown(f"network security group of {full_name}", reason, element.start, element.start + 1)
        if group is not None:
            entries.append(("networkSecurityGroup", group))
        entries.append(("enableIPForwarding", self._forwarding(forwards, role, full_name, element)))
        read = tuple(self._read_part(part, full_name) for part in parts)
        entries.append(("ipConfigurations", Sequence(read, element.start)))
        self._add_nic(full_name, entries, element)
        return full_name

    def _read_part(self, element: Element, nic: str) -> Node:
        fields = Fields(self._faults, element)
        subnet = fields.named("SubnetName")
        address = fields.text("Address")
        static = fields.text("StaticVirtualNetworkIPAddress")
        fields.finish()
        return made_mapping(
            self._placed(self._subnet(subnet, nic, element), address or static, nic, element), element.spot
        )

    def _placed(self, subnet: Node, address: Scalar | None, nic: str, at: Element) -> list[tuple[str, Node]]:
        entries: list[tuple[str, Node]] = [("name", made_text("ipconfig", at.node)), ("subnet", subnet)]
        found: Node | None = address
        if found is None:
            reason = f"the address of NIC `{shorten(nic)}` is not in the file; Azure chooses one when the VM starts"
            found = Unknown(f"address of {nic}", reason, at.start, at.start + 1)
        return [*entries, ("privateIPAddress", found)]

    def _subnet(self, name: Scalar | None, of: str, at: Element) -> Node:
        if name is not None and self._network:
            return made_text(f"{self._network}/{name.text}", name)
        if not self._network:
            reason = f"the deployment of `{shorten(of)}` names no virtual network"
            return Unknown(f"subnet of {of}", reason, at.start, at.start + 1)
        return self._unsaid("subnet", of, at)

    def _unsaid(self, what: str, of: str, at: Element) -> Unknown:
        reason = f"the file does not say which {what} `{shorten(of)}` has"
        return Unknown(f"{what} of {of}", reason, at.start, at.start + 1)

    def _forwarding(self, word: Scalar | None, role: _Role, of: str, at: Element) -> Node:
        if word is not None:
            return made_text("true" if word.text.casefold() == "enabled" else "false", word)
        return made_text("false", at.node) if role.is_described else self._unsaid("IP forwarding", of, at)

    def _public_ips(self, elements: list[Element]) -> list[Node]:
        found: list[Node] = []
        for element in elements:
            fields = Fields(self._faults, element)
            fields.ignore("IdleTimeoutInMinutes", "DomainNameLabel", "Fqdns")
            name, address = fields.text("Name"), fields.text("Address")
            fields.finish()
            entries = [(key, value) for key, value in (("name", name), ("ipAddress", address)) if value is not None]
            found.append(made_mapping(entries, element.spot))
        return found


def _text_in(element: Element, tag: str) -> Scalar | None:
    """Return the text of a child, or None; for an element that is read in full where it stands."""
    return next((child.exact for child in element.children if child.name == tag and child.exact.text), None)
