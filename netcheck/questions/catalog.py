"""The message codes explained: what each means, why it matters, an example, what to do.

The texts are Markdown files of the package, one section a code; whoever calls reads them, this module takes them apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from netcheck.diagnostics import Severity
from netcheck.errors import QuestionError
from netcheck.model.names import nearest

PARTS = ("What it means", "Why it matters", "Example", "What to do")
GROUPS = {"NC1": "input", "NC2": "findings", "NC3": "questions", "NC4": "plans"}
_HEADING = re.compile(r"^## (NC[1-4][0-9]{2}) (error|warning|note): (.+)$", re.MULTILINE)
_PART = re.compile(r"^### (.+)$", re.MULTILINE)
_FENCE = re.compile(r"```([^\n]*)\n(.*?)```\n?", re.DOTALL)


class CatalogError(ValueError):
    """A text of the catalogue has not the shape it must have: a fault of the package, not of a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleFile:
    """A file of an example; the name "" is what the terminal shows."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """One message code. `severity` is the worst it is given with; `parts` are the four paragraphs, in order."""

    code: str
    severity: Severity
    title: str
    parts: Mapping[str, str]

    @property
    def doc(self) -> str:
        """The whole text in Markdown."""
        return "\n\n".join(f"### {name}\n{text}" for name, text in self.parts.items())

    def example(self) -> tuple[str, tuple[ExampleFile, ...]]:
        """Return the words of the example, and its files and terminal in order."""
        text = self.parts["Example"]
        files = [ExampleFile(name=info.partition(" ")[2], text=body) for info, body in _FENCE.findall(text)]
        return _FENCE.sub("", text).strip(), tuple(files)

    def to_dict(self) -> dict[str, object]:
        """Return the entry as JSON."""
        return {
            "code": self.code,
            "severity": str(self.severity),
            "title": self.title,
            "whatItMeans": self.parts["What it means"],
            "whyItMatters": self.parts["Why it matters"],
            "example": self.parts["Example"],
            "whatToDo": self.parts["What to do"],
        }


def parse_catalog(texts: Iterable[str]) -> dict[str, CodeEntry]:
    """Take the Markdown texts apart into entries by code, in order of the codes."""
    entries: dict[str, CodeEntry] = {}
    for text in texts:
        _, *found = _HEADING.split(text)
        for code, severity, title, body in zip(*[iter(found)] * 4, strict=True):
            if code in entries:
                raise CatalogError(f"{code} stands twice")
            entries[code] = CodeEntry(code=code, severity=Severity(severity), title=title, parts=_parts(code, body))
    return dict(sorted(entries.items()))


def _parts(code: str, body: str) -> dict[str, str]:
    before, *found = _PART.split(body)
    parts = {name: text.strip() for name, text in zip(found[::2], found[1::2], strict=True)}
    if before.strip() or tuple(parts) != PARTS or not all(parts.values()):
        raise CatalogError(f"{code} must have the parts {', '.join(PARTS)}")
    return parts


def find_code(entries: Mapping[str, CodeEntry], text: str) -> CodeEntry:
    """Return the entry of a code, letter case aside; raise QuestionError with a suggestion."""
    wanted = text.strip().upper()
    found = entries.get(wanted) or entries.get(f"NC{wanted}")
    if found is not None:
        return found
    near = nearest(wanted, entries, 0.8)
    advice = f"did you mean `{near}`? " if near else ""
    raise QuestionError("NC320", f"there is no message code `{text[:40]}`", f"{advice}`netcheck rule` lists all codes")
