"""aerleon's aclcheck: the same rules as a policy, asked one address and port at a time.

    python -m tests.bench.peers.aclcheck_peer LOADFILE b1

It answers for single addresses, so it cannot say what part of a tag is blocked: between the addresses it was asked
about it knows nothing. It is asked at `Question.points`, a sample of the first and last addresses of the prefixes, and
its action and deciding term are compared there; `note` gives the time of one question and of asking at both ends of
every prefix, which still would not be exact. `compile` is the building of the policy object (no shade check, no
optimizing).
"""

from __future__ import annotations

import logging
from typing import Any

from tests.bench.peers.common import Outcome, Stopwatch, digest_points, library, points_entry, probes, run
from tests.bench.plain import EVERY_PORT, EVERY_PROTOCOL, Addresses, Load, PlainRule, Spans

_PROTOCOLS: dict[Spans, list[str]] = {((6, 6),): ["tcp"], ((17, 17),): ["udp"]}


class Definitions:
    """Names for address lists and port lists, as a policy of aerleon's needs them."""

    def __init__(self) -> None:
        self.networks: dict[Addresses, str] = {}
        self.services: dict[Spans, str] = {}

    def network(self, side: Addresses) -> str:
        """Return the name of one side of a rule."""
        return self.networks.setdefault(side, f"NET_{len(self.networks)}")

    def service(self, ports: Spans) -> str:
        """Return the name of a list of ports."""
        return self.services.setdefault(ports, f"SVC_{len(self.services)}")

    def to_mapping(self) -> dict[str, Any]:
        """Return the definitions as aerleon reads them; ports are defined for TCP, the only protocol asked about."""
        return {
            "networks": {
                name: {"values": [{"address": prefix} for prefix in side.prefixes if ":" not in prefix]}
                for side, name in self.networks.items()
            },
            "services": {
                name: [{"protocol": "tcp", "port": _port(*span)} for span in ports]
                for ports, name in self.services.items()
            },
        }


def _port(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def to_term(rule: PlainRule, index: int, definitions: Definitions) -> dict[str, Any] | None:
    """Return a rule as a term, for TCP where it has ports; None where it cannot match TCP over IPv4."""
    is_tcp = rule.protocols in (EVERY_PROTOCOL, ((6, 6),))
    if not is_tcp or not rule.source.v4 or not rule.destination.v4:
        return None
    term: dict[str, Any] = {"name": f"rule-{index}", "action": "accept" if rule.allow else "deny"}
    if rule.protocols != EVERY_PROTOCOL or (rule.destination_ports, rule.source_ports) != (EVERY_PORT, EVERY_PORT):
        term["protocol"] = "tcp"
    for side, key in ((rule.source, "source-address"), (rule.destination, "destination-address")):
        if side.words != ("*",):
            term[key] = definitions.network(side)
    for ports, key in ((rule.source_ports, "source-port"), (rule.destination_ports, "destination-port")):
        if ports != EVERY_PORT:
            term[key] = definitions.service(ports)
    return term


def build(load: Load) -> Any:
    """Return the policy object of a load."""
    definitions = Definitions()
    terms = [term for i, rule in enumerate(load.rules) if (term := to_term(rule, i, definitions))]
    names = library("aerleon.lib.naming").Naming()
    names.ParseDefinitionsObject(definitions.to_mapping(), "bench")
    raw = {"filters": [{"header": {"targets": {"cisco": "bench"}}, "terms": terms}]}
    builder = library("aerleon.lib.policy_builder").PolicyBuilder(raw, names, False, False)
    return library("aerleon.lib.policy").FromBuilder(builder)


def b1(load: Load) -> Outcome:
    """Ask at the sample of addresses."""
    logging.disable(logging.WARNING)
    check = library("aerleon.lib.aclcheck").AclCheck
    library("aerleon.lib.policy_builder")
    question, watch = load.question, Stopwatch()
    policy = build(load)
    compiled = watch.lap()
    digest = {}
    for port, source_port in probes(question):
        decided = []
        for point in question.points:
            found = check(policy, src=_dotted(question.source), dst=_dotted(point), sport=str(source_port),
                          dport=str(port), proto="tcp").ExactMatches()  # fmt: skip
            decided.append((found[0].action == "accept", int(found[0].term.removeprefix("rule-"))))
        digest[points_entry(port, source_port)] = digest_points(decided)
    asked = watch.lap()
    one = asked / (len(question.points) * len(digest))
    every = one * 2 * len(question.prefixes) * len(digest)
    return Outcome(
        compiled, asked, digest, f"{one * 1000:.1f} ms a question, {every:.1f} s for both ends of every prefix"
    )


def _dotted(address: int) -> str:
    return ".".join(str(byte) for byte in address.to_bytes(4, "big"))


if __name__ == "__main__":
    run("aclcheck_peer", {"b1": b1})
