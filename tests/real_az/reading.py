"""What a small Azure Resource Manager answers to those who read: lists in pages, computed rules, faults on demand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.real_az.refusals import Json
from tests.real_az.store import Store


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int
    body: Json | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Fault:
    """An answer to every request whose path a pattern finds, as many times as it says (-1: always)."""

    pattern: str
    reply: Reply
    times: int = -1


def error_body(code: str, message: str) -> Json:
    """Return the body of an error, as Resource Manager has it."""
    return {"error": {"code": code, "message": message, "details": []}}


def forbidden(pattern: str) -> Fault:
    """Return the fault of somebody who may not read something."""
    message = "The client 'x' does not have authorization to perform action 'y' over scope 'z'."
    return Fault(pattern, Reply(403, error_body("AuthorizationFailed", message)))


def throttled(pattern: str, times: int, status: int = 429) -> Fault:
    """Return the fault of a service that has enough for now."""
    body = error_body("TooManyRequests", "The request is being throttled.")
    return Fault(pattern, Reply(status, body, (("Retry-After", "1"),)), times)


@dataclass
class Reading:
    """How the service answers those who read: how long a page is, what fails, what is computed for a NIC by path."""

    page: int = 1_000
    faults: list[Fault] = field(default_factory=list)
    computed: dict[str, Json] = field(default_factory=dict)
    _running: dict[str, tuple[str, int]] = field(default_factory=dict)

    def fault(self, path: str) -> Reply | None:
        """Return the fault that a request meets, if any."""
        for one in self.faults:
            if one.times and re.search(one.pattern, path, re.IGNORECASE):
                one.times -= 1
                return one.reply
        return None

    def answer(self, url: str, store: Store, method: str, path: str, query: str) -> Reply:
        """Return a resource, a page of a list, or what is computed: that is ready at the second time of asking."""
        if method == "POST":
            return self._start(url, path)
        if path in self._running:
            return self._result(path)
        found = store.get(path)
        if found is not None:
            return Reply(200, found)
        listed = store.listed(path)
        if listed is None and path.count("/") < 7 and "/providers/" not in path:
            return Reply(404, error_body("SubscriptionNotFound", f"{path} was not found"))
        if listed is None:
            return Reply(404, error_body("ResourceNotFound", f"{path} was not found"))
        return Reply(200, self._page(url, path, query, listed))

    def _page(self, url: str, path: str, query: str, listed: list[Json]) -> Json:
        version = re.search(r"api-version=([^&]+)", query)
        assert version is not None, "every request names the version of the interface"
        skipped = re.search(r"skipToken=(\d+)", query)
        start = int(skipped[1]) if skipped else 0
        body: Json = {"value": listed[start : start + self.page]}
        if start + self.page < len(listed):
            more = f"api-version={version[1]}&%24skipToken={start + self.page}"
            body["nextLink"] = f"{url}{quote(path)}?{more}"
        return body

    def _start(self, url: str, path: str) -> Reply:
        if path.casefold() not in {one.casefold() for one in self.computed}:
            return Reply(400, error_body("NicNotRunning", f"{path}: the VM does not run"))
        place = f"/operations/{len(self._running)}"
        self._running[place] = path, 1
        return Reply(202, None, (("Location", f"{url}{place}"), ("Retry-After", "0")))

    def _result(self, place: str) -> Reply:
        path, left = self._running[place]
        if left:
            self._running[place] = path, left - 1
            return Reply(202, None, (("Retry-After", "0"),))
        return Reply(200, next(body for one, body in self.computed.items() if one.casefold() == path.casefold()))
