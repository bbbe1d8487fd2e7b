"""The Azure CLI of its own virtual environment, signed in to the test's own cloud, and scripts run with it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.real_az.server import CLIENT, SUBSCRIPTION, TENANT, Arm

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "AZURE_CORE_COLLECT_TELEMETRY": "no",
    "AZURE_CORE_SURVEY_MESSAGE": "no",
    "AZURE_CORE_NO_COLOR": "yes",
    "AZURE_CORE_OUTPUT": "json",
    "AZURE_CORE_INSTANCE_DISCOVERY": "no",
    "AZURE_CORE_ENCRYPT_TOKEN_CACHE": "no",
    "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no",
    "AZURE_CLIENTS_SHOW_SECRETS_WARNING": "no",
}
"""The CLI's own settings, as variables: nothing is asked, nothing is told to anybody."""
NOWHERE = "http://127.0.0.1:9"
"""A proxy where nobody listens, for every address but this machine's: a command that calls out fails."""


class NotInstalledError(Exception):
    """The Azure CLI is not there; the text says what would bring it."""


def venv() -> Path:
    """Return the virtual environment with the Azure CLI; raise NotInstalledError where the tests have to be skipped."""
    if os.environ.get("NETCHECK_REAL_AZ") == "0":
        raise NotInstalledError("NETCHECK_REAL_AZ=0 turns the Azure CLI off")
    folder = ROOT / os.environ.get("NETCHECK_AZ_VENV", ".venv-az")
    if not (folder / "ready").is_file():
        raise NotInstalledError("the Azure CLI is not installed: bash tests/real_az/install.sh")
    return folder


@dataclass(frozen=True)
class Ended:
    """What one script printed, and its exit status."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Azure:
    """The CLI signed in to a small Resource Manager; scripts run in a folder with one file, and see nothing else."""

    arm: Arm
    environment: Mapping[str, str]
    folder: Path

    def run(self, script: str, **variables: str) -> Ended:
        """Run a script with bash as a user would, from a file; variables are set in its environment."""
        file = self.folder.parent / "script.sh"
        file.write_text(script, encoding="utf-8")
        done = subprocess.run(
            ["/bin/bash", file],
            stdin=subprocess.DEVNULL,
            env={**self.environment, **variables},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


def certify(folder: Path) -> None:
    """Make a certificate for 127.0.0.1 and the authority that signs it: `server.pem`, `server.key`, `client.pem`."""
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    server.private_key_pem.write_to_path(str(folder / "server.key"))
    server.cert_chain_pems[0].write_to_path(str(folder / "server.pem"))
    authority.cert_pem.write_to_path(str(folder / "client.pem"))


def signed_in(arm: Arm, authority: Path, folder: Path) -> Azure:
    """Return the CLI with a configuration of its own in the folder, signed in once for all commands."""
    config, home = folder / "azure", folder / "home"
    config.mkdir()
    home.mkdir()
    (home / "notes.txt").touch()  # what a shell makes of an unquoted `*`
    environment = {
        **SETTINGS,
        "PATH": f"{venv() / 'bin'}:/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "HTTP_PROXY": NOWHERE,
        "HTTPS_PROXY": NOWHERE,
        "NO_PROXY": "127.0.0.1",
        "AZURE_CONFIG_DIR": str(config),
        "REQUESTS_CA_BUNDLE": str(authority),
    }
    azure = Azure(arm, environment, home)
    ended = azure.run(_sign_in(arm.url))
    assert ended.status == 0, ended.err
    return azure


def _sign_in(url: str) -> str:
    """Return the commands that name a cloud whose every endpoint is the test's server, and sign in to it."""
    return f"""set -e
az cloud register --name Test --skip-endpoint-discovery --endpoint-resource-manager {url} \\
  --endpoint-management {url} --endpoint-active-directory {url} --endpoint-active-directory-resource-id {url} \\
  --endpoint-active-directory-graph-resource-id {url} --endpoint-microsoft-graph-resource-id {url}
az cloud set --name Test
az login --service-principal --username {CLIENT} --password secret --tenant {TENANT}
az account set --subscription {SUBSCRIPTION}
"""
