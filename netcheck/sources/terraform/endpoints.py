"""Private endpoints of the provider azurerm.

azurerm has one list of connections, each of which says whether somebody has to approve it by hand; Azure has two lists.
The address stands with the connection.
"""

from __future__ import annotations

from netcheck.sources._nodes import Mapping, Node, Sequence, Unknown
from netcheck.sources._plain import elements
from netcheck.sources.terraform.instances import Instance
from netcheck.sources.terraform.nodes import field, is_true
from netcheck.sources.terraform.render import Renderer
from netcheck.sources.terraform.tables_services import PRIVATE_ENDPOINT_TABLE

_CONNECTIONS, _MANUAL = "privateLinkServiceConnections", "manualPrivateLinkServiceConnections"
_OF_THE_ENDPOINT = frozenset(("isManual", "privateIPAddress"))


def endpoint_entries(renderer: Renderer, instance: Instance) -> list[tuple[str, Node]]:
    """Return a private endpoint's fields: its connections in Azure's two lists, and its addresses."""
    found = dict(renderer.entries(instance, PRIVATE_ENDPOINT_TABLE))
    stated = found.pop(_CONNECTIONS, None)
    for item in elements(stated):
        address = field(item, "privateIPAddress") if isinstance(item, Mapping) else None
        if address is not None and "ipConfigurations" not in found:
            found.setdefault("privateIPAddress", address)
        name = _MANUAL if isinstance(item, Mapping) and is_true(field(item, "isManual")) else _CONNECTIONS
        found[name] = Sequence((*elements(found.get(name)), _connection(item)), item.start)
    return [(name, value) for name, value in found.items() if name != "customDnsConfigs" or not _is_open(value)]


def _connection(item: Node) -> Node:
    if not isinstance(item, Mapping):
        return item
    kept = [(name, value) for name, value in item.entries if name.text not in _OF_THE_ENDPOINT]
    return Mapping(tuple(part for entry in kept for part in entry), item.start)


def _is_open(hosts: Node) -> bool:
    """Whether the names are known only later: then the address is, too, and says so."""
    return isinstance(hosts, Unknown)
