"""The look of pictures as CSS, for light and dark: in an SVG file of its own, or once in a page around several.

Verdicts differ in their word, their sign, their line and their border; colour comes on top of that.
"""

from __future__ import annotations

from netcheck.reports.picture.lettering import FONT

LIGHT = {
    "ground": "#ffffff", "ink": "#1b1f24", "muted": "#57606a", "line": "#6e7781", "network": "#f3f5f8",
    "network-edge": "#b6bfc9", "subnet": "#ffffff", "subnet-edge": "#8c959f", "node": "#eef2f7", "node-edge": "#6e7781",
    "reachable": "#116329", "reachable-fill": "#e6f4ea", "blocked": "#a40e26", "blocked-fill": "#fdeaea",
    "partial": "#7a4a00", "partial-fill": "#fdf3d8", "undetermined": "#5b32a3", "undetermined-fill": "#f1ecfb",
}  # fmt: skip
DARK = {
    "ground": "#0d1117", "ink": "#e6edf3", "muted": "#a3adb8", "line": "#8b949e", "network": "#151b23",
    "network-edge": "#3d444d", "subnet": "#0d1117", "subnet-edge": "#656d76", "node": "#1f2630", "node-edge": "#7d8590",
    "reachable": "#6fdd8b", "reachable-fill": "#12261a", "blocked": "#ff9a93", "blocked-fill": "#331618",
    "partial": "#e8bb4f", "partial-fill": "#2c230b", "undetermined": "#cdb3fb", "undetermined-fill": "#241c39",
}  # fmt: skip
"""Colours by what they are for. Each text has a contrast of 4.5 and more with what it may stand on."""
VERDICTS = ("reachable", "blocked", "partial", "undetermined")
TEXT_SIZE, NAME_SIZE, TITLE_SIZE = 11, 13, 16
DASHES = {"reachable": "", "blocked": "3 5", "partial": "11 5", "undetermined": "2 5"}
"""How the lines of a verdict are broken; that of what is blocked ends at a cross as well."""
_WIDTHS = {"reachable": 2, "blocked": 3, "partial": 2.5, "undetermined": 2.5}

_SHAPES = f"""\
.picture text {{ font: {TEXT_SIZE}px {FONT}; white-space: pre; }}
.picture .name {{ font-size: {NAME_SIZE}px; font-weight: bold; }}
.picture .headline {{ font-size: {TITLE_SIZE}px; font-weight: bold; }}
.picture .word {{ font-weight: bold; }}
.picture .network, .picture .subnet, .picture .node {{ stroke-width: 1; }}
.picture .edge, .picture .way {{ fill: none; stroke-width: 1.3; stroke-linejoin: round; }}
.picture .proxy-setting {{ stroke-dasharray: 6 4; }}
.picture .peering {{ stroke-width: 2; stroke-dasharray: 12 3 3 3; }}
.picture .service {{ stroke-dasharray: 9 2; }}
.picture .route {{ stroke-dasharray: 1.5 3; stroke-linecap: round; stroke-width: 1.8; }}
.picture .sign path {{ fill: none; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }}
"""


def _lines() -> str:
    return "".join(
        f".picture .way.{one} {{ stroke-width: {_WIDTHS[one]}; stroke-dasharray: {DASHES[one] or 'none'}; }}\n"
        f".picture .box.{one}, .picture .marked.{one} {{ stroke-width: {_WIDTHS[one]}; stroke-dasharray: "
        f"{'none' if one == 'blocked' else DASHES[one] or 'none'}; }}\n"
        for one in VERDICTS
    )


def _colours(palette: dict[str, str]) -> str:
    rules = [
        f".picture .ground {{ fill: {palette['ground']}; }}",
        f".picture text {{ fill: {palette['ink']}; }}",
        f".picture .muted {{ fill: {palette['muted']}; }}",
        f".picture .network {{ fill: {palette['network']}; stroke: {palette['network-edge']}; }}",
        f".picture .subnet {{ fill: {palette['subnet']}; stroke: {palette['subnet-edge']}; }}",
        f".picture .node {{ fill: {palette['node']}; stroke: {palette['node-edge']}; }}",
        f".picture .edge, .picture .way {{ stroke: {palette['line']}; }}",
        f".picture .tip {{ fill: {palette['line']}; }}",
        f".picture .icon {{ fill: none; stroke: {palette['muted']}; stroke-width: 1.3; }}",
    ]
    for one in VERDICTS:
        colour = palette[one]
        rules += [
            f".picture .box.{one} {{ fill: {palette[f'{one}-fill']}; stroke: {colour}; }}",
            f".picture .way.{one}, .picture .marked.{one} {{ stroke: {colour}; }}",
            f".picture .tip.{one}, .picture .word.{one}, .picture .sign.{one} circle {{ fill: {colour}; }}",
            f".picture .sign.{one} path {{ stroke: {palette['ground']}; }}",
        ]
    rules += [
        f".picture .sign.partial path {{ fill: {palette['ground']}; stroke: none; }}",
        f".picture .quiet .box {{ fill: {palette['ground']}; stroke-width: 1; }}",
    ]
    return "\n".join(rules) + "\n"


PICTURE_CSS = (
    f"{_SHAPES}{_lines()}{_colours(LIGHT)}@media screen and (prefers-color-scheme: dark) {{\n{_colours(DARK)}}}\n"
)
"""The style of all pictures; every rule is about what is inside an element of the class `picture`."""
