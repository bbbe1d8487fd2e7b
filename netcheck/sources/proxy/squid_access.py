"""The `http_access` list of a squid.conf, with the acls that its lines name."""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.diagnostics import NOWHERE, Collector, Diagnostic, Severity, Source
from netcheck.model.proxyacl import AclRule
from netcheck.model.rules import Access
from netcheck.sources.proxy.squid_acl import MANAGER, PREDEFINED, AclLine, AclTests, split_options
from netcheck.sources.proxy.squid_lines import SquidLine, list_values
from netcheck.sources.proxy.squid_words import ACL_TYPES

_ACTIONS = {"allow": Access.ALLOW, "deny": Access.DENY}
_WITH_USERS = frozenset({"proxy_auth", "proxy_auth_regex", "max_user_ip"})


def access_list(lines: Sequence[SquidLine], path: str, port: int, collector: Collector) -> tuple[AclRule, ...]:
    """Return the list in order; what squid would not take is collected. `port` is the one that clients connect to.

    A name must be defined before it is used, and lines that come later still add to it.
    """
    reader = _Definitions(path, collector)
    used: list[tuple[SquidLine, Access, tuple[str, ...]]] = []
    for line in lines:
        reader.read(line)
        if line.word == "http_access" and (action := _action(line, collector)) is not None:
            used.append((line, action, reader.defined(line.words[1:], line.at)))
    tests = AclTests(reader.found, (port,), collector)
    tests.make_all()
    return tuple(
        AclRule(
            action=action,
            conditions=tuple(map(tests.condition, words)),
            text=" ".join((line.word, *line.words)),
            at=line.at,
        )
        for line, action, words in used
    )


def _action(line: SquidLine, collector: Collector) -> Access | None:
    """Return what a line does; None (with a warning) where squid skips it."""
    action = _ACTIONS.get(line.words[0]) if line.words else None
    if action is None:
        message = "`http_access` goes on with neither `allow` nor `deny`: squid skips the line"
    elif len(line.words) == 1:
        message = "`http_access` without an acl: squid skips the line"
    else:
        return action
    collector.add(Diagnostic(code="NC175", severity=Severity.WARNING, message=message, at=line.at))
    return None


class _Definitions:
    """What is defined up to a line: acls by name in small letters, login schemes, outside programs."""

    def __init__(self, path: str, collector: Collector) -> None:
        self.found: dict[str, list[AclLine]] = {name: list(lines) for name, lines in PREDEFINED.items()}
        self._path = path
        self._collector = collector
        self._has_login = False
        self._programs: set[str] = set()

    def read(self, line: SquidLine) -> None:
        match line.word:
            case "acl":
                self._acl(line)
            case "auth_param":
                self._has_login = self._has_login or line.words[1:2] == ("program",)
            case "external_acl_type":
                self._programs.update(line.words[:1])
            case _:
                pass

    def defined(self, words: Sequence[str], at: Source) -> tuple[str, ...]:
        """Return the words that name an acl, with or without `!`; others are faults."""
        known = []
        for word in words:
            name = word.removeprefix("!")
            if name.lower() in self.found:
                known.append(word)
            else:
                self._fault(f"unknown acl `{name}`", at, "define it with an `acl` line before this one")
        return tuple(known)

    def _acl(self, line: SquidLine) -> None:
        if len(line.words) < 2:
            self._fault("`acl` needs a name and a type", line.at)
            return
        name, kind, *words = line.words
        if name.lower() == MANAGER and kind == "proto":  # how versions before 3.2 had to define it: squid skips it
            return
        if kind not in ACL_TYPES:
            self._fault(f"squid knows no acl type `{kind[:60]}`", line.at)
            return
        try:
            options, rest = split_options(kind, words)
        except ValueError as error:
            self._fault(f"acl `{name}`: unsupported option `{str(error)[:20]}`", line.at)
            return
        values = list_values(rest, self._path, line.at, self._collector)
        if kind in ("any-of", "all-of"):
            values = self.defined(values, line.at)
        self._check_programs(kind, values, line)
        before = self.found.setdefault(name.lower(), [])
        if before and before[0].type != kind:
            self._other_type(name, kind, before[0], line.at)
            return
        before.append(AclLine(name, kind, values, line.at, options))

    def _check_programs(self, kind: str, values: Sequence[str], line: SquidLine) -> None:
        if kind in _WITH_USERS and not self._has_login:
            self._fault(f"acl type `{kind}` needs an `auth_param … program` line before it", line.at)
        if kind == "external" and not set(values[:1]) & self._programs:
            self._fault("acl type `external` needs the name of an `external_acl_type` before it", line.at)

    def _other_type(self, name: str, kind: str, first: AclLine, at: Source) -> None:
        related: tuple[tuple[Source, str], ...] = ()
        if first.at == NOWHERE:
            message = f"acl `{name}` is of type `{kind}` here, and squid itself defines it of type `{first.type}`"
        else:
            message = f"acl `{name}` is of type `{kind}` here and `{first.type}` before"
            related = ((first.at, "first given a type here"),)
        self._collector.add(Diagnostic(code="NC175", severity=Severity.ERROR, message=message, at=at, related=related))

    def _fault(self, message: str, at: Source, help_text: str = "") -> None:
        self._collector.add(Diagnostic(code="NC175", severity=Severity.ERROR, message=message, at=at, help=help_text))
