"""Microsoft's service-tag files: the weekly JSON download and what the Service Tag Discovery API returns.

Shape: "Virtual network service tags", Microsoft Learn, sections "Discover service tags by using downloadable JSON
files" and "Use the Service Tag Discovery API".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from netcheck.diagnostics import NOWHERE, Collector, Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.model.address import AddressError, parse_prefix
from netcheck.model.names import key
from netcheck.model.site import Cloud
from netcheck.model.tags import TagEntry, TagFileForm, TagTable
from netcheck.sources._file_names import base_name, published_date

_DOWNLOAD = "download the JSON from Microsoft's page `Azure IP Ranges and Service Tags`"


class TagEntries(Mapping[str, TagEntry]):
    """The entries of one file by case-folded name; a TagEntry is built when it is asked for.

    A file holds 3,000 tags of which one run looks at a handful: building them all costs as much as a third of reading.
    """

    def __init__(self, values: list[Any], index: dict[str, int]) -> None:
        self._values = values
        self._index = index

    def __getitem__(self, name: str) -> TagEntry:
        return _entry(self._values[self._index[name]], self._index[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, name: object) -> bool:
        return name in self._index


def read_tag_table(path: str, collector: Collector) -> TagTable:
    """Read a service-tag file, JSON or the older XML: which of the two is seen from its first character.

    Raise InputError with every fault of the file; prefixes are kept as texts (see check_tag_table).
    """
    from netcheck.sources._text import read_text

    return parse_tag_table(read_text(path), path, collector)


def parse_tag_table(text: str, path: str, collector: Collector) -> TagTable:
    """Return the table of the text of a service-tag file; `path` is where it was read from, or where it will lie."""
    if text.lstrip()[:1] == "<":
        from netcheck.sources.public_ips_xml import read_public_ips

        return read_public_ips(text, path, collector)
    document = _parse_json(text, path)
    values = _values(document, path)
    cloud = _cloud(document, path)
    change_number, faults = _number(document.get("changeNumber"), path, "/changeNumber")
    index, entry_faults = _index(values, path)
    if faults or entry_faults:
        raise InputError(faults + entry_faults)
    return TagTable(
        file=base_name(path),
        path=path,
        cloud=cloud,
        change_number=change_number,
        published=published_date(path),
        entries=TagEntries(values, index),
        form=TagFileForm.API if "type" in document or "id" in document else TagFileForm.DOWNLOAD,
    )


def check_tag_table(table: TagTable, collector: Collector) -> None:
    """Parse every prefix of every tag and report what is no prefix, with its JSON pointer.

    Reading a table leaves the prefixes unparsed, so this is for those who want the whole file proven.
    """
    for entry in table.entries.values():
        for number, text in enumerate(entry.prefixes):
            found = _prefix_fault(text, entry.name)
            if found is not None:
                at = Source(table.file, pointer=f"{entry.pointer}/properties/addressPrefixes/{number}")
                collector.add(replace(found, at=at))


def _prefix_fault(text: str, tag: str) -> Diagnostic | None:
    """Return what is wrong with one prefix, its place still open, or None."""
    try:
        note = parse_prefix(text)[1]
    except AddressError as error:
        return _fault("NC163", f"tag `{tag}`: {error}", NOWHERE, error.help)
    if note:
        return Diagnostic(code="NC163", severity=Severity.WARNING, message=f"tag `{tag}`: {note}", at=NOWHERE)
    return None


class _DuplicateKeyError(ValueError):
    """One JSON object holds a key twice; readers differ in which of the two they take."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _DuplicateKeyError(name)
            seen.add(name)
    return made


def _parse_json(text: str, path: str) -> dict[str, Any]:
    import json

    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        at = Source(path, error.lineno, error.colno)
        lines = text.splitlines()
        excerpt = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
        fault = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise InputError([_fault("NC160", fault, at, _DOWNLOAD, excerpt)]) from None
    except _DuplicateKeyError as error:
        raise InputError([_fault("NC160", f"key `{error}` stands twice in one object", Source(path))]) from None
    except ValueError:  # a number of thousands of digits
        raise InputError([_fault("NC160", "a number in it is too long", Source(path), _DOWNLOAD)]) from None
    except RecursionError:
        raise InputError([_fault("NC160", "nested too deeply", Source(path), _DOWNLOAD)]) from None
    if not isinstance(document, dict):
        _refuse(path, "", "the document is no object", _DOWNLOAD)
    return document


def _values(document: dict[str, Any], path: str) -> list[Any]:
    values = document.get("values")
    if not isinstance(values, list) or "cloud" not in document:
        _refuse(path, "", "no service-tag file: `cloud` and a list `values` are expected at the top", _DOWNLOAD)
    if not values:
        _refuse(path, "/values", "no service tags in it", _DOWNLOAD)
    if document.get("nextLink"):
        _refuse(path, "/nextLink", "the first page alone of what the Discovery API answers", "ask for all of its pages")
    return values


def _cloud(document: dict[str, Any], path: str) -> str:
    cloud = document["cloud"]
    known = [str(c) for c in Cloud]
    if cloud not in known:
        shown = str(cloud)[:40]
        message = f"unknown cloud `{shown}`"
        raise InputError([_fault("NC164", message, Source(path, pointer="/cloud"), f"one of {', '.join(known)}")])
    return str(cloud)


def _number(value: Any, path: str, pointer: str) -> tuple[int | None, list[Diagnostic]]:
    """Return a change number: the download writes a number, the Discovery API the same in quotes."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value, []
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value), []
    return None, [_fault("NC162", "`changeNumber` is no whole number", Source(path, pointer=pointer))]


def _index(values: list[Any], path: str) -> tuple[dict[str, int], list[Diagnostic]]:
    index: dict[str, int] = {}
    faults: list[Diagnostic] = []
    for number, value in enumerate(values):
        try:
            if type(value["name"]) is not str or not value["name"]:
                raise TypeError
            properties = value["properties"]
            features, change_number = properties.get("networkFeatures"), properties.get("changeNumber")
            "".join(properties["addressPrefixes"])  # the quickest test that all of them are texts
            "".join(features or ())
            well_formed = (
                type(properties["addressPrefixes"]) is list
                and type(properties.get("region", "")) is str
                and type(properties.get("systemService", "")) is str
                and (features is None or type(features) is list)
                and (type(change_number) is int or not _number(change_number, path, "")[1])
            )
        except (TypeError, KeyError, AttributeError):
            well_formed = False
        if not well_formed:
            faults += _entry_faults(value, path, f"/values/{number}")
        elif index.setdefault(key(value["name"]), number) != number:
            first = index[key(value["name"])]
            message = f"tag `{value['name']}` stands twice, first at `/values/{first}`"
            faults.append(_fault("NC162", message, Source(path, pointer=f"/values/{number}/name")))
    return index, faults


def _is_features(value: Any) -> bool:
    return value is None or (type(value) is list and all(type(word) is str for word in value))


def _entry_faults(value: Any, path: str, pointer: str) -> list[Diagnostic]:
    """Say what exactly is wrong with an entry that the quick look refused."""
    if not isinstance(value, dict):
        return [_fault("NC162", "a tag must be an object", Source(path, pointer=pointer))]
    faults = []
    if not isinstance(value.get("name"), str) or not value["name"]:
        faults.append(_fault("NC162", "the tag has no `name`", Source(path, pointer=pointer)))
    properties = value.get("properties")
    if not isinstance(properties, dict):
        return [*faults, _fault("NC162", "the tag has no `properties`", Source(path, pointer=pointer))]
    inner = f"{pointer}/properties"
    faults += [
        _fault("NC162", f"`{name}` must be text", Source(path, pointer=f"{inner}/{name}"))
        for name in ("region", "systemService")
        if not isinstance(properties.get(name, ""), str)
    ]
    if not _is_features(properties.get("networkFeatures")):
        message = "`networkFeatures` must be a list of texts or null"
        faults.append(_fault("NC162", message, Source(path, pointer=f"{inner}/networkFeatures")))
    faults += _number(properties.get("changeNumber"), path, f"{inner}/changeNumber")[1]
    prefixes = properties.get("addressPrefixes")
    if not isinstance(prefixes, list):
        message = "`addressPrefixes` must be a list"
        return [*faults, _fault("NC162", message, Source(path, pointer=f"{inner}/addressPrefixes"))]
    return faults + [
        _fault("NC162", "a prefix must be text", Source(path, pointer=f"{inner}/addressPrefixes/{number}"))
        for number, prefix in enumerate(prefixes)
        if not isinstance(prefix, str)
    ]


def _entry(value: dict[str, Any], number: int) -> TagEntry:
    properties = value["properties"]
    features = properties.get("networkFeatures", ())
    return TagEntry(
        name=value["name"],
        region=properties.get("region", ""),
        system_service=properties.get("systemService", ""),
        prefixes=tuple(properties["addressPrefixes"]),
        network_features=None if features is None else tuple(features),
        change_number=_number(properties.get("changeNumber"), "", "")[0],
        pointer=f"/values/{number}",
    )


def _refuse(path: str, pointer: str, message: str, help_text: str) -> NoReturn:
    raise InputError([_fault("NC161", message, Source(path, pointer=pointer), help_text)])


def _fault(code: str, message: str, at: Source, help_text: str = "", excerpt: str = "") -> Diagnostic:
    return Diagnostic(code=code, severity=Severity.ERROR, message=message, at=at, help=help_text, excerpt=excerpt)
