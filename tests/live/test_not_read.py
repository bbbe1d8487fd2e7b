"""What cannot be read loses nothing else, is said, and never looks as if there were none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netcheck.live.collect.kinds import KINDS
from tests.live.estate import exported
from tests.live.shared import collect, digest, fill, texts
from tests.real_az.reading import Fault, Reply, error_body, forbidden, throttled
from tests.real_az.server import SUBSCRIPTION, Arm
from tests.unit.cli.shared import ROOT, Outcome, run

SHOP = exported(ROOT / "fixtures" / "export-folder" / "exports")
ASKED = ["--from", "vm-web", "--to", "vm-data", "--port", "1433"]
CHILDREN = [child.word for kind in KINDS for child in kind.children]


@pytest.fixture
def shop(arm: Arm) -> Arm:
    """The service with the two VMs of the export: SQL passes between them."""
    fill(arm, {path.replace(path.split("/")[2], SUBSCRIPTION): _moved(body) for path, body in SHOP.items()})
    return arm


def _moved(body: Any) -> Any:
    """Return a resource with the subscription of the tests in every ID."""
    own = next(iter(SHOP)).split("/")[2]
    return json.loads(json.dumps(body).replace(own, SUBSCRIPTION))


def reach(capsys: pytest.CaptureFixture[str], folder: Path, *asked: str) -> Outcome:
    """Ask whether packets pass."""
    return run(capsys, ["reach", str(folder), *(asked or ASKED)])


def _manifest(folder: Path) -> Any:
    return json.loads((folder / "collection.json").read_text(encoding="utf-8"))


def test_what_is_read_whole_is_decided(shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The question of the tests below has an answer, which is that of the exports."""
    assert collect(capsys, shop, tmp_path / "out").status == 0
    assert reach(capsys, tmp_path / "out").status == 0
    assert digest(capsys, tmp_path / "out") == digest(capsys, ROOT / "fixtures" / "export-folder" / "exports")


GOLDEN = """\
collected into {folder}
  2 Microsoft.Compute/virtualMachines
  2 Microsoft.Network/networkInterfaces
  2 Microsoft.Network/networkSecurityGroups
  1 Microsoft.Network/virtualNetworks
  1 Microsoft.Network/publicIPAddresses
  0 of 11 other types
NOT READ Microsoft.Network/routeTables: 403 AuthorizationFailed
    /subscriptions/{subscription}
    The client 'x' does not have authorization to perform action 'y' over scope
    'z'.
what this may decide is undetermined when the folder is read
"""


def test_forbidden_route_tables_leave_the_route_open(
    shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The subnet names a route table that nobody may read: undetermined, and the reason is the 403."""
    shop.reading.faults = [forbidden("/routeTables$")]
    outcome = collect(capsys, shop, tmp_path / "out")
    assert outcome.status == 4
    assert outcome.out == GOLDEN.format(folder=tmp_path / "out", subscription=SUBSCRIPTION)
    answer = reach(capsys, tmp_path / "out")
    assert answer.status == 4
    assert answer.out.startswith("UNDETERMINED  vm-web -> vm-data  tcp 1433\n")
    said = " ".join(answer.out.split())
    assert f"`routeTables` of `/subscriptions/{SUBSCRIPTION}` could not be read when the site was collected" in said
    assert "(403 AuthorizationFailed)" in said
    assert "warning[NC142]: `routeTables` of" in answer.err


KIND_WORDS = [kind.word for kind in KINDS if kind.word != "virtualMachines"]


@pytest.mark.parametrize(
    ("kind", "status"), [*((kind, 403) for kind in KIND_WORDS), *(("ipGroups", one) for one in (401, 404, 500, 200))]
)
def test_any_type_that_is_not_read_leaves_answers_open(
    kind: str,
    status: int,
    shop: Arm,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without one of the lists no question is answered that it may decide; without NICs none can be asked.

    ASGs, say, are no part of this site: that there are none is not known any more.
    """
    monkeypatch.setattr("netcheck.live.collect.arm.RETRIES", 1)
    fault = Fault(f"/{kind}$", Reply(status, error_body("Code", "message")))
    shop.reading.faults = [fault]
    assert collect(capsys, shop, tmp_path / "out").status == 4
    assert [one["type"].split("/")[1] for one in _manifest(tmp_path / "out")["notRead"]] == [kind]
    answer = reach(capsys, tmp_path / "out")
    assert "warning[NC142]" in answer.err
    assert answer.status == (3 if kind == "networkInterfaces" else 4)


def test_without_the_list_of_vms_their_nics_name_them(
    shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A VM decides nothing about packets that its NICs do not say."""
    shop.reading.faults = [forbidden("/virtualMachines$")]
    assert collect(capsys, shop, tmp_path / "out").status == 4
    answer = reach(capsys, tmp_path / "out")
    assert answer.status == 0
    assert "warning[NC142]: `virtualMachines` of" in answer.err


PARENTS = {
    "privateDnsZoneGroups": "privateEndpoints/pe",
    "virtualNetworkLinks": "privateDnsZones/privatelink.blob.core.windows.net",
    "ruleCollectionGroups": "firewallPolicies/policy",
    **dict.fromkeys(
        (
            "networkGroups", "securityAdminConfigurations", "connectivityConfigurations", "routingConfigurations",
            "securityUserConfigurations",
        ),
        "networkManagers/manager",
    ),
}  # fmt: skip


@pytest.mark.parametrize("child", CHILDREN)
def test_a_list_below_a_resource_that_is_not_read_leaves_answers_open(
    child: str, shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its parent is there, and what it holds is not known."""
    parent = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/Microsoft.Network/{PARENTS[child]}"
    vnet = next(path for path in shop.store.resources if path.endswith("/virtualnetworks/vnet-shop"))
    subnet = {"subnet": {"id": f"{vnet}/subnets/data"}, "privateLinkServiceConnections": []}
    shop.store.put(parent, {"location": "westus", "properties": subnet if child == "privateDnsZoneGroups" else {}})
    shop.reading.faults = [forbidden(f"/{child}$")]
    assert collect(capsys, shop, tmp_path / "out").status == 4
    assert [one["scope"] for one in _manifest(tmp_path / "out")["notRead"]] == [parent]
    assert reach(capsys, tmp_path / "out").status == 4


def test_a_network_manager_without_configurations_decides_nothing(
    shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of its lists were read, and are empty: that is known, as it is not of an export of the manager alone."""
    parent = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/Microsoft.Network/networkManagers/m"
    shop.store.put(parent, {"location": "westus", "properties": {}})
    assert collect(capsys, shop, tmp_path / "out").status == 0
    assert reach(capsys, tmp_path / "out").status == 0
    (tmp_path / "out" / "collection.json").unlink()
    assert reach(capsys, tmp_path / "out").status == 4


def test_throttling_and_a_refusal_in_the_middle_lose_nothing(
    shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is throttled comes later, page by page; what is forbidden is missing; all else is as without them."""
    assert collect(capsys, shop, tmp_path / "whole").status == 0
    shop.reading.page = 1
    shop.reading.faults = [
        throttled("/networkInterfaces$", 2),
        throttled("/virtualNetworks$", 1, 503),
        forbidden("/nat"),
    ]
    outcome = collect(capsys, shop, tmp_path / "out")
    assert outcome.status == 4
    assert outcome.err == "note: Azure asked 3 times to wait (throttling), 3 s in all; nothing was lost by it\n"
    whole, found = texts(tmp_path / "whole"), texts(tmp_path / "out")
    assert {name: text for name, text in whole.items() if name != "collection.json"} == {
        name: text for name, text in found.items() if name != "collection.json"
    }
    assert [one["type"] for one in _manifest(tmp_path / "out")["notRead"]] == ["Microsoft.Network/natGateways"]


def test_a_service_that_never_has_time_is_given_up(
    shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some tries the list counts as not read; an hour is not waited for."""
    monkeypatch.setattr("netcheck.live.collect.arm.LONGEST_WAIT", 0.01)
    monkeypatch.setattr("netcheck.live.collect.arm.RETRIES", 2)
    reply = Reply(429, error_body("TooManyRequests", "later"), (("Retry-After", "3600"),))
    shop.reading.faults = [Fault("/routeTables$", reply)]
    assert collect(capsys, shop, tmp_path / "out").status == 4
    assert [(one["status"], one["code"]) for one in _manifest(tmp_path / "out")["notRead"]] == [
        (429, "TooManyRequests")
    ]
    assert sum(request.path.endswith("/routeTables") for request in shop.requests) == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"value": [], "nextLink": "https://elsewhere.example/steal"}, "OtherHost"),
        ({"value": [], "nextLink": "{url}{path}?api-version=2024-05-01"}, "PagesWithoutEnd"),
        ({"value": {}}, "NoList"),
        ({"value": [1]}, "NoList"),
        ({}, "NoList"),
    ],
)
def test_an_answer_that_is_no_list_counts_as_not_read(
    body: dict[str, Any], code: str, shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page on another host is not asked for: the token is not for it."""
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Network/routeTables"
    filled = json.loads(json.dumps(body).replace("{url}", shop.url).replace("{path}", path))
    shop.reading.faults = [Fault("/routeTables$", Reply(200, filled))]
    assert collect(capsys, shop, tmp_path / "out").status == 4
    assert [one["code"] for one in _manifest(tmp_path / "out")["notRead"]] == [code]
    assert reach(capsys, tmp_path / "out").status == 4


def test_a_missing_provider_is_not_registered(shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The SDK's management clients register it with a POST, which changes the subscription."""
    message = "The subscription is not registered to use namespace 'Microsoft.Compute'."
    reply = Reply(409, error_body("MissingSubscriptionRegistration", message))
    shop.reading.faults = [Fault("/virtualMachines$", reply)]
    assert collect(capsys, shop, tmp_path / "out").status == 4
    assert {request.method for request in shop.requests if not request.path.endswith("/token")} == {"GET"}


def test_a_second_subscription_that_may_not_be_read_is_named(
    shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can be read is; answers wait for the rest."""
    other = "44444444-4444-4444-4444-444444444444"
    shop.reading.faults = [forbidden(f"^/subscriptions/{other}")]
    words = ["collect", "--subscription", f"{SUBSCRIPTION},{other}", "--endpoint", shop.url]
    outcome = run(capsys, [*words, "--output", str(tmp_path / "out")])
    assert outcome.status == 4
    assert {one["scope"] for one in _manifest(tmp_path / "out")["notRead"]} == {f"/subscriptions/{other}"}
    assert reach(capsys, tmp_path / "out").status == 4


def test_a_resource_group_alone(shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its resources alone are read, and whoever reads the folder is told."""
    nsg = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/other/providers/Microsoft.Network/networkSecurityGroups/n"
    shop.store.put(nsg, {"location": "westus", "properties": {}})
    assert collect(capsys, shop, tmp_path / "out", "--resource-group", "RG-shop").status == 0
    assert "/other/" not in "".join(texts(tmp_path / "out").values())
    answer = reach(capsys, tmp_path / "out")
    assert answer.status == 0
    assert "note[NC142]: this collection holds resource group `RG-shop` alone" in answer.err


def test_a_resource_group_that_is_not_there(shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All lists are refused: nothing is written."""
    body = error_body("ResourceGroupNotFound", "Resource group 'gone' could not be found.")
    shop.reading.faults = [Fault("/resourceGroups/gone/", Reply(404, body))]
    outcome = collect(capsys, shop, tmp_path / "out", "--resource-group", "gone")
    assert outcome.status == 3
    assert "error[NC150]: nothing can be read: 404 ResourceGroupNotFound" in outcome.err
    assert not (tmp_path / "out").exists()


def test_a_collection_that_does_not_say_what_is_missing_is_refused(
    shop: Arm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cut or changed by hand it is not taken for a whole one."""
    assert collect(capsys, shop, tmp_path / "out").status == 0
    file = tmp_path / "out" / "collection.json"
    whole = file.read_text(encoding="utf-8")
    for text in (whole.replace('"notRead"', '"read2"'), whole.replace('Collection": 1', 'Collection": 2')):
        assert text != whole
        file.write_text(text, encoding="utf-8")
        answer = reach(capsys, tmp_path / "out")
        assert (answer.status, "error[NC142]" in answer.err) == (3, True)
