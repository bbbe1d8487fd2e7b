"""`netcheck serve`."""

from __future__ import annotations

import argparse
import os
import sys

from netcheck.cli.check import add_backup, chosen_profile
from netcheck.cli.common import add_site, deployed, say_warnings, word, words
from netcheck.cli.terminal import say

TYPE_CHECKING = False  # checkers know the name; `--help` does without the typing module
if TYPE_CHECKING:
    from collections.abc import Callable

    from netcheck.live.serve.pages import Overview
    from netcheck.live.serve.server import Service

EXAMPLE = "netcheck serve site.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    add_backup(parser, with_port=False)
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="where to listen (default: a free port)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, open no browser")


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"`{text}` is no port")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Serve until the user ends it with Ctrl-C, which is no fault."""
    service = _service(options)
    try:
        print(service.url, flush=True)
        if not options.quiet:
            say("only this machine can open it; Ctrl-C ends it")
        if not options.no_browser:
            _open(service.url)
        service.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        service.server_close()
    return 0


def _service(options: argparse.Namespace) -> Service:
    from netcheck.cli.package_data import read_all_data, read_assets
    from netcheck.cli.report import typed_for
    from netcheck.errors import QuestionError
    from netcheck.live.live import Live
    from netcheck.live.serve.pages import ASSETS, Pages
    from netcheck.live.serve.server import Service
    from netcheck.questions.catalog import parse_catalog

    if "-" in options.site:
        raise QuestionError("NC340", "standard input cannot be read again", "name the files of the site")
    live = Live(options.site, _reading(options))
    say_warnings(options, live.now().value.site)
    typed = typed_for(options, "vm", "profile", "target", "resource_group")
    pages = Pages(typed, parse_catalog(read_all_data("codes-", ".md")), read_assets(*ASSETS))
    try:
        return Service(live, pages, options.port)
    except OSError as error:
        message = f"port {options.port} cannot be listened on: {(error.strerror or str(error)).lower()}"
        raise QuestionError("NC340", message, "without `--port` a free one is taken") from None


def _reading(options: argparse.Namespace) -> Callable[[], Overview]:
    """Return what reads the site, and judges its backup traffic where that can be; each reading shows its progress."""
    from netcheck.cli.progress import Progress
    from netcheck.errors import PlanError, QuestionError
    from netcheck.live.serve.pages import Overview
    from netcheck.overview.report import report
    from netcheck.sources.load import load_site

    vms, target = words(options.vm), word(options.target)
    group = word(options.resource_group)

    def read() -> Overview:
        with Progress(options.quiet) as progress:
            progress.say(f"reading {options.site[0]}")
            site, profile = chosen_profile(load_site(options.site, options.tags, deployed(options)), options)
            try:
                found = report(
                    site,
                    vms,
                    profile,
                    target,
                    resource_group=group,
                    progress=lambda _done, _whole, what: progress.say(what),
                )
            except (PlanError, QuestionError) as error:
                return Overview(site, None, error.message)
            return Overview(site, found)

    return read


def _open(url: str) -> None:
    """Open a browser window where there is a screen; a browser of the terminal would take the terminal."""
    import webbrowser

    if sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(url)
