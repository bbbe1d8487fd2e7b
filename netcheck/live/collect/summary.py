"""What a collection holds and lacks, for whoever started it: as text and as JSON, without a date."""

from __future__ import annotations

from collections import Counter
from textwrap import wrap
from typing import Any

from netcheck.diagnostics import printable
from netcheck.live.collect.reading import Collected, NotRead

_LONGEST = 200


def summary_text(found: Collected, folder: str, width: int) -> str:
    """Return how many resources of each type were read, and each list that was not, in lines of that width."""
    counts = _counts(found)
    digits = max((len(str(count)) for count in counts.values()), default=1)
    lines = [f"collected into {folder}"]
    lines += [f"  {count:{digits}} {name}" for name, count in counts.items() if count]
    nothing = sum(1 for count in counts.values() if not count)
    if nothing:
        lines.append(f"  {0:{digits}} of {nothing} other types")
    for one in found.not_read:
        lines += [f"NOT READ {one.type}: {one.answer}", f"    {one.scope}", *_said(one, width)]
    if found.not_read:
        lines.append("what this may decide is undetermined when the folder is read")
    return "\n".join(map(printable, lines)) + "\n"


def summary_dict(found: Collected, folder: str) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "format": "netcheck/1",
        "command": "collect",
        "folder": folder,
        "read": _counts(found),
        "notRead": [
            {"type": one.type, "scope": one.scope, "status": one.status, "code": one.code, "message": one.message}
            for one in found.not_read
        ],
    }


def _counts(found: Collected) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for one in found.read:
        counts[one.type] += one.count
    return dict(counts)


def _said(one: NotRead, width: int) -> list[str]:
    """Return what the service says beside its code, in lines."""
    said = " ".join(one.message.split())
    if said in ("", one.code):
        return []
    short = f"{said[:_LONGEST]}{'…' if len(said) > _LONGEST else ''}"
    return wrap(short, width, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
