"""Profile files: what a service has to reach, by tag, address or name, written by anybody or shipped with netcheck."""

from __future__ import annotations

import re
from dataclasses import replace

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.address import AddressError, parse_prefix
from netcheck.model.names import key
from netcheck.model.profiles import PROFILE_NAMES, SHIPPED, Heeds, ServiceNeed, ServiceProfile
from netcheck.model.site import Site
from netcheck.sources._json import looks_like_json, parse_json
from netcheck.sources._nodes import Library, Mapping, Node, Scalar, describe, shorten
from netcheck.sources._record import Reader, Record
from netcheck.sources._text import read_text

FORMAT = 1
_START = f"begin the file with `netcheckProfile: {FORMAT}`"
_PROTOCOLS = {"tcp": "tcp", "udp": "udp"}
_HEEDS = {word.value: word for word in (Heeds.HONOURED, Heeds.IGNORED, Heeds.UNDOCUMENTED)}
_ENDS = {"failed": True, "degraded": False}
_LABEL = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?|\{region\})"
_NAME = re.compile(rf"(?:\*?\.)?{_LABEL}(?:\.{_LABEL})+\Z")
_TAG = re.compile(r"[A-Za-z0-9]+(?:\.(?:[A-Za-z0-9]+|\{region\}))?\Z")
_DATE = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?\Z")


def read_profile(path: str) -> ServiceProfile:
    """Return the profile of a file, `-` being standard input; raise InputError with every fault it has."""
    return parse_profile(path, read_text(path))


def with_profile(site: Site, name: str) -> Site:
    """Return the site with the profile that a name stands for: one of a file, or one that comes with netcheck.

    The name of a profile of Azure Backup, or of none, leaves the site as it is: whoever asks says so.
    """
    if name in SHIPPED:
        own = shipped_profile(name)
    elif is_file_name(name):
        own = read_profile(name)
    else:
        return site
    return replace(site, backup=replace(site.backup, profile=own.name, own=own))


def choose_profile(site: Site, name: str) -> tuple[Site, str]:
    """Return the site with the profile that a name or path stands for, and the name that is still to be asked for."""
    found = with_profile(site, name)
    return found, "" if found is not site else name


def is_file_name(text: str) -> bool:
    """Return whether a profile is named by the path of its file; names of profiles have no dot and no slash."""
    return text.lower().endswith((".yaml", ".yml", ".json")) or "/" in text or "\\" in text


def shipped_profile(name: str) -> ServiceProfile:
    """Return a profile that comes with netcheck."""
    from importlib.resources import files

    assert name in SHIPPED
    text = (files("netcheck") / "data" / f"profile-{name}.yaml").read_text(encoding="utf-8")
    return replace(parse_profile(f"profile-{name}.yaml", text), path="")


def parse_profile(path: str, text: str) -> ServiceProfile:
    """Return the profile that a text states; raise InputError with every fault it has."""
    collector, library = Collector(), Library()
    document = library.open(path, text)
    if looks_like_json(text):
        root: Node = parse_json(document, collector)
    else:
        from netcheck.sources._yaml import parse_yaml  # 10 ms that JSON does without

        root = parse_yaml(document, collector)
    document.root = root
    reader = Reader(library, collector)
    record = Record(reader, root, "the profile") if isinstance(root, Mapping) else None
    if record is None or record.raw("netcheckProfile") is None:
        reader.error(root, "NC108", "this is no profile", _START)
        raise InputError(collector)
    profile = _profile(record, path, document.file)
    if collector.has_errors:
        raise InputError(collector)
    return profile


def _profile(record: Record, path: str, file: str) -> ServiceProfile:
    _check_format(record)
    name = record.name()
    if key(name) in PROFILE_NAMES:
        node = record.get("name") or record.node
        record.reader.error(node, "NC130", f"`{name}` is a profile of netcheck's own", "give this one another name")
    title, date = _source(record)
    undocumented = tuple(node.text for node in record.scalars("undocumented"))
    if not record.items("needs"):
        record.missing("needs", "a list of what must be reached: a profile that needs nothing proves nothing")
    needs = tuple(_need(inner) for inner in record.records("needs", "a need"))
    record.ignore("$schema", "description")
    record.finish()
    return ServiceProfile(
        name=name, title=title, date=date, needs=needs, undocumented=undocumented, path=path, file=file
    )


def _check_format(record: Record) -> None:
    node = record.raw("netcheckProfile")
    if not (isinstance(node, Scalar) and node.text == str(FORMAT)):
        advice = f"this netcheck reads format {FORMAT}: write `netcheckProfile: {FORMAT}`"
        at = node or record.node
        record.reader.error(at, "NC109", f"profile format {describe(at)} is not known", advice)


def _source(record: Record) -> tuple[str, str]:
    """Return title and date of the page that a profile was written from."""
    node = record.required("source", "the page it was written from: `source: {title: …, date: 2024-11-14}`")
    inner = record.reader.record(node, "`source`") if node is not None else None
    if inner is None:
        return "", ""
    if inner.get("title") is None:
        inner.missing("title")
    date = inner.get("date")
    if date is not None and not (isinstance(date, Scalar) and _DATE.match(date.text)):
        record.reader.error(date, "NC122", "`date` must be a day or a month", "as in 2024-11-14 or 2024-11")
    found = inner.text("title"), inner.text("date")
    inner.finish()
    return found


def _need(record: Record) -> ServiceNeed:
    tag = _tag(record)
    addresses = tuple(node.text for node in record.scalars("addresses") if _is_prefix(record, node))
    names = tuple(name for node in record.scalars("fqdns") if (name := _name(record, node)))
    if not any(record.get(name) for name in ("tag", "addresses", "fqdns")):
        record.missing("tag", "what must be reached: `tag`, `addresses` or `fqdns`")
    if tag and addresses:
        node = record.get("addresses") or record.node
        record.reader.error(node, "NC139", "`tag` and `addresses` are both given", "make it two needs")
    protocol = record.word("protocol", _PROTOCOLS) or "tcp"
    heeds = record.word("proxy", _HEEDS) or Heeds.UNDOCUMENTED
    if protocol == "udp":
        if heeds is Heeds.HONOURED:
            node = record.get("proxy") or record.node
            record.reader.error(node, "NC139", "no HTTP proxy carries UDP", "write `proxy: ignored`")
        heeds = Heeds.IGNORED
    end = record.required_word("ifBlocked", _ENDS)
    need = ServiceNeed(
        tag=tag,
        addresses=addresses,
        names=names,
        protocol=protocol,
        ports=_ports(record),
        component=record.text("component"),
        heeds=heeds,
        is_essential=end is not False,
        why=record.text("why"),
        at=record.reader.source(record.node),
    )
    for name in ("component", "why"):
        record.required(name)
    record.finish()
    return need


def _tag(record: Record) -> str:
    node, text = record.get("tag"), record.text("tag")
    if node is not None and text and not _TAG.match(text):
        advice = "such as Storage, Storage.WestUS or Storage.{region}"
        record.reader.error(node, "NC122", f"`{shorten(text)}` is no service tag", advice)
        return ""
    return text


def _is_prefix(record: Record, node: Scalar) -> bool:
    try:
        _, has_host_bits = parse_prefix(node.text)
    except AddressError as error:
        record.reader.error(node, "NC131", str(error), error.help)
        return False
    if has_host_bits:
        record.reader.error(node, "NC131", f"`{node.text}` has bits set behind its prefix", "write the network")
    return not has_host_bits


def _name(record: Record, node: Scalar) -> str:
    """Return a name in small letters; `*.` before it, or a dot, stands for everything below."""
    text = node.text.strip().lower()
    if not _NAME.match(text) or len(text) > 253:
        advice = "a host name, or `*.` and a suffix: packages.microsoft.com, *.windowsupdate.com"
        record.reader.error(node, "NC122", f"`{shorten(node.text)}` is no name of a host", advice)
        return ""
    return text.removeprefix("*")


def _ports(record: Record) -> tuple[int, ...]:
    record.required("ports", "the ports: `ports: [443]`")
    found = [
        port for node in record.scalars("ports") if (port := record.reader.integer(node, "ports", 1, 65535)) is not None
    ]
    return tuple(dict.fromkeys(found))
