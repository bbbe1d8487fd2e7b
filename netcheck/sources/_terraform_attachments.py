"""Association resources, and attachments that the provider read from Azure, as associations.

Semantics: documentation of hashicorp/azurerm, the resources called `..._association`.
"""

from __future__ import annotations

from collections.abc import Iterable

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Unknown, made_mapping, made_text, shorten
from netcheck.sources._resources import ROUTE_TABLE, SUBNET, Association
from netcheck.sources._terraform_instances import Group, Instance, Stock, id_of
from netcheck.sources._terraform_nodes import Faults, field, items, text
from netcheck.sources._terraform_references import Meant, References
from netcheck.sources._terraform_render import Renderer
from netcheck.sources._terraform_tables import LINKS, Link

_READ_BACK = (("security_group", "networkSecurityGroup"), ("route_table_id", "routeTable"))


class Attachments:
    """Reads the associations of one file."""

    def __init__(self, faults: Faults, stock: Stock, references: References, renderer: Renderer) -> None:
        self._faults, self._stock, self._references, self._renderer = faults, stock, references, renderer
        self._open: dict[Group, list[tuple[Meant, Mapping, Unknown]]] = {}
        self._settled = _settled(stock)

    def read(self, instance: Instance, link: Link) -> list[Association]:
        """Return an association whose target is known; others are kept for `uncertain`."""
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
        self._open.setdefault(instance.group, []).append((meant, made, target))
        return []

    def uncertain(self) -> list[Association]:
        """Return the associations whose target is not certain: each with all it may be attached to.

        Those of one block are taken together, so that N instances that may mean N subnets each do not make N * N.
        """
        found: list[Association] = []
        for group, parts in self._open.items():
            link = LINKS[group[2]]
            where = ".".join(part for part in (group[0], group[2], group[3]) if part)
            targets = self._targets(link, where, parts)
            doubt = parts[0][0].doubt
            reason = f"which resource `{shorten(where)}` attaches something to is not certain: {doubt}"
            for value in _values(link, where, parts):
                found += [Association(target=id_of(to), key=link.key, value=value, unsure=reason) for to in targets]
        return found

    def _targets(self, link: Link, where: str, parts: list[tuple[Meant, Mapping, Unknown]]) -> list[Instance]:
        if all(meant.is_all for meant, _, _ in parts):
            seen = {id(meant): meant for meant, _, _ in parts}
            return list({to.address: to for meant in seen.values() for to in meant.instances}.values())
        meant, _, target = next(part for part in parts if not part[0].is_all)
        message = f"which resource `{shorten(where)}` attaches something to is not known: {meant.doubt}"
        self._faults.unplaced(target, message, "each one of this file is taken as if it may be the one")
        return self._stock.of_type(link.target_kind)

    def read_back_of_subnet(self, subnet_id: str, entry: Mapping) -> list[Association]:
        """Return what Azure has attached to a subnet, by what was read into its virtual network.

        An association of this file, or one that goes, says it better.
        """
        found = []
        for name, filled in _READ_BACK:
            value = field(entry, name)
            if isinstance(value, Scalar) and value.text and not self._is_settled(filled, text(entry, "id"), subnet_id):
                found.append(Association(target=subnet_id, key=filled, value=made_mapping([("id", value)], value)))
        return found

    def read_back_of_table(self, table: Instance) -> list[Association]:
        """Return the subnets that a route table lists as its own, where no association says otherwise."""
        if table.azure_type != ROUTE_TABLE:
            return []
        return [
            Association(target=item.text, key="routeTable", value=_reference(id_of(table), item))
            for item in items(field(table.values, "subnets"))
            if isinstance(item, Scalar) and item.text and not self._is_settled("routeTable", item.text)
        ]

    def _is_settled(self, filled: str, *subnets: str) -> bool:
        return any((filled, key(subnet)) in self._settled for subnet in subnets)


def _settled(stock: Stock) -> frozenset[tuple[str, str]]:
    """Return the fields of subnets of which an association decides, whether it comes, stays or goes."""
    found = set()
    for instance in (*stock.instances, *stock.removed):
        link = LINKS.get(instance.type)
        if link is not None and link.target_kind == SUBNET and text(instance.values, link.target):
            found.add((link.key, key(text(instance.values, link.target))))
    return frozenset(found)


def _values(link: Link, where: str, parts: Iterable[tuple[Meant, Mapping, Unknown]]) -> list[Mapping]:
    """Return the value of some associations; where there are several, one that is not known stands for them."""
    found: dict[str, Mapping] = {}
    first: Node | None = None
    for _, made, _ in parts:
        value = field(made, "id")
        if isinstance(value, Unknown):
            value = value._replace(text=f"{where}[*].{link.value}")
        first = first or value
        if isinstance(value, Scalar | Unknown):
            found.setdefault(value.text, made_mapping([("id", value)], value))
    if len(found) > 1 and isinstance(first, Scalar | Unknown):
        reason = f"it is one of {len(found)} resources"
        unknown = Unknown(f"{where}[*].{link.value}", reason, first.start, first.end)
        return [made_mapping([("id", unknown)], unknown)]
    return list(found.values())


def _reference(text_of: str, at: Scalar) -> Mapping:
    return made_mapping([("id", made_text(text_of, at))], at)
