"""The parts of canonical forms: ports, addresses, endpoints as exact sets, whatever spelling they came in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from netcheck.model.address import (
    FAMILIES,
    AddressRange,
    AnyAddress,
    ApplicationSecurityGroup,
    Endpoint,
    ServiceTag,
    Unresolved,
    everything,
)
from netcheck.model.expressions import inside_expression
from netcheck.model.names import key, last_segment
from netcheck.model.ports import PortRange, Protocol
from netcheck.policy.resolve import builtin_name
from netcheck.sets.intervals import IntervalSet

Form: TypeAlias = "bool | int | str | Sequence[Form] | Mapping[str, Form] | None"


def to_text(form: Form) -> str:
    """Return a form as text: equal forms give equal texts."""
    return json.dumps(form, sort_keys=True, separators=(",", ":"))


def unordered(forms: Iterable[Form]) -> list[Form]:
    """Return forms whose order and number mean nothing, each once and sorted."""
    return [form for _, form in sorted({to_text(form): form for form in forms}.items())]


def names(found: Iterable[str]) -> list[Form]:
    """Return a set of names as Azure compares them."""
    return list(dict.fromkeys(sorted(key(name) for name in found)))


def group_name(name: str) -> str:
    """Return an application security group as rules are matched with it: by its last part."""
    return key(last_segment(name))


def spans(found: IntervalSet) -> list[Form]:
    """Return a set of numbers as its maximal spans."""
    return [[first, last] for first, last in found.spans()]


def ports(ranges: Iterable[PortRange]) -> list[Form]:
    """Return port ranges as one exact set."""
    return spans(IntervalSet.of((one.first, one.last) for one in ranges))


def addresses(ranges: Iterable[AddressRange]) -> dict[str, Form]:
    """Return addresses of both families as exact sets."""
    known = list(ranges)
    return {
        str(family): spans(IntervalSet.of((one.first, one.last) for one in known if one.family == family))
        for family in FAMILIES
    }


def prefixes(ranges: Iterable[AddressRange]) -> list[Form]:
    """Return prefixes one by one, where the length of each counts."""
    return unordered([one.family, one.first, one.last] for one in ranges)


def protocols(protocol: Protocol) -> Form:
    """Return the numbers of a protocol; none means every one."""
    return sorted(set(protocol.numbers))


def tag_name(name: str) -> str:
    """Return a service tag as rules are matched with it; a built-in one has two spellings, one a deployment model."""
    return builtin_name(name) or key(name)


def endpoints(found: Iterable[Endpoint]) -> Form:
    """Return the alternatives of one side of a rule."""
    ranges: list[AddressRange] = []
    tags, groups, unknown = set(), set(), set()
    for one in found:
        match one:
            case AddressRange():
                ranges.append(one)
            case AnyAddress():
                ranges += (everything(family) for family in FAMILIES)
            case ServiceTag(name=name):
                tags.add(tag_name(name))
            case ApplicationSecurityGroup(name=name):
                groups.add(group_name(name))
            case Unresolved(text=text):
                unknown.add(inside_expression(text))
    return {
        "addresses": addresses(ranges),
        "tags": sorted(tags),
        "groups": sorted(groups),
        "unresolved": sorted(unknown),
    }
