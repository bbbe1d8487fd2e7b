"""Windows Defender Firewall with settings of each profile, known or not, against every meaning they can have."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from netcheck.model.hosts import ProfileSettings, WindowsFirewall, under_all
from netcheck.model.ports import PortRange
from netcheck.model.rules import ALL_PROFILES, Access, HostAction, HostRule, Profile
from netcheck.policy.decision import HopResult
from tests.unit.policy.test_hostfw import APP, IN, OUT, PROXY, TO_PROXY, judge, open_port, packet, place, rule

FROM_PROXY = packet(PROXY, APP, 443)
OPEN = ("is_enabled", "allows_local_rules", "allows_inbound_rules", "default_inbound", "default_outbound")


def fw(*rules: HostRule, active: Profile | None = Profile.PUBLIC, **given: object) -> WindowsFirewall:
    """A firewall with the same settings under every profile."""
    known = ProfileSettings(**given)  # type: ignore[arg-type]  # the tests name fields
    return WindowsFirewall(rules=rules, at=place(20), settings=under_all(known), active_profile=active)


def outcomes(result: HopResult) -> set[bool]:
    """Whether packets pass: in some world, in none, in all."""
    return {case.passes for part in result.parts for case in part.cases}


def facts(result: HopResult) -> set[str]:
    """The facts that the answer waits for, without the name of the machine."""
    names = {fact.name for part in result.parts for case in part.cases for fact, _ in case.when}
    return {name.replace("host firewall of proxy-vm ", "") for name in names}


def test_a_default_that_no_file_gives_is_open() -> None:
    """What no rule matches may pass or not; what a rule lets in does not wait for the default."""
    firewall = fw(open_port(), default_inbound=None)
    other = judge(firewall, packet(APP, PROXY, 22))
    assert (outcomes(other), facts(other)) == ({True, False}, {"lets in what no rule matches under Public"})
    assert facts(judge(firewall, TO_PROXY)) == set()


def test_a_state_that_no_file_gives_matters_where_it_decides() -> None:
    """Off, all passes; on, what a rule lets in passes too, and what none does is blocked."""
    firewall = fw(open_port(), is_enabled=None)
    assert outcomes(judge(firewall, TO_PROXY)) == {True}
    other = judge(firewall, packet(APP, PROXY, 22))
    assert (outcomes(other), facts(other)) == ({True, False}, {"is on under Public"})


def test_the_merging_of_local_rules_that_no_file_gives() -> None:
    """A local rule counts or not, one of Group Policy does."""
    local, policy = open_port(), open_port("policy", is_group_policy=True)
    assert outcomes(judge(fw(local, allows_local_rules=None), TO_PROXY)) == {True, False}
    assert outcomes(judge(fw(policy, allows_local_rules=None), TO_PROXY)) == {True}


def test_outbound_packets_do_not_wait_for_inbound_settings() -> None:
    """The inbound default and the ignoring of inbound rules decide nothing about what goes out."""
    result = judge(fw(default_inbound=None, allows_inbound_rules=None), FROM_PROXY, OUT)
    assert (outcomes(result), facts(result)) == ({True}, set())


def test_settings_of_each_profile() -> None:
    """With the profile unknown each is judged with its own settings, and differing answers wait for it."""
    own = {profile: ProfileSettings(is_enabled=profile is not Profile.PRIVATE) for profile in ALL_PROFILES}
    firewall = replace(fw(open_port(), active=None), settings=MappingProxyType(own))
    assert outcomes(judge(firewall, TO_PROXY)) == {True}
    other = judge(firewall, packet(APP, PROXY, 22))
    assert (outcomes(other), facts(other)) == ({True, False}, {"active profile of VM proxy-vm"})
    known = replace(firewall, active_profile=Profile.PRIVATE)
    assert outcomes(judge(known, packet(APP, PROXY, 22))) == {True}


def test_rules_with_several_conditions_stay_few_cases() -> None:
    """A hundred rules of three conditions each are judged at once, not in 2^300 worlds."""
    many = [
        rule(f"r{n}", conditions=(f"program: {n}.exe", f"service: s{n}", "platform: 6.2+"), local_ports=())
        for n in range(100)
    ]
    began = time.process_time()
    result = judge(fw(*(replace(one, local_ports=(PortRange(0, 65535),)) for one in many)), TO_PROXY)
    assert outcomes(result) == {True, False}
    assert sum(len(part.cases) for part in result.parts) < 200
    assert time.process_time() - began < 2


def test_rules_with_the_same_conditions_get_the_same_answer() -> None:
    """A block and an allow for one program and service: the block has its way whenever they match."""
    same = ("program: p.exe", "service: s")
    allow, block = open_port(conditions=same), rule("no", HostAction.BLOCK, conditions=tuple(reversed(same)))
    assert outcomes(judge(fw(allow, block), TO_PROXY)) == {False}


def every_meaning(known: ProfileSettings) -> Iterator[ProfileSettings]:
    """Yield settings with a value for each that is not known."""
    values = [
        [getattr(known, name)] if getattr(known, name) is not None else TWO[name.startswith("default")] for name in OPEN
    ]
    for chosen in product(*values):
        yield ProfileSettings(**dict(zip(OPEN, chosen, strict=True)))


TWO: dict[bool, list[bool | Access]] = {True: [Access.ALLOW, Access.DENY], False: [True, False]}


def passes(rules: tuple[HostRule, ...], profile: Profile, known: ProfileSettings, port: int) -> bool:
    """Decide one inbound packet under settings that are all known, by the documented precedence."""
    if not known.is_enabled:
        return True
    actions = {
        one.action
        for one in rules
        if profile in one.profiles
        and (known.allows_local_rules or one.is_group_policy)
        and (known.allows_inbound_rules or one.action is HostAction.BLOCK)
        and any(span.first <= port <= span.last for span in one.local_ports)
    }
    if HostAction.BLOCK in actions:
        return False
    return HostAction.ALLOW in actions or known.default_inbound is Access.ALLOW


drawn_rule = st.builds(
    rule,
    name=st.just("r"),
    action=st.sampled_from((HostAction.ALLOW, HostAction.BLOCK)),
    profiles=st.sampled_from((ALL_PROFILES, (Profile.PUBLIC,), (Profile.DOMAIN, Profile.PRIVATE))),
    is_group_policy=st.booleans(),
    local_ports=st.sampled_from(((PortRange(22, 22),), (PortRange(0, 65535),))),
)
drawn_settings = st.builds(
    ProfileSettings,
    is_enabled=st.sampled_from((True, True, False, None)),
    default_inbound=st.sampled_from((Access.ALLOW, Access.DENY, None)),
    default_outbound=st.sampled_from((Access.ALLOW, None)),
    allows_local_rules=st.sampled_from((True, False, None)),
    allows_inbound_rules=st.sampled_from((True, False, None)),
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(drawn_rule, max_size=4).map(tuple),
    st.tuples(drawn_settings, drawn_settings, drawn_settings),
    st.sampled_from((None, *ALL_PROFILES)),
    st.sampled_from((22, 443)),
)
def test_every_meaning_of_what_is_not_known(
    rules: tuple[HostRule, ...],
    by_profile: tuple[ProfileSettings, ProfileSettings, ProfileSettings],
    active: Profile | None,
    port: int,
) -> None:
    """The answer is certain exactly where all meanings of unknown settings and profiles agree."""
    own = dict(zip(ALL_PROFILES, by_profile, strict=True))
    firewall = replace(fw(*rules, active=active), settings=MappingProxyType(own))
    expected = {
        passes(rules, profile, known, port)
        for profile in firewall.possible_profiles
        for known in every_meaning(own[profile])
    }
    assert outcomes(judge(firewall, packet(APP, PROXY, port), IN)) == expected
