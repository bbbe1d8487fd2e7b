"""What the sections of the report share: sentences with names in them, decisions, counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.questions.check import CheckEntry
from netcheck.reports.html.markup import Content, code, element
from netcheck.reports.picture.path import KIND_WORDS

SHOWN_DECISIONS = 12


def prose(text: str) -> list[Content]:
    """Return a sentence; what stands in back-ticks is a name from a file, or a word to type."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:  # a back-tick of its own: nothing tells what it encloses
        return [text]
    return [code(piece) if number % 2 else piece for number, piece in enumerate(pieces) if piece]


def paragraph(*content: Content | Sequence[Content], classes: str = "") -> ET.Element:
    """Return a paragraph of text, elements, and lists of these."""
    flat = [one for part in content for one in ([part] if isinstance(part, str | ET.Element) else part)]
    return element("p", *flat, classes=classes)


def bullets(items: Iterable[Sequence[Content]], classes: str = "") -> ET.Element:
    """Return a list."""
    return element("ul", *(element("li", *item) for item in items), classes=classes)


def place(at: str) -> ET.Element:
    """Return a place in a file: file, line and column."""
    return element("code", at, dir="auto", classes="place")


def counted(number: int, word: str) -> str:
    """Return a count with its word: `1 VM`, `2 VMs`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def port_list(ports: Sequence[str]) -> str:
    """Return ports as a sentence has them: `port 443`, `ports 80, 443`."""
    return f"{'port' if len(ports) == 1 and ports[0].isdigit() else 'ports'} {', '.join(ports)}"


def decided(verdict: Verdict, decisions: Sequence[Decision]) -> ET.Element:
    """Return who decided about packets: those that do not let them pass, or all who do where nobody does not.

    A decision that goes either way, as an unknown fact has it, is told once.
    """
    telling = [one for one in decisions if not one.passes] or decisions
    told: dict[Decision, str] = {}
    for one in telling:
        told.setdefault(replace(one, passes=True), _word(verdict, one, decisions))
    items = [in_words(one, word) for one, word in list(told.items())[:SHOWN_DECISIONS]]
    if len(told) > SHOWN_DECISIONS:
        items.append([f"and {len(told) - SHOWN_DECISIONS} more, which the hops of the way list"])
    return bullets(items, "plain") if items else element("span", "nothing is applied on the way", classes="soft")


def _word(verdict: Verdict, one: Decision, decisions: Sequence[Decision]) -> str:
    if verdict is Verdict.UNDETERMINED and replace(one, passes=not one.passes) in decisions:
        return "may allow or deny"
    return "allows" if one.passes else "denies"


def in_words(one: Decision, word: str) -> list[Content]:
    """Return a decision as a sentence: where, what (`word`), by which rule or for which reason, and its place."""
    told: list[Content] = [f"{KIND_WORDS[one.hop]} "]
    told += [code(one.resource), " "] if one.resource else []
    told.append(word)
    told += [" by ", element("strong", element("bdi", one.named))] if one.rule else []
    told += [f"{', ' if one.rule else ': '}{one.note}"] if one.note else []
    return [*told, " ", place(one.at)] if one.at else told


def stoppers(entry: CheckEntry) -> Iterator[tuple[Verdict, Decision]]:
    """Yield who keeps packets of a VM back, for certain or perhaps, in travel order; and of its DNS queries."""
    parts = [(part.verdict, part.decided_by) for part in entry.answer.parts]
    names = (one.names for one in entry.results if one.names is not None and one.need.is_essential)
    for verdict, decisions in (*parts, *((one.verdict, one.decided_by) for one in names)):
        if verdict is not Verdict.REACHABLE:
            yield from ((verdict, one) for one in decisions if not one.passes)


def link(anchor: str, text: str) -> ET.Element:
    """Return a link to a part of the page."""
    return element("a", text, href=f"#{anchor}")
