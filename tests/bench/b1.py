"""B1: which of the IPv4 addresses of `Storage` one machine reaches over TCP 80 and 443, and which rule decides.

    python -m tests.bench.b1 [--rules 100,400,1000,4000] [--rounds 3] [--peers PYTHON]

Prints a table for each number of rules and checks that all answers agree; status 1 if some do not. Figures of peers
and of `ours` are seconds inside the process, without reading the load; `netcheck filter` is the whole cold command, the
tag file and the NSG read from disk included. Ratios are to `ours`. Answers are compared at source port 49152, or with
`--every-source-port` at all; ours is for every source port in any case.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path

from tests.bench.loads import at_every_source_port, nsg_load
from tests.bench.nsg_files import rule_index, write_nsg_json
from tests.bench.peers.common import Digest, Piece, digest_b1, probes
from tests.bench.plain import Load, write_load
from tests.bench.processes import Measured, add_peer_options, interleave, print_table, run_cold, run_ours, run_peer
from tests.bench.tagfile import full_tags

PEERS = (("naive", "b1"), ("ipset", "b1"), ("oxidd_peer", "b1"), ("z3_peer", "b1"), ("aclcheck_peer", "b1"),
         ("nca", "b1"), ("nca", "b1-whole"))  # fmt: skip
OURS, COLD, NAIVE = "ours", "netcheck filter", "naive"


def command(nsg: Path, tags: Path) -> list[str]:
    """Return the words of the cold command after `python`."""
    question = ["--vnet", "10.0.0.0/16", "--from", "10.0.0.4", "--to", "Storage", "--port", "80,443"]
    return ["-m", "netcheck", "filter", str(nsg), "--tags", str(tags), *question, "-o", "json", "-q"]


def digest_of_command(output: str, load: Load) -> Digest:
    """Return the answer that the command printed in the neutral form."""
    answer = json.loads(output)
    deciding = [(one["access"] == "Allow", rule_index(load, one["rule"])) for one in answer["decisions"]]
    assert not answer["packets"]["undetermined"], "the loads leave nothing undetermined"
    answers: dict[tuple[int, int], list[Piece]] = {at: [] for at in probes(load.question)}
    for block in (*answer["packets"]["reachable"], *answer["packets"]["blocked"]):
        (decided,) = block["decidedBy"]
        for port, source_port in answers:
            if _is_among(port, block["destinationPorts"]) and _is_among(source_port, block["sourcePorts"]):
                networks = [ip_network(text) for text in block["destination"]]
                answers[port, source_port] += [Piece(int(n[0]), int(n[-1]), *deciding[decided]) for n in networks]
    return digest_b1(load.question, answers)


def _is_among(port: int, words: Sequence[str]) -> bool:
    spans = [(int(first), int(last or first)) for first, _, last in (word.partition("-") for word in words)]
    return any(first <= port <= last for first, last in spans)


def measure(load: Load, options: argparse.Namespace, folder: Path) -> list[Measured]:
    """Run ours and all peers on one load, in interleaved rounds; ours first, the command second."""
    path, tags = write_load(load, folder / f"{load.name}.load.json"), full_tags()
    nsg = write_nsg_json(load, folder / f"{load.name}.json")
    jobs: list[Callable[[], Measured]] = [
        partial(run_ours, path, "b1", options.limit),
        partial(run_cold, COLD, command(nsg, tags)),
        *(partial(run_peer, peer, path, job, options.peers, options.limit) for peer, job in PEERS),
    ]
    rows = interleave(jobs, options.rounds)
    if not rows[1].trouble:
        rows[1] = replace(rows[1], digest=digest_of_command(rows[1].output, load))
    return rows


def by_name(rows: Sequence[Measured], name: str) -> Measured:
    """Return the run of one name."""
    return next(row for row in rows if row.name == name)


def growth(found: dict[int, list[Measured]]) -> Iterator[str]:
    """Yield how ours and the command grow from one number of rules to the next."""
    sizes = sorted(found)
    for small, large in pairwise(sizes):
        for name in (OURS, COLD):
            one, other = by_name(found[small], name), by_name(found[large], name)
            if not one.trouble and not other.trouble:
                yield f"growth of {name} from {small} to {large} rules: {other.seconds / one.seconds:.1f} times"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", default="100,400,1000,4000", help="numbers of rules (default: %(default)s)")
    help_text = "compare answers at a source port of every range that the rules tell apart (slow)"
    parser.add_argument("--every-source-port", action="store_true", help=help_text)
    add_peer_options(parser)
    options = parser.parse_args()
    full_tags()
    found: dict[int, list[Measured]] = {}
    agrees = True
    with tempfile.TemporaryDirectory() as folder:
        for count in (int(word) for word in options.rules.split(",")):
            load = nsg_load(count)
            asked = at_every_source_port(load) if options.every_source_port else load
            found[count] = measure(asked, options, Path(folder))
            title = f"B1, {count} rules, {options.rounds} rounds"
            agrees = print_table(title, found[count], by_name(found[count], NAIVE)) and agrees
    print()
    for line in growth(found):
        print(line)
    return 0 if agrees else 1


if __name__ == "__main__":
    raise SystemExit(main())
