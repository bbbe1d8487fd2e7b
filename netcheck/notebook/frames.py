"""Values as pandas data frames. netcheck does without pandas: who wants a frame has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netcheck.notebook.records import records

if TYPE_CHECKING:
    from pandas import DataFrame


def to_dataframe(value: object) -> DataFrame:
    """Return a value as a frame; raise ImportError, naming the package, where pandas is not installed."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError("to_dataframe() needs the package `pandas`: pip install pandas", name="pandas") from error
    columns, rows = records(value)
    return pandas.DataFrame(rows, columns=list(columns))
