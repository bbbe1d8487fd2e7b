"""Application security groups in ways that Azure refuses.

Microsoft Learn, "Application security groups": a side of a rule names groups or addresses, not both; all NICs of a
group are in one virtual network, and two groups of one rule are in the same one.
"""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.diagnostics import Severity
from netcheck.lint.check import Check, listed
from netcheck.lint.linted import Linted
from netcheck.model.address import ApplicationSecurityGroup, Endpoint, Unresolved
from netcheck.model.names import key, last_segment
from netcheck.model.rules import NsgRule
from netcheck.questions.finding import Finding, Related


def _find(linted: Linted) -> Iterator[Finding]:
    networks = _networks(linted)
    for _, found in sorted(networks.items()):
        if len(found) > 1:
            first, *_ = found.values()
            message = f"group `{first.text}` has NICs in {len(found)} virtual networks, and Azure refuses that"
            related = [Related(one.name, one.at, f"in `{network}`") for network, one in found.items()]
            yield CHECK.about(first.text, first.at, message, related=related)
    for nsg in linted.site.network_security_groups:
        for rule in nsg.rules:
            for side, endpoints in (("source", rule.sources), ("destination", rule.destinations)):
                if _is_mixed(endpoints):
                    message = f"names application security groups and addresses as {side}: Azure takes one or the other"
                    yield CHECK.about_rule(nsg.name, rule, message)
            apart = _apart(rule, networks)
            if apart:
                message = f"names {listed(apart)}, groups of different virtual networks, and Azure refuses that"
                yield CHECK.about_rule(nsg.name, rule, message)


def _networks(linted: Linted) -> dict[str, dict[str, Related]]:
    """Return group -> virtual network -> one of the group's NICs there."""
    found: dict[str, dict[str, Related]] = {}
    for _, nic in linted.nics():
        subnet = linted.subnets.get(key(nic.subnet))
        for group in nic.application_security_groups if subnet is not None else ():
            assert subnet is not None
            name = last_segment(group)
            found.setdefault(key(name), {}).setdefault(key(subnet.virtual_network), Related(nic.name, nic.at, name))
    return found


def _is_mixed(endpoints: tuple[Endpoint, ...]) -> bool:
    """Return whether a side certainly names both; what is not known may be either."""
    known = [one for one in endpoints if not isinstance(one, Unresolved)]
    groups = sum(isinstance(one, ApplicationSecurityGroup) for one in known)
    return 0 < groups < len(known)


def _apart(rule: NsgRule, networks: dict[str, dict[str, Related]]) -> list[str]:
    sides = []
    for endpoints in (rule.sources, rule.destinations):
        names = [last_segment(one.name) for one in endpoints if isinstance(one, ApplicationSecurityGroup)]
        sides.append([(name, set(networks[key(name)])) for name in names if key(name) in networks])
    return next(([name, other] for name, mine in sides[0] for other, theirs in sides[1] if not mine & theirs), [])


CHECK = Check(code="NC226", kind="groups", severity=Severity.ERROR, find=_find)
