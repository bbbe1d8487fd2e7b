"""The page that sets Azure's recorded answers and ours side by side: `python -m tests.recorded.fidelity` prints it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.recorded.cases import CASES, NOT_REPLAYABLE, POWERSHELL, QUICKSTART, Case, Outcome, judge
from tests.recorded.expansions import INTERNET, load_expansions
from tests.recorded.replies import Lines
from tests.recorded.transcripts import read

_HEAD = """\
# Azure's answers and ours

Azure answers some of netcheck's questions itself, for networks that run: IP flow verify, next hop, the network
configuration diagnostic, connectivity check, effective security rules and effective routes. Test suites of Azure's own
tools have recorded such answers together with the network they are about. Each one is asked of netcheck again: the
resources that the replies show are written to files, as `az rest` prints them, the importers read the files, and the
question is put to the site. `tests/recorded` does it, and makes this page (`python -m tests.recorded.fidelity`).

What is compared:

* a flow: access and deciding rule; where the question says `*`, for four ports, the lowest and the highest among them;
* a next hop: its type, the appliance, the route table;
* a diagnostic: every field of every rule looked at, and the rule that decides;
* a connection: the verdict for the address that Azure's reply shows;
* effective rules: every rule with ports, protocol, addresses and what stands for its tags. netcheck is not given the
  default rules. Azure lists the last deny rules a second time (`DefaultInboundDenyAll`); that is left out;
* effective routes: the next hop of every IPv4 address except the two that Azure does not route (168.63.129.16,
  169.254.169.254).

Where the request was not recorded (`java`, `xplat`), it is the one that the source of the test asks. The networks of
Microsoft's quickstart, of `xplat`, and of PowerShell's Test-VerifyIPFlow, which asserts the answers, are written after
what their sources say. An answer that a recording holds twice counts once.
"""
_TAGS = """\
## Tags

`VirtualNetwork` is exactly what was recorded, network space and 168.63.129.16, but for the route's prefix above.
`AzureLoadBalancer` is, too, with an IPv6 address that older recordings do not show. `Internet` has changed over the
years and is held between two bounds: what a rule with it certainly covers, and what it may cover. Every recorded list
lies between them, but that the older ones leave out more of 25.0.0.0/8.
"""


_NAMES = {POWERSHELL: "PowerShell Test-VerifyIPFlow", QUICKSTART: "Microsoft's quickstart"}


def page() -> str:
    """Return the whole page."""
    judged = [(case, judge(case)) for case in CASES]
    same = sum(outcome.is_same for _, outcome in judged)
    parts = [
        _HEAD,
        f"{len(judged)} answers: {same} the same, {len(judged) - same} another.\n",
        "\n".join(_answers(judged)),
        "## Where ours is another answer\n",
        "\n".join(_differences()),
        "## What cannot be asked again\n",
        "\n".join(_not_replayable()),
        _TAGS,
        "\n".join(_tags()),
        "## Recordings\n",
        "\n".join(_sources()),
    ]
    return "\n".join(parts)


def _answers(judged: list[tuple[Case, Outcome]]) -> Iterator[str]:
    yield "| recording | question | Azure | netcheck | same |"
    yield "|---|---|---|---|---|"
    for case, outcome in judged:
        version = f" ({outcome.version})" if outcome.version else ""
        cells = [f"{_label(case.recording)}{version}", outcome.question, *_sides(outcome)]
        yield f"| {' | '.join(cells)} | {'yes' if outcome.is_same else 'no'} |"
    yield ""


def _label(recording: str) -> str:
    """Return a recording by who recorded it and what: `yugangw-msft test_network_watcher_vm`."""
    if recording in _NAMES:
        return _NAMES[recording]
    owner, _, test = recording.partition("__")
    if owner == "xplat":
        return f"xplat {'next-hop' if 'next-hop' in test else 'ip-flow-verify'}"
    library = owner.removeprefix("Azure_azure-libraries-for-") if owner.startswith("Azure_") else owner.split("_")[0]
    return f"{library} {test.replace('__', ' ')}".strip()


def _sides(outcome: Outcome) -> tuple[str, str]:
    """Return the cells of both answers: a list is counted, and of ours the lines that differ are shown."""
    if len(outcome.azures) == 1:
        return outcome.azures[0], outcome.ours[0]
    is_route = outcome.question == "effective routes"
    noun = "routes" if is_route else "rules"
    if outcome.question.startswith("diagnostic"):
        return f"{outcome.azures[0]}; {len(outcome.azures) - 1} rules looked at", "the same, field by field"
    theirs = f"{len(outcome.azures)} {noun}{_missing(outcome.azures, outcome.ours)}"
    return theirs, f"the same {len(outcome.ours)}" if outcome.is_same else _missing(outcome.ours, outcome.azures, "")


def _missing(one: Lines, other: Lines, before: str = ", of these ") -> str:
    """Return the lines that the other answer lacks; where they are rules, only what stands for their tags."""
    lines = [line for line in one if line not in other]
    of_tag = [line for line in lines if "VirtualNetwork =" in line]
    ends = [line.partition(" -> ")[2].partition(" 0-65535")[0] for line in of_tag]
    return f"{before}{'; '.join(dict.fromkeys(ends or lines))}" if lines else ""


def _differences() -> Iterator[str]:
    for why in dict.fromkeys(case.difference for case in CASES if case.difference):
        places = [f"{_label(case.recording)}" for case in CASES if case.difference == why]
        yield f"* {', '.join(places)}: {why}."
    yield ""


def _not_replayable() -> Iterator[str]:
    yield "| recording | question | why |"
    yield "|---|---|---|"
    for case, why in NOT_REPLAYABLE:
        yield f"| {_label(case.recording)} | {case.operation} | {why} |"
    yield ""


def _tags() -> Iterator[str]:
    yield "| `Internet`, prefixes | recorded in | is exactly |"
    yield "|---|---|---|"
    for count, relation in INTERNET.items():
        names = [name for one in load_expansions("Internet") if one.count == count for name in one.seen_in]
        yield f"| {count} | {', '.join(_label(name) for name in names)} | {relation} |"
    yield ""


def _sources() -> Iterator[str]:
    yield "| recording | repository | file | commit |"
    yield "|---|---|---|---|"
    for recording in dict.fromkeys(case.recording for case in CASES):
        if recording == POWERSHELL:
            continue
        source = read(recording)["source"]
        name = source["path"].rpartition("/")[2]
        yield f"| {_label(recording)} | {source['repo']} | `{name}` | {source['commit'][:12]} |"


if __name__ == "__main__":
    sys.stdout.write(page() + "\n")
