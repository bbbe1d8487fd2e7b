"""The verdict of each VM: groups that behave alike with who decides, and every VM by name."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from netcheck.model.address import address_text
from netcheck.model.site import VirtualMachine
from netcheck.overview.groups import WORST_FIRST
from netcheck.overview.html.typed import Typed
from netcheck.overview.html.words import counted, decided, link, paragraph, port_list, stoppers
from netcheck.overview.report import GroupReport, Report
from netcheck.path.leg import Verdict
from netcheck.questions.check import CheckEntry
from netcheck.reports.html.markup import Content, code, element, joined, name
from netcheck.reports.html.parts import badge, filter_box, row, table
from netcheck.reports.picture.path import KIND_WORDS

_GROUPS, _ALL = "groups", "machines"
MOST, SHOWN_ADDRESSES = 3_000, 4
"""VMs that the table of all has rows for, the groups hold every VM; and addresses of one."""


def machines(report: Report, typed: Typed) -> list[ET.Element]:
    """Return a table of the groups, and where they hold several VMs one of every VM; a field searches both."""
    groups = report.groups
    has_crowds = any(len(one.group.vms) > 1 for one in groups)
    found = filter_box(
        "Find a VM, a subnet, a rule or a verdict",
        "VMs",
        [_ALL, _GROUPS] if has_crowds else [_GROUPS],
        "find-vm",
    )
    rows = [_group(one, number) for number, one in enumerate(groups, 1)]
    heads = ["VMs", "verdict", "packets", "who decides"]
    own = table(
        "VMs that behave alike, the worst verdict first" if has_crowds else "Every VM, the worst verdict first",
        heads,
        rows,
        anchor=_GROUPS,
    )
    if not has_crowds:
        return [found, own]
    vms = [(vm, one, number) for number, one in enumerate(groups, 1) for vm in one.group.vms]
    everyone = [_machine(*one) for one in vms[:MOST]]
    every = table(
        "Every VM", ["VM", "verdict", "subnet", "addresses", "kept back by", "behaves"], everyone, anchor=_ALL
    )
    every.set("class", "scroll low")
    command = code(typed.command("check"))
    left = [paragraph(f"{len(vms) - MOST:,} more VMs are not listed one by one: ", command, " does.", classes="note")]
    return [found, own, every, *(left if len(vms) > MOST else [])]


def _group(one: GroupReport, number: int) -> ET.Element:
    group = one.group
    head: list[Content] = [element("strong", name(group.entry.vm))]
    if len(group.vms) > 1:
        head.append(f" and {counted(len(group.vms) - 1, 'more VM')}")
    if one.ways:
        head += [element("br"), link(_anchor(number), "hop by hop")]
    head += [element("div", "in ", *joined(", ", (name(subnet) for subnet in group.subnets)), classes="soft")]
    who = list(_deciders(group.entry))
    return row(element("th", *head, scope="row"), _verdict(group.entry), _packets(group.entry), who, key=str(number))


def _anchor(number: int) -> str:
    return f"group-{number}"


def _verdict(entry: CheckEntry) -> list[Content]:
    degraded: list[Content] = [element("br"), "degraded"] if entry.is_degraded else []
    return [badge(entry.verdict), *degraded]


def _packets(entry: CheckEntry) -> list[Content]:
    question = entry.answer.question
    via: list[Content] = [" through ", name(question.via)] if question.via else [", directly"]
    told: list[Content] = ["to ", name(question.target.replace(",", ", ")), f", tcp {port_list(question.ports)}", *via]
    if len(entry.answer.by_family) > 1:
        told += (
            part for family, one in entry.answer.by_family.items() for part in (element("br"), f"{family} ", badge(one))
        )
    return told


def _deciders(entry: CheckEntry) -> Iterator[ET.Element]:
    """Yield who decides about packets that do not certainly pass, or about all where all do; then about names."""
    found = {verdict: [p for p in entry.answer.parts if p.verdict is verdict] for verdict in WORST_FIRST}
    kept: list[Verdict] = [verdict for verdict, parts in found.items() if parts and verdict is not Verdict.REACHABLE]
    for verdict in kept or [Verdict.REACHABLE]:
        yield from [paragraph(badge(verdict))] if len(entry.answer.parts) > 1 and kept else []
        yield decided(verdict, list(dict.fromkeys(one for part in found[verdict] for one in part.decided_by)))
    for result in entry.results:
        if result.names is not None and result.names.verdict is not Verdict.REACHABLE:
            yield paragraph("DNS queries ", badge(result.names.verdict))
            yield decided(result.names.verdict, result.names.decided_by)


def _machine(vm: VirtualMachine, one: GroupReport, number: int) -> ET.Element:
    shown = [code(address_text(address)) for address in vm.primary.addresses[:SHOWN_ADDRESSES]]
    more = len(vm.primary.addresses) - SHOWN_ADDRESSES
    addresses = [*joined(", ", shown), *([f" and {more} more"] if more > 0 else [])]
    keeping = dict.fromkeys(who.named or KIND_WORDS[who.hop] for _, who in stoppers(one.group.entry))
    where = link(_anchor(number), f"as {one.group.entry.vm}") if one.ways else name(one.group.entry.vm)
    who = joined(", ", map(name, keeping))
    verdict, subnet = badge(one.group.entry.verdict), name(vm.primary.subnet)
    return row(name(vm.name), verdict, subnet, addresses, who, where, key=str(number))
