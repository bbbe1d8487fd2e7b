"""Answers about a service-tag file for people: which tags, whether one is in another, one tag, the file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from netcheck.model.address import FAMILIES
from netcheck.model.regions import location_of
from netcheck.model.tags import TagEntry
from netcheck.questions.answer import prefixes
from netcheck.questions.places import Addresses
from netcheck.questions.tags.contains import Containment, ContainsReport
from netcheck.questions.tags.info import TagFileInfo
from netcheck.questions.tags.shown import Beside, ShownTag
from netcheck.questions.tags.which import BuiltIn, Held, Holder, WhichReport
from netcheck.reports.amounts import addresses_text, amount
from netcheck.reports.text import WIDTH, join, tag_lines

SHOWN_PREFIXES = 40
"""As many prefixes stand in one list; `-v` and JSON have all."""
_BUILT_IN = {"whole": "", "part": " (in part)", "perhaps": " (perhaps)"}


def which_text(report: WhichReport, file: str, is_verbose: bool = False, width: int = WIDTH) -> str:
    """Return the report of `tags which`; `file` is the tag file as one would type it again."""
    lines = [line for one in report.answers for line in _held(one, is_verbose)]
    first = next((one for held in report.answers for one in held.holders), None)
    if first is not None:
        lines.append(f"next: netcheck tags show {_word(first.entry.name)} --tags {_word(file)}")
    return join([*lines, *tag_lines(report.table)], width)


def _held(one: Held, is_verbose: bool) -> Iterator[str]:
    number = len(one.holders)
    told = f"in {number:,} tags, the most specific first" if number > 1 else "in 1 tag" if number else "no tag"
    yield f"{one.text}  {told}"
    for holder in one.holders:
        yield f"  {holder.entry.name}  {_part(one, holder, is_verbose)}; {_facts(one, holder)}"
    if one.left and one.holders:
        family, size = one.asked.family, one.left.size
        yield f"  in no tag: {addresses_text(family, size)}: {_some(prefixes(family, one.left), is_verbose)}"
    if one.builtin:
        yield f"  built in, in no file: {', '.join(map(_builtin, one.builtin))}"


def _builtin(one: BuiltIn) -> str:
    return f"{one.tag}{f' (port {one.port})' if one.port else ''}{_BUILT_IN[one.holds]}"


def _part(one: Held, holder: Holder, is_verbose: bool) -> str:
    by = _some(holder.by, is_verbose, 4)
    if holder.is_whole:
        return f"by {by}"
    whole = one.asked.last - one.asked.first + 1
    family = one.asked.family
    return f"holds {amount(family, holder.held.size)} of {amount(family, whole)}, by {by}"


def _facts(one: Held, holder: Holder) -> str:
    size = addresses_text(one.asked.family, holder.size)
    return f"{size}, {_region(holder.entry)}, {_features(holder.entry)}{_change(holder.entry)}"


def _region(entry: TagEntry) -> str:
    place = location_of(entry)
    stated = f" (region value {entry.region})" if entry.region != place else ""
    return f"{place}{stated}" if place else f"region {entry.region}" if entry.region else "no region"


def _features(entry: TagEntry) -> str:
    if entry.network_features is None:
        return "not for NSG rules"
    if not entry.network_features:
        return "features not said"
    return " ".join(entry.network_features)


def contains_text(report: ContainsReport, file: str, is_verbose: bool = False, width: int = WIDTH) -> str:
    """Return the report of `tags contains`."""
    a, b = report.outer.label, report.inner.label
    said = {
        Containment.YES: f"every address of {b} is in {a}",
        Containment.NO: f"not every address of {b} is in {a}",
        Containment.UNDETERMINED: f"whether every address of {b} is in {a} is not known",
    }[report.answer]
    lines = [f"{report.answer.upper()}  {said}"]
    for family in FAMILIES:
        whole = report.inner.possible[family].size
        if whole:
            lines += _family(report, family, whole, is_verbose)
    lines += [f"  note: {reason}" for reason in report.reasons]
    if report.answer is Containment.NO:
        first = next(iter(_all(report.outside)))
        lines.append(f"  e.g. netcheck tags which {first} --tags {_word(file)}")
    return join([*lines, *tag_lines(report.table)], width)


def _family(report: ContainsReport, family: int, whole: int, is_verbose: bool) -> Iterator[str]:
    found = {"outside": report.outside, "not known": report.unsure}
    kept = {word: sets[4 if family == 4 else 6] for word, sets in found.items()}
    if not any(kept.values()):
        yield f"  IPv{family}: all {amount(family, whole)} inside"
    for word, addresses in kept.items():
        if addresses:
            listed = _some(prefixes(family, addresses), is_verbose)
            part, of_all = amount(family, addresses.size), amount(family, whole)
            yield f"  IPv{family}: {part} of {of_all} {word}: {listed}"


def show_text(shown: ShownTag, width: int = WIDTH) -> str:
    """Return one tag: the facts about it, then its prefixes, merged, one a line."""
    entry = shown.entry
    lines = [f"{entry.name}  {_service(entry)}{_region(entry)}, {_features(entry)}{_change(entry)}"]
    for family in FAMILIES:
        if shown.addresses[family]:
            merged = len(list(prefixes(family, shown.addresses[family])))
            listed = len(shown.published(family))
            more = "" if listed == merged else f" ({listed:,} in the file)"
            size, noun = shown.addresses[family].size, "prefix" if merged == 1 else "prefixes"
            lines.append(f"  IPv{family}: {addresses_text(family, size)}, {merged:,} {noun}{more}")
    lines += [*_relations(shown), *tag_lines(shown.table), *_all(shown.addresses)]
    return join(lines, width)


def _service(entry: TagEntry) -> str:
    return f"service {entry.system_service}, " if entry.system_service else ""


def _change(entry: TagEntry) -> str:
    return "" if entry.change_number is None else f", change {entry.change_number}"


def _relations(shown: ShownTag) -> Iterator[str]:
    if not shown.entry.is_nsg_capable:
        yield "  note: the file lists it without the NSG feature: a rule may not be able to name it"
    if not any(shown.addresses.values()):
        yield "  note: it holds no address"
    if shown.regions:
        left = _numbers(shown.in_no_region)
        yield f"  regions: {len(shown.regions):,} tags of single regions; in none of them: {left}"
    for one in shown.beside:
        yield f"  {one.tag}: holds {_held_by(one, shown)}"
    if shown.same_region:
        yield f"  note: {', '.join(shown.same_region)} states the same region: name tags, not regions"


def _held_by(one: Beside, shown: ShownTag) -> str:
    if one.outside == shown.addresses:
        return "nothing of it"
    outside = _numbers(one.outside)
    return "all of it" if outside == "none" else f"all but {outside}"


def _numbers(addresses: Addresses) -> str:
    told = [f"{amount(family, addresses[family].size)} IPv{family}" for family in FAMILIES if addresses[family]]
    return ", ".join(told) or "none"


def info_text(found: TagFileInfo, checksum: str = "", width: int = WIDTH) -> str:
    """Return the facts about a file; `checksum` says how it compares with the one beside it, "" for none."""
    table = found.table
    lines = [*tag_lines(table), f"  form: {table.form}"]
    lines.append(f"  {found.number:,} tags, {found.regional:,} of them of single regions")
    if found.unsaid:
        lines.append(f"  usable in NSG rules: the file does not say it of {found.unsaid:,} tags")
    if found.number > found.unsaid:
        lines.append(f"  usable in NSG rules: {found.nsg_capable:,} tags, {found.not_for_rules:,} are not")
    lines.append(f"  prefixes: {found.prefixes[4]:,} IPv4, {found.prefixes[6]:,} IPv6")
    return join([*lines, *([f"  checksum: {checksum}"] if checksum else [])], width)


def _all(addresses: Addresses) -> Iterator[str]:
    for family in FAMILIES:
        yield from prefixes(family, addresses[family])


def _some(found: Iterator[str] | Sequence[str], is_verbose: bool, most: int = SHOWN_PREFIXES) -> str:
    listed = list(found)
    if is_verbose or len(listed) <= most:
        return ", ".join(listed)
    return f"{', '.join(listed[:most])} and {len(listed) - most:,} more"


def _word(text: str) -> str:
    return shlex.quote(text)
