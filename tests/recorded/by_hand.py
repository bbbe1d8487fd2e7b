"""Networks that no recording shows as resources: what the source says in words, written as Azure prints it."""

from __future__ import annotations

from netcheck.model.site import Site
from tests.recorded.transcripts import Json, load_files

_GROUP = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers"
_NETWORK = f"{_GROUP}/Microsoft.Network"


def quickstart() -> Site:
    """Return the network of Microsoft's quickstart: `az vm create` makes an NSG that lets SSH in, and a public IP."""
    return _one_machine(
        "10.0.0.0/16", "10.0.0.0/24", "10.0.0.4", [_rule("default-allow-ssh", 1000, "Inbound", port="22")]
    )


def verify_ip_flow() -> Site:
    """Return the network of the test Test-VerifyIPFlow, whose expected answers Microsoft asserts.

    The test adds `scr1` and `sr2` to the NSG of a template that the recordings of NextHopApiTest deploy too: it brings
    the addresses and the rule for RDP.
    """
    rules = [
        _rule("default-allow-rdp", 1000, "Inbound", port="3389"),
        _rule("scr1", 122, "Outbound", port="80", access="Deny"),
        _rule("sr2", 123, "Inbound", port="46-56", source_port="23-45"),
    ]
    return _one_machine("10.17.3.0/24", "10.17.3.0/24", "10.17.3.4", rules)


def watcher_tests() -> Site:
    """Return the network that the tests of the old command line make: its default for a network is 10.0.0.0/8.

    The commands of the tests say the subnet, the NIC's address and an NSG to which no rule is added.
    """
    return _one_machine("10.0.0.0/8", "10.0.0.0/16", "10.0.0.4", [])


def _one_machine(space: str, prefix: str, address: str, rules: list[Json]) -> Site:
    subnet = {"name": "subnet", "id": f"{_NETWORK}/virtualNetworks/vnet/subnets/subnet"}
    nic_id, nsg_id = f"{_NETWORK}/networkInterfaces/nic", f"{_NETWORK}/networkSecurityGroups/nsg"
    configuration = {
        "privateIPAddress": address,
        "subnet": {"id": subnet["id"]},
        "publicIPAddress": {"id": f"{_NETWORK}/publicIPAddresses/ip"},
        "primary": True,
    }
    properties: dict[str, Json] = {
        "Network/virtualNetworks/vnet": {
            "addressSpace": {"addressPrefixes": [space]},
            "subnets": [{**subnet, "properties": {"addressPrefix": prefix}}],
        },
        "Network/networkSecurityGroups/nsg": {"securityRules": rules, "networkInterfaces": [{"id": nic_id}]},
        "Network/networkInterfaces/nic": {
            "ipConfigurations": [{"name": "ipconfig1", "properties": configuration}],
            "networkSecurityGroup": {"id": nsg_id},
            "virtualMachine": {"id": f"{_GROUP}/Microsoft.Compute/virtualMachines/vm"},
        },
        "Network/publicIPAddresses/ip": {"publicIPAllocationMethod": "Dynamic"},
        "Compute/virtualMachines/vm": {"networkProfile": {"networkInterfaces": [{"id": nic_id}]}},
    }
    return load_files({f"{number}.json": _resource(at, properties[at]) for number, at in enumerate(properties)})


def _resource(at: str, properties: Json) -> Json:
    kind, _, name = at.rpartition("/")
    return {"name": name, "id": f"{_GROUP}/Microsoft.{at}", "type": f"Microsoft.{kind}", "properties": properties}


def _rule(
    name: str, priority: int, direction: str, *, port: str, source_port: str = "*", access: str = "Allow"
) -> Json:
    values = {
        "protocol": "Tcp",
        "sourcePortRange": source_port,
        "destinationPortRange": port,
        "sourceAddressPrefix": "*",
        "destinationAddressPrefix": "*",
        "access": access,
        "priority": priority,
        "direction": direction,
    }
    return {"name": name, "properties": values}
