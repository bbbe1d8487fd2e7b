"""What still stands in the way with a plan in place, and what would change it: most of it no NSG rule can mend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision, HopKind
from netcheck.policy.waysin import CLOSED
from netcheck.questions.answer import AnswerPart

ENDPOINT_ROUTE = "service endpoint "
"""How the routes of service endpoints are named: they block only by a policy."""
SHOWN = 4
"""Blockers that a text names; the JSON has all."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """A decision that keeps packets back, or may do so where a fact is open."""

    decision: Decision
    is_open: bool

    @property
    def is_nsg(self) -> bool:
        """Whether a rule of an NSG decides."""
        return self.decision.hop in (HopKind.NIC_NSG, HopKind.SUBNET_NSG)

    def __str__(self) -> str:
        one = self.decision
        number = f" ({one.priority})" if one.priority else ""
        words = [
            f"{'may be blocked' if self.is_open else 'blocked'} at {one.hop}",
            f"of `{one.resource}`" if one.resource else "",
            f"by `{one.rule}`{number}" if one.rule else "",
            f"({one.note})" if one.note else "",
            f"at {one.at}" if one.at else "",
        ]
        return f"{' '.join(filter(None, words))}: {advice_for(one)}"

    def to_dict(self) -> dict[str, object]:
        """Return the blocker as JSON: the decision, and what would change it."""
        return {**self.decision.to_dict(), "open": self.is_open, "advice": advice_for(self.decision)}


def advice_for(decision: Decision) -> str:
    """Return what would change a decision to block."""
    match decision.hop:
        case HopKind.NIC_NSG | HopKind.SUBNET_NSG:
            return "it takes an allow rule before it, and this plan has none for all of these packets"
        case HopKind.ADMIN_RULES:
            return (
                "no NSG rule helps, security admin rules are looked at before NSGs; in Virtual Network Manager, take "
                "the rule away, or put an Allow or AlwaysAllow rule with a smaller number before it"
            )
        case HopKind.ROUTE if decision.rule.startswith(ENDPOINT_ROUTE):
            return "no NSG rule helps; the policy of the service endpoint has to list the storage accounts, or to go"
        case HopKind.ROUTE:
            return (
                "no NSG rule changes where packets go; give the route another next hop, or the subnet a service "
                "endpoint for Storage, which goes before routes for 0.0.0.0/0"
            )
        case HopKind.PEERING:
            return "no NSG rule helps; set allowForwardedTraffic on this side of the peering"
        case HopKind.APPLIANCE:
            return (
                "no NSG rule makes an appliance forward; it needs IP forwarding on its NIC, routes of its own that do "
                "not lead back to it, and a system that forwards and whose firewall accepts what it passes on, or the "
                "packets need a route around it"
            )
        case HopKind.AZURE_FIREWALL:
            return (
                "no NSG rule helps; the firewall or its policy needs a network rule, or for HTTP and HTTPS an "
                "application rule, that allows these packets before what denies them"
            )
        case HopKind.LOAD_BALANCER:
            return "no NSG rule helps; the load balancer needs a rule for this port, and members in the pool behind it"
        case HopKind.PRIVATE_ENDPOINT:
            return "no NSG rule helps; the owner of the service has to approve the connection of the private endpoint"
        case HopKind.EGRESS:
            return (
                "no NSG rule gives a way out; the subnet needs a NAT gateway, or the NIC a public IP address, or, for "
                "Storage alone, the subnet a service endpoint"
            )
        case HopKind.INGRESS if decision.note.endswith(CLOSED):
            return "the NIC or its subnet needs an NSG with a rule that allows these packets inbound"
        case HopKind.INGRESS:
            return "no NSG rule gives a way in; the NIC needs a public IP address, or a load balancer's rule"
        case HopKind.HOST_FIREWALL:
            return "no NSG rule helps; the firewall inside the VM has to let these packets pass"
        case HopKind.CLIENT_PROXY:
            return "no NSG rule helps; `netcheck client` prints the proxy settings to make"
        case HopKind.PROXY_SERVER:
            return "no NSG rule helps; the proxy has to listen where it is asked and to permit these names and ports"
        case HopKind.UNMODELLED:
            return "netcheck does not know enough about it to tell; give the file that describes it"
        case _:
            assert_never(decision.hop)


def blockers_of(parts: Iterable[AnswerPart]) -> tuple[Blocker, ...]:
    """Return who keeps the packets of an answer's parts back: what blocks for certain first."""
    found: dict[Decision, Blocker] = {}
    for verdict in (Verdict.BLOCKED, Verdict.UNDETERMINED):
        for part in parts:
            if part.verdict is verdict:
                for one in part.decided_by:
                    if not one.passes:
                        found.setdefault(one, Blocker(one, verdict is Verdict.UNDETERMINED))
    return tuple(found.values())


def sentences(blockers: Sequence[Blocker], reasons: Sequence[str] = ()) -> Iterator[str]:
    """Yield one sentence a blocker, what no NSG rule can mend first, and then what is not known."""
    told = list(dict.fromkeys([*(str(b) for b in blockers if not b.is_nsg), *(str(b) for b in blockers if b.is_nsg)]))
    yield from told[:SHOWN]
    if len(told) > SHOWN:
        yield f"and {len(told) - SHOWN} more block: `-o json` lists them"
    yield from (f"not known: {reason}" for reason in reasons[:SHOWN])
    if len(reasons) > SHOWN:
        yield f"and {len(reasons) - SHOWN} more facts are not known: `netcheck check` lists them"
