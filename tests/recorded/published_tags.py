"""Microsoft's published service-tag files, read where they lie: by netcheck, and by the standard library alone."""

from __future__ import annotations

import json
from functools import cache
from ipaddress import IPv4Network, collapse_addresses
from pathlib import Path
from typing import Any

import netcheck as nc
from netcheck.policy.resolve import AddressBook
from netcheck.sets.intervals import IntervalSet
from tests.unit.sources.shared import shared_folder

FIXTURES = Path(__file__).parents[2] / "fixtures"
LATEST = "ServiceTags_Public_20251028.json"


def tag_file(name: str = LATEST) -> str:
    """Return the path of a published tag file."""
    return str(shared_folder("service_tags") / name)


@cache
def published(name: str) -> dict[str, Any]:
    """Return the entries of a published file by tag name, read by the standard library."""
    content = json.loads(Path(tag_file(name)).read_text(encoding="utf-8-sig"))
    return {entry["name"]: entry["properties"] for entry in content["values"]}


def listed(name: str, tag: str) -> list[IPv4Network]:
    """Return the IPv4 prefixes of a tag as they are published."""
    return [IPv4Network(text) for text in published(name)[tag]["addressPrefixes"] if ":" not in text]


def collapsed(name: str, tag: str) -> list[IPv4Network]:
    """Return the IPv4 prefixes of a tag, merged by the standard library."""
    return list(collapse_addresses(listed(name, tag)))


@cache
def site_of(story: str, tags: str = LATEST, site: str = "site.yaml") -> nc.Site:
    """Return the site of a story with a published tag file in place of its own."""
    return nc.load(FIXTURES / story / site, tags=tag_file(tags))


def known(book: AddressBook, name: str) -> IntervalSet:
    """Return the IPv4 addresses of a published tag as netcheck has them."""
    found = book.published(name, 4)
    assert found is not None, name
    return found


def option(comparison: Any, name: str) -> Any:
    """Return one option of a comparison as JSON."""
    return next(one for one in comparison["options"] if one["option"] == name)
