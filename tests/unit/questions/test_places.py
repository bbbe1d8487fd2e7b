"""What people may name in a question, and what they are told when nothing has that name."""

from __future__ import annotations

from pathlib import Path

import pytest

import netcheck as nc
from netcheck.errors import QuestionError
from netcheck.model.site import Site
from netcheck.policy.resolve import AddressBook
from netcheck.questions.answer import prefixes
from netcheck.questions.places import find_origins, find_target
from tests.unit.sources.sites import load, write_tags

TEXT = """\
netcheck: 1
serviceTags: ServiceTags_Public.json
applicationSecurityGroups: [{name: asg-web}]
virtualNetworks:
  - name: vnet
    addressSpace: [10.0.0.0/16, "fd00:1::/48"]
    subnets:
      - {name: default, addressPrefix: 10.0.0.0/29, defaultOutboundAccess: true}
      - {name: data, addressPrefix: 10.0.1.0/29, defaultOutboundAccess: true}
virtualMachines:
  - name: app-vm
    hostFirewall: none
    networkInterfaces:
      - {name: app-nic, subnet: vnet/default, privateIPAddress: 10.0.0.4, applicationSecurityGroups: [asg-web]}
      - {name: back-nic, subnet: vnet/data, privateIPAddress: 10.0.1.4}
  - name: db-vm
    hostFirewall: none
    networkInterfaces: [{name: db-nic, subnet: vnet/data, privateIPAddress: 10.0.1.5}]
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    write_tags(tmp_path)
    return load(tmp_path, TEXT)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("db-vm", ["10.0.1.5/32"]),
        ("DB-VM", ["10.0.1.5/32"]),
        ("app-vm", ["10.0.0.4/32", "10.0.1.4/32"]),
        ("back-nic", ["10.0.1.4/32"]),
        ("asg-web", ["10.0.0.4/32"]),
        ("vnet/default", ["10.0.0.0/29"]),
        ("default", ["10.0.0.0/29"]),
        ("10.0.0.4", ["10.0.0.4/32"]),
        ("20.60.0.0/30", ["20.60.0.0/30"]),
        ("10.0.0.4-10.0.0.6", ["10.0.0.4/31", "10.0.0.6/32"]),
        ("Storage.WestUS", ["20.60.0.0/24"]),
        ("storage.westus", ["20.60.0.0/24"]),
        ("db-vm,10.0.0.4", ["10.0.0.4/32", "10.0.1.5/32"]),
        (" db-vm , db-vm ,", ["10.0.1.5/32"]),
    ],
)
def test_names_stand_for_addresses(name: str, expected: list[str], site: Site) -> None:
    """VM, NIC, group, subnet, address, prefix, range and tag, in any letter case, alone or in a list."""
    assert list(prefixes(4, find_target(AddressBook(site), name).addresses[4])) == expected


def test_the_internet_as_destination_is_what_is_certainly_in_the_tag(site: Site) -> None:
    """The recorded addresses of the tag, without the platform's own address, which nobody reaches as the Internet."""
    assert find_target(AddressBook(site), "Internet").addresses[4].size == 3_653_580_160 - 1


def test_a_source_is_split_by_who_holds_the_addresses(site: Site) -> None:
    """A prefix over a subnet is the NICs in it, the rest of the subnet, and what lies outside, each by itself."""
    found = [(o.nic.name if o.nic else "", o.subnet.name if o.subnet else "", len(o.addresses)) for o in
             find_origins(AddressBook(site), "10.0.0.0/28")]  # fmt: skip
    assert found == [("app-nic", "", 1), ("", "default", 2), ("", "", 1)]


def test_each_nic_of_a_machine_is_an_origin(site: Site) -> None:
    """A VM with two NICs sends from both, each judged in its own subnet."""
    assert [o.nic.name for o in find_origins(AddressBook(site), "app-vm") if o.nic] == ["app-nic", "back-nic"]


def error(site: Site, source: str, target: str, **ports: object) -> QuestionError:
    """Return the error that a question is answered with."""
    with pytest.raises(QuestionError) as raised:
        nc.can_reach(site, source, target, **(ports or {"tcp": [443]}))  # type: ignore[arg-type]  # words under test
    return raised.value


@pytest.mark.parametrize(
    ("source", "target", "code", "help_text"),
    [
        ("", "db-vm", "NC301", "--from"),
        (" , ", "db-vm", "NC301", "--from"),
        ("app-mv", "db-vm", "NC302", "did you mean the VM `app-vm`?"),
        ("app-vm", "", "NC302", ""),
        ("app-vm", "db-mv", "NC302", "did you mean the VM `db-vm`?"),
        ("app-vm", "10.0.0.256", "NC302", ""),
        ("app-vm", "10.0.0", "NC302", "four parts"),
        ("app-vm", "Contoso", "NC302", "service tag"),
        ("app-vm", "10.0.0.9-10.0.0.5", "NC302", ""),
        ("app-vm", "2001:db8::1", "NC304", "family"),
    ],
)
def test_a_name_that_is_nothing_is_an_error(source: str, target: str, code: str, help_text: str, site: Site) -> None:
    """No such name, no address, no packet: an error with its code and advice, never an answer."""
    found = error(site, source, target)
    assert (found.code, help_text in found.help) == (code, True)


def test_a_misspelt_tag_names_the_nearest(site: Site) -> None:
    """A tag that is nearly one of the file's is suggested."""
    assert "did you mean `Storage.WestUS`?" in error(site, "app-vm", "Storage.WestUs1").message


@pytest.mark.parametrize("port", ["", "65536", "-1", "443-80", "http", "80,,x", "1e3"])
def test_a_port_that_is_none_is_an_error(port: str, site: Site) -> None:
    """Ports are numbers and ranges up to 65535; no port at all is no question about TCP."""
    assert error(site, "app-vm", "db-vm", tcp=[port]).code == "NC303"


def test_a_missing_port_or_a_wrong_protocol_is_an_error(site: Site) -> None:
    """TCP needs ports, ICMP has none, and a protocol is a word or a number up to 255."""
    assert error(site, "app-vm", "db-vm", protocol="tcp").code == "NC303"
    assert error(site, "app-vm", "db-vm", tcp=[443], protocol="icmp").code == "NC303"
    for word in ("tpc", "256", "-1"):
        assert error(site, "app-vm", "db-vm", tcp=[443], protocol=word).code == "NC303"


def test_an_unknown_proxy_is_named_with_a_suggestion(site: Site) -> None:
    """`--via` takes a VM: another name is NC301 with the nearest VM, a VM without proxy NC305."""
    with pytest.raises(QuestionError) as raised:
        nc.can_reach(site, "app-vm", "Storage.WestUS", tcp=[443], via="db-wm")
    assert (raised.value.code, "did you mean `db-vm`?" in raised.value.help) == ("NC301", True)
    with pytest.raises(QuestionError) as raised:
        nc.can_reach(site, "app-vm", "Storage.WestUS", tcp=[443], via="db-vm")
    assert raised.value.code == "NC305"


def test_an_empty_group_is_no_destination(tmp_path: Path) -> None:
    """A group without members holds no address: a question about it is an error, never reachable."""
    write_tags(tmp_path)
    one = load(tmp_path, TEXT.replace("[{name: asg-web}]", "[{name: asg-web}, {name: asg-none}]"))
    assert error(one, "db-vm", "asg-none").code == "NC302"
    assert error(one, "asg-none", "db-vm").code in ("NC301", "NC302")


@pytest.mark.parametrize(("source", "target"), [("x\ny\x1b[2J", "db-vm"), ("app-vm", "x\ny\x1b[2J")])
def test_a_hostile_name_does_not_drive_the_terminal(source: str, target: str, site: Site) -> None:
    """A name in a question may come from a script: its control characters are shown, and its lines stay one line."""
    first = str(error(site, source, target)).splitlines()[0]
    assert "x\N{REPLACEMENT CHARACTER}y\N{REPLACEMENT CHARACTER}[2J" in first


def test_a_source_that_is_no_address_is_not_called_a_destination(site: Site) -> None:
    """The same words serve both ends of a question."""
    assert "destination" not in str(error(site, "10.0.0.300", "db-vm"))
