"""The files that come with the package."""

from __future__ import annotations

TYPE_CHECKING = False  # checkers know the name; small commands do without the typing module
if TYPE_CHECKING:
    from netcheck.reports.html.page import Assets


def read_data(name: str) -> str:
    """Return the text of one file of `netcheck/data`."""
    from importlib.resources import files

    return (files("netcheck") / "data" / name).read_text(encoding="utf-8")


def read_all_data(prefix: str, suffix: str) -> list[str]:
    """Return the texts of all files with names that begin and end so, in the order of their names."""
    from importlib.resources import files

    folder = files("netcheck") / "data"
    names = sorted(item.name for item in folder.iterdir() if item.name.startswith(prefix))
    return [(folder / name).read_text(encoding="utf-8") for name in names if name.endswith(suffix)]


def read_assets(*names: str) -> Assets:
    """Return what a page embeds: the style sheet and script of all pages, and more files of `netcheck/data`."""
    from netcheck.reports.html.page import Assets

    files = ("page.css", "page.js", *names)
    styles, scripts = ([read_data(name) for name in files if name.endswith(end)] for end in (".css", ".js"))
    return Assets(tuple(styles), tuple(scripts))
