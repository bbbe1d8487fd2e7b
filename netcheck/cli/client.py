"""`netcheck client`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from netcheck.cli.common import add_format, emit, load, site_name, word, words

if TYPE_CHECKING:
    from netcheck.remedy.client import ClientPlan
    from netcheck.remedy.collect import Recipe

EXAMPLE = "netcheck client site.yaml --vm app-vm"


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
    emit(options, lambda width: _to_text(plan, site_name(options), width), plan.to_dict)
    return 0


def _to_text(plan: ClientPlan, name: str, width: int) -> str:
    from netcheck.remedy.client_text import plan_lines  # JSON does without it

    return "".join(f"{line}\n" for line in plan_lines(plan, name, width))


def _collect(options: argparse.Namespace) -> int:
    """Print what to run on machines; that is the same for every site."""
    from netcheck.remedy.collect import RECIPES

    emit(
        options,
        lambda _: "".join(f"{line}\n" for line in recipe_lines(RECIPES)),
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
