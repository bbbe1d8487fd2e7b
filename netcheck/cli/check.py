"""`netcheck check`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from netcheck.cli.common import STATUS, add_format, add_site, emit, load, site_name, typed, word, words

if TYPE_CHECKING:
    from netcheck.model.site import Site

EXAMPLE = "netcheck check site.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_site(parser)
    add_backup(parser)
    add_format(parser, "text", "json", "markdown")


def add_backup(parser: argparse.ArgumentParser, *, with_port: bool = True) -> None:
    """Add the options that say what backup traffic is; they override the site file."""
    parser.add_argument("--vm", metavar="NAME,…", help="only these VMs (default: all)")
    parser.add_argument("--profile", metavar="NAME", help="backup profile, or a FILE with one of your own")
    parser.add_argument("--target", metavar="TAG", help="what must be reached, such as Storage.WestUS")
    if with_port:
        parser.add_argument("--port", metavar="P", help="on which ports, as in 80,443")


def asked_name(options: argparse.Namespace) -> str:
    """Return SITE and what was said about the backup traffic, as one would type it again."""
    return " ".join(filter(None, (site_name(options), typed([], options, "vm", "profile", "target", "port"))))


def load_with_profile(options: argparse.Namespace) -> tuple[Site, str]:
    """Return the site, with the profile of a file where `--profile` names one, and the name to ask for."""
    return chosen_profile(load(options), options)


def chosen_profile(site: Site, options: argparse.Namespace) -> tuple[Site, str]:
    """Return a site that was read, in the same way."""
    profile = word(options.profile)
    if not profile:
        return site, ""
    from netcheck.model.profiles import PROFILE_NAMES

    if profile in PROFILE_NAMES:
        return site, profile
    from netcheck.sources.profiles import choose_profile

    return choose_profile(site, profile)


def port_numbers(text: str | None) -> list[int]:
    """Return the single ports of an option; raise QuestionError for anything else."""
    from netcheck.questions.packets import parse_ports

    return (
        [p for first, last in parse_ports(words(text)).spans() for p in range(first, last + 1)]
        if text is not None
        else []
    )


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status."""
    from netcheck.path.leg import Verdict
    from netcheck.questions.check import check
    from netcheck.reports.text import check_text, join

    site, profile = load_with_profile(options)
    vms, ports = words(options.vm), port_numbers(options.port)
    report = check(site, vms, profile, word(options.target), ports)
    advice = None
    if report.verdict is not Verdict.REACHABLE:
        from netcheck.remedy.advice import advise

        advice = advise(site, vms, profile, word(options.target), ports)

    def text(width: int) -> str:
        told = advice.to_text(asked_name(options), width) if advice else ""
        if options.format == "markdown":
            from netcheck.reports.check_markdown import check_markdown

            return check_markdown(report, told)
        if advice is None or not (advice.choice or advice.is_comparable):
            told += join([f"  next: netcheck lint {site_name(options)}"])
        return check_text(report, options.verbose, site_name(options), width) + told

    emit(
        options,
        text,
        lambda: {**report.to_dict(), "advice": advice.to_dict() if advice else None},
    )
    return STATUS[report.verdict]
