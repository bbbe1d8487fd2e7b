"""The resources of a small Azure Resource Manager: kept by id, children inside their parents when these are read."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.real_az.refusals import RefusalError, check_rule

Json = dict[str, Any]

CHILDREN = {
    "networksecuritygroups": "securityRules",
    "routetables": "routes",
    "virtualnetworks": "subnets",
}
"""The property in which a resource holds its children, by type; it is also the last word of the children's type."""
RULE_LISTS = (
    "sourceAddressPrefixes",
    "sourcePortRanges",
    "destinationAddressPrefixes",
    "destinationPortRanges",
)


@dataclass
class Store:
    """Resources by case-folded id, as the service returns them; a parent's children have entries of their own."""

    resources: dict[str, Json] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget everything."""
        self.resources.clear()

    def get(self, path: str) -> Json | None:
        """Return a resource with its children; None where there is none."""
        found = self.resources.get(path.casefold())
        if found is None:
            return None
        whole = deepcopy(found)
        collection = CHILDREN.get(_type(path))
        if collection:
            whole["properties"][collection] = self._children(path, collection)
        return whole

    def put(self, path: str, body: Json) -> tuple[Json, bool]:
        """Replace a resource by the body, as PUT does; return it, and whether it is new. Raise RefusalError."""
        body = deepcopy(body)
        parent = path.rsplit("/", 2)[0]
        if path.count("/") > 8 and parent.casefold() not in self.resources:
            raise RefusalError(404, "ParentResourceNotFound", f"the parent of {path} was not found")
        if _type(path) == "securityrules":
            check_rule(path.rsplit("/", 1)[1], body, self._children(parent, "securityRules"))
        collection = CHILDREN.get(_type(path), "")
        children = body.setdefault("properties", {}).pop(collection, [])
        is_new = path.casefold() not in self.resources
        self.resources[path.casefold()] = _stored(path, body)
        if collection:
            self._replace_children(path, collection, children)
        whole = self.get(path)
        assert whole is not None
        return whole, is_new

    def listed(self, path: str) -> list[Json] | None:
        """Return the resources of a list by its path: of a subscription, a resource group, or below a resource.

        None where the path is that of no list, or where the resource is not there.
        """
        scope, _, rest = path.casefold().rpartition("/providers/")
        words = rest.split("/")
        if not scope or len(words) % 2:
            return None
        if len(words) > 2:
            parent = path.rpartition("/")[0]
            if parent.casefold() not in self.resources:
                return None
        kind = "/".join([words[0], *words[1::2]])
        start = f"{path.rpartition('/')[0]}/".casefold() if len(words) > 2 else f"{scope}/"
        found = [one for one, body in self.resources.items() if body["type"].casefold() == kind]
        whole = (self.get(one) for one in found if one.startswith(start))
        return [one for one in whole if one is not None]

    def delete(self, path: str) -> bool:
        """Remove a resource and its children; return whether it was there."""
        gone = [one for one in self.resources if one == path.casefold() or one.startswith(f"{path.casefold()}/")]
        for one in gone:
            del self.resources[one]
        return bool(gone)

    def _children(self, path: str, collection: str) -> list[Json]:
        start = f"{path}/{collection}/".casefold()
        return [deepcopy(body) for one, body in self.resources.items() if one.startswith(start)]

    def _replace_children(self, path: str, collection: str, children: list[Json]) -> None:
        for child in self._children(path, collection):
            self.delete(child["id"])
        for child in children:
            self.put(f"{path}/{collection}/{child['name']}", child)


def _type(path: str) -> str:
    return path.split("/")[-2].casefold()


def _stored(path: str, body: Json) -> Json:
    """Return a resource as the service keeps it: named by its path, and a rule with all of its lists."""
    words = path.strip("/").split("/")
    kind = "/".join([words[5], *words[6::2]])
    lists: Json = {name: [] for name in RULE_LISTS} if _type(path) == "securityrules" else {}
    properties = {**lists, **body.get("properties", {}), "provisioningState": "Succeeded"}
    return {**body, "id": path, "name": words[-1], "type": kind, "properties": properties}
