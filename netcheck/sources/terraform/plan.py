"""What `terraform show -json` prints of a plan or state: the instances that will exist, and what is not known of them.

Semantics: Terraform documentation, "JSON Output Format": plan representation, values representation, change
representation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from netcheck.sources._nodes import Mapping, Node, Scalar, describe, shorten
from netcheck.sources.terraform.instances import Contents, Instance, address_of, block_of
from netcheck.sources.terraform.nodes import EMPTY, Faults, field, is_true, text, texts
from netcheck.sources.terraform.unknown import all_unknown, differing, with_unknown

_REASONS = {
    "instance_count_unknown": "how many instances there will be is not known",
    "resource_config_unknown": "its configuration is not known",
    "provider_config_unknown": "the configuration of its provider is not known",
    "deferred_prereq": "something it depends on is deferred",
    "absent_prereq": "something it depends on does not exist",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """One entry of `resource_changes`."""

    node: Mapping
    actions: frozenset[str]
    before: Mapping | None
    after: Mapping | None
    after_unknown: Node | None

    @property
    def is_gone(self) -> bool:
        """Whether the object that exists now is destroyed; a forgotten one stays in Azure."""
        return "delete" in self.actions

    def instance(self, values: Mapping | None) -> Instance:
        """Return the resource with the values before or after the change."""
        return _instance(self.node, text(self.node, "module_address"), values)


def read_state(faults: Faults, root: Mapping) -> Contents:
    """Return what a state holds; an empty state has no values."""
    values = faults.mapping(root, "values")
    return Contents(instances=tuple(_instances(faults, values)) if values is not None else ())


def read_plan(faults: Faults, root: Mapping) -> Contents:
    """Return what exists after the plan is applied."""
    _check_completeness(faults, root)
    changes = _changes(faults, root)
    planned = faults.mapping(root, "planned_values")
    found = _from_changes(changes) if planned is None else _from_planned(faults, planned, changes)
    by_address = {instance.address: instance for instance in found}
    deferred = _deferred(faults, root)
    left = _left(faults, root, changes, by_address, frozenset(instance.address for instance in deferred))
    removed = [
        change.instance(change.before) for change in changes.values() if change.is_gone and change.before is not None
    ]
    return Contents(
        instances=(*found, *left, *deferred),
        removed=tuple(removed),
        configuration=faults.mapping(root, "configuration"),
    )


def _check_completeness(faults: Faults, root: Mapping) -> None:
    errored, complete = field(root, "errored"), field(root, "complete")
    if errored is not None and is_true(errored):
        message = "planning failed: the plan may lack resources that the configuration has"
        faults.incomplete(errored, message, "mend what `terraform plan` complains about, and plan again")
    elif complete is not None and _is_false(complete):
        message = "the plan is not complete: what it leaves out may still change"
        faults.incomplete(complete, message, "plan again without `-target`, after applying what is deferred")


def _is_false(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text == "false"


def _changes(faults: Faults, root: Mapping) -> dict[str, _Change]:
    found: dict[str, _Change] = {}
    for node in faults.mappings(root, "resource_changes"):
        address, change = text(node, "address"), faults.mapping(node, "change")
        if not address or change is None:
            faults.error(node, "an entry of `resource_changes` lacks `address` or `change`")
        elif field(node, "deposed") is None:  # what is left of an earlier replacement; the entry without it counts
            found[address] = _change(faults, node, change)
    return found


def _change(faults: Faults, node: Mapping, change: Mapping) -> _Change:
    actions = texts(field(change, "actions"))
    if not actions:
        faults.error(change, f"the change of `{shorten(text(node, 'address'))}` lacks `actions`")
    marks = field(change, "after_unknown")
    if marks is not None and not isinstance(marks, Mapping) and not _is_false(marks):
        faults.error(marks, f"`after_unknown` must be a mapping or `false`, not {shorten(describe(marks))}")
    return _Change(
        node=node,
        actions=frozenset(actions),
        before=faults.mapping(change, "before"),
        after=faults.mapping(change, "after"),
        after_unknown=marks,
    )


def _from_changes(changes: dict[str, _Change]) -> list[Instance]:
    return [_laid(change.instance(change.after), change) for change in changes.values() if change.after is not None]


def _from_planned(faults: Faults, planned: Mapping, changes: dict[str, _Change]) -> list[Instance]:
    found = []
    for instance in _instances(faults, planned):
        change = changes.get(instance.address)
        if change is None:
            message = f"`resource_changes` has no entry for `{shorten(instance.address)}`"
            faults.error(instance.at, f"{message}: what is not known of it cannot be told from what is not set")
        elif change.actions != {"delete"}:
            found.append(_laid(instance, change))
    planned_ones = {instance.address for instance in found}
    for address, change in changes.items():
        if change.actions & {"create", "update", "no-op"} and address not in planned_ones:
            message = f"`planned_values` has nothing for `{shorten(address)}`, which `resource_changes` keeps or makes"
            faults.error(change.node, message)
    return found


def _laid(instance: Instance, change: _Change) -> Instance:
    values = with_unknown(instance.values, change.after_unknown, instance.address)
    return replace(instance, values=values, actions=change.actions)


def _left(
    faults: Faults,
    root: Mapping,
    changes: dict[str, _Change],
    planned: dict[str, Instance],
    deferred: frozenset[str],
) -> Iterator[Instance]:
    """Yield what exists and what the plan does not touch: data sources, and resources beside its targets."""
    state = faults.mapping(root, "prior_state")
    values = faults.mapping(state, "values") if state is not None else None
    previous = {text(change.node, "previous_address") for change in changes.values()}
    for instance in _instances(faults, values) if values is not None else ():
        change = changes.get(instance.address)
        if field(instance.at, "deposed_key") is not None or instance.address in previous | deferred:
            continue
        if change is not None and "forget" in change.actions and instance.address in planned:
            yield replace(instance, address=f"{instance.address} (forgotten)")
        elif instance.address not in planned and (change is None or not change.is_gone):
            yield instance


def _deferred(faults: Faults, root: Mapping) -> list[Instance]:
    found = []
    for node in faults.mappings(root, "deferred_changes"):
        inner = faults.mapping(node, "resource_change")
        change = faults.mapping(inner, "change") if inner is not None else None
        if inner is None or change is None:
            faults.error(node, "an entry of `deferred_changes` lacks `resource_change` or its `change`")
            continue
        address, reason = text(inner, "address"), text(node, "reason")
        why = f"the plan defers `{shorten(address)}`: {_REASONS.get(reason, shorten(reason) or 'it does not say why')}"
        faults.incomplete(inner, why, "apply the plan, and plan again")
        found.append(replace(_deferred_instance(_change(faults, inner, change), why), unsure=why))
    return found


def _deferred_instance(change: _Change, why: str) -> Instance:
    """Return a resource that may keep its values or get others: what differs is not known."""
    after = change.after if change.after is not None else change.before
    instance = _laid(change.instance(after), change)
    if change.before is None:
        return instance
    differs = differing(change.before, instance.values)
    return replace(instance, values=all_unknown(instance.values, differs, instance.address, why))


def _instances(faults: Faults, values: Mapping) -> Iterator[Instance]:
    """Yield the resources of a values representation, those of child modules too."""
    root = faults.mapping(values, "root_module")
    waiting = [root] if root is not None else []
    while waiting:
        module = waiting.pop()
        for node in faults.mappings(module, "resources"):
            if text(node, "address") and text(node, "type"):
                yield _instance(node, text(module, "address"), faults.mapping(node, "values"))
            else:
                faults.error(node, "a resource lacks `address` or `type`")
        waiting += reversed(faults.mappings(module, "child_modules"))


def _instance(node: Mapping, module: str, values: Mapping | None) -> Instance:
    address = text(node, "address")
    mode, kind, label = block_of(node)
    start = address_of((module, mode, kind, label))
    return Instance(
        address=address,
        module=module,
        mode=mode,
        type=kind,
        label=label,
        key=address.removeprefix(start) if address.startswith(start) else "",
        values=EMPTY._replace(start=node.start) if values is None else values,
        at=node,
    )
