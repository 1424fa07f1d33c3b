"""Draws docs/img/rebalancing.svg: the drift of SPY in a 60/40 through 2020 under two policies.

python docs/rebalancing_picture.py PRICES.parquet      (as for files:, with SPY and AGG in 2020)
"""

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from config.calendars import Calendar
from quant.book.book import Book
from quant.market.panel import Floats
from quant.market.schedule import calendar_due
from quant.policy.policy import Policy
from quant.rebalance.rebalance import propose
from tasks.sources import Request, files

TARGET = Path(__file__).parent / "img" / "rebalancing.svg"
FIRST, LAST = date(2020, 1, 2), date(2020, 12, 31)
WIDTH, LEFT, PANEL, REACH = 960, 56, 220, 0.07
FREE = {"lot_size": 0, "cash_buffer": 0.0, "limit_offset": 0.0, "min_trade": 0.0, "band_relative": 1.0}
POLICIES = {
    "Band of 5 points, to target": Policy.model_validate(FREE | {"band_absolute": 0.05}),
    "200/175: beyond 2 points, to 1.75": Policy.model_validate(
        FREE | {"band_absolute": 0.02, "destination": "distance", "distance": 0.0175}
    ),
}


@dataclass(frozen=True)
class Course:
    """SPY's drift at each close, before any trade, and the sessions on which the policy trades."""

    drift: list[float]
    traded: list[int]


def main() -> None:
    year = Calendar("XNYS").sessions(FIRST, LAST)
    closes = np.column_stack([series(Path(sys.argv[1]), symbol) for symbol in ("SPY", "AGG")])
    courses = {title: follow(year, closes, policy) for title, policy in POLICIES.items()}
    TARGET.write_text(draw(year, courses), encoding="utf-8")


def series(prices: Path, symbol: str) -> Floats:
    """The closes of the year, as traded."""
    delivery = files.fetch(Request((symbol,), FIRST, LAST, str(prices)))
    return np.array(delivery.bars["close"].to_numpy(), dtype=float)


def follow(year: list[date], closes: Floats, policy: Policy) -> Course:
    """A book that starts at 60/40 and does at each close what the policy proposes."""
    weights = np.array([0.6, 0.4])
    quantity = weights * 1e6 / closes[0]
    drift, traded = [], []
    for row, close in enumerate(closes):
        book = Book(("SPY", "AGG"), ("equity", "bonds"), quantity, close, weights, 0.0, np.ones(2))
        drift.append(float(book.weights[0] - 0.6))
        trades = propose(book, policy, calendar_due(year[: row + 1], policy.calendar))
        for trade in trades:
            quantity = quantity + trade.signed * np.array([symbol == trade.symbol for symbol in book.symbols])
        if trades:
            traded.append(row)
    return Course(drift, traded)


def draw(year: list[date], courses: dict[str, Course]) -> str:
    """One panel below the other, with the months under the last."""
    height = len(courses) * PANEL + 40
    firsts = [row for row, day in enumerate(year) if row == 0 or day.month != year[row - 1].month]
    parts = [
        panel(title, course, POLICIES[title].band_absolute, place * PANEL)
        for place, (title, course) in enumerate(courses.items())
    ]
    parts += [
        f'<text x="{across(row, len(year)):.1f}" y="{height - 16}">{year[row]:%b}</text>' for row in firsts
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13" fill="#22303c"><rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )


def across(row: int, count: int) -> float:
    return LEFT + row / (count - 1) * (WIDTH - LEFT - 16)


def panel(title: str, course: Course, band: float, top: float) -> str:
    """The drift as a line, the band as two dashed ones, and a dot on each session that trades."""
    middle, scale, count = top + 36 + (PANEL - 48) / 2, (PANEL - 48) / 2 / REACH, len(course.drift)
    days = f"{len(course.traded)} sessions with trades"
    parts = [f'<text x="{LEFT}" y="{top + 24}" font-size="15" font-weight="bold">{title}: {days}</text>']
    for level in (-band, 0.0, band):
        y, label = middle - level * scale, f"{level * 100:+.0f}"
        dash = ' stroke-dasharray="5 3"' if level else ""
        parts += [f'<path d="M{LEFT} {y:.1f}H{WIDTH - 16}" stroke="#9aa5b1"{dash}/>',
                  f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>']  # fmt: skip
    points = [(across(row, count), middle - drift * scale) for row, drift in enumerate(course.drift)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#2a9d8f" stroke-width="1.6"/>')
    dots = [points[row] for row in course.traded]
    parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#c1121f"/>' for x, y in dots]
    return "".join(parts)


if __name__ == "__main__":
    main()
