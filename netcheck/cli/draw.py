"""`netcheck draw`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from netcheck.cli.common import STATUS, add_format, add_site, load, words, write

if TYPE_CHECKING:
    from netcheck.model.site import Site
    from netcheck.reports.picture.scene import DrawnPath

EXAMPLE = "netcheck draw site.yaml --from app-vm --to Storage.WestUS --port 443"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    parser.add_argument("--from", dest="source", default="", metavar="X", help="draw a path as well: from this place")
    parser.add_argument("--to", dest="target", default="", metavar="Y", help="to this place (names as for `reach`)")
    parser.add_argument("--port", metavar="P", help="ports and ranges, as in 80,443 or 80-443")
    parser.add_argument("--protocol", default="tcp", metavar="PROTO", help="tcp (default), udp, icmp, esp, ah, any")
    parser.add_argument("--via", metavar="PROXY", help="the path goes through this proxy VM")
    add_format(parser, "mermaid")


def run(options: argparse.Namespace) -> int:
    """Draw; with a path, return the status of its verdict."""
    from netcheck.reports.picture.building import draw_scene
    from netcheck.reports.picture.mermaid import scene_mermaid

    site = load(options)
    path = _path(site, options)
    write(options, scene_mermaid(draw_scene(site, path)))
    return STATUS[path.whole.verdict] if path else 0


def _path(site: Site, options: argparse.Namespace) -> DrawnPath | None:
    """Return the path to draw, if one is asked for; each leg through a proxy is asked about by itself as well."""
    from netcheck.errors import QuestionError

    if not (options.source or options.target or options.via or options.port):
        return None
    if not (options.source and options.target):
        raise QuestionError("NC302", "a path has two ends", "give both `--from` and `--to`, or neither")
    from netcheck.questions.asking import Asking
    from netcheck.questions.places import find_vm
    from netcheck.questions.reach import reach
    from netcheck.reports.picture.scene import DrawnPath

    asking = Asking(site)
    ports, protocol = words(options.port), options.protocol
    whole = reach(site, options.source, options.target, ports, protocol, options.via, asking)
    sources, targets = words(options.source), words(options.target)
    if not options.via:
        direct = (reach(site, x, y, ports, protocol, "", asking) for x in sources for y in targets)
        return DrawnPath(whole=whole, legs=(tuple(direct),))
    proxy = find_vm(site, options.via)
    assert proxy.proxy_server is not None  # `reach` has refused a VM without one
    listens = [str(proxy.proxy_server.port)]
    first = (reach(site, x, proxy.name, listens, "tcp", "", asking) for x in sources)
    second = (reach(site, proxy.name, y, ports, "tcp", "", asking) for y in targets)
    return DrawnPath(whole=whole, legs=(tuple(first), tuple(second)))
