"""A picture of detection against false alarms: one line for each rule, on a logarithmic axis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 420, 64, 48, 360
RIGHT = WIDTH - 24


@dataclass(frozen=True)
class Line:
    """Points of (false alarms in a symbol-year, share detected); `mark` is the point in use."""

    points: Sequence[tuple[float, float]]
    colour: str
    mark: tuple[float, float] | None = None


def draw(title: str, lines: Mapping[str, Line], least: float, most: float) -> str:
    """The lines between `least` and `most` false alarms; a rate of 0 is drawn at `least`."""
    body = [f'<text x="{LEFT}" y="26" font-size="15" font-weight="bold">{escape(title)}</text>']
    body += [_level(share / 5) for share in range(6)]
    first, last = round(log10(least)), round(log10(most))
    body += [_tick(10.0**power, least, most) for power in range(first, last + 1)]
    for number, (name, line) in enumerate(lines.items()):
        body.append(_line(line, least, most))
        x = LEFT + 240 * number
        body.append(f'<rect x="{x}" y="{HEIGHT - 14}" width="12" height="12" fill="{line.colour}"/>')
        body.append(f'<text x="{x + 18}" y="{HEIGHT - 3}">{escape(name)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13" fill="#22303c"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f"{''.join(body)}</svg>\n"
    )


def _line(line: Line, least: float, most: float) -> str:
    places = [(_across(rate, least, most), _down(share)) for rate, share in line.points]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    drawn = f'<polyline points="{points}" fill="none" stroke="{line.colour}" stroke-width="2"/>'
    if line.mark is None:
        return drawn
    x, y = _across(line.mark[0], least, most), _down(line.mark[1])
    return drawn + f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{line.colour}"/>'


def _across(rate: float, least: float, most: float) -> float:
    inside = min(max(rate, least), most)
    return LEFT + (RIGHT - LEFT) * log10(inside / least) / log10(most / least)


def _down(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share


def _level(share: float) -> str:
    y = _down(share)
    return (
        f'<path d="M{LEFT} {y:.1f}H{RIGHT}" stroke="#e4e8ec"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>'
    )


def _tick(rate: float, least: float, most: float) -> str:
    x = _across(rate, least, most)
    return (
        f'<path d="M{x:.1f} {TOP}V{BOTTOM}" stroke="#e4e8ec"/>'
        f'<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{rate:g}</text>'
    )
