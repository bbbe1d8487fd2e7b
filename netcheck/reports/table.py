"""Tables in text: columns where there is room for them, else one block a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Column(NamedTuple):
    """A heading and how wide its column is; a negative width is aligned to the right."""

    head: str
    width: int

    def shown(self, cell: str) -> str:
        """Return a cell as wide as the column; one that is longer is never cut."""
        return f"{cell:>{-self.width}}" if self.width < 0 else f"{cell:<{self.width}}"


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Yield a heading and a line for each row; where that is too wide, each row under its first cell."""
    if sum(abs(column.width) for column in columns) <= width:
        for cells in ([column.head for column in columns], *rows):
            yield "".join(column.shown(cell) for column, cell in zip(columns, cells, strict=True)).rstrip()
        return
    for name, *cells in rows:
        yield name
        yield from _packed([f"{c.head} {cell}" for c, cell in zip(columns[1:], cells, strict=True)], width)


def _packed(pairs: Sequence[str], width: int) -> Iterator[str]:
    """Yield as many pairs a line as there is room for; none is broken."""
    line = ""
    for pair in pairs:
        longer = f"{line}, {pair}" if line else f"  {pair}"
        if line and len(longer) >= width:
            yield f"{line},"
            longer = f"  {pair}"
        line = longer
    yield line
