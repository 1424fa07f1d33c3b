"""Draws the pictures of docs/volatility.md: estimators and models on SPY through 2020, and contributions.

python docs/volatility_picture.py PRICES.parquet      (as for files:, with SPY from 2018 on)
"""

import sys
from datetime import date
from pathlib import Path

import numpy as np

from config.calendars import Calendar
from quant import volatility
from quant.market.adjust import build
from quant.market.panel import Floats, Panel
from quant.market.returns import simple_returns
from quant.plugins import discover
from quant.risk.contributions import SESSIONS, Contributions, contributions
from tasks.ingest.depth import lookback
from tasks.sources import Request, files

IMAGES = Path(__file__).parent / "img"
BARS = ("open", "high", "low", "close", "volume")
FIRST, LAST = date(2020, 1, 2), date(2020, 12, 31)
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 960, 420, 56, 48, 348
COLOURS = {
    "close_to_close": "#22303c",
    "ewma": "#9aa5b1",
    "garman_klass": "#d98200",
    "parkinson": "#2a9d8f",
    "rogers_satchell": "#7b2cbf",
    "yang_zhang": "#c1121f",
}
MODELS = {"ewma": "#9aa5b1", "garch": "#c1121f", "gjr_garch": "#7b2cbf", "har_rv": "#2a9d8f"}
WEIGHTS = {"SPY": 0.40, "EFA": 0.15, "EEM": 0.05, "VNQ": 0.05, "AGG": 0.25, "TIP": 0.05, "GLD": 0.05}
"""The shipped portfolio."""


def main() -> None:
    year = Calendar("XNYS").sessions(FIRST, LAST)
    prices = Path(sys.argv[1])
    whole = history(prices, ("SPY",), len(year) + lookback())
    for picture, colours in (("volatility", COLOURS), ("models", MODELS)):
        lines = {name: series(whole, name, len(year)) for name in colours}
        (IMAGES / f"{picture}.svg").write_text(draw(year, lines, colours), encoding="utf-8")
    funds = history(prices, tuple(WEIGHTS), SESSIONS + 1)
    found = contributions(np.array([*WEIGHTS.values()]), simple_returns(funds.total)[1:])
    (IMAGES / "contributions.svg").write_text(shares(found), encoding="utf-8")


def history(prices: Path, symbols: tuple[str, ...], count: int) -> Panel:
    """The symbols up to the last session of the year, read and adjusted as a files: source is."""
    days = Calendar("XNYS").window(LAST, count)
    delivery = files.fetch(Request(symbols, days[0], LAST, str(prices)))
    tables = {name: np.full((len(days), len(symbols)), np.nan) for name in BARS}
    for bar in delivery.bars.to_pylist():
        for name, values in tables.items():
            values[days.index(bar["session"]), symbols.index(bar["symbol"])] = bar[name]
    cash = np.zeros((len(days), len(symbols)))
    for action in delivery.actions.to_pylist():
        cash[days.index(action["ex_date"]), symbols.index(action["symbol"])] += action["value"]
    sessions = np.array(days, "datetime64[D]")
    return build(sessions, symbols, **tables, splits=np.ones_like(cash), distributions=cash)


def series(whole: Panel, name: str, count: int) -> Floats:
    """What an estimator says after each of the last `count` sessions, of the history up to it alone."""
    estimator = discover(volatility)[name]
    end = len(whole.sessions)
    found = [
        estimator.annualised(whole.part(np.arange(row + 1), ("SPY",)), estimator.Parameters())[0]
        for row in range(end - count, end)
    ]
    return np.array(found)


def draw(year: list[date], lines: dict[str, Floats], colours: dict[str, str]) -> str:
    """The lines over the year, one level each 20%, the months below, and a legend."""
    levels = np.arange(0, max(float(values.max()) for values in lines.values()) + 0.2, 0.2)

    def across(row: int) -> float:
        return LEFT + row / (len(year) - 1) * (WIDTH - LEFT - 16)

    def down(value: float) -> float:
        return BOTTOM - value / levels[-1] * (BOTTOM - TOP)

    parts = [f'<text x="{LEFT}" y="26" font-size="15" font-weight="bold">SPY, 2020: volatility a year</text>']
    for level in levels:
        y = down(level)
        parts += [f'<path d="M{LEFT} {y:.1f}H{WIDTH - 16}" stroke="#e4e8ec"/>',
                  f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{level:.0%}</text>']  # fmt: skip
    firsts = [row for row, day in enumerate(year) if row == 0 or day.month != year[row - 1].month]
    parts += [f'<text x="{across(row):.1f}" y="{BOTTOM + 20}">{year[row]:%b}</text>' for row in firsts]
    for place, (name, values) in enumerate(lines.items()):
        points = " ".join(f"{across(row):.1f},{down(value):.1f}" for row, value in enumerate(values))
        colour, x = colours[name], LEFT + place * 148
        parts += [f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>',
                  f'<rect x="{x}" y="{HEIGHT - 29}" width="12" height="12" fill="{colour}"/>',
                  f'<text x="{x + 18}" y="{HEIGHT - 18}">{name}</text>']  # fmt: skip
    return page(parts)


def shares(found: Contributions) -> str:
    """Two bars for each fund: its weight, and its share of the portfolio's volatility."""
    total = f"{found.volatility:.1%} a year"
    title = f"The shipped portfolio, end of 2020: weight, and share of its volatility ({total})"
    parts = [f'<text x="{LEFT}" y="26" font-size="15" font-weight="bold">{title}</text>']
    for row, (symbol, weight) in enumerate(WEIGHTS.items()):
        y = TOP + row * 50
        parts.append(f'<text x="{LEFT}" y="{y + 20}">{symbol}</text>')
        for place, (value, colour) in enumerate(((weight, "#9aa5b1"), (found.share[row], "#c1121f"))):
            width, top = max(float(value), 0.0) * 1100, y + 17 * place
            bar = f'width="{width:.1f}" height="15" fill="{colour}"'
            parts += [f'<rect x="110" y="{top}" {bar}/>',
                      f'<text x="{116 + width:.1f}" y="{top + 12}">{value:.1%}</text>']  # fmt: skip
    return page(parts)


def page(parts: list[str]) -> str:
    """The parts on white."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="13" fill="#22303c"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f"{''.join(parts)}</svg>\n"
    )


if __name__ == "__main__":
    main()
