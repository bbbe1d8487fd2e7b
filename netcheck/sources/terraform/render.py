"""Values of azurerm resources as Azure's REST interface spells them, with references to resources of the same file."""

from __future__ import annotations

from netcheck.sources._nodes import (
    Mapping,
    Node,
    Scalar,
    Sequence,
    Unknown,
    is_absent,
    made_mapping,
    made_text,
    shorten,
)
from netcheck.sources._plain import elements
from netcheck.sources.terraform.configuration import Path
from netcheck.sources.terraform.instances import Instance, id_of
from netcheck.sources.terraform.nodes import Faults, as_reference
from netcheck.sources.terraform.references import References
from netcheck.sources.terraform.table import Field, Kind, Table

_WORDS = {
    Kind.NOT: {"true": "false", "false": "true"},
    Kind.SWITCH: {"true": "Enabled", "false": "Disabled"},
    Kind.SWITCH_OFF: {"true": "Disabled", "false": "Enabled"},
}


class Renderer:
    """Spells the resources of one file; reports each field that no table knows, once for each type."""

    def __init__(self, faults: Faults, references: References) -> None:
        self._faults, self._references = faults, references
        self._reported: set[tuple[str, str]] = set()

    def entries(self, instance: Instance, table: Table) -> list[tuple[str, Node]]:
        """Return the fields of a resource, as REST calls them."""
        return self._entries(instance, instance.values, table, ())

    def reference(self, instance: Instance, value: Node, path: Path, kind: str) -> Mapping:
        """Return `{id: …}` for a field that holds a resource ID: the ID, or the address where it has none yet."""
        if isinstance(value, Unknown) and kind:
            meant = self._references.meant(instance, path, kind)
            if meant.doubt:
                value = value._replace(reason=_and(value.reason, meant.doubt))
            else:
                value = made_text(id_of(meant.instances[0]), value)
        return as_reference(value)

    def _entries(self, instance: Instance, values: Mapping, table: Table, path: Path) -> list[tuple[str, Node]]:
        found: dict[str, Node] = {name: made_text(text, values) for name, text in table.constants}
        stated = values.entries
        if table.late:
            stated.sort(key=lambda entry: entry[0].text in table.late)
        for name, value in stated:
            known = table.fields.get(name.text)
            if is_absent(value) or (isinstance(value, Unknown) and name.text == "id"):
                continue
            if known is None:
                if table.is_whole and name.text not in table.ignored:
                    self._report(instance, name, path)
                continue
            made, before = self._made(instance, known, value, (*path, name.text)), found.get(known.name)
            if known.kind is Kind.MORE_BLOCKS:
                found[known.name] = Sequence((*elements(before), *elements(made)), made.start)
            elif before is None or isinstance(before, Unknown):  # two spellings, one not known
                found[known.name] = made
        return [(name, value) for name, value in _with_one_prefix(found).items()]

    def _made(self, instance: Instance, known: Field, value: Node, path: Path) -> Node:
        if known.kind is Kind.REFERENCE:
            return self.reference(instance, value, path, known.refers_to)
        if known.kind is Kind.PREFIXES:
            return made_mapping([("addressPrefixes", value)], value)
        if known.kind in _WORDS:
            word = _WORDS[known.kind].get(value.text) if isinstance(value, Scalar) else None
            return value._replace(text=word) if isinstance(value, Scalar) and word else value
        if isinstance(value, Sequence):
            if known.kind is Kind.REFERENCES:
                return self._reference_list(instance, value, path, known.refers_to)
            if known.kind is Kind.SERVICES:
                return Sequence(tuple(made_mapping([("service", item)], item) for item in value.items), value.start)
            if known.kind in (Kind.BLOCKS, Kind.MORE_BLOCKS) and known.table is not None:
                return self._blocks(instance, value, path, known.table)
        return value

    def _blocks(self, instance: Instance, value: Sequence, path: Path, table: Table) -> Sequence:
        count = len(value.items)
        made = [
            made_mapping(self._entries(instance, item, table, (*path, (index, count))), item)
            if isinstance(item, Mapping)
            else item
            for index, item in enumerate(value.items)
        ]
        return Sequence(tuple(made), value.start)

    def _reference_list(self, instance: Instance, value: Sequence, path: Path, kind: str) -> Sequence:
        """Return a list of references; IDs of a list differ, so as many as may be meant are all of those meant."""
        open_ones = [item for item in value.items if isinstance(item, Unknown)]
        settled: list[Instance] = []
        doubt = ""
        if open_ones and kind:
            meant = self._references.meant(instance, path, kind)
            doubt = meant.doubt
            if (not doubt or meant.is_all) and len(meant.instances) == len(open_ones):
                settled = list(reversed(meant.instances))
        made: list[Node] = []
        for item in value.items:
            inner = item
            if isinstance(item, Unknown):
                known = made_text(id_of(settled.pop()), item) if settled else None
                inner = known or item._replace(reason=_and(item.reason, doubt))
            made.append(as_reference(inner))
        return Sequence(tuple(made), value.start)

    def _report(self, instance: Instance, name: Scalar, path: Path) -> None:
        where = ".".join([part for part in path if isinstance(part, str)] + [name.text])
        if (instance.type, where) not in self._reported:
            self._reported.add((instance.type, where))
            what = f"`{shorten(where)}` of `{shorten(instance.address)}`"
            message = f"{what} is not known to netcheck and not taken into account"
            advice = f"the same holds for every `{shorten(instance.type)}` of this file"
            self._faults.unplaced(name, message, advice)


def _and(reason: str, doubt: str) -> str:
    return f"{reason}, and {doubt}" if doubt else reason


def _with_one_prefix(found: dict[str, Node]) -> dict[str, Node]:
    """Return a subnet's fields without the spelling of its prefix that the provider still has to derive."""
    one, many = found.get("addressPrefix"), found.get("addressPrefixes")
    if one is not None and many is not None and (isinstance(one, Unknown) != isinstance(many, Unknown)):
        del found["addressPrefix" if isinstance(one, Unknown) else "addressPrefixes"]
    return found
