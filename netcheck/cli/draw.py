"""`netcheck draw`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from netcheck.cli.common import STATUS, add_site, load, say_next, site_name, typed, words, write

if TYPE_CHECKING:
    from netcheck.model.site import Site
    from netcheck.reports.picture.scene import DrawnPath, Scene

EXAMPLE = "netcheck draw site.yaml --from app-vm --to Storage.WestUS --port 443 --output path.svg"
WRITERS = {
    "mermaid": "netcheck.reports.picture.mermaid:scene_mermaid",
    "svg": "netcheck.reports.picture.svg:scene_svg",
    "html": "netcheck.cli.draw:scene_page",
    "dot": "netcheck.reports.picture.dot:scene_dot",
    "drawio": "netcheck.reports.picture.drawio:scene_drawio",
}
"""What writes each format: a function of a module that makes text of a scene. The first one is the default."""
ENDINGS = {
    ".mmd": "mermaid", ".mermaid": "mermaid", ".svg": "svg", ".html": "html", ".htm": "html", ".dot": "dot",
    ".gv": "dot", ".drawio": "drawio",
}  # fmt: skip
"""The formats that the name of an output file asks for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    parser.add_argument("--from", dest="source", default="", metavar="X", help="draw a path as well: from this place")
    parser.add_argument("--to", dest="target", default="", metavar="Y", help="to this place (names as for `reach`)")
    parser.add_argument("--port", metavar="P", help="ports and ranges, as in 80,443 or 80-443")
    parser.add_argument("--protocol", default="tcp", metavar="PROTO", help="tcp (default), udp, icmp, esp, ah, any")
    parser.add_argument("--via", default="", metavar="PROXY", help="the path goes through this proxy VM")
    told = "output format; without it that of the ending of `--output`, else mermaid"
    parser.add_argument("-o", "--format", dest="format", choices=[*WRITERS], help=told)


def run(options: argparse.Namespace) -> int:
    """Draw; with a path, return the status of its verdict."""
    from importlib import import_module

    from netcheck.reports.picture.building import draw_scene

    module, _, name = WRITERS[options.format or _format_of(options.output)].partition(":")
    site = load(options)
    path = _path(site, options)
    write(options, getattr(import_module(module), name)(draw_scene(site, path)))
    if options.output:
        say_next(options, _next(options) if path else f"lint {site_name(options)}")
    return STATUS[path.whole.verdict] if path else 0


def _next(options: argparse.Namespace) -> str:
    """Return the command that tells the rules behind the picture."""
    flags = {"--from": options.source, "--to": options.target, "--port": options.port, "--via": options.via}
    words = [word for flag, value in flags.items() if value for word in (flag, value)]
    words += [] if options.protocol == "tcp" else ["--protocol", options.protocol]
    return f"explain {site_name(options)} {typed(words, options)}"


def scene_page(scene: Scene) -> str:
    """Return the page of a scene."""
    from netcheck.cli.package_data import read_assets
    from netcheck.reports.html.picture_page import picture_page

    return picture_page(scene, read_assets())


def _format_of(output: str | None) -> str:
    """Return the format that the name of an output file asks for."""
    text = (output or "").casefold()
    return next((found for ending, found in ENDINGS.items() if text.endswith(ending)), next(iter(WRITERS)))


def _path(site: Site, options: argparse.Namespace) -> DrawnPath | None:
    """Return the path to draw, if one is asked for; each leg through a proxy is asked about by itself as well."""
    from netcheck.errors import QuestionError

    if not (options.source or options.target or options.via or options.port):
        return None
    if not (options.source and options.target):
        raise QuestionError("NC302", "a path has two ends", "give both `--from` and `--to`, or neither")
    from netcheck.questions.asking import Asking
    from netcheck.questions.proxies import named_proxy
    from netcheck.questions.reach import reach
    from netcheck.reports.picture.scene import DrawnPath

    asking = Asking(site)
    ports, protocol = words(options.port), options.protocol
    whole = reach(site, options.source, options.target, ports, protocol, options.via, asking)
    sources, targets = words(options.source), words(options.target)
    if not options.via:
        direct = (reach(site, x, y, ports, protocol, "", asking) for x in sources for y in targets)
        return DrawnPath(whole=whole, legs=(tuple(direct),))
    proxy = named_proxy(site, options.via)
    assert proxy.port is not None  # `reach` has refused a proxy without one
    first = (reach(site, x, proxy.name, [str(proxy.port)], "tcp", "", asking) for x in sources)
    second = (reach(site, r.vm.name, y, ports, "tcp", "", asking) for r in proxy.relays for y in targets)
    return DrawnPath(whole=whole, legs=(tuple(first), tuple(second)))
