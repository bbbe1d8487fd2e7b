"""Values of the Windows registry that proxy settings are made of, by key and name."""

from __future__ import annotations

from typing import NamedTuple

from netcheck.diagnostics import Collector, Diagnostic, Source
from netcheck.sources._registry_text import Deletion, Fault, Key, RegistryItem, SearchEnd, Value, read_registry
from netcheck.sources.proxy.address import fault

_ADVICE = "give a `.reg` file of `reg export`, or what `reg query KEY /s` prints"


class Registry(NamedTuple):
    """Values by key and name, both in small letters; `searched_at`: it is a search, which does not show all."""

    keys: dict[str, dict[str, Value]]
    searched_at: Source | None


def read_registry_file(path: str, collector: Collector) -> Registry | None:
    """Read registry values; None when the file is of neither kind or has a line that cannot be read."""
    from netcheck.sources._text import read_text

    keys: dict[str, dict[str, Value]] = {}
    searched_at: Source | None = None
    for item in read_registry(read_text(path), path):
        unreadable = _unreadable(item)
        if unreadable is not None:
            collector.add(unreadable)
            return None
        match item:
            case Key(key):
                keys.setdefault(key, {})
            case Value(key, name):
                keys[key][name.casefold()] = item
            case Deletion(key, str() as name):  # what a file takes away again is not there
                keys[key].pop(name.casefold(), None)
            case SearchEnd(_, at):
                searched_at = at
    return Registry(keys, searched_at)


def _unreadable(item: RegistryItem) -> Diagnostic | None:
    match item:
        case Fault(message, at):
            return fault("NC174", message, at, _ADVICE)
        case Deletion(_, None, at):
            return fault("NC174", "the file deletes keys: it is a change, not an export", at, _ADVICE)
        case Value(may_be_cut=True, text=str()):
            return fault("NC174", "the last line does not end: the file may be cut off", item.at, _ADVICE)
    return None
