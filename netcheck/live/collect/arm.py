"""Azure Resource Manager, read: lists with all their pages, and the two POSTs that are reads.

The pipeline is that of Azure's SDK (azure-core), put together here, since that of its management clients is not only
for reading: it registers resource providers in the subscription when one is missing, with a POST. Nothing is logged,
and no redirect is followed, so that the token goes to the endpoint and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from azure.core import PipelineClient
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import HeadersPolicy, RequestIdPolicy, RetryPolicy, UserAgentPolicy
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from netcheck._version import __version__

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

Json = dict[str, Any]
RETRIES = 8
LONGEST_WAIT = 120.0
"""Seconds; the service asks for less than that, and one that asks for an hour is not waited for."""
LONGEST_BACKOFF = 10
"""Seconds between tries where the service does not say how long to wait: 52 in all."""
LONGEST_COMPUTATION = 300.0
"""Seconds that the service may take to compute what applies to a NIC."""
MOST_PAGES = 10_000


class NotReadError(Exception):
    """One request was not answered with what was asked for. `status` is 0 where there was no answer at all."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.status, self.code = status, code


class _Waiting(RetryPolicy[Any, Any]):
    """The SDK's retries (429, 503 and the like, as `Retry-After` says), with an end to how long one wait may be."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        super().__init__(retry_total=RETRIES, retry_status=RETRIES, retry_backoff_max=LONGEST_BACKOFF)
        self._tell = tell

    def get_retry_after(self, response: Any) -> float | None:
        """Return how many seconds to wait; None where the service does not say it."""
        asked = super().get_retry_after(response)
        if asked is None:
            return None
        self._tell(min(asked, LONGEST_WAIT))
        return min(asked, LONGEST_WAIT)


class Arm:
    """The service at one endpoint. `tell` is called with the seconds of each wait that the service asks for."""

    def __init__(self, endpoint: str, credential: TokenCredential, scope: str, tell: Callable[[float], None]) -> None:
        self._endpoint = endpoint.rstrip("/")
        policies = [
            RequestIdPolicy(),
            HeadersPolicy({"Accept": "application/json"}),
            UserAgentPolicy(f"netcheck/{__version__}"),
            _Waiting(tell),
            ARMChallengeAuthenticationPolicy(credential, scope),
        ]
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(self._endpoint, policies=policies)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, version: str) -> Json:
        """Return one resource; raise NotReadError."""
        return _body(self._send("GET", self._url(path, version)))

    def listed(self, path: str, version: str) -> list[Json]:
        """Return all resources of a list, page by page; raise NotReadError, and then nothing of the list counts."""
        url, seen, found = self._url(path, version), set[str](), list[Json]()
        while url:
            if url in seen or len(seen) == MOST_PAGES:
                raise NotReadError(200, "PagesWithoutEnd", "its pages lead back to one that was read")
            seen.add(url)
            body = _body(self._send("GET", url))
            items = body.get("value")
            if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
                raise NotReadError(200, "NoList", "the answer holds no list of resources")
            found += items
            url = self._here(body.get("nextLink") or "")
        return found

    def computed(self, path: str, version: str) -> Json:
        """Return what the service computes for a NIC, however long it takes; raise NotReadError."""
        response = self._send("POST", self._url(path, version))
        started, place = time.monotonic(), ""
        while response.status_code == 202:
            if time.monotonic() - started > LONGEST_COMPUTATION:
                raise NotReadError(202, "NotReady", "Azure has not computed it in five minutes")
            place = self._here(response.headers.get("Location", place))
            if not place:
                raise NotReadError(202, "NoLocation", "the answer does not say where the result will be")
            time.sleep(_pause(response.headers.get("Retry-After", "")))
            response = self._send("GET", place)
        return _body(response)

    def _url(self, path: str, version: str) -> str:
        if not path.startswith("/") or path.startswith("//"):  # an ID comes from an answer, and is put behind the host
            raise NotReadError(200, "NoResourceId", "an answer holds an ID that is none")
        return f"{self._endpoint}{quote(path)}?api-version={version}"

    def _here(self, url: str) -> str:
        """Return the address of a page; the token is for the endpoint, and is not sent elsewhere."""
        own, other = urlsplit(self._endpoint), urlsplit(url)
        if url and (own.scheme, own.netloc.casefold()) != (other.scheme, other.netloc.casefold()):
            raise NotReadError(200, "OtherHost", "an answer leads to another host")
        return url

    def _send(self, method: str, url: str) -> HttpResponse:
        try:
            response = self._client.send_request(HttpRequest(method, url))
            response.read()
        except AzureError as error:
            raise NotReadError(0, type(error).__name__, str(error)) from error
        if response.status_code not in (200, 202):
            raise NotReadError(response.status_code, *_error_of(response))
        return response


def _body(response: HttpResponse) -> Json:
    try:
        body = response.json()
    except ValueError:
        raise NotReadError(response.status_code, "NoJson", "the answer is no JSON") from None
    if not isinstance(body, dict):
        raise NotReadError(response.status_code, "NoJson", "the answer is no JSON object")
    return body


def _error_of(response: HttpResponse) -> tuple[str, str]:
    """Return code and message of an error, as far as the answer has them."""
    try:
        body = response.json()
    except ValueError:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return response.reason or "NoReason", ""
    return str(error.get("code") or response.reason or "NoReason"), str(error.get("message") or "")


def _pause(asked: str) -> float:
    """Return the seconds to wait for a result."""
    return min(float(asked), LONGEST_WAIT) if asked.isascii() and asked.isdecimal() else 1.0
