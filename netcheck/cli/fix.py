"""`netcheck fix`."""

from __future__ import annotations

import argparse

from netcheck.cli.check import add_backup, asked_name, load_with_profile, port_numbers
from netcheck.cli.common import STATUS, add_format, add_site, emit, word, words

EXAMPLE = "netcheck fix site.yaml --option http-proxy --as classic"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    parser.add_argument(
        "--option", required=True, type=_option, metavar="O", help="an option of `netcheck compare`, as http-proxy"
    )
    parser.add_argument(
        "--as",
        dest="dialect",
        default="",
        choices=["classic", "az", "azps", "terraform", "bicep", "arm"],
        help="spelling (default: the site's own)",
    )
    parser.add_argument("--as-documented", action="store_true", help="the article's own command, its flaws named")
    add_backup(parser)
    add_format(parser, "text", "json")


def _option(text: str) -> object:
    from netcheck.remedy.options import Option

    if text not in list(Option):
        raise argparse.ArgumentTypeError(f"`{text}` is none of {', '.join(Option)}")
    return Option(text)


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status: that of the backup traffic with the plan in place."""
    from netcheck.remedy.fix import fix
    from netcheck.remedy.task import make_task
    from netcheck.remedy.text import fix_text

    site, profile = load_with_profile(options)
    vms, ports = words(options.vm), port_numbers(options.port)
    task = make_task(site, options.option, vms, profile, word(options.target), ports)
    found = fix(task, options.dialect, options.as_documented, word(options.resource_group))
    emit(options, lambda width: fix_text(found, asked_name(options), width), found.to_dict)
    return STATUS[found.plan.after]
