"""firewalld: its zones from what `firewall-cmd` prints or from its XML files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.hosts import ChainFirewall, HostFirewallKind
from netcheck.sources._xml import Element, XmlError, read_xml
from netcheck.sources.limits import check_place
from netcheck.sources.linux.firewalld_build import Daemon, to_tables
from netcheck.sources.linux.firewalld_services import brought_services
from netcheck.sources.linux.firewalld_text import read_zones
from netcheck.sources.linux.firewalld_xml import service_of, zone_of
from netcheck.sources.linux.firewalld_zones import Service, Zone, ZoneError
from netcheck.sources.linux.iptables_build import Files, Origin, build_firewall

_HELP = "give what `firewall-cmd --list-all-zones` prints, the folder /etc/firewalld, or XML files of it"
_SHIPPED_POLICIES = frozenset(("allow-host-ipv6",))
_DEFAULT = re.compile(r"(?:\s*DefaultZone\s*=\s*)?([\w.-]+)\s*")


def read_firewalld(files: Files, collector: Collector) -> ChainFirewall:
    """Read zones, services and the default zone; faults are collected."""
    return _Reader(files, collector).read()


class _Reader:
    def __init__(self, files: Files, collector: Collector) -> None:
        self._files, self._collector = files, collector
        self._zones: list[Zone] = []
        self._services: dict[str, Service] = dict(brought_services())
        self._unread: list[str] = []
        self._default = ""
        self._drifts = False
        self._is_complete = False

    def read(self) -> ChainFirewall:
        """Read all files and make chains of them."""
        from netcheck.sources._text import read_text

        for path in self._files["zones"]:
            if Path(path).is_dir():
                self._folder(Path(path))
            else:
                self._zone_file(path, read_text(path))
        for path in _inside(self._files.get("services", ())):
            self._xml(path, read_text(path), "service")
        for path in self._files.get("defaults", ()):
            self._settings(path, read_text(path))
        self._check_names()
        marked = [zone.name for zone in self._zones if zone.is_default]
        default = self._default or (marked[0] if marked else "")
        at = Source(self._files["zones"][0])
        daemon = Daemon(self._zones, default, self._is_complete, self._services, self._unread, at, self._may_drift())
        origin = Origin(HostFirewallKind.FIREWALLD, at, self._files)
        try:
            tables = to_tables(daemon)
        except ZoneError as error:
            self._fault(str(error), at)
            tables = []
        self._note(at)
        return build_firewall(tables, origin, self._collector)

    def _may_drift(self) -> bool:
        """Whether this may be firewalld before 1.0: its listings have no zone that forwards, unless somebody set it."""
        has_listing = any(not Path(path).is_dir() for path in self._files["zones"])
        return self._drifts or (has_listing and not any(zone.forwards for zone in self._zones))

    def _fault(self, message: str, at: Source) -> None:
        self._collector.add(Diagnostic(code="NC180", severity=Severity.ERROR, message=message, at=at, help=_HELP))

    def _note(self, at: Source) -> None:
        if not any(Path(path).is_dir() for path in self._files["zones"]):
            message = (
                "zones of firewalld say nothing of policies and direct rules: they are taken as the package ships them"
            )
            advice = "name the folder /etc/firewalld under `zones` to have what the machine has"
            self._collector.add(Diagnostic(code="NC159", severity=Severity.NOTE, message=message, at=at, help=advice))

    def _folder(self, folder: Path) -> None:
        """Read /etc/firewalld, or a folder of zones."""
        from netcheck.sources._text import read_text

        is_whole = (folder / "zones").is_dir()
        zones = folder / "zones" if is_whole else folder
        found = _xml_files(zones)
        for path in found:
            self._zone_file(path, read_text(path))
        if not found:
            self._fault("no zone in the folder", Source(str(folder)))
        self._is_complete = True
        for path in _xml_files(folder / "services") if is_whole else ():
            self._xml(path, read_text(path), "service")
        for path in _xml_files(folder / "policies") if is_whole else ():
            name = Path(path).stem
            self._unread += [f"policy `{name}`"] if name not in _SHIPPED_POLICIES else []
        settings, direct = folder / "firewalld.conf", folder / "direct.xml"
        if settings.exists():
            self._settings(str(settings), read_text(str(settings)))
        if direct.exists():
            root = self._root(str(direct), read_text(str(direct)))
            self._unread += ["direct rules"] if root is not None and root.children else []

    def _zone_file(self, path: str, text: str) -> None:
        if text.lstrip().startswith("<"):
            self._xml(path, text, "zone")
            return
        zones = read_zones(text, path, self._fault)
        self._is_complete = self._is_complete or len(zones) > 1
        self._zones += zones

    def _xml(self, path: str, text: str, kind: str) -> None:
        root = self._root(path, text)
        if root is None:
            return
        if root.name != kind:
            self._fault(f"`{root.name[:60]}` where a {kind} was expected", root.at)
            return
        try:
            if kind == "zone":
                self._zones.append(zone_of(root, path))
            else:
                self._services[Path(path).stem] = service_of(root)
        except ZoneError as error:
            self._fault(str(error), root.at)

    def _root(self, path: str, text: str) -> Element | None:
        try:
            return read_xml(text, path)
        except XmlError as error:
            self._fault(str(error), error.at)
            return None

    def _settings(self, path: str, text: str) -> None:
        """Take the default zone from firewalld.conf, or from what `firewall-cmd --get-default-zone` prints."""
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        found = [line for line in lines if line.lstrip().startswith("DefaultZone")] or lines[:1]
        self._drifts = self._drifts or any(re.fullmatch(r"\s*AllowZoneDrifting\s*=\s*yes\s*", one) for one in lines)
        default = _DEFAULT.fullmatch(found[0]) if found else None
        if default is None:
            self._fault("no default zone in it", Source(path))
        else:
            self._default = default[1]

    def _check_names(self) -> None:
        seen: set[str] = set()
        for zone in self._zones:
            if zone.name in seen:
                self._fault(f"zone `{zone.name[:60]}` stands twice", zone.at)
            seen.add(zone.name)


def _xml_files(folder: Path) -> list[str]:
    check_place(str(folder))
    return [str(path) for path in sorted(folder.glob("*.xml"))]


def _inside(paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        if Path(path).is_dir():
            yield from _xml_files(Path(path))
        else:
            yield path
