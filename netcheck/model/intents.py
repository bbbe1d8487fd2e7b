"""What an intents file says: which traffic has to get through, which must not, and what must not change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from netcheck.diagnostics import Diagnostic, Severity, Source
from netcheck.model.address import AddressRange, Family
from netcheck.model.ports import PortRange, Protocol


@dataclass(frozen=True, slots=True)
class Word:
    """A text of an intents file with its place; `line` is the line it stands in, for messages."""

    text: str
    at: Source = field(compare=False)
    line: str = field(default="", compare=False, repr=False)

    def fault(self, code: str, message: str, advice: str = "") -> Diagnostic:
        """Return an error about the text, at its place."""
        length = max(1, len(self.text))
        return Diagnostic(
            code=code,
            severity=Severity.ERROR,
            message=message,
            at=self.at,
            help=advice,
            length=length,
            excerpt=self.line,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A name for several members, which are VMs, subnets, prefixes, tags; groups in it are taken apart."""

    name: Word
    members: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaching:
    """`mustReach` (`is_wanted`) or `mustNotReach`: every source to every target, by every protocol.

    `ports` are the ports and ranges of protocols that have ports; none stands for all. `via` names a proxy.
    """

    is_wanted: bool
    sources: tuple[Word, ...]
    targets: tuple[Word, ...]
    protocols: tuple[str, ...]
    ports: tuple[str, ...] = ()
    via: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """One entry of `exactly`: these peers may, by these protocols and ports (none: all)."""

    peers: tuple[Word, ...]
    protocols: tuple[str, ...]
    ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exactly:
    """`exactly`: what reaches each of the ends (`is_inbound`), or what each of them reaches, is exactly the list.

    `among` are the peers that are asked about at all; none stands for everybody.
    """

    is_inbound: bool
    ends: tuple[Word, ...]
    allowed: tuple[Allowed, ...]
    among: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnchangedFrom:
    """`unchangedFrom`: nothing is opened or closed against the site in `files`, except what `allows` says."""

    files: tuple[str, ...]
    allows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackingUp:
    """`mustBackUp`: the backup traffic of these VMs gets through; profile, target and ports as in `check`."""

    vms: tuple[Word, ...]
    profile: str = ""
    target: str = ""
    ports: tuple[int, ...] = ()


Demand: TypeAlias = Reaching | Exactly | UnchangedFrom | BackingUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One intent. `label` says what it demands in one line, as the file spells it."""

    name: str
    label: str
    why: str
    at: Word
    demand: Demand

    @property
    def title(self) -> str:
        """The name, or what is demanded where there is none."""
        return self.name or self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentsFile:
    """A whole intents file."""

    file: str
    groups: tuple[Group, ...]
    intents: tuple[Intent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPackets:
    """One block of packets of a baseline: the product of its lists."""

    family: Family
    protocol: Protocol
    sources: tuple[AddressRange, ...]
    source_ports: tuple[PortRange, ...]
    destinations: tuple[AddressRange, ...]
    destination_ports: tuple[PortRange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFailure:
    """A failure that a baseline lists; `fingerprint` is its name from run to run."""

    fingerprint: str
    intent: str
    code: str
    subject: str
    packets: tuple[KnownPackets, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A baseline file."""

    file: str
    known: tuple[KnownFailure, ...]
