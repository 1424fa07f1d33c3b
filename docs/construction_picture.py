"""Draws docs/img/construction.svg: cost against tracking error, and weights before and after.

python docs/construction_picture.py
"""

from datetime import date
from pathlib import Path

import numpy as np

from quant.book.book import Book
from quant.market.panel import Floats
from quant.policy.policy import Costs, Policy
from quant.rebalance.construction import construct
from quant.risk.covariance import ledoit_wolf
from quant.trading.trading_terms import TradingTerms
from quant.triggers import Past

PICTURE = Path(__file__).parent / "img" / "construction.svg"
SYMBOLS = ("SPY", "AGG", "GLD", "XYZ")
AVERSIONS = (0.1, 0.3, 1, 2, 3, 5, 10, 30, 100, 1000)
HALF_SPREAD, BUFFER = 20.0, 0.01
INK, SOFT, AFTER = "#22303c", "#9aa5b1", "#2a9d8f"


def main() -> None:
    found = [(aversion, *solve(aversion)) for aversion in AVERSIONS]
    weights = next(after for aversion, _, _, after in found if aversion == 10)
    PICTURE.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 340" font-family="sans-serif" '
        f'font-size="13" fill="{INK}"><rect width="960" height="340" fill="#fff"/>'
        f"{frontier([(a, cost, error) for a, cost, error, _ in found])}{bars(weights)}</svg>\n",
        encoding="utf-8",
    )


def book() -> Book:
    target = np.array([0.6, 0.3, 0.1, 0.0])
    held = np.array([662.0, 280.0, 20.0, 38.0])
    return Book(SYMBOLS, ("any",) * 4, held, np.full(4, 100.0), target, 0.0, np.ones(4))


def returns() -> Floats:
    """A market of 252 sessions with volatilities of about 16, 7, 17 and 32% a year."""
    random = np.random.default_rng(1)
    own = random.standard_normal((252, 4)) * [0.009, 0.003, 0.01, 0.02]
    return np.asarray(own + random.standard_normal((252, 1)) * 0.003)


def solve(aversion: float) -> tuple[float, float, Floats]:
    """Cost in basis points of value, tracking error in percent a year, and the weights after the trades."""
    policy = Policy(
        construction="optimised", tracking_aversion=aversion, lot_size=0, min_trade=0.0, cash_buffer=BUFFER
    )
    market = returns()
    terms = TradingTerms(
        Costs(half_spread=HALF_SPREAD), np.full(4, HALF_SPREAD), market.std(axis=0), np.full(4, 1e6), market,
        (), None, date(2024, 7, 1), None,
    )  # fmt: skip
    trades = construct(book(), policy, False, frozenset(), Past(), terms).trades
    moved = {trade.symbol: trade.weight_after for trade in trades}
    after = np.array(
        [moved.get(symbol, own) for symbol, own in zip(book().symbols, book().weights, strict=True)]
    )
    error = after - book().target * (1 - BUFFER)
    cost = sum(trade.notional for trade in trades) / book().value * HALF_SPREAD
    return cost, float(np.sqrt(error @ ledoit_wolf(market) @ error * 252)) * 100, after


def label(x: float, y: float, words: str, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{words}</text>'


def frontier(points: list[tuple[float, float, float]]) -> str:
    """Cost across, tracking error upwards, a dot for each aversion."""
    wide, high = max(p[1] for p in points) * 1.1, max(p[2] for p in points) * 1.1
    spots = [(60 + cost / wide * 380, 290 - error / high * 230) for _, cost, error in points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    parts = [
        label(60, 28, "Tracking error left, by cost", more='font-size="15" font-weight="bold"'),
        f'<path d="M60 50V290H440" fill="none" stroke="{SOFT}"/>',
        label(440, 326, "cost, basis points of value", "end"),
        label(66, 60, "tracking error, % a year"),
        *(label(54, 294 - share * 230, f"{share * high:.1f}", "end") for share in (0.0, 0.5)),
        *(label(60 + share * 380, 308, f"{share * wide:.1f}", "middle") for share in (0.0, 0.5, 1.0)),
        f'<polyline points="{line}" fill="none" stroke="{AFTER}"/>',
    ]
    for (aversion, _, _), (x, y) in zip(points, spots, strict=True):
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{AFTER}"/>')
        if aversion in {0.1, 1, 3, 10}:
            parts.append(label(x + 8, y - 6, f"λ = {aversion:g}"))
    return "".join(parts)


def bars(after: Floats) -> str:
    """The weight of each symbol before and after, and its target as a line."""
    head = 'font-size="15" font-weight="bold"'
    parts = [label(520, 28, "Weights before and after, λ = 10", more=head)]
    rows = zip(SYMBOLS, book().weights, after, book().target, strict=True)
    for place, (symbol, before, now, target) in enumerate(rows):
        left = 530 + place * 106
        for x, weight, colour in ((left, before, SOFT), (left + 44, now, AFTER)):
            tall = weight * 320
            box = f'x="{x}" y="{290 - tall:.1f}" width="40" height="{tall:.1f}"'
            above = 284 - max(weight, target) * 320  # the target's line too
            parts += [f'<rect {box} fill="{colour}"/>', label(x + 20, above, f"{weight:.1%}", "middle")]
        line = f"M{left - 6} {290 - target * 320:.1f}h96"
        parts.append(f'<path d="{line}" stroke="{INK}" stroke-dasharray="4 3"/>')
        parts.append(label(left + 42, 308, symbol, "middle"))
    return "".join([*parts, label(530, 330, "grey: before; green: after; dashed: target")])


if __name__ == "__main__":
    main()
