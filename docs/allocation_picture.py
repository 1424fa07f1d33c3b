"""Draws docs/img/allocation.svg and fills the table of docs/allocation.md: each model on seven funds.

python docs/allocation_picture.py PRICES.parquet      (as for files:, with its seven funds from 2017 on)
"""

import sys
from datetime import date
from pathlib import Path

import numpy as np

from config.calendars import Calendar
from quant import allocation
from quant.allocate import LOOKBACK, allocate
from quant.market.panel import Days, Floats
from quant.plugins import discover
from quant.policy.policy import AllocationPolicy, Target
from tasks.sources import Request, files

DOCS = Path(__file__).parent
FIRST, LAST = date(2019, 1, 2), date(2022, 12, 30)
WORKED = date(2020, 4, 1)
"""The day of the table: the first fit that has seen March 2020."""
TILT = 0.05
STRATEGIC = {"SPY": 0.40, "EFA": 0.15, "EEM": 0.05, "VNQ": 0.05, "AGG": 0.25, "TIP": 0.05, "GLD": 0.05}
COLOURS = ("#c1121f", "#e07a5f", "#f2a65a", "#7b2cbf", "#22303c", "#2a9d8f", "#d9a400")
WIDTH, PANEL, LEFT, COLUMN, REACH = 960, 150, 44, 480, 0.06
Course = tuple[list[date], list[Floats]]


def main() -> None:
    count = len(Calendar("XNYS").sessions(FIRST, LAST)) + LOOKBACK
    days, worth = history(Path(sys.argv[1]), Calendar("XNYS").window(LAST, count))
    courses = {name: course(name, days, worth) for name in discover(allocation)}
    (DOCS / "img" / "allocation.svg").write_text(draw(courses), encoding="utf-8")
    page = DOCS / "allocation.md"
    before, after = page.read_text(encoding="utf-8").split("<!-- weights -->")[::2]
    block = "<!-- weights -->"
    page.write_text(f"{before}{block}\n{table(courses)}\n{block}{after}", encoding="utf-8")


def history(prices: Path, sessions: list[date]) -> tuple[Days, Floats]:
    """The adjusted closes of the funds on the sessions, shape (sessions, funds): total-return indices."""
    delivery = files.fetch(Request(tuple(STRATEGIC), sessions[0], LAST, str(prices)))
    worth = np.full((len(sessions), len(STRATEGIC)), np.nan)
    rows = {day: row for row, day in enumerate(sessions)}
    for line in delivery.adjusted.to_pylist():
        worth[rows[line["session"]], [*STRATEGIC].index(line["symbol"])] = line["adj_close"]
    return np.array(sessions, "datetime64[D]"), worth


def course(name: str, days: Days, worth: Floats) -> Course:
    """The weights in force after each fit: those of the first session of each month."""
    policy = AllocationPolicy(model=name, tilt=TILT, volatility_target=0.10)
    targets = [Target(symbol=symbol, asset_class="fund", weight=w) for symbol, w in STRATEGIC.items()]
    months = days.astype("datetime64[M]")
    firsts = np.flatnonzero(months[1:] != months[:-1]) + 1
    found = [
        (days[row].item(), allocate(policy, targets, worth[: row + 1], days[: row + 1]))
        for row in firsts[days[firsts] >= np.datetime64(FIRST)]
    ]
    hopeful = name == "maximum_sharpe"  # it has no answer where nothing is expected to earn
    assert hopeful or all(one.status == "applied" for _, one in found)
    return [day for day, _ in found], [one.target for _, one in found]


def table(courses: dict[str, Course]) -> str:
    """The weights of `WORKED`, a line for each model."""
    lines = [f"| {WORKED:%-d %B %Y} | {' | '.join(STRATEGIC)} | cash |", "|---" * (len(STRATEGIC) + 2) + "|"]
    rows = {"strategic": np.array([*STRATEGIC.values()])}
    rows |= {name: weights[days.index(WORKED)] for name, (days, weights) in courses.items()}
    for name, weights in rows.items():
        cells = [f"{weight:.1%}" for weight in (*weights, abs(1 - weights.sum()))]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def draw(courses: dict[str, Course]) -> str:
    """A panel for each model, two in a row, and in the last place the legend."""
    height = (len(courses) + 2) // 2 * PANEL
    parts = [panel(name, *found, *corner(place)) for place, (name, found) in enumerate(courses.items())]
    x, y = corner(len(courses))
    for row, (symbol, colour) in enumerate(zip(STRATEGIC, COLOURS, strict=True)):
        down = y + 34 + 15 * row
        parts.append(f'<rect x="{x + LEFT}" y="{down - 9}" width="16" height="4" fill="{colour}"/>')
        label = f"{symbol}, strategic weight {STRATEGIC[symbol]:.0%}"
        parts.append(f'<text x="{x + LEFT + 24}" y="{down - 3}">{label}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12" fill="#22303c"><rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )


def corner(place: int) -> tuple[int, int]:
    return place % 2 * COLUMN, place // 2 * PANEL


def panel(name: str, days: list[date], weights: list[Floats], x: int, y: int) -> str:
    """The tilt of each fund as steps from fit to fit, between the limits (dashed)."""
    right = COLUMN - LEFT - 12

    def down(tilt: float) -> float:
        return y + PANEL / 2 + 8 - tilt / REACH * (PANEL / 2 - 26)

    parts = [f'<text x="{x + LEFT}" y="{y + 18}" font-weight="bold">{name}</text>']
    for level, label, dash in ((TILT, "+5%", "4 3"), (0.0, "0%", "none"), (-TILT, "-5%", "4 3")):
        at = down(level)
        line = f"M{x + LEFT} {at:.1f}h{right}"
        parts.append(f'<path d="{line}" stroke="#9aa5b1" stroke-dasharray="{dash}"/>')
        parts.append(f'<text x="{x + LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{label}</text>')
    step = right / len(days)
    for column, (strategic, colour) in enumerate(zip(STRATEGIC.values(), COLOURS, strict=True)):
        heights = [down(float(one[column]) - strategic) for one in weights]
        path = f"M{x + LEFT} {heights[0]:.1f}" + "".join(f"V{at:.1f}h{step:.2f}" for at in heights)
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    for row, day in enumerate(days):
        if day.month == 1:
            parts.append(f'<text x="{x + LEFT + row * step:.1f}" y="{y + PANEL - 2}">{day.year}</text>')
    return "".join(parts)


if __name__ == "__main__":
    main()
