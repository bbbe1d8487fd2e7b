"""The command line: finds the command, runs it, turns its outcome into an exit status."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from netcheck._version import __version__
from netcheck.cli.terminal import columns, leave, say, spell_what_lacks

TYPE_CHECKING = False  # checkers know the name; to import it from typing takes 2 ms
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from typing import TextIO

COMMANDS = {
    "check": "can each VM's backup traffic reach what it needs, and what to change",
    "reach": "can packets from X get to Y: exact sets, deciding rules",
    "explain": "the same, hop by hop, with the rules passed over and why",
    "filter": "what one NSG alone does with packets",
    "compare": "whitelist the ranges, or go through the proxy: what works, what it costs",
    "fix": "the proven plan that opens the path, as commands to run",
    "diff": "what a change opens and closes, and by which rule",
    "lint": "dead, redundant and over-wide rules, and other traps of the site",
    "test": "do the intents of a file hold: must reach, must not reach, exactly",
    "matrix": "all pairs of VMs, and each to the Internet, in groups that behave alike",
    "ready": "is the site prepared for its first backup: the whole checklist",
    "client": "what to type on the proxy's clients and on the proxy itself",
    "draw": "the network as a picture",
    "report": "all of it as one HTML page: verdicts, ways, options, plan, findings",
    "serve": "the report as a local page that follows the files, with a form for paths",
    "mcp": "the answers for assistants: a Model Context Protocol server on stdio",
    "tags": "service-tag files: which tag, what changed, the current one",
    "collect": "read subscriptions from Azure into a folder that is a site",
    "convert": "everything read as one site file, or its digest",
    "doctor": "is netcheck installed well, and what could be installed beside it",
    "completion": "print what lets a shell complete commands, options and files",
    "init": "print a site file to start from",
    "schema": "print the JSON Schema of site, intents or profile",
    "rule": "explain a message code such as NC104",
}
EXIT_STATUS = (
    "exit status: 0 yes, 1 no, 2 bad usage, 3 bad input, 4 cannot decide,\n             70 a fault in netcheck"
)
EXIT_USAGE, EXIT_INPUT, EXIT_FAULT, EXIT_PIPE = 2, 3, 70, 141


def build_parser(command: str, is_first: bool = False) -> argparse.ArgumentParser:
    """Return the parser; only the command that is asked for brings its options with it.

    Where the command is the first word, no message can list the others, and it stands alone.
    """
    import argparse
    from functools import partial

    formatter = partial(argparse.RawDescriptionHelpFormatter, width=columns(sys.__stdout__) - 2)
    parser = argparse.ArgumentParser(
        prog="netcheck",
        description="example:  netcheck check site.yaml\n\n"
        "Decide offline, for all packets at once, what gets through an Azure network.",
        epilog=EXIT_STATUS,
        formatter_class=formatter,
    )
    parser.add_argument("--version", action="version", version=f"netcheck {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        if name == command:
            module = import_module(f"netcheck.cli.{_module_name(name)}")
            one = commands.add_parser(
                name,
                help=text,
                description=f"example:  {module.EXAMPLE}\n\n{text[0].upper()}{text[1:]}.",
                formatter_class=formatter,
                epilog=EXIT_STATUS,
            )
            module.add_arguments(one)
            add_common_arguments(one, getattr(module, "MEANS", {}))
            one.set_defaults(run=module.run)
        elif not is_first:
            commands.add_parser(name, help=text, add_help=False)
    return parser


def _module_name(command: str) -> str:
    return {"filter": "filter_", "init": "init_", "test": "intents"}.get(command, command)


def add_common_arguments(parser: argparse.ArgumentParser, means: Mapping[str, tuple[str, str]]) -> None:
    """Add the options that mean the same on every command; `means` has value and help of those that do not quite."""
    group = parser.add_argument_group("on every command")
    group.add_argument("--output", metavar="FILE", help="write the answer to a file instead of standard output")
    group.add_argument("--tags", metavar="FILE", help="service-tag file (JSON, or the older XML); overrides the site's")
    group.add_argument("--subscription", metavar="ID", help="where a template is deployed, for `subscription()`")
    group.add_argument("--resource-group", metavar="NAME", help="the same, where the files do not say it")
    group.add_argument("--location", metavar="REGION", help="the region, where neither files nor templates say it")
    group.add_argument("-q", "--quiet", action="store_true", help="no warnings and notes on standard error")
    group.add_argument("-v", "--verbose", action="store_true", help="say more")
    group.add_argument("--color", choices=["auto", "always", "never"], default="auto", help="colour in text output")
    for action in group._group_actions:
        action.metavar, action.help = means.get(action.dest, (action.metavar, action.help))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; nothing that a user can cause ends in a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments == ["--version"]:  # what scripts ask first needs no parser
        print(f"netcheck {__version__}")
        return 0
    try:
        command = next((word for word in arguments if not word.startswith("-")), "")
        is_first = command in COMMANDS and arguments[0] == command
        parser = build_parser(command, is_first)
        options = _parse(parser, _with_config(parser, command, arguments))
        from netcheck.cli.progress import Progress

        with Progress(options.quiet) as options.progress:
            return int(options.run(options))
    except SystemExit as stop:  # argparse: 0 after --help and --version, 2 on wrong usage
        return stop.code if isinstance(stop.code, int) else EXIT_USAGE
    except BrokenPipeError:  # the reader of what is said beside the answer is gone, before there was an answer
        return EXIT_PIPE
    except KeyboardInterrupt:
        return 130
    except RecursionError:
        say("netcheck: the input is nested or linked too deeply")
        return EXIT_INPUT
    except Exception as error:
        status = _say_error(error)
        if status is None:
            say_fault(error, "-v" in arguments or "--verbose" in arguments)
        return EXIT_FAULT if status is None else status


def _with_config(parser: argparse.ArgumentParser, command: str, arguments: Sequence[str]) -> list[str]:
    """Return the arguments with those that the project's file gives the command before what is typed for it."""
    files = ("netcheck.toml", "pyproject.toml")
    if command not in COMMANDS or not any(os.path.isfile(one) for one in files):  # noqa: PTH113 - 3 ms to load pathlib
        return list(arguments)
    from netcheck.cli.config import configured

    at = arguments.index(command) + 1
    is_quiet = "-q" in arguments or "--quiet" in arguments
    return [*arguments[:at], *configured(parser, command, COMMANDS, is_quiet), *arguments[at:]]


def _say_error(error: Exception) -> int | None:
    """Say what a user can mend, and return the status; None for a fault of ours."""
    from netcheck.errors import InputError, NetcheckError, PlanError  # what goes well needs no errors

    if not isinstance(error, NetcheckError):
        return None
    told = [found.render() for found in error.diagnostics] if isinstance(error, InputError) else [str(error)]
    for text in told:
        say(text)
    return 1 if isinstance(error, PlanError) else EXIT_INPUT


def _parse(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Parse; files and flows may also stand behind options, which argparse alone does not allow."""
    options, rest = parser.parse_known_args(arguments)
    more = getattr(options, "more", "site")
    if rest and (not hasattr(options, more) or any(word.startswith("-") and word != "-" for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        setattr(options, more, [*getattr(options, more), *rest])
    return options


def say_fault(fault: BaseException, with_traceback: bool) -> str:
    """Say on standard error that netcheck has failed, and return what was said without the traceback."""
    if with_traceback:
        import traceback

        traceback.print_exception(fault)
    told = f"netcheck: a fault in netcheck itself: {type(fault).__name__}: {fault}\n"
    told += "  help: run again with -v and report what it prints, with the input if you can"
    say(told)
    return told


def console() -> None:
    """The `netcheck` command."""
    import gc

    gc.disable()  # one short run: the collector would only walk the parsed files again and again
    for stream in (sys.stdout, sys.stderr):
        spell_what_lacks(stream)
    status = main()
    for stream in (sys.stdout, sys.stderr):
        status = _written_out(stream, status)
    os._exit(status)  # without tearing down half a million objects one by one


def _written_out(stream: TextIO | None, status: int) -> int:
    """Write what is left, and return the status: the answer's own where its reader has just seen enough."""
    if stream is None or stream.closed:
        return status
    try:
        stream.flush()
    except BrokenPipeError:
        leave(stream)
    except OSError as error:
        if stream is sys.stdout and sys.stderr is not None:
            say(f"netcheck: cannot write to standard output: {error.strerror}")
        return EXIT_INPUT if status in (0, 1, 4) else status  # these would say that there is an answer
    return status
