"""Security admin rules of network managers, with the virtual networks that each applies to.

Azure keeps the rules in collections, which apply to network groups; members of a group are static, or chosen by an
Azure Policy. Microsoft Learn: "Security admin rules in Azure Virtual Network Manager", "What is a network group?",
"Configuration deployments in Azure Virtual Network Manager" (a configuration counts once it is deployed to a region,
which no resource says).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from netcheck.diagnostics import Severity
from netcheck.model.names import key, last_segment
from netcheck.model.regions import normal_location
from netcheck.sources import _resources as of
from netcheck.sources._nodes import Mapping, Node, Scalar, made_text, made_unknown, shorten, text_of
from netcheck.sources._nodes import Sequence as NodeSequence
from netcheck.sources._plain import elements, field, reference, with_entries, with_field
from netcheck.sources._resources import Resource
from netcheck.sources._scope import Scope, open_name

_POLICY = "microsoft.authorization/policydefinitions"
# What Azure prints of rules that apply to one network, and of those that are deployed to a region.
_EFFECTIVE, _ACTIVE = "ruleCollectionAppliesToGroups", "commitTime"
_WHERE_DEPLOYED = frozenset(("committime", "region"))
# What a network manager may do (`networkManagerScopeAccesses`), and the types of which one shows that the files say it.
_ACCESSES = {
    "SecurityAdmin": (of.ADMIN_RULE,),
    "Connectivity": (f"{of.MANAGER}/connectivityconfigurations",),
    "Routing": (f"{of.MANAGER}/routingconfigurations",),
    "SecurityUser": (f"{of.MANAGER}/securityuserconfigurations",),
}
HANDLED = frozenset((of.MANAGER, of.NETWORK_GROUP, of.STATIC_MEMBER, of.ADMIN_CONFIGURATION, of.ADMIN_COLLECTION))
HANDLED |= {of.ADMIN_RULE}
"""The types that are read here."""
HARMLESS = ("ipampools", "verifierworkspaces", "scopeconnections", "securityadminconfigurations")
"""Children of a network manager that change nothing for packets by themselves."""


def admin_rules(scope: Scope, by_type: dict[str, list[Resource]]) -> list[Mapping]:
    """Return the security admin rules of all files, each with `virtualNetworks` and `networkManager`."""
    reader = scope.reader
    _note_managers(scope, by_type)
    found = _Rules(scope, by_type)
    rules = by_type.get(of.ADMIN_RULE, [])
    planned = [one for one in rules if not any(field(one.node, name) for name in (_EFFECTIVE, _ACTIVE))]
    if planned:
        message = "security admin rules are taken as deployed: whether their configuration is, the files do not say"
        advice = "`az network manager list-effective-security-admin-rule` prints those that apply"
        place = min((one.node for one in planned), key=lambda node: node.start)
        reader.collector.add(reader.document.fault(place, "NC153", message, advice, severity=Severity.NOTE))
    return [node for one in rules for node in found.nodes(one)]


class _Rules:
    def __init__(self, scope: Scope, by_type: dict[str, list[Resource]]) -> None:
        self._scope, self._networks_here = scope, by_type.get(of.NETWORK, [])
        self._by_id = {key(one.id): one for kind in HANDLED for one in by_type.get(kind, ()) if one.id}
        self._has_policies = bool(by_type.get(_POLICY))
        self._members: dict[str, list[Resource]] = {}
        for one in by_type.get(of.STATIC_MEMBER, ()):
            self._members.setdefault(key(one.parent), []).append(one)

    def nodes(self, rule: Resource) -> Iterator[Mapping]:
        """Yield a rule with what it applies to; again, as one that may not apply, where a group may have more members.

        Where there is a policy beside a group with static members, it may be the one that adds others.
        """
        owners = list(self._above(rule))
        doubts = [one.unsure for one in (rule, *owners) if one.unsure]
        doubts += self._elsewhere(rule)
        groups = self._applied(rule, owners)
        networks = self._asked_for(rule) or [network for group in groups for network in self._networks(group)]
        if not networks:
            reason = "which network groups its rule collection applies to, no file says"
            networks = [made_unknown(f"the networks of {rule.name}", reason, rule.node)]
        doubts += [one.unsure for group in groups for one in self._members.get(key(reference(group)), ()) if one.unsure]
        made = self._made(rule, owners, networks)
        yield _uncertain(made, doubts[0]) if doubts else made
        if self._has_policies and not self._asked_for(rule) and all(isinstance(one, Scalar) for one in networks):
            whole = self._made(rule, owners, [])
            yield _uncertain(whole, "an Azure Policy may add networks to its network groups")

    def _elsewhere(self, rule: Resource) -> list[str]:
        """Return why a rule that is deployed to one region may not apply: a network may lie in another one."""
        region = reference(field(rule.node, "region"))
        if not region or (self._scope.folder is None and all(_lies_in(one, region) for one in self._networks_here)):
            return []
        return [f"it is deployed to region `{shorten(region)}`, and not every network lies there"]

    def _asked_for(self, rule: Resource) -> list[Node]:
        """Return the network that Azure was asked about, where it printed what applies to one.

        The rules do not name it: it is the one that the file is called as, or the only one.
        """
        if field(rule.node, _EFFECTIVE) is None or field(rule.node, _ACTIVE) is not None:
            return []
        stem = key(PurePath(self._scope.reader.document.of(rule.node).file.replace("\\", "/")).stem)
        here = self._networks_here
        found = [one for one in here if key(one.name) == stem]
        if len(found) != 1:
            found = here if len(here) == 1 and self._scope.folder is None else []
        return [made_text(one.id or one.name, rule.node) for one in found]

    def _made(self, rule: Resource, owners: list[Resource], networks: list[Node]) -> Mapping:
        node = with_entries(rule.node, [], _WHERE_DEPLOYED)
        if networks:
            node = with_field(node, "virtualNetworks", NodeSequence(tuple(networks), rule.node.start))
        manager = self._manager(rule, owners)
        return with_field(node, "networkManager", made_text(manager, rule.node)) if manager else node

    def _above(self, one: Resource) -> Iterator[Resource]:
        """Yield the collection, the configuration and the manager of a rule, as far as files describe them."""
        above = self._by_id.get(key(one.parent)) if one.parent else None
        if above is not None:
            yield above
            yield from self._above(above)

    def _manager(self, rule: Resource, owners: list[Resource]) -> str:
        """Return the ID of the manager of a rule, or its name where it has none yet; "" where nobody says."""
        identity = next((one for one in (rule.id, rule.parent) if "/securityadminconfigurations/" in key(one)), "")
        if identity:
            return identity[: key(identity).index("/securityadminconfigurations/")]
        return next((one.name for one in owners if one.type == of.MANAGER), "")

    def _applied(self, rule: Resource, owners: list[Resource]) -> list[Node]:
        """Return the references to the groups of a rule: it says so itself where Azure printed what applies."""
        holders = [(rule.node, _EFFECTIVE), *((one.node, "appliesToGroups") for one in owners)]
        for node, name in holders:
            found = [
                (field(item, "networkGroupId") or item) if isinstance(item, Mapping) else item
                for item in elements(field(node, name))
            ]
            if found:
                return found
        return []

    def _networks(self, group: Node) -> list[Node]:
        """Return the static members of a group, or one value that is not known where it may have others."""
        name, members = reference(group), self._members.get(key(reference(group)), [])
        of_group = self._by_id.get(key(name))
        is_dynamic = of_group is not None and field(of_group.node, "conditionalMembership") is not None
        found = [_member(one) for one in members]
        if not name or not found or is_dynamic or any(one is None for one in found):
            reason = f"which networks are in network group `{shorten(last_segment(name))}`, no file says"
            return [made_unknown(f"the networks of {name}", reason, group)]
        return [one for one in found if one is not None]


def _lies_in(network: Resource, region: str) -> bool:
    return normal_location(reference(field(network.node, "location"))) == normal_location(region)


def _member(one: Resource) -> Node | None:
    """Return the network that a static member is, as a reference; None where it is not known or only a subnet."""
    stated = field(one.node, "resourceId")
    held = field(stated, "id") if isinstance(stated, Mapping) else stated
    text = text_of(held)
    if not isinstance(held, Scalar) or not text or open_name(text) or "/subnets/" in key(text):
        return None
    return made_text(text, held)


def _uncertain(node: Mapping, reason: str) -> Mapping:
    return with_entries(node, [(made_text("uncertain", node), made_text(reason, node))])


def _note_managers(scope: Scope, by_type: dict[str, list[Resource]]) -> None:
    """Leave open what a network manager that Azure printed may do besides what the files say.

    In a template or plan its configurations stand beside it; an export holds what was asked for, and a collection says
    which lists it has whole, those without anything among them.
    """
    reader = scope.reader
    for one in by_type.get(of.MANAGER, ()):
        if field(one.node, "etag") is None and field(one.node, "provisioningState") is None:
            continue
        stated = {key(reference(item)) for item in elements(field(one.node, "networkManagerScopeAccesses"))}
        for access, kinds in _ACCESSES.items():
            if (_configurations(kinds[0]), key(one.id)) in scope.read_whole:
                continue
            if (not stated or key(access) in stated) and not any(by_type.get(kind) for kind in kinds):
                reason = f"network manager `{one.name}` may have configurations of {access} that no file describes"
                name = "securityAdminRules" if access == "SecurityAdmin" else "networkManagers"
                reader.leave_open(name, one.node, reason)


def _configurations(kind: str) -> str:
    """Return the type of the configurations that stand right below a manager, and hold what is of a type."""
    return "/".join(kind.split("/")[:3])
