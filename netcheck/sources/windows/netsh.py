"""What `netsh advfirewall firewall show rule name=all verbose` prints on an English system: blocks of labelled lines.

Semantics: Microsoft Learn, "netsh advfirewall". Labels are translated on other systems: such a listing is refused,
never read as one without rules. `netsh` does not print all a rule asks for: what it leaves out makes a rule uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from netcheck.sources._text import numbered
from netcheck.sources.windows.netsh_profiles import is_profile_header, read_profiles
from netcheck.sources.windows.part import COLLECT, EFFECTIVE_RULES, Faults, Part, shorten
from netcheck.sources.windows.rule_text import RuleText

RULER = re.compile(r"-{20,}\s*\Z")
_LABEL = re.compile(r"([^\W\d_](?:[\w ]*\w)?):(?:[ \t]+(.*))?\Z")
_PROMPT = re.compile(r"(?:PS )?[A-Z]:\\.*>")
_FIRST, _LAST = "Rule Name", ("Ok.", "OK")
_PROPERTIES = {
    "Rule Name": "displayName",
    "Enabled": "enabled",
    "Direction": "direction",
    "Profiles": "profile",
    "LocalIP": "localAddress",
    "RemoteIP": "remoteAddress",
    "Protocol": "protocol",
    "LocalPort": "localPort",
    "RemotePort": "remotePort",
    "Program": "program",
    "Service": "service",
    "InterfaceTypes": "interfaceType",
    "Action": "action",
}
_NEEDED = ("Enabled", "Direction", "Profiles", "LocalIP", "RemoteIP", "Protocol", "Action")
_VERBOSE = frozenset(("Program", "Service", "InterfaceTypes", "Security", "Rule source"))
_WITHOUT_EFFECT = frozenset(("Description", "Grouping", "Edge traversal"))
_SECURITY: dict[str, dict[str, tuple[str, ...]]] = {
    "notrequired": {},
    "authenticate": {"authentication": ("Required",)},
    "authenc": {"authentication": ("Required",), "encryption": ("Required",)},
    "authdynenc": {"authentication": ("Required",), "encryption": ("Dynamic",)},
    "authnoencap": {"authentication": ("NoEncap",)},
}
_INTERFACES = {"lan": "Wired", "ras": "RemoteAccess"}
_NOTHING_FOUND = "No rules match the specified criteria."
_VERBOSE_HELP = "add the word `verbose` to the command; better still, " + COLLECT
_HIDDEN_BRIEF = "program, service and the like, which this listing does not show"
_HIDDEN_WORDS = "app packages nor owners"
_HIDDEN = "app package and owner, which netsh does not show"


def read_netsh(text: str, faults: Faults) -> Part:
    """Read a listing of rules, of profile settings, or of both one after the other."""
    part, lines = Part(faults.path), numbered(text)
    if _is_foreign(lines, faults):
        return part
    if any(is_profile_header(line) for _, line in lines):
        read_profiles(lines, part, faults)
    if _NOTHING_FOUND in text:
        part.scopes |= EFFECTIVE_RULES
    for block in _blocks(lines, faults):
        part.scopes |= EFFECTIVE_RULES
        if block.is_whole(faults):
            part.rules.append(block.rule(faults))
    if any(not one.hidden and not one.values.get("program") for one in part.rules):
        faults.assumed(
            f"netsh shows neither {_HIDDEN_WORDS}: rules with a port or an address are taken to ask for none"
        )
    if any(one.hidden == _HIDDEN_BRIEF for one in part.rules):
        faults.open(f"not known of any rule here: {_HIDDEN_BRIEF}", None, _VERBOSE_HELP)
    return part


def _is_foreign(lines: list[tuple[int, str]], faults: Faults) -> bool:
    """Collect an error where a ruled line stands below what netsh does not print there on an English system."""
    above = ""
    for number, line in lines:
        label = _LABEL.match(above)
        if RULER.match(line) and not (label is not None and label[1] == _FIRST) and not is_profile_header(above):
            message = f"`{shorten(above)}` is no label that netsh prints on an English system"
            advice = f"netsh prints in the language of Windows; {COLLECT}"
            faults.unreadable(message, faults.at(max(number - 1, 1)), advice)
            return True
        above = line
    return False


def _blocks(lines: list[tuple[int, str]], faults: Faults) -> Iterator[_Block]:
    """Yield the rules: each begins with its name and a ruled line, and ends before the next, or where `Ok.` stands."""
    block: _Block | None = None
    for number, line in lines:
        label = _LABEL.match(line)
        if label is not None and label[1] == _FIRST:
            if block is not None:
                yield block
            block = _Block(number)
        elif block is not None and (line.strip() in _LAST or is_profile_header(line)):
            yield block
            block = None
        elif block is None and label is not None and label[1] in _PROPERTIES:
            message = f"`{shorten(line)}` belongs to no rule: the beginning of the listing is cut off"
            faults.unreadable(message, faults.at(number), COLLECT)
        if block is not None and not block.take(number, line, label):
            message = f"`{shorten(line)}` stands behind the last line of a rule: the listing is cut off"
            faults.unreadable(message, faults.at(number), COLLECT)
    if block is not None:
        yield block


class _Block:
    """The labelled lines of one rule."""

    def __init__(self, line: int) -> None:
        self._line = line
        self._last = ""
        self._labels: dict[str, str] = {}
        self._types: list[str] = []
        self._unknown: list[str] = []

    def take(self, number: int, line: str, label: re.Match[str] | None) -> bool:
        """Take one line of the rule; return whether it can stand there."""
        if not line.strip() or RULER.match(line):
            return True
        if "Action" in self._labels:
            return _PROMPT.match(line) is not None
        if label is not None and label[1] not in self._labels:
            self._last = label[1]
            self._labels[self._last] = (label[2] or "").strip()
        elif label is None and self._last == "Protocol" and line.startswith(" "):
            self._icmp(line.split())
        elif self._last != "Description":
            self._unknown.append(f"line {number}: {line.strip()}")
        return True

    def _icmp(self, words: list[str]) -> None:
        """`Type    Code`, then a line for each: 8 and Any."""
        if len(words) == 2 and words != ["Type", "Code"]:
            self._types.append(words[0] if words[1] == "Any" else ":".join(words))

    def is_whole(self, faults: Faults) -> bool:
        """Return whether all stands there that netsh prints of any rule."""
        name = self._labels.get(_FIRST, "")
        missing = next((label for label in _NEEDED if label not in self._labels), "")
        if missing:
            message = f"rule `{shorten(name)}` has no line `{missing}:`: the listing is cut off"
            faults.unreadable(message, faults.at(self._line), "give the whole listing of an English system")
        return not missing

    def rule(self, faults: Faults) -> RuleText:
        """Return the rule; what netsh does not show of it is kept as something not known."""
        values: dict[str, tuple[str, ...]] = {
            _PROPERTIES[label]: (text,) for label, text in self._labels.items() if label in _PROPERTIES and text
        }
        is_verbose = bool(_VERBOSE & set(self._labels))
        if self._types:
            values["icmpType"] = tuple(one for one in self._types if one != "Any")
        if "service" in values and values["service"][0].casefold() == "any":
            values["service"] = ("*",)  # `service=any` restricts a rule to services; one that does not has no such line
        types = values.get("interfaceType", ("",))[0].split(",")
        if types != [""]:
            values["interfaceType"] = tuple(_INTERFACES.get(one.strip().casefold(), one.strip()) for one in types)
        unknown = [*self._unknown, *(f"{k}: {v}" for k, v in self._labels.items() if not _is_known(k))]
        security = self._labels.get("Security", "NotRequired")
        if security.casefold() in _SECURITY:
            values |= _SECURITY[security.casefold()]
        else:
            unknown.append(f"Security: {security}")
        return RuleText(
            faults.at(self._line), values, self._store(unknown), tuple(unknown), self._hidden(is_verbose=is_verbose)
        )

    def _store(self, unknown: list[str]) -> bool | None:
        source = self._labels.get("Rule source", "").casefold()
        if source and not source.startswith("local") and "group policy" not in source:
            unknown.append(f"Rule source: {source}")
        return "group policy" in source if source else None

    def _hidden(self, *, is_verbose: bool) -> str:
        """Windows' own rules for app packages name no program and no port, and addresses by words alone."""
        if not is_verbose:
            return _HIDDEN_BRIEF
        ports = (self._labels.get(label, "Any") for label in ("LocalPort", "RemotePort"))
        is_wide = "Program" not in self._labels and all(text.casefold() == "any" for text in ports)
        is_ported = self._labels["Protocol"].casefold() in ("any", "tcp", "udp")
        is_by_words = all(part.strip().isalnum() for part in self._labels["RemoteIP"].split(","))  # not `10.0.0.4`
        return _HIDDEN if is_wide and is_ported and is_by_words else ""


def _is_known(label: str) -> bool:
    return label in _PROPERTIES or label in _VERBOSE or label in _WITHOUT_EFFECT
