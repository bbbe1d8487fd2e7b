"""`netcheck tags info` and `netcheck tags fetch`: what a service-tag file is, and the current one."""

from __future__ import annotations

import argparse
import os

from netcheck.cli.common import emit, say_age
from netcheck.cli.terminal import say

TYPE_CHECKING = False  # checkers know the name; `--help` does without the typing module
if TYPE_CHECKING:
    from netcheck.live.download.current import Download
    from netcheck.live.download.stored import Stored


def run_info(options: argparse.Namespace) -> int:
    """Say what a file is, every prefix of it read; its age is said on standard error."""
    from netcheck.cli.tags import read_file
    from netcheck.diagnostics import Collector
    from netcheck.errors import InputError
    from netcheck.live.download.checksum import checksum
    from netcheck.questions.tags.info import info
    from netcheck.sources.service_tags import check_tag_table

    path = options.names[0] if options.names else options.tags
    if not path:
        options.refuse("a service-tag file is needed: tags info FILE")
    options.tags = path
    table = read_file(options, path, with_age=False)
    collector = Collector()
    check_tag_table(table, collector)
    if collector.has_errors:
        raise InputError(collector)
    if not options.quiet:
        for warning in collector:
            say(warning.render())
        say_age(table, least=0)
        if not table.published:
            say(f"note: how old {table.file} is, is not known: its name has no date")
    found, proof = info(table), "" if path == "-" else checksum(path)

    def to_text(width: int) -> str:
        from netcheck.reports.tags_text import info_text

        return info_text(found, proof, width)

    emit(options, to_text, lambda: {**found.to_dict(), "checksum": proof or None})
    return 1 if proof.startswith("NOT") else 0


def run_fetch(options: argparse.Namespace) -> int:
    """Download, prove, write, say what was written where; `--output` is the place of the file."""
    from netcheck.live.download.current import Wanted, download
    from netcheck.live.download.discovery import TOKEN
    from netcheck.live.download.stored import store, target_of

    if options.output == "-":
        options.refuse("--output names a file or a folder; the file is not written to standard output")
    output = target_of(options.output or "")
    wanted = Wanted(
        cloud=options.cloud or "Public",
        source=options.source or "",
        subscription=options.subscription or "",
        location=options.location or "",
        token=os.environ.get(TOKEN, "").strip(),
    )
    options.progress.say(f"downloading the service tags of {wanted.cloud}")
    found = download(wanted)
    options.progress.close()
    stored = store(found, output)
    options.output = None  # the answer itself goes to standard output
    emit(options, lambda width: _text(found, stored, width), lambda: _to_dict(found, stored))
    return 0


def _text(found: Download, stored: Stored, width: int) -> str:
    import shlex

    from netcheck.reports.text import join

    table = found.table
    said = "downloaded" if stored.is_new else "is the current file already"
    number = "" if table.change_number is None else f", changeNumber {table.change_number}"
    lines = [f"{stored.path}  {said}: cloud {table.cloud}{number}, {len(table.entries):,} tags"]
    lines += [f"  from {found.source}", f"  sha256 {stored.sha256}"]
    if stored.older is not None and stored.former:
        lines.append(f"  the former file is kept as {stored.former}")
        if _is_older(found, stored):
            lines.append("  note: the former file has the higher change number")
        lines.append(f"next: netcheck tags diff {shlex.quote(stored.former)} {shlex.quote(stored.path)}")
    else:
        lines.append(f"next: netcheck tags info {shlex.quote(stored.path)}")
    return join(lines, width)


def _is_older(found: Download, stored: Stored) -> bool:
    """Return whether the file that came is older than the one it replaces: the Discovery API may lag behind."""
    new, old = found.table.change_number, stored.older.change_number if stored.older else None
    return new is not None and old is not None and new < old


def _to_dict(found: Download, stored: Stored) -> dict[str, object]:
    from netcheck.questions.answer import FORMAT, tags_dict

    return {
        "format": FORMAT,
        "file": stored.path,
        "isNew": stored.is_new,
        "sha256": stored.sha256,
        "from": found.source,
        "former": stored.former or None,
        "isOlderThanFormer": _is_older(found, stored),
        "count": len(found.table.entries),
        "tags": tags_dict(found.table),
        "formerTags": tags_dict(stored.older) if stored.former else None,
    }
