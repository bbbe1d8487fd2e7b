"""How values show themselves in notebooks: the words for that lie in upper layers, which are loaded only then."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame


class Displayed:
    """A value that a notebook shows as a table, and that becomes a data frame.

    A value knows nothing of reports: they are found by name when somebody looks at one, as a program finds a plug-in.
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Return the value as a piece of HTML for IPython: names are text, nothing runs, nothing is loaded."""
        return str(import_module("netcheck.notebook.html").to_html(self))

    def to_dataframe(self) -> DataFrame:
        """Return the value as a pandas data frame, a row for each part; raise ImportError where pandas is missing."""
        made: Any = import_module("netcheck.notebook.frames").to_dataframe(self)
        frame: DataFrame = made
        return frame
