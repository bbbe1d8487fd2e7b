"""The naive oracle: plain loops over rules for every elementary interval. Exact, no library, no cleverness.

    python -m tests.bench.peers.naive LOADFILE b1|b2|b3

B2 and B3 count the packets that every rule decides, field by field; good for lists of some hundred rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from tests.bench.peers.common import (
    Outcome,
    Piece,
    Stopwatch,
    digest_b1,
    digest_b2,
    digest_b3,
    is_candidate,
    probes,
    run,
)
from tests.bench.plain import Load, PlainBox, PlainRule, Question, Spans, boxes, contains, overlap, size, volume, whole

Lists: TypeAlias = tuple[tuple[tuple[int, PlainBox], ...], ...]
"""Per rule list, the boxes still in question, each with the index of its rule."""
UNMATCHED = -1


def elementary(spans: Spans, asked: Spans, cuts: set[int]) -> list[tuple[int, int]]:
    """Return `asked` cut at the ends of `spans` and at the other cuts given."""
    ends = sorted(cuts | {e for first, last in (*spans, *asked) for e in (first, last + 1)})
    pairs = pairwise(ends)
    return [(low, high - 1) for low, high in pairs if contains(asked, low)]


def answer(rules: Sequence[PlainRule], question: Question, port: int, source_port: int) -> list[Piece]:
    """Return who decides each elementary interval of the asked addresses."""
    cuts = {end for rule in rules for first, last in rule.destination.v4 for end in (first, last + 1)}
    lowest, highest = question.asked[0][0], question.asked[-1][1]
    pieces = []
    for first, last in elementary((), question.asked, {cut for cut in cuts if lowest <= cut <= highest}):
        for index, rule in enumerate(rules):
            if contains(rule.destination.v4, first) and is_candidate(rule, question, port, source_port):
                pieces.append(Piece(first, last, rule.allow, index))
                break
        else:
            pieces.append(Piece(first, last, allow=False, rule=UNMATCHED))
    return pieces


def b1(load: Load) -> Outcome:
    """Answer B1."""
    watch = Stopwatch()
    answers = {(port, sport): answer(load.rules, load.question, port, sport) for port, sport in probes(load.question)}
    return Outcome(0.0, watch.lap(), digest_b1(load.question, answers))


def count_decided(lists: Lists, left: PlainBox, level: int, factor: int, found: Counter[tuple[int, ...]]) -> None:
    """Count the packets of `left` by the rules that decide them, one rule a list; `factor` counts the fields before."""
    firsts = [one[0] if one else None for one in lists]
    if all(first is None or all(first[1][at] == left[at] for at in range(level, 5)) for first in firsts):
        deciding = tuple(UNMATCHED if first is None else first[0] for first in firsts)
        for spans in left[level:]:
            factor *= size(spans)
        found[deciding] += factor
        return
    ends = {end for one in lists for _, box in one for low, high in box[level] for end in (low, high + 1)}
    alike: Counter[tuple[tuple[int, ...], ...]] = Counter()
    for low, high in elementary((), left[level], ends):
        alive = tuple(tuple(i for i, (_, box) in enumerate(one) if contains(box[level], low)) for one in lists)
        alike[alive] += high - low + 1
    for alive, width in alike.items():
        live = tuple(tuple(one[i] for i in kept) for one, kept in zip(lists, alive, strict=True))
        count_decided(live, left, level + 1, factor * width, found)


def decided(lists: Sequence[Sequence[PlainRule]], family: int, ported: Spans) -> Counter[tuple[int, ...]]:
    """Return the number of packets of a family by what decides them in each list."""
    found: Counter[tuple[int, ...]] = Counter()
    for left in whole(family, ported):
        clipped = tuple(
            tuple((i, box) for i, rule in enumerate(rules) for box in boxes(rule, family, ported) if _meets(box, left))
            for rules in lists
        )
        count_decided(clipped, left, 0, 1, found)
    return found


def _meets(box: PlainBox, left: PlainBox) -> bool:
    return bool(overlap(box[0], left[0]))


def b2(load: Load) -> Outcome:
    """Count what the two lists permit and where they differ."""
    watch = Stopwatch()
    totals: dict[str, dict[int, int]] = {"permitted": {}, "opened": {}, "closed": {}}
    for family in load.families():
        for name in totals:
            totals[name][family] = 0
        for (first, second), count in decided((load.rules, load.other), family, load.ported).items():
            before, after = _allows(load.rules, first), _allows(load.other, second)
            totals["permitted"][family] += count * before
            totals["opened"][family] += count * (after and not before)
            totals["closed"][family] += count * (before and not after)
    return Outcome(0.0, watch.lap(), digest_b2(**totals))


def _allows(rules: Sequence[PlainRule], index: int) -> bool:
    return index != UNMATCHED and rules[index].allow


def b3(load: Load) -> Outcome:
    """Find the rules that decide nothing, and those that decide less than they match."""
    watch = Stopwatch()
    counts: Counter[int] = Counter()
    for family in load.families():
        for (index,), count in decided((load.rules,), family, load.ported).items():
            counts[index] += count
    dead = [i for i in range(len(load.rules)) if not counts[i]]
    partly = [i for i, rule in enumerate(load.rules) if 0 < counts[i] < _matched(rule, load)]
    return Outcome(0.0, watch.lap(), digest_b3(len(load.rules), dead, partly))


def _matched(rule: PlainRule, load: Load) -> int:
    return sum(volume(box) for family in (4, 6) for box in boxes(rule, family, load.ported))


if __name__ == "__main__":
    run("naive", {"b1": b1, "b2": b2, "b3": b3})
