"""`netcheck filter`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import STATUS, add_format, add_site, emit, load, site_name, word, words

TYPE_CHECKING = False  # checkers know the name; `--help` does without the typing module
if TYPE_CHECKING:
    from netcheck.questions.answer import Answer

ANY = "*"
EXAMPLE = "netcheck filter nsg.json --from 10.0.0.4 --to 20.60.0.0/24 --port 443"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    parser.add_argument("--nsg", metavar="N", help="the NSG; may be left out when the site has only one")
    parser.add_argument("--direction", default="Outbound", type=_direction, metavar="D", help="Outbound or Inbound")
    parser.add_argument("--from", dest="source", default=ANY, metavar="X", help="source (default: any)")
    parser.add_argument("--to", dest="target", default=ANY, metavar="Y", help="destination (default: any)")
    parser.add_argument("--port", metavar="P", help="ports and ranges, as in 80,443 or 80-443")
    parser.add_argument("--protocol", default="tcp", metavar="PROTO", help="tcp (default), udp, icmp, esp, ah, any")
    parser.add_argument("--vnet", metavar="PREFIX,…", help="what `VirtualNetwork` is, for an NSG alone")
    add_format(parser, "text", "json")


def _direction(text: str) -> str:
    for direction in ("Outbound", "Inbound"):
        if direction.lower().startswith(text.lower()) and text:
            return direction
    raise argparse.ArgumentTypeError(f"`{text}` is neither Outbound nor Inbound")


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status."""
    from netcheck.model.rules import Direction
    from netcheck.questions.filter import filter_packets
    from netcheck.questions.packets import parse_prefixes

    site = load(options)
    answer = filter_packets(
        site,
        word(options.nsg),
        Direction(options.direction),
        options.source,
        options.target,
        words(options.port),
        options.protocol,
        parse_prefixes(words(options.vnet)) if options.vnet is not None else None,
    )
    emit(options, lambda width: _to_text(answer, options, width, is_bare=site.is_bare_nsg), answer.to_dict)
    return STATUS[answer.verdict]


def _to_text(answer: Answer, options: argparse.Namespace, width: int, *, is_bare: bool) -> str:
    """Return the report; an NSG alone has no path to explain, nor has a packet from anywhere, but rules to look at."""
    from netcheck.reports.text import answer_text, join  # JSON does without it

    if is_bare or options.source == ANY:
        return answer_text(answer, "", width) + join([f"  next: netcheck lint {site_name(options)}"])
    return answer_text(answer, site_name(options), width)
