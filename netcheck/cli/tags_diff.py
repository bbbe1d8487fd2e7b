"""`netcheck tags diff`: two service-tag files, and what becomes of a site from the one to the other."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from netcheck.cli.common import deployed, emit, say_warnings, words

TYPE_CHECKING = False  # checkers know the name; `--help` does without the typing module
if TYPE_CHECKING:
    from netcheck.model.site import Site
    from netcheck.model.tags import TagTable


def run_diff(options: argparse.Namespace) -> int:
    """Answer, print, return the status: 1 for a difference; with --site for one of the site, 4 for an open one."""
    from netcheck.cli.tags import read_file

    options.old, options.new = options.names  # neither may be written over by --output
    old, new = (read_file(options, path, with_age=False) for path in options.names)
    only = words(options.tag)
    if options.of_site is not None:
        return _of_site(options, old, new, only)
    from netcheck.cli.diff import diff_tag_files

    return diff_tag_files(options, old, new, only)


def _of_site(options: argparse.Namespace, old: TagTable, new: TagTable, only: Sequence[str]) -> int:
    from netcheck.overview.tag_update import tag_update
    from netcheck.questions.diff.tags import diff_tags

    options.site = [options.of_site]
    difference = diff_tags(old, new, only)
    sites = _load(options, options.old), _load(options, options.new)
    update = tag_update(difference, *sites)

    def to_text(width: int) -> str:
        from netcheck.overview.tag_update_text import tag_update_text
        from netcheck.reports.diff_words import Names

        return tag_update_text(update, Names(*reversed(sites)), bool(only) or options.verbose, width)

    emit(options, to_text, update.to_dict)
    return 1 if update.is_certain else 4 if update.is_open else 0


def _load(options: argparse.Namespace, tags: str) -> Site:
    """Load the site with one of the two files; what there is to say of it is said once."""
    from netcheck.sources.load import load_site

    options.progress.say(f"reading {options.site[0]}")
    site = load_site(options.site, tags, deployed(options))
    options.progress.close()
    if tags == options.old and not options.quiet:
        say_warnings(options, site)
    return site
