"""Chains of rules: order, calls, returns, gotos, several base chains, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, parse_prefix
from netcheck.model.ports import ALL_PORTS, PortRange, Protocol
from netcheck.model.rules import Access, Direction, HostAction, HostRule
from netcheck.model.site import (
    BaseChain,
    ChainFirewall,
    ChainRule,
    Hook,
    HostFirewallKind,
    NetworkInterface,
    Site,
    VirtualMachine,
)
from netcheck.policy import chains as chains_module
from netcheck.policy.decision import Decision, HopKind, HopPart, HopResult, settled
from netcheck.policy.facts import Fact, is_consistent, joint_outcomes
from netcheck.policy.hostfw import judge_host_firewall
from netcheck.policy.resolve import AddressBook
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import Header, PacketSet

AT = Source("rules.v4", 1, 1)
IN, OUT = Direction.INBOUND, Direction.OUTBOUND
HOOKS = {IN: Hook.INPUT, OUT: Hook.OUTPUT}
Rules = tuple[ChainRule, ...]


def prefix(text: str) -> AddressRange:
    return parse_prefix(text)[0]


def rule(
    name: str,
    target: str,
    *conditions: str,
    ports: tuple[int, int] | None = None,
    remote: str = "",
    is_goto: bool = False,
    direction: Direction = IN,
) -> ChainRule:
    """Return a rule for TCP; `ports` are those of the destination."""
    spans = (PortRange(*ports),) if ports else (ALL_PORTS,)
    match = HostRule(
        name=name,
        direction=direction,
        action=HostAction.ALLOW,
        at=AT,
        protocol=Protocol((6,)),
        local_ports=spans if direction is IN else (ALL_PORTS,),
        remote_ports=spans if direction is OUT else (ALL_PORTS,),
        remote_addresses=(prefix(remote),) if remote else (),
        conditions=conditions,
    )
    return ChainRule(match=match, target=target, is_goto=is_goto)


def base(*rules: ChainRule, policy: Access = Access.DENY, direction: Direction = IN, name: str = "input") -> BaseChain:
    return BaseChain(name=name, hook=HOOKS[direction], policy=policy, rules=rules, at=AT)


def judge_all(
    packets: PacketSet,
    bases: tuple[BaseChain, ...],
    called: Mapping[str, Rules] | None = None,
    direction: Direction = IN,
    is_root: bool | None = True,
) -> tuple[HopResult, ...]:
    firewall = ChainFirewall(kind=HostFirewallKind.IPTABLES, base_chains=bases, chains=called or {}, at=AT)
    nic = NetworkInterface(name="nic", subnet="vnet/default", addresses=(), at=AT)
    vm = VirtualMachine(name="vm", os_type="Linux", interfaces=(nic,), at=AT, host_firewall=firewall)
    results = judge_host_firewall(vm, nic, None, direction, packets, AddressBook(Site(file="-")), is_root)
    for result in results:
        assert result.packets == packets
    return results


def judge(
    packets: PacketSet, chain: BaseChain, is_root: bool | None = True, called: Mapping[str, Rules] | None = None
) -> list[tuple[bool, str]]:
    """Return (passes, rule or note) of each case of the only part of the only base chain."""
    (result,) = judge_all(packets, (chain,), called, IN if chain.hook is Hook.INPUT else OUT, is_root)
    (part,) = result.parts
    return said(part)


def said(part: HopPart) -> list[tuple[bool, str]]:
    return [(case.passes, (case.decision.rule or case.decision.note) if case.decision else "") for case in part.cases]


def to_port(port: int, destination: str = "10.0.0.5", source: str = "10.0.0.4") -> PacketSet:
    values = (6, port, 50000, prefix(source).first, prefix(destination).first)
    return ps.box(4, *(IntervalSet.point(value) for value in values))


AGENT_CHAIN = base(
    rule("dns", "ACCEPT", ports=(53, 53), remote="168.63.129.16/32", direction=OUT),
    rule("root", "ACCEPT", "owner: root", remote="168.63.129.16/32", direction=OUT),
    rule("others", "DROP", remote="168.63.129.16/32", direction=OUT),
    policy=Access.ALLOW,
    direction=OUT,
    name="security OUTPUT",
)


def test_corner_37_agent_rules_let_root_through() -> None:
    """The agent's own security rules drop other users' packets to 168.63.129.16; the extension runs as root."""
    to_host = to_port(80, "168.63.129.16", "10.0.0.5")
    assert judge(to_host, AGENT_CHAIN, True) == [(True, "root")]
    assert judge(to_host, AGENT_CHAIN, False) == [(False, "others")]
    assert judge(to_host, AGENT_CHAIN, None) == [(True, "root"), (False, "others")]
    assert judge(to_port(443, "20.60.0.1", "10.0.0.5"), AGENT_CHAIN, False) == [
        (True, "policy of chain `security OUTPUT` (ACCEPT)")
    ]


@pytest.mark.parametrize(
    ("owner", "is_root", "passes"),
    [
        ("owner: 13", True, {True}),
        ("not owner: 13", True, {False}),
        ("owner: 1-999", True, {True}),
        ("owner: 0-999", True, {False}),
        ("owner: proxy", True, {True, False}),
        ("owner: 13", False, {True, False}),
        ("owner: 13", None, {True, False}),
    ],
)
def test_numbers_of_users(owner: str, is_root: bool | None, passes: set[bool]) -> None:
    """Root is user 0, so that rules for other numbers do not match what it sends; names are not known."""
    chain = base(rule("users", "DROP", owner, direction=OUT), policy=Access.ALLOW, direction=OUT)
    assert {one for one, _ in judge(to_port(443), chain, is_root)} == passes


def test_negated_root_owner_is_settled_too() -> None:
    """`not owner: root` never matches what root sends."""
    chain = base(rule("no-users", "DROP", "not owner: root", direction=OUT), policy=Access.ALLOW, direction=OUT)
    assert judge(to_port(443), chain, True) == [(True, "policy of chain `input` (ACCEPT)")]
    assert judge(to_port(443), chain, False) == [(False, "no-users")]


def test_corner_71_every_base_chain_must_accept() -> None:
    """An accept in one base chain does not spare a packet the drop of a later one."""
    early = base(rule("welcome", "ACCEPT", ports=(8080, 8080)), name="early")
    late = base(name="late")
    results = judge_all(to_port(8080), (early, late))
    assert [said(result.parts[0]) for result in results] == [
        [(True, "welcome")],
        [(False, "policy of chain `late` (DROP)")],
    ]
    assert joint_outcomes([[(c.when, c.passes) for c in result.parts[0].cases] for result in results]) == {False}


def test_corner_72_accept_after_a_reject_is_dead() -> None:
    """The first verdict ends the walk; what stands behind it is never looked at."""
    chain = base(rule("no", "REJECT"), rule("yes", "ACCEPT", ports=(8080, 8080)), policy=Access.ALLOW)
    assert judge(to_port(8080), chain) == [(False, "no")]


def test_policy_decides_what_no_rule_matches() -> None:
    """A base chain without matching rule ends in its policy, at the chain's own place."""
    (result,) = judge_all(to_port(22), (base(rule("web", "ACCEPT", ports=(80, 443))),))
    assert said(result.parts[0]) == [(False, "policy of chain `input` (DROP)")]
    decision = result.parts[0].cases[0].decision
    assert decision is not None
    assert (decision.resource, decision.at, decision.direction) == ("vm", "rules.v4:1:1", "Inbound")


def test_packets_are_cut_where_rules_cut_them() -> None:
    """One question with several ports comes back in as many parts as there are deciders."""
    packets = to_port(22) | to_port(80) | to_port(443)
    (result,) = judge_all(packets, (base(rule("web", "ACCEPT", ports=(80, 443)), rule("ssh", "DROP", ports=(22, 22))),))
    assert {part.packets: said(part) for part in result.parts} == {
        to_port(80) | to_port(443): [(True, "web")],
        to_port(22): [(False, "ssh")],
    }


def test_jump_comes_back_behind_the_call() -> None:
    """A called chain that decides nothing, or returns, goes on with the caller's next rule."""
    chain = base(rule("call", "web", ports=(80, 443)), rule("rest", "ACCEPT"))
    web = (rule("not-80", "RETURN", ports=(80, 80)), rule("tls", "DROP", ports=(443, 443)))
    assert judge(to_port(80), chain, called={"web": web}) == [(True, "rest")]
    assert judge(to_port(81), chain, called={"web": web}) == [(True, "rest")]
    assert judge(to_port(443), chain, called={"web": web}) == [(False, "tls")]


def test_return_in_a_base_chain_is_its_policy() -> None:
    """`RETURN` has nowhere to go in a base chain but the policy."""
    chain = base(rule("back", "RETURN"), rule("no", "DROP"), policy=Access.ALLOW)
    assert judge(to_port(80), chain) == [(True, "policy of chain `input` (ACCEPT)")]


def test_goto_does_not_come_back_to_the_chain_it_left() -> None:
    """After a goto the walk goes on in the chain that made the last jump."""
    called = {
        "outer": (rule("leap", "inner", is_goto=True), rule("skipped", "DROP")),
        "inner": (rule("nothing", "RETURN"),),
    }
    chain = base(rule("call", "outer"), rule("after-call", "ACCEPT"))
    assert judge(to_port(80), chain, called=called) == [(True, "after-call")]
    from_base = base(rule("leap", "inner", is_goto=True), rule("skipped", "ACCEPT"))
    assert judge(to_port(80), from_base, called=called) == [(False, "policy of chain `input` (DROP)")]


def test_condition_forks_the_walk() -> None:
    """A rate limit makes the match possible: the rule decides, or the next one does."""
    chain = base(rule("limited", "ACCEPT", "--limit 5/min"), rule("no", "DROP"))
    assert judge(to_port(80), chain) == [(True, "limited"), (False, "no")]


def test_condition_without_effect_leaves_no_doubt() -> None:
    """A conditional call that changes nothing leaves the packet settled."""
    chain = base(rule("log", "logging", "--limit 5/min"), rule("no", "DROP"))
    assert judge(to_port(80), chain, called={"logging": (rule("done", "RETURN"),)}) == [(False, "no")]


def test_many_conditions_without_effect_on_a_packet_leave_it_settled() -> None:
    """Conditional calls that concern other ports, however many, leave no doubt about this one."""
    ports = range(1, 30)
    called: dict[str, Rules] = {f"drop-{n}": (rule(f"no-{n}", "DROP", ports=(n, n)),) for n in ports}
    calls = [rule(f"call-{n}", f"drop-{n}", f"--limit {n}") for n in ports]
    logs = [rule(f"log-{n}", "logging", f"--limit {n}") for n in ports]
    called["logging"] = (rule("done", "RETURN"),)
    packets = ps.box(4, protocols=IntervalSet.point(6), destination_ports=IntervalSet.span(0, 9999))
    (result,) = judge_all(packets, (base(*calls, *logs, rule("rest", "ACCEPT")),), called)
    (part,) = [part for part in result.parts if to_port(9999) <= part.packets]
    assert said(part) == [(True, "rest")]
    (part,) = [part for part in result.parts if to_port(7) <= part.packets]
    assert sorted(said(part)) == [(False, "no-7"), (True, "rest")]


def test_disabled_match_matches_nothing() -> None:
    """A rule that no packet in question can match is kept disabled; its text is no condition then."""
    one = rule("established", "ACCEPT", "the first packet of a connection has the state NEW")
    off = replace(one, match=replace(one.match, is_enabled=False))
    assert judge(to_port(80), base(off)) == [(False, "policy of chain `input` (DROP)")]


def test_two_rules_that_wait_for_different_things_can_miss_both() -> None:
    """Accept or drop under conditions of their own also leaves "neither", which the policy decides."""
    chain = base(rule("a", "ACCEPT", "NFQUEUE decides"), rule("b", "DROP", "NFQUEUE decides"), policy=Access.ALLOW)
    assert judge(to_port(80), chain) == [
        (True, "a"),
        (False, "b"),
        (True, "policy of chain `input` (ACCEPT)"),
    ]


def test_interface_is_asked_once() -> None:
    """Two rules for one interface match together or not at all, so what stands behind a return never accepts."""
    eth = "in interface eth0"
    chain = base(rule("a", "RETURN", eth), rule("b", "ACCEPT", eth))
    assert judge(to_port(80), chain) == [(False, "policy of chain `input` (DROP)")]


def reasons(result: HopResult) -> set[str]:
    return {fact.reason for part in result.parts for case in part.cases for fact, _ in case.when}


def test_unknown_target_leaves_the_packet_open() -> None:
    """A target that the file does not have may lead anywhere."""
    assert judge(to_port(80), base(rule("odd", "CUSTOM"))) == [(True, "odd"), (False, "odd")]


def test_circle_of_calls_leaves_the_packet_open() -> None:
    """Where a chain calls one that it was called from, the walk ends without an answer."""
    circle = {"a": (rule("to-b", "b"),), "b": (rule("to-a", "a"),)}
    (result,) = judge_all(to_port(80), (base(rule("start", "a")),), circle)
    assert said(result.parts[0]) == [(True, "to-a"), (False, "to-a")]
    assert reasons(result) == {
        "what rule `to-a` of VM `vm` leads to is not known: the chains call each other in a circle"
    }


def test_very_deep_calls_leave_the_packet_open() -> None:
    """A line of calls is followed to a bounded depth."""
    deep = {f"c{i}": (rule(f"r{i}", f"c{i + 1}"),) for i in range(chains_module.MOST_CALLS + 50)}
    (result,) = judge_all(to_port(80), (base(rule("start", "c0")),), deep)
    assert [text.split(": ")[1] for text in reasons(result)] == ["more than 100 chains call each other"]


def test_two_ways_to_one_rule_are_settled() -> None:
    """A condition on the way does not matter when the same rule decides either way."""
    called = {"detour": (rule("on", "web"),), "web": (rule("yes", "ACCEPT"),)}
    chain = base(rule("maybe", "detour", "--limit 5/min"), rule("straight", "web"))
    (result,) = judge_all(to_port(80), (chain,), called)
    assert [(case.when, case.passes) for case in result.parts[0].cases] == [(frozenset(), True)]


def test_too_many_open_conditions_stay_sound() -> None:
    """Beyond the number of conditions followed exactly the rest is open, in parts that still cover every packet."""
    many = chains_module.MOST_WORLDS + 20
    chain = base(*(rule(f"r{i}", "DROP", f"--limit {i}") for i in range(many)), rule("last", "ACCEPT"))
    found = judge(to_port(80), chain)
    assert {passes for passes, _ in found} == {True, False}
    assert found[-2:] == [(True, f"r{chains_module.MOST_WORLDS - 1}"), (False, f"r{chains_module.MOST_WORLDS - 1}")]


def test_doubling_calls_are_walked_once() -> None:
    """Chains that call the next one twice come back with the same packets, so each call is followed once."""
    called: dict[str, Rules] = {f"c{i}": (rule(f"x{i}", f"c{i + 1}"), rule(f"y{i}", f"c{i + 1}")) for i in range(60)}
    called["c60"] = (rule("end", "RETURN"),)
    chain = base(rule("start", "c0"), rule("rest", "ACCEPT"))
    assert judge(to_port(80), chain, called=called) == [(True, "rest")]


def test_too_many_walks_end_in_an_open_answer() -> None:
    """Chains that split the packets at every call are given up after a bounded number of steps, not followed."""
    called: dict[str, Rules] = {"c16": (rule("end", "RETURN"),)}
    for i in range(16):
        size = 2 ** (i % 8)
        odd = tuple(PortRange(low, low + size - 1) for low in range(size, 256, 2 * size))
        match = rule(f"x{i}", "").match
        half = replace(match, local_ports=odd) if i < 8 else replace(match, remote_ports=odd)
        called[f"c{i}"] = (ChainRule(match=half, target=f"c{i + 1}"), rule(f"y{i}", f"c{i + 1}"))
    few = IntervalSet.span(0, 255)
    packets = ps.box(4, protocols=IntervalSet.point(6), destination_ports=few, source_ports=few)
    (result,) = judge_all(packets, (base(rule("start", "c0")),), called)
    assert {passes for part in result.parts for passes, _ in said(part)} == {True, False}
    assert {text.split(": ")[1] for text in reasons(result)} == {
        "the rules divide the packets into more than is followed exactly"
    }


def test_direction_without_base_chain_decides_nothing() -> None:
    """A firewall with inbound chains alone lets outbound packets pass without a deciding rule."""
    (result,) = judge_all(to_port(443), (base(),), direction=OUT)
    assert said(result.parts[0]) == [(True, "")]


def test_no_packets_give_no_parts() -> None:
    """A base chain that no packet meets has nothing to say."""
    (result,) = judge_all(ps.EMPTY_PACKETS, (base(rule("web", "ACCEPT")),))
    assert result.parts == ()


ETH = "in interface eth0"


def test_a_condition_that_failed_once_fails_again() -> None:
    """Where a packet did not come in by an interface, a later rule for that interface lets it go on."""
    chain = base(rule("a", "ACCEPT", ETH), rule("b", "ACCEPT", ETH), rule("c", "DROP"))
    assert judge(to_port(80), chain) == [(True, "a"), (False, "c")]


def test_a_condition_that_held_once_holds_again() -> None:
    """Inside a chain that was called under a condition, a rule with the same condition certainly matches."""
    called = {"inner": (rule("drop", "DROP", ETH), rule("never", "ACCEPT"))}
    chain = base(rule("call", "inner", ETH), rule("rest", "ACCEPT"))
    assert judge(to_port(80), chain, called=called) == [(False, "drop"), (True, "rest")]


def test_beyond_the_limit_every_packet_is_left_open() -> None:
    """Packets that are in different worlds when the limit is reached are all given up, none is lost."""
    few = [rule(f"first-{port}", "DROP", f"--limit {port}", ports=(port, port)) for port in (80, 443)]
    many = [rule(f"r{i}", "DROP", f"--limit {i} more") for i in range(chains_module.MOST_WORLDS)]
    (result,) = judge_all(to_port(80) | to_port(443), (base(*few, *many, rule("last", "ACCEPT")),))
    for port in (80, 443):
        cases = [case for part in result.parts if to_port(port) <= part.packets for case in part.cases]
        assert {case.passes for case in cases} == {True, False}
    reason = "is not known: the rules divide the packets into more than is followed exactly"
    assert [text for text in reasons(result) if text.startswith("what ")]
    assert {text[text.index("is not known") :] for text in reasons(result) if text.startswith("what ")} == {reason}


@pytest.mark.parametrize(("more", "is_open"), [(0, False), (1, True)])
def test_calls_are_followed_up_to_the_limit(more: int, is_open: bool) -> None:
    """A hundred chains may stand between the base chain and the rule that decides; with one more it is open."""
    last = chains_module.MOST_CALLS - 1 + more
    called: dict[str, Rules] = {f"c{i}": (rule(f"r{i}", f"c{i + 1}"),) for i in range(last)}
    called[f"c{last}"] = (rule("yes", "ACCEPT"),)
    found = judge(to_port(80), base(rule("start", "c0")), called=called)
    assert len(found) == (2 if is_open else 1)
    assert (found == [(True, "yes")]) is not is_open


@pytest.mark.parametrize("direction", [IN, OUT])
def test_a_result_names_machine_direction_chain_and_place(direction: Direction) -> None:
    """A rule decides under its name with its chain as note, the policy under the place of the base chain."""
    web = replace(rule("web", "ACCEPT", ports=(80, 80), direction=direction).match, at=Source("rules.v4", 5, 1))
    chain = base(rule("call", "inner", direction=direction), direction=direction, policy=Access.DENY, name="filter")
    inner = (ChainRule(match=web, target="ACCEPT"),)
    (result,) = judge_all(to_port(80) | to_port(81), (chain,), {"inner": inner}, direction)

    def says(passes: bool, at: str, rule_name: str, note: str) -> Decision:
        hop = HopKind.HOST_FIREWALL
        return Decision(
            hop=hop, passes=passes, direction=str(direction), resource="vm", rule=rule_name, at=at, note=note
        )

    assert result == HopResult(
        HopKind.HOST_FIREWALL,
        str(direction),
        "vm",
        (
            settled(to_port(80), says(True, "rules.v4:5:1", "web", "chain `inner`")),
            settled(to_port(81), says(False, "rules.v4:1:1", "", "policy of chain `filter` (DROP)")),
        ),
    )


def test_a_firewall_without_chain_for_the_direction_is_still_the_machines() -> None:
    """The result names the machine and the direction, and no rule."""
    (result,) = judge_all(to_port(443), (base(),), direction=OUT)
    assert result == HopResult(HopKind.HOST_FIREWALL, "Outbound", "vm", (settled(to_port(443), None),))


def test_an_unknown_target_is_a_fact_of_its_rule() -> None:
    """The reason names the rule and the target, the fact the rule's chain and position, and the place is the rule's."""
    odd = (rule("fine", "RETURN", ports=(22, 22)), rule("odd", "CUSTOM"))
    (result,) = judge_all(to_port(80), (base(rule("call", "inner")),), {"inner": odd})
    [fact] = {fact for part in result.parts for case in part.cases for fact, _ in case.when}
    assert (fact.name, fact.side) == ("outcome of Inbound chain inner rule 1 below input on vm", "")
    assert fact.reason == (
        "what rule `odd` of VM `vm` leads to is not known: there is no chain or known target `CUSTOM`"
    )
    assert str(fact.at) == "rules.v4:1:1"


# An independent walk of one packet: plain recursion over the rules, every coin already tossed.


def walk(rules: Rules, called: Mapping[str, Rules], remote: int, port: int, coins: Mapping[str, bool]) -> str:
    """Return the name of the deciding rule, or "" when the chain is left without a verdict."""
    for one in rules:
        match = one.match
        if not all(coins[text] for text in match.conditions):
            continue
        if not any(span.first <= port <= span.last for span in match.local_ports):
            continue
        if match.remote_addresses and not any(a.first <= remote <= a.last for a in match.remote_addresses):
            continue
        if one.target in ("ACCEPT", "DROP"):
            return match.name
        if one.target == "RETURN":
            return ""
        decided = walk(called[one.target], called, remote, port, coins)
        if decided or one.is_goto:
            return decided
    return ""


REMOTES, PORTS = ("10.0.0.4", "10.0.1.4"), (80, 443)
CHAINS = ("one", "two", "three")


@st.composite
def drawn_chains(draw: st.DrawFn) -> tuple[Rules, dict[str, Rules], list[str]]:
    """Draw a base chain and three called ones; a chain calls later ones only. At most four rules toss a coin."""
    coins: list[str] = []

    def rules_of(name: str, callable_chains: tuple[str, ...]) -> Rules:
        found = []
        for position in range(draw(st.integers(0, 4))):
            target = draw(st.sampled_from(("ACCEPT", "DROP", "RETURN", *callable_chains, *callable_chains)))
            conditions: tuple[str, ...] = ()
            if len(coins) < 4 and draw(st.sampled_from((True, False, False))):
                conditions = tuple(f"coin {name}-{position}-{i}" for i in range(draw(st.integers(1, 2))))
                coins.extend(conditions)
            found.append(
                rule(
                    f"{name}-{position}",
                    target,
                    *conditions,
                    ports=draw(st.sampled_from((None, (80, 80), (443, 443), (80, 443)))),
                    remote=draw(st.sampled_from(("", "10.0.0.0/24", "10.0.1.4"))),
                    is_goto=target in CHAINS and draw(st.booleans()),
                )
            )
        return tuple(found)

    called = {name: rules_of(name, CHAINS[i + 1 :]) for i, name in enumerate(CHAINS)}
    return rules_of("base", CHAINS), called, coins


def tossed(fact: Fact) -> str:
    return fact.name.split(" of ")[0]


@settings(max_examples=120, deadline=None)
@given(drawn_chains(), st.sampled_from(Access))
def test_walk_of_sets_agrees_with_the_walk_of_one_packet(
    drawn: tuple[Rules, dict[str, Rules], list[str]], policy: Access
) -> None:
    """In every world each packet is decided by the rule that a plain walk of that packet ends at."""
    rules, called, coin_names = drawn
    packets = ps.EMPTY_PACKETS
    for remote, port in product(REMOTES, PORTS):
        packets = packets | to_port(port, source=remote)
    (result,) = judge_all(packets, (base(*rules, policy=policy),), called)
    verdicts = {one.match.name: one.target == "ACCEPT" for some in (rules, *called.values()) for one in some}
    for remote, port in product(REMOTES, PORTS):
        header = Header(4, 6, port, 50000, prefix(remote).first, prefix("10.0.0.5").first)
        (part,) = [part for part in result.parts if header in part.packets]
        facts = {fact for case in part.cases for fact, _ in case.when}
        for values in product((True, False), repeat=len(coin_names)):
            coins = dict(zip(coin_names, values, strict=True))
            world = frozenset((fact, coins[tossed(fact)]) for fact in facts)
            name = walk(rules, called, prefix(remote).first, port, coins)
            expected = (verdicts[name] if name else policy is Access.ALLOW, name)
            found = [c for c in part.cases if is_consistent((c.when, world))]
            assert [expected] == [(c.passes, c.decision.rule if c.decision else "?") for c in found]
