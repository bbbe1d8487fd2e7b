"""The JSON form of an nft rule set, as `nft -j list ruleset` prints it. Schema: libnftables-json(5), nftables 1.0."""

from __future__ import annotations

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.sources._json import parse_json
from netcheck.sources._nodes import Document, Node, Scalar, Sequence, text_of
from netcheck.sources.linux.nft_chain_text import HOOKS, POLICIES, TYPES
from netcheck.sources.linux.nft_draft import FAMILIES, TableDraft
from netcheck.sources.linux.nft_json_rule import read_statement
from netcheck.sources.linux.nft_json_values import NodeError, fail, items, members, only, read_elements, text
from netcheck.sources.linux.nft_rule_text import read_statements
from netcheck.sources.linux.nft_values import NftHook, NftRule, NftTable, Statement

_HELP = "give what `nft -j list ruleset` prints, whole and unchanged"
_SET_FLAGS = frozenset(("timeout", "dynamic"))


def read_json_form(text_: str, path: str, collector: Collector) -> list[NftTable] | None:
    """Return the tables of a rule set; faults are collected. None: the file could not be read."""
    document = Document(path, text_)
    try:
        document.root = parse_json(document, collector)
    except InputError as error:
        collector.take(error.diagnostics)
        return None
    reader = _Reader(document, collector)
    try:
        listed = members(document.root, "the JSON form of an nft rule set").get("nftables")
        if listed is None:
            fail(document.root, "a member `nftables`")
        for item in items(listed, "a list of tables, chains and rules"):
            reader.take(item)
    except NodeError as error:
        reader.report(error)
    return [table.finished() for table in reader.tables.values()]


class _Reader:
    """Reads the objects of a rule set in turn; a fault in one is collected, and the next is read."""

    def __init__(self, document: Document, collector: Collector) -> None:
        self.tables: dict[tuple[str, str], TableDraft] = {}
        self._document = document
        self._collector = collector

    def report(self, error: NodeError) -> None:
        """Keep a fault."""
        self._collector.add(self._document.fault(error.node, "NC157", str(error), error.help or _HELP))

    def take(self, node: Node) -> None:
        """Read one object."""
        try:
            kind, value = only(node, "an object of a rule set")
            match kind:
                case "table":
                    self._table(value)
                case "chain":
                    self._chain(value)
                case "rule":
                    self._rule(value)
                case "set" | "map":
                    self._set(value, is_map=kind == "map")
                case (
                    "add"
                    | "replace"
                    | "create"
                    | "insert"
                    | "delete"
                    | "flush"
                    | "list"
                    | "reset"
                    | "rename"
                    | "element"
                ):
                    raise NodeError(f"`{kind}` belongs to no listing of a rule set", node)
                case _:  # counters, limits, helpers: a rule that uses one says what for
                    members(value, "an object of a rule set")
        except NodeError as error:
            self.report(error)

    def _table(self, node: Node) -> None:
        found = members(node, "a table")
        family, name = text(found.get("family"), "a family", node), text(found.get("name"), "a name", node)
        if family not in FAMILIES:
            raise NodeError(f"`{family[:40]}` is no family", node)
        table = TableDraft(family, name, self._document.source(node))
        if "flags" in found:
            table.is_dormant = self._is_dormant(found["flags"], name)
        self.tables[family, name] = table

    def _is_dormant(self, node: Node, name: str) -> bool:
        """Return whether a table is switched off. nft before 1.0.7 prints the table's name in place of its flags."""
        flags = [text_of(one) for one in node.items] if isinstance(node, Sequence) else [text_of(node)]
        if name in flags or not set(flags) <= {"dormant", "owner", "persist"}:
            error = NodeError("nft wrote no readable flags: whether this table is switched off is not known", node)
            error.help = "give what `nft list ruleset` prints, without `-j`"
            raise error
        return "dormant" in flags

    def _known(self, node: Node, found: dict[str, Node]) -> TableDraft:
        family, name = text(found.get("family"), "a family", node), text(found.get("table"), "a table", node)
        table = self.tables.get((family, name))
        if table is None:
            raise NodeError(f"no table `{family[:40]} {name[:60]}`", node)
        return table

    def _chain(self, node: Node) -> None:
        found = members(node, "a chain")
        chain = self._known(node, found).chain(text(found.get("name"), "a name", node), self._document.source(node))
        if "hook" not in found and "type" not in found:
            return
        kind, hook = text(found.get("type"), "a type", node), text(found.get("hook"), "a hook", node)
        if kind not in TYPES or hook not in HOOKS:
            raise NodeError(f"`type {kind[:20]} hook {hook[:20]}` is not known", node)
        priority = text(found.get("prio"), "a priority", node)
        if not priority.removeprefix("-").isdecimal() or len(priority) > 11:
            raise NodeError(f"`{priority[:40]}` is no priority", node)
        chain.hook = NftHook(kind, hook, int(priority), _devices(found.get("dev")))
        policy = text(found["policy"], "a policy", node) if "policy" in found else "accept"
        if policy not in POLICIES:
            raise NodeError(f"`{policy[:40]}` is no policy", node)
        chain.policy = POLICIES[policy]

    def _rule(self, node: Node) -> None:
        found = members(node, "a rule")
        table = self._known(node, found)
        name = text(found.get("chain"), "a chain", node)
        chain = table.chains.get(name)
        if chain is None:
            raise NodeError(f"no chain `{name[:60]}` in table `{table.family} {table.name}`", node)
        statements: list[Statement] = []
        for one in items(found.get("expr", node), "a list of statements"):
            if isinstance(one, Scalar) and not one.is_plain:
                statements += read_statements(one.text, table.family)
            else:
                statements.append(read_statement(one, table.family))
        kept = tuple(one for one in statements if str(one))
        chain.rules.append(NftRule(kept, text_of(found.get("comment")), self._document.source(node)))

    def _set(self, node: Node, *, is_map: bool) -> None:
        found = members(node, "a set")
        name = text(found.get("name"), "a name", node)
        made = self._known(node, found).set(name, self._document.source(node))
        flags = found.get("flags")
        words = {text_of(one) for one in flags.items} if isinstance(flags, Sequence) else {text_of(flags)}
        made.is_fixed = not words & _SET_FLAGS and "timeout" not in found
        if "elem" in found:
            made.elements += read_elements(found["elem"], is_map=is_map).items


def _devices(node: Node | None) -> str:
    if isinstance(node, Sequence):
        return " ".join(text_of(one) for one in node.items)
    return node.text if isinstance(node, Scalar) else ""
