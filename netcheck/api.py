"""netcheck for Python: load a site, ask it questions, get values back.

>>> import netcheck as nc
>>> site = nc.load("fixtures/article-before/site.yaml")
>>> answer = nc.can_reach(site, "proxy-vm", "Storage.WestUS", tcp=[80, 443])
>>> str(answer.verdict)
'blocked'
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike, fspath

from netcheck.model.address import parse_prefix
from netcheck.model.flow import Flow
from netcheck.model.rules import Direction
from netcheck.model.site import Site
from netcheck.path.leg import Verdict
from netcheck.questions import check as _check
from netcheck.questions import dead as _dead
from netcheck.questions import explain as _explain
from netcheck.questions import filter as _filter
from netcheck.questions import reach as _reach
from netcheck.questions.answer import Answer
from netcheck.remedy import compare as _compare
from netcheck.remedy import fix as _fix
from netcheck.remedy.options import Option
from netcheck.sources.load import load_site


def load(*paths: str | PathLike[str], tags: str | PathLike[str] | None = None) -> Site:
    """Return the site that files describe; raise InputError with every fault they have.

    `tags` is a service-tag file, used in place of the one the site names.
    """
    return load_site([fspath(path) for path in paths], fspath(tags) if tags is not None else None)


def can_reach(
    site: Site,
    source: str,
    target: str,
    *,
    tcp: Sequence[int | str] = (),
    udp: Sequence[int | str] = (),
    protocol: str = "",
    via: str = "",
) -> Answer:
    """Return whether packets from `source` get to `target`, with the exact sets and who decides them.

    Give `tcp` or `udp` ports (numbers or ranges such as "80-443"), or another `protocol`. `via` names a proxy VM.
    Raise QuestionError when a name is not in the site or the question holds no packet.
    """
    chosen = protocol or ("udp" if udp and not tcp else "tcp")
    return _reach.reach(site, source, target, [str(port) for port in (tcp or udp)], chosen, via)


def filter_packets(
    site: Site,
    nsg: str,
    direction: str,
    source: str = "*",
    target: str = "*",
    *,
    tcp: Sequence[int | str] = (),
) -> Answer:
    """Return what one NSG alone does with packets; `direction` is `Inbound` or `Outbound`."""
    return _filter.filter_packets(site, nsg, Direction(direction), source, target, [str(port) for port in tcp])


def find_dead_rules(
    site: Site, nsg: str = "", direction: str = "Outbound", *, vnet: Sequence[str] = ()
) -> tuple[_dead.DeadNsgRule, ...]:
    """Return the rules of one NSG that decide nothing, with the earlier rules that take all their packets.

    `vnet` are the prefixes that `VirtualNetwork` means where the NSG stands alone.
    """
    space = [parse_prefix(text)[0] for text in vnet] or None
    return _dead.find_dead_rules(site, nsg, Direction(direction), space)


def check(
    site: Site, vms: Sequence[str] = (), *, profile: str = "", target: str = "", ports: Sequence[int] = ()
) -> _check.CheckReport:
    """Return whether each VM's backup traffic reaches what its profile needs, the way its client would send it."""
    return _check.check(site, vms, profile, target, ports)


def explain(site: Site, flow: Flow | str) -> _explain.Explanation:
    """Return one flow hop by hop; a text such as `10.0.0.4 -> 20.60.0.1:443/tcp` is read as a flow."""
    return _explain.explain(site, _explain.parse_flow(site, flow) if isinstance(flow, str) else flow)


def compare(
    site: Site, vms: Sequence[str] = (), *, profile: str = "", target: str = "", ports: Sequence[int] = ()
) -> _compare.Comparison:
    """Return every option for opening the way, with verdict, size, limits and exposure, and the one to take."""
    return _compare.compare(_fix.make_task(site, Option.HTTP_PROXY, vms, profile, target, ports))


def fix(
    site: Site,
    option: str,
    vms: Sequence[str] = (),
    *,
    dialect: str = "",
    as_documented: bool = False,
    resource_group: str = "",
    profile: str = "",
    target: str = "",
    ports: Sequence[int] = (),
) -> _fix.Fix:
    """Return the proven plan of an option as commands; raise PlanError where there is none."""
    task = _fix.make_task(site, Option(option), vms, profile, target, ports)
    return _fix.fix(task, dialect, as_documented, resource_group)


def assert_reachable(answer: Answer) -> None:
    """Raise AssertionError, with verdict, deciding rules and a witness, unless everything asked about is reachable."""
    if answer.verdict is not Verdict.REACHABLE:
        witness = next(iter((*answer.witnesses(Verdict.BLOCKED), *answer.witnesses(Verdict.UNDETERMINED))))
        deciders = "; ".join(str(d) for part in answer.parts if witness is not None for d in part.decided_by)
        raise AssertionError(f"{answer.question.source} -> {answer.question.target} is {answer.verdict}: "
                             f"{witness} ({deciders})")  # fmt: skip
