"""What is collected: types of resources, with the version of the interface that each is read with.

Versions are fixed here, and do not come from an SDK: a new one may bring properties that netcheck does not know, and
the clouds for governments and China are behind. Azure REST API reference, "List All" of each type.
"""

from __future__ import annotations

from typing import NamedTuple

NETWORK = "2024-05-01"
COMPUTE = "2024-07-01"
PRIVATE_DNS = "2020-06-01"
SUBSCRIPTIONS = "2022-12-01"


class Kind(NamedTuple):
    """A type of resources that one request lists, and those that have to be listed below each of them.

    `word` is the last part of the type, as it stands in a resource ID; the file is called so.
    """

    word: str
    provider: str = "Microsoft.Network"
    version: str = NETWORK
    children: tuple[Kind, ...] = ()


_MANAGED = (
    Kind("networkGroups", children=(Kind("staticMembers"),)),
    Kind("securityAdminConfigurations", children=(Kind("ruleCollections", children=(Kind("rules"),)),)),
    Kind("connectivityConfigurations"),
    Kind("routingConfigurations"),
    Kind("securityUserConfigurations"),
)
VIRTUAL_MACHINES = Kind("virtualMachines", "Microsoft.Compute", COMPUTE)
KINDS = (
    VIRTUAL_MACHINES,
    Kind("networkInterfaces"),
    Kind("networkSecurityGroups"),
    Kind("applicationSecurityGroups"),
    Kind("routeTables"),
    Kind("virtualNetworks"),  # subnets, with their service endpoints, and peerings are inside
    Kind("publicIPAddresses"),
    Kind("natGateways"),
    Kind("privateEndpoints", children=(Kind("privateDnsZoneGroups"),)),
    Kind("privateDnsZones", version=PRIVATE_DNS, children=(Kind("virtualNetworkLinks", version=PRIVATE_DNS),)),
    Kind("loadBalancers"),
    Kind("azureFirewalls"),
    Kind("firewallPolicies", children=(Kind("ruleCollectionGroups"),)),
    Kind("ipGroups"),
    Kind("networkManagers", children=_MANAGED),
    Kind("virtualWans"),
    Kind("virtualHubs"),
)
"""In the order in which they are read."""
EFFECTIVE = {"effective-rules": "effectiveNetworkSecurityGroups", "effective-routes": "effectiveRouteTable"}
"""What Azure computes for one NIC: the folder it goes into, and the action. Both are POSTs that change nothing."""
