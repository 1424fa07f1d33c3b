"""Draws docs/img/volatility.svg: every estimator on SPY through 2020, session by session.

python docs/volatility_picture.py PRICES.parquet      (as for files:, with SPY from 2018 on)
"""

import sys
from datetime import date
from pathlib import Path

import numpy as np

from config.calendars import Calendar
from quant import volatility
from quant.adjust import build
from quant.panel import Floats, Panel
from quant.plugins import discover
from tasks.known import lookback
from tasks.sources import Request, files

TARGET = Path(__file__).parent / "img" / "volatility.svg"
FIRST, LAST = date(2020, 1, 2), date(2020, 12, 31)
WIDTH, HEIGHT, LEFT, TOP, BOTTOM, HIGHEST = 960, 420, 56, 48, 348, 1.0
COLOURS = {
    "close_to_close": "#22303c",
    "ewma": "#9aa5b1",
    "garman_klass": "#d98200",
    "parkinson": "#2a9d8f",
    "rogers_satchell": "#7b2cbf",
    "yang_zhang": "#c1121f",
}


def main() -> None:
    year = Calendar("XNYS").sessions(FIRST, LAST)
    whole = history(Path(sys.argv[1]), len(year) + lookback())
    lines = {name: series(whole, name, len(year)) for name in COLOURS}
    TARGET.write_text(draw(year, lines), encoding="utf-8")


def history(prices: Path, count: int) -> Panel:
    """SPY up to the last session of the year, read and adjusted as a files: source is."""
    days = Calendar("XNYS").window(LAST, count)
    delivery = files.fetch(Request(("SPY",), days[0], LAST, str(prices)))
    cash = np.zeros((len(days), 1))
    for action in delivery.actions.to_pylist():
        cash[days.index(action["ex_date"])] += action["value"]
    names = ("open", "high", "low", "close", "volume")
    bars = {name: delivery.bars[name].to_numpy()[:, None] for name in names}
    return build(
        np.array(days, "datetime64[D]"), ("SPY",), **bars, splits=np.ones_like(cash), distributions=cash
    )


def series(whole: Panel, name: str, count: int) -> Floats:
    """What an estimator says after each of the last `count` sessions, of the history up to it alone."""
    estimator = discover(volatility)[name]
    end = len(whole.sessions)
    found = [
        estimator.annualised(whole.part(np.arange(row + 1), ("SPY",)), estimator.Parameters())[0]
        for row in range(end - count, end)
    ]
    return np.array(found)


def draw(year: list[date], lines: dict[str, Floats]) -> str:
    """The lines over the year, one level each 20%, the months below, and a legend."""

    def across(row: int) -> float:
        return LEFT + row / (len(year) - 1) * (WIDTH - LEFT - 16)

    def down(value: float) -> float:
        return BOTTOM - value / HIGHEST * (BOTTOM - TOP)

    parts = [f'<text x="{LEFT}" y="26" font-size="15" font-weight="bold">SPY, 2020: volatility a year</text>']
    for level in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        y = down(level)
        parts += [f'<path d="M{LEFT} {y:.1f}H{WIDTH - 16}" stroke="#e4e8ec"/>',
                  f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{level:.0%}</text>']  # fmt: skip
    firsts = [row for row, day in enumerate(year) if row == 0 or day.month != year[row - 1].month]
    parts += [f'<text x="{across(row):.1f}" y="{BOTTOM + 20}">{year[row]:%b}</text>' for row in firsts]
    for place, (name, values) in enumerate(lines.items()):
        points = " ".join(f"{across(row):.1f},{down(value):.1f}" for row, value in enumerate(values))
        colour, x = COLOURS[name], LEFT + place * 148
        parts += [f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>',
                  f'<rect x="{x}" y="{HEIGHT - 29}" width="12" height="12" fill="{colour}"/>',
                  f'<text x="{x + 18}" y="{HEIGHT - 18}">{name}</text>']  # fmt: skip
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13" fill="#22303c"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )


if __name__ == "__main__":
    main()
