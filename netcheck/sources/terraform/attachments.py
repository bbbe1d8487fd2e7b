"""Association resources, and attachments that the provider read from Azure, as associations.

Semantics: documentation of hashicorp/azurerm, the resources called `..._association`.
"""

from __future__ import annotations

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Scalar, Unknown, made_text, shorten
from netcheck.sources._resources import ROUTE_TABLE, SUBNET, Association
from netcheck.sources.terraform.instances import Instance, Stock, id_of
from netcheck.sources.terraform.links import LINKS, Link
from netcheck.sources.terraform.nodes import Faults, as_reference, field, items, text
from netcheck.sources.terraform.open_ends import OpenEnds
from netcheck.sources.terraform.references import References
from netcheck.sources.terraform.render import Renderer

_SEEN = (("network_security_group_id", "networkSecurityGroup"), ("route_table_id", "routeTable"))
_READ_BACK = (("security_group", "networkSecurityGroup"), ("route_table_id", "routeTable"))


class Attachments:
    """Reads the associations of one file."""

    def __init__(self, faults: Faults, stock: Stock, references: References, renderer: Renderer) -> None:
        self._faults, self._stock, self._references, self._renderer = faults, stock, references, renderer
        self._open = OpenEnds(faults, stock)
        self._settled = _settled(stock)

    def _read(self, instance: Instance, link: Link) -> list[Association]:
        """Return an association whose target is certain; others are kept apart."""
        target, value = field(instance.values, link.target), field(instance.values, link.value)
        if target is None or value is None:
            missing = link.target if target is None else link.value
            self._faults.error(instance.at, f"`{shorten(instance.address)}` lacks `{missing}`")
            return []
        made = self._renderer.reference(instance, value, (link.value,), link.value_kind)
        if isinstance(target, Scalar):
            return [Association(target=target.text, key=link.key, value=made, unsure=instance.unsure)]
        if not isinstance(target, Unknown):
            self._faults.error(target, f"`{link.target}` must be text")
            return []
        meant = self._references.meant(instance, (link.target,), link.target_kind)
        if not meant.doubt:
            return [Association(target=id_of(meant.instances[0]), key=link.key, value=made, unsure=instance.unsure)]
        self._open.add(instance, meant, made, target)
        return []

    def all(self) -> list[Association]:
        """Return the associations of the file, those too whose target is not certain."""
        certain = [
            made
            for instance in self._stock.instances
            if instance.type in LINKS
            for made in self._read(instance, LINKS[instance.type])
        ]
        self._settled.update((made.key, key(made.target)) for made in certain)
        return [*certain, *self._open.associations(certain)]

    def read_back_of_subnet(self, subnet_id: str, entry: Mapping) -> list[Association]:
        """Return what Azure has attached to a subnet, by what was read into its virtual network.

        An association of this file, or one that goes, says it better.
        """
        found = []
        for name, filled in _READ_BACK:
            value = field(entry, name)
            if isinstance(value, Scalar) and value.text and not self.is_settled(filled, text(entry, "id"), subnet_id):
                found.append(Association(target=subnet_id, key=filled, value=as_reference(value)))
        return found

    def read_back_of_table(self, table: Instance) -> list[Association]:
        """Return the subnets that a route table lists as its own, where no association says otherwise."""
        if table.azure_type != ROUTE_TABLE:
            return []
        return [
            Association(target=item.text, key="routeTable", value=as_reference(made_text(id_of(table), item)))
            for item in items(field(table.values, "subnets"))
            if isinstance(item, Scalar) and item.text and not self.is_settled("routeTable", item.text)
        ]

    def seen_by_data_sources(self) -> list[Association]:
        """Return what data sources see on subnets that stand in the file as resources, where nothing says better."""
        found = []
        for seen, subnet in self._stock.doubles:
            for name, filled in _SEEN if subnet.azure_type == SUBNET else ():
                value = field(seen.values, name)
                is_stated = field(subnet.values, name) is not None
                settled = self.is_settled(filled, id_of(subnet), text(seen.values, "id"))
                if isinstance(value, Scalar) and value.text and not is_stated and not settled:
                    found.append(Association(target=id_of(subnet), key=filled, value=as_reference(value)))
        return found

    def is_settled(self, filled: str, *subnets: str) -> bool:
        """Return whether an association of the file decides about a field of a subnet."""
        return any((filled, key(subnet)) in self._settled for subnet in subnets)


def _settled(stock: Stock) -> set[tuple[str, str]]:
    """Return the fields of subnets of which an association decides, whether it comes, stays or goes."""
    found = set()
    for instance in (*stock.instances, *stock.removed):
        link = LINKS.get(instance.type)
        if link is not None and link.target_kind == SUBNET and text(instance.values, link.target):
            found.add((link.key, key(text(instance.values, link.target))))
    return found
