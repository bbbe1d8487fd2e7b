"""Lines to type or to put into a file, and where clients find a proxy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from netcheck.diagnostics import Source
from netcheck.model.address import AddressError, AddressRange, Family, parse_address
from netcheck.model.site import VirtualMachine
from netcheck.path.leg import Verdict
from netcheck.policy.decision import Decision

PRINTED = Source("netcheck client")
"""Where lines stand that are read back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyEndpoint:
    """Where clients find a proxy: a plain host name or address, and a port. `read_endpoint` is the only way to one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def family(self) -> Family | None:
        """The family of its address; None for a name."""
        try:
            return parse_address(self.host).family
        except AddressError:
            return None

    @property
    def url(self) -> str:
        """The proxy as environment variables name it."""
        return f"http://{self}"


def asking_addresses(clients: Iterable[VirtualMachine], family: Family | None) -> tuple[AddressRange, ...]:
    """Return the addresses that clients come from: of the family of the address they ask, where that is known.

    A client that has none of it comes with what it has.
    """
    found: dict[AddressRange, None] = {}
    for client in clients:
        own = client.primary.addresses
        found.update(dict.fromkeys([one for one in own if one.family == family] or own))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What lines do once they are read as their program reads them.

    `verdict` is that of the step they are for: reachable where requests then take the proxy, the port is open, the
    names are allowed. `decided_by` are who decides where it is another.
    """

    verdict: Verdict
    says: str
    decided_by: tuple[Decision, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON."""
        decided = [decision.to_dict() for decision in self.decided_by]
        return {"verdict": str(self.verdict), "says": self.says, "decisions": decided}


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """Lines to type or to put into a file. `place` says where; `undo` takes them back.

    `read_back` is None until somebody has read them.
    """

    kind: str
    place: str
    lines: tuple[str, ...]
    undo: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    read_back: ReadBack | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the snippet as JSON."""
        return {
            "kind": self.kind,
            "place": self.place,
            "lines": list(self.lines),
            "undo": list(self.undo),
            "notes": list(self.notes),
            "readBack": self.read_back.to_dict() if self.read_back else None,
        }


def with_note(snippet: Snippet, *notes: str) -> Snippet:
    """Return the snippet with more notes."""
    return replace(snippet, notes=(*snippet.notes, *notes))
