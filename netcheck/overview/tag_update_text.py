"""What another service-tag file does to a site, for people."""

from __future__ import annotations

from collections.abc import Iterator

from netcheck.overview.tag_update import RuleChange, TagUpdate
from netcheck.questions.finding import Finding
from netcheck.reports.diff_tags_text import change_words, changes_lines, summary
from netcheck.reports.diff_text import diff_text
from netcheck.reports.diff_words import Names
from netcheck.reports.text import WIDTH, join


def tag_update_text(update: TagUpdate, names: Names, is_whole: bool = False, width: int = WIDTH) -> str:
    """Return the tags that the site names, then what changes for it; `is_whole`: all tags and prefixes that differ."""
    named = {one.change.tag for one in update.rules}
    shown = tuple(one for one in update.tags.changes if is_whole or one.tag in named)
    lines = [*changes_lines(shown, is_whole), summary(update.tags), ""]
    if update.rules:
        lines += [f"rules of {update.site} that name a tag that changes:", *map(_rule, update.rules), ""]
    else:
        lines += [f"no rule of {update.site} names a tag that changes", ""]
    lines += _findings("new", update.found)
    lines += _findings("gone", update.settled)
    return join(lines, width) + diff_text(update.packets, names, "", width)


def _rule(one: RuleChange) -> str:
    use = one.use
    direction = f", {use.direction.lower()}" if use.direction else ""
    changed = f"{one.change.word}, {change_words(one.change)}"
    return f"  {use.what} {use.user} of {use.resource}{direction}: {one.change.tag} ({changed})  {use.at}"


def _findings(word: str, found: tuple[Finding, ...]) -> Iterator[str]:
    if not found:
        return
    yield f"findings of lint that are {word}:"
    for one in found:
        yield f"  {one.severity} {one.code}  {one.at}"
        yield f"    {one.message}"
    yield ""
