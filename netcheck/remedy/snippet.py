"""Lines to type or to put into a file, and where clients find a proxy."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyEndpoint:
    """Where clients find a proxy: a plain host name or address, and a port. `read_endpoint` is the only way to one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The proxy as environment variables name it."""
        return f"http://{self}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """Lines to type or to put into a file. `place` says where; `undo` takes them back."""

    kind: str
    place: str
    lines: tuple[str, ...]
    undo: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the snippet as JSON."""
        return {
            "kind": self.kind,
            "place": self.place,
            "lines": list(self.lines),
            "undo": list(self.undo),
            "notes": list(self.notes),
        }


def with_note(snippet: Snippet, *notes: str) -> Snippet:
    """Return the snippet with more notes."""
    return replace(snippet, notes=(*snippet.notes, *notes))
