"""Commands that are called by a program instead of typed: the same parser, the same run, and the answer as a value."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field

from netcheck.cli.common import told_of
from netcheck.cli.main import build_parser, say_fault
from netcheck.cli.progress import Progress
from netcheck.diagnostics import Diagnostic, printable
from netcheck.errors import InputError, NetcheckError
from netcheck.live.mcp.answers import Answered
from netcheck.live.mcp.sites import Sites
from netcheck.live.mcp.tools import Call
from netcheck.model.site import Site

_SHARED = ("tags", "subscription", "resource_group", "location")


@dataclass(frozen=True, slots=True)
class Answering:
    """Answers calls with the options that the server was started with; nothing that is asked ends the server."""

    options: argparse.Namespace
    sites: Sites

    def __call__(self, call: Call) -> Answered:
        """Return the answer of the command, or why there is none."""
        try:
            return self._ask(call)
        except InputError as error:
            found = "\n".join(printable(line) for one in error.diagnostics for line in one.render().split("\n"))
            return Answered(found, {"errors": [_diagnostic(one) for one in error.diagnostics]}, is_error=True)
        except NetcheckError as error:
            told = {name: getattr(error, name) for name in ("code", "message", "help")}
            return Answered(str(error), {"errors": [told]}, is_error=True)
        except RecursionError:
            return Answered("the input is nested or linked too deeply", is_error=True)
        except (Exception, SystemExit) as error:  # argparse leaves where an option is wrong, and those here are ours
            return Answered(say_fault(error, with_traceback=self.options.verbose), is_error=True)

    def _ask(self, call: Call) -> Answered:
        asked = build_parser(call.tool, is_first=True).parse_args([call.tool, "SITE", *call.words])
        asked.site = [*(self.options.site or call.site), *([call.flow] if call.flow else [])]
        for name in _SHARED:
            setattr(asked, name, getattr(asked, name) or getattr(self.options, name))
        host = _Host(self.sites)
        asked.host, asked.progress = host, Progress(is_quiet=True)
        asked.run(asked)
        return Answered(host.text, host.value, "\n".join(host.said))


@dataclass(slots=True)
class _Host:
    """Where a command gets its site from, and where its answer goes."""

    sites: Sites
    text: str = ""
    value: dict[str, object] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def load(self, paths: Sequence[str], tolerated: Sequence[str]) -> Site:
        """Return the site, and keep what there is to say of its files."""
        site = self.sites.load(paths, tolerated)
        self.said += told_of(site)
        return site

    def take(self, text: str, value: object) -> None:
        """Keep the answer."""
        assert isinstance(value, dict), "every answer is an object"
        self.text, self.value = text, value


def _diagnostic(found: Diagnostic) -> dict[str, object]:
    told = {"code": found.code, "severity": str(found.severity), "message": found.message, "help": found.help}
    return {**told, "at": str(found.at)}
