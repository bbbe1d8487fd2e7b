"""The text of `reg export` and `reg query`: what Windows takes, what it takes otherwise, and what is cut off."""

from __future__ import annotations

import pytest

from netcheck.sources._registry_text import Deletion, Fault, Key, RegistryItem, SearchEnd, Value, read_registry

HEAD = "Windows Registry Editor Version 5.00\n\n"
KEY = r"HKEY_LOCAL_MACHINE\Software\Contoso"


def items(text: str) -> list[RegistryItem]:
    return list(read_registry(text, "file"))


def told(item: RegistryItem) -> tuple[str, object]:
    """Return an item as a word and what is in it."""
    match item:
        case Key(key):
            return "key", key
        case Value(number=None, text=None, data=None):
            return item.name, None
        case Value():
            return item.name, next(one for one in (item.number, item.text, item.data) if one is not None)
        case Deletion(key, name):
            return "deleted", key if name is None else name
        case SearchEnd(line):
            return "search", line
        case Fault(message, _, is_cut):
            return "cut" if is_cut else "fault", message


def exported(lines: str) -> list[tuple[str, object]]:
    """Return what the lines below a key say."""
    key, *found = map(told, items(f"{HEAD}[{KEY}]\n{lines}"))
    assert key == ("key", KEY.casefold())
    return found


def queried(lines: str) -> list[tuple[str, object]]:
    key, *found = map(told, items(f"\n{KEY}\n{lines}"))
    assert key == ("key", KEY.casefold())
    return found


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('"a"="x"', "x"),
        ('"a"=""', ""),
        (r'"a"="C:\\a \"b\""', r'C:\a "b"'),
        ('"a"="x;y" ; a comment', "x;y"),
        ('"a"="one\ntwo"', "one\ntwo"),
        ('"a"="b=hex:\\\\"', "b=hex:\\"),
        ('"a"=dword:0000001f', 31),
        ('"a"=dword:1', 1),
        ('"a"=dword:4444;comment', 0x4444),
        ('"a"=hex:', b""),
        ('"a"=hex:00,Ff', b"\x00\xff"),
        ('"a"=hex(3):01,\\\n  02,\\\n  03', b"\1\2\3"),
        ('"a"=hex:\\\n  02', b"\2"),
        ('"a"=hex(2):31,00,32,00,00,00', "12"),
        ('"a"=hex(1):31,00,00,00', "1"),
        ('"a"=hex(4):01,02,00,00', 0x201),
        ('"a"=hex(7):31,00,00,00,00,00', None),
        ('"a"=hex(b):01,00,00,00,00,00,00,00', None),
        ('"a"=hex(4):01,00', None),
    ],
)
def test_values_of_an_export(line: str, value: object) -> None:
    """Texts, numbers and bytes as Windows reads them; values of other kinds are neither."""
    assert exported(f"{line}\n") == [("a", value)]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('"a"="x', "cut"),
        ('"a', "cut"),
        ('"a"=', "cut"),
        ('"a"="x"y"', "cut"),
        ('"a"=dword:', "cut"),
        ('"a"=dword:0000001', "cut"),
        ('"a"=dword:000000001', "cut"),
        ('"a"=dword:0x1', "cut"),
        ('"a"=hex:01,', "cut"),
        ('"a"=hex:01,\\', "cut"),
        ('"a"=hex:01\\', "cut"),
        ('"a"=hex:01,0', "cut"),
        ('"a"=hex:01 02', "cut"),
        ('"a"=hex:0102', "cut"),
        ("a=1", "fault"),
        ("#comment", "fault"),
        ("[HKEY_LOCAL_MACHINE\\Soft", "cut"),
        ("[HKEY_LOCAL_MACHINES\\Software]", "fault"),
        ("[HKLM\\Software]", "fault"),
        ("[ HKEY_LOCAL_MACHINE\\Software]", "fault"),
    ],
)
def test_what_is_no_line_of_an_export(line: str, kind: str) -> None:
    """Windows passes over most of these in silence, or reads less than was there: here each is a fault."""
    assert [name for name, _ in exported(f"{line}\n")] == [kind]


@pytest.mark.parametrize("line", ['"a"=hex:01 ; c:\\', '"a"="x" ; don"t', '"a"=hex:01,\\;x', '"a"=hex:01\\', '"a"="x'])
def test_no_line_swallows_the_next_in_silence(line: str) -> None:
    """A comment with a backslash or a quote, and a value without end: what follows is read, or there is a fault."""
    found = exported(f'{line}\n"b"=dword:00000001\n')
    assert ("b", 1) in found or any(name in ("cut", "fault") for name, _ in found)


def test_deletions_of_an_export() -> None:
    """A minus takes a value or a key away."""
    assert exported('"a"=-\n@=-\n') == [("deleted", "a"), ("deleted", "")]
    assert list(map(told, items(f"{HEAD}[-{KEY}]\n"))) == [("deleted", KEY.casefold())]


def test_a_value_before_all_keys() -> None:
    """It belongs to no key."""
    assert [told(one)[0] for one in items(f'{HEAD}"a"=dword:00000001\n')] == ["fault"]
    assert [told(one)[0] for one in items(f"    a    REG_SZ    x\n{KEY}\n")] == ["cut", "key"]


def test_what_ends_a_file_without_a_line_break() -> None:
    """A number is cut; bytes and what `reg query` prints may be; a text whose quote is closed is whole."""
    assert [name for digits in ("0", "1", "0000000") for name, _ in exported(f'"a"=dword:{digits}')] == ["cut"] * 3
    ends = {
        f'{HEAD}[{KEY}]\n"a"="x"': False,
        f'{HEAD}[{KEY}]\n"a"=dword:00000001': False,
        f'{HEAD}[{KEY}]\n"a"=hex(2):31,00': True,
        f"{KEY}\n    a    REG_SZ    x": True,
        f"{KEY}\n    a    REG_SZ    x\n": False,
    }
    for text, may_be_cut in ends.items():
        [value] = [one for one in items(text) if isinstance(one, Value)]
        assert value.may_be_cut is may_be_cut


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("    a    REG_SZ    x  y", "x  y"),
        ("    a    REG_SZ", ""),
        ("    a    REG_EXPAND_SZ    %x%", "%x%"),
        ("    a    REG_DWORD    0x1f", 31),
        ("    a    REG_BINARY    01FF", b"\x01\xff"),
        ("    a    REG_MULTI_SZ    x\\0y", None),
    ],
)
def test_values_of_a_query(line: str, value: object) -> None:
    """Columns of four blanks."""
    assert queried(f"{line}\n\n") == [("a", value)]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("    a    REG_DWORD    1", "cut"),
        ("    a    REG_DWORD", "cut"),
        ("    a    REG_BINARY    01F", "cut"),
        ("    a    REG_", "cut"),
        ("ERROR: Access is denied.", "fault"),
        ("HKfoo\\bar", "fault"),
        ("End of search: 1 match(es) found.", "search"),
    ],
)
def test_what_is_no_value_of_a_query(line: str, kind: str) -> None:
    """A value of the wrong form, an error of the program, the end of a search."""
    assert [name for name, _ in queried(f"{line}\n")] == [kind]


@pytest.mark.parametrize("root", ["HKU", "HKEY_USERS", "hkey_users"])
def test_the_two_names_of_local_systems_hive(root: str) -> None:
    """`.DEFAULT` is the hive of LocalSystem; `reg query` takes short names of roots too."""
    for name in (".DEFAULT", "S-1-5-18"):
        assert list(map(told, items(f"{root}\\{name}\\Software\n"))) == [("key", r"hkey_users\s-1-5-18\software")]
        assert list(map(told, items(f"{root}\\{name}\n"))) == [("key", r"hkey_users\s-1-5-18")]


def test_only_line_breaks_break_lines() -> None:
    """U+2028 and the like stand in names of rules; Windows does not end a line there."""
    assert exported('"a"="x\u2028y"\r\n"b"=dword:00000001\r\n') == [("a", "x\u2028y"), ("b", 1)]


def test_places() -> None:
    """Each item knows the line it begins on."""
    text = f'{HEAD}[{KEY}]\n"a"=hex:01,\\\n  02\n; a comment\n"b"="x\ny"\n"c"=-\n[cut'
    assert [one.at.line for one in items(text)] == [3, 4, 7, 9, 10]
