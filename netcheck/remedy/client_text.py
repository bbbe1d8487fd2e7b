"""The plan of `client` for people: machine by machine, what to type, what that does, how to take it back."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator

from netcheck.diagnostics import printable
from netcheck.path.leg import Verdict
from netcheck.remedy.client import ClientPlan, Setup
from netcheck.remedy.rehearsal import Shown
from netcheck.remedy.snippet import ReadBack, Snippet
from netcheck.reports.decisions import decider_lines
from netcheck.reports.path_text import path_lines
from netcheck.reports.text import WIDTH, join, wrap


def plan_lines(plan: ClientPlan, site_name: str = "SITE", width: int = WIDTH) -> Iterator[str]:
    """Yield the plan for people: machine by machine, what to type, how to take it back, what to know, what is next."""
    titled = [(setup, f"client {setup.vm}") for setup in plan.clients]
    titled += [(setup, f"proxy {setup.vm}" if setup.vm else "proxy (no VM of the site)") for setup in plan.proxies]
    for number, (setup, title) in enumerate(titled):
        if number:
            yield ""
        yield from _setup(setup, title, width)
    yield ""
    if plan.not_shown:
        yield from _wrapped(f"not shown on whole paths: {plan.not_shown}", "", "    ", width)
        return
    yield "with all of this in place:"
    for shown in plan.shown:
        yield from (line for text in _shown(shown) for line in wrap(printable(text), width))
    yield from join(_next(plan, site_name), width).splitlines()


def _next(plan: ClientPlan, site_name: str) -> Iterator[str]:
    blocked = [one.vm for one in plan.shown if one.entry.answer.verdict is Verdict.BLOCKED]
    if blocked:
        vms = shlex.join(["--vm", ",".join(dict.fromkeys(blocked))])
        yield f"next: netcheck fix {site_name} {vms} --option http-proxy"
    elif plan.shown:
        yield "when it has run and the site says so:"
        yield f"next: netcheck check {site_name}"


def _shown(shown: Shown) -> Iterator[str]:
    answer = shown.entry.answer
    system = f" ({shown.system})" if shown.system else ""
    via = f" via {answer.question.via}" if answer.question.via else ""
    ports = ",".join(answer.question.ports)
    yield f"  {answer.verdict.upper()}  {shown.vm}{system} -> {answer.question.target}{via}  tcp {ports}"
    yield from (f"  {line}" for line in path_lines(shown.entry.results))


def _setup(setup: Setup, title: str, width: int) -> Iterator[str]:
    system = f" ({setup.os_type})" if setup.os_type else ""
    yield printable(f"{title}{system}, proxy {setup.proxy}")
    for snippet in setup.snippets:
        yield ""
        yield from (printable(line) for line in _snippet(snippet, width))


def _snippet(snippet: Snippet, width: int) -> Iterator[str]:
    yield from _wrapped(f"{snippet.place}:", "  ", "  ", width)
    yield from (f"    {line}" for line in snippet.lines)
    if snippet.read_back is not None:
        yield from _read_back(snippet.read_back, width)
    if snippet.undo:
        yield "  to take it back:"
        yield from (f"    {line}" for line in snippet.undo)
    for note in snippet.notes:
        yield from _wrapped(f"note: {note}", "  ", "    ", width)


def _wrapped(text: str, first: str, rest: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _read_back(found: ReadBack, width: int) -> Iterator[str]:
    yield from _wrapped(f"read back: {found.says}", "  ", "    ", width)
    for text in decider_lines(found.verdict, found.decided_by):
        yield from wrap(text, width)
