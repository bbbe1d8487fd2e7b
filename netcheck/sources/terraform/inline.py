"""Rules, routes and subnets that stand inside their parent and beside it.

The provider reads into the parent whatever Azure has there, so in a state the rules that stand alone show up inside
their NSG as well: those are one and the same. A configuration that sets both is another matter. Each apply then undoes
what the other set, and which rules are in force nobody can tell (documentation of hashicorp/azurerm: "you cannot use a
Network Security Group with in-line Network Security Rules in conjunction with any Network Security Rule resources"; the
same of route tables and virtual networks).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from netcheck.model.names import key
from netcheck.sources._nodes import Mapping, Node, Scalar, Sequence, Unknown, shorten
from netcheck.sources.terraform.instances import Instance
from netcheck.sources.terraform.links import Parent
from netcheck.sources.terraform.nodes import Faults, field, items, text
from netcheck.sources.terraform.references import References

_WORDS = {"security_rule": "rules", "route": "routes", "subnet": "subnets"}


@dataclass(frozen=True, slots=True)
class Inline:
    """What becomes of the list inside a parent: entries taken out, or why neither side is certain."""

    dropped: tuple[Mapping, ...] = ()
    doubt: str = ""


def reconcile(
    faults: Faults,
    references: References,
    owner: Instance,
    parent: Parent,
    children: Iterable[Instance],
    removed: Iterable[Instance],
) -> Inline:
    """Decide what a list inside `owner` means beside `children` that stand alone and `removed` that will not exist."""
    beside = list(children)
    inside = field(owner.values, parent.inline)
    entries = [item for item in items(inside) if isinstance(item, Mapping)]
    # What a resource that is made now holds was written for it, by `dynamic` blocks where no block shows.
    is_made = "create" in owner.actions and bool(entries)
    is_set = not owner.is_data and (is_made or references.is_configured(owner, parent.inline))
    if beside and (is_set or (entries and not owner.is_data and not _is_read_back(entries, beside))):
        return Inline(doubt=_conflict(faults, owner, parent, inside, beside[0]))
    if is_set:
        return Inline()
    names = {key(child.name) for child in (*beside, *removed)}
    return Inline(dropped=tuple(entry for entry in entries if key(text(entry, "name")) in names))


def without(values: Mapping, name: str, dropped: Iterable[Mapping]) -> Mapping:
    """Return a resource's values with some entries of one list taken out."""
    gone = {id(entry) for entry in dropped}
    if not gone:
        return values
    children: list[Node] = []
    for label, value in values.entries:
        if label.text == name and isinstance(value, Sequence):
            value = Sequence(tuple(item for item in value.items if id(item) not in gone), value.start)
        children += (label, value)
    return Mapping(tuple(children), values.start)


def _is_read_back(entries: list[Mapping], beside: list[Instance]) -> bool:
    """Return whether the list is what the provider found in Azure: all that exists and stands alone, or a part of it.

    A part, because a state is not read anew after the rules were made.
    """
    inside = {key(text(entry, "name")) for entry in entries}
    existing = {key(child.name) for child in beside if "create" not in child.actions}
    return inside <= {key(child.name) for child in beside} - {""} or (bool(existing) and existing <= inside)


def _conflict(faults: Faults, owner: Instance, parent: Parent, inside: Node | None, child: Instance) -> str:
    what = _WORDS[parent.inline]
    one = f"`{shorten(owner.address)}` has {what} inside"
    reason = f"{one} and beside it (`{shorten(child.address)}`), and each apply undoes the others"
    place = inside if isinstance(inside, Scalar | Sequence | Unknown) else owner.at
    advice = f"keep one of the two ways; until then all {what} of it are uncertain"
    faults.conflict(place, reason, advice, child.at, "one of them stands here")
    return reason


def explained(values: Mapping, name: str, *, is_set: bool, has_children: bool) -> Mapping:
    """Return a resource's values; a list of which nothing is known says what the plan shows of it, and what not.

    Of a list that no block sets, a plan says the same as of one that `dynamic` blocks set from values not known yet.
    With children that stand alone there is no list inside: the provider allows only one of the two.
    """
    node = field(values, name)
    if is_set or not isinstance(node, Unknown):
        return values
    if has_children:
        return Mapping(
            tuple(c for label, value in values.entries if value is not node for c in (label, value)), values.start
        )
    reason = f"{node.reason}; the plan shows no `{name}` here, but it does not show `dynamic` blocks"
    made = node._replace(reason=reason)
    return Mapping(tuple(made if child is node else child for child in values.children), values.start)
