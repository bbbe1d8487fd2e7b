"""Every target in one command: limit, figure, and ratio to what it is compared with, a line each.

    python -m tests.bench.targets [--only T1,B1 …] [--rounds 3] [--peers PYTHON] [--limit 120]

Times are medians of interleaved rounds in milliseconds; ratios are of one run. `missed` marks a target that is not
reached, and makes the exit status 1. The names are those of docs/performance.md.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import yaml

from netcheck.diagnostics import Collector
from netcheck.sources._nodes import Document
from netcheck.sources._yaml import parse_yaml
from tests.bench import b1, b2, b3
from tests.bench.backed_up import write_estate as write_backed_up
from tests.bench.classbench import classbench_files, classbench_load
from tests.bench.estates import estates
from tests.bench.exports import write_estate
from tests.bench.intents import write_intents, write_site
from tests.bench.lines import Line, ms
from tests.bench.loads import edited, nsg_load, unrelated
from tests.bench.nsg_files import write_nsg_json, write_nsg_yaml, write_site_yaml
from tests.bench.plain import write_load
from tests.bench.processes import Measured, add_peer_options, interleave, run_cold, run_ours, run_peer
from tests.bench.tagfile import ROOT, full_tags

COLD_DEAD = (
    "import sys, gc; gc.disable(); import netcheck as nc\n"
    "site = nc.load(sys.argv[1], tags=sys.argv[2])\n"
    "answer = nc.filter_packets(site, '', 'Outbound', '10.0.0.4', 'Storage', tcp=[80, 443])\n"
    "dead = nc.find_dead_rules(site, '', 'Outbound', vnet=['10.0.0.0/16'])\n"
    "print(answer.verdict, len(answer.to_dict()['decisions']), len(dead))\n"
)
"""One cold process: read, answer with deciding rules, dead rules with their covers."""


def engine(job: str, rounds: int) -> tuple[dict[str, float], float]:
    """Return the figures of one job of tests.bench.engine in milliseconds, and its peak memory in MiB."""
    row = run_cold(job, ["-m", "tests.bench.engine", job, "-n", str(rounds)])
    ms(row)
    found = json.loads(row.output)
    return {name: seconds * 1000 for name, seconds in found["figures"].items()}, found["peak_mib"]


def start_up(options: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """T1, B4: `--version`, `--help` and a small `filter` against the bare interpreter."""
    load = nsg_load(10)
    nsg, tags = write_nsg_json(load, folder / "nsg10.json"), full_tags()
    jobs = [
        partial(run_cold, "bare", ["-c", "pass"]),
        partial(run_cold, "version", ["-m", "netcheck", "--version"]),
        partial(run_cold, "help", ["-m", "netcheck", "--help"]),
        partial(run_cold, "filter", b1.command(nsg, tags)),
    ]
    bare, version, help_, filter_ = interleave(jobs, 3 * options.rounds)
    for name, row in (("--version", version), ("--help", help_)):
        yield Line("T1", f"`netcheck {name}`, cold", 35, ms(row), beside=f"{ms(row) / ms(bare):.2f} x bare python")
        yield Line("T1", f"`netcheck {name}` over bare python", 2.5, ms(row) / ms(bare), "x")
    yield Line(
        "B4",
        "`netcheck filter`, 10 rules, tag file read",
        150,
        ms(filter_),
        beside=f"{ms(filter_) / ms(bare):.1f} x bare",
    )


def main_job(options: argparse.Namespace, _: Path) -> Iterator[Line]:
    """The main job: `check` on the article's network."""
    command = ["-m", "netcheck", "check", str(ROOT / "fixtures/article-before/site.yaml"), "--tags", str(full_tags())]
    jobs = [partial(run_cold, "bare", ["-c", "pass"]), partial(run_cold, "check", command)]
    bare, check = interleave(jobs, 3 * options.rounds)
    yield Line("main", "`netcheck check` on the article's network, cold", 350, ms(check),
               beside=f"{ms(check) / ms(bare):.1f} x bare")  # fmt: skip
    yield Line("main", "its peak memory", 120, check.peak_mib, "MiB")


def cold(options: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """T2, T3: exact answer, deciding rules and dead rules in one cold process; a whole path."""
    tags = str(full_tags())
    jobs, names = [partial(run_cold, "bare", ["-c", "pass"])], ["bare"]
    for count in (50, 1000):
        load = nsg_load(count)
        paths = write_nsg_json(load, folder / f"{count}.json"), write_nsg_yaml(load, folder / f"{count}.yaml")
        jobs += [partial(run_cold, path.name, ["-c", COLD_DEAD, str(path), tags]) for path in paths]
        names += [path.name for path in paths]
    site = write_site_yaml(nsg_load(1000), folder / "site.yaml", full_tags())
    question = ["reach", str(site), "--from", "10.0.0.4", "--to", "Storage", "--port", "80,443", "-o", "json", "-q"]
    jobs.append(partial(run_cold, "path", ["-m", "netcheck", *question]))
    rows = interleave(jobs, 2 * options.rounds)
    found = dict(zip([*names, "path"], rows, strict=True))
    for name, target, limit in (
        ("50.json", "T2", 120), ("50.yaml", "T2", 150), ("1000.json", "T3", 300), ("1000.yaml", "T3", 300),
    ):  # fmt: skip
        beside = f"{ms(found[name]) / ms(found['bare']):.1f} x bare, {found[name].peak_mib:.0f} MiB"
        yield Line(target, f"answer, deciders, dead rules, cold, {name}", limit, ms(found[name]), beside=beside)
    yield Line("T3", "`netcheck reach` over a path, 1000 rules, YAML, cold", 550, ms(found["path"]),
               beside=f"{ms(found['path']) / ms(found['bare']):.1f} x bare")  # fmt: skip


def inside(options: argparse.Namespace, _: Path) -> Iterator[Line]:
    """T4, T5, T6: the engine alone."""
    found, peak = engine("nsg-1000", options.rounds)
    for what, limit in (("compile", 50), ("compiled question", 0.5), ("dead rules", 60), ("permitted set", 1200)):
        yield Line("T4", f"1000 rules: {what}", limit, found[what])
    small, _peak = engine("nsg-200", options.rounds)
    yield Line("T5", "200 rules: compile, dead rules, permitted set", 40, small["all"])
    change, change_peak = engine("difference-1000", options.rounds)
    for what, limit in (("5 edits", 100), ("10 %", 1500), ("unrelated", 3500)):
        yield Line("T6", f"difference of two NSGs of 1000 rules: {what}", limit, change[what])
    yield Line("mem", "peak of these, tag file read", 1024, max(peak, change_peak), "MiB")


def files(options: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """T11, T12, T13: tag file, YAML, IPv6."""
    found, _peak = engine("tag-file", options.rounds)
    yield Line("T11", "all prefixes of the tag file parsed, merged, made atoms", 600, found["all"])
    ours, theirs, size = yaml_times(folder)
    yield Line("T12", f"{size / 1e6:.1f} MB of YAML to nodes with places", 2500 * max(1.0, size / 1e7), ours)
    yield Line("T12", "the same against yaml.CSafeLoader", 0.25, ours / theirs, "x", f"CSafeLoader {theirs:,.0f} ms")
    both, _peak = engine("families-1000", options.rounds)
    yield Line("T13", "IPv6 over IPv4, 1000 rules, dead and permitted", 1.5, both["IPv6"] / both["IPv4"], "x")


def exports(options: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """I1: an estate in one file, asked about one NSG of it, as a whole process."""
    for form in ("az", "rest"):
        path = write_estate(folder / f"{form}.json", 2000, 40, form)
        words = ["-m", "netcheck", "filter", str(path), "--nsg", "nsg-7", "--to", "10.7.3.4", "--port", "1003"]
        job = partial(run_cold, form, [*words, "--vnet", "10.0.0.0/8", "-q", "-o", "json"])
        [row] = interleave([job], options.rounds)
        size = f"{path.stat().st_size / 1e6:.0f} MB"
        what = f"2,000 NSGs of 40 rules in one {form} list, {size}"
        yield Line("I1", what, 3000, ms(row), beside=f"{row.peak_mib:.0f} MiB")


def intents(options: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """C1: a hundred intents on a site of 300 VMs, as a whole process."""
    words = ["test", str(write_site(folder / "site.json")), str(write_intents(folder / "intents.json"))]
    [row] = interleave([partial(run_cold, "intents", ["-m", "netcheck", *words, "-o", "json"])], options.rounds)
    yield Line("C1", "100 intents on 300 VMs, cold", 5000, ms(row), beside=f"{row.peak_mib:.0f} MiB")


def report(options: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """R1: the report of 300 VMs, as a whole process, and its size."""
    site, page = write_backed_up(folder / "backed-up.json"), folder / "report.html"
    words = ["report", str(site), "--tags", str(full_tags()), "-o", str(page)]
    [row] = interleave([partial(run_cold, "report", ["-m", "netcheck", *words])], options.rounds)
    yield Line("R1", "report of 300 VMs, cold", 5000, ms(row), beside=f"{row.peak_mib:.0f} MiB")
    yield Line("R1", "its page", 3.0, page.stat().st_size / 1e6, "MB")


def yaml_times(folder: Path) -> tuple[float, float, int]:
    """Return the milliseconds of our reader, collector off as in the command, and of CSafeLoader, and the size."""
    load = nsg_load(1000)
    text = write_nsg_yaml(load, folder / "one.yaml").read_text(encoding="utf-8")
    indented = "\n".join(f"  {line}" if line else line for line in text.splitlines())
    copies = 10_000_000 // len(indented) + 1
    whole = "\n".join(f"copy-{number}:\n{indented}" for number in range(copies))
    gc.disable()
    start = time.perf_counter()
    document = Document("big.yaml", whole)
    root = parse_yaml(document, Collector())
    document.source(root)
    ours = time.perf_counter() - start
    del root, document
    gc.enable()
    gc.collect()
    start = time.perf_counter()
    yaml.load(whole, Loader=yaml.CSafeLoader)
    return ours * 1000, (time.perf_counter() - start) * 1000, len(whole)


def beside_peers(options: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """B1 and T14: the Storage question side by side, cold and inside, and how it grows."""
    found = {}
    for count in (1000, 4000):
        rows = b1.measure(nsg_load(count), options, folder) if count == 1000 else cold_only(count, options, folder)
        found[count] = {row.name: row for row in rows}
    one = found[1000]
    ours, command = one[b1.OURS], one[b1.COLD]
    yield Line(
        "B1", "1000 rules, one cold command, tag file read", 300, ms(command), beside=f"{command.peak_mib:.0f} MiB"
    )
    yield Line("B1", "its peak memory", 150, command.peak_mib, "MiB")
    if not one["ipset"].trouble:
        yield Line("B1", "netaddr.IPSet over ours, compile included (T14)", 10, ms(one["ipset"]) / ms(ours), "x",
                   f"{ms(one['ipset']):,.0f} : {ms(ours):,.0f} ms", is_least=True)  # fmt: skip
    nca = one["nca (whole)"]
    seconds = options.limit * 1000 if nca.trouble.startswith(">") else ms(nca)
    yield Line("B1", "network-config-analyzer's full map over the cold command", 20, seconds / ms(command), "x",
               nca.trouble or f"{seconds:,.0f} ms", is_least=True)  # fmt: skip
    growth = ms(found[4000][b1.COLD]) / ms(command)
    yield Line("B1", "cold command, 4000 rules over 1000", 6, growth, "x", f"{ms(found[4000][b1.COLD]):,.0f} ms")
    yield Line("B1", "inside, 4000 rules over 1000", 6, ms(found[4000][b1.OURS]) / ms(ours), "x")
    wrong = [row.name for row in one.values() if b1_differs(one[b1.NAIVE], row)]
    yield Line("B1", "answers that differ from the naive one", 0, len(wrong), "", ", ".join(wrong))


def b1_differs(reference: Measured, row: Measured) -> bool:
    """Return whether two answers have an entry in common and differ in one."""
    return any(row.digest[name] != reference.digest[name] for name in row.digest if name in reference.digest)


def cold_only(count: int, options: argparse.Namespace, folder: Path) -> list[Measured]:
    """Run the command and ours on a large load, without the peers."""
    load = nsg_load(count)
    path, nsg = write_load(load, folder / f"{load.name}.load.json"), write_nsg_json(load, folder / f"{load.name}.json")
    jobs = [partial(run_ours, path, "b1"), partial(run_cold, b1.COLD, b1.command(nsg, full_tags()))]
    return interleave(jobs, options.rounds)


def decision_diagrams(options: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """B2, B3, T14: permitted sets, dead rules and differences against OxiDD.

    T14 is about few tags and many sources; with tags of all regions, which cut the destinations finely, we need not be
    slower than what is said.
    """
    for few_tags, what, limits in ((True, "few tags", (3.0, 0.5, 10.0)), (False, "regional tags", (1.0, 0.5, 5.0))):
        target = "T14" if few_tags else "B2"
        small, large = (
            write_load(nsg_load(count, few_tags=few_tags), folder / f"{what[:3]}{count}.json") for count in (200, 1000)
        )
        for path, job, text, limit in (
            (small, b2.PERMITTED, "permitted set, 200 rules", limits[0]),
            (large, b2.PERMITTED, "permitted set, 1000 rules", limits[1]),
            (large, b3.JOB, "dead rules, 1000 rules", limits[2]),
        ):
            yield versus(target, f"OxiDD over ours, {text}, {what}", limit, pair(path, job, options))
    for name, load in (("5 edits", edited(nsg_load(1000), 5)), ("unrelated", unrelated(nsg_load(1000)))):
        found = pair(write_load(load, folder / f"d-{name[:1]}.json"), b2.DIFF, options)
        yield versus("B2", f"OxiDD over ours, difference, 1000 rules, {name}", 0.25, found)


def versus(target: str, what: str, limit: float, found: tuple[Measured, Measured]) -> Line:
    """Return how many times longer the peer takes; answers that differ are no figure at all."""
    ours, peer = found
    if b1_differs(ours, peer):
        raise RuntimeError(f"{what}: the answers differ")
    beside = f"{ms(peer):,.0f} : {ms(ours):,.0f} ms, same answer"
    return Line(target, what, limit, ms(peer) / ms(ours), "x", beside, is_least=True)


def pair(path: Path, job: str, options: argparse.Namespace) -> tuple[Measured, Measured]:
    """Run one job of ours and of OxiDD in interleaved rounds."""
    jobs = [
        partial(run_ours, path, job, options.limit),
        partial(run_peer, "oxidd_peer", path, job, options.peers, options.limit),
    ]
    ours, peer = interleave(jobs, options.rounds)
    return ours, peer


def filter_sets(_: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """B3: dead rules of every ClassBench set at hand, exact."""
    slowest: dict[str, tuple[float, str, float]] = {}
    for path in classbench_files():
        row = run_ours(write_load(classbench_load(path), folder / f"{path.name}.json"), b3.JOB, 600)
        size = path.name.rpartition("_")[2]
        slowest[size] = max(slowest.get(size, (0.0, "", 0.0)), (ms(row) / 1000, path.name, row.peak_mib))
        dead = f"{len(row.digest['dead'])} dead, {row.note}"
        print(f"     {path.name:10} {ms(row):10,.0f} ms {row.peak_mib:6.0f} MiB  {dead}", flush=True)
    for size, (seconds, name, peak) in sorted(slowest.items()):
        yield Line("B3", f"slowest ClassBench set of {size}: dead rules, {name}", 60, seconds, "s", f"{peak:.0f} MiB")


def hostile(_: argparse.Namespace, __: Path) -> Iterator[Line]:
    """Worst inputs: an answer or NC316 within a minute and a gigabyte."""
    for kind in ("ranges", "nested", "stripes"):
        found, peak = engine(f"adversarial-{kind}", 1)
        for what, figure in found.items():
            yield Line("max", f"300 hostile rules, {kind}: {what}", 60, figure / 1000, "s", f"{peak:.0f} MiB")
        yield Line("mem", f"300 hostile rules, {kind}", 1024, peak, "MiB")


Group = Callable[[argparse.Namespace, Path], Iterator[Line]]
GROUPS: dict[str, Group] = {
    "start-up": start_up,
    "main-job": main_job,
    "cold": cold,
    "engine": inside,
    "files": files,
    "exports": exports,
    "intents": intents,
    "report": report,
    "estates": estates,
    "peers": beside_peers,
    "diagrams": decision_diagrams,
    "classbench": filter_sets,
    "hostile": hostile,
}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="GROUP,…", help=f"of {', '.join(GROUPS)} (default: all)")
    add_peer_options(parser)
    options = parser.parse_args()
    full_tags()
    missed = 0
    print(f"{sys.implementation.name} {sys.version.split()[0]}, {options.rounds} rounds")
    for name, group in GROUPS.items():
        if not options.only or name in options.only.split(","):
            with tempfile.TemporaryDirectory() as folder:
                for line in group(options, Path(folder)):
                    print(line, flush=True)
                    missed += not line.is_met
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
