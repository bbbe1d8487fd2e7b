"""LocalSystem's WinINET settings from the registry: `.reg` exports, `reg query`, the binary value."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from netcheck.diagnostics import Collector
from netcheck.errors import InputError
from netcheck.model.site import WinInet
from netcheck.sources.proxy.wininet import read_wininet_file

SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
POLICIES = r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"
SYSTEM, MACHINE = rf"HKEY_USERS\S-1-5-18\{SETTINGS}", rf"HKEY_LOCAL_MACHINE\{SETTINGS}"
HEAD = "Windows Registry Editor Version 5.00"


def blob(flags: int, server: str = "", bypass: str = "", script: str = "") -> bytes:
    """Return `DefaultConnectionSettings`: version 0x46, counter 9, flags, three texts after their lengths, padding."""
    texts = b"".join(len(t).to_bytes(4, "little") + t.encode("latin-1") for t in (server, bypass, script))
    return b"".join(n.to_bytes(4, "little") for n in (0x46, 9, flags)) + texts + bytes(32)


def hexadecimal(data: bytes) -> str:
    """Return bytes as `reg export` writes them: 25 or fewer a line, each line but the last ended by a backslash."""
    lines = [",".join(f"{b:02x}" for b in data[i : i + 20]) for i in range(0, len(data), 20)]
    return "hex:" + ",\\\r\n  ".join(lines)


def export(*keys: tuple[str, list[str]]) -> str:
    return f"{HEAD}\r\n\r\n" + "\r\n".join("\r\n".join([f"[{key}]", *values, ""]) for key, values in keys)


def read(folder: Path, text: str, encoding: str = "utf-16") -> tuple[WinInet | None, list[str]]:
    path = folder / "system.reg"
    path.write_bytes(text.encode(encoding))
    collector = Collector()
    return read_wininet_file(str(path), collector), [one.code for one in collector]


def told(found: WinInet | None) -> tuple[dict[str, str], tuple[str, ...], str, bool, bool]:
    assert found is not None
    proxies = {scheme: f"{one.host}:{one.port}" for scheme, one in found.proxies.items()}
    return proxies, found.bypass, found.script, found.detects, bool(found.unknown)


VALUES = ['"ProxyEnable"=dword:00000001', '"ProxyServer"="10.0.0.5:8080"', '"ProxyOverride"="*.corp;<local>"']
BOTH = {"http": "10.0.0.5:8080", "https": "10.0.0.5:8080"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_a_registry_export(encoding: str, tmp_path: Path) -> None:
    """The separate values of LocalSystem; `reg export` writes UTF-16."""
    found, codes = read(tmp_path, export((SYSTEM, VALUES)), encoding)
    assert (told(found), codes) == ((BOTH, ("*.corp", "<local>"), "", False, False), [])
    assert found is not None
    assert found.at.line == 4


def test_what_reg_query_prints(tmp_path: Path) -> None:
    """`reg query KEY /s`: a key, then its values in columns, the binary one in one row of digits."""
    text = (
        f"\r\n{SYSTEM}\r\n    ProxyEnable    REG_DWORD    0x1\r\n    ProxyServer    REG_SZ    http=10.0.0.5:8080\r\n"
        "    User Agent    REG_SZ    Mozilla/4.0 (compatible)\r\n    Empty    REG_SZ\r\n"
        f"\r\n{SYSTEM}\\Connections\r\n    DefaultConnectionSettings    REG_BINARY    "
        f"{blob(3, 'http=10.0.0.5:8080').hex().upper()}\r\n\r\nEnd of search: 5 match(es) found.\r\n"
    )
    found, codes = read(tmp_path, text, "utf-8")
    assert (told(found), codes) == (({"http": "10.0.0.5:8080"}, (), "", False, False), [])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (blob(0x1), ({}, (), "", False, False)),
        (blob(0x1, "10.0.0.5:8080", "<local>"), ({}, (), "", False, False)),
        (blob(0x3, "10.0.0.5:8080", "*.corp;<local>"), (BOTH, ("*.corp", "<local>"), "", False, False)),
        (blob(0x3, "http=10.0.0.5:80;https=10.0.0.6:443"), ({"http": "10.0.0.5:80", "https": "10.0.0.6:443"}, (), "",
                                                            False, False)),
        (blob(0x5, script="http://10.0.0.5/proxy.pac"), ({}, (), "http://10.0.0.5/proxy.pac", False, False)),
        (blob(0x1, script="http://10.0.0.5/proxy.pac"), ({}, (), "", False, False)),
        (blob(0x9), ({}, (), "", True, False)),
        (blob(0xB, "10.0.0.5:8080"), (BOTH, (), "", True, False)),
        (blob(0x3), ({}, (), "", False, True)),
        (blob(0x5), ({}, (), "", False, True)),
        (blob(0x21), ({}, (), "", False, True)),
    ],
)  # fmt: skip
def test_the_flags_of_the_binary_value(data: bytes, expected: object, tmp_path: Path) -> None:
    """0x2 the proxy counts, 0x4 the script, 0x8 a proxy is looked for; a flag without its text, or a new one: open."""
    text = export((f"{SYSTEM}\\Connections", [f'"DefaultConnectionSettings"={hexadecimal(data)}']))
    assert (told(read(tmp_path, text)[0]), read(tmp_path, text)[1]) == (expected, [])


def test_separate_values_and_the_binary_one_must_agree(tmp_path: Path) -> None:
    """Programs read one or the other: where they differ nobody knows which proxy is used."""
    for server, is_open in (("10.0.0.5:8080", False), ("10.0.0.9:8080", True)):
        binary = hexadecimal(blob(3, server, "*.corp;<local>"))
        text = export((SYSTEM, VALUES), (f"{SYSTEM}\\Connections", [f'"DefaultConnectionSettings"={binary}']))
        found, codes = read(tmp_path, text)
        assert (told(found)[-1], codes) == (is_open, [])
    off = export(
        (SYSTEM, ['"ProxyEnable"=dword:00000000', '"ProxyServer"="10.0.0.5:8080"']),
        (f"{SYSTEM}\\Connections", [f'"DefaultConnectionSettings"={hexadecimal(blob(3, "10.0.0.5:8080"))}']),
    )
    assert told(read(tmp_path, off)[0])[-1] is True


def test_a_proxy_that_is_switched_off_is_none(tmp_path: Path) -> None:
    """`ProxyServer` keeps its text while `ProxyEnable` is 0."""
    text = export((SYSTEM, ['"ProxyEnable"=dword:00000000', '"ProxyServer"="10.0.0.5:8080"']))
    assert told(read(tmp_path, text)[0]) == ({}, (), "", False, False)
    for values in ([], VALUES[1:]):
        assert told(read(tmp_path, export((SYSTEM, values)))[0]) == ({}, (), "", False, True)
    on = export((SYSTEM, ['"ProxyEnable"=dword:00000001']))
    assert told(read(tmp_path, on)[0]) == ({}, (), "", False, True)


def test_the_hive_of_local_system_has_two_names(tmp_path: Path) -> None:
    """`HKEY_USERS\\.DEFAULT` is LocalSystem's, not that of new users; short names of roots are the same keys."""
    for key in (rf"HKEY_USERS\.DEFAULT\{SETTINGS}", rf"HKU\S-1-5-18\{SETTINGS}", SYSTEM.upper()):
        text = f"{key}\n    ProxyEnable    REG_DWORD    0x1\n    ProxyServer    REG_SZ    10.0.0.5:8080\n"
        assert told(read(tmp_path, text, "utf-8")[0])[0] == BOTH


def test_settings_of_a_user_are_not_local_systems(tmp_path: Path) -> None:
    """An export of HKEY_CURRENT_USER tells nothing about the account of the services."""
    found, codes = read(tmp_path, export((rf"HKEY_CURRENT_USER\{SETTINGS}", VALUES)))
    assert (found, codes) == (None, ["NC174"])


def test_machine_wide_settings_by_policy(tmp_path: Path) -> None:
    """With ProxySettingsPerUser=0 those of the machine count; without them in the file they are not known."""
    policy = (rf"HKEY_LOCAL_MACHINE\{POLICIES}", ['"ProxySettingsPerUser"=dword:00000000'])
    other = (MACHINE, ['"ProxyEnable"=dword:00000001', '"ProxyServer"="10.0.0.9:80"'])
    found, codes = read(tmp_path, export(policy, other, (SYSTEM, VALUES)))
    assert (told(found)[0], codes) == ({"http": "10.0.0.9:80", "https": "10.0.0.9:80"}, [])
    assert told(read(tmp_path, export(policy, (SYSTEM, VALUES)))[0])[-1] is True
    per_user = (rf"HKEY_LOCAL_MACHINE\{POLICIES}", ['"ProxySettingsPerUser"=dword:00000001'])
    assert told(read(tmp_path, export(per_user, other, (SYSTEM, VALUES)))[0])[0] == BOTH
    forced = (rf"HKEY_USERS\S-1-5-18\{POLICIES}", ['"ProxyServer"="10.0.0.9:80"'])
    assert told(read(tmp_path, export(forced, (SYSTEM, VALUES)))[0])[-1] is True


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.5:8080\n",
        f"{HEAD}\n\n",
        f"{HEAD}\n\nProxyEnable=1\n",
        f'{HEAD}\n\n[{SYSTEM}]\n"ProxyEnable"=1\n',
        f'{HEAD}\n\n[{SYSTEM}]\n"ProxyEnable"=dword:0000000\n',
        f'{HEAD}\n\n[{SYSTEM}]\n"ProxyEnable"="yes"\n',
        f'{HEAD}\n\n[{SYSTEM}]\n"ProxyEnable"=dword:00000000\n"ProxyServer"=dword:00000001\n',
        f'{HEAD}\n\n[{SYSTEM}\\Connections]\n"DefaultConnectionSettings"=hex:46,00,00,00,09,00,00,00,03,00,00,00,ff\n',
        f'{HEAD}\n\n[{SYSTEM}\\Connections]\n"DefaultConnectionSettings"=hex:\n',
        f'{HEAD}\n\n[{SYSTEM}\\Connections]\n"DefaultConnectionSettings"=hex:46,zz\n',
        f'{HEAD}\n\n[{SYSTEM}\\Connections]\n"DefaultConnectionSettings"="x"\n',
        f"{SYSTEM}\n    ProxyEnable    REG_DWORD    one\n",
        f"{SYSTEM}\n    ProxyEnable REG_DWORD 0x1\n",
        f"{SYSTEM}\n    ProxyEnable    REG_DWORD    0x1\n\nEnde der Suche: 1 Treffer.\n",
    ],
)
def test_what_cannot_be_read_is_refused(text: str, tmp_path: Path) -> None:
    """A line of no kind, a value of the wrong type, a cut binary value: an error, never a machine without proxy."""
    found, codes = read(tmp_path, text, "utf-8")
    assert set(codes) == {"NC174"}
    assert found is None or not found.proxies


def test_values_in_other_spellings(tmp_path: Path) -> None:
    """Text in hexadecimal, a number in bytes, a value taken away, comments, and the older head."""
    server = ",".join(f"{b:02x}" for b in "10.0.0.5:8080\0".encode("utf-16-le"))
    text = (
        f'REGEDIT4\n; from setup\n[{SYSTEM}]\n@="x"\n"ProxyEnable"=hex(4):01,00,00,00\n"ProxyServer"=hex(2):{server}\n'
        '"AutoConfigURL"=-\n"ProxyOverride"="a\\\\b;c\\"d"\n"Other"=hex(7):00,00\n'
    )
    found, codes = read(tmp_path, text, "utf-8")
    assert (told(found), codes) == ((BOTH, ("a\\b", 'c"d'), "", False, False), [])


def test_cut_and_mangled_exports_give_settings_or_an_error(tmp_path: Path) -> None:
    """No file makes the reader fail, and none of a machine with a proxy is read as direct access without a word."""
    binary = f'"DefaultConnectionSettings"={hexadecimal(blob(3, "10.0.0.5:8080", "*.corp;<local>"))}'
    whole = export((SYSTEM, VALUES), (f"{SYSTEM}\\Connections", [binary]))
    drawn = random.Random(174)
    for length in range(1, len(whole)):
        found, codes = read(tmp_path, whole[:length], "utf-8")
        assert codes or (found is not None and (found.proxies or found.unknown))
    for _ in range(400):
        at = drawn.randrange(len(whole))
        text = whole[:at] + drawn.choice('\\",[]=-:x0\n\u00e9') + whole[at + drawn.randrange(3) :]
        found, codes = read(tmp_path, text, "utf-8")
        assert found is not None or codes


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """A file that says nothing is never a machine without a proxy."""
    with pytest.raises(InputError):
        read(tmp_path, "", "utf-8")


def test_an_export_that_takes_the_key_away_is_refused(tmp_path: Path) -> None:
    """`[-KEY]` deletes: what stands below it, Windows passes over."""
    found, codes = read(tmp_path, export((f"-{SYSTEM}", ['"ProxyEnable"=dword:00000000'])))
    assert (found, codes) == (None, ["NC174"])


def test_a_value_that_is_taken_away_again_is_not_there(tmp_path: Path) -> None:
    """The last line about a value counts."""
    found, codes = read(tmp_path, export((SYSTEM, [*VALUES, '"ProxyOverride"=-'])))
    assert (told(found), codes) == ((BOTH, (), "", False, False), [])


def test_a_search_shows_only_what_it_looked_for(tmp_path: Path) -> None:
    """Of `reg query KEY /s /v ProxyEnable` nobody knows whether there is a script. The binary value holds all."""
    off = f"{SYSTEM}\n    ProxyEnable    REG_DWORD    0x0\n"
    assert told(read(tmp_path, off, "utf-8")[0]) == ({}, (), "", False, False)
    assert told(read(tmp_path, f"{off}\nEnd of search: 1 match(es) found.\n", "utf-8")[0])[-1] is True


def test_a_query_that_ends_within_a_line_is_refused(tmp_path: Path) -> None:
    """`10.0.0.5:80` may be the beginning of `10.0.0.5:8080`."""
    text = f"{SYSTEM}\n    ProxyEnable    REG_DWORD    0x1\n    ProxyServer    REG_SZ    10.0.0.5:80"
    assert read(tmp_path, text, "utf-8") == (None, ["NC174"])
    assert told(read(tmp_path, f"{text}80\n", "utf-8")[0])[0] == BOTH
