"""The filter file of tinyproxy: one pattern a line, of a host or a URL.

Semantics: tinyproxy.conf(5) (`Filter` and what begins with it) and the program; a pattern ends at a space or a `#`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.proxyacl import AclCondition, AclRule, AclTest, Gap, Never, TextPattern, Texts, Undecidable
from netcheck.model.rules import Access
from netcheck.sources.proxy.squid_regex import BadExpressionError, UnreadExpressionError, text_patterns
from netcheck.sources.proxy.tinyproxy_lines import TinyLine

_LONGEST_PATTERN = 511


@dataclass(frozen=True, slots=True)
class FilterOptions:
    """How patterns are read: their kinds, whether they are of URLs, and whether they allow or refuse."""

    kinds: frozenset[str]
    is_url: bool
    is_case_sensitive: bool
    is_list_allowed: bool


def filter_options(lines: Sequence[TinyLine]) -> FilterOptions:
    """Return the options; a flag once set stays set, and kinds add up."""
    flags = {line.word for line in lines if line.is_set}
    kinds = {line.value.lower() for line in lines if line.word == "filtertype"} - {"bre"}
    return FilterOptions(
        kinds=frozenset(kinds | ({"ere"} if "filterextended" in flags else set())) or frozenset({"bre"}),
        is_url="filterurls" in flags,
        is_case_sensitive="filtercasesensitive" in flags,
        is_list_allowed="filterdefaultdeny" in flags,
    )


def filter_rules(text: str, path: str, options: FilterOptions, at: Source, collector: Collector) -> tuple[AclRule, ...]:
    """Return the lines of the list that the filter makes: each pattern refuses, or all that none of them takes is."""
    tests = [(word, where, _test(word, where, options, collector)) for word, where in _words(text, path, collector)]
    if options.is_list_allowed:
        conditions = tuple(AclCondition(test=test, text=f"!{word}", is_negated=True) for word, _, test in tests)
        text = "nothing that the filter allows"
        return (AclRule(action=Access.DENY, conditions=conditions, text=text, at=at),)
    return tuple(
        AclRule(action=Access.DENY, conditions=(AclCondition(test=test, text=word),), text=f"filter {word}", at=where)
        for word, where, test in tests
    )


def _words(text: str, path: str, collector: Collector) -> Iterator[tuple[str, Source]]:
    for number, raw in enumerate(text.split("\n"), 1):
        at = Source(path, number, len(raw) - len(raw.lstrip()) + 1)
        if len(raw) > _LONGEST_PATTERN:
            message = f"a line of more than {_LONGEST_PATTERN} characters, which tinyproxy reads as several"
            collector.add(Diagnostic(code="NC179", severity=Severity.ERROR, message=message, at=at))
        word = re.split(r"[\s#]", raw.lstrip(), maxsplit=1)[0]
        if word:
            yield word, at


def _test(word: str, at: Source, options: FilterOptions, collector: Collector) -> AclTest:
    """Return what a pattern takes; unless it tells capitals apart, both are in small letters."""
    is_case_ignored = not options.is_case_sensitive
    try:
        if options.kinds == {"fnmatch"}:
            return Texts((_shell_pattern(word),), options.is_url, looks_up=False)
        if len(options.kinds) > 1:
            raise UnreadExpressionError(word)
        extended = word if options.kinds == {"ere"} else _as_extended(word)
        patterns = text_patterns(extended, is_case_ignored=is_case_ignored)
    except BadExpressionError:
        message = f"the filter's pattern `{word[:60]}` is no regular expression"
        collector.add(Diagnostic(code="NC179", severity=Severity.ERROR, message=message, at=at))
        return Never()
    except UnreadExpressionError:
        return Undecidable(f"the filter has the pattern `{word[:60]}`")
    return Texts(patterns, options.is_url, looks_up=False)


def _as_extended(word: str) -> str:
    r"""Return a basic expression in the extended syntax: `\(`, `\|` and the like are signs, without it letters."""
    found = []
    for part in re.findall(r"\\.|.", word):
        if part[-1] in "()|+?{}":
            found.append(part[-1] if len(part) == 2 else "\\" + part)
        elif part == "*" and (not found or found[-1] in ("^", "(", "|")):
            found.append("\\*")
        else:
            found.append(part)
    return "".join(found)


def _shell_pattern(word: str) -> TextPattern:
    found: list[str | Gap] = []
    for part in re.findall(r"\\.|.", word):
        if part in ("[", "\\"):
            raise UnreadExpressionError(word)
        found.append({"*": Gap.STAR, "?": Gap.ANY}.get(part, part[-1]))
    return tuple(found)
