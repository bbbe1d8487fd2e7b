"""`netcheck tags`: questions about service-tag files, and the download of the current one."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from netcheck.cli.common import add_format, emit, say_age, words

TYPE_CHECKING = False  # checkers know the name; `--help` does without the typing module
if TYPE_CHECKING:
    from netcheck.model.tags import TagTable

EXAMPLE = "netcheck tags which 20.60.1.4 --tags ServiceTags_Public.json"
QUESTIONS = {
    "which": ("ADDRESS ...", "the tags that hold it, the most specific first"),
    "contains": ("A B", "is every address of B in A, and which are not"),
    "diff": ("OLD NEW", "what changes between two files, also for a site"),
    "show": ("TAG", "one tag: its prefixes, what may name it, its regions"),
    "info": ("[FILE]", "what a file is: cloud, change number, tags, age"),
    "fetch": ("", "download the current file from Microsoft"),
}
"""What follows each word, and what it answers."""
MOST = 1_000
_NUMBERS = {"which": (1, MOST), "contains": (2, 2), "diff": (2, 2), "show": (1, 1), "info": (0, 1), "fetch": (0, 0)}
"""How many names each question takes."""
_OWN = {"tag": ("diff",), "of_site": ("diff",), "cloud": ("fetch",), "source": ("fetch",)}
"""The options that only some questions have."""
CLOUDS = ("Public", "AzureGovernment", "China", "AzureGermany")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    listed = "".join(f"\n  tags {f'{name} {given}':<18} {text}" for name, (given, text) in QUESTIONS.items())
    parser.description = f"{parser.description}\n{listed}"
    parser.add_argument("question", metavar="QUESTION", choices=list(QUESTIONS), help=", ".join(QUESTIONS))
    parser.add_argument("names", metavar="NAME", nargs="*", help="addresses, tags or files, as the question takes them")
    parser.add_argument("--tag", metavar="NAME,…", help="diff: these tags only")
    parser.add_argument("--site", dest="of_site", metavar="SITE", help="diff: what changes for the rules of a site")
    parser.add_argument("--cloud", choices=CLOUDS, help="fetch: the cloud whose file it is (default: Public)")
    source = "fetch: a page or file in place of Microsoft's page, or `api` (with --subscription, and a token in the"
    parser.add_argument(
        "--from", dest="source", metavar="URL|api", help=f"{source} environment variable NETCHECK_ARM_TOKEN)"
    )
    add_format(parser, "text", "json")
    parser.set_defaults(refuse=parser.error, more="names")


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status."""
    _check(options)
    answers: Mapping[str, Callable[[argparse.Namespace], int]] = {
        "which": _which,
        "contains": _contains,
        "diff": _diff,
        "show": _show,
        "info": _info,
        "fetch": _fetch,
    }
    return answers[options.question](options)


def _check(options: argparse.Namespace) -> None:
    """Refuse what a question does not take: an option without an effect would be passed over in silence."""
    least, most = _NUMBERS[options.question]
    given, _ = QUESTIONS[options.question]
    if not least <= len(options.names) <= most:
        options.refuse(f"write: tags {options.question} {given}".rstrip())
    for option, questions in _OWN.items():
        if getattr(options, option) is not None and options.question not in questions:
            flag = {"of_site": "site", "source": "from"}.get(option, option)
            options.refuse(f"--{flag} belongs to `tags {questions[0]}`, not to `tags {options.question}`")


def read_file(options: argparse.Namespace, path: str, with_age: bool = True) -> TagTable:
    """Return the table of a file; say on standard error that it is old. Raise InputError where it is no tag file."""
    from netcheck.diagnostics import Collector
    from netcheck.sources.service_tags import read_tag_table

    table = read_tag_table(path, Collector())
    if with_age and not options.quiet:
        say_age(table)
    return table


def _table(options: argparse.Namespace) -> TagTable:
    if not options.tags:
        options.refuse("a service-tag file is needed: --tags FILE (`netcheck tags fetch` downloads one)")
    return read_file(options, options.tags)


def _which(options: argparse.Namespace) -> int:
    """Status 1 where an address is in no tag."""
    from netcheck.questions.tags.which import which

    table = _table(options)
    report = which(table, [one for name in options.names for one in words(name)])

    def to_text(width: int) -> str:
        from netcheck.reports.tags_text import which_text

        return which_text(report, options.tags, options.verbose, width)

    emit(options, to_text, report.to_dict)
    return 0 if report.is_all_held else 1


def _contains(options: argparse.Namespace) -> int:
    """Status 1 for no, 4 where nobody can tell."""
    from netcheck.questions.tags.contains import contains

    report = contains(_table(options), *options.names)

    def to_text(width: int) -> str:
        from netcheck.reports.tags_text import contains_text

        return contains_text(report, options.tags, options.verbose, width)

    emit(options, to_text, report.to_dict)
    return {"yes": 0, "no": 1, "undetermined": 4}[str(report.answer)]


def _show(options: argparse.Namespace) -> int:
    from netcheck.questions.tags.shown import show

    shown = show(_table(options), options.names[0])

    def to_text(width: int) -> str:
        from netcheck.reports.tags_text import show_text

        return show_text(shown, width)

    emit(options, to_text, shown.to_dict)
    return 0


def _info(options: argparse.Namespace) -> int:
    from netcheck.cli.tags_file import run_info

    return run_info(options)


def _diff(options: argparse.Namespace) -> int:
    from netcheck.cli.tags_diff import run_diff

    return run_diff(options)


def _fetch(options: argparse.Namespace) -> int:
    from netcheck.cli.tags_file import run_fetch

    return run_fetch(options)
