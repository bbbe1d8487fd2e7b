"""The Service Tag Discovery API: what Azure itself uses, for those who have a token.

"Service Tags - List", Microsoft Learn: `location` only says which cloud is meant, all regions are listed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from netcheck.errors import QuestionError
from netcheck.live.download.connection import Allowed, Patience, get, is_loopback, shown

VERSION = "2024-05-01"
MOST_PAGES = 100
TOKEN = "NETCHECK_ARM_TOKEN"  # noqa: S105 - the name of the variable, not what is in it


class _Manager(NamedTuple):
    """Azure Resource Manager of one cloud, and a region that every subscription there knows."""

    host: str
    location: str


MANAGERS: Mapping[str, _Manager] = MappingProxyType(
    {
        "Public": _Manager("management.azure.com", "westus"),
        "AzureGovernment": _Manager("management.usgovcloudapi.net", "usgovvirginia"),
        "China": _Manager("management.chinacloudapi.cn", "chinaeast2"),
    }
)
"""The German cloud was closed in 2021; the file of its download page remains."""


def discovery_url(cloud: str, subscription: str, location: str = "") -> str:
    """Return the address of the list for a subscription; raise QuestionError for a cloud without one."""
    if cloud not in MANAGERS:
        raise QuestionError("NC354", f"cloud `{cloud}` has no Discovery API any more", "leave out `--from api`")
    if not subscription:
        raise QuestionError("NC354", "the Discovery API needs a subscription", "give it with --subscription ID")
    manager = MANAGERS[cloud]
    where = f"subscriptions/{quote(subscription, safe='')}/providers/Microsoft.Network"
    place = quote("".join(location.split()).lower() or manager.location, safe="")
    return f"https://{manager.host}/{where}/locations/{place}/serviceTags?api-version={VERSION}"


def is_discovery(url: str) -> bool:
    """Return whether an address is one of the Discovery API."""
    path = urlsplit(url).path.casefold()
    return "/providers/microsoft.network/locations/" in path and path.endswith("/servicetags")


def ask(url: str, token: str, patience: Patience) -> bytes:
    """Return all pages of the list as one document.

    Raise QuestionError where there is no token or it cannot be sent: it goes to Azure Resource Manager alone, and to
    this machine, never along with a redirect.
    """
    hosts = tuple(manager.host for manager in MANAGERS.values())
    allowed = Allowed(hosts, url if is_loopback(url) else "")
    _check(url, token, allowed)
    data = get(url, allowed, token, patience).data
    whole, pages = _page(data, url), 1
    following = whole.get("nextLink")
    while following:
        pages += 1
        if not isinstance(following, str) or pages > MOST_PAGES:
            raise QuestionError("NC352", f"{shown(url)} has no end: {MOST_PAGES} pages were read", "try again later")
        part = _page(get(following, allowed, token, patience).data, following)
        whole["values"] = [*_values(whole), *_values(part)]
        following = part.get("nextLink")
    if pages == 1:
        return data
    del whole["nextLink"]
    return json.dumps(whole, indent=2).encode()


def _check(url: str, token: str, allowed: Allowed) -> None:
    if not token:
        advice = f"{TOKEN}=$(az account get-access-token --query accessToken -o tsv) netcheck tags fetch …"
        raise QuestionError("NC354", f"there is no token in {TOKEN}", advice)
    if not token.isascii() or not token.isprintable() or " " in token:
        raise QuestionError("NC354", f"what is in {TOKEN} is no token", "set it to the token alone, on one line")
    if not allowed.has(url):
        raise QuestionError("NC353", f"a token is not sent to {shown(url)}", f"it goes to {', '.join(allowed.hosts)}")


def _page(data: bytes, url: str) -> dict[str, object]:
    try:
        page = json.loads(data)
    except (ValueError, RecursionError):
        page = None
    if not isinstance(page, dict) or not isinstance(page.get("values"), list):
        raise QuestionError("NC352", f"{shown(url)} does not send the list of service tags", "try again later")
    return page


def _values(page: dict[str, object]) -> list[object]:
    values = page["values"]
    assert isinstance(values, list), "`_page` refuses others"
    return values
