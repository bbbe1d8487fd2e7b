"""One concrete packet header."""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.model.address import Family, format_address
from netcheck.model.ports import protocol_word


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
        source, destination = (
            format_address(self.family, self.source),
            format_address(self.family, self.destination),
        )
        if self.family == 6:
            destination = f"[{destination}]"
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
