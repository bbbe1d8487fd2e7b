"""The third-party data of the loads, where they are at hand, and what the words of a rule's sides stand for."""

from __future__ import annotations

import ipaddress
import json
import os
import sys
from functools import cache
from pathlib import Path

from tests.bench.plain import Addresses, complement, merge, to_addresses, to_span

ROOT = Path(__file__).resolve().parents[2]
FULL_TAGS = "service_tags/ServiceTags_Public_20251028.json"
VNET = ("10.0.0.0/16", "fd00:10::/48")
_SERVICES = (
    "Storage", "Sql", "AzureCloud", "AzureActiveDirectory", "AzureKeyVault", "EventHub", "ServiceBus", "AzureMonitor",
    "AzureCosmosDB", "AzureContainerRegistry",
)  # fmt: skip
_NEVER_INTERNET = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
)  # fmt: skip


def shared_data() -> Path:
    """Return the folder of third-party data, whether it is there or not."""
    named = os.environ.get("NETCHECK_SHARED_DATA")
    return Path(named) if named else ROOT.parent / "shared" / "data"


def full_tags() -> Path:
    """Return the full service-tag file; end the program with a message and status 0 where it is absent."""
    path = shared_data() / FULL_TAGS
    if not path.is_file():
        print(f"no {FULL_TAGS} in {shared_data()}: set NETCHECK_SHARED_DATA; nothing measured")
        sys.exit(0)
    return path


class Tags:
    """The service tags that the loads name, from a published file: ten, and the regional parts of them."""

    def __init__(self, path: Path) -> None:
        values = json.loads(path.read_text(encoding="utf-8"))["values"]
        self._prefixes = {value["name"]: value["properties"]["addressPrefixes"] for value in values}
        self.whole = tuple(name for name in sorted(self._prefixes) if name in _SERVICES)
        parts = {name: name.partition(".") for name in sorted(self._prefixes)}
        self.regional = tuple(name for name, (service, dot, _) in parts.items() if dot and service in _SERVICES)
        self._known: dict[str, Addresses] = {}

    def __getitem__(self, name: str) -> Addresses:
        if name not in self._known:
            self._known[name] = to_addresses((name,), self._prefixes[name])
        return self._known[name]


@cache
def read_tags(path: Path) -> Tags:
    """Return the tags of a published file, read once."""
    return Tags(path)


@cache
def builtin(word: str) -> Addresses:
    """Return what `*`, `VirtualNetwork` and `Internet` stand for beside the network `VNET`."""
    if word == "*":
        return to_addresses(("*",), ("0.0.0.0/0", "::/0"))
    if word == "VirtualNetwork":
        return to_addresses((word,), (*VNET, "168.63.129.16/32"))
    public = complement(merge(to_span(prefix)[1] for prefix in _NEVER_INTERNET), (1 << 32) - 1)
    networks = [
        str(network)
        for first, last in public
        for network in ipaddress.summarize_address_range(ipaddress.IPv4Address(first), ipaddress.IPv4Address(last))
    ]
    return to_addresses(("Internet",), (*networks, "2000::/3"))
