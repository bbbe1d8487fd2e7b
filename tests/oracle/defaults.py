"""The six rules that every network security group ends with; they cannot be removed, only gone before.

Microsoft Learn, "Azure network security groups overview", section "Default security rules"; names and values as the
service returns them, in Resource Manager and in the older service management.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Source
from netcheck.model.address import AnyAddress, Endpoint, ServiceTag
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL
from netcheck.model.rules import Access, Direction, NsgRule

ANYONE, VNET = AnyAddress(), ServiceTag("VirtualNetwork")
BALANCER, INTERNET = ServiceTag("AzureLoadBalancer"), ServiceTag("Internet")
IN, OUT, ALLOW, DENY = Direction.INBOUND, Direction.OUTBOUND, Access.ALLOW, Access.DENY

Row = tuple[str, str, Direction, int, Endpoint, Endpoint, Access]
TABLE: tuple[Row, ...] = (
    ("AllowVnetInBound", "ALLOW VNET INBOUND", IN, 65000, VNET, VNET, ALLOW),
    ("AllowAzureLoadBalancerInBound", "ALLOW AZURE LOAD BALANCER INBOUND", IN, 65001, BALANCER, ANYONE, ALLOW),
    ("DenyAllInBound", "DENY ALL INBOUND", IN, 65500, ANYONE, ANYONE, DENY),
    ("AllowVnetOutBound", "ALLOW VNET OUTBOUND", OUT, 65000, VNET, VNET, ALLOW),
    ("AllowInternetOutBound", "ALLOW INTERNET OUTBOUND", OUT, 65001, ANYONE, INTERNET, ALLOW),
    ("DenyAllOutBound", "DENY ALL OUTBOUND", OUT, 65500, ANYONE, ANYONE, DENY),
)


def default_rules(*, is_classic: bool) -> Iterator[NsgRule]:
    """Yield the table as rules for any protocol and port."""
    for name, classic_name, direction, priority, source, destination, access in TABLE:
        yield NsgRule(
            name=classic_name if is_classic else name,
            priority=priority,
            direction=direction,
            access=access,
            protocol=ANY_PROTOCOL,
            sources=(source,),
            source_ports=(ALL_PORTS,),
            destinations=(destination,),
            destination_ports=(ALL_PORTS,),
            at=Source("-"),
            is_default=True,
        )
