"""What a tool answers: the text that the command prints and its JSON, neither longer than an assistant can take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Value: TypeAlias = object

TEXT_LIMIT, JSON_LIMIT = 24_000, 96_000
"""Characters: about 8,000 tokens of text, which fit beside a conversation, and 32,000 of JSON."""
_LENGTHS = (1000, 300, 100, 30, 10, 3, 1, 0)
"""How many entries of each list are kept, tried from the first."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, or why there is none. `said` is what the command says beside it: warnings, notes."""

    text: str
    value: Mapping[str, Value] = field(default_factory=dict)
    said: str = ""
    is_error: bool = False

    def to_result(self) -> dict[str, object]:
        """Return the answer as the result of `tools/call`; what is left out of it is told in both forms."""
        text, value = bounded_text(self.text), bounded_value(self.value)
        shown = [text, *([f"said beside the answer:\n{bounded_text(self.said)}"] if self.said else [])]
        left_out = value.get("leftOut")
        if isinstance(left_out, list):
            places = "; ".join(f"{one['at']} ({one['entries']} left out)" for one in left_out[:20])
            shown.append(f"The structured answer is too long and was shortened: {places}.\n{_ADVICE}")
        return {
            "content": [{"type": "text", "text": one} for one in shown],
            **({"structuredContent": value} if value else {}),
            "isError": self.is_error,
        }


_ADVICE = "Ask about fewer VMs, ports or findings for all of it, or let the user run the netcheck command."


def bounded_text(text: str) -> str:
    """Return the text, or whole lines of its beginning between two remarks on what is missing.

    A remark at the end alone would be overlooked, and half a script be run.
    """
    if len(text) <= TEXT_LIMIT:
        return text
    cut = text.rfind("\n", 0, TEXT_LIMIT) + 1 or TEXT_LIMIT
    missing = text.count("\n", cut) + (not text.endswith("\n"))
    remark = f"[INCOMPLETE: the last {missing:,} lines of the answer are left out. {_ADVICE}]"
    return f"{remark}\n{text[:cut].rstrip()}\n{remark}\n"


def bounded_value(value: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return an answer of at most JSON_LIMIT characters; what is shortened is listed under `leftOut` in front.

    Lists lose their last entries, all to the same length, the longest that fits; a text that is too long for the rest
    is left out whole. Each entry of `leftOut` is the JSON pointer of a list or text and how many entries or characters
    are missing.
    """
    if _size(value) <= JSON_LIMIT:
        return value
    for most in _LENGTHS:
        left_out: list[dict[str, object]] = []
        kept = _shortened(value, most, "", left_out)
        assert isinstance(kept, dict)
        found = {"leftOut": left_out, **kept}
        if _size(found) <= JSON_LIMIT:
            return found
    names = [{"at": f"/{name}", "entries": _size(one)} for name, one in value.items() if _size(one) > _SHORT]
    return {"leftOut": names, **{name: one for name, one in value.items() if _size(one) <= _SHORT}}


_SHORT = 1_000


def _size(value: object) -> int:
    return len(json.dumps(value, ensure_ascii=False))


def _shortened(value: Value, most: int, at: str, left_out: list[dict[str, object]]) -> Value:
    match value:
        case dict():
            return {name: _shortened(one, most, f"{at}/{_escaped(name)}", left_out) for name, one in value.items()}
        case list() | tuple():
            if len(value) > most:
                left_out.append({"at": at, "entries": len(value) - most})
            return [_shortened(one, most, f"{at}/{number}", left_out) for number, one in enumerate(value[:most])]
        case str() if len(value) > JSON_LIMIT // 2:
            left_out.append({"at": at, "entries": len(value)})
            return None
    return value


def _escaped(name: object) -> str:
    """Return a name as a part of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")
