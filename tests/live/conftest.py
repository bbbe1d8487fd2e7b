"""The service that is read from, and the environment in which azure-identity finds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real_az.server import CLIENT, TENANT, Arm, serving
from tests.real_az.session import NOWHERE, certify


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, and the authority that signed it."""
    folder = tmp_path_factory.mktemp("keys")
    certify(folder)
    return folder


@pytest.fixture
def arm(keys: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Arm]:
    """An empty service, to which the environment signs in with a secret."""
    for name in [one for one in os.environ if one.startswith(("AZURE_", "MSI_", "IDENTITY_"))]:
        monkeypatch.delenv(name)
    with serving(keys / "server.pem", keys / "server.key") as service:
        settings = {
            "AZURE_AUTHORITY_HOST": service.url,
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": "a-secret-that-nobody-may-see",
            "REQUESTS_CA_BUNDLE": str(keys / "client.pem"),
            "HTTP_PROXY": NOWHERE,
            "HTTPS_PROXY": NOWHERE,
            "NO_PROXY": "127.0.0.1",
            "HOME": str(tmp_path),
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        yield service
