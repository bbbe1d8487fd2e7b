"""What the health probes of a load balancer would find at members whose host firewall the site describes.

Microsoft Learn, "Azure Load Balancer health probes": probes come from 168.63.129.16, the host firewall has to let them
in, and a member that does not answer gets no new connection. Which port a probe asks is not in a site; it is mostly the
rule's own, so this is a note beside the verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netcheck.model.address import AddressRange, Family
from netcheck.model.names import key
from netcheck.model.ports import TCP
from netcheck.model.rules import Direction
from netcheck.model.site import ChainFirewall, LoadBalancer, WindowsFirewall
from netcheck.path.leg import Verdict, combine, cut
from netcheck.policy.balancers import Member, members
from netcheck.policy.builtin import AZURE_LOAD_BALANCER
from netcheck.policy.decision import HopKind, HopResult
from netcheck.policy.hostfw import judge_host_firewall
from netcheck.policy.resolve import to_set
from netcheck.questions.asking import Asking
from netcheck.questions.packets import packets_from
from netcheck.sets.intervals import IntervalSet


def probe_notes(asking: Asking, results: Sequence[HopResult]) -> Iterator[str]:
    """Yield a sentence for each member of a load balancer on the way that its probes may not get in to."""
    passed = {key(result.resource) for result in results if result.hop is HopKind.LOAD_BALANCER}
    for balancer in asking.site.load_balancers if passed else ():
        if key(balancer.name) in passed:
            yield from dict.fromkeys(_of(asking, balancer))


def _of(asking: Asking, balancer: LoadBalancer) -> Iterator[str]:
    for rule in balancer.rules:
        port = IntervalSet.point(rule.backend_port)
        for member in members(asking.site, balancer, rule.pool) if not rule.takes_all_ports else ():
            verdict = _probed(asking, member, port)
            if verdict is not Verdict.REACHABLE:
                yield (
                    f"the health probes of `{balancer.name}` come from 168.63.129.16 and are not judged: at the host "
                    f"firewall of `{member.vm.name}` they are {verdict} on TCP {rule.backend_port}, and a member that "
                    "answers none gets no connection"
                )


def _probed(asking: Asking, member: Member, port: IntervalSet) -> Verdict:
    vm, nic = member
    if not isinstance(vm.host_firewall, ChainFirewall | WindowsFirewall):
        return Verdict.REACHABLE
    sources = [AddressRange(4, first, last) for first, last in AZURE_LOAD_BALANCER[4].spans()]
    own: dict[Family, IntervalSet] = {4: to_set(nic.addresses, 4)}
    packets = packets_from(sources, own, IntervalSet.point(TCP), port)
    if not packets:
        return Verdict.REACHABLE
    subnet = asking.site.subnet(nic.subnet)
    results = judge_host_firewall(vm, nic, subnet, Direction.INBOUND, packets, asking.book)
    return combine(region.verdict for region in cut(packets, results))
