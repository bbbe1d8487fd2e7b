"""Subscriptions to lists of resources. What one request does not give is noted, and loses nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from netcheck.live.collect.arm import Arm, Json, NotReadError
from netcheck.live.collect.kinds import EFFECTIVE, KINDS, NETWORK, VIRTUAL_MACHINES, Kind
from netcheck.live.collect.private import without_private
from netcheck.model.names import key, last_segment

_PLAIN = re.compile(r"\w[\w.-]{0,199}", re.ASCII)
Told = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: subscriptions by ID, one resource group of each or all ("" ), VMs to compute rules for."""

    subscriptions: tuple[str, ...]
    resource_group: str = ""
    effective: tuple[str, ...] = ()

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes whose resources are listed."""
        inside = f"/resourceGroups/{self.resource_group}" if self.resource_group else ""
        return tuple(f"/subscriptions/{one}{inside}" for one in self.subscriptions)


@dataclass(frozen=True, slots=True)
class Read:
    """One list that was read."""

    type: str
    scope: str
    version: str
    count: int


@dataclass(frozen=True, slots=True)
class NotRead:
    """One list that was not, with the status and the code of the answer; `message` is the service's."""

    type: str
    scope: str
    version: str
    status: int
    code: str
    message: str = ""

    @property
    def answer(self) -> str:
        """The answer in a few words."""
        return f"{self.status} {self.code}" if self.status else self.code


@dataclass(slots=True)
class Collected:
    """What was read, by file, and what was not."""

    files: dict[str, list[Json]] = field(default_factory=dict)
    read: list[Read] = field(default_factory=list)
    not_read: list[NotRead] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether no list at all could be read."""
        return not self.read


def collect(arm: Arm, wanted: Wanted, told: Told) -> Collected:
    """Read everything that is wanted; `told` is called with how much is done."""
    return _Collector(arm, wanted, told).collected()


class _Collector:
    def __init__(self, arm: Arm, wanted: Wanted, told: Told) -> None:
        self._arm, self._wanted, self._told = arm, wanted, told
        self._found = Collected()
        self._done, self._whole = 0, len(KINDS) * len(wanted.scopes)

    def collected(self) -> Collected:
        for scope in self._wanted.scopes:
            for kind in KINDS:
                self._told(self._done, self._whole, kind.word)
                self._read(
                    kind, f"{scope}/providers/{kind.provider}/{kind.word}", f"{kind.provider}/{kind.word}", scope
                )
                self._done += 1
        if self._wanted.effective:
            self._read_effective()
        return self._found

    def _read(self, kind: Kind, path: str, of_type: str, scope: str) -> None:
        """Read a list, and the lists below each of its resources."""
        try:
            listed = self._arm.listed(path, kind.version)
        except NotReadError as error:
            self._note(of_type, scope, kind.version, error)
            return
        self._found.read.append(Read(of_type, scope, kind.version, len(listed)))
        self._found.files.setdefault(f"{kind.word}.json", []).extend(without_private(one) for one in listed)
        self._whole += len(listed) * len(kind.children)
        for resource in listed:
            for child in kind.children:
                self._told(self._done, self._whole, child.word)
                identity = str(resource.get("id") or "")
                self._read(child, f"{identity}/{child.word}", f"{of_type}/{child.word}", identity)
                self._done += 1

    def _note(self, of_type: str, scope: str, version: str, error: NotReadError) -> None:
        self._found.not_read.append(NotRead(of_type, scope, version, error.status, error.code, str(error)))

    def _read_effective(self) -> None:
        """Read what Azure computes for the NICs of the VMs that are named."""
        machines = self._found.files.get(f"{VIRTUAL_MACHINES.word}.json", [])
        known = {key(str(one.get("name"))): one for one in machines}
        lists = [list(_nics(known[key(name)])) if key(name) in known else [] for name in self._wanted.effective]
        # A view is known by the name of its file, which is that of the NIC.
        names = Counter(key(last_segment(nic)) for nic in _all_nics(self._found, lists))
        self._whole += sum(map(len, lists))
        for name, nics in zip(self._wanted.effective, lists, strict=True):
            if not nics:
                error = NotReadError(0, "NoSuchMachine", f"no VM `{name}` with a NIC was read")
                self._note("effectiveNetworkSecurityGroups", name, NETWORK, error)
            for nic in nics:
                self._told(self._done, self._whole, f"effective rules and routes of {last_segment(nic)}")
                self._compute(nic, is_only=names[key(last_segment(nic))] == 1)
                self._done += 1

    def _compute(self, nic: str, *, is_only: bool) -> None:
        for folder, action in EFFECTIVE.items():
            try:
                if not _PLAIN.fullmatch(last_segment(nic)):
                    raise NotReadError(0, "NoPlainName", "its name cannot be that of a file")
                if not is_only:
                    raise NotReadError(0, "NameNotUnique", "two NICs have this name, and a file is called as its NIC")
                items = self._arm.computed(f"{nic}/{action}", NETWORK).get("value")
                if not isinstance(items, list):
                    raise NotReadError(200, "NoList", "the answer holds no list")
            except NotReadError as error:
                self._note(action, nic, NETWORK, error)
                continue
            self._found.read.append(Read(action, nic, NETWORK, len(items)))
            self._found.files[f"{folder}/{last_segment(nic)}.json"] = items


def _nics(machine: Json) -> Iterator[str]:
    profile = (machine.get("properties") or {}).get("networkProfile") or {}
    for one in profile.get("networkInterfaces") or ():
        if isinstance(one, dict) and one.get("id"):
            yield str(one["id"])


def _all_nics(found: Collected, named: Iterable[Iterable[str]]) -> set[str]:
    """Return the IDs of all NICs that were read or are named, in small letters."""
    read = {key(str(one.get("id"))) for one in found.files.get("networkInterfaces.json", [])}
    return read | {key(nic) for nics in named for nic in nics}
