"""Driving a browser: a page is opened, steps are done, and what happened comes back as a value.

A step is a mapping with `do`: click, fill, type, press, select, wait, read, evaluate, media, focused, clipboard,
screenshot, pdf, axe (see drive.mjs); the answer of one with `as` is among the results.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.unit.cli.shared import ROOT

Step = Mapping[str, Any]
SCHEMES = ("light", "dark")


def folder() -> Path:
    """Return where install.sh puts what drives the browser."""
    return ROOT / os.environ.get("NETCHECK_BROWSER_FOLDER", ".real-browser")


def screens() -> Path:
    """Return where pictures of pages are put, for a person to look at."""
    return ROOT / os.environ.get("NETCHECK_SCREENS", "build/screens")


def missing() -> str:
    """Return why no browser can be driven, "" when one can."""
    if os.environ.get("NETCHECK_REAL_BROWSER") == "0":
        return "NETCHECK_REAL_BROWSER=0 turns the browser off"
    if not (folder() / "ready").is_file():
        return "no browser is installed to be driven: bash tests/real_browser/install.sh"
    return ""


class Message(NamedTuple):
    """A line on the console of the page."""

    level: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What happened while a page was open."""

    url: str
    console: tuple[Message, ...]
    faults: tuple[str, ...]
    requests: tuple[str, ...]
    violations: tuple[str, ...]
    dialogs: tuple[str, ...]
    results: Mapping[str, Any]

    def noise(self) -> list[str]:
        """Return all that a page must not do: run what it did not bring, fail, warn, ask for another file."""
        lines = [f"console {one.level}: {one.text}" for one in self.console if one.level in ("error", "warning")]
        lines += [f"exception: {one}" for one in self.faults]
        lines += [f"policy: {one}" for one in self.violations]
        lines += [f"dialog: {one}" for one in self.dialogs]
        return lines + [
            f"request: {one}" for one in self.requests if one.partition("#")[0] != self.url.partition("#")[0]
        ]


@contextmanager
def started(screens: Path) -> Iterator[Browser]:
    """Start Chromium for as long as it is needed."""
    program = (folder() / "ready").read_text(encoding="utf-8").strip()
    words = ["node", str(Path(__file__).with_name("drive.mjs")), str(folder() / "node_modules"), program]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8") as driver:
        try:
            yield Browser(driver, screens)
        finally:
            assert driver.stdin is not None
            driver.stdin.close()  # the driver closes the browser and ends
            driver.wait(timeout=60)


@dataclass(frozen=True, slots=True)
class Browser:
    """Chromium behind its driver; each visit is in a context of its own."""

    driver: subprocess.Popen[str]
    screens: Path

    def visit(
        self,
        page: Path | str,
        *steps: Step,
        scheme: str = "light",
        width: int = 1280,
        height: int = 900,
        scripts: bool = True,
        bypass: bool = False,
    ) -> Visit:
        """Open a file or an address, do the steps, return what happened; a step that cannot be done fails the test."""
        url = page if isinstance(page, str) else page.resolve().as_uri()
        asked = {
            "url": url, "scheme": scheme, "width": width, "height": height, "scripts": scripts, "bypass": bypass,
            "steps": steps,
        }  # fmt: skip
        found = self._ask(asked)
        assert "error" not in found, found["error"]
        return Visit(
            url=url,
            console=tuple(Message(one["level"], one["text"]) for one in found["console"]),
            faults=tuple(found["faults"]),
            requests=tuple(found["requests"]),
            violations=tuple(found["violations"]),
            dialogs=tuple(found["dialogs"]),
            results=found["results"],
        )

    def _ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        assert self.driver.stdin is not None
        assert self.driver.stdout is not None
        self.driver.stdin.write(json.dumps(asked) + "\n")
        self.driver.stdin.flush()
        answer: dict[str, Any] = json.loads(
            self.driver.stdout.readline() or '{"error": "the driver of the browser ended"}'
        )
        return answer

    def unusable(self, page: Path | str, *steps: Step, scheme: str = "light", width: int = 1280) -> list[str]:
        """Return what axe-core finds serious or critical after some steps.

        axe comes into the page from outside, so the policy of the page is turned off for it, in a visit of its own.
        """
        visit = self.visit(page, *steps, {"do": "axe", "as": "axe"}, scheme=scheme, width=width, bypass=True)
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: {one['nodes']}"
            for one in visit.results["axe"]
            if one["impact"] in ("serious", "critical")
        ]

    def picture(self, name: str, **more: Any) -> Step:
        """Return the step that takes a picture of the page for a person to look at."""
        return {"do": "screenshot", "file": str(self.screens / f"{name}.png"), **more}

    def paper(self, name: str, **more: Any) -> Step:
        """Return the step that prints the page into a PDF for a person to look at."""
        return {"do": "pdf", "file": str(self.screens / f"{name}.pdf"), **more}
