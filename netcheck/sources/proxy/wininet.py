"""LocalSystem's WinINET settings, as the registry holds them: `ProxyEnable` and its like, or one binary value.

Semantics: Microsoft Learn, "INTERNET_PER_CONN_OPTION" for the flags and the policy `ProxySettingsPerUser`; Azure
Backup's article of 2016 and later, which sets them for LocalSystem (`HKEY_USERS\\S-1-5-18`, also named `.DEFAULT`). The
layout of `DefaultConnectionSettings` is not documented: it is that of real exports; what does not fit it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from netcheck.diagnostics import Collector, Source
from netcheck.model.proxies import WinInet
from netcheck.sources._registry_text import Value
from netcheck.sources.proxy.address import fault, parse_bypass, parse_proxies
from netcheck.sources.proxy.registry import read_registry_file

_SETTINGS = "software\\microsoft\\windows\\currentversion\\internet settings"
_POLICIES = "software\\policies\\microsoft\\windows\\currentversion\\internet settings"
_SYSTEM = "hkey_users\\s-1-5-18\\"
_MACHINE = "hkey_local_machine\\"
_EXPORT = (
    "export LocalSystem's key: "
    '`reg export "HKU\\S-1-5-18\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings" FILE`'
)
_USES_PROXY, _USES_SCRIPT, _DETECTS, _KNOWN_FLAGS = 0x2, 0x4, 0x8, 0xF


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """The settings as separate values: `ProxyEnable`, `ProxyServer`, `ProxyOverride`, `AutoConfigURL`, `AutoDetect`."""

    is_enabled: bool = False
    server: str = ""
    override: str = ""
    script: str = ""
    detects: bool = False


class _Binary(NamedTuple):
    """`DefaultConnectionSettings` taken apart."""

    flags: int
    server: str
    override: str
    script: str


def read_wininet_file(path: str, collector: Collector) -> WinInet | None:
    """Read a `.reg` export or the output of `reg query`; None when it cannot be read, and faults are collected."""
    registry = read_registry_file(path, collector)
    if registry is None:
        return None
    keys = registry.keys
    policies = {
        name: value for root in (_MACHINE, _SYSTEM) for name, value in keys.get(f"{root}{_POLICIES}", {}).items()
    }
    per_user = policies.get("proxysettingsperuser")
    is_machine = per_user is not None and per_user.number == 0
    base = f"{_MACHINE if is_machine else _SYSTEM}{_SETTINGS}"
    found = {**keys.get(base, {}), **_binary_of(keys, base)}
    at = next((value.at for value in found.values()), Source(path))
    forced = [v for name, v in policies.items() if name in ("proxyserver", "proxyenable", "autoconfigurl")]
    if forced:
        return WinInet(unknown=f"a policy at {forced[0].at} sets the proxy, which is not modelled", at=forced[0].at)
    if not found and is_machine and per_user is not None:
        reason = f"policy ProxySettingsPerUser=0 ({per_user.at}) makes the machine's settings count, which are not here"
        return WinInet(unknown=reason, at=per_user.at)
    if not found and base not in keys:
        message = "the export has no WinINET settings of LocalSystem"
        collector.add(fault("NC174", message, Source(path), f"{_EXPORT}; those of a user do not count"))
        return None
    if registry.searched_at is not None and "defaultconnectionsettings" not in found:
        reason = f"the listing is of a search ({registry.searched_at}), which leaves out what it did not look for"
        return WinInet(unknown=reason, at=registry.searched_at)
    return _settings(found, at, collector)


def _binary_of(keys: Mapping[str, Mapping[str, Value]], base: str) -> dict[str, Value]:
    values = keys.get(f"{base}\\connections", {})
    return {name: value for name, value in values.items() if name == "defaultconnectionsettings"}


def _settings(found: Mapping[str, Value], at: Source, collector: Collector) -> WinInet | None:
    """Join the separate values and the binary one; where both are there they must agree."""
    names = ("proxyenable", "proxyserver", "proxyoverride", "autoconfigurl", "autodetect")
    blob = found.get("defaultconnectionsettings")
    if blob is None and "proxyenable" not in found:
        reason = "the export has neither `ProxyEnable` nor `DefaultConnectionSettings` of LocalSystem"
        return WinInet(unknown=reason, at=at)
    plain: WinInet | None = None
    if any(name in found for name in names) or blob is None:
        values = Values(
            is_enabled=_number(found, "proxyenable", collector) not in (None, 0),
            server=_text(found, "proxyserver", collector),
            override=_text(found, "proxyoverride", collector),
            script=_text(found, "autoconfigurl", collector),
            detects=_number(found, "autodetect", collector) not in (None, 0),
        )
        plain = to_wininet(values, at, collector)
    if blob is None:
        return plain
    binary = from_binary(blob.data, blob.at, collector) if blob.data is not None else None
    if binary is None:
        if blob.data is None:
            collector.add(fault("NC174", "`DefaultConnectionSettings` is no binary value", blob.at, _EXPORT))
        return None
    if plain is None or _same(plain, binary):
        return binary
    reason = f"`DefaultConnectionSettings` at {blob.at} and the values beside it (`ProxyEnable` and others) differ"
    return WinInet(unknown=reason, at=blob.at)


def _same(plain: WinInet, binary: WinInet) -> bool:
    """Return whether both say the same; whether a proxy is looked for stands, on older systems, in the binary only."""
    return replace(plain, at=binary.at, detects=binary.detects, proxies={}) == replace(binary, proxies={}) and {
        scheme: (one.host, one.port) for scheme, one in plain.proxies.items()
    } == {scheme: (one.host, one.port) for scheme, one in binary.proxies.items()}


def to_wininet(values: Values, at: Source, collector: Collector) -> WinInet:
    """Return the settings that separate values make: a server that is not switched on is none."""
    if values.is_enabled and not values.server.strip():
        return WinInet(unknown="WinINET's proxy is switched on, and no server is given", at=at)
    return WinInet(
        proxies=parse_proxies(values.server, at, collector) if values.is_enabled else {},
        bypass=parse_bypass(values.override) if values.is_enabled else (),
        script=values.script.strip(),
        detects=values.detects,
        at=at,
    )


def from_binary(data: bytes, at: Source, collector: Collector) -> WinInet | None:
    """Read `DefaultConnectionSettings`; None when the value is cut or of another layout, and a fault is collected.

    Three 32-bit numbers (version, counter, flags), then server, bypass list and script, each after its length.
    """
    found = _take_apart(data)
    if found is None:
        message = "`DefaultConnectionSettings` is cut, or has a layout that is not known"
        collector.add(fault("NC174", message, at, _EXPORT))
        return None
    if found.flags & ~_KNOWN_FLAGS:
        return WinInet(unknown=f"`DefaultConnectionSettings` has flags that are not known: {found.flags:#x}", at=at)
    values = Values(
        is_enabled=bool(found.flags & _USES_PROXY),
        server=found.server,
        override=found.override,
        script=found.script if found.flags & _USES_SCRIPT else "",
        detects=bool(found.flags & _DETECTS),
    )
    if found.flags & _USES_SCRIPT and not found.script:
        return WinInet(unknown="WinINET's automatic configuration is switched on, and no script is given", at=at)
    return to_wininet(values, at, collector)


def _take_apart(data: bytes) -> _Binary | None:
    texts: list[str] = []
    position = 12
    for _ in range(3):
        length = int.from_bytes(data[position : position + 4], "little")
        position += 4
        if len(data) < position + length:
            return None
        texts.append(data[position : position + length].decode("latin-1"))
        position += length
    return _Binary(int.from_bytes(data[8:12], "little"), *texts) if all(t.isprintable() for t in texts) else None


def _number(found: Mapping[str, Value], name: str, collector: Collector) -> int | None:
    value = found.get(name)
    if value is not None and value.number is None:
        collector.add(fault("NC174", f"`{name}` is no number", value.at, _EXPORT))
    return value.number if value is not None else None


def _text(found: Mapping[str, Value], name: str, collector: Collector) -> str:
    value = found.get(name)
    if value is None:
        return ""
    if value.text is None or not value.text.isprintable():
        collector.add(fault("NC174", f"`{name}` is no text", value.at, _EXPORT))
        return ""
    return value.text
