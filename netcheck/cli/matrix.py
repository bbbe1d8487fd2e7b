"""`netcheck matrix`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import add_format, add_site, emit, load, load_named, reading, site_name, words, write

TYPE_CHECKING = False  # checkers know the name; `--help` does without the typing module
if TYPE_CHECKING:
    from netcheck.estate.asked import Ask
    from netcheck.model.site import Site

EXAMPLE = "netcheck matrix site.yaml --port 443"
BY = ("alike", "subnet", "group", "vm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    names = "VMs, NICs, subnets or application security groups (default: every VM)"
    parser.add_argument("--from", dest="sources", metavar="X,…", help=names)
    more = "the same, service tags, addresses, host names (default: every VM, and the Internet)"
    parser.add_argument("--to", dest="targets", metavar="Y,…", help=more)
    parser.add_argument("--port", metavar="P", help="ports and ranges, as in 80,443 or 80-443 (default: every port)")
    parser.add_argument("--protocol", default="tcp", metavar="PROTO", help="tcp (default), udp, icmp, esp, ah, any")
    parser.add_argument("--by", choices=BY, default=BY[0], help="which VMs are put together (default: those alike)")
    parser.add_argument("--pairs", action="store_true", help="with -o csv: a line for each pair of VMs")
    old = "say only what differs from this site: status 1 when a pair changed, 4 when all that changed is undetermined"
    parser.add_argument("--changed-from", dest="old", metavar="OLD", help=old)
    add_format(parser, "text", "csv", "json", "html")


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status."""
    from netcheck.estate.asked import Ask, By

    ask = Ask(
        protocol=options.protocol,
        ports=tuple(words(options.port)),
        sources=tuple(words(options.sources)),
        targets=tuple(words(options.targets)),
        by=By.ALIKE if options.pairs else By(options.by),
    )
    site = load(options)
    return _answer(options, site, ask) if options.old is None else _compare(options, site, ask)


def _answer(options: argparse.Namespace, site: Site, ask: Ask) -> int:
    from netcheck.cli.spread import spread
    from netcheck.estate.matrix import matrix
    from netcheck.reports.matrix_files import matrix_csv, matrix_dict
    from netcheck.reports.matrix_text import matrix_text

    found = matrix(site, ask, options.progress, spread)
    if options.format == "csv":
        write(options, matrix_csv(found, options.pairs))
    elif options.format == "html":
        from netcheck.cli.package_data import read_assets
        from netcheck.reports.html.matrix_page import matrix_page

        write(options, matrix_page(found, read_assets("matrix.css")))
    else:
        emit(options, lambda width: matrix_text(found, site_name(options), width), lambda: matrix_dict(found))
    return 0


def _compare(options: argparse.Namespace, site: Site, ask: Ask) -> int:
    from netcheck.cli.spread import spread
    from netcheck.estate.changes import matrix_changes
    from netcheck.reports.matrix_changes import changes_csv, changes_dict, changes_text

    found = matrix_changes(load_named(options, [options.old]), site, ask, options.progress, spread)
    if options.format == "csv":
        write(options, changes_csv(found, options.pairs))
    elif options.format == "html":
        from netcheck.cli.package_data import read_assets
        from netcheck.reports.html.changes_page import changes_page

        write(options, changes_page(found, read_assets("matrix.css")))
    else:
        emit(options, lambda width: changes_text(found, _sites(options), width), lambda: changes_dict(found))
    return (4 if found.is_open else 1) if found else 0


def _sites(options: argparse.Namespace) -> str:
    """Return the two sites as `diff` takes them, which is one path each; "" where the new one is of several."""
    return reading(options, [options.old, *options.site]) if len(options.site) == 1 else ""
