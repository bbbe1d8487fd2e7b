"""The text of an nft rule set: what `nft list ruleset` prints, and the files that people load with `nft -f`.

Semantics: manual page nft(8), nftables 1.0.
"""

from __future__ import annotations

from netcheck.diagnostics import Collector, Diagnostic, Severity
from netcheck.sources.linux.nft_chain_text import read_chain_line
from netcheck.sources.linux.nft_draft import FAMILIES, ChainDraft, SetDraft, TableDraft
from netcheck.sources.linux.nft_keys_text import read_elements
from netcheck.sources.linux.nft_rule_text import read_rule
from netcheck.sources.linux.nft_stream import Stream
from netcheck.sources.linux.nft_tokens import NftLexError, Places, tokens_of, without_variables
from netcheck.sources.linux.nft_values import NftTable

HELP = "give what `nft list ruleset` prints, whole and unchanged"
_OBJECTS = ("counter", "quota", "limit", "ct", "secmark", "synproxy", "flowtable", "tunnel")


def read_text_form(text: str, path: str, collector: Collector) -> list[NftTable]:
    """Return the tables of a rule set; faults are collected."""
    places = Places(path, text)
    try:
        tokens = list(without_variables(tokens_of(text)))
    except NftLexError as error:
        _report(collector, places, error)
        return []
    reader = _Reader(Stream(tokens, len(text)), places, collector)
    try:
        reader.read()
    except NftLexError as error:
        _report(collector, places, error)
    return [table.finished() for table in reader.tables.values()]


def _report(collector: Collector, places: Places, error: NftLexError) -> None:
    at = places.at(error.offset)
    found = Diagnostic(code="NC157", severity=Severity.ERROR, message=str(error), at=at, help=error.help or HELP)
    collector.add(found)


class _Reader:
    """Reads commands; a fault inside a rule is collected, any other one ends the reading."""

    def __init__(self, stream: Stream, places: Places, collector: Collector) -> None:
        self.tables: dict[tuple[str, str], TableDraft] = {}
        self._stream = stream
        self._places = places
        self._collector = collector

    def read(self) -> None:
        """Read all commands."""
        self._stream.skip_ends()
        while not self._stream.is_done:
            self._command()
            self._stream.skip_ends()

    def _command(self) -> None:
        stream = self._stream
        if stream.take("flush"):
            self._flush()
        elif stream.take("delete") or stream.take("destroy"):
            stream.expect("table")
            self.tables.pop(self._table_name(), None)
        elif stream.take("insert"):
            stream.expect("rule")
            self._rule_command(is_first=True)
        elif stream.is_at("include"):
            self._refuse("`include` is not followed", "give one file: what `nft list ruleset` prints")
        else:
            stream.take("add") or stream.take("create")
            self._addition()

    def _addition(self) -> None:
        stream = self._stream
        if stream.take("table"):
            self._table()
        elif stream.take("rule"):
            self._rule_command(is_first=False)
        elif stream.take("chain"):
            table = self._named_table()
            self._chain(table)
        elif stream.take("set") or stream.take("map"):
            table = self._named_table()
            self._set(table)
        elif stream.take("element"):
            table = self._named_table()
            found = self._known_set(table, stream.name("the name of a set"))
            found.elements += read_elements(stream).items
        elif stream.peek().text in _OBJECTS:
            self._skip_object()
        else:
            self._refuse(f"`{stream.peek().text[:40]}` is no command of an nft rule set", HELP)

    def _refuse(self, message: str, advice: str) -> None:
        error = NftLexError(message, self._stream.offset)
        error.help = advice
        raise error

    def _flush(self) -> None:
        stream = self._stream
        if stream.take("ruleset"):
            if stream.peek().text in FAMILIES:
                family = stream.next().text
                self.tables = {key: one for key, one in self.tables.items() if key[0] != family}
            else:
                self.tables.clear()
        elif stream.take("table"):
            table = self._named_table()
            for chain in table.chains.values():
                chain.rules.clear()
        elif stream.take("chain"):
            table = self._named_table()
            self._known_chain(table, stream.name("the name of a chain")).rules.clear()
        elif stream.take("set") or stream.take("map"):
            table = self._named_table()
            self._known_set(table, stream.name("the name of a set")).elements.clear()
        else:
            self._refuse("`flush` of something else than rules and sets", HELP)

    def _family(self) -> str:
        token = self._stream.peek()
        if token.kind == "word" and token.text in FAMILIES and self._stream.peek(1).is_value:
            return self._stream.next().text
        return "ip"

    def _table_name(self) -> tuple[str, str]:
        return self._family(), self._stream.name("the name of a table")

    def _named_table(self) -> TableDraft:
        offset = self._stream.offset
        family, name = self._table_name()
        table = self.tables.get((family, name))
        if table is None:
            raise NftLexError(f"no table `{family} {name}`", offset)
        return table

    def _known_chain(self, table: TableDraft, name: str) -> ChainDraft:
        chain = table.chains.get(name)
        if chain is None:
            raise NftLexError(f"no chain `{name}` in table `{table.family} {table.name}`", self._stream.offset)
        return chain

    def _known_set(self, table: TableDraft, name: str) -> SetDraft:
        found = table.sets.get(name)
        if found is None:
            raise NftLexError(f"no set `{name}` in table `{table.family} {table.name}`", self._stream.offset)
        return found

    def _rule_command(self, *, is_first: bool) -> None:
        stream = self._stream
        table = self._named_table()
        chain = self._known_chain(table, stream.name("the name of a chain"))
        if stream.peek().text in ("position", "index", "handle"):
            self._refuse(f"the place of a rule given by `{stream.peek().text}` is not followed", HELP)
        before = len(chain.rules)
        self._rule(table, chain)
        if is_first and len(chain.rules) > before:
            chain.rules.insert(0, chain.rules.pop())

    def _table(self) -> None:
        stream = self._stream
        at = self._places.at(stream.offset)
        family, name = self._table_name()
        table = self.tables.setdefault((family, name), TableDraft(family, name, at))
        if not stream.take("{"):
            return
        stream.skip_ends()
        while not stream.take("}"):
            self._part(table)
            stream.skip_ends()

    def _part(self, table: TableDraft) -> None:
        stream = self._stream
        if stream.take("flags"):
            table.is_dormant = any(token.text == "dormant" for token in stream.until("end", "}"))
        elif stream.take("comment"):
            stream.name("the comment")
        elif stream.take("chain"):
            self._chain(table)
        elif stream.take("set") or stream.take("map") or stream.take("meter"):
            self._set(table)
        elif stream.peek().text in _OBJECTS:
            self._skip_object()
        else:
            stream.fail("a chain, a set or `}` is missing")

    def _chain(self, table: TableDraft) -> None:
        stream = self._stream
        at = self._places.at(stream.offset)
        chain = table.chain(stream.name("the name of a chain"), at)
        if not stream.take("{"):
            return
        stream.skip_ends()
        while not stream.take("}"):
            if stream.is_done:
                stream.fail("`}` of a chain is missing")
            if not read_chain_line(stream, chain):
                self._rule(table, chain)
            stream.skip_ends()

    def _rule(self, table: TableDraft, chain: ChainDraft) -> None:
        stream = self._stream
        offset = stream.offset
        tokens = stream.until("end", "}")
        if not tokens:
            stream.fail("a rule is missing")
        try:
            chain.rules.append(read_rule(tokens, table.family, stream.offset, self._places.at(offset)))
        except NftLexError as error:
            _report(self._collector, self._places, error)

    def _set(self, table: TableDraft) -> None:
        stream = self._stream
        at = self._places.at(stream.offset)
        found = table.set(stream.name("the name of a set"), at)
        if not stream.take("{"):
            return
        stream.skip_ends()
        while not stream.take("}"):
            if stream.take("elements"):
                stream.expect("=")
                found.elements += read_elements(stream).items
            elif stream.take("flags"):
                words = {token.text for token in stream.until("end", "}")}
                found.is_fixed = found.is_fixed and not words & {"timeout", "dynamic"}
            else:
                is_timed = stream.is_at("timeout")
                if not stream.until("end", "}"):
                    stream.fail("`}` of a set is missing")
                found.is_fixed = found.is_fixed and not is_timed
            stream.skip_ends()

    def _skip_object(self) -> None:
        """Pass over a counter, a limit or the like: a rule that uses one says what for."""
        stream = self._stream
        while not stream.is_at("{") and stream.peek().kind not in ("end", "none") and not stream.is_at("}"):
            stream.next()
        if stream.take("{"):
            stream.until("}")
            stream.expect("}")
