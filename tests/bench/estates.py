"""All pairs of estates of 1,000, 10,000 and 100,000 VMs.

    python -m tests.bench.estates FILE [--every-port] [--pairs 1000]

Prints one line of JSON: CPU seconds by name (the collector off, as in the command), the peak memory of the process, and
how many of so many random pairs of VMs `reach` judges otherwise.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from statistics import median

from netcheck.estate.between import Plain
from netcheck.estate.classes import Estate, build_estate
from netcheck.estate.filters import Lookup
from netcheck.estate.judging import Judge
from netcheck.estate.question import cells, rule_kinds
from netcheck.estate.rows import row_of
from netcheck.estate.walked import origins_of
from netcheck.model.address import address_text
from netcheck.model.site import Site
from netcheck.path.leg import combine
from netcheck.policy.resolve import AddressBook, by_family
from netcheck.questions.asking import Asking
from netcheck.questions.places import Target
from netcheck.questions.reach import direct_parts, reach
from netcheck.sets.intervals import IntervalSet
from netcheck.sets.packets import ALL_PORTS, PORTED
from netcheck.sources.load import load_site
from tests.bench.estate import Size, write_site
from tests.bench.lines import Line, ms
from tests.bench.peers.common import peak_mib
from tests.bench.processes import Measured, interleave, run_cold

TCP = IntervalSet.point(6)
LARGE = 10_000
PORTS = (443, 22, 80, 1433, 3389)


class Clock:
    """CPU seconds since it was last asked: other work on the machine does not count."""

    def __init__(self) -> None:
        self._last = time.process_time()

    def lap(self) -> float:
        now = time.process_time()
        self._last, found = now, now - self._last
        return found


def measure(path: str, *, every_port: bool, pairs: int) -> dict[str, float]:
    """Return the figures of one estate."""
    gc.disable()
    clock = Clock()
    site = load_site([path])
    found = {"load": clock.lap()}
    gc.freeze()
    of_reading, held = peak_mib(), _start_peak()
    clock.lap()
    estate = build_estate(site, AddressBook(site))
    found["classes"] = clock.lap()
    found["number of classes"] = len(estate.classes)
    kinds, plain = rule_kinds(site), Plain(Lookup(estate))
    clock.lap()
    one, *others = (cells(kinds, TCP, IntervalSet.point(port))[0] for port in PORTS)
    plain.judge(one)
    found["first port"] = clock.lap()
    times = []
    for cell in others:
        plain.judge(cell)
        times.append(clock.lap())
    found["another port"] = median(times)
    if every_port:
        about = cells(kinds, PORTED, ALL_PORTS)
        clock.lap()
        found["rows of every port"] = sum(len(plain.judge(cell)) for cell in about)
        found["every port"] = clock.lap()
        found["kinds of ports"] = len(about)
    found["beside MiB"] = _kib("VmHWM") / 1024 - held
    found["peak MiB"] = max(of_reading, peak_mib())
    if pairs:
        found["differ"] = differ(site, estate, pairs)
        found["pairs"] = pairs
    return found


def _start_peak() -> float:
    """Let the peak of this process start anew (Linux: proc(5), clear_refs), and return what it holds now, in MiB."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _kib("VmRSS") / 1024


def _kib(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def differ(site: Site, estate: Estate, pairs: int) -> int:
    """Return how many of some random pairs `reach` judges otherwise on 443.

    Of a large site the part of it is asked that judges: to look two addresses up there takes `reach` half a second.
    """
    asking, random = Asking(site), Random(7)
    port = IntervalSet.point(443)
    [rows] = Judge(estate, asking).rows(cells(rule_kinds(site), TCP, port), TCP, port)
    of = {machine: number for number, one in enumerate(estate.classes) for machine in one.members}
    wrong = 0
    for _ in range(pairs):
        one, other = random.sample(range(len(site.virtual_machines)), 2)
        source, target = (site.virtual_machines[n] for n in (one, other))
        told = row_of(rows, of[one]).of(1 << of[other])
        if len(site.virtual_machines) > LARGE:
            goal = Target(target.name, by_family(target.primary.addresses))
            found = direct_parts(asking, origins_of(source), goal, TCP, port)
            wanted = combine(part.verdict for part in found)
        else:
            from_, to = (address_text(vm.primary.addresses[0]) for vm in (source, target))
            wanted = reach(site, from_, to, ("443",), asking=asking).verdict
        wrong += wanted is not told
    return wrong


def estates(options: argparse.Namespace, folder: Path) -> Iterator[Line]:
    """T7 to T10: three sizes, every port, large NSGs, every VM a class of its own."""
    found = {vms: _run(folder, Size(vms), options.rounds, "--pairs", "1000") for vms in (1_000, 10_000, 100_000)}
    large = found[100_000]
    yield Line("T7", "100,000 VMs: site file of 42,000 rules read (JSON)", 30, large["load"], "s")
    for what, limit, name in (
        ("classes", 600, "classes"), ("all pairs of the first port", 2000, "first port"),
        ("all pairs of another port", 300, "another port"),
    ):  # fmt: skip
        few = found[10_000]
        beside = f"{1000 * found[1_000][name]:,.0f}, {1000 * few[name]:,.0f} ms for 1,000, 10,000"
        yield Line("T7", f"100,000 VMs: {what}", limit, 1000 * large[name], beside=beside)
        yield Line("T7", f"{what}: 100,000 VMs over 10,000", 12, large[name] / few[name], "x")
    yield Line("T7", "peak of classes and five ports beside what is read", 250, large["beside MiB"], "MiB")
    relayed = _run(folder, Size(100_000, has_appliance=True), 1, "--pairs", "1000")
    what = "the same where 30 % of the subnets lead through an appliance"
    yield Line("T7", what, 1000, 1000 * relayed["another port"])
    wrong = sum(one["differ"] for one in (*found.values(), relayed))
    yield Line("T7", "pairs of 4 x 1,000 random ones that `reach` judges otherwise", 0, wrong, "")
    many = _run(folder, Size(100_000, rules=1000), 1)
    yield Line("T8", "100,000 VMs, 300,000 rules: read", 60, many["load"], "s")
    yield Line("T8", "classes", 3000, 1000 * many["classes"], beside=f"{many['peak MiB']:,.0f} MiB")
    yield Line("T8", "all pairs of another port", 1000, 1000 * many["another port"])
    yield Line("T8", "peak of classes and five ports beside what is read", 1200, many["beside MiB"], "MiB")
    every = _run(folder, Size(100_000, ports=100), 1, "--every-port")
    kinds = f"{every['kinds of ports']:,.0f} kinds of ports, {every['peak MiB']:,.0f} MiB"
    yield Line("T9", "100,000 VMs: all pairs, every port, one process", 40, every["every port"], "s", kinds)
    worst = _run(folder, Size(100_000, named=100_000), 1)
    seconds = worst["classes"] + worst["first port"]
    classes = f"{worst['number of classes']:,.0f} classes"
    yield Line("T10", "every VM named by a rule: classes and all pairs", 60, seconds, "s", classes)
    yield Line("T10", "its peak memory, the site included", 4096, worst["peak MiB"], "MiB")


def _run(folder: Path, size: Size, rounds: int, *words: str) -> dict[str, float]:
    kind = "through-appliance" if size.has_appliance else "plain"
    path = folder / f"estate-{size.vms}-{size.rules}-{size.named}-{size.ports}-{kind}.json"
    if not path.exists():
        write_site(path, size)
    job = partial(run_cold, path.name, ["-m", "tests.bench.estates", str(path), *words], 1800.0)
    [row] = interleave([job], rounds)
    return _figures(row)


def _figures(row: Measured) -> dict[str, float]:
    ms(row)
    return {name: float(value) for name, value in json.loads(row.output).items()}


def main() -> None:
    """Measure one estate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--every-port", action="store_true")
    parser.add_argument("--pairs", type=int, default=0, metavar="N")
    options = parser.parse_args()
    print(json.dumps(measure(options.file, every_port=options.every_port, pairs=options.pairs)))


if __name__ == "__main__":
    main()
