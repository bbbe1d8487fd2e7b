"""`netcheck client`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from netcheck.cli.common import add_format, emit, load, word, words

if TYPE_CHECKING:
    from netcheck.remedy.client import ClientPlan, Setup
    from netcheck.remedy.collect import Recipe
    from netcheck.remedy.snippet import Snippet

EXAMPLE = "netcheck client site.yaml --vm app-vm"
WIDTH = 80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "site", metavar="SITE", nargs="*", help="files or folders that make one site, `-` for standard input"
    )
    parser.add_argument("--collect", action="store_true", help="what to run on a VM to get the files netcheck reads")
    parser.add_argument("--vm", metavar="NAME,…", help="only these clients (default: those with a proxy)")
    parser.add_argument("--proxy", metavar="VM", help="the proxy VM, for clients that have no proxy yet")
    parser.add_argument("--proxy-address", metavar="H:P", help="the same, for a proxy outside the site")
    add_format(parser, "text", "json")
    parser.set_defaults(refuse=parser.error)


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status."""
    if options.collect:
        return _collect(options)
    if not options.site:
        options.refuse("the following arguments are required: SITE")
    from netcheck.remedy.client import plan_clients

    site = load(options)
    plan = plan_clients(site, words(options.vm), word(options.proxy), word(options.proxy_address))
    emit(options, lambda: "".join(f"{line}\n" for line in plan_lines(plan)), plan.to_dict)
    return 0


def _collect(options: argparse.Namespace) -> int:
    """Print what to run on machines; that is the same for every site."""
    from netcheck.remedy.collect import RECIPES

    emit(
        options,
        lambda: "".join(f"{line}\n" for line in recipe_lines(RECIPES)),
        lambda: {"format": "netcheck/1", "collect": [recipe.to_dict() for recipe in RECIPES]},
    )
    return 0


def recipe_lines(recipes: Sequence[Recipe]) -> Iterator[str]:
    """Yield the recipes for people: where to run what, and what the site file says then."""
    for number, recipe in enumerate(recipes):
        if number:
            yield ""
        yield f"{recipe.what} ({recipe.where})"
        yield from (f"    {line}" for line in recipe.lines)
        yield f"  in the site file: {recipe.site_key}"


def plan_lines(plan: ClientPlan) -> Iterator[str]:
    """Yield the plan for people: machine by machine, what to type, how to take it back, what to know."""
    titled = [(setup, f"client {setup.vm}") for setup in plan.clients]
    titled += [(setup, f"proxy {setup.vm}" if setup.vm else "proxy (no VM of the site)") for setup in plan.proxies]
    for number, (setup, title) in enumerate(titled):
        if number:
            yield ""
        yield from _setup(setup, title)


def _setup(setup: Setup, title: str) -> Iterator[str]:
    from netcheck.diagnostics import printable

    system = f" ({setup.os_type})" if setup.os_type else ""
    yield printable(f"{title}{system}, proxy {setup.proxy}")
    for snippet in setup.snippets:
        yield ""
        yield from (printable(line) for line in _snippet(snippet))


def _snippet(snippet: Snippet) -> Iterator[str]:
    yield from _wrapped(f"{snippet.place}:", "  ", "  ")
    yield from (f"    {line}" for line in snippet.lines)
    if snippet.undo:
        yield "  to take it back:"
        yield from (f"    {line}" for line in snippet.undo)
    for note in snippet.notes:
        yield from _wrapped(f"note: {note}", "  ", "    ")


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    import textwrap

    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
