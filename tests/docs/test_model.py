"""`docs/model.md` quotes the reasons that answers give: each is one that the code has."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.docs.pages import TEXTS
from tests.unit.cli.shared import ROOT

QUOTED = re.findall("“([^”]+)”", TEXTS["docs/model.md"])


def _texts() -> Iterator[str]:
    """Yield the texts in the code of netcheck, with `…` for every value that is put in."""
    for path in (ROOT / "netcheck").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                yield "".join(str(one.value) if isinstance(one, ast.Constant) else "…" for one in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


TEXTS_OF_THE_CODE = frozenset(_texts())


@pytest.mark.parametrize("reason", QUOTED)
def test_a_reason_that_the_page_quotes_is_given_by_the_code(reason: str) -> None:
    """A reason that nobody gives any more would be looked for in vain."""
    assert reason in TEXTS_OF_THE_CODE


def test_the_page_quotes_reasons() -> None:
    """The marks are found."""
    assert len(QUOTED) > 30
