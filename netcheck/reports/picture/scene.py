"""What a picture of a network shows, before anybody decides where: groups, nodes, edges and the marks of a path."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netcheck.path.leg import Verdict
from netcheck.questions.answer import Answer


class GroupKind(StrEnum):
    """What holds nodes; the values are the words in pictures."""

    NETWORK = "virtual network"
    SUBNET = "subnet"


class NodeKind(StrEnum):
    """What a node stands for; the values are the words in pictures, "" where the name says it."""

    VM = "VM"
    PROXY = "proxy VM"
    APPLIANCE = "appliance VM"
    CROWD = "VMs that behave alike"
    FIREWALL = "Azure Firewall"
    BALANCER = "load balancer"
    ENDPOINT = "private endpoint"
    SUBNETS = "subnets"
    SERVICE = "service"
    ELSEWHERE = "not in the site"
    PLACE = ""


class EdgeKind(StrEnum):
    """Why two things are joined; the values are the classes of their lines."""

    WAY_OUT = "way-out"
    PEERING = "peering"
    PROXY_SETTING = "proxy-setting"
    ROUTE = "route"
    BALANCING = "balancing"
    SERVICE = "service"
    LEG = "leg"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a path found out at a place: the verdict about some packets, and who decided."""

    verdict: Verdict
    by: str

    @property
    def text(self) -> str:
        """The mark in words."""
        what = "PARTIAL, some blocked" if self.verdict is Verdict.PARTIAL else self.verdict.upper()
        return f"{what} by {self.by}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A virtual network, or a subnet in one (`parent`)."""

    id: str
    kind: GroupKind
    name: str
    lines: tuple[str, ...]
    parent: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def heading(self) -> str:
        """The name with the word for what it is."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A thing in a group, or outside of all ("" in place of one). `members` are the names of what it stands for."""

    id: str
    kind: NodeKind
    name: str
    lines: tuple[str, ...] = ()
    group: str = ""
    marks: tuple[Mark, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The name with the word for what it is."""
        match self.kind:
            case NodeKind.CROWD | NodeKind.SUBNETS | NodeKind.PLACE:
                return self.name
            case NodeKind.ELSEWHERE:
                return f"{self.name} ({self.kind})"
            case _:
                return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A line between two nodes or groups, by their ids; a leg of a path has a verdict."""

    source: str
    target: str
    kind: EdgeKind
    lines: tuple[str, ...] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class DrawnPath:
    """A path to draw: the answer about the whole, and its legs (one, or two through a proxy).

    A leg has one answer for each pair of ends, because an edge must not carry the verdict of another.
    """

    whole: Answer
    legs: tuple[tuple[Answer, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A network with the marks of one path. Ids are `n` and a number, in the order in which things are told.

    `notes` tell what is counted rather than drawn.
    """

    title: str
    groups: tuple[Group, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    path: DrawnPath | None = None
    notes: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[Group | Node, ...]:
        """Everything that edges may join: groups, then nodes."""
        return (*self.groups, *self.nodes)


_WORST_FIRST = (Verdict.BLOCKED, Verdict.PARTIAL, Verdict.UNDETERMINED, Verdict.REACHABLE)


def worst(marks: tuple[Mark, ...]) -> Verdict | None:
    """Return the verdict that a place is shown with; None where a path found out nothing."""
    return min((mark.verdict for mark in marks), key=_WORST_FIRST.index, default=None)
