"""Console listings of the classic cmdlet: fixed columns, wrapped cells, several groups in one text."""

from __future__ import annotations

import pytest

from netcheck.sources.classic.console import is_classic_console, read_classic_console
from tests.unit.sources.test_classic_xml import faults_of, nodes_of, opened

# The widths of the cmdlet's format file: 20, 9, 8, 15, 13, 16, 14 and 8, with one blank between two columns.
WIDTHS = (20, 9, 8, 15, 13, 16, 14, 8)
HEAD = ("Name", "Priority", "Action", "Source Address", "Source Port", "Destination", "Destination", "Protocol")
HEAD_2 = ("", "", "", "Prefix", "Range", "Address Prefix", "Port Range", "")
DASHES = ("----", "--------", "------", "---------------", "-------------", "----------------", "--------------", "---")
DENY = ("DENY ALL", "65500", "Deny", "*", "*", "*", "*", "*")


def row(cells: tuple[str, ...], widths: tuple[int, ...] = WIDTHS, indent: int = 11) -> str:
    return " " * indent + " ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))


def listing(*rows: str, name: str = "NSG-FrontEnd") -> str:
    """Return a listing with these inbound rules and, of outbound ones, the last."""
    head = f"Name     : {name}\nLocation : Central US\nLabel    : Front end subnet NSG\nRules    :\n\n"
    table = f"{row(HEAD)}\n{row(HEAD_2)}\n{row(DASHES)}\n"
    inbound = f"{' ' * 14}Type: Inbound\n\n{table}" + "".join(f"{line}\n" for line in rows)
    return f"{head}{inbound}\n\n{' ' * 14}Type: Outbound\n\n{table}{row(DENY)}\n\n"


def read(text: str) -> tuple[list[object], list[str]]:
    assert is_classic_console(text)
    document, opening = opened(text)
    return nodes_of(read_classic_console(document, opening)), faults_of(opening)


def inbound(text: str) -> tuple[dict[str, object], list[str]]:
    """Return the first inbound rule, and the faults."""
    found, faults = read(text)
    assert isinstance(found[0], dict)
    return found[0]["securityRules"][0], faults


def rule(direction: str, *cells: str) -> dict[str, object]:
    names = (
        "name", "priority", "access", "sourceAddressPrefix", "sourcePortRange", "destinationAddressPrefix",
        "destinationPortRange", "protocol",
    )  # fmt: skip
    return {"direction": direction, **dict(zip(names, cells, strict=True))}


def test_the_printed_example_is_read() -> None:
    """The example of the documentation: `AZURE_LOADBALAN` and `CER` are one tag, names go on behind a blank."""
    text = listing(
        row(("rdp-rule", "100", "Allow", "INTERNET", "*", "*", "3389", "TCP")),
        row(("ALLOW AZURE LOAD", "65001", "Allow", "AZURE_LOADBALAN", "*", "*", "*", "*")),
        row(("BALANCER INBOUND", "", "", "CER", "", "", "", "")),
    )
    balancer = ("ALLOW AZURE LOAD BALANCER INBOUND", "65001", "Allow", "AZURE_LOADBALANCER", "*", "*", "*", "*")
    expected = {
        "name": "NSG-FrontEnd",
        "location": "Central US",
        "securityRules": [rule("Inbound", "rdp-rule", "100", "Allow", "INTERNET", "*", "*", "3389", "TCP")],
        "defaultSecurityRules": [rule("Inbound", *balancer), rule("Outbound", *DENY)],
    }
    assert read(text) == ([expected], [])


def test_several_groups_stand_one_after_the_other() -> None:
    """Each `Name` begins another group."""
    found, faults = read(listing(row(DENY), name="a") + listing(row(DENY), name="b"))
    assert [group["name"] for group in found if isinstance(group, dict)] == ["a", "b"]
    assert faults == []


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("indent", [0, 30])
def test_columns_begin_where_the_header_says(indent: int, newline: str) -> None:
    """A wider window has wider columns and other indents."""
    widths = (40, 9, 8, 30, 13, 30, 14, 8)
    cells = ("a rule with a long name", "100", "Deny", "AZURE_LOADBALANCER", "*", "203.113.100.128/25", "80-443", "*")
    lines = [
        "Name     : a", "Location : b", "Label    : c", "Rules    :", "Type: Inbound",
        row(HEAD, widths, indent), row(HEAD_2, widths, indent), row(cells, widths, indent), row(DENY, widths, indent),
        "Type: Outbound", row(HEAD, widths, indent), row(HEAD_2, widths, indent), row(DENY, widths, indent),
    ]  # fmt: skip
    assert inbound(newline.join(lines)) == (rule("Inbound", *cells), [])


def test_prefixes_and_ports_join_without_a_blank() -> None:
    """A prefix has no blanks, so what was cut at the width of its column goes on directly."""
    text = listing(
        row(("a", "100", "Allow", "203.113.100.128", "*", "2001:db8:0:1:2:3", "10000-20000", "TCP")),
        row(("", "", "", "/25", "", ":4:5/128", "", "")),
        row(DENY),
    )
    cells = ("a", "100", "Allow", "203.113.100.128/25", "*", "2001:db8:0:1:2:3:4:5/128", "10000-20000", "TCP")
    assert inbound(text) == (rule("Inbound", *cells), [])


def test_a_name_that_fills_its_column_is_joined_with_a_warning() -> None:
    """PowerShell cuts a word longer than its column at the column's end; a blank there cannot be ruled out."""
    text = listing(
        row(("abcdefghijklmnopqrst", "100", "Allow", "*", "*", "*", "*", "TCP")),
        row(("uvw", "", "", "", "", "", "", "")),
        row(DENY),
    )
    found, faults = inbound(text)
    message = "the name `abcdefghijklmnopqrstuvw` fills its column; it is read without a blank where the line ends"
    assert found["name"] == "abcdefghijklmnopqrstuvw"
    assert faults == [f"given.txt:11:12 warning NC194 {message}"]


def test_a_value_that_goes_on_although_there_was_room_is_refused() -> None:
    """Such a listing was edited, or its lines were mixed up."""
    text = listing(
        row(("a", "100", "Allow", "10.0.0.0", "*", "*", "443", "TCP")),
        row(("", "", "", "/8", "", "", "", "")),
        row(DENY),
    )
    message = "`10.0.0.0 /8` goes on in a second line, although the first one had room left"
    assert read(text)[1] == [f"given.txt:11:52 error NC193 {message}"]


@pytest.mark.parametrize("dots", ["...", "\N{HORIZONTAL ELLIPSIS}"])
def test_a_cell_that_ends_in_dots_was_cut(dots: str) -> None:
    """Dots stand for characters that the console had no room for."""
    text = listing(row(("a", "100", "Allow", f"AZURE_LOAD{dots}", "*", "*", "443", "TCP")), row(DENY))
    assert read(text)[1] == [f"given.txt:11:52 error NC193 `AZURE_LOAD{dots}` was cut off by the console"]


def test_a_listing_without_its_last_rules_was_cut() -> None:
    """The built-in rules are the last of each direction; a listing without them may lack others too."""
    message = "the inbound rules of `NSG-FrontEnd` do not end with the built-in ones: the listing was cut off"
    text = listing(row(("a", "100", "Allow", "*", "*", "*", "443", "TCP")))
    assert read(text)[1] == [f"given.txt:4:1 error NC193 {message}"]
    text = listing(row(DENY)).partition("Type: Outbound")[0]
    assert read(text)[1] == [f"given.txt:4:1 error NC193 {message.replace('inbound', 'outbound')}"]


def test_a_line_outside_of_the_columns_is_refused() -> None:
    """Where columns do not fit, a value could be read into another field."""
    text = listing(row(("a", "100", "Allow", "*", "*", "*", "443", "TCP"), indent=8), row(DENY))
    assert read(text)[1][0] == (
        "given.txt:11:9 error NC193 this line does not keep to the columns of the table's header"
    )


def test_a_listing_without_rules_leaves_them_unknown() -> None:
    """Without `-Detailed` the console shows name, place and label only."""
    found, faults = read("\nName     : a\nLocation : Central US\nLabel    : x\n")
    reason = "?the listing of network security group `a` has no rules (it was made without `-Detailed`)"
    assert (found, faults) == ([{"name": "a", "location": "Central US", "securityRules": reason}], [])


def test_rules_that_are_only_named_are_refused() -> None:
    """`Format-List` prints the type of each rule instead of the rules."""
    text = "Name     : a\nLocation : Central US\nLabel    : x\nRules    : {rdp-rule, DENY ALL INBOUND}\n"
    message = "the rules of `a` are only named: `{rdp-rule, DENY ALL INBOUND}`"
    assert read(text)[1] == [f"given.txt:4:12 error NC193 {message}"]


def test_a_header_that_lacks_columns_is_refused() -> None:
    """A narrow window leaves out the last columns."""
    narrow = listing(row(DENY)).replace("Destination      Destination    Protocol", "")
    assert "error NC193" in read(narrow)[1][0]


def test_prompts_are_talk_and_other_lines_are_named() -> None:
    """What stands before the first group is no rule; commands are not worth a word."""
    _, faults = read(f"PS C:\\> Get-AzureNetworkSecurityGroup -Detailed\nsome note\n\n{listing(row(DENY))}PS C:\\>")
    assert faults == ["given.txt:2:1 warning NC194 line `some note` is not known and is left out"]


def test_a_table_before_its_group_is_refused() -> None:
    """Rules that belong to no group decide nothing."""
    text = listing(row(DENY)).partition("Rules    :\n")[2]
    message = "a rule without its network security group or its direction"
    assert read(text)[1] == [f"given.txt:{line}:12 error NC193 {message}" for line in (7, 15)]


@pytest.mark.parametrize("text", ["name: a\nlocation: b\nlabel: c\n", "Name : a\n", "", "Priority Name Action"])
def test_other_texts_are_not_taken(text: str) -> None:
    """YAML has names, places and labels too."""
    assert not is_classic_console(text)
