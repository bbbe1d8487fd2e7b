"""The errors netcheck raises for what a user can mend.

NetcheckError
  InputError     a file cannot be read as what it claims to be: carries every diagnostic
  QuestionError  the question has no meaning for this site (unknown name, no packets in it)
  PlanError      no plan exists, or none that could be proven
"""

from __future__ import annotations

from collections.abc import Iterable

from netcheck.diagnostics import Diagnostic, Severity, printable


def _rendered(code: str, message: str, advice: str) -> str:
    return printable(f"error[{code}]: {message}") + (f"\n  help: {printable(advice)}" if advice else "")


class NetcheckError(Exception):
    """Base of everything a user can mend; anything else is a fault in netcheck."""


class InputError(NetcheckError):
    """A file is faulty or empty; `diagnostics` lists every fault found, with its place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity is Severity.ERROR]
        super().__init__("\n".join(d.render() for d in errors or self.diagnostics))


class QuestionError(NetcheckError):
    """The question cannot be asked of this site; `code` is NC3xx, `help` says what could be asked."""

    def __init__(self, code: str, message: str, help: str = "") -> None:  # noqa: A002 - the word users see
        self.code, self.message, self.help = code, message, help
        super().__init__(_rendered(code, message, help))


class PlanError(NetcheckError):
    """No plan can be given; `code` is NC4xx, `help` says what stands in the way."""

    def __init__(self, code: str, message: str, help: str = "") -> None:  # noqa: A002 - the word users see
        self.code, self.message, self.help = code, message, help
        super().__init__(_rendered(code, message, help))
