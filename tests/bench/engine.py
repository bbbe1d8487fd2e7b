"""Figures of the engine inside one process: medians over rounds, each on sets made anew.

    python -m tests.bench.engine JOB [-n ROUNDS]

Prints one line of JSON: seconds by name, and the peak memory of the process. Loads are IPv4 unless the job says more.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from random import Random

from netcheck.errors import QuestionError
from netcheck.model.address import parse_spans
from netcheck.policy.dead import find_dead
from netcheck.policy.difference import Change, Rules, compare_rules
from netcheck.policy.firstmatch import Clause, Painter, decide
from netcheck.policy.permitted import permitted
from netcheck.policy.table import LAST, RuleTable
from netcheck.policy.tablewalk import Walk
from netcheck.sets.atoms import Field
from netcheck.sets.intervals import IntervalSet, union
from netcheck.sets.packets import ALL_ADDRESSES, ALL_PORTS, PORTED, Box, box
from tests.bench.loads import edited, nsg_load, unrelated
from tests.bench.ours import NO_RULE, Reader, asked_packets, whole
from tests.bench.peers.common import Stopwatch, peak_mib
from tests.bench.plain import Load, PlainRule
from tests.bench.tagfile import full_tags

Figures = dict[str, float]


def nsg(count: int, family: int = 4, v6: float = 0.0) -> Figures:
    """Compile, one compiled question, dead rules, permitted set of an NSG."""
    load = nsg_load(count, v6=v6)
    clauses = Reader(load, family).clauses()
    everything = whole(load, family)
    watch = Stopwatch()
    RuleTable([c.box for c in clauses], [True] * len(clauses), everything.node(family))
    found = {"compile": watch.lap()}
    if family == 4:
        question = asked_packets(load.question).v4
        table = RuleTable([c.box for c in clauses], [True] * len(clauses), question)
        found["compile a question"] = watch.lap()
        painter = Painter([clauses[k] for k in table.kept], table.fields[LAST].bits, NO_RULE)
        watch.lap()
        Walk(table, painter.rules).run()
        found["compiled question"] = watch.lap()
        decide(clauses, asked_packets(load.question), NO_RULE)
        found["question from clauses to sets"] = watch.lap()
    watch.lap()
    find_dead(clauses, lambda rule: allows(load, rule), everything)
    found["compile and dead rules"] = watch.lap()
    found["dead rules"] = found["compile and dead rules"] - found["compile"]
    answer = permitted(clauses, lambda rule: allows(load, rule), everything)
    answer.count_allowed()
    found["compile and permitted set"] = watch.lap()
    found["permitted set"] = found["compile and permitted set"] - found["compile"]
    found["all"] = found["compile and dead rules"] + found["permitted set"]
    return found


def allows(load: Load, rule: int) -> bool:
    """Return whether a rule of the first list allows."""
    return rule != NO_RULE and load.rules[rule].allow


def difference(count: int) -> Figures:
    """What 5 edits, 10 % edits and another NSG open and close."""
    base = nsg_load(count)
    found = {}
    for name, load in (
        ("5 edits", edited(base, 5)),
        ("10 %", edited(base, count // 10)),
        ("unrelated", unrelated(base)),
    ):
        reader = Reader(load, 4)
        old, new = reader.clauses(), reader.clauses("other")
        watch = Stopwatch()
        change = compare_rules(rules_of(old, load.rules), rules_of(new, load.other), whole(load, 4))
        change.count(Change.OPENED), change.count(Change.CLOSED)
        found[name] = watch.lap()
    return found


def rules_of(clauses: Sequence[Clause], rules: Sequence[PlainRule]) -> Rules:
    """Return a list of a load as comparisons take it."""
    return Rules(clauses, lambda rule: rule != NO_RULE and rules[rule].allow)


def tag_file() -> Figures:
    """Read all prefixes of the tag file, merge them by tag, and make atoms of both families."""
    values = json.loads(full_tags().read_text(encoding="utf-8"))["values"]
    watch = Stopwatch()
    sets: dict[int, list[IntervalSet]] = {4: [], 6: []}
    for value in values:
        texts = value["properties"]["addressPrefixes"]
        for family, colon in ((4, False), (6, True)):
            sets[family].append(IntervalSet.of(parse_spans(text for text in texts if (":" in text) is colon)))
    found = {"parse and merge": watch.lap()}
    for family in (4, 6):
        named = [one for one in sets[family] if one]
        Field([union(named)], union(named), named)
    found["atoms"] = watch.lap()
    found["all"] = found["parse and merge"] + found["atoms"]
    return found


def families(count: int) -> Figures:
    """The same rules over IPv4 and over IPv6: addresses moved into the upper bits of 2001:db8::/32."""
    load = nsg_load(count)
    four = Reader(load, 4).clauses()
    six = [clause._replace(box=_moved(clause.box)) for clause in four]
    found = {}
    for name, family, clauses in (("IPv4", 4, four), ("IPv6", 6, six)):
        everything = whole(load, family)
        watch = Stopwatch()
        find_dead(clauses, lambda rule: allows(load, rule), everything)
        permitted(clauses, lambda rule: allows(load, rule), everything).count_allowed()
        found[name] = watch.lap()
    return found


def _moved(one: Box) -> Box:
    def moved(addresses: IntervalSet) -> IntervalSet:
        if addresses == ALL_ADDRESSES[4]:
            return ALL_ADDRESSES[6]
        start = 0x20010DB8 << 96
        return IntervalSet(tuple(start + (cut << 64) for cut in addresses.cuts))

    return one._replace(family=6, sources=moved(one.sources), destinations=moved(one.destinations))


def adversarial(kind: str) -> Figures:
    """Rule lists made to be cut into as many pieces as possible; what cannot be answered ends with NC316."""
    random = Random(kind)
    clauses = [Clause(rule, _hostile(kind, random)) for rule in range(300)]
    jobs: tuple[tuple[str, Callable[[], object]], ...] = (
        ("dead rules", lambda: find_dead(clauses, lambda rule: rule % 2 == 0, box(4))),
        ("permitted set", lambda: permitted(clauses, lambda rule: rule % 2 == 0, box(4)).count_allowed()),
        ("who decides", lambda: decide(clauses, box(4), NO_RULE)),
    )
    found = {}
    for name, job in jobs:
        watch = Stopwatch()
        try:
            job()
        except QuestionError:
            name += " (NC316)"
        found[name] = watch.lap()
    return found


def _hostile(kind: str, random: Random) -> Box:
    """A box with a random range in every field, nested prefixes with ranges of ports, or stripes in two fields."""

    def span(top: int) -> IntervalSet:
        first, last = sorted((random.randrange(top + 1), random.randrange(top + 1)))
        return IntervalSet.span(first, last)

    def prefix() -> IntervalSet:
        size = 1 << random.randrange(16, 33)
        first = random.getrandbits(32) // size * size
        return IntervalSet.span(first, first + size - 1)

    def stripes(top: int) -> IntervalSet:
        starts = [random.randrange(top) for _ in range(20)]
        return IntervalSet.of((start, min(top, start + top // 64)) for start in starts)

    every = ALL_ADDRESSES[4]
    if kind == "ranges":
        return Box(4, PORTED, span(65535), span(65535), span(2**32 - 1), span(2**32 - 1))
    if kind == "nested":
        return Box(4, IntervalSet.point(random.choice((6, 17))), span(65535), ALL_PORTS, prefix(), prefix())
    fields = [ALL_PORTS, ALL_PORTS, every, every]
    for level in random.sample(range(4), 2):
        fields[level] = stripes(65535 if level < 2 else 2**32 - 1)
    return Box(4, PORTED, fields[0], fields[1], fields[2], fields[3])


JOBS: dict[str, Callable[[], Figures]] = {
    "nsg-1000": lambda: nsg(1000),
    "nsg-200": lambda: nsg(200),
    "difference-1000": lambda: difference(1000),
    "tag-file": tag_file,
    "families-1000": lambda: families(1000),
    "adversarial-ranges": lambda: adversarial("ranges"),
    "adversarial-nested": lambda: adversarial("nested"),
    "adversarial-stripes": lambda: adversarial("stripes"),
}


def medians(job: str, rounds: int) -> Iterator[tuple[str, float]]:
    """Yield the median of each figure of a job."""
    gc.disable()  # as the command line does
    runs = []
    for _ in range(rounds):
        gc.collect()
        runs.append(JOBS[job]())
    for name in runs[0]:
        yield name, statistics.median(run[name] for run in runs)


def main() -> None:
    """Run one job and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=list(JOBS))
    parser.add_argument("-n", "--rounds", type=int, default=3, help="rounds (default: 3)")
    options = parser.parse_args()
    figures = dict(medians(options.job, options.rounds))
    print(json.dumps({"figures": figures, "peak_mib": peak_mib()}))


if __name__ == "__main__":
    main()
