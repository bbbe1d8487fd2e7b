"""What the readers of one site file share: names declared so far, places, the folder, the deployment model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from netcheck.model.address import AddressError, AddressRange, Endpoint, parse_address, parse_endpoint, parse_prefix
from netcheck.model.names import key, last_segment, resource_group
from netcheck.sources._nodes import Mapping, Node, Scalar, Unknown, describe, is_absent, made_unknown, shorten
from netcheck.sources._plain import field, reference, top_fields
from netcheck.sources._record import Reader, Record, suggest
from netcheck.sources.limits import check_place

# What every Azure resource carries in exports and what decides nothing about packets.
EXPORT_KEYS = (
    "id", "etag", "type", "kind", "tags", "tag", "location", "extendedLocation", "resourceGroup", "resourceGroupName",
    "resourceGuid", "resourceId", "provisioningState", "subscription", "subscriptionId", "tenantId", "managedBy",
    "apiVersion", "dependsOn", "identity", "plan", "sku", "zones", "systemData", "properties", "comments",
    "tagsTable", "resourceType", "resourceName", "createdTime", "changedTime", "parentResource",
    "extensionResourceName", "extensionResourceType",
)  # fmt: skip

_IP_VERSIONS = {"IPv4": 4, "IPv6": 6}
_ASSOCIATION = re.compile(r"/virtualNetworks/([^/]+)/subnets/([^/]+)/?\Z", re.IGNORECASE)


if TYPE_CHECKING:
    from netcheck.sources._uncertain import Ports


class _Claim(NamedTuple):
    """One statement that something is attached to `target`.

    `is_outside`: neither end makes it, so that `name` is a reference still; `why` says why it may not hold.
    """

    name: str
    target: str
    node: Node
    is_outside: bool = False
    why: str = ""


class Scope:
    """The names of a site as they are declared, by kind, and what else its readers have to agree on."""

    def __init__(self, reader: Reader, *, is_classic: bool = False, folder: Path | None = None) -> None:
        self.reader, self.is_classic, self.folder = reader, is_classic, folder
        self.stubs: dict[tuple[str, str], tuple[str, Node]] = {}
        self.ports: dict[tuple[str, bool], Ports] = {}
        self.public_ips: dict[str, Mapping] = {}
        self.unread: dict[str, str] = {}
        self.read_whole: set[tuple[str, str]] = set()
        self.doubtful: dict[tuple[str, str], tuple[str, str, Node]] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._identified: set[tuple[str, str]] = set()
        self._complete: set[tuple[str, str]] = set()
        self._pending: dict[tuple[str, str], tuple[str, Node]] = {}
        self._names: dict[str, dict[str, tuple[str, Node]]] = {}
        self._claims: dict[tuple[str, str], list[_Claim]] = {}
        self._endpoints: dict[str, tuple[Endpoint, str]] = {}

    def declare(self, kind: str, name: str, node: Node) -> None:
        """Note that a resource exists; collect an error when its name is taken, letter case aside."""
        names = self._names.setdefault(kind, {})
        first = names.setdefault(key(name), (name, node))[1]
        if first is not node and name:
            advice = "Azure does not tell names apart by letter case; rename one of the two"
            related = ((self.reader.source(first), "the first one stands here"),)
            self.reader.error(node, "NC130", f"two {kind}s are called `{shorten(name)}`", advice, related)

    def identify(self, kind: str, identity: str, label: str) -> None:
        """Note the resource ID of what is called `label` here: a reference by ID finds it, whatever its name is."""
        self._ids[kind, _folded(identity)] = label
        self._identified.add((kind, label))

    def label(self, kind: str, reference: str) -> str:
        """Return what a name or resource ID is called here: its label, else its last part.

        The ID of a resource that no file describes is not taken for one of the same name that has another ID.
        """
        known = self._ids.get((kind, _folded(reference)))
        if known:
            return known
        label = subnet_reference(reference) if kind == "subnet" else last_segment(reference)
        if not reference.startswith("/") or (kind, label) not in self._identified:
            return label
        where = resource_group(reference) or "elsewhere"
        network, slash, name = label.rpartition("/")
        return f"{network} ({where})/{name}" if slash else f"{label} ({where})"

    def resolve(self, kind: str, text: str, node: Node) -> str:
        """Return the name as declared.

        What no file describes is an error in a file of ours, where it is a misspelling. An export may be a part of the
        whole: there it is noted among `stubs`, with a warning, and its name is returned.
        """
        names = self._names.get(kind, {})
        label = self.label(kind, text)
        if key(label) in names:
            return names[key(label)][0]
        if not label:
            self.reader.error(node, "NC122", f"the {kind} `{shorten(text)}` has no name")
            return ""
        if self.reader.is_export(node) or isinstance(node, Unknown):
            return self._stub(kind, label, node)
        spelled = [spelling for spelling, _ in names.values()]
        close = suggest(label, spelled) or suggest(last_segment(label), spelled)
        if close:
            advice = f"did you mean `{close}`?"
        else:
            advice = (
                "declared: " + ", ".join(f"`{s}`" for s in sorted(spelled)[:5])
                if spelled
                else f"the site declares no {kind}"
            )
        self.reader.error(node, "NC131", f"there is no {kind} `{shorten(label)}`", advice)
        return ""

    def _stub(self, kind: str, label: str, node: Node) -> str:
        names = self._names.get(kind, {})
        if key(label) in names:  # another resource of that name is described, in another resource group
            label = f"{label} (elsewhere)"
        if (kind, key(label)) not in self.stubs:
            self.stubs[kind, key(label)] = (label, node)
            message = f"no file describes {kind} `{shorten(label)}`"
            if isinstance(node, Unknown):
                message = f"the {kind} here is not known: {node.reason}"
            self.reader.warning(
                node, "NC147", message, "give its export too; until then its part of the answer is open"
            )
        return label

    def why_undescribed(self, kind: str) -> str:
        """Return why no file describes what a reference of this kind names, as the end of a sentence, or ""."""
        return f": {self.unread[kind]}" if kind in self.unread else ""

    def declared(self, kind: str, reference: str) -> str:
        """Return the name as declared, or "" where no file describes it; nothing is said of that."""
        known = self._names.get(kind, {}).get(key(self.label(kind, reference)))
        return known[0] if known else ""

    def resolve_if_declared(self, kind: str, reference: str, node: Node) -> str:
        """Return the name, checked only if the site declares resources of this kind at all.

        Two of one name in two resource groups are told apart although no file describes either.
        """
        if self._names.get(kind):
            return self.resolve(kind, reference, node)
        label = self.label(kind, reference)
        if reference.startswith("/") and (kind, _folded(reference)) not in self._ids:
            self.identify(kind, reference, label)
        return label

    def attach(self, kind: str, target_kind: str, target: str, name: str, node: Node) -> None:
        """Note that `name` (an NSG, a route table) says it is attached to `target`; one of a kind can be."""
        claims = self._claims.setdefault((kind, key(self.label(target_kind, target))), [])
        for other in claims:
            if _folded(other.target) == _folded(target) and key(other.name) != key(name):
                related = ((self.reader.source(other.node), f"`{other.name}` says so here"),)
                label = self.label(target_kind, target)
                message = f"`{label}` cannot have two: {kind} `{other.name}` and `{name}`"
                self.reader.error(node, "NC144", message, "a subnet or NIC has at most one", related)
                return
        claims.append(_Claim(name, target, node))

    def attach_outside(self, kind: str, target_kind: str, target: str, text: str, node: Node, why: str) -> None:
        """Note an attachment that neither end states; `text` refers to what is attached.

        `why` says why it may not be; "" where it is.
        """
        label = self.label(target_kind, target)
        self._claims.setdefault((kind, key(label)), []).append(_Claim(text, target, node, True, why))
        self._pending[kind, key(label)] = (target, node)

    def report_pending(self) -> None:
        """Warn of attachments from outside whose target no file describes."""
        for target, node in dict(sorted(self._pending.values(), key=lambda one: one[1].start)).items():
            message = f"no file describes `{shorten(target)}`, to which something is attached here"
            self.reader.warning(node, "NC147", message)

    def lists_all(self, kind: str, name: str) -> None:
        """Note that Azure itself printed a resource, so that it lists everything it is attached to."""
        self._complete.add((kind, key(name)))

    def attached(self, kind: str, target: str, own: str, own_node: Node, *, is_complete: bool = False) -> str:
        """Return what is attached to `target`; collect an error when the two sides name different resources.

        One side is enough where the other says nothing. `is_complete`: the target is Azure's own output, so that "not
        set" means "none". Where both sides are and only one of them says so, it is doubtful: that is reported, and what
        is returned is the name of a resource that may or may not apply. What a site file says is what is asked about.
        """
        self._pending.pop((kind, key(target)), None)
        claim = next(iter(self._claims.get((kind, key(target)), ())), None)
        if claim is None:
            if own and (kind, key(own)) in self._complete:
                why = f"`{target}` names it, and it does not list `{target}`"
                if self.reader.is_export(own_node):
                    return self._doubt(kind, target, own, own_node, why)
                message = f"{kind} `{own}` is taken to be attached as this file says: {why}"
                self.reader.warning(own_node, "NC148", message, "if this is what you plan, nothing is wrong")
            return own
        name = self.resolve(kind, claim.name, claim.node) if claim.is_outside else claim.name
        if own and key(own) != key(name):
            related = ((self.reader.source(claim.node), f"`{name}` says it is attached here"),)
            message = f"`{target}` names {kind} `{own}`, but `{name}` says it is attached to it"
            if claim.is_outside:
                related = ((self.reader.source(claim.node), f"`{name}` is attached to it here"),)
                message = f"`{target}` names {kind} `{own}`, but `{name}` is attached to it elsewhere"
            self.reader.error(own_node, "NC144", message, "correct one of the two sides", related)
        if not own and claim.why:
            return self._doubt(kind, target, name, claim.node, claim.why, "")
        if not own and is_complete:
            return self._doubt(kind, target, name, claim.node, f"it lists `{target}`, which does not name it")
        return own or name

    def _doubt(
        self, kind: str, target: str, name: str, node: Node, why: str, advice: str = "export both at the same time"
    ) -> str:
        label = f"{name} (on {target}?)"
        reason = f"whether {kind} `{name}` is attached to `{target}` is not certain: {why}"
        self.reader.warning(node, "NC148", reason, advice)
        self.doubtful[kind, label] = (name, reason, node)
        return label

    def reference(self, record: Record, name: str) -> tuple[str, Node]:
        """Return the text of a reference: a name, a resource ID, or a mapping that holds one as `id`."""
        node = record.get(name)
        return ("", record.node) if node is None else (self.reference_text(node, name), node)

    def reference_text(self, node: Node, what: str) -> str:
        """Return the name or resource ID a reference holds, or "" after collecting an error."""
        if isinstance(node, Mapping):
            entries = top_fields(node)
            held = entries.get("id", entries.get("name"))
            if held is not None and not is_absent(held):
                return self.reader.text(held, what) or ""
            self.reader.error(node, "NC122", f"`{what}` must hold an `id` or a `name`")
            return ""
        return self.reader.text(node, what) or ""

    def named_at(self, record: Record, name: str, kind: str) -> tuple[str, Node]:
        """Return the declared resource a key refers to, or "", and where it is named.

        A template may hold a body without an ID where the REST interface knows a reference: what Azure makes of it
        is not documented.
        """
        stated = record.get(name)
        if isinstance(stated, Mapping) and self.reader.is_export(stated) and not reference(stated):
            at = self.reader.source(stated)
            reason = "it is written inside what it should be attached to, without an ID"
            inside = made_unknown(f"{kind} at {at.line}:{at.column}", reason, stated)
            return self.resolve(kind, inside.text, inside), inside
        text, node = self.reference(record, name)
        found = self.resolve(kind, text, node) if text else ""
        why = reference_doubt(stated)
        if found and why:
            found = self._doubt(kind, record.text("name"), found, node, why, "")
        return found, node

    def note_unmodelled(self, record: Record, *names: str) -> None:
        """Note keys that are set and that the model has no place for: a verdict has to say so."""
        for name in names:
            node = record.get(name)
            if node is not None:
                if isinstance(node, Unknown):
                    self.reader.taint(node, name)
                else:
                    self.reader.leave_open(name, node)

    def address(self, node: Node, what: str) -> AddressRange | None:
        """Return one address, or None after collecting an error."""
        text = self.reader.text(node, what)
        if text is None:
            return None
        try:
            return parse_address(text)
        except AddressError as error:
            advice = "write one address, without a prefix length" if "/" in text else error.help
            self.reader.error(node, "NC132", str(error), advice)
            return None

    def prefix(self, node: Node, what: str) -> AddressRange | None:
        """Return one prefix, with a warning when host bits are set, or None after collecting an error."""
        text = self.reader.text(node, what)
        if text is None:
            return None
        try:
            found, note = parse_prefix(text)
        except AddressError as error:
            self.reader.error(node, "NC132", str(error), error.help)
            return None
        if note:
            self.reader.warning(node, "NC133", note, f"write `{found}`")
        return found

    def check_version(self, record: Record, found: Iterable[tuple[AddressRange, Node]], *names: str) -> None:
        """Collect an error where a key states another address family than the addresses beside it have."""
        for name in names:
            version = record.word(name, _IP_VERSIONS)
            for address, node in found:
                if version is not None and address.family != version:
                    message = f"{describe(node)} is IPv{address.family}, and `{name}` says IPv{version}"
                    self.reader.error(node, "NC138", message)

    def prefixes(self, record: Record, *names: str) -> list[tuple[AddressRange, Scalar]]:
        """Return the prefixes that a singular and a plural key hold, each once, with their places.

        On a prefix that is not known every verdict may depend.
        """
        found: dict[AddressRange, Scalar] = {}
        for name in names:
            for node in record.values(name):
                if isinstance(node, Unknown):
                    self.reader.taint(node, name)
                    continue
                prefix = self.prefix(node, name)
                if prefix is not None:
                    found.setdefault(prefix, node)
        return list(found.items())

    def endpoint(self, node: Scalar) -> Endpoint | None:
        """Return what an NSG rule names as address, with a warning where the service's reading surprises."""
        known = self._endpoints.get(node.text)
        if known is None:
            try:
                known = self._endpoints[node.text] = parse_endpoint(node.text)
            except AddressError as error:
                self.reader.error(node, "NC132", str(error), error.help)
                return None
        found, note = known
        if note:
            is_integer = node.text.strip().isdigit()
            self.reader.warning(node, "NC145" if is_integer else "NC133", note, f"write `{found}`")
        return found

    def path(self, text: str) -> str:
        """Return the path of a file the site names, relative to the site file."""
        path = text if self.folder is None else str(self.folder / text)
        check_place(path)
        return path


def subnet_reference(text: str) -> str:
    """Return `vnet/subnet` for such a text or for a subnet's resource ID."""
    found = _ASSOCIATION.search(text)
    return f"{found[1]}/{found[2]}" if found else text.strip("/")


def _folded(reference: str) -> str:
    return key(reference.rstrip("/"))


def open_name(text: str) -> bool:
    """Return whether the name in a reference is not known: `{...}` stands for what a template does not say."""
    return "{" in last_segment(text)


def may_be_null(node: Mapping) -> Unknown | None:
    """Return what a reference holds in place of an ID, where that may also be nothing.

    An ID with unknown parts is one all the same; a condition or a value known later is not even that.
    """
    held = field(node, "id")
    return held if isinstance(held, Unknown) and not held.text.startswith("/") else None


def reference_doubt(node: Node | None) -> str:
    """Return why what a reference names may not be attached; "" where it is."""
    held = field(node, "uncertain") if isinstance(node, Mapping) else None
    return held.text if isinstance(held, Scalar) else ""


def is_printed_by_azure(record: Record) -> bool:
    """Return whether a resource is Azure's own output, which lists everything that is attached to it."""
    return record.reader.is_export(record.node) and bool(record.get("etag") or record.get("provisioningState"))


def attach_all(scope: Scope, record: Record, kind: str, name: str) -> None:
    """Read the subnets and NICs an exported NSG, route table or NAT gateway lists as its own."""
    for key_name, target_kind in (("subnets", "subnet"), ("networkInterfaces", "network interface")):
        for node in record.items(key_name):
            text = scope.reference_text(node, key_name)
            if text:
                scope.attach(kind, target_kind, text, name, node)


def contains(outer: Iterable[AddressRange], inner: AddressRange) -> bool:
    """Return whether one of the ranges holds all of another."""
    return any(o.family == inner.family and o.first <= inner.first and inner.last <= o.last for o in outer)


def wrong_type(scope: Scope, node: Node, what: str, expected: str) -> None:
    """Collect an error: the value is of a kind that `what` cannot be."""
    scope.reader.error(node, "NC122", f"`{what}` must be {expected}, not {describe(node)}")
