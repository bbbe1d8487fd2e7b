"""The rule files of ufw: `before.rules`, `user.rules`, `after.rules` and those for IPv6, with `/etc/default/ufw`.

Semantics: manual page ufw-framework(8), ufw 0.36. The files are input of `iptables-restore --noflush`, loaded in the
order before, after, user. What other programs add to the built-in chains is in none of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from netcheck.diagnostics import Collector, Diagnostic, Severity, Source
from netcheck.model.address import Family
from netcheck.model.hosts import ChainFirewall, HostFirewallKind
from netcheck.sources.linux.iptables_build import Files, Origin, build_firewall
from netcheck.sources.linux.iptables_lines import SaveTable, read_fragment
from netcheck.sources.linux.ufw_frame import (
    WAYS,
    Defaults,
    add_shipped,
    frame,
    hook_user_rules,
    prefix,
    switched_off,
    without_ipv6,
)

PARTS = ("before", "after", "user")
_FAMILIES: tuple[tuple[str, Family], ...] = (("", 4), ("6", 6))
_NAMES = {f"{part}{digit}.rules": (part, family) for part in PARTS for digit, family in _FAMILIES}
_SETTING = re.compile(r"([A-Z_0-9]+)=(.*)")
_POLICIES = {"ACCEPT": "allow", "DROP": "deny", "REJECT": "reject"}


def read_ufw_rules(files: Files, collector: Collector) -> ChainFirewall:
    """Read the files that `rules` names, or those in the folder it names; `defaults` are those of /etc/default/ufw."""
    found = _found(files["rules"], collector)
    at = Source(files["rules"][0])
    settings = _settings([*files.get("defaults", ()), *(path for name, path in found if name == "ufw.conf")], collector)
    parts = {_NAMES[name]: path for name, path in found if name in _NAMES}
    origin = Origin(HostFirewallKind.UFW, at, files)
    if settings.get("ENABLED", "yes").lower() == "no":
        return build_firewall([switched_off(4, at), switched_off(6, at)], origin, collector)
    ways = {way: settings.get(f"DEFAULT_{way.upper()}_POLICY", "") for way in WAYS}
    defaults = {way: _POLICIES[word] for way, word in ways.items() if word in _POLICIES}
    tables = _tables(4, parts, defaults, at, collector)
    if settings.get("IPV6", "yes").lower() == "no":
        tables.append(without_ipv6(at))
    elif any(family == 6 for _, family in parts):
        tables += _tables(6, parts, defaults, at, collector)
    return build_firewall(tables, origin, collector)


def _found(paths: Sequence[str], collector: Collector) -> list[tuple[str, str]]:
    """Return the names and paths of the files given, and of those in a folder that ufw reads."""
    found: list[tuple[str, str]] = []
    for path in paths:
        if Path(path).is_dir():
            found += [(name, str(Path(path, name))) for name in (*_NAMES, "ufw.conf") if Path(path, name).exists()]
            continue
        # Copies have names such as `web1_user.rules`: the end tells which file it was.
        known = [one for one in (*_NAMES, "ufw.conf") if Path(path).name.endswith(one)]
        if not known or known[0] in (name for name, _ in found):
            what = "stands twice" if known else "is no rule file of ufw"
            _fault(collector, f"`{Path(path).name[:60]}` {what}", Source(path))
        found += [(one, path) for one in known]
    return found


def _fault(collector: Collector, message: str, at: Source) -> None:
    advice = f"give the folder /etc/ufw, or of its files {', '.join(f'`{name}`' for name in _NAMES)}"
    collector.add(Diagnostic(code="NC180", severity=Severity.ERROR, message=message, at=at, help=advice))


def _settings(paths: Sequence[str], collector: Collector) -> dict[str, str]:
    """Return the settings of files such as /etc/default/ufw; a later file goes before."""
    from netcheck.sources._text import read_text

    found: dict[str, str] = {}
    for path in paths:
        for number, line in enumerate(read_text(path).splitlines(), 1):
            setting = _SETTING.fullmatch(line.strip())
            if setting:
                found[setting[1]] = setting[2].strip().strip("\"'")
            elif line.strip() and not line.strip().startswith("#"):
                _fault(collector, f"`{line.strip()[:60]}` is no setting of ufw", Source(path, number, 1))
    return found


def _tables(
    family: Family, parts: dict[tuple[str, Family], str], defaults: Defaults, at: Source, collector: Collector
) -> list[SaveTable]:
    from netcheck.sources._text import read_text

    tables = {"filter": frame(family, defaults, at)}
    for part in PARTS:
        path = parts.get((part, family))
        if path is None:
            _absent(part, tables["filter"], at, collector)
            continue
        for fragment in read_fragment(read_text(path), path, family, collector):
            if part == "user":
                _without_limits(fragment, collector)
            _adopt(tables.setdefault(fragment.name, SaveTable(fragment.name, family, fragment.at)), fragment, collector)
    hook_user_rules(tables["filter"], at)
    return list(tables.values())


def _absent(part: str, table: SaveTable, at: Source, collector: Collector) -> None:
    """Take what the package ships in place of a file that is not given, and say so; rules of the user are needed."""
    name = f"{part}{'6' if table.family == 6 else ''}.rules"
    if part == "user":
        _fault(collector, f"`{name}` is not given", at)
    elif part == "before":
        add_shipped(table, at)
        note_shipped(name, at, collector)


def note_shipped(name: str, at: Source, collector: Collector) -> None:
    """Say that a file of ufw is taken as its package has it."""
    message = f"`{name}` of ufw is not given: it is taken as the package ships it"
    advice = "name the folder /etc/ufw under `rules` to have what the machine has"
    collector.add(Diagnostic(code="NC159", severity=Severity.NOTE, message=message, at=at, help=advice))


def _without_limits(table: SaveTable, collector: Collector) -> None:
    """Leave out what `ufw limit` rejects: it lets a few connections of one sender pass, and then waits."""
    for chain in table.chains.values():
        kept = []
        for rule in chain.rules:
            if rule.words[-2:] == ("-j", f"{prefix(table.family)}user-limit"):
                note_limit(rule.at, collector)
            else:
                kept.append(rule)
        chain.rules = kept


def note_limit(at: Source, collector: Collector) -> None:
    """Say that a limit is taken as allowed."""
    message = "`ufw limit` allows five connections of a sender in 30 seconds: it is taken as allowed"
    collector.add(Diagnostic(code="NC173", severity=Severity.NOTE, message=message, at=at))


def _adopt(table: SaveTable, fragment: SaveTable, collector: Collector) -> None:
    """Load a fragment into a table: a chain of the user that it declares begins anew."""
    for name, chain in fragment.chains.items():
        known = table.chains.get(name)
        if known is None and not chain.is_declared and table.name == "filter":
            _fault(collector, f"no chain `{name[:60]}` in table `{table.name}`", chain.at)
        if known is None or (chain.is_declared and chain.policy is None):
            table.chains[name] = chain
        else:
            known.rules += chain.rules
            known.policy = chain.policy if chain.policy is not None and table.name != "filter" else known.policy
