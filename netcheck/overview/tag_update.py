"""What another service-tag file does to a site: the rules that mean something else, what opens and closes by that.

Nobody edits anything: Azure follows the published ranges by itself, so that the same rules let other packets through
from one week to the next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from netcheck.lint.run import lint
from netcheck.model.names import key
from netcheck.model.site import Site
from netcheck.questions.diff.changed import Kind
from netcheck.questions.diff.diff import DiffReport, diff
from netcheck.questions.diff.tags import TagChange, TagDiff
from netcheck.questions.finding import Finding
from netcheck.questions.tags.uses import TagUse, tag_uses


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule or route that names a tag, and how that tag changes."""

    use: TagUse
    change: TagChange

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "what": self.use.what,
            "resource": self.use.resource,
            "rule": self.use.user,
            "direction": self.use.direction or None,
            "at": str(self.use.at),
            "tag": self.use.name,
            "change": self.change.word,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TagUpdate:
    """A site with an older tag file and with a newer one.

    `packets` are what opens and closes and which VMs get another backup verdict. `found` and `settled` are the findings
    of `lint` with the newer file alone, and with the older one alone.
    """

    tags: TagDiff
    site: str
    rules: tuple[RuleChange, ...]
    packets: DiffReport
    found: tuple[Finding, ...]
    settled: tuple[Finding, ...]

    @property
    def is_certain(self) -> bool:
        """Whether something changes whatever the files leave open."""
        certain = (Kind.OPENED, Kind.CLOSED)
        return bool(self.rules or self.found or self.settled or any(self.packets.has(kind) for kind in certain))

    @property
    def is_open(self) -> bool:
        """Whether something may change, by what the files do not say."""
        return self.packets.has(Kind.DEPENDS)

    def to_dict(self) -> dict[str, object]:
        """Return the difference of the files, and under `site` that of the site."""
        packets = self.packets.to_dict()
        del packets["format"]
        return {
            **self.tags.to_dict(),
            "site": {
                "file": self.site,
                "rules": [one.to_dict() for one in self.rules],
                "packets": packets,
                "findings": {
                    "new": [one.to_dict() for one in self.found],
                    "gone": [one.to_dict() for one in self.settled],
                },
            },
        }


def tag_update(tags: TagDiff, old: Site, new: Site) -> TagUpdate:
    """Compare a site loaded with two tag files; raise QuestionError where it has nothing to be compared."""
    changed = {key(one.tag): one for one in tags.changes}
    rules = [RuleChange(use, changed[key(use.name)]) for use in tag_uses(new) if key(use.name) in changed]
    before, after = (lint(site).findings for site in (old, new))
    packets = replace(diff(old, new), old=tags.old.file, new=tags.new.file)
    return TagUpdate(
        tags=tags,
        site=new.file,
        rules=tuple(rules),
        packets=packets,
        found=_only_in(after, before),
        settled=_only_in(before, after),
    )


def _only_in(one: tuple[Finding, ...], other: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings of one side alone; one that is told in other numbers is on both sides, and so on both lists.

    The file that they are read from is named in some, which is no difference by itself.
    """
    known = {_look(finding) for finding in other}
    return tuple(finding for finding in one if _look(finding) not in known)


def _look(one: Finding) -> tuple[object, ...]:
    covered = tuple(related.name for related in one.covered_by)
    return one.code, one.severity, one.resource, one.direction, one.rule, one.at, covered, one.figures
