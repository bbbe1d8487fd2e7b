"""Rule strings of Windows, field by field: [MS-GPFAS] 2.2.2.19."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcheck.model.rules import HostAction
from tests.unit.sources.windows_files import errors, one_string, read, read_text


@pytest.mark.parametrize(
    ("fields", "ports"),
    [
        ("Protocol=6|LPort=443|", ["443"]),
        ("Protocol=6|LPort=80|LPort=443|", ["80", "443"]),
        ("Protocol=17|LPort2_10=5000-5020|LPort=53|", ["5000-5020", "53"]),
        ("Protocol=6|", ["0-65535"]),
    ],
)
def test_ports(fields: str, ports: list[str], tmp_path: Path) -> None:
    """Ports stand one in a field, ranges in fields of version 2.10."""
    assert [str(port) for port in one_string(tmp_path, fields).local_ports] == ports


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("LPort=RPC", "RPC"),
        ("LPort=RPC-EPMap", "RPCEPMap"),
        ("LPort2_10=IPTLSIn", "IPHTTPSIn"),
        ("LPort2_20=Ply2Disc", "PlayToDiscovery"),
        ("LPort2_29=TcpCDPSvc", "TcpCDPSvc"),
    ],
)
def test_port_keywords(field: str, word: str, tmp_path: Path) -> None:
    """A keyword stands for ports that only the machine knows: the rule may match any port."""
    rule = one_string(tmp_path, f"Protocol=6|{field}|")
    assert (rule.conditions, [str(port) for port in rule.local_ports]) == ((f"localPort: {word}",), ["0-65535"])


@pytest.mark.parametrize(
    ("fields", "ranges", "keywords"),
    [
        ("RA4=10.0.0.0/255.255.255.0|", ["10.0.0.0/24"], ()),
        ("RA4=10.0.0.1-10.0.0.9|RA6=fd00::/64|", ["10.0.0.1-10.0.0.9", "fd00::/64"], ()),
        ("RA4=LocalSubnet|RA6=LocalSubnet|", [], ("LocalSubnet",)),
        ("RA4=LocalSubnet|", [], ("LocalSubnet4",)),
        ("RA6=LocalSubnet|", [], ("LocalSubnet6",)),
        ("RA42=IntErnet|RA62=IntErnet|", [], ("Internet",)),
        ("RA42=Ply2Renders|RA62=Ply2Renders|", [], ("PlayToDevice",)),
        ("RA4=DNS|RA4=10.0.0.4|", ["10.0.0.4/32"], ("DNS",)),
    ],
)
def test_remote_addresses(fields: str, ranges: list[str], keywords: tuple[str, ...], tmp_path: Path) -> None:
    """Addresses of both families are alternatives; LocalSubnet in one family is that family's alone."""
    rule = one_string(tmp_path, fields)
    assert ([str(one) for one in rule.remote_addresses], rule.remote_keywords) == (ranges, keywords)


@pytest.mark.parametrize(
    ("fields", "condition"),
    [
        ("App=C:\\a.exe|", "program: C:\\a.exe"),
        ("Svc=W32Time|", "service: W32Time"),
        ("Svc=*|", "service: *"),
        ("AppPkgId=S-1-15-2-1|", "package: S-1-15-2-1"),
        ("LUAuth=O:LSD:(A;;CC;;;S-1-5-84)|", "localUser: O:LSD:(A;;CC;;;S-1-5-84)"),
        ("LUAuth2_24=Tzo=|", "localUser: Tzo="),
        ("LUOwn=S-1-5-18|", "owner: S-1-5-18"),
        ("RMauth=O:LSD:|", "remoteMachine: O:LSD:"),
        ("RUAuth=O:LSD:|", "remoteUser: O:LSD:"),
        ("IF={0C6A}|", "interfaceAlias: {0C6A}"),
        ("IFType=Lan|IFType=Wireless|", "interfaceType: Wired, Wireless"),
        ("Security=Authenticate|", "authentication: Required"),
        ("Security2=AnE-Nego|", "encryption: Dynamic"),
        ("Security=Authenticate|Security2_9=An-NoEncap|", "authentication: NoEncap"),
        ("TTK2_22=WFDPrint|", "dynamicTarget: WFDPrint"),
        ("Platform=2:6:2|Platform2=GTEQ|", "platform: 6.2+"),
        ("SkipVer=2.25|", "platform: policy version above 2.25"),
        ("NNm=corp|", "unknown: NNm=corp"),
        ("SecurityRealmId=x|", "unknown: SecurityRealmId=x"),
        ("FutureField=1|", "unknown: FutureField=1"),
        ("App=a.exe|App=b.exe|", "unknown: App stands twice"),
        ("RA4=Elsewhere|", "unknown: remoteAddress Elsewhere"),
        ("Protocol=6|LPort=http|", "unknown: localPort http"),
        ("Protocol=999|", "unknown: protocol 999"),
        ("Profile=Campus|", "unknown: profile Campus"),
    ],
)
def test_what_makes_a_match_possible(fields: str, condition: str, tmp_path: Path) -> None:
    """What no packet shows, and what nobody knows, is a condition: the rule may match."""
    assert condition in one_string(tmp_path, fields).conditions


@pytest.mark.parametrize(
    "field", ["Desc=x", "EmbedCtxt=@a.dll,-1", "Edge=TRUE", "Defer=App", "LOM=TRUE", "SkipVer=2.0"]
)
def test_fields_that_let_nothing_in_and_keep_nothing_out(field: str, tmp_path: Path) -> None:
    """Texts for people, tunnels through NAT devices, and versions older than any VM of Azure."""
    assert one_string(tmp_path, f"{field}|").conditions == ()


def test_unknown_words_are_said(tmp_path: Path) -> None:
    """A field nobody knows is a warning at its line, not a rule that is silently wider."""
    (tmp_path / "r").write_text("\n# one\nv2.31|Action=Allow|Active=TRUE|Dir=In|New=1|Name=r|\n", encoding="utf-8")
    assert "warning NC156 3: not known of rule `r`: `New=1`" in read(tmp_path / "r")[1]


def test_an_unknown_word_beside_known_ones(tmp_path: Path) -> None:
    """What is known matches for certain, the rest possibly: two rules."""
    certain, possible = read_text(
        tmp_path, "v2.31|Action=Block|Active=TRUE|Dir=In|RA4=10.0.0.0/8|RA4=Elsewhere|Name=r|\n"
    ).rules
    assert ([str(one) for one in certain.remote_addresses], certain.conditions) == (["10.0.0.0/8"], ())
    assert (possible.remote_addresses, possible.conditions) == ((), ("unknown: remoteAddress Elsewhere",))


@pytest.mark.parametrize(
    ("fields", "is_enabled"), [("Active=TRUE|", True), ("Active=FALSE|", False), ("", False), ("Active=True|", True)]
)
def test_a_rule_without_active_is_off(fields: str, is_enabled: bool, tmp_path: Path) -> None:
    """[MS-GPFAS]: where the token does not appear, false is assumed."""
    [rule] = read_text(tmp_path, f"v2.10|Action=Allow|{fields}Dir=In|Name=r|").rules
    assert rule.is_enabled is is_enabled


def test_bypass_and_outbound(tmp_path: Path) -> None:
    """`ByPass` is an action, and a flag of outbound rules that allow."""
    first, second = read_text(
        tmp_path,
        "v2.31|Action=ByPass|Active=TRUE|Dir=In|Name=a|\nv2.31|Action=Allow|Active=TRUE|Dir=Out|AuthByPassOut=TRUE|Name=b|",
    ).rules
    assert (first.action, second.action) == (HostAction.BYPASS, HostAction.BYPASS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v2.31|Active=TRUE|Dir=In|Name=r|", "NC154 1: rule `r` has no action"),
        ("v2.31|Action=Allow|Active=TRUE|Name=r|", "NC154 1: rule `r` has no direction"),
        ("v2.31|Action=Drop|Dir=In|Name=r|", "NC154 1: the action of rule `r` cannot be `Drop`"),
        ("v2.31|Action=Allow|Action=Block|Dir=In|Name=r|", "NC154 1: the action of rule `r` stands twice"),
        ("v2.31|Action=Allow|Dir=In|Name=r", "NC155 1: the rule string does not end with `|`: it is cut off"),
        ("v2.31|Action=Allow|Dir=In|Name=r|\nmore", "NC154 2: a rule string begins with its version"),
    ],
)
def test_faults(text: str, message: str, tmp_path: Path) -> None:
    """A rule without direction or action, a cut one, a line of something else: errors with their line."""
    found = errors(tmp_path, text)
    assert [one.startswith(message) for one in found] == [True], found
