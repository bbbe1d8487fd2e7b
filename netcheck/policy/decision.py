"""What one hop does with packets: parts, and for each part who decided, in which world."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from netcheck.policy.facts import ANY_WORLD, Fact, World
from netcheck.sets.packets import EMPTY_PACKETS, PacketSet


class HopKind(StrEnum):
    """The kinds of hop, by the names that answers print."""

    CLIENT_PROXY = "client-proxy"
    HOST_FIREWALL = "host-firewall"
    ADMIN_RULES = "admin-rules"
    NIC_NSG = "nic-nsg"
    SUBNET_NSG = "subnet-nsg"
    ROUTE = "route"
    PEERING = "peering"
    APPLIANCE = "appliance"
    AZURE_FIREWALL = "azure-firewall"
    LOAD_BALANCER = "load-balancer"
    PRIVATE_ENDPOINT = "private-endpoint"
    EGRESS = "egress"
    INGRESS = "ingress"
    UNMODELLED = "unmodelled"
    PROXY_SERVER = "proxy-server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decided at one hop: a rule, a route, a missing egress method. `note` says it where no rule has a name.

    `overrides`: something that netcheck cannot evaluate and that may undo what every other hop decides.
    """

    hop: HopKind
    passes: bool
    direction: str = ""
    resource: str = ""
    rule: str = ""
    priority: int | None = None
    at: str = ""
    note: str = ""
    overrides: bool = False

    @property
    def access(self) -> str:
        """`Allow` or `Deny`."""
        return "Allow" if self.passes else "Deny"

    def __str__(self) -> str:
        return f"{self.hop} {self.access.lower()} {self.named or self.note}"

    @property
    def named(self) -> str:
        """The deciding rule with its priority, where that is known; "" where no rule decides."""
        return f"{self.rule} ({self.priority})" if self.rule and self.priority else self.rule

    def to_dict(self) -> dict[str, object]:
        """Return the decision as JSON; absent facts are null."""
        return {
            "hop": str(self.hop),
            "direction": self.direction or None,
            "resource": self.resource or None,
            "rule": self.rule or None,
            "priority": self.priority,
            "access": self.access,
            "at": self.at or None,
            **({"note": self.note} if self.note else {}),
        }


# Named tuples, because they are made and hashed by the thousand.
class HopCase(NamedTuple):
    """In the worlds that agree with `when`, this decision holds; None: the hop has nothing that decides.

    `is_met` False: in these worlds packets do not come to the hop at all.
    """

    when: World
    decision: Decision | None
    is_met: bool = True

    @property
    def passes(self) -> bool:
        """Whether packets pass in these worlds."""
        return self.decision is None or self.decision.passes


class HopPart(NamedTuple):
    """Packets of one hop that share their cases."""

    packets: PacketSet
    cases: tuple[HopCase, ...]


class SeenAs(NamedTuple):
    """What a hop behind a translation sees: another destination, and another port and source where these are set."""

    destination: int
    port: int | None = None
    source: int | None = None


class HopResult(NamedTuple):
    """What one hop does with the packets that meet it; the parts are disjoint and together all of them.

    `subnet` names the subnet whose view an NSG was judged with, `nic` the NIC for which Azure computed the rules.
    `seen_as` is what the hop sees of the packet in place of what was sent.
    """

    hop: HopKind
    direction: str
    resource: str
    parts: tuple[HopPart, ...]
    subnet: str = ""
    nic: str = ""
    seen_as: SeenAs | None = None

    @property
    def packets(self) -> PacketSet:
        """The packets that meet the hop."""
        whole = EMPTY_PACKETS
        for part in self.parts:
            whole = whole | part.packets
        return whole


def settled(packets: PacketSet, decision: Decision | None) -> HopPart:
    """Return a part that one decision settles in every world."""
    return HopPart(packets, (HopCase(ANY_WORLD, decision),))


def depends(packets: PacketSet, fact: Fact, if_true: Decision | None, if_false: Decision) -> HopPart:
    """Return a part that one fact settles."""
    yes, no = frozenset({(fact, True)}), frozenset({(fact, False)})
    return HopPart(packets, (HopCase(yes, if_true), HopCase(no, if_false)))


def merge(parts: Iterable[HopPart]) -> tuple[HopPart, ...]:
    """Join parts with equal cases; drop empty ones."""
    found: dict[tuple[HopCase, ...], PacketSet] = {}
    for part in parts:
        if part.packets:
            known = found.get(part.cases)
            found[part.cases] = part.packets if known is None else known | part.packets
    return tuple(HopPart(packets, cases) for cases, packets in found.items())
