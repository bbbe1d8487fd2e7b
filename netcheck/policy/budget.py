"""What one question may cost: past it there is a clear error, never a hang and never a guess."""

from __future__ import annotations

from netcheck.errors import QuestionError

MOST_STEPS = 40_000_000
"""Rules and atoms looked at, one by one: about half a minute."""
MOST_BYTES = 512 * 2**20
"""What is kept of it, roughly; the process stays below one GiB."""


class Budget:
    """Counts the steps and the memory of one question; raise QuestionError (NC316) when either runs out."""

    __slots__ = ("_advice", "_bytes", "most_bytes", "most_steps", "steps")

    def __init__(
        self, advice: str = "ask about fewer packets", most_steps: int = MOST_STEPS, most_bytes: int = MOST_BYTES
    ) -> None:
        self._advice, self._bytes = advice, 0
        self.steps = 0
        """What was spent so far."""
        self.most_steps, self.most_bytes = most_steps, most_bytes

    def spend(self, steps: int, kept: int = 0) -> None:
        """Add to what was spent: steps, and bytes kept until the end."""
        self.steps += steps
        self._bytes += kept
        if self.steps > self.most_steps or self._bytes > self.most_bytes:
            spent = f"{self.steps:,} steps" if self.steps > self.most_steps else f"{self._bytes >> 20:,} MiB"
            raise QuestionError("NC316", f"the rules cut these packets into too many pieces: {spent}", self._advice)

    def release(self, kept: int) -> None:
        """Give back bytes that are no longer kept."""
        self._bytes -= kept
