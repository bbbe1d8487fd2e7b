"""What Azure's tools print about resources: one, a list, or a page of them, in every spelling in use.

`az ... show|list` (fields without a level `properties`), `az rest` and the REST interface (with it, lists under
`value`), Az PowerShell through `ConvertTo-Json` (`SecurityRules`), `Get-AzResource -ExpandProperties` (`ResourceType`).
Microsoft Learn: "Azure REST API reference", "az network nsg", "Get-AzNetworkSecurityGroup", "Get-AzResource".
"""

from __future__ import annotations

from netcheck.sources._nodes import Document, Mapping, Node, Sequence
from netcheck.sources._plain import top_fields
from netcheck.sources._resources import Association, Opening, Resource
from netcheck.sources.exports.elements import is_resource, read_elements, to_resources
from netcheck.sources.exports.fields import Fields, is_complete, is_cut_off

_PAGE_FIELDS = frozenset(("value", "nextlink", "@odata.nextlink", "odata.nextlink", "count"))


def is_arm_exports(root: Node) -> bool:
    """Return whether a file holds Azure resources as Azure's tools print them, or an empty list of such."""
    if isinstance(root, Sequence):
        return not root.items or any(is_resource(item) for item in root.items)
    fields = top_fields(root)
    page = fields.get("value")
    if isinstance(page, Sequence) and "name" not in fields:
        is_bare = not page.items and fields.keys() <= _PAGE_FIELDS
        return is_bare or any(is_resource(item) for item in page.items)
    return is_resource(root) and not _is_other_kind(fields)


def read_arm_exports(document: Document, root: Node, opening: Opening) -> list[Resource | Association]:
    """Return the resources of an export; faults are collected, and what could be read is returned.

    Security rules alone become the NSGs they belong to; a single rule, subnet, route or peering names its parent.
    """
    if is_cut_off(document, opening):
        return []
    if isinstance(root, Mapping) and not isinstance(top_fields(root).get("value"), Sequence):
        return [*to_resources(document, read_elements(document, (root,), opening), opening)]
    fields = top_fields(root)
    items = fields.get("value", root)
    if not is_complete(document, fields, opening):
        return []
    if not isinstance(items, Sequence) or not items.items:
        advice = "Azure prints this for a wrong resource group or subscription too; check the command"
        opening.collector.add(document.fault(items, "NC169", "the export holds no resource", advice))
        return []
    elements = read_elements(document, items.items, opening)
    if elements and all(element.is_rule for element in elements):
        from netcheck.sources.exports.rules import read_rule_lists  # 1 ms that whole resources go without

        return [*read_rule_lists(document, elements, opening)]
    return [*to_resources(document, elements, opening)]


def _is_other_kind(fields: Fields) -> bool:
    """Whether a mapping that looks like a resource is a template, or the service-tag file in the form of its API."""
    return "$schema" in fields or {"values", "changenumber"} <= fields.keys()
