"""`tags info`: what a service-tag file is, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.model.regions import location_of
from netcheck.model.tags import TagTable
from netcheck.questions.answer import FORMAT, tags_dict


@dataclass(frozen=True, slots=True, kw_only=True)
class TagFileInfo:
    """Counts of a file: tags, those of single regions, those for NSG rules; prefixes as they are published.

    `unsaid` tags are in a file that does not say what may name them.
    """

    table: TagTable
    regional: int
    nsg_capable: int
    not_for_rules: int
    unsaid: int
    prefixes: dict[int, int]

    @property
    def number(self) -> int:
        """How many tags there are."""
        return len(self.table.entries)

    def to_dict(self) -> dict[str, object]:
        """Return the facts as JSON."""
        return {
            "format": FORMAT,
            **(tags_dict(self.table) or {}),
            "form": str(self.table.form),
            "count": self.number,
            "regional": self.regional,
            "usableInNsg": self.nsg_capable,
            "notUsableInNsg": self.not_for_rules,
            "usableNotSaid": self.unsaid,
            "prefixes": {f"ipv{family}": count for family, count in self.prefixes.items()},
        }


def info(table: TagTable) -> TagFileInfo:
    """Return the facts about a service-tag file."""
    entries = list(table.entries.values())
    texts = [text for one in entries for text in one.prefixes]
    v6 = sum(":" in text for text in texts)
    unsaid = sum(one.network_features == () for one in entries)
    capable = sum(one.is_nsg_capable for one in entries) - unsaid
    return TagFileInfo(
        table=table,
        regional=sum(bool(location_of(one)) for one in entries),
        nsg_capable=capable,
        not_for_rules=len(entries) - capable - unsaid,
        unsaid=unsaid,
        prefixes={4: len(texts) - v6, 6: v6},
    )
