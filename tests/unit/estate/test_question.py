"""The cells of a question: packets that every rule treats alike are one."""

from dataclasses import replace

from netcheck.estate.question import cells, rule_kinds
from netcheck.model.ports import PortRange, Protocol
from netcheck.sets import packets as ps
from netcheck.sets.intervals import IntervalSet
from tests.unit.networks import ALLOW, IN, TCP, UDP, nsg, rule, site

_SITE = site(
    nsg(
        "nsg",
        replace(rule("web", IN, ALLOW, port=443), protocol=Protocol((TCP,))),
        replace(rule("range", IN, ALLOW), protocol=Protocol((TCP,)), destination_ports=(PortRange(400, 500),)),
        replace(rule("from", IN, ALLOW, port=53), protocol=Protocol((UDP,)), source_ports=(PortRange(1024, 65535),)),
    )
)
_KINDS = rule_kinds(_SITE)


def test_ports_are_cut_where_a_rule_begins_or_ends() -> None:
    """443 alone, the rest of 400-500, and all others; what UDP rules name does not cut TCP."""
    found = cells(_KINDS, IntervalSet.point(TCP), ps.ALL_PORTS)
    assert [list(one.ports.spans()) for one in found] == [
        [(0, 399), (501, 65535)],
        [(400, 442), (444, 500)],
        [(443, 443)],
    ]


def test_source_ports_are_cut_where_a_rule_about_the_ports_names_them() -> None:
    found = cells(_KINDS, IntervalSet.point(UDP), IntervalSet.of([(53, 54)]))
    assert [(one.point, list(one.source_ports.spans())) for one in found] == [
        ((UDP, 53, 0), [(0, 1023)]),
        ((UDP, 53, 1024), [(1024, 65535)]),
        ((UDP, 54, 0), [(0, 65535)]),
    ]


def test_cells_are_together_what_is_asked_about() -> None:
    """Disjoint, and nothing is left out: protocols without ports have one cell."""
    found = cells(_KINDS, ps.ALL_PROTOCOLS, ps.ALL_PORTS)
    whole = ps.EMPTY_PACKETS
    for one in found:
        assert not whole & one.packets()
        whole = whole | one.packets()
    assert whole == ps.EVERYTHING


def test_icmp_is_one_cell_for_both_families() -> None:
    """Protocol 1 over IPv4, 58 over IPv6."""
    [found] = cells(_KINDS, IntervalSet.of([(1, 1), (58, 58)]), ps.ALL_PORTS)
    assert found.point == (1, 0, 0)
