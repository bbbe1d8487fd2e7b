"""Texts of exports to the resources their readers make of them, and to their faults with their places."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from netcheck.diagnostics import Collector
from netcheck.sources._json import parse_json
from netcheck.sources._nodes import Library, Node
from netcheck.sources._resources import Opening, Options, Resource
from netcheck.sources.exports import effective_nsg, effective_routes, recordings, resource_graph, resources
from tests.unit.sources.plain import plain

READERS = {
    "recordings": (recordings.is_recordings, recordings.read_recordings),
    "resource_graph": (resource_graph.is_resource_graph, resource_graph.read_resource_graph),
    "effective_nsg": (effective_nsg.is_effective_nsg, effective_nsg.read_effective_nsg),
    "effective_routes": (effective_routes.is_effective_routes, effective_routes.read_effective_routes),
    "arm_exports": (resources.is_arm_exports, resources.read_arm_exports),
}
NETWORK = "/subscriptions/1/resourceGroups/g/providers/Microsoft.Network"
NSG_ID = f"{NETWORK}/networkSecurityGroups/web"


class Reading(NamedTuple):
    """What one file was read into: resources, faults as `place severity code`, and their messages with advice."""

    resources: list[Resource]
    faults: list[str]
    messages: list[str]

    @property
    def nodes(self) -> list[Any]:
        """The nodes of the resources as plain values."""
        return [plain(one.node) for one in self.resources]


def kinds(content: object) -> list[str]:
    """Return the readers that take a content for theirs, in the order in which they are asked."""
    root = _parsed(content)[2]
    return [name for name, (is_kind, _) in READERS.items() if is_kind(root)]


def read(reader: str, content: object, file: str = "f.json") -> Reading:
    """Read a content (JSON text, or what becomes one) with one of the readers."""
    library, collector, root = _parsed(content, file)
    found = READERS[reader][1](library.of(root), root, Opening(library, collector, Options()))
    resources = [one for one in found if isinstance(one, Resource)]
    assert len(resources) == len(found)
    faults = [f"{one.at} {one.severity} {one.code}" for one in collector]
    return Reading(resources, faults, [f"{one.message} | {one.help}" for one in collector])


def _parsed(content: object, file: str = "f.json") -> tuple[Library, Collector, Node]:
    library, collector = Library(), Collector()
    library.open("before.json", "[]")  # so that offsets do not begin with 0
    document = library.open(file, content if isinstance(content, str) else json.dumps(content))
    return library, collector, parse_json(document, collector)
