"""The printed script, run by bash with the unmodified Azure CLI: what it sends, what comes of it, and its undo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.real_az.refusals import Json
from tests.real_az.rounds import Held, Round
from tests.real_az.sites import normal, with_nsgs

pytestmark = pytest.mark.real_az


def test_every_command_succeeds_and_says_nothing_else(rounds: list[Round]) -> None:
    """The script, the script again and the undo end with 0 and without a word on standard error."""
    assert {r.planned.id: [(0, "")] * 3 for r in rounds} == {
        r.planned.id: [(ended.status, ended.err) for ended in r.ended] for r in rounds
    }


def test_the_service_is_asked_for_the_rules_of_the_plan_and_for_nothing_else(rounds: list[Round]) -> None:
    """A script sends one PUT a rule, opening or moved, to its NSG, with its name, its fields, and no others.

    Openings come in the order of the plan; that of the moves shows in that the service refuses none of them.
    """
    for r in rounds:
        openings = [put(r, opening) for opening in r.planned.fix["openings"]]
        moves = [put(r, change["rule"]) for change in r.planned.fix["changes"] if change["kind"] == "nsgRule"]
        sent = [(request.method, request.path.casefold(), request.body) for request in r.requests]
        assert (r.planned.id, openings) == (r.planned.id, [one for one in sent if one in openings])
        assert (r.planned.id, sorted([*openings, *moves], key=place)) == (r.planned.id, sorted(sent, key=place))


def place(request: tuple[str, str, Json | None]) -> str:
    """Return where a request goes."""
    return request[1]


def put(r: Round, rule: Json) -> tuple[str, str, Json]:
    """Return the request that puts a rule of the JSON of `fix`."""
    path = f"{r.planned.nsg_path(rule['nsg'])}/securityRules/{rule['name']}"
    return "PUT", path.casefold(), opening_body(rule)


def opening_body(opening: Json) -> Json:
    """Return the body that an opening is: fields in the singular or plural form in which the JSON of `fix` has them."""
    aside = ("nsg", "name", "replaces")
    return {"name": opening["name"], "properties": {k: v for k, v in opening.items() if k not in aside}}


def test_the_traffic_passes_as_proven(rounds: list[Round], tmp_path: Path) -> None:
    """Read back from the service, the NSGs give the verdict of the proof; where it is certain, nothing is left to open.

    What stays undetermined is asked for again: nobody knows that the rule is enough.
    """
    for r in rounds:
        after = r.planned.fix["proof"]["after"]
        mended = r.planned.ask(with_nsgs(r.planned.site, r.after, tmp_path))
        assert (r.planned.id, after) == (r.planned.id, mended["proof"]["after"])
        if all(change["kind"] == "nsgRule" for change in r.planned.fix["changes"]):  # the rest is not in the script
            assert (r.planned.id, after) == (r.planned.id, mended["proof"]["before"])
        if after != "undetermined":
            assert (r.planned.id, []) == (r.planned.id, mended["openings"])


def test_before_the_script_the_service_holds_the_site(rounds: list[Round], tmp_path: Path) -> None:
    """Read back before the script runs, the NSGs give the very plan that the site gives."""
    parts = ("openings", "changes", "script", "undo", "proof")
    for r in rounds:
        again = r.planned.ask(with_nsgs(r.planned.site, r.before, tmp_path))
        told, found = ([fix[part] for part in parts] for fix in (r.planned.fix, again))
        assert (r.planned.id, told) == (r.planned.id, found)


def test_a_second_run_changes_nothing(rounds: list[Round]) -> None:
    """A script is idempotent: run again, it leaves every NSG as it is."""
    assert {r.planned.id: r.after for r in rounds} == {r.planned.id: r.again for r in rounds}


def test_the_undo_brings_back_what_was(rounds: list[Round]) -> None:
    """After the undo every NSG has the rules it had, field by field, and no others."""
    for r in rounds:
        assert (r.planned.id, all_rules(r.before)) == (r.planned.id, all_rules(r.undone))


def all_rules(held: Held) -> dict[str, list[Json]]:
    """Return the rules of each NSG, ordered by name."""
    return {path: in_order(nsg["properties"]["securityRules"]) for path, nsg in held.items()}


def in_order(rules: Sequence[Json]) -> list[Json]:
    """Return rules by name, each as `normal` has it."""
    return sorted((normal(rule) for rule in rules), key=lambda rule: str(rule["name"]))


def test_the_plans_have_every_shape(rounds: list[Round]) -> None:
    """Among the plans are all options that add rules, several prefixes and ports, both families, both directions."""
    shapes = {shape for r in rounds for opening in r.planned.fix["openings"] for shape in shapes_of(opening)}
    shapes |= {r.planned.fix["option"] for r in rounds}
    shapes |= {"several rules" for r in rounds if len(r.planned.fix["openings"]) > 1}
    shapes |= {"several NSGs" for r in rounds if len({o["nsg"] for o in r.planned.fix["openings"]}) > 1}
    shapes |= {"moves" for r in rounds for change in r.planned.fix["changes"] if change["kind"] == "nsgRule"}
    shapes |= {"group asked for" for r in rounds if "RESOURCE_GROUP" in r.planned.fix["script"]}
    assert {
        "sourceAddressPrefixes", "destinationAddressPrefixes", "destinationPortRanges", "destinationPortRange", "*",
        "IPv6", "Inbound", "Outbound", "several rules", "several NSGs", "group asked for", "Internet", "moves",
        "storage-region-tag", "azurecloud-tag", "storage-region-prefixes", "internet", "http-proxy", "service-endpoint",
        "replaces",
    } <= shapes  # fmt: skip


def shapes_of(opening: Json) -> list[str]:
    """Return the names of an opening's fields, and what its values show."""
    values = [one for value in opening.values() for one in (value if isinstance(value, list) else [value])]
    words = [word for word in ("*", "Inbound", "Outbound", "Internet") if word in values]
    return [*opening, *words, *(["IPv6"] if any(":" in str(value) for value in values) else [])]
