"""The third decider: a rule list as bit-vector formulas, for address spaces that no loop can walk.

The header is symbolic, and each fact that nobody can know from the files is a free boolean: what one packet hangs on is
a fact once for each side of it, as a predicate at one address is. Follows the same documentation as `reference.py`
and, like it, shares nothing with the engine but the values of the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import z3

from netcheck.model.address import AddressRange, AnyAddress, Endpoint, Family, ServiceTag, Unresolved
from netcheck.model.ports import PORTED, TCP, PortRange
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.model.site import NetworkSecurityGroup
from tests.oracle.defaults import default_rules
from tests.oracle.reference import INSTANCE_METADATA, WIRE_SERVER, End, Ruling, is_every_port

Formula: TypeAlias = z3.BoolRef
Number: TypeAlias = z3.BitVecRef
Outcomes: TypeAlias = dict[Ruling, Formula]
"""Each ruling a list can come to, and the headers and facts for which it does; no two at once, and always one."""
Row: TypeAlias = tuple[Ruling, Formula]

NOT_SUBJECT = Ruling(Access.ALLOW, "")
PLATFORM_TAGS = {"azureplatformdns": (WIRE_SERVER, 53), "azureplatformimds": (INSTANCE_METADATA, 80)}
AGENT_PORTS = (80, 32526)


class Header(NamedTuple):
    """The header of any packet of one family."""

    family: Family
    protocol: Number
    source_port: Number
    destination_port: Number
    source: Number
    destination: Number

    def side(self, name: str) -> Number:
        """Return the address on the side `source` or `destination`."""
        return self.source if name == "source" else self.destination


class Facts:
    """The facts asked for so far, each a free boolean; `laws` are what holds between them."""

    def __init__(self) -> None:
        self.asked: dict[tuple[object, ...], Formula] = {}
        self.laws: list[Formula] = []

    def answer(self, *fact: object) -> Formula:
        """Return the boolean of a fact: the same one for the same words."""
        return self.asked.setdefault(fact, z3.Bool(" ".join(map(str, fact))))

    def choose(self, about: str, values: Iterable[str]) -> dict[str, Formula]:
        """Return a boolean for each value of something that has exactly one of them."""
        is_new = (about, "is chosen") not in self.asked
        chosen = {value: self.answer(about, value) for value in values}
        if is_new:
            self.asked[about, "is chosen"] = z3.Bool(f"{about} is chosen")
            self.laws.append(z3.PbEq([(one, 1) for one in chosen.values()], 1))
        return chosen


def any_header(family: Family) -> Header:
    """Return the symbolic header of a family; `is_header` says which values of its fields are one."""
    bits = 32 if family == 4 else 128
    ports = z3.BitVec("sport", 16), z3.BitVec("dport", 16)
    return Header(family, z3.BitVec("protocol", 8), *ports, z3.BitVec("source", bits), z3.BitVec("destination", bits))


def is_header(header: Header) -> Formula:
    """Return that a protocol without ports has the port 0 in both fields."""
    return z3.Or(is_ported(header), z3.And(header.source_port == 0, header.destination_port == 0))


def is_ported(header: Header) -> Formula:
    """Return that the protocol has ports."""
    return z3.Or([header.protocol == number for number in sorted(PORTED)])


def within(value: Number, first: int, last: int) -> Formula:
    """Return that a field lies between two numbers, both included."""
    top = (1 << value.size()) - 1
    if first == last:
        return value == first
    above = z3.BoolVal(True) if first == 0 else z3.UGE(value, first)
    below = z3.BoolVal(True) if last == top else z3.Not(z3.UGE(value, last + 1))
    return z3.And(above, below)


def one_of(value: Number, spans: Iterable[tuple[int, int]]) -> Formula:
    """Return that a field lies in one of some spans."""
    return z3.Or([within(value, first, last) for first, last in spans])


def first_match(rows: Sequence[Row], last: Ruling | None = None) -> Outcomes:
    """Return who decides when the first row that matches does; `last` where none does."""
    outcomes: Outcomes = {}
    before = z3.BoolVal(True)
    for ruling, matches in [*rows, *([(last, z3.BoolVal(True))] if last else [])]:
        decides = z3.And(before, matches)
        outcomes[ruling] = z3.Or(outcomes[ruling], decides) if ruling in outcomes else decides
        before = z3.And(before, z3.Not(matches))
    return outcomes


def either(condition: Formula, one: Outcomes, other: Outcomes) -> Outcomes:
    """Return the outcomes of `one` where a condition holds and those of `other` elsewhere."""
    never = z3.BoolVal(False)
    return {ruling: z3.If(condition, one.get(ruling, never), other.get(ruling, never)) for ruling in {**one, **other}}


def is_possible(formula: Formula) -> Formula:
    """Return that a formula holds in some world: it is put together from what it is in each."""
    for fact in facts_in(formula):
        values = [(fact, z3.BoolVal(True))], [(fact, z3.BoolVal(False))]
        formula = z3.Or([z3.simplify(z3.substitute(formula, *value)) for value in values])
    return formula


def facts_in(formula: z3.ExprRef) -> list[z3.ExprRef]:
    """Return the booleans that a formula names."""
    found: dict[int, z3.ExprRef] = {}
    left = [formula]
    while left:
        one = left.pop()
        if one.get_id() not in found:
            found[one.get_id()] = one
            left += one.children()
    return [one for one in found.values() if z3.is_bool(one) and z3.is_const(one) and is_free(one)]


def is_free(one: z3.ExprRef) -> bool:
    """Return whether a constant is a name and not true or false."""
    return bool(one.decl().kind() == z3.Z3_OP_UNINTERPRETED)


def passes(outcomes: Mapping[Ruling, Formula]) -> Formula:
    """Return that the ruling is to allow."""
    return z3.Or([decides for ruling, decides in outcomes.items() if ruling.access is Access.ALLOW])


def encode_nsg(nsg: NetworkSecurityGroup, direction: Direction, header: Header, end: End, facts: Facts) -> Outcomes:
    """Return what a group does: smaller number first, default rules last, the platform's services apart."""
    listed = [*nsg.rules, *nsg.default_rules, *default_rules(is_classic=end.is_classic)]
    rules = [rule for rule in sorted(listed, key=lambda rule: rule.priority) if rule.direction is direction]
    rows = [(rule, matches(rule, header, nsg, end, facts)) for rule in rules]
    outcomes = first_match([(Ruling(rule.access, rule.name), formula) for rule, formula in rows])
    if direction is Direction.INBOUND or header.family != 4:
        return outcomes
    for name, (address, port) in PLATFORM_TAGS.items():
        naming = [(Ruling(rule.access, rule.name), formula) for rule, formula in rows if names(rule, name)]
        is_service = z3.And(is_ported(header), header.destination == address, header.destination_port == port)
        outcomes = either(is_service, first_match(naming, NOT_SUBJECT), outcomes)
    return either(is_for_agent(header), {NOT_SUBJECT: z3.BoolVal(True)}, outcomes)


def names(rule: NsgRule, tag: str) -> bool:
    """Return whether a rule has a tag among its destinations."""
    return any(isinstance(e, ServiceTag) and e.name.casefold() == tag for e in rule.destinations)


def is_for_agent(header: Header) -> Formula:
    """Return that a packet is for the host's agent endpoints, which no group filters."""
    ports = z3.Or([header.destination_port == port for port in AGENT_PORTS])
    return z3.And(header.protocol == TCP, header.destination == WIRE_SERVER, ports)


def is_documented(header: Header, direction: Direction) -> Formula:
    """Return that somebody says what groups do with a packet: nobody does for platform ports without a service."""
    if direction is Direction.INBOUND or header.family != 4:
        return z3.BoolVal(True)
    is_platform = z3.Or(header.destination == WIRE_SERVER, header.destination == INSTANCE_METADATA)
    services = [
        z3.And(is_ported(header), header.destination == address, header.destination_port == port)
        for address, port in PLATFORM_TAGS.values()
    ]
    return z3.Or(z3.Not(is_platform), is_for_agent(header), *services)


def matches(rule: NsgRule, header: Header, nsg: NetworkSecurityGroup, end: End, facts: Facts) -> Formula:
    """Return that every field of the rule fits, and what is unread of it as well."""
    unread = facts.answer("rule", nsg.name, rule.direction, rule.name, "matches")
    parts = [
        one_of(header.protocol, [(n, n) for n in rule.protocol.numbers]) if rule.protocol.numbers else True,
        fit_ports(header, rule.source_ports, rule.destination_ports, unread),
        z3.Or([contains(endpoint, "source", header, end, facts) for endpoint in rule.sources]),
        z3.Or([contains(endpoint, "destination", header, end, facts) for endpoint in rule.destinations]),
    ]
    return z3.And(*parts, unread) if rule.unknown else z3.And(*parts)


def fit_ports(
    header: Header, sources: tuple[PortRange, ...], destinations: tuple[PortRange, ...], portless: Formula
) -> Formula:
    """Return that the ports fit; what a restricted port means for a protocol without ports is the fact `portless`."""
    if is_every_port(sources) and is_every_port(destinations):
        return z3.BoolVal(True)
    fits = [one_of(header.source_port, [(s.first, s.last) for s in sources])]
    fits += [one_of(header.destination_port, [(s.first, s.last) for s in destinations])]
    return z3.If(is_ported(header), z3.And(fits), portless)


def contains(endpoint: Endpoint, side: str, header: Header, end: End, facts: Facts) -> Formula:
    """Return that a rule's source or destination contains the address on a side of the header."""
    address = header.side(side)
    if isinstance(endpoint, AnyAddress):
        return z3.BoolVal(True)
    if isinstance(endpoint, AddressRange):
        is_one = endpoint.family == header.family
        return within(address, endpoint.first, endpoint.last) if is_one else z3.BoolVal(False)
    name = str(endpoint).casefold()
    if name in PLATFORM_TAGS:
        where, port = PLATFORM_TAGS[name]
        is_there = header.family == 4
        return z3.And(address == where, header.destination_port == port) if is_there else z3.BoolVal(False)
    doubt = facts.answer(end.scopes.get(name, end.name), name, "contains the", side)
    if isinstance(endpoint, Unresolved) or name not in end.known:
        return doubt
    surely = one_of(address, end.known[name].get(header.family, []))
    return z3.Or(surely, z3.And(one_of(address, end.doubtful.get(name, {}).get(header.family, [])), doubt))
