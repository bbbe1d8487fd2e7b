"""Whatever stands where in a site file, loading gives a site or diagnostics, never another exception."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netcheck.errors import InputError
from netcheck.sources.load import load_site
from tests.unit.sources.sites import ARTICLE

VALUES: list[Any] = [
    *(
        None,
        "",
        [],
        {},
        [[]],
        [{}],
        {"id": ""},
        {"id": None},
        {"name": "x"},
        {"kind": []},
        {"a": {"b": 1}},
        ["a", ["b"]],
    ),
    *(True, False, 0, -1, 65536, 1e9, "*", "no", "~", " ", "/", "-", "1-", "-1-2", "a/b/c", "none", "windows", ["*"]),
    *("10.0.0.0/24", "::/0", "fe80::1%1", "10.0.0.5/255.255.0.255", "[x]", "[[x]", "x" * 5000, "9" * 5000, "a," * 5000),
    *("\x00", "\x1b[31m", "\u202e", "\u0663", "\uff11\uff12", "host:99999", "http://[::1", "http://a:b@c:d/"),
]
SITE: dict[str, Any] = yaml.safe_load(ARTICLE)
del SITE["serviceTags"]
CHANGES = st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(range(len(VALUES)))), min_size=1, max_size=3)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a value with each of its keys."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [place for key in keys for place in ((value, key), *places(value[key]))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(CHANGES)
def test_any_value_anywhere(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    """A site with some of its values replaced by odd ones is read or refused, and what is said can be shown."""
    site = copy.deepcopy(SITE)
    for where, what in changes:
        found = places(site)
        container, key = found[where % len(found)]
        container[key] = copy.deepcopy(VALUES[what])
    path = tmp_path / "site.json"
    path.write_text(json.dumps(site), encoding="utf-8")
    try:
        load_site([str(path)])
    except InputError as error:
        shown = "\n".join(found.render() for found in error.diagnostics)
        assert "NC1" in shown
        assert all(line.isprintable() for line in shown.split("\n"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.integers(0, len(ARTICLE)),
    st.integers(0, 30),
    st.text("*&!-?:{}[]'\"\t\n\r|>%@`#\\<~ \x07\ufeff\x85\u2028a0", max_size=6),
)
def test_any_damage_to_the_text(tmp_path: Path, start: int, length: int, inserted: str) -> None:
    """A site text damaged anywhere is read or refused."""
    path = tmp_path / "site.yaml"
    path.write_bytes((ARTICLE[:start] + inserted + ARTICLE[start + length :]).encode())
    with contextlib.suppress(InputError):
        load_site([str(path)])


def test_endless_numbers_are_refused(tmp_path: Path) -> None:
    """A port of 5,000 digits is no port; Python itself refuses to convert it."""
    path = tmp_path / "site.yaml"
    path.write_text(
        ARTICLE.replace('destinationPortRange: "*"', f"destinationPortRange: {'9' * 5000}"), encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        load_site([str(path)])
    assert "NC134" in [found.code for found in caught.value.diagnostics]
