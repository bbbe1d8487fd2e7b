"""One line a target: what was measured, the limit, the figure."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.processes import Measured


@dataclass(frozen=True, slots=True)
class Line:
    """One target: what was measured, the limit, the figure, and what it is a multiple of."""

    name: str
    what: str
    limit: float
    figure: float
    unit: str = "ms"
    beside: str = ""
    is_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the figure is within the limit."""
        return self.figure >= self.limit if self.is_least else self.figure <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.is_least else "<="
        mark = "ok" if self.is_met else "MISSED"
        limit, figure = (f"{value:,.1f}" if value < 20 else f"{value:,.0f}" for value in (self.limit, self.figure))
        return f"{self.name:4} {self.what:61} {sign} {limit:>6} {figure:>8} {self.unit:4} {mark:6} {self.beside}"


def ms(row: Measured) -> float:
    """Return the milliseconds of a run; raise where there is none."""
    if row.trouble:
        raise RuntimeError(f"{row.name}: {row.trouble}")
    return row.seconds * 1000
