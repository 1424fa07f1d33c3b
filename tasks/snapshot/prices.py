"""Prices over a stretch of a snapshot's window: for whoever values holdings that stand still."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from quant.backtest.prices import Prices
from quant.market.panel import Floats
from quant.market.returns import as_of, fill_forward
from tasks.snapshot.snapshot import Snapshot


def prices(whole: Snapshot, symbols: tuple[str, ...], rows: npt.NDArray[np.intp]) -> Prices:
    """The prices of symbols on some days of the window, which are `rows` of it, ascending.

    What is paid on a day of another exchange between two of them is paid on the second.
    """
    panel, window = whole.panel, whole.window
    places = [whole.columns[symbol] for symbol in symbols]
    days = panel.sessions[rows]
    later = np.ones(panel.close.shape)
    later[:-1] = np.cumprod(window.splits[:0:-1], axis=0)[::-1]
    paid = np.nan_to_num(window.distributions / later)
    to = np.searchsorted(rows, np.arange(len(panel.sessions)))
    distribution = np.zeros((len(rows) + 1, len(panel.symbols)))
    np.add.at(distribution, to, np.where((np.arange(len(paid)) > rows[0])[:, None], paid, 0.0))
    return Prices(
        days=days,
        symbols=symbols,
        open=panel.open[rows][:, places],
        high=panel.high[rows][:, places],
        low=panel.low[rows][:, places],
        close=fill_forward(panel.close)[rows][:, places],
        fx=as_of(fill_forward(whole.fx(symbols)), whole.days, days),
        distribution=distribution[:-1, places],
        later=later[rows][:, places],
    )


def worth(whole: Snapshot, symbols: Sequence[str]) -> Floats:
    """What a share of each has come to on the portfolio's `days`, its distributions reinvested.

    Shape (days, symbols), in the portfolio's currency; the last accepted price stands in for a missing one.
    NaN before the first.
    """
    panel = whole.panel
    total = fill_forward(panel.total[:, [whole.columns[symbol] for symbol in symbols]])
    return np.asarray(as_of(total, panel.sessions, whole.days) * fill_forward(whole.fx(symbols)))
