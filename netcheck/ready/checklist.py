"""The checklist as data: its lines, what held for each profile, and the pages that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Given = Mapping[str, object]
"""The parameters of a predicate, as the data has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePage:
    """A page that anybody can read, by title and date ("" where it has none)."""

    title: str
    date: str

    def __str__(self) -> str:
        return f'"{self.title}"{f", {self.date}" if self.date else ""}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a page says about a line for one profile. `lifted`: why the line does not hold for it, "" where it does."""

    source: SourcePage
    lifted: str
    given: Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: the predicate that judges it, why it matters, what to do where it fails."""

    id: str
    part: str
    rule: str
    title: str
    why: str
    do: str
    held: Mapping[str, Held]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """All lines in order, and the headings of their parts."""

    parts: Mapping[str, str]
    lines: tuple[Line, ...]


def parse_checklist(text: str) -> Checklist:
    """Return the checklist that a YAML text states."""
    import yaml

    data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    sources = {name: SourcePage(title=page["title"], date=str(page["date"])) for name, page in data["sources"].items()}
    lines = tuple(
        Line(
            id=line["id"],
            part=line["part"],
            rule=line["rule"],
            title=line["title"],
            why=line["why"],
            do=line["do"],
            held={profile: _held(entry, sources) for profile, entry in line["held"].items()},
        )
        for line in data["lines"]
    )
    return Checklist(parts=data["parts"], lines=lines)


def _held(entry: Mapping[str, object], sources: Mapping[str, SourcePage]) -> Held:
    given = {name: value for name, value in entry.items() if name not in ("source", "lifted")}
    return Held(source=sources[str(entry["source"])], lifted=str(entry.get("lifted", "")), given=given)
