"""Prices in another unit: pence given as pounds, or the other way round."""

from functools import lru_cache

import numpy as np

from quant.faults import PRICES, Fault, Series
from quant.faults._levels import REMEMBERED, Departure, calm, corrected, departures, typical
from quant.market.panel import Floats

TABLE = "bars"
KINDS = {
    "unit_100x": "The prices are 100 times too large or too small",
    "unit_currency": "The prices are in another unit than the later ones, by a factor of 100",
    "unit_undecided": "The prices lie at two levels, a factor of 100 apart, and nothing shows which is right",
}
UNIT = np.log(100.0)
CELL = 0.5
"""How far, in logarithms, a single price may lie from a hundredth or the hundredfold of its neighbours."""


def find(series: Series) -> list[Fault]:
    """Rows that are off by 100 as a whole, then single prices of other rows."""
    if calm(series):
        return []
    found = stretches(series)
    faults = [fault for one in found for fault in _rows(series, one)]
    return faults + _cells(series, corrected(series, found), {fault.row for fault in faults})


@lru_cache(maxsize=REMEMBERED)
def stretches(series: Series) -> list[Departure]:
    """The rows that are off by a factor of 100."""
    return departures(series, np.array([UNIT]), newest_decides=False)


def _rows(series: Series, one: Departure) -> list[Fault]:
    kind = "unit_undecided" if one.undecided else "unit_currency" if one.lasting else "unit_100x"
    factor = 100.0 ** round(np.log(one.factor) / UNIT)
    return [
        Fault(
            row,
            kind,
            "bars",
            float(series.close[row]),
            repaired(series, row, factor) if one.certain else None,
        )
        for row in range(one.begin, one.end)
        if series.close[row] > 0
    ]


def repaired(series: Series, row: int, factor: float, shares: float = 1.0) -> dict[str, float]:
    """The prices of a row times `factor`, its volume times `shares`, where that changes it; by field."""
    scale = {**dict.fromkeys((*PRICES, "adj_close"), factor), "volume": shares}
    values = {name: float(getattr(series, name)[row]) * by for name, by in scale.items() if by != 1.0}
    return {name: value for name, value in values.items() if np.isfinite(value)}


def _cells(series: Series, right: Series, done: set[int]) -> list[Fault]:
    """Single prices that are off by 100, seen from the typical prices of the row and of both neighbours."""
    level = typical(right)
    known = np.flatnonzero(np.isfinite(level))
    if known.size < 3:
        return []
    around = np.full(level.shape, np.nan)
    three = np.sort(np.stack([level[known[:-2]], level[known[1:-1]], level[known[2:]]]), axis=0)
    around[known[1:-1]] = three[1]
    around[known[[0, -1]]] = level[known[[1, -2]]]
    inner = np.zeros(level.shape, dtype=bool)
    inner[known[1:-1]] = three[2] - three[0] < CELL  # both neighbours agree with the row
    wrong = {name: _hundredfold(getattr(right, name), around) for name in PRICES}
    rows = np.flatnonzero(np.any([size != 0 for size in wrong.values()], axis=0))
    return [_cell(series, row, wrong, bool(inner[row])) for row in rows.tolist() if row not in done]


def _hundredfold(prices: Floats, around: Floats) -> Floats:
    """1 where a price is the hundredfold of what stands around it, -1 for the hundredth, else 0."""
    with np.errstate(all="ignore"):
        apart = np.log(prices) - around
    return np.where(np.abs(np.abs(apart) - UNIT) <= CELL, np.sign(apart), 0.0)


def _cell(series: Series, row: int, wrong: dict[str, Floats], certain: bool) -> Fault:
    seen = {name: float(getattr(series, name)[row]) for name in PRICES if wrong[name][row]}
    right = {name: value * 100.0 ** -wrong[name][row] for name, value in seen.items()}
    return Fault(row, "unit_100x", "bars", next(iter(seen.values())), right if certain else None)
