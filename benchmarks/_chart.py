"""A chart as SVG text: falls as stems below a zero line, with bands, on a white ground."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT, LEFT, TOP = 960, 300, 60, 54
COLOURS = {"none": "#9aa5b1", "warning": "#d98200", "critical": "#c1121f"}


@dataclass(frozen=True)
class Stem:
    """A fall (a fraction, below 0) at a place on the x axis; `close` is where it ended, drawn if below 0."""

    x: float
    fall: float
    kind: str = "none"
    close: float | None = None


@dataclass(frozen=True)
class Plot:
    """One plot: stems, bands (name of a colour → a fall per x), ticks (x → label), the lowest fall shown."""

    title: str
    stems: Sequence[Stem]
    ticks: Sequence[tuple[float, str]]
    lowest: float
    bands: dict[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    thickness: float = 1.2


def draw(plots: Sequence[Plot], legend: Sequence[tuple[str, str]]) -> str:
    """The plots below each other, and a line that names the colours."""
    height = len(plots) * (HEIGHT + TOP) + 40
    body = "".join(_plot(plot, number * (HEIGHT + TOP)) for number, plot in enumerate(plots))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13" fill="#22303c"><rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f"{body}{_legend(legend, height - 16)}</svg>\n"
    )


def _plot(plot: Plot, offset: float) -> str:
    """One plot, `offset` down the page; x runs over its stems, y from 0 down to the lowest fall."""
    first, last = plot.stems[0].x, plot.stems[-1].x
    span, bottom = WIDTH - LEFT - 24, offset + TOP + HEIGHT - 18

    def across(x: float) -> float:
        return LEFT + 8 + (x - first) / (last - first) * span

    def down(fall: float) -> float:
        return offset + TOP + min(fall / plot.lowest, 1) * (HEIGHT - 40)

    parts = [
        f'<text x="{LEFT}" y="{offset + 24}" font-size="15" font-weight="bold">{escape(plot.title)}</text>'
    ]
    parts += [_level(step * plot.lowest / 5, down) for step in range(6)]
    parts += [
        f'<text x="{across(x):.1f}" y="{bottom}" text-anchor="middle">{escape(label)}</text>'
        for x, label in plot.ticks
    ]
    # What matters is drawn last, on top of its neighbours.
    ordered = sorted(plot.stems, key=lambda stem: stem.kind != "none")
    parts += [_stem(stem, across(stem.x), down, plot.thickness) for stem in ordered]
    for kind, band in plot.bands.items():
        points = " ".join(f"{across(x):.1f},{down(fall):.1f}" for x, fall in band)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{COLOURS[kind]}" stroke-dasharray="5 3"/>'
        )
    return "".join(parts)


def _level(fall: float, down: Callable[[float], float]) -> str:
    y = down(fall)
    return (
        f'<path d="M{LEFT} {y:.1f}H{WIDTH - 12}" stroke="#e4e8ec"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{abs(fall):.0%}</text>'
    )


def _stem(stem: Stem, x: float, down: Callable[[float], float], thickness: float) -> str:
    colour, width = COLOURS[stem.kind], thickness if stem.kind == "none" else max(thickness, 2)
    path = f"M{x:.1f} {down(0):.1f}V{down(stem.fall):.1f}"
    line = f'<path d="{path}" stroke="{colour}" stroke-width="{width}"/>'
    if stem.close is None or stem.close > 0:
        return line
    return line + f'<circle cx="{x:.1f}" cy="{down(stem.close):.1f}" r="3" fill="#22303c"/>'


def _legend(legend: Sequence[tuple[str, str]], y: float) -> str:
    step = (WIDTH - LEFT) / len(legend)
    return "".join(
        f'<rect x="{LEFT + step * place:.0f}" y="{y - 11}" width="12" height="12" fill="{colour}"/>'
        f'<text x="{LEFT + step * place + 18:.0f}" y="{y}">{escape(words)}</text>'
        for place, (words, colour) in enumerate(legend)
    )
