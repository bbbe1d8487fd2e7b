"""A collection begins where somebody answers: what stops all of it is an error, and no folder is written."""

from __future__ import annotations

import logging

from netcheck.diagnostics import Diagnostic, Severity, Source
from netcheck.errors import InputError
from netcheck.live.collect.arm import Arm, NotReadError
from netcheck.live.collect.kinds import SUBSCRIPTIONS
from netcheck.live.collect.reading import Collected, Told, Wanted, collect

_SIGN_IN = "sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
_ROLE = "`Reader` on the subscription is enough for everything but `--effective`"


def read_all(arm: Arm, wanted: Wanted, told: Told) -> Collected:
    """Return what could be read; raise InputError where there is nobody to ask, or nothing at all may be read."""
    logging.getLogger("azure").addHandler(logging.NullHandler())  # what went wrong is said once, below
    for name in wanted.subscriptions:
        try:
            arm.get(f"/subscriptions/{name}", SUBSCRIPTIONS)
        except NotReadError as error:
            if error.status != 403:  # who may read one resource group may not be allowed to read this
                raise _stopped(name, error) from error
    found = collect(arm, wanted, told)
    if not found.read:
        first = found.not_read[0]
        raise _error(first.scope, f"nothing can be read: {first.answer}", _ROLE)
    return found


def _stopped(subscription: str, error: NotReadError) -> InputError:
    said = str(error).strip().partition("\n")[0]
    if error.status == 404:
        advice = "`az account list -o table` has the IDs; a subscription of another cloud needs `--cloud`"
        return _error(subscription, f"there is no subscription `{subscription}`", advice)
    if error.status == 401 or error.code in ("ClientAuthenticationError", "CredentialUnavailableError"):
        return _error(subscription, f"signing in failed: {said}", _SIGN_IN)
    if error.status == 0:
        return _error(
            subscription, f"Azure does not answer: {said}", "check the network, proxy settings and `--endpoint`"
        )
    return _error(subscription, f"Azure answers {error.status} {error.code}: {said}", "")


def _error(at: str, message: str, advice: str) -> InputError:
    return InputError([Diagnostic(code="NC150", severity=Severity.ERROR, message=message, at=Source(at), help=advice)])
