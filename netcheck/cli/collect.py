"""`netcheck collect`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import add_format, emit, word, words
from netcheck.cli.terminal import say

TYPE_CHECKING = False  # checkers know the name; the parser does without the typing module
if TYPE_CHECKING:
    from netcheck.live.collect.reading import Collected, Wanted

EXAMPLE = "netcheck collect --subscription ID --output site-folder"
MEANS = {
    "subscription": ("ID,…", "the subscriptions to read"),
    "resource_group": ("NAME", "only this resource group of each"),
    "output": ("FOLDER", "where to write; a former collection there is replaced"),
}
"""What options of every command mean here."""
_EXTRA = "pip install 'azure-netcheck[azure]'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command; subscription, resource group and folder are options of every command."""
    parser.add_argument(
        "--effective", metavar="VM,…", help="VMs for whose NICs Azure computes the effective rules and routes"
    )
    parser.add_argument(
        "--credential",
        choices=["default", "cli"],
        default="default",
        help="who signs in: whatever azure-identity finds, or `az login`",
    )
    parser.add_argument("--cloud", choices=["Public", "AzureGovernment", "China"], default="Public", help="which Azure")
    parser.add_argument("--endpoint", metavar="URL", help="another Resource Manager (Azure Stack, tests)")
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Read what the subscriptions hold, write the folder; 4 where something could not be read."""
    subscriptions = words(options.subscription)
    if not subscriptions or not options.output:
        needed = "--subscription" if not subscriptions else "--output"
        say(f"netcheck collect: error: {needed} is needed, as in `{EXAMPLE}`")
        return 2
    try:
        import azure.identity
        import azure.mgmt.core.policies  # noqa: F401
    except ImportError:
        say(f"netcheck collect: error: Azure's own packages are missing: {_EXTRA}")
        return 2
    from netcheck.live.collect.folder import check_folder, write_folder
    from netcheck.live.collect.reading import Wanted
    from netcheck.live.collect.signin import CLOUDS
    from netcheck.live.collect.summary import summary_dict, summary_text

    wanted = Wanted(tuple(dict.fromkeys(subscriptions)), word(options.resource_group), tuple(words(options.effective)))
    folder = options.output
    check_folder(folder)
    endpoint = word(options.endpoint) or CLOUDS[options.cloud].endpoint
    found = _collected(options, wanted, endpoint)
    write_folder(folder, found, wanted, options.cloud, endpoint)
    printed = argparse.Namespace(**{**vars(options), "output": None})  # the folder is that of the files
    emit(printed, lambda width: summary_text(found, folder, width), lambda: summary_dict(found, folder))
    return 4 if found.not_read else 0


def _collected(options: argparse.Namespace, wanted: Wanted, endpoint: str) -> Collected:
    """Read everything, and say on standard error how it goes."""
    from netcheck.live.collect.arm import Arm
    from netcheck.live.collect.signin import CLOUDS, credential
    from netcheck.live.collect.starting import read_all

    cloud = CLOUDS[options.cloud]
    scope = f"{endpoint.rstrip('/')}/.default" if options.endpoint else cloud.scope
    progress = options.progress
    waits: list[float] = []
    state = (0, 1)

    def told(done: int, whole: int, what: str) -> None:
        nonlocal state
        state = done, whole
        progress(done, whole, what)

    def wait(seconds: float) -> None:
        waits.append(seconds)
        progress(*state, f"Azure asks to wait {seconds:.0f} s")

    arm = Arm(endpoint, credential(cloud, options.credential, is_other_endpoint=bool(options.endpoint)), scope, wait)
    try:
        found = read_all(arm, wanted, told)
    finally:
        progress.close()
        arm.close()
    if waits and not options.quiet:
        times = "once" if len(waits) == 1 else f"{len(waits)} times"
        say(f"note: Azure asked {times} to wait (throttling), {sum(waits):.0f} s in all; nothing was lost by it")
    return found
