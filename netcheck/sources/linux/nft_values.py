"""What an nft rule set says, as text and JSON both give it: tables, chains, sets, and rules as lists of statements.

Semantics: manual page nft(8), nftables 1.0; the schema of the JSON form: libnftables-json(5). Each value prints as
`nft list ruleset` does, so that both forms of one rule set become the same value with the same names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from netcheck.diagnostics import Source
from netcheck.model.rules import Access

_SHOWN = 8
_BARE_KEYS = frozenset(
    ("meta iif", "meta iifname", "meta iifgroup", "meta iiftype", "meta oif", "meta oifname", "meta oifgroup",
     "meta oiftype", "meta ibrname", "meta obrname")
)  # fmt: skip

FLAG_KEYS = frozenset(("ct state", "ct status", "tcp flags", "ct label", "ct event"))
"""Fields of single bits: a value without operator asks whether one of its bits is set."""


class NftError(ValueError):
    """A rule set is malformed; the message says how, `help` what to do."""

    def __init__(self, message: str, help: str = "") -> None:  # noqa: A002 - the word users see
        self.help = help
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Word:
    """One value: a number (decimal), an address, a name."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Prefix:
    """An address with the number of its leading bits that count."""

    address: str
    length: str

    def __str__(self) -> str:
        return f"{self.address}/{self.length}"


@dataclass(frozen=True, slots=True)
class Span:
    """Values from `first` to `last`, both included."""

    first: str
    last: str

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class Flags:
    """Several flags of one field."""

    words: tuple[str, ...]

    def __str__(self) -> str:
        return ",".join(self.words)


@dataclass(frozen=True, slots=True)
class Named:
    """A set or map of the table: `@name`."""

    name: str

    def __str__(self) -> str:
        return f"@{self.name}"


@dataclass(frozen=True, slots=True)
class Every:
    """The element `*`: what no other element matches."""

    def __str__(self) -> str:
        return "*"


@dataclass(frozen=True, slots=True)
class Other:
    """A value that is not taken apart."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Key:
    """A field of the packet or of what the kernel knows of it: `ip saddr`, `meta l4proto`, `ct state`."""

    name: str

    def __str__(self) -> str:
        return self.name.removeprefix("meta ") if self.name in _BARE_KEYS else self.name


@dataclass(frozen=True, slots=True)
class Masked:
    """The bits of a field that a mask leaves."""

    key: Key
    mask: Word | Flags

    def __str__(self) -> str:
        return f"{self.key} & {self.mask}"


@dataclass(frozen=True, slots=True)
class Concat:
    """Fields, or values for them, side by side."""

    items: tuple[Expression, ...]

    def __str__(self) -> str:
        return " . ".join(str(item) for item in self.items)


@dataclass(frozen=True, slots=True)
class Elements:
    """A set or map written where it is used, or the content of a named one."""

    items: tuple[Element, ...]

    def __str__(self) -> str:
        shown = [str(item) for item in self.items[:_SHOWN]]
        if len(self.items) > _SHOWN:
            shown.append(f"... {len(self.items) - _SHOWN} more")
        return "{ " + ", ".join(shown) + " }"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ends a rule: `accept`, `drop`, `return`, `continue`, `queue`, or `jump` and `goto` with a chain."""

    kind: str
    target: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.target}".strip()


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a set; of a verdict map with its verdict. `expires`: it is taken out after some time."""

    value: Expression
    verdict: Verdict | None = None
    expires: bool = False

    def __str__(self) -> str:
        return f"{self.value} : {self.verdict}" if self.verdict else str(self.value)


Expression: TypeAlias = "Word | Prefix | Span | Flags | Named | Every | Other | Key | Masked | Concat | Elements"


@dataclass(frozen=True, slots=True)
class Match:
    """A comparison: `==`, `!=`, `<`, `>`, `<=`, `>=`, `in` (some of these flags) or `!` (none of them)."""

    left: Expression
    operator: str
    right: Expression

    def __str__(self) -> str:
        shown = "" if self.operator in ("==", "in") else f"{self.operator} "
        is_bits = isinstance(self.left, Masked) or (isinstance(self.left, Key) and self.left.name in FLAG_KEYS)
        if self.operator == "==" and is_bits and isinstance(self.right, Word | Flags):
            shown = "== "
        return f"{self.left} {shown}{self.right}"


@dataclass(frozen=True, slots=True)
class VerdictMap:
    """A verdict looked up."""

    key: Expression
    map: Elements | Named

    def __str__(self) -> str:
        return f"{self.key} vmap {self.map}"


@dataclass(frozen=True, slots=True)
class Reject:
    """A drop with an answer, which narrows the rule to packets that can be answered so: `tcp reset` to TCP."""

    answer: str = ""

    def __str__(self) -> str:
        return f"reject with {self.answer}" if self.answer else "reject"


@dataclass(frozen=True, slots=True)
class Passive:
    """A statement that neither stops the rule nor decides: a counter, a log, a mark."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Assign:
    """A field is given a value. The rule stops at packets that lack the field, or what the value is read from.

    `may_stop`: the value is looked up, or read from a field that not every packet has.
    """

    key: Key
    value: str
    may_stop: bool = False

    def __str__(self) -> str:
        return f"{self.key} set {self.value}"


@dataclass(frozen=True, slots=True)
class Untrack:
    """`notrack`: the packet is exempt from connection tracking."""

    def __str__(self) -> str:
        return "notrack"


@dataclass(frozen=True, slots=True)
class Gate:
    """A statement that may stop the rule, for reasons no packet header shows: a rate limit, a quota.

    `updates` names the set that it writes to.
    """

    text: str
    updates: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Divert:
    """A statement that changes where a packet goes, or its header: `dnat`, `redirect`, `tproxy`, `ip daddr set`.

    `field` names the field it writes: packets without it are left alone, and the rule ends for them.
    """

    text: str
    field: str = ""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class SourceNat:
    """`snat`, or `masquerade`, which takes the address of the interface."""

    text: str
    is_masquerade: bool

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Unclear:
    """From here on the rule may do anything: a program decides, or netcheck does not know the statement."""

    text: str

    def __str__(self) -> str:
        return self.text


Statement: TypeAlias = (
    Match | VerdictMap | Verdict | Reject | Passive | Assign | Untrack | Gate | Divert | SourceNat | Unclear
)


@dataclass(frozen=True, slots=True)
class NftRule:
    """One rule, its statements in order."""

    statements: tuple[Statement, ...]
    comment: str
    at: Source

    def __str__(self) -> str:
        shown = [str(one) for one in self.statements if not _is_plain_counter(one)]
        return " ".join([*shown, *([f'comment "{self.comment}"'] if self.comment else [])])


def _is_plain_counter(statement: Statement) -> bool:
    return isinstance(statement, Passive) and statement.text == "counter"


@dataclass(frozen=True, slots=True)
class NftHook:
    """Where a base chain is called."""

    type: str
    hook: str
    priority: int
    device: str = ""


@dataclass(frozen=True, slots=True)
class NftChain:
    """A chain; one without a hook is called by others only."""

    name: str
    hook: NftHook | None
    policy: Access
    rules: tuple[NftRule, ...]
    at: Source


@dataclass(frozen=True, slots=True)
class NftSet:
    """A named set or map. `is_fixed`: nothing but a new rule set changes it."""

    name: str
    elements: Elements
    is_fixed: bool
    at: Source


@dataclass(frozen=True, slots=True)
class NftTable:
    """A table: a family, and chains and sets that only its own rules can name."""

    family: str
    name: str
    chains: Mapping[str, NftChain]
    sets: Mapping[str, NftSet]
    at: Source
    is_dormant: bool = False

    @property
    def label(self) -> str:
        """How messages name the table."""
        return f"{self.family} {self.name}"
