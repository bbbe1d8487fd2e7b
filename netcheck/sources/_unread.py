"""What a collection could not read, as what is not known: nothing of it counts as "there is none".

An NSG and a route table decide only where a subnet or NIC names them, and what is named and not described is open by
itself. A VM is named by its NICs. All else decides without being named by anything that was read, from a private
endpoint's route to an admin rule, so that every answer depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence

from netcheck.model.names import key, last_segment
from netcheck.sources import _resources as of
from netcheck.sources._nodes import shorten
from netcheck.sources._plain import field, reference
from netcheck.sources._resources import Resource
from netcheck.sources._scope import Scope

_NAMED = {of.NSG: "network security group", of.ROUTE_TABLE: "route table"}
_SECOND_OPINIONS = frozenset(("effectivenetworksecuritygroups", "effectiveroutetable"))
"""What Azure computes is compared with what is there; without it, what is there decides."""


def leave_unread(scope: Scope, missing: Sequence[Resource]) -> None:
    """Warn of each list that could not be read, and let the answers that it may decide depend on it."""
    for one in missing:
        kind, where = key(one.name), reference(field(one.node, "scope"))
        answer = reference(field(one.node, "answer"))
        said = f" ({shorten(answer)})" if answer else ""
        word = last_segment(one.name)
        reason = f"`{shorten(word)}` of `{shorten(where)}` could not be read when the site was collected{said}"
        if kind in _SECOND_OPINIONS:
            scope.reader.warning(one.node, "NC142", reason, "answers are what netcheck makes of the rest")
        elif kind == of.VM:
            scope.reader.warning(one.node, "NC142", reason, "VMs are called as their NICs name them")
        elif kind in _NAMED:
            scope.reader.warning(one.node, "NC142", reason, "those that a subnet or NIC names leave its answers open")
            scope.unread.setdefault(_NAMED[kind], reason)
        else:
            scope.reader.warning(one.node, "NC142", reason, "every answer may depend on it")
            scope.reader.leave_open(f"{word} not read", one.node, reason)
