"""One path as SVG: its hops from left to right, each with who decides there and its verdict; rows wrap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from netcheck.path.leg import Verdict
from netcheck.questions.answer import Answer
from netcheck.reports.picture import shapes
from netcheck.reports.picture.lettering import all_wrapped, wrapped
from netcheck.reports.picture.path import PathHop, PathLeg, onward, path_legs
from netcheck.reports.picture.style import TEXT_SIZE

_MARGIN, _GAP, _LINE = 16, 30, 15
_BOX_WIDTH, _PAD = 170, 10
_END_WIDTH, _END_HEIGHT = 128, 46
_SHOWN_DECIDERS, _SHOWN_NOTES = 2, 6


def path_svg(answer: Answer, *, width: int = 960) -> str:
    """Return the picture of an answer as the text of an SVG file."""
    return shapes.to_file(path_element(answer, width=width))


def path_element(answer: Answer, *, width: int = 960) -> Element:
    """Return the picture of an answer as an element to embed in a page, which has the style (`PICTURE_CSS`).

    Each hop is a group of the class `hop` with its number in `data-hop`, as `path_legs` counts.
    """
    drawing = _Drawing(answer, width)
    for leg in drawing.legs:
        drawing.leg(leg)
    drawing.notes()
    return drawing.finished()


@dataclass(frozen=True, slots=True)
class _Stop:
    """Something on a row: an end of a leg (a text), or a hop; `arriving` is the verdict of the line that leads here."""

    shown: str | PathHop
    arriving: Verdict

    @property
    def width(self) -> int:
        return _END_WIDTH if isinstance(self.shown, str) else _BOX_WIDTH

    def lines(self) -> tuple[str, ...]:
        """Return who decides, as lines that fit."""
        if isinstance(self.shown, str):
            return ()
        deciders = self.shown.deciders() or ("nothing is applied",)
        more = len(deciders) - _SHOWN_DECIDERS
        told = [*deciders[:_SHOWN_DECIDERS], *([f"and {more} more"] if more > 0 else [])]
        return tuple(line for text in told for line in wrapped(text, _BOX_WIDTH - 2 * _PAD, TEXT_SIZE, 3))


class _Drawing:
    """A picture in the making, from top to bottom."""

    def __init__(self, answer: Answer, width: int) -> None:
        self.legs = path_legs(answer)
        self._answer, self._width, self._y = answer, max(width, _END_WIDTH + _BOX_WIDTH + _GAP + 2 * _MARGIN), 0.0
        q = answer.question
        via = f" via {q.via}" if q.via else ""
        self._asked = f"{q.source} \N{RIGHTWARDS ARROW} {q.target}{via}, {q.protocol} {','.join(q.ports)}"
        told = [f"{hop.title()}" for leg in self.legs for hop in leg.hops]
        self._root = shapes.picture(
            self._width, 0, f"{answer.verdict.upper()}: {self._asked}", "\n".join([*told, *answer.reasons])
        )
        hops = [hop for leg in self.legs for hop in leg.hops]
        self._behind = dict(zip((hop.number for hop in hops), onward(answer, hops), strict=True))
        self._headline()

    def _headline(self) -> None:
        room = self._width - 2 * _MARGIN
        shapes.sign(self._root, (_MARGIN + shapes.SIGN_RADIUS, 22), self._answer.verdict)
        word = self._answer.verdict.upper()
        shapes.line_of_text(self._root, (_MARGIN + 24, 28), word, room, f"headline word {self._answer.verdict}")
        shapes.line_of_text(self._root, (_MARGIN, 50), self._asked, room)
        self._y = 66

    def leg(self, leg: PathLeg) -> None:
        """Draw a leg below what is there."""
        if len(self.legs) > 1:
            at = self.legs.index(leg) + 1
            told = f"leg {at} of {len(self.legs)}: {leg.source} \N{RIGHTWARDS ARROW} {leg.target}"
            shapes.line_of_text(self._root, (_MARGIN, self._y + 12), told, self._width - 2 * _MARGIN, "word muted")
            self._y += 24
        rows = list(self._rows(leg))
        for number, row in enumerate(rows):
            following = rows[number + 1][0].arriving if number + 1 < len(rows) else None
            self._row(row, following, is_first=number == 0)
        self._y += 10

    def _rows(self, leg: PathLeg) -> Iterator[list[_Stop]]:
        """Yield the stops of a leg, as many in a row as fit."""
        row: list[_Stop] = []
        used = 2.0 * _MARGIN
        for stop in self._stops(leg):
            if row and used + _GAP + stop.width > self._width:
                yield row
                row, used = [], 2.0 * _MARGIN + _GAP
            used += stop.width + (_GAP if row else 0)
            row.append(stop)
        yield row

    def _stops(self, leg: PathLeg) -> Iterator[_Stop]:
        """Yield the ends of a leg and its hops between them; the last line carries the verdict of the whole path."""
        first = leg.hops[0].number if leg.hops else 1
        arriving = self._behind.get(first - 1, Verdict.REACHABLE)
        yield _Stop(leg.source, arriving)
        for hop in leg.hops:
            yield _Stop(hop, arriving)
            arriving = self._behind[hop.number]
        yield _Stop(leg.target, self._answer.verdict if leg is self.legs[-1] else arriving)

    def _row(self, row: Sequence[_Stop], following: Verdict | None, *, is_first: bool) -> None:
        """Draw a row; `following` is the verdict of the line that leaves its end for the next one."""
        height = max([_END_HEIGHT, *(self._height(stop) for stop in row if isinstance(stop.shown, PathHop))])
        middle, x = self._y + height / 2, float(_MARGIN)
        for stop in row:
            if stop is not row[0] or not is_first:
                shapes.polyline(self._root, f"way {stop.arriving}", [(x, middle), (x + _GAP, middle)])
                x += _GAP
            self._stop(stop, x, height)
            x += stop.width
        if following is not None:
            shapes.polyline(self._root, f"way {following}", [(x, middle), (x + _MARGIN / 2, middle)], has_tip=False)
        self._y += height + 14

    @staticmethod
    def _height(stop: _Stop) -> float:
        return 2 * _PAD + _LINE * (3 + len(stop.lines()) + (stop.arriving is Verdict.BLOCKED)) + 4

    def _stop(self, stop: _Stop, x: float, height: float) -> None:
        if isinstance(stop.shown, PathHop):
            self._hop(stop.shown, stop, x, height)
        else:
            self._end(stop.shown, x, self._y + height / 2)

    def _hop(self, hop: PathHop, stop: _Stop, x: float, height: float) -> None:
        """Draw a hop; one that no packet comes to is told from the others, since what it would do does not count."""
        is_behind = stop.arriving is Verdict.BLOCKED
        css = f"hop {hop.verdict}{' quiet' if hop.is_nothing or is_behind else ''}"
        title = f"{hop.title()}{chr(10) + 'no packet comes here: a hop before blocks' if is_behind else ''}"
        made = shapes.group(self._root, css, title, **{"data-hop": str(hop.number)})
        shapes.box(made, f"box {hop.verdict}", (x, self._y, _BOX_WIDTH, height))
        left, room, y = x + _PAD, _BOX_WIDTH - 2 * _PAD, self._y + _PAD + 10
        shapes.line_of_text(made, (left, y), hop.kind_text, room, "muted")
        shapes.line_of_text(made, (left, y + _LINE + 2), hop.name, room, "name")
        for number, line in enumerate(stop.lines(), 2):
            shapes.line_of_text(made, (left, y + _LINE * number + 2), line, room)
        base = self._y + height - _PAD - 1
        if is_behind:
            shapes.line_of_text(made, (left, base - _LINE - 4), "if any came here:", room, "muted")
        shapes.verdict_word(made, (left, base), hop.verdict)

    def _end(self, text: str, x: float, middle: float) -> None:
        made = shapes.group(self._root, "end", text)
        shapes.box(made, "node", (x, middle - _END_HEIGHT / 2, _END_WIDTH, _END_HEIGHT), _END_HEIGHT / 2)
        shown = wrapped(text, _END_WIDTH - 2 * _PAD, TEXT_SIZE, 2, is_bold=True)
        y = middle + 4 - (_LINE / 2) * (len(shown) - 1)
        for number, line in enumerate(shown):
            shapes.line_of_text(made, (x + _PAD + 4, y + number * _LINE), line, _END_WIDTH - 2 * _PAD, "word")

    def notes(self) -> None:
        """Write the reasons below."""
        reasons = self._answer.reasons
        more = len(reasons) - _SHOWN_NOTES
        told = [*reasons[:_SHOWN_NOTES], *([f"and {more} more notes"] if more > 0 else [])]
        room = self._width - 2 * _MARGIN
        for line in all_wrapped(told, room, TEXT_SIZE):
            shapes.line_of_text(self._root, (_MARGIN, self._y + 12), line, room, "muted")
            self._y += _LINE

    def finished(self) -> Element:
        """Return the picture with its height."""
        shapes.set_height(self._root, self._y + _MARGIN)
        return self._root
