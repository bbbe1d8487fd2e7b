"""`netcheck reach`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import STATUS, add_format, add_site, emit, load, site_name, word, words

EXAMPLE = "netcheck reach site.yaml --from app-vm --to Storage.WestUS --port 443"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    add_question(parser)
    parser.add_argument("--via", metavar="PROXY", help="judge both legs through this proxy VM")
    add_format(parser, "text", "json")


def add_question(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which packets are meant."""
    names = "VM, NIC, subnet, group, address, prefix, service tag or storage host name"
    parser.add_argument("--from", dest="source", required=True, metavar="X", help=names)
    parser.add_argument("--to", dest="target", required=True, metavar="Y", help="the same, for the destination")
    parser.add_argument("--port", metavar="P", help="ports and ranges, as in 80,443 or 80-443")
    parser.add_argument("--protocol", default="tcp", metavar="PROTO", help="tcp (default), udp, icmp, esp, ah, any")


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status."""
    from netcheck.questions.reach import reach
    from netcheck.reports.text import answer_text

    site = load(options)
    answer = reach(site, options.source, options.target, words(options.port), options.protocol, word(options.via))
    emit(options, lambda width: answer_text(answer, site_name(options), width), answer.to_dict)
    return STATUS[answer.verdict]
