"""The current service-tag file of a cloud, read and proven before anybody keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.errors import InputError, QuestionError
from netcheck.live.download.connection import BY_HAND, PATIENCE, Allowed, Patience, get, shown
from netcheck.live.download.discovery import ask, discovery_url, is_discovery
from netcheck.live.download.microsoft import HOSTS, PAGES, file_name, link_on
from netcheck.model.names import key
from netcheck.model.tags import TagTable
from netcheck.sources._text import to_text
from netcheck.sources.service_tags import check_tag_table, parse_tag_table

API = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to download: the file of a cloud.

    `source` is "" for Microsoft's own page, `api` for the Discovery API of the cloud, else the address of a page, of a
    file, or of the Discovery API. `token` is for the last two.
    """

    cloud: str = "Public"
    source: str = ""
    subscription: str = ""
    location: str = ""
    token: str = field(default="", repr=False)
    patience: Patience = PATIENCE


class Download(NamedTuple):
    """A service-tag file that holds what it should: its bytes, what is in it, its name there, and its address."""

    data: bytes
    table: TagTable
    name: str
    source: str


def download(wanted: Wanted) -> Download:
    """Return the current file; nothing is written.

    Raise QuestionError (NC350 to NC354) where it cannot be had, and InputError with every fault where what comes is no
    service-tag file.
    """
    url = wanted.source
    if url == API:
        url = discovery_url(wanted.cloud, wanted.subscription, wanted.location)
    if url and is_discovery(url):
        return _proven(ask(url, wanted.token, wanted.patience), url, f"ServiceTags_{wanted.cloud}_api.json", wanted)
    allowed = Allowed(HOSTS, url)
    reply = get(url or PAGES[wanted.cloud], allowed, patience=wanted.patience)
    link = reply.url
    if _is_page(reply.data):
        link = link_on(reply.data.decode("utf-8", "replace"), wanted.cloud, reply.url)
        if not link:
            message = f"{shown(reply.url)} has no link to a file `ServiceTags_{wanted.cloud}_….json`"
            raise QuestionError("NC352", message, BY_HAND)
        reply = get(link, allowed, patience=wanted.patience)
        if _is_page(reply.data):
            raise QuestionError("NC352", f"{shown(reply.url)} is a web page, and no service-tag file", BY_HAND)
    return _proven(reply.data, reply.url, file_name(link, wanted.cloud), wanted)


def _is_page(data: bytes) -> bool:
    """Return whether something is a web page; the older XML begins with `<` as well."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head[:1] == b"<" and b"<AzurePublicIpAddresses" not in head


def _proven(data: bytes, url: str, name: str, wanted: Wanted) -> Download:
    """Return a download once all of it was read, every prefix included, and it is of the cloud that was asked for."""
    collector = Collector()
    try:
        table = parse_tag_table(to_text(name, data), name, collector)
        check_tag_table(table, collector)
        if collector.has_errors:
            raise InputError(collector)
    except InputError as error:
        message = f"what {shown(url)} sends is no whole service-tag file, and was not kept"
        first = Diagnostic(code="NC352", severity=Severity.ERROR, message=message, at=Source(name), help=BY_HAND)
        raise InputError([first, *error.diagnostics]) from None
    if key(table.cloud) != key(wanted.cloud):
        message = f"{shown(url)} is the file of cloud `{table.cloud}`, and `{wanted.cloud}` was asked for"
        raise QuestionError("NC352", message, f"give `--cloud {table.cloud}`")
    return Download(data, table, name, shown(url))
