"""NSG rules as CSV, TSV or semicolon-separated tables, with the headings of people, of Azure and of PowerShell."""

from __future__ import annotations

import pytest

from netcheck.errors import InputError
from netcheck.sources._nodes import Mapping, Sequence
from netcheck.sources._resources import Resource
from netcheck.sources.tables.nsg_table import is_nsg_table, read_nsg_table
from tests.unit.sources.shared import shared_folder
from tests.unit.sources.test_classic_xml import faults_of, nodes_of, opened

HEADER = "Name,Priority,Direction,Access,Protocol,Source,Source Port,Destination,Destination Port"
WEB = "web,100,Inbound,Allow,Tcp,Internet,*,10.0.0.4,443"
RULE = {
    "name": "web",
    "priority": "100",
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourceAddressPrefix": "Internet",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "10.0.0.4",
    "destinationPortRange": "443",
}


def read(text: str, file: str = "folder/web.nsg.csv") -> tuple[list[object], list[str]]:
    document, opening = opened(text, file)
    found = nodes_of(read_nsg_table(document, opening))
    return found, [fault.removeprefix(f"{file}:") for fault in faults_of(opening)]


def refused(text: str) -> list[str]:
    document, opening = opened(text)
    with pytest.raises(InputError):
        read_nsg_table(document, opening)
    return [fault.removeprefix("given.txt:") for fault in faults_of(opening)]


def one_rule(text: str) -> tuple[object, list[str]]:
    """Return the first rule of the first NSG, and the faults."""
    found, faults = read(text)
    assert isinstance(found[0], dict)
    return found[0]["securityRules"][0], faults


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        "ruleName,priority,direction,access,protocol,sourceAddressPrefix,sourcePortRange,destinationAddressPrefix,"
        "destinationPortRange",
        "rule_name,PRIORITY,type,action,proto,source_address_prefix_cidr,source_port,destination_address_prefix,dest_port",
        "Rule,Prio,Dir,Action,Protocol,Source IP,Source Port(s),Dest IP,Port",
        "Name,Priority,Direction,Access,Protocol,SourceAddressPrefixes,SourcePortRanges,DestinationAddressPrefixes,"
        "DestinationPortRanges",
    ],
)
def test_columns_have_many_names(header: str) -> None:
    """Case, blanks and punctuation of a heading do not matter; a column `type` holds what its cells say."""
    text = f"{header}\n{WEB}\n"
    assert is_nsg_table(text)
    assert read(text) == ([{"name": "web.nsg", "securityRules": [RULE]}], [])


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{HEADER}\r\n{WEB}\r\n\r\n",
        f"#TYPE Microsoft.Azure.Commands.Network.Models.PSSecurityRule\r\n{HEADER}\r\n{WEB}",
        f"sep=,\n{HEADER},\n{WEB},\n,,,,,,,,,\n",
        f"{HEADER},\n{WEB}\n",
        f"{HEADER}\n{WEB},,\n",
        f"sep=;\n{HEADER}\n{WEB}\n".replace(",", ";"),
        f"{HEADER}\n{WEB}\n".replace(",", "\t"),
        f"\n\n{HEADER}\n{WEB}\n".replace(",", " ; "),
        "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in (HEADER, WEB)),
        f"{HEADER}\n{WEB}".replace("100", "100.0").replace("443", "443.0"),
    ],
)
def test_what_programs_add_around_a_table_does_not_matter(text: str) -> None:
    """Marks, type lines, `sep=`, delimiters at ends of lines, quotes, blank lines, numbers with a point."""
    assert is_nsg_table(text)
    assert read(text) == ([{"name": "web.nsg", "securityRules": [RULE]}], [])


@pytest.mark.parametrize(
    "cell",
    ["80;443-445", '"80,443-445"', '"80, 443 - 445"', "80 443\u2013445", '"{80, 443-445}"', '"[""80"", ""443-445""]"'],
)
def test_a_cell_can_hold_a_list(cell: str) -> None:
    """Lists are joined in many ways; more than one value is the plural field of the REST interface."""
    expected = {name: value for name, value in RULE.items() if name != "destinationPortRange"}
    found = one_rule(f"{HEADER}\n{WEB.replace('443', cell)}")
    assert found == (expected | {"destinationPortRanges": ["80", "443-445"]}, [])


def test_elements_of_a_list_know_their_place() -> None:
    """A message about one element of a cell points at it."""
    document, opening = opened(f"{HEADER}\n" + WEB.replace("443", '"80, 443"'))
    found = read_nsg_table(document, opening)[0]
    assert isinstance(found, Resource)
    rules = found.node.entries[1][1]
    assert isinstance(rules, Sequence)
    rule = rules.items[0]
    assert isinstance(rule, Mapping)
    entries = {name.text: value for name, value in rule.entries}
    ports = entries["destinationPortRanges"]
    assert isinstance(ports, Sequence)
    assert [str(document.source(node)) for node in (rule, entries["priority"], *ports.items)] == [
        "given.txt:2:1",
        "given.txt:2:5",
        "given.txt:2:48",
        "given.txt:2:52",
    ]


def test_application_security_groups_stand_in_columns_of_their_own() -> None:
    """A side with groups has no prefixes; `None` is how the Azure CLI prints no group."""
    text = f"{HEADER},Source ASG,Destination ASG\n{WEB},None,asg1;asg2".replace("10.0.0.4", "")
    expected = {name: value for name, value in RULE.items() if name != "destinationAddressPrefix"}
    assert one_rule(text) == (expected | {"destinationApplicationSecurityGroups": ["asg1", "asg2"]}, [])


def test_singular_and_plural_columns_are_one_field() -> None:
    """Tools write both columns and fill one of them; where both are filled, the assembler compares them."""
    header = HEADER.replace("Destination Port", "destinationPortRange,destinationPortRanges")
    assert one_rule(f"{header}\n{WEB},") == (RULE, [])
    assert one_rule(f"{header}\n{WEB.replace('443', ',443')}") == (RULE, [])
    assert one_rule(f"{header}\n{WEB},80") == (RULE | {"destinationPortRanges": ["80"]}, [])


def test_a_column_of_groups_makes_several_groups() -> None:
    """Rules are gathered by the NSG they name, and by its resource group, since names are unique in one only."""
    header = f"NSG Name,Resource Group Name,{HEADER.replace('Name', 'Rule Name')}"
    rows = [f"{nsg},{rg},{WEB}" for nsg, rg in (("a", "rg1"), ("b", "rg1"), ("A", "RG1"), ("a", "rg2"))]
    found, faults = read("\n".join([header, *rows]))
    groups = [group for group in found if isinstance(group, dict)]
    assert [(group["name"], group["resourceGroup"], len(group["securityRules"])) for group in groups] == [
        ("a", "rg1", 2),
        ("b", "rg1", 1),
        ("a", "rg2", 1),
    ]
    assert faults == []


def test_an_id_names_the_group() -> None:
    """`Export-Csv` writes the resource ID of each rule, which holds the name of its NSG."""
    prefix = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/a"
    assert read(f"{HEADER},Id\n{WEB},{prefix}/securityRules/web")[0] == [{"name": "a", "securityRules": [RULE]}]
    document, opening = opened(f"{HEADER},NSG\n{WEB},{prefix}")
    found = read_nsg_table(document, opening)[0]
    assert isinstance(found, Resource)
    assert (found.name, found.id) == ("a", prefix)


@pytest.mark.parametrize("name", ["DenyAllInBound", "DENY ALL INBOUND", "defaultSecurityRules/DenyAllInBound"])
def test_built_in_rules_are_kept_apart(name: str) -> None:
    """A rule with the name of a built-in one and a priority that no other can have is the built-in one."""
    default = RULE | {"name": name, "priority": "65500"}
    text = f"{HEADER}\n{WEB}\n{WEB.replace('web', name).replace('100', '65500')}"
    assert read(text)[0] == [{"name": "web.nsg", "securityRules": [RULE], "defaultSecurityRules": [default]}]


def test_another_name_with_such_a_priority_stays_where_it_is() -> None:
    """It is no built-in rule, and the check of priorities will say so."""
    assert one_rule(f"{HEADER}\n{WEB.replace('100', '65500')}") == (RULE | {"priority": "65500"}, [])


@pytest.mark.parametrize("cell", ["1-Feb", "Aug-90", "01. Feb", "Feb 90", "1.2.2024", "2024-02-01", "2/1/2024 00:00"])
def test_ports_that_became_dates_are_refused(cell: str) -> None:
    """Excel reads `1-2` as a date; what it was cannot be known."""
    found, faults = one_rule(f"{HEADER}\n{WEB.replace('443', cell)}")
    assert faults == [f"2:47 error NC196 `{cell}` is a date, made by a spreadsheet from a range of ports"]
    assert found == RULE | {"destinationPortRange": f"?the cell holds `{cell}`"}


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (
            "System.Collections.Generic.List`1[System.String]",
            "`System.Collections.Generic.List`1[System.String]` is the name of a PowerShell type, not a value",
        ),
        ("System.String[]", "`System.String[]` is the name of a PowerShell type, not a value"),
        ("{80}{443}", "`{80}{443}` is no list of values"),
    ],
)
def test_names_of_types_are_refused(cell: str, message: str) -> None:
    """`Export-Csv` writes the type of a list instead of its elements."""
    assert one_rule(f"{HEADER}\n{WEB.replace('443', cell)}")[1] == [f"2:47 error NC196 {message}"]


def test_missing_columns_are_listed() -> None:
    """The portal shows no source ports: a table without them does not say that they are any."""
    text = f"{HEADER}\n{WEB}".replace(",Source Port", "").replace(",Protocol", "").replace(",Tcp", "").replace(",*", "")
    assert refused(text) == ["1:1 error NC195 the table has no column of `protocol`, `source port`"]


def test_an_unknown_column_is_named() -> None:
    """A column of a name that is not known may decide something."""
    text = f"{HEADER},Enabled\n{WEB},no"
    assert one_rule(text) == (RULE, ["1:89 warning NC194 column `Enabled` is not known and is left out"])


def test_two_columns_of_one_field_are_refused() -> None:
    """`Name` beside `Rule Name` may be the rule's name or the group's."""
    _, faults = read(f"Rule Name,{HEADER}\nx,{WEB}")
    assert faults == ["1:11 error NC195 columns `Rule Name` and `Name` could both be the rule's `name`"]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("web,100,Inbound", "2:9 error NC195 this row has 3 cells, the header has 9"),
        (f"{WEB},80", "2:51 error NC195 this row has 10 cells, the header has 9"),
    ],
)
def test_ragged_rows_are_refused(row: str, fault: str) -> None:
    """A list without quotes in a table with commas moves all cells behind it."""
    assert read(f"{HEADER}\n{row}\n{WEB}")[1] == [fault]


def test_a_value_without_heading_is_refused() -> None:
    """A column without a name holds nothing, or something that is not known."""
    assert read(f",{HEADER}\nx,{WEB}")[1] == ["2:1 error NC195 `x` stands in a column without a name"]


def test_a_row_without_its_group_is_refused() -> None:
    """Blank may mean "as above" to people; that is a guess."""
    assert read(f"NSG,{HEADER}\na,{WEB}\n,{WEB}")[1] == [
        "3:2 error NC195 this row does not say which network security group it belongs to"
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (f"{HEADER}\n", "1:1 error NC195 the table has no rules: it ends with its header"),
        (f'{HEADER}\n"web,100', "2:1 error NC195 a quote is not closed"),
        (f'{HEADER}\n"web"x,100', "2:6 error NC195 text stands behind the quote that closes a cell"),
    ],
)
def test_what_is_no_table_is_refused(text: str, fault: str) -> None:
    """A header alone does not say that there are no rules; an open quote swallows the rows behind it."""
    assert refused(text) == [fault]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "netcheck: 1\nvirtualNetworks: []\n",
        "- {name: web, priority: 100, direction: Inbound, access: Allow, protocol: Tcp}\n",
        "Name, priority, direction and access of a rule are fields, and so is protocol, as said before, at length\n",
        '"Name";"DisplayName";"Enabled";"Direction";"Action";"Protocol";"LocalPort";"RemotePort";"RemoteAddress"\n',
        "name,priority,direction,action,protocol,source,localport\n",
        '{"name": 1, "priority": 2, "direction": 3, "access": 4, "protocol": 5}',
        "a,b,c,d,e,f\n",
        '"name,priority,direction,access,protocol\n',
    ],
)
def test_other_texts_are_not_taken(text: str) -> None:
    """Prose, YAML, JSON and listings of Windows Firewall are no tables of NSG rules."""
    assert not is_nsg_table(text)


def test_published_tables_are_read() -> None:
    """Tables that people feed to their own tools are read without a word, besides the one that has no rules."""
    for file in sorted(shared_folder("nsg").glob("csv/*.csv")):
        text = file.read_text(encoding="utf-8")
        assert is_nsg_table(text)
        assert refused(text) if file.name.endswith("template.csv") else read(text)[1] == []
