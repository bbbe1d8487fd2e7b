"""Whether a Linux firewall lets the answers of a connection pass, which is asked of its other direction.

Rules are evaluated for a connection's first packet. Its answers come to the other hook; there a chain that drops by
default needs a rule for established connections (manual pages iptables-extensions(8), conntrack, and nft(8),
conntrack expressions), or rules that let answers pass one by one, which are not evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.model.hosts import BaseChain, ChainFirewall, ChainRule, Hook, HostFirewallKind
from netcheck.model.names import key
from netcheck.model.ports import ANY_PROTOCOL
from netcheck.model.rules import Access, Direction
from netcheck.model.site import VirtualMachine
from netcheck.policy.decision import Decision, HopKind, HopResult, depends
from netcheck.policy.facts import Fact
from netcheck.sets.packets import PacketSet

_BACK = {Direction.INBOUND: Hook.OUTPUT, Direction.OUTBOUND: Hook.INPUT}
_KEEP_STATE = (HostFirewallKind.UFW, HostFirewallKind.FIREWALLD)
"""Programs whose own rules let established connections pass."""

_STATE = ("established", "! --ctstate", "! --state", "--syn", "--tcp-flags", "tcp flags")
"""What a rule names that tells answers from first packets."""

_REFUSES = ("DROP", "REJECT")


def judge_replies(vm: VirtualMachine, direction: Direction, packets: PacketSet) -> Iterator[HopResult]:
    """Yield a result for connections whose answers a chain may drop; nothing where no chain does."""
    firewall = vm.host_firewall
    if not isinstance(firewall, ChainFirewall) or firewall.kind in _KEEP_STATE:
        return
    back = [base for base in firewall.base_chains if base.hook is _BACK[direction]]
    shut = next((base for base in back if _drops_by_default(base)), None)
    called = [rule for rules in firewall.chains.values() for rule in rules]
    if shut is None or any(map(_tells_answers, [*called, *(rule for base in back for rule in base.rules)])):
        return
    reason = (
        f"chain `{shut.name}` of `{vm.name}` drops by default and has no rule for established connections: whether the "
        "answers of a connection pass is not evaluated"
    )
    fact = Fact(f"answers pass {key(shut.name)} of {key(vm.name)}", "", reason, shut.at)
    yes, no = (
        Decision(
            hop=HopKind.HOST_FIREWALL,
            passes=passes,
            direction=direction,
            resource=vm.name,
            at=str(shut.at),
            note=f"answers, by chain `{shut.name}`",
        )
        for passes in (True, False)
    )
    yield HopResult(HopKind.HOST_FIREWALL, str(direction), vm.name, (depends(packets, fact, yes, no),))


def _drops_by_default(base: BaseChain) -> bool:
    last = base.rules[-1] if base.rules else None
    if base.policy is Access.DENY or last is None:
        return base.policy is Access.DENY
    match = last.match
    narrows = (match.conditions, match.remote_addresses, match.local_addresses)
    return last.target in _REFUSES and match.protocol == ANY_PROTOCOL and not any(narrows)


def _tells_answers(rule: ChainRule) -> bool:
    return rule.target not in _REFUSES and any(word in rule.match.name.lower() for word in _STATE)
