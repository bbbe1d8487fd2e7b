"""Ports and IP protocols as rules spell them."""

from __future__ import annotations

from dataclasses import dataclass

TCP, UDP, ICMP, ESP, AH, ICMPV6 = 6, 17, 1, 50, 51, 58
PORTED = frozenset({TCP, UDP})
"""Only TCP and UDP carry ports; a flow of another protocol is written with the single port 0."""

_PROTOCOL_NUMBERS = {
    "tcp": (TCP,),
    "udp": (UDP,),
    "icmp": (ICMP, ICMPV6),
    "icmpv6": (ICMPV6,),
    "esp": (ESP,),
    "ah": (AH,),
}
_PROTOCOL_WORDS = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMPV6: "icmp", ESP: "esp", AH: "ah"}


class PortError(ValueError):
    """A text is not a port or port range; the message says why, `help` what to write instead."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 - the word users see
        self.help = help
        super().__init__(message)


@dataclass(frozen=True, slots=True, order=True)
class PortRange:
    """Ports `first` to `last`, both included, 0-65535."""

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


ALL_PORTS = PortRange(0, 65535)


def parse_port_range(text: str) -> PortRange:
    """Read `443`, `80-443` or `*` as Azure does; raise PortError otherwise.

    A comma list is refused, as the service refuses it in the singular field
    (`SecurityRuleInvalidPortRange`).
    """
    text = text.strip()
    if text in ("*", "") or text.lower() == "any":
        if not text:
            raise PortError("empty port", "write a port, a range such as `80-443`, or `*`")
        return ALL_PORTS
    if "," in text:
        raise PortError(
            f"`{text}` is a list where one port or range is allowed",
            "put the ports into the plural field as a list",
        )
    first, dash, last = text.partition("-")
    if not (first.strip().isascii() and first.strip().isdigit()) or (
        dash and not (last.strip().isascii() and last.strip().isdigit())
    ):
        raise PortError(f"`{text}` is not a port, a range or `*`")
    if max(len(first.strip().lstrip("0")), len(last.strip().lstrip("0"))) > 5:
        raise PortError(f"port `{text[:40]}` is out of range", "ports are 0 to 65535")
    low, high = int(first), int(last) if dash else int(first)
    if low > 65535 or high > 65535:
        raise PortError(f"port `{text}` is out of range", "ports are 0 to 65535")
    if low > high:
        raise PortError(f"port range `{text}` runs backwards", f"write `{high}-{low}`")
    return PortRange(low, high)


@dataclass(frozen=True, slots=True)
class Protocol:
    """The IP protocols a rule matches; no numbers means every protocol (`*`)."""

    numbers: tuple[int, ...] = ()

    @property
    def is_any(self) -> bool:
        """Whether the rule says `*`."""
        return not self.numbers

    def __str__(self) -> str:
        return protocol_word(self.numbers[0]) if self.numbers else "any"


ANY_PROTOCOL = Protocol()


def protocol_word(number: int, family: int = 0) -> str:
    """Return `tcp`, `udp`, `icmp`, `esp`, `ah` or the number; the ICMP of the other family is a number."""
    if (family, number) in ((4, ICMPV6), (6, ICMP)):
        return str(number)
    return _PROTOCOL_WORDS.get(number, str(number))


def parse_protocol(text: str) -> Protocol:
    """Read a protocol as Azure, Windows and people spell it, any letter case; raise ValueError otherwise."""
    word = text.strip().lower()
    if word in ("*", "any", "all"):
        return ANY_PROTOCOL
    if word in _PROTOCOL_NUMBERS:
        return Protocol(_PROTOCOL_NUMBERS[word])
    if word.isascii() and word.isdigit() and int(word) <= 255:
        return Protocol((int(word),))
    raise ValueError(f"`{text}` is not a protocol")
