"""What Azure itself computed for NICs, in exports of their own, given to the NICs it is of.

Effective rules say in `association` what each level applies to, and a file holds all levels of one NIC. Effective
routes do not say which NIC they are of; the name of their file may. What cannot be placed stays open, with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from netcheck.model.names import key, last_segment
from netcheck.sources import _resources as of
from netcheck.sources._nodes import Mapping, Node, Unknown, made_text
from netcheck.sources._nodes import Sequence as NodeSequence
from netcheck.sources._plain import elements, field, plain, reference, with_field
from netcheck.sources._resources import Resource
from netcheck.sources._scope import Scope, subnet_reference

TYPES = frozenset((of.EFFECTIVE_NSG, of.EFFECTIVE_ROUTES, of.EFFECTIVE_ADMIN_RULES))
"""What is of one NIC each, so that two of one ID are not two descriptions of one thing."""
_RULES, _ROUTES = "effectiveNetworkSecurityGroups", "effectiveRoutes"
_ADVICE = {
    _RULES: "export the rules of one NIC into one file, and call it NIC.json",
    _ROUTES: "call the file NIC.json, or write `effectiveRoutes: FILE` on the NIC of a site file",
}


def place_effective(scope: Scope, effective: Sequence[Resource], by_type: dict[str, list[Resource]]) -> list[Resource]:
    """Fill effective rules and routes into NICs; return those that are of none that is known."""
    if not effective:
        return []
    placer = _Placer(scope, [one for one in by_type.get(of.NIC, ()) if field(one.node, "privateEndpoint") is None])
    files: dict[str, list[Resource]] = {}
    for one in effective:
        files.setdefault(scope.reader.document.of(one.node).file, []).append(one)
    for file, found in files.items():
        placer.place(PurePath(file.replace("\\", "/")).stem, found)
    by_type[of.NIC] = [placer.filled(one) for one in by_type.get(of.NIC, ())]
    return placer.left


class _Placer:
    """Finds the NICs that exported views are of. With a site file, which may have more, the only one is not known."""

    def __init__(self, scope: Scope, nics: Sequence[Resource]) -> None:
        self._scope, self._nics = scope, nics
        self._is_whole = scope.folder is None
        self._views: dict[int, dict[str, list[tuple[Node, ...]]]] = {}
        self.left: list[Resource] = []

    def place(self, stem: str, found: Sequence[Resource]) -> None:
        """Give what one file holds to the NICs it is of."""
        for one in found:
            if one.type == of.EFFECTIVE_ROUTES:
                nic = self._called(stem) or self._only(self._nics)
                if nic is None:
                    self.left.append(one)
                else:
                    self._add(nic, _ROUTES, elements(field(one.node, "value")))
        levels = [one for one in found if one.type != of.EFFECTIVE_ROUTES]
        if levels:
            self._place_levels(stem, levels)

    def _place_levels(self, stem: str, levels: Sequence[Resource]) -> None:
        named = [nic for one in levels if (nic := self._of_nic(one)) is not None]
        named = list({id(nic): nic for nic in named}.values()) or _listed(self._called(stem))
        views: dict[int, list[Resource]] = {}
        by_id = {id(nic): nic for nic in self._nics}
        for one in levels:
            targets = self._targets(one, named)
            for nic in targets:
                views.setdefault(id(nic), []).append(one)
            if not targets:
                self.left.append(one)
        for at, view in views.items():
            self._add(by_id[at], _RULES, _once(_said(one) for one in view))

    def _targets(self, one: Resource, named: Sequence[Resource]) -> list[Resource]:
        """Return the NICs that a level is of: the one it names, or those of the file that are in its subnet."""
        if _association(one, "networkInterface"):
            nic = self._of_nic(one)
            # What a view does not name is of the NIC beside it.
            return _listed(nic) if nic is not None or not _is_open(one, "networkInterface") else list(named[:1])
        if len(named) == 1:
            return list(named)
        subnet = _association(one, "subnet")
        if subnet and not _is_open(one, "subnet"):
            inside = [nic for nic in named or self._nics if _is_in(nic, subnet)]
            return inside if named else _listed(self._only(inside))
        networks = {_subnet_of(nic).rpartition("/subnets/")[0] for nic in named}
        return list(named) if len(networks) == 1 and not subnet else _listed(self._only(named or self._nics))

    def _of_nic(self, one: Resource) -> Resource | None:
        """Return the NIC that a level names; one without a resource ID is known by its name."""
        text = _association(one, "networkInterface")
        if not text or _is_open(one, "networkInterface"):
            return None
        same = [nic for nic in self._nics if key(nic.id) == key(text)]
        named = [nic for nic in self._nics if key(nic.name) == key(last_segment(text)) and not nic.id.startswith("/")]
        return next(iter(same), None) or (named[0] if len(named) == 1 else None)

    def _called(self, stem: str) -> Resource | None:
        found = [nic for nic in self._nics if key(nic.name) == key(stem)]
        return found[0] if len(found) == 1 else None

    def _only(self, nics: Sequence[Resource]) -> Resource | None:
        return nics[0] if len(nics) == 1 and self._is_whole else None

    def _add(self, nic: Resource, name: str, view: tuple[Node, ...]) -> None:
        views = self._views.setdefault(id(nic), {}).setdefault(name, [])
        if _shape(view) not in [_shape(other) for other in views]:
            views.append(view)

    def filled(self, nic: Resource) -> Resource:
        """Return a NIC with what was computed for it; of two views that differ, none is the one to take."""
        node = nic.node
        for name, views in self._views.get(id(nic), {}).items():
            own = field(node, name)
            if len(views) > 1 or own is not None:
                places = " and at ".join(str(self._scope.reader.source(view[0])) for view in views[:2])
                reason = f"`{name}` of NIC `{nic.name}` is given twice and differently, at {places}"
                self._scope.reader.warning(views[-1][0], "NC146", reason, "leave the older one out")
                self._scope.reader.leave_open(name, views[-1][0], reason)
            else:
                node = with_field(node, name, NodeSequence(views[0], views[0][0].start))
        return nic._replace(node=node)


def leave_unplaced(scope: Scope, left: Iterable[Resource]) -> None:
    """Let answers depend on effective rules and routes that are of a NIC nobody knows, and say how to name it."""
    for one in left:
        name = _ROUTES if one.type == of.EFFECTIVE_ROUTES else _RULES
        what = "effective routes" if name == _ROUTES else "effective rules"
        reason = f"which NIC the {what} `{one.name}` are of is not known: {_ADVICE[name]}"
        scope.reader.leave_open(name, one.node, reason)


def _listed(nic: Resource | None) -> list[Resource]:
    return [] if nic is None else [nic]


def _held(one: Resource, level: str) -> Node | None:
    held = field(one.node, "association")
    return field(held, level) if isinstance(held, Mapping) else None


def _association(one: Resource, level: str) -> str:
    return reference(_held(one, level))


def _is_open(one: Resource, level: str) -> bool:
    held = _held(one, level)
    return isinstance(field(held, "id") if isinstance(held, Mapping) else held, Unknown)


def _subnet_of(nic: Resource) -> str:
    parts = [nic.node, *(one for one in elements(field(nic.node, "ipConfigurations")) if isinstance(one, Mapping))]
    return next((text for one in parts if (text := reference(field(one, "subnet")))), "")


def _is_in(nic: Resource, subnet: str) -> bool:
    own = _subnet_of(nic)
    if own.startswith("/") and subnet.startswith("/"):
        return key(own.rstrip("/")) == key(subnet.rstrip("/"))
    return bool(own) and key(subnet_reference(own)) == key(subnet_reference(subnet))


def _said(one: Resource) -> Mapping:
    """Return a level that says itself when it may not be there."""
    return with_field(one.node, "uncertain", made_text(one.unsure, one.node)) if one.unsure else one.node


def _once(nodes: Iterable[Mapping]) -> tuple[Node, ...]:
    return tuple({_shape((node,)): node for node in nodes}.values())


def _shape(view: tuple[Node, ...]) -> object:
    return tuple(plain(node) for node in view)
