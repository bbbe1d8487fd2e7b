"""The pages that are served: the report with a form above it, the answer to a question, and what is stale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from netcheck.errors import PlanError, QuestionError
from netcheck.live.live import State
from netcheck.live.serve.question import PROTOCOLS, Asked, explained
from netcheck.model.site import Site
from netcheck.overview.html.page import report_sections, title_of, with_pictures
from netcheck.overview.html.summary import summary
from netcheck.overview.html.typed import Typed
from netcheck.overview.html.ways import way_content
from netcheck.overview.html.words import bullets, decided, paragraph, port_list, prose
from netcheck.overview.report import Report
from netcheck.questions.answer import SETTLED, Answer
from netcheck.questions.catalog import CodeEntry
from netcheck.reports.html.markup import Content, code, element, name, preformatted
from netcheck.reports.html.page import Assets, Section, page
from netcheck.reports.html.parts import badge, copyable, row, table
from netcheck.reports.text import packets_text

ASSETS = ("report.css", "report.js", "serve.css", "serve.js")
SUGGESTED = 500
"""Names that the form suggests."""


@dataclass(frozen=True, slots=True)
class Overview:
    """One reading of the site: the report, or why there is none about its backup traffic."""

    site: Site
    report: Report | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    """Makes pages out of states; the rest is the same for all of them."""

    typed: Typed
    catalog: Mapping[str, CodeEntry]
    assets: Assets

    @property
    def embedded(self) -> Assets:
        """The styles and scripts of every page."""
        return with_pictures(self.assets)

    def whole(self, state: State[Overview]) -> str:
        """Return the report, with the form above it."""
        overview = state.value
        ask = Section("ask", "Ask about a path", [_form(overview.site, Asked())])
        if overview.report is None:
            why = paragraph("There is no report about backup traffic: ", prose(overview.why_not), ".", classes="note")
            return self._page(title_of(self.typed), state, [why], [ask])
        sections = report_sections(overview.report, self.typed, self.catalog)
        return self._page(title_of(self.typed), state, [summary(overview.report, self.typed)], [ask, *sections])

    def answered(self, state: State[Overview], asked: Asked) -> str:
        """Return the answer to a question; raise QuestionError where it cannot be asked."""
        way = explained(state.value.site, asked)
        sections = [
            Section("packets", "Packets, and who decides", [_parts(way.answer)]),
            Section("way", "The way, hop by hop", [*way_content(way, "way", self.typed, is_one_of=False)]),
            Section("notes", "Notes", _notes(way.answer, self._commands(asked))),
            Section("ask", "Ask another question", [_form(state.value.site, asked), _back()]),
        ]
        title = f"{asked.source} to {asked.target}"
        return self._page(title, state, [_headline(way.answer)], sections)

    def refused(self, state: State[Overview], asked: Asked, error: QuestionError | PlanError) -> str:
        """Return the page on a question that cannot be asked: why, what could be, and the form as it was filled."""
        told: list[Content] = [code(error.code), " ", *prose(error.message), "."]
        lead = [paragraph(element("strong", "This cannot be answered: "), told, classes="answer")]
        lead += [paragraph(prose(error.help), ".")] if error.help else []
        ask = Section("ask", "Ask about a path", [_form(state.value.site, asked), _back()])
        return self._page("No answer", state, lead, [ask])

    def _commands(self, asked: Asked) -> list[ET.Element]:
        commands = [self.typed.command(one, *asked.words(), has_choice=False) for one in ("reach", "explain")]
        return [copyable("\n".join(commands) + "\n", "the same in a terminal", "typed")]

    def _page(self, title: str, state: State[Overview], lead: Sequence[ET.Element], sections: Sequence[Section]) -> str:
        return page(title, [*_freshness(state), *lead], sections, self.embedded, is_served=True)


def _freshness(state: State[Overview]) -> list[ET.Element]:
    """Return the line in which the script says that the site has changed, and what is stale already."""
    live = element("div", id="live", role="status", hidden=True, data_version=state.version)
    if not state.is_stale:
        return [live]
    said = [
        paragraph(element("strong", "This is stale."), " A file has changed and cannot be read any more. What follows "
                  "is what the files said before.", classes="lead"),
        *(preformatted(one, tabindex=0, role="region", aria_label="What is wrong") for one in state.faults),
    ]  # fmt: skip
    return [live, element("div", *said, classes="stale", role="alert")]


def _headline(answer: Answer) -> ET.Element:
    q = answer.question
    via: list[Content] = [" via ", name(q.via)] if q.via else []
    on_ports = f" {port_list(q.ports)}" if q.ports else ""
    asked: list[Content] = [" ", name(q.source), " \u2192 ", name(q.target), *via, f", {q.protocol}{on_ports}"]
    return paragraph(badge(answer.verdict), asked, classes="answer")


def _parts(answer: Answer) -> ET.Element:
    ranked = [part for verdict in SETTLED for part in answer.parts if part.verdict is verdict]
    rows = [
        row(badge(one.verdict), packets_text(one.packets), f"{one.packets.count_pairs():,}",
            element("td", decided(one.verdict, one.decided_by)))
        for one in ranked
    ]  # fmt: skip
    return table("Packets", ["verdict", "packets", "address-port pairs", "decided by"], rows)


def _notes(answer: Answer, commands: Sequence[ET.Element]) -> list[ET.Element]:
    told = [prose(reason) for reason in answer.reasons]
    told += [[code(one.code), " ", *prose(one.message)] for one in answer.findings]
    if answer.tags is not None:
        told.append([f"service tags: {answer.tags.file}, cloud {answer.tags.cloud}"])
    return [*([bullets(told)] if told else []), *commands]


def _form(site: Site, asked: Asked) -> ET.Element:
    """Return the form; it is sent to the address of the page itself."""
    names = [vm.name for vm in site.virtual_machines]
    names += [subnet.full_name for network in site.virtual_networks for subnet in network.subnets]
    names += ["Internet"]
    proxies = [vm.name for vm in site.virtual_machines if vm.proxy_server is not None]
    protocols = [element("option", one, value=one, selected=one == asked.protocol) for one in PROTOCOLS]
    return element(
        "form",
        _field("from", "From", asked.source, "VM, subnet, address or prefix", names, required=True),
        _field("to", "To", asked.target, "the same, or a service tag such as Storage", names, required=True),
        _field("port", "Port", asked.port, "443, or 80,443, or 8000-8100", []),
        element("label", "Protocol ", element("select", *protocols, name="protocol")),
        _field("via", "Through the proxy", asked.via, "a VM, or empty", proxies),
        element("button", "Ask", type="submit"),
        method="post",
        classes="ask",
        id="question",
    )


def _field(key: str, label: str, value: str, hint: str, names: Sequence[str], *, required: bool = False) -> ET.Element:
    suggested = [element("option", value=one) for one in dict.fromkeys(names[:SUGGESTED])]
    field = element(
        "input", name=key, value=value, placeholder=hint, list=f"{key}-names", autocomplete="off", spellcheck="false",
        required=required,
    )  # fmt: skip
    return element("label", f"{label} ", field, element("datalist", *suggested, id=f"{key}-names"))


def _back() -> ET.Element:
    return element("form", element("button", "The whole report", type="submit"), method="get", classes="ask")
