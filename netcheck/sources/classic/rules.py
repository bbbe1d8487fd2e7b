"""Rules and NSGs of the classic model, whatever they are written in, as resources spelled like Azure's REST interface.

Shape: Azure service management, "Get Network Security Group"; cmdlet `Get-AzureNetworkSecurityGroup -Detailed`.
"""

from __future__ import annotations

from collections.abc import Mapping as Fields

from netcheck.sources._faults import INCOMPLETE, NOT_KNOWN, Faults
from netcheck.sources._nodes import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unknown,
    made_mapping,
    made_text,
    made_unknown,
    shorten,
)
from netcheck.sources._resources import NSG, Resource

RULE_NAMES = {
    "Name": "name",
    "Priority": "priority",
    "Type": "direction",
    "Action": "access",
    "Protocol": "protocol",
    "SourceAddressPrefix": "sourceAddressPrefix",
    "SourcePortRange": "sourcePortRange",
    "DestinationAddressPrefix": "destinationAddressPrefix",
    "DestinationPortRange": "destinationPortRange",
}
"""What the classic model calls the fields of a rule, and what the REST interface of today does."""
GIVEN_NAMES = (*RULE_NAMES, "State", "IsDefault")
"""What the classic model says of a rule."""
DETAILED = "export it with `Get-AzureNetworkSecurityGroup -Detailed | ConvertTo-Json -Depth 10`"

_DEFAULTS = {
    "allow vnet inbound": ("Inbound", "Allow"),
    "allow azure load balancer inbound": ("Inbound", "Allow"),
    "deny all inbound": ("Inbound", "Deny"),
    "allow vnet outbound": ("Outbound", "Allow"),
    "allow internet outbound": ("Outbound", "Allow"),
    "deny all outbound": ("Outbound", "Deny"),
}
"""The built-in rules ("What is a Network Security Group", default rules): they cannot be changed."""

_NSG_STATES = frozenset(("", "created"))


def classic_rule(faults: Faults, given: Fields[str, Node], at: Node) -> tuple[Mapping, bool]:
    """Return a rule, and whether it is a built-in one. `given` has names of `GIVEN_NAMES`.

    A rule that is not (or no longer) in effect, or does not say its direction or action, gets an unknown: early
    versions of the interface left out `Type` and `Action` of some rules. For a built-in rule its name says both.
    """
    is_default = _is_default(faults, given.get("IsDefault"))
    name = given.get("Name")
    label = name.text if isinstance(name, Scalar) else ""
    known = dict(given)
    for index, field in enumerate(("Type", "Action")):
        if field not in known:
            words = _DEFAULTS.get(label.casefold()) if is_default else None
            reason = f"rule `{shorten(label)}` has no `{field}` in the export"
            known[field] = (
                made_text(words[index], at) if words else made_unknown(f"{field} of rule {label}", reason, at)
            )
    state = given.get("State")
    if isinstance(state, Scalar) and state.text.casefold() not in ("", "active"):
        reason = f"rule `{shorten(label)}` is in state `{shorten(state.text)}`, not `Active`"
        faults.warning(state, NOT_KNOWN, f"{reason}: whether it is in effect is not known")
        known["Action"] = made_unknown(f"Action of rule {label}", reason, state)
    return made_mapping(((RULE_NAMES[field], known[field]) for field in RULE_NAMES if field in known), at), is_default


def _is_default(faults: Faults, node: Node | None) -> bool:
    text = node.text.casefold() if isinstance(node, Scalar) else ""
    if node is not None and text not in ("", "true", "false", "null"):
        faults.error(node, INCOMPLETE, f"`IsDefault` must be true or false, not `{shorten(text)}`")
    return text == "true"


def no_rules(name: str, reason: str, at: Node) -> Unknown:
    """Return what stands for the rules of an NSG whose export does not list them."""
    return made_unknown(f"rules of {name}", reason, at)


def classic_nsg(
    name: Scalar,
    at: Node,
    rules: list[tuple[Mapping, bool]] | Unknown,
    rules_at: Node,
    *,
    location: Scalar | None = None,
    unsure: str = "",
) -> Resource:
    """Return one NSG; built-in rules go to `defaultSecurityRules`, which is left out where the export shows none."""
    fields: list[tuple[str, Node]] = [("name", name)]
    if location is not None:
        fields.append(("location", location))
    if isinstance(rules, Unknown):
        fields.append(("securityRules", rules))
    else:
        own = tuple(rule for rule, is_default in rules if not is_default)
        defaults = tuple(rule for rule, is_default in rules if is_default)
        fields.append(("securityRules", Sequence(own, rules_at.start)))
        if defaults:
            fields.append(("defaultSecurityRules", Sequence(defaults, defaults[0].start)))
    return Resource(type=NSG, node=made_mapping(fields, at), name=name.text, unsure=unsure)


def unsure_of(faults: Faults, state: Scalar | None, name: str) -> str:
    """Return why an NSG may not be in effect; collect a warning then, "" while it is `Created`."""
    if state is None or state.text.casefold() in _NSG_STATES:
        return ""
    reason = f"network security group `{shorten(name)}` is in state `{shorten(state.text)}`, not `Created`"
    faults.warning(state, NOT_KNOWN, f"{reason}: whether it is in effect is not known")
    return reason
