"""The fields of an NSG rule that say what it matches: protocol, ports and the two sides.

Semantics: Microsoft Learn, "Network security groups" (properties of a rule), and the service's own refusals:
`SecurityRuleInvalidPortRange`, `SecurityRuleParameterContainsUnsupportedValue`,
`ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies`.
"""

from __future__ import annotations

import re

from netcheck.model.address import AddressRange, AnyAddress, ApplicationSecurityGroup, Endpoint, ServiceTag
from netcheck.model.expressions import is_expression
from netcheck.model.names import key
from netcheck.model.ports import (
    ALL_PORTS,
    ANY_PROTOCOL,
    PortError,
    PortRange,
    Protocol,
    parse_port_range,
    parse_protocol,
)
from netcheck.sources._nodes import Scalar, Sequence, Unknown, shorten
from netcheck.sources._record import Record
from netcheck.sources._scope import Scope, open_name
from netcheck.sources._uncertain import Ports, doubt, unresolved

_PROTOCOLS = {word: word for word in ("*", "Tcp", "Udp", "Icmp", "Icmpv6", "Esp", "Ah", "Any", "All")}
_CLASSIC_PROTOCOLS = frozenset(("*", "tcp", "udp", "any", "all"))
_CLASSIC_TAGS = frozenset(("internet", "virtual_network", "virtualnetwork", "azure_loadbalancer", "azureloadbalancer"))
_LONGEST_PORT = 80
_OCTAL = re.compile(r"(?:\A|-)\s*0[0-9]")


def read_protocol(scope: Scope, record: Record, unknown: list[str]) -> Protocol | None:
    """Read the protocol; one that is not known is any, with a doubt. None after an error."""
    node = record.required("protocol", 'write `"*"` for any protocol')
    if node is None:
        return None
    if isinstance(node, Unknown):
        unknown.append(doubt("protocol", node))
        return ANY_PROTOCOL
    if isinstance(node, Scalar) and is_expression(node.text):
        unknown.append(f"`protocol` is the unresolved expression `{node.text}`")
        return ANY_PROTOCOL
    word = scope.reader.word(node, "protocol", _PROTOCOLS)
    if word is None:
        return None
    if scope.is_classic and word.lower() not in _CLASSIC_PROTOCOLS:
        message = f"a classic NSG rule cannot name protocol `{word}`"
        scope.reader.error(node, "NC141", message, "the classic model knows TCP, UDP and `*`")
        return None
    return parse_protocol(word)


def _values(scope: Scope, record: Record, singular: str, plural: str) -> tuple[list[Scalar | Unknown], bool]:
    """Return the texts of a field that Azure has in two spellings, and whether they came as a list.

    The plural counts when it is not empty, else the singular; both at once must say the same. What is not known may be
    empty: then both spellings are alternatives.
    """
    one, many = record.values(singular), record.values(plural)
    for node in (*one, *many):
        if isinstance(node, Unknown):
            return [*many, *one], bool(many)
    if one and many and {n.text for n in one} != {n.text for n in many}:
        related = ((scope.reader.source(one[0]), f"`{singular}` stands here"),)
        scope.reader.error(many[0], "NC139", f"`{singular}` and `{plural}` differ", "keep one of the two", related)
    found = many or one
    if scope.is_classic and len(found) > 1:
        message = f"a classic NSG rule has one value in `{plural if many else singular}`, not {len(found)}"
        scope.reader.error(found[1], "NC141", message, "write one rule for each value")
    is_list = bool(many) or (len(one) > 1 and isinstance(record.get(singular), Sequence))
    return found, is_list


def read_port_ranges(scope: Scope, record: Record, singular: str) -> Ports:
    """Read the ports of one side, from either spelling of the field."""
    one = record.get(singular)
    if type(one) is Scalar and record.get(f"{singular}s") is None:  # nearly always, and a few texts again and again
        known = scope.ports.get((one.text, one.is_plain))
        if known is None and not is_expression(one.text):
            port = read_port(scope, one, f"{singular}s")
            known = Ports(() if port is None else (port,), "")
            if port is not None:
                scope.ports[one.text, one.is_plain] = known
        if known is not None:
            return known
    nodes, _ = _values(scope, record, singular, f"{singular}s")
    if not nodes:
        if not record.get(singular) and not record.get(f"{singular}s"):
            record.missing(singular, f'write `{singular}: "*"` for any port')
        return Ports((ALL_PORTS,), "")
    found, doubts = [], []
    for node in nodes:
        if isinstance(node, Unknown):
            doubts.append(doubt(singular, node))
        elif is_expression(node.text):
            doubts.append(f"`{singular}` is the unresolved expression `{node.text}`")
        elif (port := read_port(scope, node, f"{singular}s")) is not None:
            found.append(port)
    return Ports(tuple(found), "; ".join(doubts))


def read_port(scope: Scope, node: Scalar, plural: str) -> PortRange | None:
    """Read a port or range, or return None after collecting an error."""
    if node.is_plain and _OCTAL.search(node.text):
        advice = "write it without leading zeros; some readers take it for an octal number"
        scope.reader.error(node, "NC134", f"port `{node.text}` has a leading zero", advice)
        return None
    if len(node.text) > _LONGEST_PORT:
        scope.reader.error(node, "NC134", f"`{shorten(node.text)}` is not a port, a range or `*`")
        return None
    try:
        return parse_port_range(node.text)
    except PortError as error:
        advice = f"write a list under `{plural}`" if "," in node.text else error.help
        scope.reader.error(node, "NC134", str(error), advice)
        return None


def read_side(scope: Scope, record: Record, side: str, *, is_computed: bool) -> list[tuple[Endpoint, Scalar]]:
    """Read one side of a rule: prefixes, one tag or `*`, or application security groups.

    What Azure computed may list both, where it prints a tag beside what it stands for.
    """
    singular, plural = f"{side}AddressPrefix", f"{side}AddressPrefixes"
    one = record.get(singular)
    if (
        type(one) is Scalar
        and record.get(plural) is None
        and record.get(f"{side}ApplicationSecurityGroups") is None
        and not (scope.is_classic or is_expression(one.text))
    ):
        endpoint = scope.endpoint(one)
        return [] if endpoint is None else [(endpoint, one)]
    nodes, is_list = _values(scope, record, singular, plural)
    groups = _groups(scope, record, f"{side}ApplicationSecurityGroups")
    if not nodes and not groups:
        if not record.get(singular) and not record.get(plural):
            record.missing(singular, f'write `{singular}: "*"` for any address')
        return []
    found: list[tuple[Endpoint, Scalar]] = []
    for node in nodes:
        if isinstance(node, Unknown):
            found.append(_open_endpoint(node, singular))
            continue
        if is_expression(node.text):
            found.append((unresolved(node, singular), node))
            continue
        endpoint = scope.endpoint(node)
        if endpoint is None:
            continue
        _check_endpoint(scope, endpoint, node, plural, is_list=is_list and not is_computed)
        found.append((endpoint, node))
    return found + groups


def _open_endpoint(node: Unknown, name: str) -> tuple[Endpoint, Scalar]:
    return unresolved(node, name), Scalar(node.text, True, node.start, node.end)


def _groups(scope: Scope, record: Record, name: str) -> list[tuple[Endpoint, Scalar]]:
    found: list[tuple[Endpoint, Scalar]] = []
    for node in record.items(name):
        if isinstance(node, Unknown):
            found.append(_open_endpoint(node, name))
            continue
        text = scope.reference_text(node, name)
        if open_name(text):
            meant = Unknown(text, "which group is meant is not known", node.start, node.start + 1)
            found.append(_open_endpoint(meant, name))
        elif scope.is_classic:
            scope.reader.error(node, "NC141", "classic NSG rules know no application security groups", "name prefixes")
        elif text:
            place = node if isinstance(node, Scalar) else Scalar(text, True, node.start, node.start + 1)
            name_found = scope.resolve_if_declared("application security group", text, node)
            found.append((ApplicationSecurityGroup(name_found), place))
    return found


def _check_endpoint(scope: Scope, endpoint: Endpoint, node: Scalar, plural: str, *, is_list: bool) -> None:
    if is_list and isinstance(endpoint, ServiceTag | AnyAddress):
        what = f"tag `{endpoint}`" if isinstance(endpoint, ServiceTag) else "`*`"
        message = f"{what} stands in the list `{plural}`, which takes prefixes only"
        advice = f"Azure refuses this; write it as `{plural.removesuffix('es')}` in a rule of its own"
        scope.reader.error(node, "NC137", message, advice)
    if scope.is_classic and isinstance(endpoint, ServiceTag) and key(endpoint.name) not in _CLASSIC_TAGS:
        advice = (
            "the classic model has three tags: INTERNET, VIRTUAL_NETWORK and AZURE_LOADBALANCER; name prefixes instead"
        )
        scope.reader.error(node, "NC141", f"a classic NSG rule cannot name the tag `{endpoint}`", advice)


def check_families(scope: Scope, endpoints: list[tuple[Endpoint, Scalar]]) -> None:
    """Collect an error where a rule names addresses of both families."""
    ranges = [(endpoint, node) for endpoint, node in endpoints if isinstance(endpoint, AddressRange)]
    for endpoint, node in ranges:
        if endpoint.family != ranges[0][0].family:
            related = ((scope.reader.source(ranges[0][1]), f"`{ranges[0][1].text}` stands here"),)
            message = f"`{node.text}` is IPv{endpoint.family}, and the rule already names IPv{ranges[0][0].family}"
            advice = "Azure refuses both families in one rule; write a rule for each"
            scope.reader.error(node, "NC138", message, advice, related)
            return
