"""`docs/comparison.md` repeats figures that stand on other pages: they are the same."""

import re

from tests.docs.pages import TEXTS


def test_the_agreement_with_azure_is_that_of_its_own_page() -> None:
    """How many recorded answers there are, and how many are the same."""
    found = re.search(r"^(\d+) answers: (\d+) the same, (\d+) another", TEXTS["docs/fidelity.md"], re.MULTILINE)
    assert found is not None
    asked, same, other = found.groups()
    assert f"{same} of {asked} recorded answers" in TEXTS["docs/comparison.md"]
    assert f"the {other} others" in TEXTS["docs/comparison.md"]
