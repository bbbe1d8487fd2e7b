"""network-config-analyzer 2.1.0: the NSG as one ordered Calico policy, and its full connectivity map.

    python -m tests.bench.peers.nca LOADFILE b1|b1-whole

Encoding: one pod stands for the machine, one GlobalNetworkPolicy with `types: [Egress]` selects it, and its egress list
is the rule list in order, with Allow and Deny, `nets` for prefixes (tags expanded) and `ports` for port spans. A rule
that cannot match the pod's address or TCP is left out, because Calico says so with selectors and one protocol a rule.
What no rule matches is denied, in Calico as here. `b1` helps the tool: only rules for the asked ports, narrowed to
them, so that its map has no other ports; `b1-whole` is the map of all TCP ports. Both keep whole destinations, as the
command line would. Timed are the tool's own parser on files (`compile`) and its `allowed_connections` (`ask`), the map
as its `connectivityMap` query computes it; the printing of the map, which takes longer than computing it, is not timed.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from tests.bench.peers.common import Outcome, Piece, Stopwatch, digest_b1, library, probes, run
from tests.bench.plain import EVERY_PORT, Load, PlainRule, Span, Spans, complement, contains, overlap

_NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}
_POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "app-vm", "namespace": "default"},
    "spec": {"containers": []},
    "status": {"podIP": "10.0.0.4", "hostIP": "10.0.0.200"},
}


def to_calico(rule: PlainRule, load: Load, ports: Spans) -> dict[str, Any] | None:
    """Return a rule as a Calico egress rule, narrowed to some ports; None where it cannot match the pod at all."""
    nets = [prefix for prefix in rule.destination.prefixes if ":" not in prefix]
    kept = overlap(rule.destination_ports, ports)
    is_for_pod = contains(rule.source.v4, load.question.source)
    if not nets or not kept or not is_for_pod or not contains(rule.protocols, 6):
        return None
    destination: dict[str, Any] = {"nets": nets}
    if kept != EVERY_PORT:
        destination["ports"] = _ports(kept)
    found = {"action": "Allow" if rule.allow else "Deny", "protocol": "TCP", "destination": destination}
    return found if rule.source_ports == EVERY_PORT else {**found, "source": {"ports": _ports(rule.source_ports)}}


def _ports(spans: Spans) -> list[int | str]:
    return [first if first == last else f"{first}:{last}" for first, last in spans]


def write_policy(load: Load, ports: Spans, folder: Path) -> list[Path]:
    """Write policy, namespace and pod; JSON is YAML."""
    egress = [entry for rule in load.rules if (entry := to_calico(rule, load, ports))]
    policy = {
        "apiVersion": "projectcalico.org/v3",
        "kind": "GlobalNetworkPolicy",
        "metadata": {"name": "nsg"},
        "spec": {"order": 1, "selector": "all()", "types": ["Egress"], "egress": egress},
    }
    paths = [folder / name for name in ("policy.yaml", "namespaces.yaml", "pods.yaml")]
    for path, value in zip(paths, (policy, _NAMESPACE, _POD), strict=True):
        path.write_text(json.dumps(value), encoding="utf-8")
    return paths


def _map(load: Load, ports: Spans) -> Outcome:
    handler = library("nca.NetworkConfig.ResourcesHandler").ResourcesHandler
    allowed_only = library("nca.Resources.PolicyResources.NetworkPolicy").PolicyConnectionsFilter
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        policy, namespaces, pods = (str(path) for path in write_policy(load, ports, Path(folder)))
        watch = Stopwatch()
        config = handler().get_network_config([policy], [namespaces], [pods], None)
        compiled = watch.lap()
        props = config.allowed_connections(
            res_conns_filter=allowed_only.only_all_allowed_connections()
        ).all_allowed_conns
        asked = watch.lap()
    answers = {}
    for port, source_port in probes(load.question):
        allowed = overlap(tuple(sorted(_allowed(props, port, source_port))), load.question.asked)
        denied = overlap(complement(allowed, (1 << 32) - 1), load.question.asked)
        answers[port, source_port] = [
            Piece(first, last, allow) for allow, spans in ((True, allowed), (False, denied)) for first, last in spans
        ]
    return Outcome(compiled, asked, digest_b1(load.question, answers), f"{len(props)} cubes")


def _allowed(props: Any, port: int, source_port: int) -> Iterator[Span]:
    """Yield the IPv4 spans that the map lets the pod reach; the tool numbers IPv4 addresses as we do, pods beyond."""
    pods = library("nca.CoreDS.Peer").BasePeerSet().min_pod_index
    for cube in props:
        values = dict(zip(props.active_dimensions, cube, strict=True))
        points = {"src_peers": pods, "protocols": 6, "dst_ports": port, "src_ports": source_port}
        if all(dimension not in values or _holds(values[dimension], point) for dimension, point in points.items()):
            yield from ((i.start, min(i.end, (1 << 32) - 1)) for i in values["dst_peers"] if i.start < 1 << 32)


def _holds(intervals: Any, value: int) -> bool:
    return any(interval.start <= value <= interval.end for interval in intervals)


def b1(load: Load) -> Outcome:
    """Answer B1 from the map of the asked ports alone."""
    return _map(load, tuple((port, port) for port in load.question.ports))


def b1_whole(load: Load) -> Outcome:
    """Answer B1 from the map of all TCP ports."""
    return _map(load, EVERY_PORT)


if __name__ == "__main__":
    run("nca", {"b1": b1, "b1-whole": b1_whole})
