"""Azure Firewall: which rule decides, and in what order its rules are looked at."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from netcheck.diagnostics import Source
from netcheck.model.address import AnyAddress, Unresolved, parse_prefix
from netcheck.model.azfirewall import (
    AzureFirewall,
    FirewallApplicationRule,
    FirewallNetworkRule,
    FirewallRule,
    RuleCollection,
)
from netcheck.model.ports import ALL_PORTS, ANY_PROTOCOL, PortRange, Protocol
from netcheck.model.rules import Access
from netcheck.model.site import Site, Subnet, VirtualNetwork
from netcheck.policy.azfirewall import judge_azure_firewall
from netcheck.policy.decision import HopKind, HopResult
from netcheck.policy.facts import joint_outcomes
from netcheck.policy.resolve import AddressBook
from netcheck.sets.packets import EVERYTHING, Header, box

HERE = Source("site.yaml", 7, 3)
ALLOW, DENY = Access.ALLOW, Access.DENY
SPACE = (parse_prefix("10.0.0.0/16")[0],)
SUBNET = Subnet(name="AzureFirewallSubnet", virtual_network="hub", prefixes=SPACE, at=HERE)
NETWORK = VirtualNetwork(name="hub", address_space=SPACE, subnets=(SUBNET,), at=HERE)
BOOK = AddressBook(Site(file="site.yaml", virtual_networks=(NETWORK,)))
BLOB, QUEUE = ".blob.core.windows.net", ".queue.core.windows.net"
DEFAULT = ("", False)


def network(name: str = "net", **more: Any) -> FirewallNetworkRule:
    """Return a network rule for TCP 443 from and to anywhere, but for what is given."""
    fields: dict[str, Any] = {
        "protocols": (Protocol((6,)),),
        "sources": (AnyAddress(),),
        "destinations": (AnyAddress(),),
        "ports": (PortRange(443, 443),),
        "at": HERE,
        **more,
    }
    return FirewallNetworkRule(name=name, **fields)


def application(name: str = "app", hosts: tuple[str, ...] = ("*",), **more: Any) -> FirewallApplicationRule:
    """Return an application rule for HTTPS from anywhere, but for what is given."""
    fields: dict[str, Any] = {"ports": (("https", 443),), "sources": (AnyAddress(),), "host_tags": (), **more}
    return FirewallApplicationRule(name=name, hosts=hosts, at=HERE, **fields)


def collection(
    access: Access, *rules: FirewallRule, order: tuple[int, int, int] = (0, 100, 100), name: str = "c"
) -> RuleCollection:
    """Return a collection."""
    return RuleCollection(name=name, order=order, access=access, rules=rules, at=HERE)


def judge(*collections: RuleCollection, hosts: tuple[str, ...] = (), unknown: str = "") -> HopResult:
    """Return what a firewall with some collections does with everything."""
    firewall = AzureFirewall(
        name="fw", subnet=SUBNET.full_name, addresses=(), collections=collections, at=HERE, unknown=unknown
    )
    return judge_azure_firewall(firewall, EVERYTHING, BOOK, hosts, SUBNET)


def flow(destination: str = "20.60.0.1", port: int = 443, source: str = "10.1.0.4", protocol: int = 6) -> Header:
    """Return one packet."""
    return Header(4, protocol, port, 50000 if port else 0, int(ip_address(source)), int(ip_address(destination)))


def deciders(result: HopResult, one: Header | None = None) -> set[tuple[str, bool]]:
    """Return who may decide a packet, and whether it passes then; no name where nothing matches."""
    [part] = [part for part in result.parts if (one or flow()) in part.packets]
    assert all(case.decision for case in part.cases)
    return {(case.decision.rule, case.passes) for case in part.cases if case.decision}


def outcomes(result: HopResult, one: Header | None = None) -> set[bool]:
    """Return whether a packet passes, in all worlds."""
    [part] = [part for part in result.parts if (one or flow()) in part.packets]
    return joint_outcomes([[(case.when, case.passes) for case in part.cases]])


def test_without_rules_everything_is_denied() -> None:
    """Azure Firewall denies by default, and the note says what of its own it is not asked about."""
    result = judge()
    [part] = result.parts
    assert part.packets == EVERYTHING
    assert part.cases[0].decision is not None
    assert part.cases[0].decision.to_dict() == {
        "hop": "azure-firewall",
        "direction": None,
        "resource": "fw",
        "rule": None,
        "priority": None,
        "access": "Deny",
        "at": None,
        "note": "no rule matches: Azure Firewall denies by default (its own infrastructure rules are not evaluated)",
    }
    assert (result.hop, result.resource, result.subnet) == (HopKind.AZURE_FIREWALL, "fw", "hub/AzureFirewallSubnet")


def test_the_first_matching_network_rule_ends_it() -> None:
    """The lower priority goes first, whatever the order in the file; the decision names collection and rule."""
    result = judge(
        collection(DENY, network("all", protocols=(ANY_PROTOCOL,), ports=(ALL_PORTS,)), order=(0, 100, 300), name="no"),
        collection(ALLOW, network("web"), order=(0, 100, 200), name="yes"),
    )
    assert deciders(result) == {("yes/web", True)}
    assert deciders(result, flow(port=80)) == {("no/all", False)}
    named = {case.decision.named for part in result.parts for case in part.cases if case.decision}
    assert named == {"yes/web (200)", "no/all (300)"}


def test_network_rules_come_before_application_rules() -> None:
    """A network rule that denies 443 beats an application rule of a smaller number (corner case 64)."""
    result = judge(
        collection(ALLOW, application(hosts=("*.blob.core.windows.net",)), order=(0, 100, 100), name="app"),
        collection(DENY, network(), order=(0, 900, 900), name="net"),
        hosts=(BLOB,),
    )
    assert deciders(result) == {("net/net", False)}


def test_a_parent_policy_comes_before_its_child() -> None:
    """Parent 500 goes before child 100 (corner case 65); then the group's priority counts, then the collection's."""
    parent = collection(DENY, network("parent"), order=(0, 500, 500))
    child = collection(ALLOW, network("child"), order=(1, 100, 100))
    assert deciders(judge(child, parent)) == {("c/parent", False)}
    group = collection(ALLOW, network("group"), order=(0, 200, 900))
    assert deciders(judge(group, parent)) == {("c/group", True)}


def test_rules_of_a_collection_are_looked_at_in_the_order_of_the_file() -> None:
    """Both allow; the first is the one named."""
    assert deciders(judge(collection(ALLOW, network("one"), network("two")))) == {("c/one", True)}


def test_an_application_rule_takes_tcp_to_its_port() -> None:
    """Whatever the address; another port or protocol goes to the default."""
    result = judge(collection(ALLOW, application()))
    assert deciders(result) == {("c/app", True)}
    assert deciders(result, flow(port=80)) == {DEFAULT}
    assert deciders(result, flow(protocol=17)) == {DEFAULT}
    only = judge(collection(ALLOW, application(sources=(parse_prefix("10.1.0.0/24")[0],), ports=(("mssql", 1433),))))
    assert deciders(only, flow(port=1433)) == {("c/app", True)}
    assert deciders(only, flow(port=1433, source="10.2.0.4")) == {DEFAULT}


def test_names_that_a_rule_covers_wholly_pass() -> None:
    """A suffix asked for is covered by the same pattern, a full name by its own."""
    blob = collection(ALLOW, application(hosts=("*.blob.core.windows.net",)))
    assert deciders(judge(blob, hosts=(BLOB,))) == {("c/app", True)}
    assert deciders(judge(blob, hosts=("acct.blob.core.windows.net",))) == {("c/app", True)}
    assert deciders(judge(blob, hosts=(QUEUE,))) == {DEFAULT}
    one = collection(ALLOW, application(hosts=("acct.blob.core.windows.net",)))
    assert deciders(judge(one, hosts=("ACCT.blob.core.windows.net",))) == {("c/app", True)}
    assert deciders(judge(one, hosts=("other.blob.core.windows.net",))) == {DEFAULT}


def test_a_rule_for_one_account_leaves_any_account_open() -> None:
    """Any name under the suffix is asked for: one of them passes."""
    one = collection(ALLOW, application(hosts=("acct.blob.core.windows.net",)))
    result = judge(one, hosts=(BLOB,))
    assert (deciders(result), outcomes(result)) == ({("c/app", True), DEFAULT}, {True, False})


def test_a_name_that_is_not_known_decides_unless_every_name_is_meant() -> None:
    """Asked by address, a rule by name is open; one for `*` is not."""
    blob = collection(ALLOW, application(hosts=("*.blob.core.windows.net",)))
    assert outcomes(judge(blob)) == {True, False}
    assert deciders(judge(collection(ALLOW, application()))) == {("c/app", True)}


def test_one_unknown_name_is_one_fact() -> None:
    """Two rules for one pattern stand and fall together: what the first lets through the second does not block."""
    both = [application("one", ("*.blob.core.windows.net",)), application("two", ("*.BLOB.core.windows.net",))]
    result = judge(
        collection(ALLOW, both[0], order=(0, 1, 100)),
        collection(DENY, both[1], order=(0, 1, 200)),
        collection(ALLOW, application("rest"), order=(0, 1, 300)),
    )
    assert deciders(result) == {("c/one", True), ("c/rest", True)}
    assert outcomes(result) == {True}


def test_each_name_asked_for_may_have_a_rule_of_its_own() -> None:
    """Together the rules let all names through; where one name has no rule, the name decides."""
    rules = [application("b", ("*.blob.core.windows.net",)), application("q", ("*.queue.core.windows.net",))]
    result = judge(collection(ALLOW, *rules), hosts=(BLOB, QUEUE))
    assert (deciders(result), outcomes(result)) == ({("c/b", True), ("c/q", True)}, {True})
    result = judge(collection(ALLOW, rules[0]), hosts=(BLOB, QUEUE))
    assert (deciders(result), outcomes(result)) == ({("c/b", True), DEFAULT}, {True, False})
    one_rule = judge(collection(ALLOW, application("both", (*rules[0].hosts, *rules[1].hosts))), hosts=(BLOB, QUEUE))
    assert [len(part.cases) for part in one_rule.parts if flow() in part.packets] == [1]


def test_the_name_asked_for_is_one_and_the_same_at_every_firewall() -> None:
    """Of two firewalls that let one name through each, no name passes both."""
    rules = (application("b", ("*.blob.core.windows.net",)), application("q", ("*.queue.core.windows.net",)))
    hops = []
    for one in rules:
        [part] = [part for part in judge(collection(ALLOW, one), hosts=(BLOB, QUEUE)).parts if flow() in part.packets]
        hops.append([(case.when, case.passes) for case in part.cases])
    assert (joint_outcomes(hops[:1]), joint_outcomes(hops)) == ({True, False}, {False})


def test_network_rules_decide_for_every_name_asked_for() -> None:
    """Names that fare differently in application rules fare alike where a network rule matches."""
    result = judge(
        collection(ALLOW, network(destinations=(parse_prefix("20.60.0.0/24")[0],)), name="n"),
        collection(ALLOW, application("b", ("*.blob.core.windows.net",)), name="a"),
        hosts=(BLOB, QUEUE),
    )
    assert deciders(result) == {("n/net", True)}
    assert deciders(result, flow("20.61.0.1")) == {("a/b", True), DEFAULT}


def test_the_names_of_a_tag_are_not_in_the_model() -> None:
    """Whether an FQDN tag covers the name asked for is open."""
    backup = collection(ALLOW, application(hosts=(), host_tags=("AzureBackup",)))
    result = judge(backup, hosts=(BLOB,))
    assert outcomes(result) == {True, False}
    facts = {fact.reason for part in result.parts for case in part.cases for fact, _ in case.when}
    assert facts == {"the names of FQDN tag `AzureBackup` are not in the model"}


def test_names_in_a_network_rule_may_have_any_address() -> None:
    """The firewall looks them up; a prefix beside them is certain."""
    rule = network(destinations=(parse_prefix("20.60.0.0/24")[0],), hosts=("acct.blob.core.windows.net",))
    result = judge(collection(ALLOW, rule))
    assert deciders(result) == {("c/net", True)}
    assert deciders(result, flow("20.61.0.1")) == {("c/net", True), DEFAULT}
    assert deciders(result, flow("20.61.0.1", port=80)) == {DEFAULT}


def test_a_rule_takes_each_of_its_protocols() -> None:
    """TCP and UDP in one rule; `Any` takes ICMP, and with a port it is open whether it does."""
    both = judge(collection(ALLOW, network(protocols=(Protocol((6,)), Protocol((17,))))))
    assert [deciders(both, flow(protocol=number)) for number in (6, 17)] == [{("c/net", True)}] * 2
    assert deciders(both, flow(port=0, protocol=1)) == {DEFAULT}
    every = judge(collection(ALLOW, network(protocols=(ANY_PROTOCOL,), ports=(ALL_PORTS,))))
    assert deciders(every, flow(port=0, protocol=1)) == {("c/net", True)}
    some = judge(collection(ALLOW, network(protocols=(ANY_PROTOCOL,))))
    assert deciders(some, flow(port=0, protocol=1)) == {("c/net", True), DEFAULT}


def test_rules_that_are_not_wholly_read_are_open() -> None:
    """Inside what their fields say they match or not; a source that cannot be read is open too."""
    assert outcomes(judge(collection(ALLOW, network(unknown="a field that is not read")))) == {True, False}
    assert outcomes(judge(collection(ALLOW, application(unknown="web categories")))) == {True, False}
    group = (Unresolved("ip group g", "its addresses are not known"),)
    assert outcomes(judge(collection(ALLOW, network(sources=group)))) == {True, False}
    assert outcomes(judge(collection(ALLOW, application(sources=group)))) == {True, False}


@pytest.mark.parametrize("access", [ALLOW, DENY])
def test_a_firewall_whose_rules_are_not_known_may_do_anything(access: Access) -> None:
    """Rules that are known do not settle it: one that is not may come before."""
    result = judge(collection(access, network()), unknown="its policy is not in the files")
    [part] = result.parts
    assert (part.packets == EVERYTHING, outcomes(result)) == (True, {True, False})
    assert {fact.reason for case in part.cases for fact, _ in case.when} == {"its policy is not in the files"}


def test_two_collections_of_one_priority_may_come_in_either_order() -> None:
    """Which is first is not documented; where they do the same nothing is open."""
    allow, deny = collection(ALLOW, network(), name="yes"), collection(DENY, network(), name="no")
    assert deciders(judge(allow, deny)) == {("yes/net", True), ("no/net", False)}
    assert deciders(judge(allow, collection(ALLOW, network(), name="also"))) == {("yes/net", True)}


def test_the_parts_are_exactly_the_packets_asked_about() -> None:
    """Nothing is lost where names fare differently."""
    firewall = AzureFirewall(
        name="fw",
        subnet="hub/AzureFirewallSubnet",
        addresses=(),
        collections=(collection(ALLOW, application(hosts=("*.blob.core.windows.net",)), network(ports=())),),
        at=HERE,
    )
    asked = box(4)
    result = judge_azure_firewall(firewall, asked, BOOK, (BLOB, QUEUE), None)
    assert result.packets == asked
    assert sum(part.packets.count() for part in result.parts) == asked.count()
