"""Every recorded answer of Azure, and whether netcheck gives it too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from netcheck.model.site import NetworkInterface, Site
from netcheck.questions.explain import explain
from tests.recorded import by_hand, flow_replies, route_replies, rule_replies
from tests.recorded.replies import Lines, find_nic
from tests.recorded.transcripts import Answer, Json, answers_of, load_recording, read, site_of

FLOW, HOP = "ipFlowVerify", "nextHop"
DIAGNOSTIC, CONNECTION = "networkConfigurationDiagnostic", "connectivityCheck"
VIEW, RULES, ROUTES = "securityGroupView", "effectiveNetworkSecurityGroups", "effectiveRouteTable"

JAVA = "Azure_azure-libraries-for-java__testNetworkWatcherFunctions"
NET = "Azure_azure-libraries-for-net__CanWatchNetwork"
CORMACPAYNE = "cormacpayne_azure-sdk-for-net__TestEffectiveRouteAndAcls"
KAIRU = "kairu-ms_azure-cli__test_network_watcher_vm"
OLYDIS_HOP = "olydis_azure-sdk-for-net__NextHopApiTest"
OLYDIS_VIEW = "olydis_azure-sdk-for-net__ViewNsgRuleApiTest"
SERGEY = "sergey-shandar_azure-powershell__TestEffectiveRoutesAndNsg"
TJPRESCOTT = "tjprescott_azure-cli__test_network_watcher_vm"
VIANANTH_HOP = "viananth_azure-sdk-for-net__NextHopApiTest"
VIANANTH_ROUTES = "viananth_azure-sdk-for-net__TestEffectiveRouteAndAcls"
VIANANTH_VIEW = "viananth_azure-sdk-for-net__ViewNsgRuleApiTest"
NIC_2018 = "yugangw-msft_azure-cli__test_network_nic_convenience_commands__hybrid_2018_03_01"
NIC_2020 = "yugangw-msft_azure-cli__test_network_nic_convenience_commands"
YUGANGW = "yugangw-msft_azure-cli__test_network_watcher_vm"
QUICKSTART = "msdocs_quickstart_ip_flow_verify"
POWERSHELL = "CASES_dev"
XPLAT_FLOW = "xplat__arm_network_network_watchers_ip-flow-verify_should_perform_verify_ip_flow_operation_successfully"
XPLAT_HOP = "xplat__arm_network_network_watchers_next-hop_should_perform_get_next_hop_operation_successfully"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One answer: the recording that holds it, the kind of question, and the how-manyeth of that kind.

    `asked` is the request where the recording lacks it. `difference` says why ours is another answer.
    """

    recording: str
    operation: str
    number: int = 0
    asked: tuple[tuple[str, str], ...] = ()
    difference: str = ""

    def __str__(self) -> str:
        return f"{self.recording}-{self.operation}-{self.number}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question with Azure's answer and ours."""

    version: str
    question: str
    azures: Lines
    ours: Lines

    @property
    def is_same(self) -> bool:
        """Whether both are the same answer."""
        return self.azures == self.ours


NEWER_ROUTES = (
    "Azure had no route for 25.33.80.0/20 and 25.41.3.0/25 here, which its tables of 2020 send to `None` without a "
    "word in the documentation: netcheck leaves both open"
)
LEGACY_ROUTE = "an undocumented route of Azure to `None`, for a block that no service tag lies in"
NO_PRIVATE_ROUTE = (
    "undocumented routes of Azure to `None`, for blocks that no service tag lies in; and Azure has no route for "
    "172.16.0.0/12 here, where the documentation has one to `None`"
)
_JAVA_VM = "/virtualMachines/vm26241874ab"
_JAVA_HOP = (("targetResourceId", _JAVA_VM), ("sourceIPAddress", "10.0.0.4"), ("destinationIPAddress", "8.8.8.8"))
_JAVA_FLOW = (
    ("targetResourceId", _JAVA_VM),
    ("direction", "Outbound"),
    ("protocol", "TCP"),
    ("localPort", "443"),
    ("remotePort", "443"),
    ("localIPAddress", "10.0.0.4"),
    ("remoteIPAddress", "8.8.8.8"),
)
_XPLAT_HOP = (("sourceIPAddress", "10.0.0.4"), ("destinationIPAddress", "192.168.10.11"))
_XPLAT_FLOW = (
    ("direction", "Inbound"),
    ("protocol", "TCP"),
    ("localPort", "80"),
    ("remotePort", "80"),
    ("localIPAddress", "10.0.0.4"),
    ("remoteIPAddress", "10.0.0.13"),
)

CASES = (
    Case(recording=JAVA, operation=HOP, asked=_JAVA_HOP),
    Case(recording=JAVA, operation=FLOW, asked=_JAVA_FLOW),
    Case(recording=JAVA, operation=VIEW, asked=_JAVA_HOP[:1]),
    Case(recording=NET, operation=HOP),
    Case(recording=NET, operation=FLOW),
    Case(recording=NET, operation=VIEW),
    Case(recording=NET, operation=CONNECTION),
    Case(recording=CORMACPAYNE, operation=RULES),
    Case(recording=CORMACPAYNE, operation=ROUTES, difference=LEGACY_ROUTE),
    Case(recording=KAIRU, operation=DIAGNOSTIC),
    Case(recording=KAIRU, operation=FLOW),
    Case(recording=KAIRU, operation=FLOW, number=1),
    Case(recording=KAIRU, operation=HOP),
    Case(recording=KAIRU, operation=CONNECTION),
    Case(recording=OLYDIS_HOP, operation=HOP),
    Case(recording=OLYDIS_HOP, operation=HOP, number=1),
    Case(recording=OLYDIS_VIEW, operation=VIEW),
    Case(recording=SERGEY, operation=RULES),
    Case(recording=SERGEY, operation=ROUTES, difference=LEGACY_ROUTE),
    Case(recording=TJPRESCOTT, operation=DIAGNOSTIC),
    Case(recording=TJPRESCOTT, operation=FLOW),
    Case(recording=TJPRESCOTT, operation=FLOW, number=1),
    Case(recording=TJPRESCOTT, operation=HOP),
    Case(recording=TJPRESCOTT, operation=VIEW),
    Case(recording=TJPRESCOTT, operation=CONNECTION),
    Case(recording=VIANANTH_HOP, operation=HOP),
    Case(recording=VIANANTH_HOP, operation=HOP, number=1),
    Case(recording=VIANANTH_ROUTES, operation=RULES),
    Case(recording=VIANANTH_ROUTES, operation=ROUTES, difference=NEWER_ROUTES),
    Case(recording=VIANANTH_VIEW, operation=VIEW),
    Case(recording=NIC_2018, operation=RULES),
    Case(recording=NIC_2018, operation=ROUTES, difference=NO_PRIVATE_ROUTE),
    Case(recording=NIC_2020, operation=RULES),
    Case(recording=NIC_2020, operation=ROUTES, difference=NO_PRIVATE_ROUTE),
    Case(recording=YUGANGW, operation=DIAGNOSTIC),
    Case(recording=YUGANGW, operation=FLOW),
    Case(recording=YUGANGW, operation=FLOW, number=1),
    Case(recording=YUGANGW, operation=HOP),
    Case(recording=YUGANGW, operation=CONNECTION),
    Case(recording=QUICKSTART, operation=FLOW),
    Case(recording=QUICKSTART, operation=FLOW, number=1),
    Case(recording=QUICKSTART, operation=FLOW, number=2),
    Case(recording=POWERSHELL, operation=FLOW),
    Case(recording=POWERSHELL, operation=FLOW, number=1),
    Case(recording=XPLAT_FLOW, operation=FLOW, asked=_XPLAT_FLOW),
    Case(recording=XPLAT_HOP, operation=HOP, asked=_XPLAT_HOP),
)

_NO_VIEW = "Azure's reply holds no network interface, so there is no list of rules to compare with"
NOT_REPLAYABLE = (
    (Case(recording=JAVA, operation=CONNECTION), "Azure's own answer is `Unknown`, and the request was not recorded"),
    (Case(recording=KAIRU, operation=VIEW), _NO_VIEW),
    (Case(recording=YUGANGW, operation=VIEW), _NO_VIEW),
)


def judge(case: Case) -> Outcome:
    """Ask netcheck what Azure was asked, of the network as the recording shows it."""
    if case.recording == QUICKSTART:
        return _of_quickstart(read(QUICKSTART)["cases"][case.number])
    if case.recording == POWERSHELL:
        return _of_powershell(_asserted()[case.number])
    if case.recording in (XPLAT_FLOW, XPLAT_HOP):
        return _of_replies_only(case)
    recording = load_recording(case.recording)
    answer = list(answers_of(recording, case.operation))[case.number]
    answer = replace(answer, request=answer.request or dict(case.asked))
    site = site_of(recording, answer, with_defaults=case.operation not in (VIEW, RULES))
    return _ASK[case.operation](answer, site, find_nic(site, answer.target))


def _flow(answer: Answer, site: Site, _: NetworkInterface) -> Outcome:
    asked = answer.request
    ends = [f"{asked[f'{end}IPAddress']}:{asked[f'{end}Port']}" for end in ("local", "remote")]
    question = f"{asked['protocol'].upper()} {asked['direction'].casefold()}, {ends[0]} with {ends[1]}"
    return Outcome(answer.version, question, flow_replies.verified(answer.reply), flow_replies.verify_flow(site, asked))


def _hop(answer: Answer, site: Site, nic: NetworkInterface) -> Outcome:
    asked = answer.request
    question = f"next hop of {asked['sourceIPAddress']} to {asked['destinationIPAddress']}"
    return Outcome(
        answer.version, question, route_replies.stated_hop(answer.reply), route_replies.next_hop(site, nic, asked)
    )


def _diagnostic(answer: Answer, site: Site, nic: NetworkInterface) -> Outcome:
    [profile], [result] = answer.request["profiles"], answer.reply["results"]
    ends = f"{profile['source']} to {profile['destination']}:{profile['destinationPort']}"
    question = f"diagnostic, {profile['protocol'].upper()} {profile['direction'].casefold()}, {ends}"
    return Outcome(answer.version, question, flow_replies.diagnosed(result), flow_replies.diagnose(site, nic, profile))


def _connection(answer: Answer, site: Site, nic: NetworkInterface) -> Outcome:
    """Judge the connection to the address that Azure's own reply shows, for the request may hold a host name."""
    port = str(answer.request["destination"]["port"])
    target = answer.reply["hops"][-1]["address"]
    source = str(nic.addresses[0]).removesuffix("/32")
    verdict = explain(site, flow_replies.to_flow(source, target, "tcp", "49152", port)).verdict
    stated = answer.reply["connectionStatus"].casefold()
    return Outcome(answer.version, f"connection of {source} to {target}:{port}", (stated,), (str(verdict),))


def _view(answer: Answer, site: Site, nic: NetworkInterface) -> Outcome:
    [one] = answer.reply["networkInterfaces"]
    return _rules(answer, site, nic, one["securityRuleAssociations"]["effectiveSecurityRules"], "security group view")


def _effective(answer: Answer, site: Site, nic: NetworkInterface) -> Outcome:
    [one] = answer.reply["value"]
    return _rules(answer, site, nic, one["effectiveSecurityRules"], "effective security rules")


def _rules(answer: Answer, site: Site, nic: NetworkInterface, listed: list[Json], question: str) -> Outcome:
    is_expanded = rule_replies.is_expanded(listed)
    question = f"{question}, {'tags expanded' if is_expanded else 'tags as named'}"
    ours = rule_replies.rules(site, nic, is_expanded=is_expanded)
    return Outcome(answer.version, question, rule_replies.stated_rules(listed, site, nic), ours)


def _routes(answer: Answer, site: Site, nic: NetworkInterface) -> Outcome:
    ours = route_replies.routes(site, nic, answer.reply)
    return Outcome(answer.version, "effective routes", route_replies.stated_routes(answer.reply), ours)


_ASK: dict[str, Callable[[Answer, Site, NetworkInterface], Outcome]] = {
    FLOW: _flow,
    HOP: _hop,
    DIAGNOSTIC: _diagnostic,
    CONNECTION: _connection,
    VIEW: _view,
    RULES: _effective,
    ROUTES: _routes,
}


def _of_quickstart(stated: Json) -> Outcome:
    """Judge a flow of Microsoft's quickstart, which states the network in words."""
    (local, local_port), (remote, remote_port) = (stated[end].split(":") for end in ("local", "remote"))
    request = {
        "direction": stated["direction"],
        "protocol": stated["protocol"],
        "localIPAddress": local,
        "localPort": local_port,
        "remoteIPAddress": remote,
        "remotePort": remote_port,
    }
    site = by_hand.quickstart()
    return _flow(Answer(FLOW, "", request, stated), site, find_nic(site, "vm"))


def _of_powershell(stated: Json) -> Outcome:
    """Judge a flow whose answer Microsoft's own test asserts; the NIC's address is that of the template it deploys."""
    request = {**stated["request"], "localIPAddress": "10.17.3.4"}
    site = by_hand.verify_ip_flow()
    return _flow(Answer(FLOW, "", request, stated["azure_answer"]), site, find_nic(site, "vm"))


def _of_replies_only(case: Case) -> Outcome:
    """Judge an answer of which only the reply was recorded: request and network are those of the test's source."""
    exchanges: list[Json] = read(case.recording)["transcript"]
    [asked] = [one for one in exchanges if f"/{case.operation}?" in one["uri"]]
    site = by_hand.watcher_tests()
    answer = Answer(case.operation, asked["uri"], dict(case.asked), exchanges[-1]["response"])
    return _ASK[case.operation](answer, site, find_nic(site, "vm"))


def _asserted() -> list[Json]:
    listed: list[Json] = read(POWERSHELL)["cases"]
    return [one for one in listed if one["source_file"].startswith("(Azure/azure-powershell")]
