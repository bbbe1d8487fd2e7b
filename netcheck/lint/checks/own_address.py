"""Rules that name a public address where NSGs see the private one, or a load balancer that packets do not come from.

Microsoft Learn, "Network security groups": inbound, a public destination is translated to the private one before rules
are looked at, and outbound the private source is translated after that. A load balancer leaves the client's address as
the source (`AzureLoadBalancer` is its probes); with a floating IP the frontend stays the destination.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check
from netcheck.lint.linted import Linted
from netcheck.model.address import AddressRange, address_text
from netcheck.model.names import key
from netcheck.model.rules import Direction
from netcheck.model.site import LoadBalancer
from netcheck.policy.balancers import balancers_of
from netcheck.questions.finding import Finding, Related

Holders = dict[AddressRange, Related]


def _find(linted: Linted) -> Iterator[Finding]:
    public: dict[str, Holders] = {}
    frontends: dict[str, Holders] = {}
    for _, nic in linted.nics():
        own = {
            ip.address: Related(nic.name, nic.at, "has it as public IP address") for ip in nic.public_ips if ip.address
        }
        balancers = [balancer for balancer, _ in balancers_of(linted.site, nic)]
        held = {at: one for balancer in balancers for at, one in _frontends(balancer)}
        floats = any(rule.has_floating_ip for balancer in balancers for rule in balancer.rules)
        for nsg in linted.groups_of(nic):
            public.setdefault(key(nsg.name), {}).update({**own, **({} if floats else held)})
            frontends.setdefault(key(nsg.name), {}).update(held)
    for rules in linted.rule_lists():
        at = key(rules.nsg.name)
        is_inbound = rules.direction is Direction.INBOUND
        for rule in rules.own:
            ends = rule.destinations if is_inbound else rule.sources
            side = "destination" if is_inbound else "source"
            for one in _named(ends, public.get(at, {})):
                message = (
                    f"names {_text(one)} as {side}, and NSGs see a NIC's private address there: that never matches"
                )
                yield CHECK.about_rule(rules.nsg.name, rule, message, related=[public[at][one]])
            for one in _named(rule.sources if is_inbound else (), frontends.get(at, {})):
                message = f"names {_text(one)} as source, and a load balancer leaves the client's address there"
                yield CHECK.about_rule(rules.nsg.name, rule, message, related=[frontends[at][one]])


def _frontends(balancer: LoadBalancer) -> Iterator[tuple[AddressRange, Related]]:
    for frontend in balancer.frontends:
        if frontend.address is not None:
            yield frontend.address, Related(balancer.name, frontend.at, f"has it as frontend `{frontend.name}`")


def _named(endpoints: tuple[object, ...], holders: Holders) -> Iterator[AddressRange]:
    return (one for one in endpoints if isinstance(one, AddressRange) and one in holders)


def _text(address: AddressRange) -> str:
    return f"`{address_text(address)}`"


CHECK = Check(code="NC232", kind="own-public-ip", severity=Severity.WARNING, find=_find)
