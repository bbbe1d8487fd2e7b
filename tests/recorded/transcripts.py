"""A recording of requests and replies, and the network that the replies show as a site.

Every resource is written to a file of its own, as `az rest` prints it, and read by netcheck's importers. What the
replies do not show stands in the template that was deployed: of that, the rest is read as a template.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from netcheck.model.site import Site
from netcheck.sources._resources import Options
from netcheck.sources.load import load_site
from tests.unit.sources.shared import shared_folder

Json = dict[str, Any]

_KINDS = (
    "microsoft.network/networksecuritygroups",
    "microsoft.network/networkinterfaces",
    "microsoft.network/virtualnetworks",
    "microsoft.network/routetables",
    "microsoft.network/publicipaddresses",
    "microsoft.compute/virtualmachines",
)
_PARAMETERS = "https://schema.management.azure.com/schemas/2015-01-01/deploymentParameters.json#"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of Azure; `request` is empty where the request was not recorded or has no body."""

    operation: str
    uri: str
    request: Json
    reply: Json

    @property
    def version(self) -> str:
        """The version of the API that answered."""
        return self.uri.rpartition("api-version=")[2]

    @property
    def target(self) -> str:
        """The name of the VM or NIC asked about; "" where the request does not say."""
        stated = self.request.get("targetResourceId") or self.request.get("source", {}).get("resourceId", "")
        return last(stated) or last(re.split(r"/effective\w+\?", self.uri)[0])


@dataclass(frozen=True, slots=True)
class Recording:
    """The requests and replies of one test run against Azure, in order."""

    name: str
    exchanges: tuple[Json, ...]
    answers: tuple[Answer, ...]

    def before(self, answer: Answer) -> tuple[Json, ...]:
        """Return what was exchanged before an answer; all of it where the question itself was left out."""
        for number, one in enumerate(self.exchanges):
            if one["uri"] == answer.uri and (one.get("request") or {}) == answer.request:
                return self.exchanges[:number]
        return self.exchanges


def last(resource_id: str) -> str:
    """Return the name a resource ID ends with."""
    return resource_id.rpartition("/")[2]


def load_recording(name: str) -> Recording:
    """Return a recording of the shared folder; the test is skipped where that is not there."""
    content = read(name)
    answers = (
        Answer(one["operation"], one["uri"], one["request"] or {}, one["response"])
        for one in content.get("verdicts", ())
    )
    return Recording(name, tuple(content["transcript"]), tuple(answers))


def read(name: str) -> Json:
    """Return the content of a file of recorded answers."""
    content: Json = json.loads((shared_folder("azure_verdicts") / f"{name}.json").read_text(encoding="utf-8"))
    return content


def site_of(
    recording: Recording, answer: Answer, *, with_defaults: bool = True, beside: Mapping[str, Json] | None = None
) -> Site:
    """Return the network around what an answer is about, as it was when Azure gave it.

    `with_defaults=False` leaves out the default rules that the replies list, so that netcheck has to know them.
    `beside` are more files, by name.
    """
    exchanges = recording.before(answer)
    shown = _resources(exchanges)
    _attach(shown)
    resources = _around(shown, answer)
    if not with_defaults:
        for one in resources.values():
            one["properties"].pop("defaultSecurityRules", None)
    files: dict[str, Json] = {f"{number}.json": one for number, one in enumerate(resources.values())}
    files |= beside or {}
    options = Options()
    for exchange in exchanges:
        template = _template(exchange, shown)
        if template:
            files |= template
            parts = exchange["uri"].split("/")
            at = parts.index("subscriptions")
            options = Options(subscription=parts[at + 1], resource_group=parts[at + 3])
    site = load_files(files, options)
    # A template does not list the peerings that others make; the recording shows that nobody makes any.
    networks = tuple(replace(network, states_peerings=True) for network in site.virtual_networks)
    return replace(site, virtual_networks=networks)


def load_files(files: Mapping[str, Json], options: Options | None = None) -> Site:
    """Write each document to a file and load all of them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
        return load_site([folder], None, options or Options())


def _resources(exchanges: Sequence[Json]) -> dict[str, Json]:
    """Return the last state of every resource that a reply shows, by folded ID."""
    found: dict[str, Json] = {}
    for one in exchanges:
        reply = one["response"]
        if one["method"] in ("GET", "PUT") and str(one["status"]) in ("200", "201") and _kind(reply) in _KINDS:
            found[reply["id"].casefold()] = json.loads(json.dumps(reply))
    return found


def _kind(reply: object) -> str:
    """Return the type in a reply's own ID; children of a resource have a longer one, and a list has none."""
    identity = reply.get("id", "") if isinstance(reply, dict) else ""
    return identity.casefold().partition("/providers/")[2].rpartition("/")[0]


def _attach(resources: dict[str, Json]) -> None:
    """Let each NSG list the NICs that name it: its own reply may be from before they did."""
    for nic in resources.values():
        if _kind(nic) == "microsoft.network/networkinterfaces":
            nsg = resources.get(nic["properties"].get("networkSecurityGroup", {}).get("id", "").casefold())
            if nsg is not None:
                listed = nsg["properties"].setdefault("networkInterfaces", [])
                if nic["id"] not in (one["id"] for one in listed):
                    listed.append({"id": nic["id"]})


def _around(resources: dict[str, Json], answer: Answer) -> dict[str, Json]:
    """Leave out the VMs and NICs that the answer is not about, and the virtual networks that only those are in."""
    target = answer.target.casefold()
    nics = [one for one in resources.values() if _kind(one) == "microsoft.network/networkinterfaces"]
    own = [one for one in nics if target in (last(one["id"]).casefold(), _machine(one))]
    if not own:
        return resources
    subnets = [c["properties"]["subnet"]["id"].casefold() for nic in own for c in nic["properties"]["ipConfigurations"]]
    kept = {nic["id"].casefold() for nic in own}
    machines = {_machine(nic) for nic in own}
    return {
        identity: one
        for identity, one in resources.items()
        if identity in kept
        or (_kind(one) == "microsoft.compute/virtualmachines" and last(identity) in machines)
        or (_kind(one) == "microsoft.network/virtualnetworks" and any(s.startswith(identity + "/") for s in subnets))
        or _kind(one)
        not in (
            "microsoft.network/networkinterfaces",
            "microsoft.compute/virtualmachines",
            "microsoft.network/virtualnetworks",
        )
    }


def _machine(nic: Json) -> str:
    return last(nic["properties"].get("virtualMachine", {}).get("id", "")).casefold()


def _template(exchange: Json, resources: Mapping[str, Json]) -> dict[str, Json]:
    """Return the files of a deployed template, without the resources that replies show."""
    deployed = (exchange.get("request") or {}).get("properties", {})
    if "template" not in deployed:
        return {}
    values = deployed.get("parameters", {})
    shown = {(_kind(one), last(identity)) for identity, one in resources.items()}
    left = [
        one
        for one in deployed["template"]["resources"]
        if (one["type"].casefold(), _value(one["name"], values).casefold()) not in shown
    ]
    parameters = {"$schema": _PARAMETERS, "contentVersion": "1.0.0.0", "parameters": values}
    return {
        "template.json": {**deployed["template"], "resources": left},
        "template.parameters.json": parameters,
    }


def _value(text: str, values: Mapping[str, Json]) -> str:
    """Return a name, which in a template may be a parameter."""
    match = re.fullmatch(r"\[parameters\('(\w+)'\)\]", text)
    return str(values[match[1]]["value"]) if match else text


def answers_of(recording: Recording, operation: str) -> Iterator[Answer]:
    """Yield the answers to one kind of question; a recording may hold the same one twice."""
    seen: list[tuple[str, Json]] = []
    for one in recording.answers:
        if one.operation == operation and (one.uri, one.request) not in seen:
            seen.append((one.uri, one.request))
            yield one
