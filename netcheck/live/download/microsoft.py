"""Microsoft's download pages: one for each cloud, with a link to the file of the week.

The page holds the link twice: as the `href` of its download button, and in a script as JSON
(`window.__DLCDetails__={"dlcDetailsView":{"downloadFile":[{"name":…,"url":…}]}}`). Either is looked for in the text,
by the file's name: `ServiceTags_Public_20251027.json`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit

HOSTS = ("microsoft.com",)
PAGES: Mapping[str, str] = MappingProxyType(
    {
        cloud: f"https://www.microsoft.com/en-us/download/details.aspx?id={number}"
        for cloud, number in (("Public", 56519), ("AzureGovernment", 57063), ("China", 57062), ("AzureGermany", 57064))
    }
)
"""The page of each cloud ("Virtual network service tags", Microsoft Learn)."""
_LINK = re.compile(r"""["']([^"'<>\s]*?/(ServiceTags_([A-Za-z]+)_(\d{8})\.json)(?:\?[^"'<>\s]*)?)["']""")


def link_on(page: str, cloud: str, base: str) -> str:
    """Return the address of the newest file of a cloud that a page links to, "" where there is none."""
    text = html.unescape(page).replace("\\/", "/").replace("\\u0026", "&")
    found = [(date, url) for url, _, named, date in _LINK.findall(text) if named.casefold() == cloud.casefold()]
    # Of several links to one file the first: they differ in letter case only.
    newest = max((date for date, _ in found), default="")
    return next((urljoin(base, url) for date, url in found if date == newest), "")


def file_name(url: str, cloud: str) -> str:
    """Return the name that the file at an address has there, or a plain one where it has no such name."""
    name = urlsplit(url).path.rpartition("/")[2]
    is_plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.(?:json|xml)", name, re.IGNORECASE)
    return name if is_plain else f"ServiceTags_{cloud}.json"
