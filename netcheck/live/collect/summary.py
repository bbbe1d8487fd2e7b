"""What a collection holds and lacks, for whoever started it: as text and as JSON, without a date."""

from __future__ import annotations

from collections import Counter
from typing import Any

from netcheck.diagnostics import printable
from netcheck.live.collect.reading import Collected, NotRead

_LONGEST = 200


def summary_text(found: Collected, folder: str) -> str:
    """Return how many resources of each type were read, and each list that was not, with the answer."""
    counts = _counts(found)
    width = max((len(str(count)) for count in counts.values()), default=1)
    lines = [f"collected into {folder}"]
    lines += [f"  {count:{width}} {name}" for name, count in counts.items() if count]
    nothing = sum(1 for count in counts.values() if not count)
    if nothing:
        lines.append(f"  {0:{width}} of {nothing} other types")
    lines += [f"NOT READ {_line(one)}" for one in found.not_read]
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


def _line(one: NotRead) -> str:
    said = " ".join(one.message.split())
    more = f": {said[:_LONGEST]}{'…' if len(said) > _LONGEST else ''}" if said and said != one.code else ""
    return f"{one.type} of {one.scope}: {one.answer}{more}"
