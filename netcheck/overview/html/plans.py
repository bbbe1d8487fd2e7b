"""The plans: of each option that works the proof, then the commands in a tab for each dialect, then their undo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from netcheck.overview.html.typed import Typed
from netcheck.overview.html.words import bullets, counted, paragraph, prose
from netcheck.overview.plans import OptionPlans, SpelledPlan
from netcheck.overview.report import Report
from netcheck.path.leg import Verdict
from netcheck.remedy.changes import Change
from netcheck.remedy.dialects.dialect import Dialect
from netcheck.remedy.fix import Fix
from netcheck.remedy.proof import proof_lines
from netcheck.reports.html.markup import Content, code, element
from netcheck.reports.html.parts import Tab, copyable, tabs

MOST_CHARACTERS = 1_000_000
"""Characters of scripts that a page holds; further options are named with the command that prints their plan."""
_TITLES = {
    Dialect.CLASSIC: "PowerShell (classic)",
    Dialect.AZ: "Azure CLI",
    Dialect.AZPS: "Azure PowerShell",
    Dialect.TERRAFORM: "Terraform",
    Dialect.BICEP: "Bicep",
    Dialect.ARM: "ARM template",
}


def plans(report: Report, typed: Typed) -> list[ET.Element]:
    """Return the plan of the first option openly and those of the others folded; what is left out is named."""
    if not report.plans:
        why = report.why_not or (report.comparison.why if report.comparison else "")
        return [paragraph("There is no proven plan: ", prose(why), ".")]
    found: list[ET.Element] = []
    room, left = MOST_CHARACTERS, []
    for number, one in enumerate(report.plans, 1):
        size = sum(len(plan.fix.script) for plan in one.plans if plan.fix)
        if number > 1 and size > room:
            left.append(one)
            continue
        room -= size
        found.append(_option(one, number, typed))
    found += _others(report, left, typed)
    return found


def _others(report: Report, left: Sequence[OptionPlans], typed: Typed) -> Iterator[ET.Element]:
    for one in left:
        yield paragraph(
            "Too long for a page: the plan of ",
            code(one.choice.option),
            ", which ",
            code(typed.command("fix", "--option", one.choice.option)),
            " prints.",
            classes="note",
        )
    told = {one.choice.option for one in report.plans}
    others = [option for option in report.comparison.order if option not in told] if report.comparison else []
    if others:
        named: list[Content] = [part for option in others for part in (", ", code(option))][1:]
        yield paragraph(
            "No plan, because they are not proven to work or do not fit as the site is: ",
            *named,
            ". The options above say why.",
            classes="note",
        )


def _option(one: OptionPlans, number: int, typed: Typed) -> ET.Element:
    option = one.choice.option
    views = [
        Tab(_TITLES[plan.dialect], _view(plan, f"plan-{number}-{plan.dialect}", option, typed)) for plan in one.plans
    ]
    content = tabs(f"Plan of {option} for", views, f"plan-{number}", level=4)
    if number == 1:
        return element("div", element("h3", "Plan of ", code(option)), content, classes="plan")
    return element("details", element("summary", "Plan of ", code(option)), content, classes="plan")


def _view(plan: SpelledPlan, anchor: str, option: str, typed: Typed) -> list[Content]:
    if plan.fix is None:
        return [paragraph("This dialect has no such plan: ", prose(plan.why_not), ".")]
    fix = plan.fix
    command = typed.command("fix", "--option", option, "--as", plan.dialect)
    return [
        _proof(fix),
        *_notes(fix),
        *_changes(fix, anchor),
        *_script(fix, anchor),
        paragraph("The same in the terminal: ", code(command), classes="soft"),
    ]


def _proof(fix: Fix) -> ET.Element:
    head, *rest = proof_lines(fix.plan)
    if not fix.plan.edits and fix.plan.before is fix.plan.after is Verdict.REACHABLE:
        return paragraph(element("strong", "The backup traffic passes as it is."), classes="proof")
    lines = (line.strip() for line in rest)
    return element(
        "div",
        paragraph(element("strong", f"{head[:1].upper()}{head[1:]}.")),
        bullets(prose(line) for line in lines),
        classes="proof",
    )


def _notes(fix: Fix) -> Iterator[ET.Element]:
    if fix.plan.notes:
        yield bullets(([element("strong", "Note: "), *prose(note)] for note in fix.plan.notes), "notes")


def _changes(fix: Fix, anchor: str) -> Iterator[ET.Element]:
    """Yield what to change that is no NSG rule, with what to type for it."""
    for number, change in enumerate((one for one in fix.plan.changes), 1):
        yield paragraph("Also needed: " if change.is_in_proof else "First: ", prose(change.what), ".")
        if change.commands:
            yield copyable(_lines(change), f"what to type on {change.resource}", f"{anchor}-change-{number}")


def _lines(change: Change) -> str:
    return "".join(f"{line}\n" for command in change.commands for line in command.splitlines())


def _script(fix: Fix, anchor: str) -> Iterator[ET.Element]:
    count = len(fix.plan.edits)
    if not fix.script:
        yield paragraph("No NSG rule has to change.")
        return
    yield paragraph(f"{counted(count, 'change').capitalize()} of NSG rules:")
    yield copyable(fix.script, f"the script, {_TITLES[fix.dialect]}", f"{anchor}-script")
    if fix.undo:
        yield element(
            "details",
            element("summary", "Undo"),
            copyable(fix.undo, f"the undo, {_TITLES[fix.dialect]}", f"{anchor}-undo"),
        )
