"""A storage account's own rules are a stage behind the network, which answers about a host name say."""

from __future__ import annotations

from pathlib import Path

import netcheck as nc
from netcheck.questions.reach import account_notes

STORY = Path(__file__).parents[3] / "fixtures" / "corner-storage-account" / "site-90-account.yaml"
HOST = "acct.blob.core.windows.net"


def said(vm: str, target: str) -> list[str]:
    """Return what an answer says about an account's own rules."""
    return [
        reason
        for reason in nc.can_reach(nc.load(STORY), vm, target, tcp=[443]).reasons
        if "own network rules" in reason
    ]


def test_an_answer_about_a_reachable_name_has_one_sentence() -> None:
    """The packets arrive at Storage; whether the account answers is not the network's to say."""
    [reason] = said("unlisted-vm", HOST)
    assert f"`{HOST}`" in reason


def test_an_answer_about_a_blocked_name_has_none() -> None:
    """The network blocks before any account is asked."""
    assert said("closed-vm", HOST) == []


def test_an_answer_about_a_tag_has_none() -> None:
    """A tag is no account."""
    assert said("unlisted-vm", "Storage.WestUS") == []


def test_a_suffix_is_no_account() -> None:
    """Backup asks for any name below a suffix: no single account is meant."""
    assert account_notes((".blob.core.windows.net",)) == ()
    assert len(account_notes((HOST, HOST, ".blob.core.windows.net"))) == 1
