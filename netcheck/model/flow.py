"""One concrete packet header."""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.model.address import Family, format_address
from netcheck.model.ports import protocol_word

USUAL_SOURCE_PORT = 49152
"""The first of the ephemeral ports (RFC 6335): what a flow has that names no source port."""


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """The first packet of a connection. Ports are 0 where the protocol has none."""

    family: Family
    protocol: int
    source: int
    source_port: int
    destination: int
    destination_port: int

    def __str__(self) -> str:
        """Return the flow as `netcheck explain` reads it; a source port is told where it is not the usual one."""
        source, destination = (
            format_address(self.family, self.source),
            format_address(self.family, self.destination),
        )
        if self.family == 6:
            destination = f"[{destination}]"
        if self.source_port not in (0, USUAL_SOURCE_PORT):
            source = f"{source}#{self.source_port}"
        return f"{source} -> {destination}:{self.destination_port}/{protocol_word(self.protocol, self.family)}"

    def to_dict(self) -> dict[str, object]:
        """Return the flow as the JSON of a witness."""
        return {
            "family": self.family,
            "protocol": protocol_word(self.protocol, self.family),
            "source": format_address(self.family, self.source),
            "sourcePort": self.source_port,
            "destination": format_address(self.family, self.destination),
            "destinationPort": self.destination_port,
        }
