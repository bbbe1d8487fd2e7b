"""Resources of Terraform that stand for no resource of Azure, and change others.

Semantics: documentation of hashicorp/azurerm, `azurerm_network_manager_deployment`: `scope_access` says what kind of
configuration it commits, `configuration_ids` which ones. Documentation of Azure/azapi: `azapi_update_resource`.
"""

from __future__ import annotations

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Scalar, made_mapping, made_text, shorten
from netcheck.sources._plain import elements, field
from netcheck.sources._resources import ADMIN_CONFIGURATION, DEPLOYMENT, Resource
from netcheck.sources.terraform.instances import Instance, Stock, id_of
from netcheck.sources.terraform.nodes import Faults, text
from netcheck.sources.terraform.render import Renderer
from netcheck.sources.terraform.table import Table, ignored, refer

_COMMITS = "azurerm_network_manager_deployment"
_CHANGES_OTHERS = frozenset(("azapi_update_resource", "azapi_resource_action", _COMMITS))
_COMMIT = Table(
    fields={"configuration_ids": refer("configurations", ADMIN_CONFIGURATION)},
    ignored=ignored("location network_manager_id scope_access triggers"),
)


def changes_others(instance: Instance) -> bool:
    """Return whether an instance is no resource by itself."""
    return instance.type in _CHANGES_OTHERS


def read_change(faults: Faults, stock: Stock, renderer: Renderer, instance: Instance) -> list[Resource]:
    """Return what stands for the change: a deployment of which nothing is known.

    One that commits security admin configurations of this file says nothing new: those are taken as committed.
    """
    if _commits_what_is_here(stock, renderer, instance):
        return []
    message = f"what `{shorten(instance.address)}` changes in another resource is not taken into account"
    faults.unplaced(instance.at, message)
    unsure = "what it changes in another resource is not taken into account"
    node = made_mapping([("name", made_text(instance.address, instance.at))], instance.at)
    return [Resource(type=DEPLOYMENT, node=node, name=instance.address, unsure=unsure)]


def _commits_what_is_here(stock: Stock, renderer: Renderer, instance: Instance) -> bool:
    if instance.type != _COMMITS or key(text(instance.values, "scope_access")) != "securityadmin":
        return False
    known = {key(id_of(one)) for one in stock.of_type(ADMIN_CONFIGURATION)}
    named = [value for _, list_ in renderer.entries(instance, _COMMIT) for value in elements(list_)]
    ids = [field(one, "id") if isinstance(one, Mapping) else one for one in named]
    return bool(ids) and all(isinstance(one, Scalar) and key(one.text) in known for one in ids)
