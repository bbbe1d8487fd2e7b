"""Edits of every shape that a dialect can hold, with texts that try to be more than texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from netcheck.diagnostics import Source
from netcheck.model.address import AddressRange, AnyAddress, Endpoint, Family, ServiceTag
from netcheck.model.names import key
from netcheck.model.ports import AH, ALL_PORTS, ANY_PROTOCOL, ESP, ICMP, ICMPV6, TCP, UDP, PortRange, Protocol
from netcheck.model.rules import Access, Direction, NsgRule
from netcheck.remedy.dialects.dialect import Dialect, Setting
from netcheck.remedy.edits import Edit, Opening, Renumbering
from tests.dialects.meaning import ASKED, CLASSIC, DEPLOYED
from tests.dialects.reading import DEPLOYMENTS

HERE = Source("drawn.yaml", 1, 1)
BITS: dict[Family, int] = {4: 32, 6: 128}
TEXTS = (
    "null", "NULL", "??", "@file", "@-", "x=@/etc/passwd", "a=@-", "@", "-x", "--name", "-", "'", "''", "'/", "'a'",
    "'a", "{", "{a:b}", "[", "[]", "[concat('a')]", "[[a]", "[[", "[a", "]", "$", "${", "$${", "$$${a}", "%{", "%%{",
    "%%%{a}", "${var.x}", "%{ if true }", "$(id)", "`id`", "$env:PATH", "\\", "\\'", '"', '""', "\\${a}", "a\nb",
    "\n", "'\n", "*", "~", "~/x", "=ls", "a!b", "!!", "#", "# a", "//", "/* a */", "<<EOT", "'@", "@'\n", "\u2018",
    "\u2019", "\u201a", "\u201b", "\u201c", "\u201d", "\u201e", "'\u2019\u2018'", "\u202e", "\u200b", "\u00a0",
    "\u3000", "\u2028", "\x85", "\t", "\r\n", "\0", "\x1b[2J", "\x7f", "e\u0301", "\u00e9", "\U0001f512",
    "\U000e0001", "\u212b", "%PATH%", "; id", "a | b", "a && b", "a > b", "a\\\nb", "' ; id #", '" ; id #', "' + 'a",
    "'''", '"""', "\u20e3", "\ufeff", "true", "0",
)  # fmt: skip
"""Texts that some shell, tool or language takes for something else."""
HOSTILE = st.text(st.sampled_from("ab \"'`$(){}[]<>;|&%@=~!*?^#/\\-+,.:0é\n\u2018\u2019\u201a\u201b\u201c\u201d\u201e"))
INVISIBLE = st.text(
    st.sampled_from("ae\u0301'\n\t\r\0\x1b\x7f\x85\u200b\u202e\u2028\u00a0\ufeff\U000e0001"), max_size=4
)
DECOMPOSED = st.builds("{}{}".format, HOSTILE, st.sampled_from(("e\u0301", "\u212b", "a\u0308")))
"""Texts that Unicode's form NFC changes."""
DESCRIPTIONS = st.one_of(
    st.just(""), st.sampled_from(TEXTS), st.builds("{}{}".format, st.sampled_from(TEXTS), HOSTILE), HOSTILE, INVISIBLE,
    st.builds("[{}]".format, HOSTILE), DECOMPOSED, st.text(),
).map(lambda text: text[:140])  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(
        ("a", "a.b", "a_b", "a-b", "A_b_c", "0", "9.9", "null", "true", "existing", "resource", "a" * 80, "1_")
    ),
    st.sampled_from(("NSG-lockdown", "a..b", "a--b", "x" * 79 + "_", "nsg_a", "rule_a_b", "e", "1e5", "007", "none")),
    st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9_.\-]{0,78}[A-Za-z0-9_])?", fullmatch=True),
)
GROUPS = st.one_of(
    st.sampled_from(("", "", "rg", "null", "(rg)", "_", "a(b)c", "RG.a-b_c", "\u00fcber", "\uff52\uff47", "x" * 90)),
    st.from_regex(r"(?!-)[\w.()\-]{0,89}[\w()\-]", fullmatch=True),
)
PROTOCOLS = (ANY_PROTOCOL, *(Protocol(n) for n in ((TCP,), (UDP,), (ICMP, ICMPV6), (ESP,), (AH,))))
TAGS = ("Internet", "VirtualNetwork", "AzureLoadBalancer", "Storage.WestUS", "null", "AzureCloud")


@dataclass(frozen=True)
class Case:
    """Edits in a setting, and the resource group that each NSG is in, as a reader of the dialect sees it."""

    edits: tuple[Edit, ...]
    setting: Setting
    groups: Mapping[str, str]


@st.composite
def cases(draw: st.DrawFn, dialect: Dialect) -> Case:
    """Draw up to five edits of up to three NSGs, each rule once."""
    nsgs = draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=key))
    which = draw(st.lists(st.tuples(st.sampled_from(nsgs), NAMES), min_size=1, max_size=5, unique_by=_keys))
    edits = tuple(draw(edits_of(dialect, nsg, name)) for nsg, name in which)
    one = draw(GROUPS)
    groups = {key(nsg): one if dialect in DEPLOYMENTS else draw(GROUPS) for nsg in nsgs}
    told = tuple(draw(st.lists(DESCRIPTIONS, max_size=2)))
    seen = {nsg: _seen(dialect, group) for nsg, group in groups.items()}
    return Case(edits, Setting(groups=groups, told=told), seen)


def _keys(pair: tuple[str, str]) -> tuple[str, str]:
    return key(pair[0]), key(pair[1])


def _seen(dialect: Dialect, group: str) -> str:
    if dialect is Dialect.CLASSIC:
        return CLASSIC
    return DEPLOYED if dialect in DEPLOYMENTS else group or ASKED


@st.composite
def edits_of(draw: st.DrawFn, dialect: Dialect, nsg: str, name: str) -> Edit:
    """Draw an edit of one rule: a new one, a wider one, or one with another priority."""
    rule = draw(rules(dialect, name))
    kind = draw(st.sampled_from(("new", "new", "wider", "moved")))
    if kind == "new":
        return Opening(nsg, rule)
    if kind == "wider":
        return Opening(nsg, rule, draw(rules(dialect, name)))
    return Renumbering(nsg, rule, replace(rule, priority=draw(st.integers(100, 4096))))


@st.composite
def rules(draw: st.DrawFn, dialect: Dialect, name: str) -> NsgRule:
    """Draw a rule of that name; a classic one has one prefix and one port range, no description, and three tags."""
    is_classic = dialect is Dialect.CLASSIC
    family: Family = draw(st.sampled_from((4, 6)))
    many = 1 if is_classic else 4
    return NsgRule(
        name=name,
        priority=draw(st.integers(100, 4096)),
        direction=draw(st.sampled_from(Direction)),
        access=draw(st.sampled_from(Access)),
        protocol=draw(st.sampled_from(PROTOCOLS[:3] if is_classic else PROTOCOLS)),
        sources=draw(sides(family, many, is_classic)),
        source_ports=draw(ports(many)),
        destinations=draw(sides(family, many, is_classic)),
        destination_ports=draw(ports(many)),
        at=HERE,
        description="" if is_classic else draw(DESCRIPTIONS),
    )


def sides(family: Family, many: int, is_classic: bool) -> st.SearchStrategy[tuple[Endpoint, ...]]:
    """Draw the sources or destinations of a rule: any, one tag, or prefixes of one family."""
    tags = st.sampled_from(TAGS[:3] if is_classic else TAGS).map(ServiceTag)
    single: st.SearchStrategy[Endpoint] = st.one_of(st.just(AnyAddress()), tags)
    listed = st.lists(prefixes(family), min_size=1, max_size=many, unique=True)
    return st.one_of(single.map(lambda one: (one,)), listed.map(tuple))


def prefixes(family: Family) -> st.SearchStrategy[AddressRange]:
    """Draw a prefix of any length."""
    bits = BITS[family]

    def around(address: int, length: int) -> AddressRange:
        size = 1 << (bits - length)
        return AddressRange(family, address // size * size, address // size * size + size - 1)

    return st.builds(around, st.integers(0, (1 << bits) - 1), st.integers(0, bits))


def ports(many: int) -> st.SearchStrategy[tuple[PortRange, ...]]:
    """Draw all ports, or ranges of them."""
    pairs = st.tuples(st.integers(0, 65535), st.integers(0, 65535))
    ranges = pairs.map(lambda pair: PortRange(min(pair), max(pair)))
    some = st.lists(ranges, min_size=1, max_size=many, unique=True).map(tuple)
    return st.one_of(st.just((ALL_PORTS,)), some)
