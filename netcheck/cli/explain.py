"""`netcheck explain`."""

from __future__ import annotations

import argparse

from netcheck.cli.common import STATUS, add_format, emit, load, site_name, word, words

EXAMPLE = "netcheck explain site.yaml '10.0.0.4 -> 20.60.0.1:443/tcp'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "site", metavar="SITE", nargs="+", help="site file or folder, then one flow `A -> B:PORT/PROTO`"
    )
    parser.add_argument(
        "--from", dest="source", default="", metavar="X", help="instead of a flow: a question as in reach"
    )
    parser.add_argument("--to", dest="target", default="", metavar="Y", help="its destination")
    parser.add_argument("--port", metavar="P", help="its ports")
    parser.add_argument("--protocol", default="tcp", metavar="PROTO", help="its protocol (default: tcp)")
    parser.add_argument("--via", metavar="PROXY", help="through this proxy VM: both legs are explained")
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Answer, print, return the status."""
    from dataclasses import replace

    from netcheck.errors import QuestionError
    from netcheck.path.leg import Verdict
    from netcheck.questions.asking import Asking
    from netcheck.questions.client_note import client_note
    from netcheck.questions.explain import (
        explain,
        explain_answer,
        explanation_dict,
        flow_question,
        parse_flow,
    )
    from netcheck.questions.reach import reach
    from netcheck.reports.explain_text import explain_text

    flows = [text for text in options.site if "->" in text]
    options.site = [text for text in options.site if "->" not in text]
    if not options.site or len(flows) + bool(options.source or options.target) != 1:
        help_text = "give SITE and one flow such as '10.0.0.4 -> 20.60.0.1:443/tcp', or --from, --to and --port"
        raise QuestionError("NC310", "the question names no flow, or several", help_text)
    if flows and options.port:
        raise QuestionError("NC310", "the flow has a port, and `--port` gives another", "leave `--port` out")
    site, via = load(options), word(options.via)
    asking = Asking(site)
    if flows and not via:
        flow = parse_flow(site, flows[0])
        explanation, note = explain(site, flow, asking), client_note(asking, flow)
        explanation = replace(explanation, reasons=(*explanation.reasons, *([note] if note else ())))
        ports = [str(flow.destination_port)] if flow.destination_port else []
        told = flow.to_dict()
        picture = _draw(options, str(told["source"]), str(told["destination"]), ports, str(told["protocol"]))
        emit(options, lambda width: explain_text([explanation], None, picture, width), explanation.to_dict)
        return STATUS[explanation.verdict]
    source, target, ports, protocol = options.source, options.target, words(options.port), options.protocol
    if flows:
        source, target, port, protocol = flow_question(flows[0])
        ports = [port]
    answer = reach(site, source, target, ports, protocol, via, asking)
    if via:
        flows_asked = [flow for verdict in Verdict for flow in answer.witnesses(verdict)]
        notes = dict.fromkeys(client_note(asking, flow, via) for flow in flows_asked)
        answer = replace(answer, reasons=(*answer.reasons, *(note for note in notes if note)))
    explanations = list(explain_answer(asking, answer, via))
    picture = _draw(options, source, target, ports, protocol, via)
    emit(
        options,
        lambda width: explain_text(explanations, answer, picture, width),
        lambda: explanation_dict(explanations, answer),
    )
    return STATUS[answer.verdict]


def _draw(options: argparse.Namespace, source: str, target: str, ports: list[str], protocol: str, via: str = "") -> str:
    """Return the command that draws the path that is explained."""
    import shlex

    words = ["--from", source, "--to", target, *(["--port", ",".join(ports)] if ports else [])]
    words += [] if protocol == "tcp" else ["--protocol", protocol]
    words += ["--via", via] if via else []
    return f"netcheck draw {site_name(options)} {shlex.join(words)} --output path.svg"
