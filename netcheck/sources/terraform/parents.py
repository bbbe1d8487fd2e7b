"""Which NSG, route table, virtual network, load balancer, … a rule, route, subnet, pool, … belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from netcheck.model.names import is_same
from netcheck.sources._nodes import Scalar, Unknown, shorten
from netcheck.sources.terraform.instances import Instance, Stock, id_of
from netcheck.sources.terraform.links import Parent
from netcheck.sources.terraform.nodes import field, text
from netcheck.sources.terraform.references import References

_MOST_PARENTS = 64


@dataclass(frozen=True, slots=True)
class Home:
    """A resource that a child belongs to: its ID or name, and the instance where this file has it.

    `doubt` says why it may be another, "" where it is certain.
    """

    id: str
    owner: Instance | None
    doubt: str


def homes(stock: Stock, references: References, child: Instance, parent: Parent) -> list[Home]:
    """Return what a child may belong to: one resource where that is certain.

    azurerm names most parents by name and resource group, some by ID. One that the file does not describe is called by
    its name.
    """
    if child.real_id.count("/") > 2:
        return [_with_id(stock, child.parent_id, parent)]
    name = field(child.values, parent.named_by)
    if isinstance(name, Unknown):
        return _by_reference(references, child, parent, name)
    if isinstance(name, Scalar) and parent.is_id:
        return [_with_id(stock, name.text, parent)]
    if isinstance(name, Scalar):
        return _by_name(stock, child, parent, name.text)
    by_id = field(child.values, "virtual_network_id")  # data sources of peerings
    if isinstance(by_id, Scalar) and by_id.text:
        return [Home(by_id.text, None, "")]
    place = f"{child.address}.{parent.named_by}"
    return [Home(f"?{place}", None, f"what `{shorten(child.address)}` belongs to is not said")]


def _with_id(stock: Stock, found: str, parent: Parent) -> Home:
    owners = stock.named(parent.kind, found.rsplit("/", 1)[-1])
    owner = next((owner for owner in owners if is_same(owner.real_id, found)), None)
    return Home(found, owner, "")


def _by_reference(references: References, child: Instance, parent: Parent, name: Unknown) -> list[Home]:
    meant = references.meant(child, (parent.named_by,), parent.kind, "id" if parent.is_id else "name")
    if not meant.doubt:
        return [Home(id_of(meant.instances[0]), meant.instances[0], "")]
    reason = f"what `{shorten(child.address)}` belongs to is not certain: {meant.doubt}"
    if not meant.is_all or len(meant.instances) > _MOST_PARENTS:
        return [Home(f"?{name.text}", None, reason)]
    return [Home(id_of(owner), owner, reason) for owner in meant.instances]


def _by_name(stock: Stock, child: Instance, parent: Parent, name: str) -> list[Home]:
    owners = stock.named(parent.kind, name)
    group = text(child.values, "resource_group_name")
    same = [owner for owner in owners if is_same(text(owner.values, "resource_group_name"), group)] if group else []
    if not owners:
        return [Home(name, None, "")]
    if len(same) == 1:
        return [Home(id_of(same[0]), same[0], "")]
    unsaid = [owner for owner in owners if not group or not text(owner.values, "resource_group_name")]
    if not same and not unsaid:  # another resource group's, which this file does not describe
        return [Home(f"/resourceGroups/{group}/providers/{parent.kind}/{name}", None, "")]
    found = same or unsaid
    if len(owners) == 1 and not group and not text(owners[0].values, "resource_group_name"):
        return [Home(id_of(owners[0]), owners[0], "")]
    reason = f"the resource group tells not which `{shorten(name)}` it is that `{shorten(child.address)}` belongs to"
    return [Home(id_of(owner), owner, reason) for owner in found[:_MOST_PARENTS]]
