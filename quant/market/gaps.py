"""Sessions without a close: which there are, and from where on a history can be measured.

A close that is missing is NaN on a session of the symbol's own exchange. Before the first close of a symbol
nothing is missing.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from quant.market.panel import FIELDS, Floats, Panel
from quant.market.returns import accepted, previous, update_variance

WINDOW = 41
"""Sessions in which a gap holds what depends on the symbol: what the measures over 20 sessions may read."""
LONGEST = 20
"""Missing sessions in a row; beyond them what follows is another history, a month or more later."""
DENSE = 0.9
"""The share of its sessions that must have a close in a history of daily prices."""

Bools = npt.NDArray[np.bool_]
Reason = Literal["gap", "jump", "sparse"]


def missing(closes: Floats) -> Bools:
    """Where a session has no close though one came before it; shape (sessions, symbols), as `closes`."""
    known = ~np.isnan(accepted(closes))
    found: Bools = ~known & np.logical_or.accumulate(known, axis=0)
    return found


def measurable(panel: Panel, floor: float, sigmas: float) -> Panel:
    """The panel without what lies before each history's beginning; the panel itself where nothing does.

    `floor` and `sigmas` as in `begins`. What is taken out is NaN.
    """
    rows, _ = begins(panel, floor, sigmas)
    before = np.arange(len(panel.sessions))[:, np.newaxis] < rows
    if not (before & ~np.isnan(panel.close)).any():
        return panel
    arrays = [np.where(before, np.nan, getattr(panel, name)) for name in FIELDS]
    for values in arrays:
        values.setflags(write=False)
    return Panel(panel.sessions, panel.symbols, *arrays)


def begins(panel: Panel, floor: float, sigmas: float) -> tuple[npt.NDArray[np.intp], list[Reason | None]]:
    """The row on which each symbol's measurable history begins, the number of rows where none does; and why.

    A history begins anew after more than `LONGEST` missing sessions in a row ("gap"), and on the close behind
    a gap that lies beyond the move bound (`unexplained`: "jump"). From its beginning on at least `DENSE` of
    the sessions have a close ("sparse" where the beginning is later for that). None: at the first close.
    """
    known = ~np.isnan(accepted(panel.close))
    count = len(known)
    places = np.arange(count)[:, np.newaxis]
    newest = np.maximum.accumulate(np.where(known, places, -1), axis=0)
    after_gap = _after_last((places - newest > LONGEST) & (newest >= 0))
    jump = np.maximum(_after_last(unexplained(panel.total, floor, sigmas)) - 1, 0)
    closes = np.cumsum(known[::-1], axis=0)[::-1]
    dense = known & (closes >= DENSE * (count - places)) & (places >= np.maximum(after_gap, jump))
    first, behind, rows = (_first(known), _first(known & (places >= after_gap)), _first(dense))
    reasons: list[Reason | None] = [
        None if row == begin else "jump" if row == step else "gap" if row == next_close else "sparse"
        for row, begin, step, next_close in zip(
            *(values.tolist() for values in (rows, first, jump, behind)), strict=True
        )
    ]
    return rows, reasons


def unexplained(totals: Floats, floor: float, sigmas: float) -> Bools:
    """Where a close behind a gap lies beyond the move bound of the close before the gap.

    `totals` are accepted closes, adjusted for splits and distributions, shape (sessions, symbols). Such a
    step was believed because later closes confirm the level; nobody knows that a holder had it. Without a gap
    the move bound, or a person, has passed the close itself. The bound is max(`floor`, `sigmas` * σ), the
    EWMA σ through the last close before, which counts no such step.
    """
    closes = accepted(totals)
    before = previous(closes)
    moves = closes / before - 1
    spans = ~np.isnan(moves)
    spans[1:] &= np.isnan(closes[:-1])
    found = spans & (np.abs(moves) > floor)
    columns = np.flatnonzero(found.any(axis=0))
    if not len(columns):
        return found
    variance = np.full(len(columns), np.nan)
    for row in range(len(closes)):
        bound = np.fmax(floor, sigmas * np.sqrt(variance))  # fmax: the floor alone where sigma is NaN
        found[row, columns] &= np.abs(moves[row, columns]) > bound
        square = np.where(found[row, columns], np.nan, np.log1p(moves[row, columns]) ** 2)
        variance = update_variance(variance, square)
    return found


def _after_last(marked: Bools) -> npt.NDArray[np.intp]:
    """The row after the last marked one of each column; 0 where none is."""
    rows = np.arange(1, len(marked) + 1)[:, np.newaxis]
    found: npt.NDArray[np.intp] = np.max(np.where(marked, rows, 0), axis=0, initial=0)
    return found


def _first(marked: Bools) -> npt.NDArray[np.intp]:
    """The first marked row of each column; the number of rows where none is."""
    found: npt.NDArray[np.intp] = np.where(marked.any(axis=0), np.argmax(marked, axis=0), len(marked))
    return found
