"""Classic XML: replies and requests of the service management interface, network configuration files.

Shapes: Azure service management, "Get Network Security Group", "Get Route Table", "Get Deployment".
"""

from __future__ import annotations

import pytest

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.sources._nodes import Document, Library, Mapping, Scalar, Sequence, Unknown
from netcheck.sources._resources import Association, Opening, Options, Resource
from netcheck.sources.classic.xml_files import is_classic_xml, read_classic_xml
from tests.unit.sources.plain import plain
from tests.unit.sources.shared import shared_folder

NAMESPACE = 'xmlns="http://schemas.microsoft.com/windowsazure"'
RULE = """<Rule><Name>web</Name><Type>Inbound</Type><Priority>100</Priority><Action>Allow</Action>
<SourceAddressPrefix>INTERNET</SourceAddressPrefix><SourcePortRange>*</SourcePortRange>
<DestinationAddressPrefix>10.0.0.4/32</DestinationAddressPrefix><DestinationPortRange>443</DestinationPortRange>
<Protocol>TCP</Protocol><State>Active</State></Rule>"""
WEB_RULE = {
    "name": "web",
    "priority": "100",
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "TCP",
    "sourceAddressPrefix": "INTERNET",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "10.0.0.4/32",
    "destinationPortRange": "443",
}
Found = list[Resource | Association]


def opened(text: str, file: str = "given.txt") -> tuple[Document, Opening]:
    library = Library()
    return library.open(file, text), Opening(library, Collector(), Options())


def with_reason(one: Scalar | Unknown) -> str:
    return f"?{one.reason}" if isinstance(one, Unknown) else one.text


def nodes_of(found: Found) -> list[object]:
    return [plain(item.node, with_reason) for item in found if isinstance(item, Resource)]


def faults_of(opening: Opening) -> list[str]:
    return [f"{found.at} {found.severity} {found.code} {found.message}" for found in opening.collector]


def read(text: str) -> tuple[list[object], list[str]]:
    document, opening = opened(text)
    return nodes_of(read_classic_xml(document, opening)), faults_of(opening)


def refused(text: str) -> list[str]:
    document, opening = opened(text)
    with pytest.raises(InputError):
        read_classic_xml(document, opening)
    return faults_of(opening)


def group(inner: str) -> str:
    return f"<NetworkSecurityGroup {NAMESPACE}><Name>web-nsg</Name>{inner}</NetworkSecurityGroup>"


def test_a_group_with_rules_is_spelled_as_the_rest_interface_does() -> None:
    """Type is the direction, Action the access; built-in rules are kept apart; labels decide nothing."""
    default = RULE.replace("web", "DENY ALL INBOUND").replace("</Rule>", "<IsDefault>true</IsDefault></Rule>")
    found, faults = read(group(f"<Label>d2Vi</Label><Location>West US</Location><Rules>{RULE}{default}</Rules>"))
    assert found == [
        {
            "name": "web-nsg",
            "location": "West US",
            "securityRules": [WEB_RULE],
            "defaultSecurityRules": [WEB_RULE | {"name": "DENY ALL INBOUND"}],
        }
    ]
    assert faults == []


@pytest.mark.parametrize(
    "rules", ["", "<Rules/>", '<Rules xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>']
)
def test_a_group_without_rules_was_not_listed_in_full(rules: str) -> None:
    """Every group has built-in rules: a listing that shows none does not say which rules there are."""
    reason = "?the export of network security group `web-nsg` lists no rules (its detail level is not `Full`)"
    assert ([{"name": "web-nsg", "securityRules": reason}], []) == read(group(rules))


def test_a_listing_holds_groups_one_by_one() -> None:
    """Each group of a listing is a resource of its own."""
    one = "<NetworkSecurityGroup><Name>{}</Name></NetworkSecurityGroup>"
    document, opening = opened(
        f"<NetworkSecurityGroups {NAMESPACE}>{one.format('a')}{one.format('b')}</NetworkSecurityGroups>"
    )
    found = read_classic_xml(document, opening)
    assert [item.name for item in found if isinstance(item, Resource)] == ["a", "b"]


def test_a_rule_name_keeps_its_blanks() -> None:
    """Azure's own article has a rule called `allow-proxy ` with a blank at the end; names are compared as they are."""
    found, _ = read(group(f"<Rules>{RULE.replace('web', 'allow-proxy ')}</Rules>"))
    assert found == [{"name": "web-nsg", "securityRules": [WEB_RULE | {"name": "allow-proxy "}]}]


def test_a_rule_that_is_not_active_may_or_may_not_apply() -> None:
    """A rule in another state than `Active` is reported, and its action is unknown."""
    found, faults = read(group(f"<Rules>{RULE.replace('Active', 'Deleting')}</Rules>"))
    reason = "rule `web` is in state `Deleting`, not `Active`"
    assert [{"name": "web-nsg", "securityRules": [WEB_RULE | {"access": f"?{reason}"}]}] == found
    assert [f"given.txt:4:32 warning NC194 {reason}: whether it is in effect is not known"] == faults


def test_a_group_that_is_being_deleted_is_unsure() -> None:
    """A group in another state than `Created` may not be in effect."""
    document, opening = opened(group(f"<State>Deleting</State><Rules>{RULE}</Rules>"))
    found = read_classic_xml(document, opening)[0]
    assert isinstance(found, Resource)
    assert found.unsure == "network security group `web-nsg` is in state `Deleting`, not `Created`"


def test_what_early_versions_left_out_is_known_for_built_in_rules_only() -> None:
    """Replies of 2015 lack `Type` and `Action` of some rules; the name of a built-in rule says both."""
    bare = RULE.replace("<Type>Inbound</Type>", "").replace("<Action>Allow</Action>", "")
    default = bare.replace("web", "ALLOW VNET OUTBOUND").replace("</Rule>", "<IsDefault>true</IsDefault></Rule>")
    found, _ = read(group(f"<Rules>{bare}{default}</Rules>"))
    unknown = {
        "direction": "?rule `web` has no `Type` in the export",
        "access": "?rule `web` has no `Action` in the export",
    }
    known = {"name": "ALLOW VNET OUTBOUND", "direction": "Outbound", "access": "Allow"}
    assert [
        {"name": "web-nsg", "securityRules": [WEB_RULE | unknown], "defaultSecurityRules": [WEB_RULE | known]}
    ] == found


def test_places_are_counted_in_characters() -> None:
    """A name outside of ASCII moves bytes, but no columns; the place of a value is that of its text."""
    text = group(f"<Rules>{RULE.replace('web', 'größe')}</Rules>").replace("><Name>", ">\n<Name>", 1)
    document, opening = opened(text)
    found = read_classic_xml(document, opening)[0]
    assert isinstance(found, Resource)
    rules = next(value for name, value in found.node.entries if name.text == "securityRules")
    assert isinstance(rules, Sequence)
    rule = rules.items[0]
    assert isinstance(rule, Mapping)
    places = {name.text: str(document.source(value)) for name, value in rule.entries}
    assert text[rule.start : rule.start + 5] == "<Rule"
    assert places["name"] == "given.txt:2:40"
    assert places["direction"] == "given.txt:2:58"
    assert places["sourceAddressPrefix"] == "given.txt:3:22"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "<NetworkSecurityGroup>\n<Name>a</Nam></NetworkSecurityGroup>",
            "given.txt:2:10 error NC192 not valid XML: mismatched tag",
        ),
        ("<NetworkSecurityGroup>\n<Name>é&x;</Name>", "given.txt:2:8 error NC192 not valid XML: undefined entity"),
        (
            '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY x "y">]>\n<NetworkSecurityGroup/>',
            "given.txt:2:1 error NC192 a DOCTYPE is refused",
        ),
        (
            "<NetworkSecurityGroup>" + "<a>" * 70,
            "given.txt:1:212 error NC192 element `a` is nested more than 64 levels deep",
        ),
        (RULE, "given.txt:1:1 error NC193 a rule without its network security group decides nothing"),
        (
            f"<RouteTableAssociation {NAMESPACE}><RouteTableName>t</RouteTableName></RouteTableAssociation>",
            "given.txt:1:1 error NC193 this names a route table, but not the subnet it is attached to",
        ),
        (
            f"<Error {NAMESPACE}><Code>ResourceNotFound</Code></Error>",
            "given.txt:1:1 error NC193 this is an error reply of the service `ResourceNotFound`",
        ),
        (
            f"<Disk {NAMESPACE}/>",
            "given.txt:1:1 error NC193 `Disk` is no element of the classic model that netcheck reads",
        ),
    ],
)  # fmt: skip
def test_what_is_no_export_is_refused_with_its_place(text: str, fault: str) -> None:
    """Broken XML, declared entities, deep nesting and pieces without their owner are never read as something empty."""
    assert [fault] == refused(text)


def test_what_is_not_known_is_named() -> None:
    """Elements, attributes and texts that the reader does not know are reported, each with its place."""
    _, faults = read(group(f"<Rules>\n{RULE}<Sort>x</Sort>\n</Rules><Owner by='me'/>stray"))
    assert faults == [
        "given.txt:5:53 warning NC194 element `Sort` in `Rules` is not known and is left out",
        "given.txt:6:9 warning NC194 element `Owner` in `NetworkSecurityGroup` is not known and is left out",
        "given.txt:6:25 warning NC194 text `stray` in `NetworkSecurityGroup` is not known and is left out",
    ]


def test_two_values_of_one_field_are_an_error() -> None:
    """A field that stands twice may mean either value."""
    _, faults = read(group("<Name>other</Name>"))
    assert faults == ["given.txt:1:93 error NC193 `Name` stands twice in one `NetworkSecurityGroup`"]


def test_a_route_table_spells_next_hops_as_today() -> None:
    """`VPNGateway`, `VNETLocal` and `Null` of the classic model are called otherwise today."""
    hops = ("VPNGateway", "VNETLocal", "Internet", "Null")
    routes = "".join(
        f"<Route><Name>{hop}</Name><AddressPrefix>10.0.0.0/8</AddressPrefix>"
        f"<NextHopType><Type>{hop}</Type></NextHopType></Route>"
        for hop in hops
    )
    appliance = (
        "<Route><Name>nva</Name><AddressPrefix>0.0.0.0/0</AddressPrefix>"
        "<NextHopType><Type>VirtualAppliance</Type><IpAddress>10.0.0.9</IpAddress></NextHopType></Route>"
    )
    found, faults = read(
        f"<RouteTable {NAMESPACE}><Name>t</Name><RouteList>{routes}{appliance}</RouteList></RouteTable>"
    )
    today = ("VirtualNetworkGateway", "VnetLocal", "Internet", "None")
    expected = [
        {"name": hop, "addressPrefix": "10.0.0.0/8", "nextHopType": word} for hop, word in zip(hops, today, strict=True)
    ]
    nva = {
        "name": "nva",
        "addressPrefix": "0.0.0.0/0",
        "nextHopType": "VirtualAppliance",
        "nextHopIpAddress": "10.0.0.9",
    }
    assert ([{"name": "t", "routes": [*expected, nva]}], []) == (found, faults)


def test_a_route_table_without_its_list_has_unknown_routes() -> None:
    """An empty `RouteList` says that there are no routes; none at all says nothing."""
    reason = "?the export of route table `t` lists no routes (its detail level is not `Full`)"
    assert read(f"<RouteTable {NAMESPACE}><Name>t</Name><RouteList/></RouteTable>") == (
        [{"name": "t", "routes": []}],
        [],
    )
    assert ([{"name": "t", "routes": reason}], []) == read(f"<RouteTable {NAMESPACE}><Name>t</Name></RouteTable>")


def test_effective_routes_take_the_form_of_today() -> None:
    """The routes in effect are a list `value`, as `az network nic show-effective-route-table` prints them."""
    document, opening = opened(
        f"<EffectiveRouteTable {NAMESPACE}><EffectiveRouteList><EffectiveRoute><Name /><Source>Default</Source>"
        "<Status>Active</Status><AddressPrefixes><AddressPrefix>10.0.0.0/16</AddressPrefix></AddressPrefixes>"
        "<EffectiveNextHop><Type>VNETLocal</Type><IpAddresses /></EffectiveNextHop></EffectiveRoute>"
        "</EffectiveRouteList></EffectiveRouteTable>",
        "folder/nic1.xml",
    )
    found = read_classic_xml(document, opening)
    route = {
        "source": "Default",
        "state": "Active",
        "addressPrefix": ["10.0.0.0/16"],
        "nextHopType": "VnetLocal",
        "nextHopIpAddress": [],
    }
    assert [(r.type, r.name) for r in found if isinstance(r, Resource)] == [("netcheck/effectiveroutes", "nic1.xml")]
    assert [{"value": [route]}] == nodes_of(found)


def test_no_effective_routes_means_that_the_vm_does_not_run() -> None:
    """An empty list was recorded for a VM that had not started: the routes are not known, not absent."""
    found, _ = read(f"<EffectiveRouteTable {NAMESPACE}><EffectiveRouteList /></EffectiveRouteTable>")
    assert found == [{"value": "?the reply lists no routes, as it does while the VM is not running"}]


def test_a_listing_of_networks_names_groups_but_no_route_tables() -> None:
    """A subnet without `NetworkSecurityGroup` has none; its route table is asked for elsewhere, so it is unknown."""
    found, faults = read(
        f"<VirtualNetworkSites {NAMESPACE}><VirtualNetworkSite><Name>vnet</Name><Id>1</Id><State>Created</State>"
        "<AddressSpace><AddressPrefixes><AddressPrefix>10.0.0.0/16</AddressPrefix></AddressPrefixes></AddressSpace>"
        "<Subnets><Subnet><Name>a</Name><AddressPrefix>10.0.0.0/24</AddressPrefix>"
        "<NetworkSecurityGroup>nsg</NetworkSecurityGroup></Subnet>"
        "<Subnet><Name>b</Name><AddressPrefix>10.0.1.0/24</AddressPrefix></Subnet></Subnets>"
        "</VirtualNetworkSite></VirtualNetworkSites>"
    )
    unsaid = "?the file does not say which route table subnet `vnet/{}` has"
    first = {
        "name": "a",
        "addressPrefix": "10.0.0.0/24",
        "networkSecurityGroup": "nsg",
        "routeTable": unsaid.format("a"),
    }
    second = {"name": "b", "addressPrefix": "10.0.1.0/24", "routeTable": unsaid.format("b")}
    space = {"addressPrefixes": ["10.0.0.0/16"]}
    assert ([{"name": "vnet", "addressSpace": space, "subnets": [first, second]}], []) == (found, faults)


def test_a_network_configuration_file_knows_no_groups() -> None:
    """The schema of the file has no NSGs and no route tables: naming none does not mean that there are none."""
    found, faults = read(
        '<NetworkConfiguration xmlns="http://schemas.microsoft.com/ServiceHosting/2011/07/NetworkConfiguration">'
        '<VirtualNetworkConfiguration><Dns /><VirtualNetworkSites><VirtualNetworkSite name="vnet" Location="West US">'
        '<AddressSpace><AddressPrefix>10.0.0.0/16</AddressPrefix></AddressSpace><Subnets><Subnet name="a">'
        "<AddressPrefix>10.0.0.0/24</AddressPrefix></Subnet></Subnets><DnsServersRef /></VirtualNetworkSite>"
        "</VirtualNetworkSites></VirtualNetworkConfiguration></NetworkConfiguration>"
    )
    subnet = {
        "name": "a",
        "addressPrefix": "10.0.0.0/24",
        "networkSecurityGroup": "?the file does not say which network security group subnet `vnet/a` has",
        "routeTable": "?the file does not say which route table subnet `vnet/a` has",
    }
    space = {"addressPrefixes": ["10.0.0.0/16"]}
    expected = [{"name": "vnet", "location": "West US", "addressSpace": space, "subnets": [subnet]}]
    assert (expected, []) == (found, faults)


DEPLOYMENT = f"""<Deployment {NAMESPACE}>
<Name>svc</Name><RoleInstanceList><RoleInstance><RoleName>vm1</RoleName><InstanceName>vm1</InstanceName>
<IpAddress>10.0.0.4</IpAddress><NetworkInterfaces><NetworkInterface><Name>eth1</Name><MacAddress>00</MacAddress>
<IPConfigurations><IPConfiguration><SubnetName>back</SubnetName><Address>10.0.1.4</Address></IPConfiguration>
</IPConfigurations></NetworkInterface></NetworkInterfaces>
<PublicIPs><PublicIP><Name>ip</Name><Address>40.1.2.3</Address></PublicIP></PublicIPs></RoleInstance></RoleInstanceList>
<RoleList><Role><RoleName>vm1</RoleName><ConfigurationSets><ConfigurationSet>
<ConfigurationSetType>NetworkConfiguration</ConfigurationSetType><SubnetNames><SubnetName>front</SubnetName></SubnetNames>
<NetworkSecurityGroup>nsg</NetworkSecurityGroup><IPForwarding>Enabled</IPForwarding></ConfigurationSet>
</ConfigurationSets><OSVirtualHardDisk><OS>Linux</OS></OSVirtualHardDisk></Role></RoleList>
<VirtualNetworkName>vnet</VirtualNetworkName>
<VirtualIPs><VirtualIP><Address>168.62.75.64</Address></VirtualIP></VirtualIPs></Deployment>"""


def test_a_deployment_holds_vms_with_a_nameless_first_nic() -> None:
    """The address of a VM is that of its first NIC; whether its NSG also filters a further NIC is not documented."""
    found, faults = read(DEPLOYMENT)
    first = {
        "name": "vm1-primary",
        "primary": "true",
        "networkSecurityGroup": "nsg",
        "enableIPForwarding": "true",
        "ipConfigurations": [
            {
                "name": "ipconfig",
                "subnet": "vnet/front",
                "privateIPAddress": "10.0.0.4",
                "publicIPAddress": [{"name": "ip", "ipAddress": "40.1.2.3"}],
            }
        ],
    }
    second = {
        "name": "vm1-eth1",
        "networkSecurityGroup": "?the network security group of VM `vm1` may filter its NIC `eth1` too",
        "enableIPForwarding": "false",
        "ipConfigurations": [{"name": "ipconfig", "subnet": "vnet/back", "privateIPAddress": "10.0.1.4"}],
    }
    machine = {
        "name": "vm1",
        "networkProfile": {"networkInterfaces": [{"id": "vm1-primary"}, {"id": "vm1-eth1"}]},
        "storageProfile": {"osDisk": {"osType": "Linux"}},
    }
    assert [first, second, machine, {"name": "svc", "virtualIPs": ["168.62.75.64"]}] == found
    assert faults == []


def test_an_instance_without_its_role_has_an_unknown_group() -> None:
    """A deployment cut to its instances does not say which NSG and subnet a VM has."""
    cut = DEPLOYMENT[: DEPLOYMENT.index("<RoleList>")] + DEPLOYMENT[DEPLOYMENT.index("<VirtualNetworkName>") :]
    nic = read(cut)[0][0]
    assert isinstance(nic, dict)
    assert nic["networkSecurityGroup"] == "?the file does not say which network security group `vm1` has"
    assert nic["ipConfigurations"][0]["subnet"] == "?the file does not say which subnet `vm1` has"


def test_endpoints_of_a_cloud_service_are_reported() -> None:
    """What comes in through the service's own address is not modelled, and that is said."""
    text = DEPLOYMENT.replace("<IPForwarding>", "<InputEndpoints><InputEndpoint/></InputEndpoints><IPForwarding>")
    message = "`InputEndpoints` is left out: what comes in through the cloud service's own address is not modelled"
    assert [f"given.txt:9:49 warning NC194 {message}"] == read(text)[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (group(""), True),
        (f'\ufeff<?xml version="1.0"?><!-- a -->\n<w:Deployment {NAMESPACE.replace("xmlns", "xmlns:w")}/>', True),
        ("<Deployment/>", False),
        ("<AzurePublicIpAddresses><Region/></AzurePublicIpAddresses>", False),
        ("<Rule/>", False),
        ("name: <NetworkSecurityGroup>", False),
        ("<", False),
    ],
)
def test_the_kind_shows_in_root_and_namespace(text: str, expected: bool) -> None:
    """Words such as `Rule` mean much elsewhere: they count in the namespace of the classic model only."""
    assert expected == is_classic_xml(text)


def test_recorded_replies_are_read_without_errors() -> None:
    """Real replies hold nothing that the reader does not know; bare rules are refused."""
    files = sorted(shared_folder("classic_asm").glob("xml/*.xml"))
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert is_classic_xml(text)
        if file.name.startswith("Rule_"):
            refused(text)
        elif file.name != "RouteTables_048_ListRouteTablesWhenNoTablesExist_response.xml":
            assert read(text)[1] == []
