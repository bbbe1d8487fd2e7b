"""Operating systems by what Azure says of them: the name in a VM's instance view, else the image it was made from.

Versions of Windows: Microsoft Learn, "Windows Server release information". Images with SQL Server name two years: the
older one counts.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from netcheck.model.names import is_same, key
from netcheck.model.site import VirtualMachine
from netcheck.ready.versions import parse_version

_SERVERS = (
    ("2003", (5, 2)), ("2008 r2", (6, 1)), ("2008", (6, 0)), ("2012 r2", (6, 3)), ("2012", (6, 2)),
    ("2016", (10, 0, 14393)), ("2019", (10, 0, 17763)), ("2022", (10, 0, 20348)), ("2025", (10, 0, 26100)),
)  # fmt: skip
_CLIENTS = (("windows 11", (10, 0, 22000)), ("windows 10", (10,)), ("windows 8", (6, 2)), ("windows 7", (6, 1)))
_DISTRIBUTIONS = (
    "ubuntu", "canonical", "rhel", "redhat", "red hat", "centos", "openlogic", "oracle", "sles", "suse", "opensuse",
    "debian", "coreos", "flatcar", "kinvolk", "almalinux", "rocky", "azurelinux", "cblmariner",
)  # fmt: skip
_SAME = {"canonical": "ubuntu", "red hat": "rhel", "redhat": "rhel", "openlogic": "centos", "kinvolk": "flatcar",
         "sles": "suse", "opensuse": "suse"}  # fmt: skip


class System(NamedTuple):
    """An operating system. `version` is that of Windows, `distribution` one of Linux that is known, "" for another."""

    name: str
    is_windows: bool
    is_server: bool = False
    version: tuple[int, ...] | None = None
    distribution: str = ""


def system_of(vm: VirtualMachine) -> System | None:
    """Return the operating system of a VM, None where no file says which it is."""
    facts = vm.backup_facts
    name = facts.os_name or (str(facts.image) if facts.image else "")
    if not name:
        return None
    words = " ".join(re.split(r"[^a-z0-9]+", key(name)))
    is_windows = "windows" in words or is_same(vm.os_type, "Windows")
    if not is_windows:
        found = next((one for one in _DISTRIBUTIONS if one in words), "")
        return System(name, False, distribution=_SAME.get(found, found))
    client = next((number for word, number in _CLIENTS if word in words), None)
    server = next((number for word, number in _SERVERS if word in words), None)
    if client is not None and "server" not in words:
        return System(name, True, version=client)
    is_server = "server" in words or server is not None
    stated = parse_version(facts.os_version) if facts.os_name else None
    return System(name, True, is_server, version=(server if server is not None else stated) if is_server else stated)
