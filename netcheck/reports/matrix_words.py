"""Words for a matrix: what was asked, ports of a cell, members of a group, who decides."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.estate import bits
from netcheck.estate.asked import Ask, By
from netcheck.estate.grouping import Group
from netcheck.estate.matrix import Matrix
from netcheck.estate.outside import Outcome
from netcheck.estate.question import Cell
from netcheck.model.ports import protocol_word
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision
from netcheck.questions.answer import ports as port_words
from netcheck.sets import packets as ps

SHOWN_PORTS = 4
HEADS = {
    By.ALIKE: "VMs that behave alike",
    By.SUBNET: "VMs by subnet",
    By.GROUP: "VMs by application security group",
    By.VM: "VMs",
}
"""What the groups of a matrix are."""


def asked_words(ask: Ask) -> str:
    """Return the packets asked about: `tcp/443`, `tcp, every port`."""
    if ask.ports:
        return f"{ask.protocol.lower()}/{','.join(ask.ports)}"
    return (
        f"{ask.protocol.lower()}, every port" if ask.protocol.lower() in ("tcp", "udp", "any") else ask.protocol.lower()
    )


def summary_words(matrix: Matrix) -> str:
    """Return what was asked about how many pairs: `tcp/443 from 8 VMs to 8: 56 pairs`."""
    total = sum(matrix.pairs.values())
    pairs = f"{total:,} {'pair' if total == 1 else 'pairs'}"
    return f"{asked_words(matrix.ask)} from {vms(matrix.sends)} to {matrix.receives:,}: {pairs}"


def vms(count: int) -> str:
    """Return how many VMs: `1 VM`, `1,200 VMs`."""
    return f"{count:,} VM{'s' if count != 1 else ''}"


def cell_protocols(cell: Cell) -> str:
    """Return the protocols of a cell: a word, or how many there are."""
    if cell.protocols == ps.PORTLESS:
        return "other"
    words = dict.fromkeys(protocol_word(n, 4) for first, last in cell.protocols.spans() for n in range(first, last + 1))
    shown = list(words)
    return shown[0] if len(shown) == 1 else "other" if len(shown) > SHOWN_PORTS else "+".join(shown)


def cell_ports(cell: Cell) -> str:
    """Return the ports of a cell as a list of ranges, "" for a protocol without any."""
    return ",".join(port_words(cell.ports)) if cell.protocols <= ps.PORTED else ""


def cell_source_ports(cell: Cell) -> str:
    """Return the source ports of a cell, "" where all of them are meant."""
    return ",".join(port_words(cell.source_ports)) if ps.NO_PORT != cell.source_ports != ps.ALL_PORTS else ""


def cell_words(cell: Cell, width: int) -> str:
    """Return the packets of a cell: `tcp/443`, `udp/53 from 1024-65535`; long lists of ports are cut."""
    ports, source_ports = cell_ports(cell), cell_source_ports(cell)
    told = f"{cell_protocols(cell)}{'/' if ports else ''}{cut(ports, width)}"
    return f"{told} from {cut(source_ports, width)}" if source_ports else told


def members(matrix: Matrix, group: Group) -> list[str]:
    """Return the names of the VMs of a group, in the order of the site."""
    return [matrix.site.virtual_machines[number].name for number in group.machines]


def where(matrix: Matrix, group: Group) -> list[str]:
    """Return the subnets of the VMs of a group."""
    vms = matrix.site.virtual_machines
    return list(dict.fromkeys(nic.subnet for number in group.machines for nic in vms[number].interfaces))


def verdict_word(verdict: Verdict | None) -> str:
    """Return the word for a verdict; pairs without any packet have one of their own."""
    return "no packet" if verdict is None else str(verdict)


def deciders(outcomes: Sequence[Outcome]) -> list[str]:
    """Return who decides about what does not get through, else about what does."""
    return list(dict.fromkeys(_decider(d) for one in outcomes for d in one.decided_by))


def _decider(decision: Decision) -> str:
    return f"{decision} of {decision.resource}" if decision.resource else str(decision)


def cut(text: str, width: int) -> str:
    """Return a text that is cut where it is longer than that."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def next_words(matrix: Matrix) -> list[str]:
    """Return the options of `reach` that ask about one pair of a matrix, of the verdict most worth a look."""
    ask, found = matrix.ask, _pair(matrix)
    if found is None:
        return []
    source, target, cell = found
    port = str(_port(cell)) if cell is not None and cell.protocols <= ps.PORTED else ""
    words = ["--from", source, "--to", target]
    words += ["--port", ",".join(ask.ports) or port] if ask.ports or port else []
    protocol = ask.protocol if ask.ports or cell is None else protocol_word(cell.protocols.first, 4)
    return words if protocol == "tcp" else [*words, "--protocol", protocol]


def _port(cell: Cell) -> int:
    """Return a port of a cell: HTTPS where it is among them, else the first that is not 0."""
    if _HTTPS in cell.ports:
        return _HTTPS
    return next((max(first, 1) for first, last in cell.ports.spans() if last), 0)


_HTTPS = 443
_WORTH_ASKING = (Verdict.UNDETERMINED, Verdict.PARTIAL, Verdict.BLOCKED, Verdict.REACHABLE)


def _pair(matrix: Matrix) -> tuple[str, str, Cell | None] | None:
    """Return the first pair of two VMs with the verdict most worth a look, and packets that have it."""
    for verdict in _WORTH_ASKING:
        for one in matrix.slices:
            for sender, row in zip(matrix.groups, one.rows, strict=True):
                for receiver in bits.each(row.by_verdict()[verdict]):
                    names = members(matrix, sender)[:1], members(matrix, matrix.groups[receiver])[:2]
                    pair = [(x, y) for x in names[0] for y in names[1] if x != y]
                    if pair:
                        return *pair[0], one.cell
    return _outward(matrix)


def _outward(matrix: Matrix) -> tuple[str, str, Cell | None] | None:
    """Return a VM and a target outside, where no two VMs are asked about."""
    for label, outcomes in matrix.outside:
        for group, some in zip(matrix.groups, outcomes, strict=True):
            if some:
                return members(matrix, group)[0], label, matrix.slices[0].cell if matrix.slices else None
    return None
