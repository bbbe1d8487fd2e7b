"""netcheck for Python: load a site, ask it questions, get values back.

>>> import netcheck as nc
>>> site = nc.load("fixtures/article-before/site.yaml")
>>> answer = nc.can_reach(site, "proxy-vm", "Storage.WestUS", tcp=[80, 443])
>>> str(answer.verdict)
'blocked'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, overload

from netcheck.model.rules import Direction

# Each question loads what it needs: all of them together take longer to import than a question to answer.
if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from netcheck.estate.matrix import Matrix
    from netcheck.model.flow import Flow
    from netcheck.model.site import Site
    from netcheck.model.tags import TagTable
    from netcheck.questions.answer import Answer
    from netcheck.questions.check import CheckReport
    from netcheck.questions.dead import DeadNsgRule
    from netcheck.questions.diff.diff import DiffReport
    from netcheck.questions.diff.tags import TagDiff
    from netcheck.questions.explain import Explanation
    from netcheck.questions.finding import Findings
    from netcheck.questions.intents.result import Breach, IntentsReport
    from netcheck.questions.tags.contains import ContainsReport
    from netcheck.questions.tags.which import WhichReport
    from netcheck.ready.run import ReadyReport
    from netcheck.remedy.comparison import Comparison
    from netcheck.remedy.fix import Fix

    Ports: TypeAlias = int | str | Sequence[int | str]


def load(
    *paths: str | PathLike[str],
    tags: str | PathLike[str] | None = None,
    subscription: str = "",
    resource_group: str = "",
    location: str = "",
) -> Site:
    """Return the site that files and folders describe; raise InputError with every fault they have.

    `tags` is a service-tag file, used in place of the one the site names. The rest says where a template is deployed.
    """
    from os import fspath

    from netcheck.sources._resources import Options
    from netcheck.sources.load import load_site

    where = Options(subscription=subscription, resource_group=resource_group, location=location)
    return load_site([fspath(path) for path in paths], fspath(tags) if tags is not None else None, where)


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
    from netcheck.questions.reach import reach

    chosen = protocol or ("udp" if udp and not tcp else "tcp")
    return reach(site, source, target, [str(port) for port in (tcp or udp)], chosen, via)


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
    from netcheck.questions.filter import filter_packets as ask

    return ask(site, nsg, Direction(direction), source, target, [str(port) for port in tcp])


def find_dead_rules(
    site: Site, nsg: str = "", direction: str = "Outbound", *, vnet: Sequence[str] = ()
) -> tuple[DeadNsgRule, ...]:
    """Return the rules of one NSG that decide nothing, with the earlier rules that take all their packets.

    `vnet` are the prefixes that `VirtualNetwork` means where the NSG stands alone. Raise QuestionError when one of them
    is none, when the NSG is not in the site, and when the rules overlap in too many ways.
    """
    from netcheck.questions.dead import find_dead_rules as ask
    from netcheck.questions.packets import parse_prefixes

    return ask(site, nsg, Direction(direction), parse_prefixes(vnet) or None)


def lint_site(
    site: Site, *, enable: Sequence[str] = (), disable: Sequence[str] = (), vnet: Sequence[str] = ()
) -> Findings:
    """Return what is wrong, or looks wrong, with a site: dead, redundant and over-wide rules, and other traps.

    `enable` and `disable` are codes (`NC201`) or kinds (`dead`): only these are looked for, or all but these. `vnet`
    are the prefixes that `VirtualNetwork` means where an NSG stands alone. Raise QuestionError for other words.
    """
    from netcheck.lint.run import lint
    from netcheck.questions.finding import Findings
    from netcheck.questions.packets import parse_prefixes

    return Findings(lint(site, enable, disable, vnet=parse_prefixes(vnet) or None).findings)


def check(
    site: Site, vms: Sequence[str] = (), *, profile: str = "", target: str = "", ports: Sequence[int] = ()
) -> CheckReport:
    """Return whether each VM's backup traffic reaches what its profile needs, the way its client would send it.

    `profile` is a name, or the path of a file with a profile of any service.
    """
    from netcheck.questions.check import check as ask

    found, name = _with_profile(site, profile)
    return ask(found, vms, name, target, ports)


def check_ready(site: Site, vms: Sequence[str] = (), *, profile: str = "") -> ReadyReport:
    """Return whether the site is prepared for its first backup, line by line of the profile's checklist.

    Raise QuestionError for a profile that is not of Azure Backup.
    """
    from importlib.resources import files

    from netcheck.ready.checklist import parse_checklist
    from netcheck.ready.run import ready as ask

    text = (files("netcheck") / "data" / "checklist.yaml").read_text(encoding="utf-8")
    return ask(site, parse_checklist(text), vms, profile)


def _with_profile(site: Site, profile: str) -> tuple[Site, str]:
    """Return the site with the profile that was named, and the name still to be asked for."""
    if not profile:
        return site, ""
    from netcheck.sources.profiles import choose_profile

    return choose_profile(site, profile)


def load_tags(path: str | PathLike[str]) -> TagTable:
    """Return the service-tag file at a path, JSON or the older XML; raise InputError with every fault it has."""
    from os import fspath

    from netcheck.diagnostics import Collector
    from netcheck.sources.service_tags import read_tag_table

    return read_tag_table(fspath(path), Collector())


def which_tags(tags: TagTable, *addresses: str) -> WhichReport:
    """Return the tags that hold addresses or prefixes, wholly or in part, the most specific first.

    >>> found = which_tags(load_tags("fixtures/tags/ServiceTags_Public_Small.json"), "20.60.34.9").answers[0]
    >>> [one.entry.name for one in found.holders]
    ['Storage.WestUS', 'Storage', 'AzureCloud.westus', 'AzureCloud']
    """
    from netcheck.questions.tags.which import which

    return which(tags, addresses)


def tag_contains(tags: TagTable, outer: str, inner: str) -> ContainsReport:
    """Return whether every address of `inner` is one of `outer`, and which are not: `answer`, `outside`.

    Each is a tag, an address, a prefix, or several of them with commas between. Raise QuestionError for a name that is
    not in the file.
    """
    from netcheck.questions.tags.contains import contains

    return contains(tags, outer, inner)


def diff_tags(old: TagTable, new: TagTable, only: Sequence[str] = ()) -> TagDiff:
    """Return what differs between two service-tag files of one cloud, tag by tag; `only` names some of the tags."""
    from netcheck.questions.diff.tags import diff_tags as ask

    return ask(old, new, only)


def explain(site: Site, flow: Flow | str) -> Explanation:
    """Return one flow hop by hop; a text such as `10.0.0.4 -> 20.60.0.1:443/tcp` is read as a flow."""
    from netcheck.questions.explain import explain as ask
    from netcheck.questions.explain import parse_flow

    return ask(site, parse_flow(site, flow) if isinstance(flow, str) else flow)


def compare(
    site: Site,
    vms: Sequence[str] = (),
    *,
    profile: str = "",
    target: str = "",
    ports: Sequence[int] = (),
    since: str | PathLike[str] | None = None,
) -> Comparison:
    """Return every option for opening the way, with verdict, size, limits and exposure, and the one to take.

    `since` is an older service-tag file of the same cloud: options that list prefixes say what a list made from it
    misses today. Raise InputError with its faults, and QuestionError where it cannot be compared with the site's.
    """
    from netcheck.remedy.compare import compare as ask
    from netcheck.remedy.drift import read_older
    from netcheck.remedy.options import Option
    from netcheck.remedy.task import make_task

    found, name = _with_profile(site, profile)
    task = make_task(found, Option.HTTP_PROXY, vms, name, target, ports)
    return ask(task, None if since is None else read_older(since, site.tags))


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
) -> Fix:
    """Return the proven plan of an option as commands; raise PlanError where there is none."""
    from netcheck.remedy.fix import fix as ask
    from netcheck.remedy.options import Option
    from netcheck.remedy.task import make_task

    found, name = _with_profile(site, profile)
    task = make_task(found, Option(option), vms, name, target, ports)
    return ask(task, dialect, as_documented, resource_group)


def diff(old: Site, new: Site, *, vnet: Sequence[str] = ()) -> DiffReport:
    """Return what a change of a site opens and closes, over all packets at once, and who decides on each side.

    `vnet` are the prefixes that `VirtualNetwork` means where NSGs stand alone. Raise QuestionError where the two cannot
    be compared.
    """
    from netcheck.questions.diff.diff import diff as ask
    from netcheck.questions.packets import parse_prefixes

    return ask(old, new, parse_prefixes(vnet) or None)


def matrix(
    site: Site,
    *,
    sources: Sequence[str] = (),
    targets: Sequence[str] = (),
    tcp: Sequence[int | str] = (),
    udp: Sequence[int | str] = (),
    protocol: str = "",
    by: str = "alike",
) -> Matrix:
    """Return what becomes of packets between all pairs of VMs, and to the Internet; VMs that behave alike are one.

    `by` puts VMs together by `subnet`, by application security `group`, or not (`vm`). Without ports every port is
    meant. Raise QuestionError for a name that is not in the site, and ValueError for another `by`.
    """
    from netcheck.estate.asked import Ask, By
    from netcheck.estate.matrix import matrix as ask

    chosen = protocol or ("udp" if udp and not tcp else "tcp")
    ports = tuple(str(port) for port in (tcp or udp))
    return ask(site, Ask(protocol=chosen, ports=ports, sources=tuple(sources), targets=tuple(targets), by=By(by)))


def digest(site: Site) -> str:
    """Return `sha256:` and a hash of everything in the site that decides about packets, however its files spell it."""
    from netcheck.questions.digest import digest as ask

    return ask(site)


def convert(site: Site, *, form: str = "yaml", output: str | PathLike[str] = "") -> str:
    """Return the site as a site file, `yaml` or `json`: loaded again it gives the same answers and the same digest.

    The files it names are named relative to the folder of `output`, the file it is meant for, else to the current one.
    Raise QuestionError where the format cannot say all of the site.
    """
    from os import fspath

    from netcheck.reports.site_file import relative_to, site_json, site_yaml

    file = fspath(output) or "site.yaml"
    write = {"yaml": site_yaml, "json": site_json}[form]
    text = write(site, relative_to(file))
    _check_same(site, text, file)
    return text


def _check_same(site: Site, text: str, file: str) -> None:
    """Read a site file before it is written: what it says has to be what was meant."""
    from netcheck.errors import InputError
    from netcheck.questions.digest import site_form
    from netcheck.reports.site_file import unwritable
    from netcheck.sources.read_back import read_back

    form = site_form(site)
    try:
        back = site_form(read_back(text, file))
    except InputError as error:
        raise unwritable(f"it would be refused: {error.diagnostics[0].message}") from None
    lost = [name for name in {**form, **back} if form.get(name) != back.get(name)]
    if lost:
        raise unwritable(f"`{'`, `'.join(lost)}` would not come back the same")


def check_intents(
    site: Site,
    intents: str | PathLike[str],
    *,
    only: Sequence[str] = (),
    baseline: str | PathLike[str] | None = None,
) -> IntentsReport:
    """Return whether the intents of a file hold on a site; `only` names some of them.

    Failures that a baseline file lists are known and do not count, unless they grew. Raise InputError with every fault
    of the files and every name that the site does not have, and QuestionError for `only` that names no intent.
    """
    from os import fspath

    from netcheck.questions.intents.judge import chosen, judge_intents
    from netcheck.questions.intents.known import seen_with
    from netcheck.sources.intents.baseline import read_baseline
    from netcheck.sources.intents.file import read_intents
    from netcheck.sources.intents.old_sites import load_old_sites

    file = read_intents(fspath(intents))
    known = read_baseline(fspath(baseline)) if baseline is not None else None
    report = judge_intents(site, file, load_old_sites(chosen(file, only)), only)
    return report if known is None else seen_with(report, known)


@overload
def assert_reachable(asked: Answer) -> None: ...


@overload
def assert_reachable(
    asked: Site, source: str, target: str, *, ports: Ports = (), protocol: str = "tcp", via: str = ""
) -> None: ...


def assert_reachable(
    asked: Site | Answer,
    source: str = "",
    target: str = "",
    *,
    ports: Ports = (),
    protocol: str = "tcp",
    via: str = "",
) -> None:
    """Raise AssertionError unless all packets get through: for test suites, with the report of `netcheck test`.

    Ask a site, or give an answer that you have. `ports` are numbers and ranges such as "80-443", `via` is a proxy VM.
    What nobody can tell from the site fails as well, and says so. Raise QuestionError for what cannot be asked.
    """
    __tracebackhide__ = True  # pytest shows the line of the test instead of this one
    from netcheck.model.site import Site

    if isinstance(asked, Site):
        _demand(asked, source, target, protocols=(protocol,), ports=ports, via=via, is_wanted=True)
    else:
        _demand_of(asked, is_wanted=True)


@overload
def assert_not_reachable(asked: Answer) -> None: ...


@overload
def assert_not_reachable(
    asked: Site, source: str, target: str, *, ports: Ports = (), protocol: str = "", via: str = ""
) -> None: ...


def assert_not_reachable(
    asked: Site | Answer,
    source: str = "",
    target: str = "",
    *,
    ports: Ports = (),
    protocol: str = "",
    via: str = "",
) -> None:
    """Raise AssertionError unless no packet gets through, as `mustNotReach` of an intents file does.

    Without `protocol` these are tcp and udp where ports are given, else every protocol (through a proxy: tcp). What
    nobody can tell from the site fails as well. Raise QuestionError for what cannot be asked.
    """
    __tracebackhide__ = True
    from netcheck.model.site import Site

    if isinstance(asked, Site):
        by_default = ("tcp",) if via else ("tcp", "udp") if _texts(ports) else ("any",)
        protocols = (protocol,) if protocol else by_default
        _demand(asked, source, target, protocols=protocols, ports=ports, via=via, is_wanted=False)
    else:
        _demand_of(asked, is_wanted=False)


def _texts(ports: Ports) -> tuple[str, ...]:
    return (str(ports),) if isinstance(ports, int | str) else tuple(str(port) for port in ports)


def _demand(
    site: Site, source: str, target: str, *, protocols: tuple[str, ...], ports: Ports, via: str, is_wanted: bool
) -> None:
    """Judge one pair as an intent would, and raise AssertionError where it does not hold."""
    __tracebackhide__ = True
    from netcheck.diagnostics import NOWHERE
    from netcheck.model.intents import Reaching, Word
    from netcheck.questions.asking import Asking
    from netcheck.questions.intents import pairs
    from netcheck.questions.packets import read_ports, read_protocol

    if is_wanted:
        read_ports(_texts(ports), read_protocol(protocols[0]))  # tcp and udp without a port ask for nothing certain
    ends = [(Word(text, NOWHERE),) for text in (source, target)]
    demand = Reaching(
        is_wanted=is_wanted, sources=ends[0], targets=ends[1], protocols=protocols, ports=_texts(ports), via=via
    )
    asking = Asking(site)
    asked, _ = pairs.questions(asking, demand)
    _raise([breach for one in asked for breach in pairs.judge(asking, "", demand, one)], site)


def _demand_of(answer: Answer, *, is_wanted: bool) -> None:
    __tracebackhide__ = True
    from netcheck.model.site import Site
    from netcheck.questions.intents.pairs import breaches_of

    _raise(list(breaches_of(answer, "", is_wanted=is_wanted)), Site(file="SITE", tags=answer.tags))


def _raise(breaches: Sequence[Breach], site: Site) -> None:
    __tracebackhide__ = True
    from netcheck.reports.intents.text import breach_text

    if breaches:
        raise AssertionError("\n".join(breach_text(breach, site) for breach in breaches))
