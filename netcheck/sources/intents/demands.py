"""What one intent demands, by kind. What is left out means what is safe for the kind: never less than was meant.

| left out | `mustReach` | `mustNotReach` | an entry of `allow` |
|---|---|---|---|
| port and protocol | an error | every protocol | every protocol |
| the protocol | tcp | tcp and udp | tcp |
| the port | an error for tcp and udp | all ports | all ports |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from netcheck.model.intents import Allowed, BackingUp, Demand, Exactly, Reaching, UnchangedFrom, Word
from netcheck.model.names import key
from netcheck.model.ports import PORTED, PortError, parse_port_range, parse_protocol
from netcheck.model.profiles import PROFILE_NAMES
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, describe, shorten
from netcheck.sources._record import Reader, Record
from netcheck.sources.intents.words import Names

_ALLOWS = {"opened": "opened", "closed": "closed"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One demand as it stands in the file."""

    reader: Reader
    names: Names
    kind: str
    node: Node
    file: str

    def record(self) -> Record | None:
        """Return the demand as a record, or None after collecting an error."""
        return self.reader.record(self.node, f"`{self.kind}`")

    def label(self) -> str:
        """Return what is demanded in one line, in the words of the file."""
        if not isinstance(self.node, Mapping):
            return f"{self.kind} {_spelled(self.node)}"
        fields = {key(name.text): value for name, value in self.node.entries}
        source, target = fields.pop("from", None), fields.pop("to", None)
        ends = [f"{_spelled(source)} -> {_spelled(target)}"] if source and target else []
        ends = ends or [f"{word} {_spelled(one)}" for word, one in (("from", source), ("to", target)) if one]
        others = [f"{name} {_spelled(value)}" for name, value in fields.items()]
        return " ".join((self.kind, *ends, *others))


def _spelled(node: Node) -> str:
    """Return the texts of a value; two values that mean different things never read alike."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        parts = [_spelled(one) for one in node.items]
        return ",".join(parts) if parts else "nobody"
    if isinstance(node, Mapping):
        return "{" + " ".join(f"{name.text} {_spelled(value)}" for name, value in node.entries) + "}"
    return ""


def read_reaching(asked: Asked, *, is_wanted: bool) -> Demand | None:
    """Read `mustReach` or `mustNotReach`."""
    record = asked.record()
    if record is None:
        return None
    sources, targets = asked.names.ends(record, "from"), asked.names.ends(record, "to")
    ports, protocols = _ports(asked, record), _protocols(asked, record)
    via = _via(asked, record)
    record.finish()
    if is_wanted:
        protocols = protocols or ("tcp",)
        if record.get("port") is None and any(_has_ports(one) for one in protocols):
            record.missing("port", 'give `port: 443`, a list of ports, or `port: "*"` for all')
    elif not protocols:
        protocols = ("tcp",) if via else ("tcp", "udp") if ports else ("any",)
    if not (sources and targets):
        return None
    return Reaching(is_wanted=is_wanted, sources=sources, targets=targets, protocols=protocols, ports=ports, via=via)


def read_exactly(asked: Asked) -> Demand | None:
    """Read `exactly`: one of `from` and `to`, and the list of who may."""
    record = asked.record()
    if record is None:
        return None
    to, source = record.raw("to"), record.raw("from")
    if to is not None and source is not None:
        advice = "`exactly` is about what reaches `to`, or about what `from` reaches"
        asked.reader.error(source, "NC139", "`from` and `to` are both given", advice)
    elif to is None and source is None:
        record.missing("to", "`to`, for what may reach it, or `from`, for what it may reach")
    ends = asked.names.ends(record, "from" if to is None else "to") if to is not None or source is not None else ()
    listed = record.raw("allow")
    if listed is None or (isinstance(listed, Scalar) and listed.is_null):
        record.missing("allow", "a list of who may; an empty list `[]` means nobody")
    peer = "from" if to is not None else "to"
    allowed = [_allowed(asked, one, peer) for one in record.records("allow", "an entry of `allow`")]
    among = asked.names.ends(record, "among") if record.get("among") is not None else ()
    record.finish()
    if not ends:
        return None
    known = tuple(one for one in allowed if one is not None)
    return Exactly(is_inbound=to is not None, ends=ends, allowed=known, among=among)


def _allowed(asked: Asked, record: Record, peer: str) -> Allowed | None:
    peers = asked.names.ends(record, peer)
    ports, protocols = _ports(asked, record), _protocols(asked, record)
    record.finish()
    if not peers:
        return None
    return Allowed(peers=peers, protocols=protocols or (("tcp",) if ports else ("any",)), ports=ports)


def read_unchanged(asked: Asked) -> Demand | None:
    """Read `unchangedFrom`: the path of a site, or `site` and what may change all the same."""
    allows = ""
    if isinstance(asked.node, Mapping):
        record = Record(asked.reader, asked.node, "`unchangedFrom`")
        allows = record.word("allow", _ALLOWS) or ""
        scalars = asked.names.scalars(record, "site")
        record.finish()
    else:
        scalars = list(_paths(asked))
    folder = Path(asked.file).parent if asked.file != "-" else Path()
    files = tuple(str(folder / one.text) for one in scalars)
    return UnchangedFrom(files=files, allows=allows) if files else None


def _paths(asked: Asked) -> Iterator[Scalar]:
    for node in asked.node.items if isinstance(asked.node, Sequence) else (asked.node,):
        if not isinstance(node, Scalar) or not node.text or node.is_null:
            message = f"`{asked.kind}` must be the path of a site, not {describe(node)}"
            asked.reader.error(node, "NC122", message)
        elif asked.reader.text(node, asked.kind) is not None:
            yield node


def read_backing_up(asked: Asked) -> Demand | None:
    """Read `mustBackUp`."""
    record = asked.record()
    if record is None:
        return None
    vms = asked.names.ends(record, "vm")
    profile = record.word("profile", {name: name for name in PROFILE_NAMES}) or ""
    target = record.text("target")
    ports = _single_ports(asked, record)
    record.finish()
    return BackingUp(vms=vms, profile=profile, target=target, ports=ports) if vms else None


def _texts(asked: Asked, record: Record, name: str) -> tuple[Word, ...]:
    return asked.names.texts(record, name) if record.get(name) is not None else ()


def _via(asked: Asked, record: Record) -> str:
    found = _texts(asked, record, "via")
    for extra in found[1:]:
        asked.reader.collector.add(extra.fault("NC122", "`via` is one proxy", "make one intent for each proxy"))
    return found[0].text if found else ""


def _ports(asked: Asked, record: Record) -> tuple[str, ...]:
    found = []
    for word in _texts(asked, record, "port"):
        try:
            found.append(str(parse_port_range(word.text)))
        except PortError as error:
            asked.reader.collector.add(word.fault("NC134", str(error), error.help))
    return tuple(dict.fromkeys(found))


def _single_ports(asked: Asked, record: Record) -> tuple[int, ...]:
    found = _ports(asked, record)
    for text in found:
        if "-" in text:
            word = next(one for one in _texts(asked, record, "port") if str(parse_port_range(one.text)) == text)
            message = f"`port` takes single ports here, not `{shorten(word.text)}`"
            asked.reader.collector.add(word.fault("NC134", message, "list the ports"))
    return tuple(int(text) for text in found if "-" not in text)


def _protocols(asked: Asked, record: Record) -> tuple[str, ...]:
    found = []
    for word in _texts(asked, record, "protocol"):
        try:
            parse_protocol(word.text)
        except ValueError as error:
            advice = "tcp, udp, icmp, esp, ah, any or a number"
            asked.reader.collector.add(word.fault("NC123", str(error), advice))
        else:
            found.append(word.text.strip().lower())
    return tuple(dict.fromkeys(found))


def _has_ports(text: str) -> bool:
    numbers = parse_protocol(text).numbers
    return bool(numbers) and PORTED.issuperset(numbers)
