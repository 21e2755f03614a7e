"""The races as a plot: an SVG of a few lines, readable on a light page and on a dark one."""

import math
import statistics
from collections.abc import Sequence
from html import escape

from tables import Result, median_of

_LEFT, _RIGHT, _ROW, _TOP = 330, 840, 26, 64
_STYLE = """<style>
  text { font: 13px system-ui, sans-serif; fill: #333 } .axis { stroke: #999; stroke-width: 1 } .floor { stroke: #c33 }
  .first { fill: #2563eb; stroke: #2563eb } .second { fill: none; stroke: #d97706; stroke-width: 2 }
  .faint { opacity: .25 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .first { fill: #7aa2ff; stroke: #7aa2ff } .second { stroke: #fbbf24 }
  }
</style>"""


def svg(races: Sequence[Result]) -> str:
    """Each contestant's ratio to the floor in two races, on a logarithmic axis, fastest first; lines are spreads."""
    first, second = races
    titles = {row["name"]: row["title"] for race in races for row in race["rows"]}
    order = sorted(titles, key=lambda name: _ratios(first, name)[0] or math.inf)
    high = max(value for race in races for name in titles for value in _ratios(race, name) if value)
    low = min(value for race in races for name in titles for value in _ratios(race, name) if value)
    marks = [mark for mark in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100) if low / 1.5 <= mark <= high * 1.5]

    def place(ratio: float) -> float:
        begin, end = math.log(min(low, marks[0])), math.log(max(high, marks[-1]))
        return _LEFT + (math.log(ratio) - begin) / (end - begin) * (_RIGHT - _LEFT)

    height = _TOP + _ROW * len(order) + 16
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_RIGHT + 40} {height}" role="img">', _STYLE]
    lines.append("<title>Seconds as a multiple of the floor's; less is better</title>")
    lines.append('<text x="10" y="20">times the floor (logarithmic; left is faster)</text>')
    for x, kind, race in ((_LEFT, "first", first), (_LEFT + 180, "second", second)):
        lines.append(
            f'<circle class="{kind}" cx="{x}" cy="16" r="5"/><text x="{x + 12}" y="20">{escape(race["title"])}</text>'
        )
    for mark in marks:
        kind = "axis floor" if mark == 1 else "axis faint"
        lines.append(
            f'<line class="{kind}" x1="{place(mark):.0f}" x2="{place(mark):.0f}" y1="{_TOP - 16}" y2="{height - 12}"/>'
        )
        lines.append(f'<text x="{place(mark):.0f}" y="{_TOP - 22}" text-anchor="middle">{mark:g}</text>')
    for number, name in enumerate(order):
        y = _TOP + _ROW * number
        lines.append(f'<text x="{_LEFT - 14}" y="{y + 4}" text-anchor="end">{escape(titles[name])}</text>')
        for kind, race in (("first", first), ("second", second)):
            middle, fast, slow = _ratios(race, name)
            if middle and fast and slow:
                lines.append(f'<line class="{kind}" x1="{place(fast):.1f}" x2="{place(slow):.1f}" y1="{y}" y2="{y}"/>')
                lines.append(f'<circle class="{kind}" cx="{place(middle):.1f}" cy="{y}" r="5"/>')
    return "\n".join([*lines, "</svg>", ""])


def _ratios(race: Result, name: str) -> tuple[float | None, float | None, float | None]:
    """The median, fastest and slowest round of a contestant, as multiples of the floor's median."""
    floor = median_of(race, "floor")
    rows = [row for row in race["rows"] if row["name"] == name]
    if not rows or not floor:
        return None, None, None
    wall = rows[0]["wall"]
    return statistics.median(wall) / floor, min(wall) / floor, max(wall) / floor
