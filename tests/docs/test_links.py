"""Every relative link and anchor of the documentation leads somewhere, and every page can be found from its index."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import headings, prose
from tests.docs.pages import DOCS, PAGES
from tests.unit.cli.shared import ROOT

LINKING = {
    **PAGES,
    **{str(path.relative_to(ROOT)): path for path in [ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]},
    **{str(path.relative_to(ROOT)): path for path in sorted((ROOT / "fixtures").rglob("*.md"))},
}
_LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)")


def links(path: Path) -> Iterator[str]:
    """Yield the targets of the links of a page, code left out."""
    text = re.sub(r"`[^`\n]*`", "``", prose(path.read_text(encoding="utf-8")))
    yield from (one[1] for one in _LINK.finditer(text))


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub makes of the headings of a page."""
    found: Counter[str] = Counter()
    for heading in headings(path.read_text(encoding="utf-8")):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found[slug] += 1
        if found[slug] > 1:
            found[f"{slug}-{found[slug] - 1}"] += 1
    return set(found)


def is_reachable(page: Path, target: str) -> bool:
    """Tell whether a link of a page leads to a file or folder of the project, and its anchor to a heading."""
    file, _, anchor = target.partition("#")
    to = (page.parent / file).resolve() if file else page
    return to.exists() and to.is_relative_to(ROOT) and (not anchor or anchor in anchors(to))


@pytest.mark.parametrize("name", LINKING)
def test_every_link_leads_somewhere(name: str) -> None:
    """Links to the outside are not followed: tests use no network."""
    outside = ("https://", "http://", "mailto:")
    path = LINKING[name]
    assert [one for one in links(path) if not one.startswith(outside) and not is_reachable(path, one)] == []


@pytest.mark.parametrize("target", ["no-such.md", "#no-such-heading", "../../outside.md", "model.md#no-such"])
def test_a_link_to_nowhere_is_found(target: str) -> None:
    """The check itself can fail."""
    assert not is_reachable(DOCS / "README.md", target)


def test_every_page_is_in_the_index() -> None:
    """What a reader cannot find from `docs/README.md` is not read; pages of commands are in their own index."""
    indexes = [DOCS / "README.md", DOCS / "commands" / "README.md"]
    listed = {(index.parent / one.partition("#")[0]).resolve() for index in indexes for one in links(index)}
    assert [str(page) for page in DOCS.rglob("*.md") if page not in listed and page != indexes[0]] == []
