"""Folders to the files in them: those that a reader may read, in order, and none from outside."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from netcheck.diagnostics import Collector

SITE_FILE = "site.yaml"
MOST_FILES = 10_000
_READ = frozenset((".json", ".jsonc", ".yaml", ".yml", ".xml", ".csv", ".tsv", ".txt", ".tfstate", ".netcfg"))


def expand(paths: Sequence[str], collector: Collector) -> list[str]:
    """Return the files that paths stand for, each once; a folder with a site file stands for that file.

    Hidden folders are left out (`.git`, `.terraform`), and so is what has no suffix of a data file. A link that leads
    out of the folder is an error: what is asked for is the folder.
    """
    found: dict[str, None] = {}
    for path in paths:
        if path != "-" and Path(path).is_dir():
            inside = Path(path) / SITE_FILE
            files = [str(inside)] if inside.is_file() else list(_files_in(path, collector))
            if not files:
                message = f"folder `{path}` holds no `{SITE_FILE}` and no file that can be read"
                collector.refuse(path, "NC100", message)
            found.update(dict.fromkeys(files))
        else:
            found[path] = None
    return list(found)


def _files_in(folder: str, collector: Collector) -> Iterator[str]:
    root = Path(folder).resolve()
    count = 0
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(here) / name
            if name.startswith(".") or path.suffix.lower() not in _READ:
                continue
            if not path.resolve().is_relative_to(root):
                message = f"`{path}` is a link to a file outside the folder"
                collector.refuse(str(path), "NC118", message, "name that file itself, if it belongs to the site")
                continue
            count += 1
            if count > MOST_FILES:
                collector.refuse(folder, "NC103", f"folder `{folder}` holds more than {MOST_FILES:,} files")
                return
            yield str(path)
        for name in folders:
            if (Path(here) / name).is_symlink():
                message = f"`{Path(here) / name}` is a link to a folder"
                collector.refuse(str(Path(here) / name), "NC118", message, "name that folder itself")
