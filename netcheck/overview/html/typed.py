"""The commands that a reader may type next, with the site and the options that the report was made with."""

from __future__ import annotations

import shlex
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: the site as a shell takes it, and the words that chose VMs, profile, target and ports."""

    site: str
    chosen: tuple[str, ...] = ()

    def command(self, name: str, *words: str, has_choice: bool = True) -> str:
        """Return a command about the site; `has_choice` False where the command does not take the words that chose."""
        rest = shlex.join([*words, *(self.chosen if has_choice else ())])
        return f"netcheck {name} {self.site}{' ' if rest else ''}{rest}"

    def of_vm(self, name: str, vm: str) -> str:
        """Return a command about one VM, in place of those that were chosen."""
        at = self.chosen.index("--vm") if "--vm" in self.chosen else len(self.chosen)
        words = ("--vm", vm, *self.chosen[:at], *self.chosen[at + 2 :])
        return f"netcheck {name} {self.site} {shlex.join(words)}"
