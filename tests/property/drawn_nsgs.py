"""Random network security groups that Azure would accept, in its own words, and names that files find hard to hold."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

RULE_NAMES = (
    "allow-web", "deny_all.1", "null", "1", "1.0", "true", "No", "0x10", "1e3", "a.b-c_d", "R_", "AllowVnetInBound",
    "Regel.7", "x" * 80, "2024-01-01", "Infinity", "x..y", "DenyAllOutBound",
)  # fmt: skip
NSG_NAMES = ("nsg-web", "nsg.v1", "NSG_1", "null", "8080", "nsg.json", "web-nsg_")
DESCRIPTIONS = (
    "", "plain", "a, b; c | d\te", 'say "no"', "two\nlines", "\nType: Inbound\n", "Label : x", "@{Id=x}",
    "// no comment", "System.Object[]", "/* deploymentTemplate.json", "- *x", "[[x]", "=1+1", "\u00fc\u2013\U0001f512",
    "null", "#TYPE x",
)  # fmt: skip
TAGS = (
    "Internet", "VirtualNetwork", "AzureLoadBalancer", "Storage", "Storage.WestUS", "AzureCloud.westus", "Sql.WestUS",
    "AzureFrontDoor.Backend",
)  # fmt: skip
PREFIXES = {
    4: ("10.1.0.0/24", "10.1.0.4", "10.1.0.0/16", "192.0.2.0/24", "198.51.100.16/28", "20.60.1.0/24", "0.0.0.0/0",
        "10.0.0.5/24", "255.255.255.255/32", "128.0.0.0/1", "789", "4294967295", "0"),
    6: ("2001:db8::/32", "::/0", "fd00::1", "2001:DB8:0:1::/64", "::ffff:10.0.0.1/128", "fe80::/10", "2001:db8::5/64"),
}  # fmt: skip
PORTS = ("*", "0", "22", "443", "80-443", "0-65535", "65535", "1024-65535", "53", "8000-8000")
PROTOCOLS = ("*", "Tcp", "Udp", "Icmp", "Icmpv6", "Esp", "Ah")
ASGS = ("asg-web", "asg.db", "ASG_1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One end of a rule: prefixes of one family, or one tag, or `*`, or groups instead; and its ports."""

    prefixes: tuple[str, ...] = ("*",)
    groups: tuple[str, ...] = ()
    ports: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRule:
    """One rule, in the words that Azure uses."""

    name: str
    priority: int
    direction: str
    access: str
    protocol: str
    source: Side
    destination: Side
    description: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnNsg:
    """A group with rules of its own; the six default ones it has in any case."""

    name: str
    rules: tuple[DrawnRule, ...]


_VNET, _BALANCER, _WEB = (Side(prefixes=(tag,)) for tag in ("VirtualNetwork", "AzureLoadBalancer", "Internet"))
DEFAULTS = tuple(
    DrawnRule(
        name=name,
        priority=priority,
        direction=direction,
        access=access,
        protocol="*",
        source=source,
        destination=destination,
        description="by Azure",
        is_default=True,
    )
    for name, priority, direction, access, source, destination in (
        ("AllowVnetInBound", 65000, "Inbound", "Allow", _VNET, _VNET),
        ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", _BALANCER, Side()),
        ("DenyAllInBound", 65500, "Inbound", "Deny", Side(), Side()),
        ("AllowVnetOutBound", 65000, "Outbound", "Allow", _VNET, _VNET),
        ("AllowInternetOutBound", 65001, "Outbound", "Allow", Side(), _WEB),
        ("DenyAllOutBound", 65500, "Outbound", "Deny", Side(), Side()),
    )
)


@st.composite
def _sides(draw: st.DrawFn, family: int) -> Side:
    ports = tuple(draw(st.lists(st.sampled_from(PORTS), min_size=1, max_size=3)))
    kind = draw(st.sampled_from(("any", "prefixes", "prefixes", "tag", "groups")))
    if kind == "prefixes":
        return Side(
            prefixes=tuple(draw(st.lists(st.sampled_from(PREFIXES[family]), min_size=1, max_size=3))), ports=ports
        )
    if kind == "groups":
        groups = draw(st.lists(st.sampled_from(ASGS), min_size=1, max_size=2, unique=True))
        return Side(prefixes=(), groups=tuple(groups), ports=ports)
    return Side(prefixes=(draw(st.sampled_from(TAGS)) if kind == "tag" else "*",), ports=ports)


@st.composite
def nsgs(draw: st.DrawFn, most_rules: int = 12) -> DrawnNsg:
    """Draw a group that Azure would accept: names and priorities differ, a rule has addresses of one family."""
    names = draw(st.lists(st.sampled_from(RULE_NAMES), max_size=most_rules, unique_by=str.casefold))
    rules = []
    for index, name in enumerate(names):
        family = draw(st.sampled_from((4, 4, 6)))
        rules.append(
            DrawnRule(
                name=name,
                priority=draw(st.sampled_from((100, 1000, 4096 - most_rules))) + index,
                direction=draw(st.sampled_from(("Inbound", "Outbound"))),
                access=draw(st.sampled_from(("Allow", "Deny"))),
                protocol=draw(st.sampled_from(PROTOCOLS)),
                source=draw(_sides(family)),
                destination=draw(_sides(family)),
                description=draw(st.sampled_from(DESCRIPTIONS)),
            )
        )
    return DrawnNsg(name=draw(st.sampled_from(NSG_NAMES)), rules=tuple(rules))
