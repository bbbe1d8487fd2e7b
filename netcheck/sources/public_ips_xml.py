"""The older `PublicIPs_YYYYMMDD.xml`: data-centre ranges per region, without services.

Shape: "Microsoft Azure Datacenter IP Ranges", Microsoft Download Center. A region of it corresponds to the tag
`AzureCloud.<region>`, never to a Storage tag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.model.address import AddressError, parse_prefix
from netcheck.model.names import key, nearest
from netcheck.model.regions import azurecloud_tag_for, known_xml_regions, xml_region_to_location
from netcheck.model.site import Cloud
from netcheck.model.tags import TagEntry, TagFileForm, TagTable
from netcheck.sources._file_names import base_name, published_date

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

_ROOT = "AzurePublicIpAddresses"


class _RefusedError(Exception):
    """The document holds a construct that is refused before it can cost anything."""


def read_public_ips(text: str, path: str, collector: Collector) -> TagTable:
    """Read the XML into tags named as the JSON names them: `AzureCloud.<region>` each, and `AzureCloud` for all.

    Raise InputError with every fault: bad XML, a DOCTYPE (whatever it declares is never expanded), an unknown region
    name, a malformed prefix, regions of two clouds. Prefixes are checked here, where line and column are known.
    """
    reader = _Reader(text, path, collector)
    reader.run()
    if reader.faults:
        raise InputError(reader.faults)
    names = {location: azurecloud_tag_for(location) for location in reader.prefixes}
    entries = {
        key(name): _entry(name, name.partition(".")[2], tuple(reader.prefixes[location]))
        for location, name in names.items()
    }
    whole = tuple(prefix for prefixes in reader.prefixes.values() for prefix in prefixes)
    entries[key("AzureCloud")] = _entry("AzureCloud", "", whole)
    return TagTable(
        file=base_name(path),
        path=path,
        cloud=_cloud(list(reader.prefixes), path),
        change_number=None,
        published=published_date(path),
        entries=entries,
        form=TagFileForm.XML,
    )


def _entry(name: str, region: str, prefixes: tuple[str, ...]) -> TagEntry:
    return TagEntry(name=name, region=region, system_service="", prefixes=prefixes)


def _cloud(locations: list[str], path: str) -> str:
    clouds = sorted({_cloud_of(location) for location in locations})
    if len(clouds) > 1:
        message = f"regions of several clouds in one file: {', '.join(clouds)}"
        raise InputError([Diagnostic(code="NC164", severity=Severity.ERROR, message=message, at=Source(path))])
    return clouds[0]


def _cloud_of(location: str) -> str:
    if location.startswith("china"):
        return str(Cloud.CHINA)
    return str(Cloud.GERMANY) if location in ("germanycentral", "germanynortheast") else str(Cloud.PUBLIC)


class _Reader:
    """One pass of expat over the document, gathering prefixes per location and faults."""

    def __init__(self, text: str, path: str, collector: Collector) -> None:
        self.prefixes: dict[str, list[str]] = {}
        self.faults: list[Diagnostic] = []
        self._text = text
        self._lines: list[str] = []
        self._path = path
        self._collector = collector
        self._stack: list[str] = []
        self._location: str | None = None
        self._parser = self._make_parser()

    def _make_parser(self) -> XMLParserType:
        from xml.parsers import expat

        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def run(self) -> None:
        from xml.parsers import expat

        try:
            self._parser.Parse(self._text, True)
        except expat.ExpatError as error:
            self._add("NC160", f"not XML: {expat.ErrorString(error.code)}", error.lineno, error.offset + 1)
        except _RefusedError:
            return
        if not self.faults and not any(self.prefixes.values()):
            self._add("NC161", "no address ranges in it", 0, 0)

    def _doctype(self, *_: object) -> None:
        self._fault("NC166", "a DOCTYPE is refused", "delete it: the published file has none")
        raise _RefusedError

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        parent = self._stack[-1] if self._stack else None
        self._stack.append(name)
        match parent, name:
            case None, "AzurePublicIpAddresses":
                return
            case None, _:
                self._fault("NC161", f"no PublicIPs file: the root is `{name[:60]}`", f"`{_ROOT}` is expected")
                raise _RefusedError
            case "AzurePublicIpAddresses", "Region":
                self._location = self._region(attributes)
            case "Region", "IpRange":
                self._prefix(attributes)
            case _:
                self._fault("NC161", f"unexpected element `{name[:60]}` in `{parent}`")

    def _end(self, _name: str) -> None:
        self._stack.pop()

    def _region(self, attributes: dict[str, str]) -> str | None:
        name = attributes.get("Name")
        if name is None:
            self._fault("NC162", "a region without `Name`")
            return None
        location = xml_region_to_location(name)
        if location is None:
            near = nearest(name.strip().casefold(), known_xml_regions())
            self._fault("NC165", f"unknown region name `{name[:60]}`", f"did you mean `{near}`?" if near else "")
        elif location in self.prefixes:
            self._fault("NC162", f"region `{name[:60]}` stands twice")
        else:
            self.prefixes[location] = []
        return location

    def _prefix(self, attributes: dict[str, str]) -> None:
        text = attributes.get("Subnet")
        if text is None:
            self._fault("NC162", "an `IpRange` without `Subnet`")
            return
        try:
            _, note = parse_prefix(text)
        except AddressError as error:
            self._fault("NC163", str(error), error.help)
            return
        if note:
            self._collector.add(self._diagnostic("NC163", note, "", Severity.WARNING))
        if self._location is not None:
            self.prefixes[self._location].append(text.strip())

    def _fault(self, code: str, message: str, help_text: str = "") -> None:
        self.faults.append(self._diagnostic(code, message, help_text, Severity.ERROR))

    def _diagnostic(self, code: str, message: str, help_text: str, severity: Severity) -> Diagnostic:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1
        return Diagnostic(
            code=code,
            severity=severity,
            message=message,
            at=Source(self._path, line, column),
            help=help_text,
            excerpt=self._line(line),
        )

    def _add(self, code: str, message: str, line: int, column: int) -> None:
        at = Source(self._path, line, column)
        self.faults.append(
            Diagnostic(code=code, severity=Severity.ERROR, message=message, at=at, excerpt=self._line(line))
        )

    def _line(self, number: int) -> str:
        self._lines = self._lines or self._text.splitlines()
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""
