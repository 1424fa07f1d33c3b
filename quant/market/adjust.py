"""From as-traded bars and actions to adjusted series: the one place where prices are adjusted.

Both adjustments are the CRSP backward factors that Yahoo uses: the newest session keeps its price, and a
price before an ex-date is multiplied by 1 ÷ split and by 1 - distribution ÷ previous close.
"""

import numpy as np

from quant.market.panel import Days, Floats, Panel
from quant.market.returns import accepted, previous

NOISE = 5e-6
"""A smaller relative change of adjusted close ÷ close is noise of the vendor's arithmetic, no distribution.

Over 125,927 daily bars of 21 US funds the noise ends at 2.2e-6 and the distributions begin at 2.2e-5 (0.2
cent on a treasury-bill fund at $91.76). Between lies nothing, and 5e-6 still sees a tenth of a cent on $100.
"""


def build(
    sessions: Days,
    symbols: tuple[str, ...],
    open: Floats,  # noqa: A002  the bar's own name
    high: Floats,
    low: Floats,
    close: Floats,
    volume: Floats,
    splits: Floats,
    distributions: Floats,
) -> Panel:
    """Build the panel that ends on the last row. All arrays are as traded, of shape (sessions, symbols).

    `splits` (new shares per old share, positive, 1.0 without one) and `distributions` (currency per share as
    traded on the ex-date, after a split of that date; 0.0 without one) stand on their ex-dates. A missing bar
    is NaN and stays NaN; an action on a missing bar counts all the same. The inputs are not changed.
    """
    later_splits, adjusted, total = closes(close, splits, distributions)
    panel = Panel(
        sessions=sessions.astype("datetime64[D]"),
        symbols=symbols,
        open=open / later_splits,
        high=high / later_splits,
        low=low / later_splits,
        close=adjusted,
        total=total,
        volume=volume * later_splits,
        traded=close.copy(),
    )
    _freeze(panel)
    return panel


def closes(close: Floats, splits: Floats, distributions: Floats) -> tuple[Floats, Floats, Floats]:
    """The product of later splits, the closes adjusted by it, and those adjusted for distributions too.

    For who needs no more of a panel; what is given and what a missing close does is as in `build`.
    """
    later_splits = _product_of_later(splits)
    adjusted = close / later_splits
    payout = _payout_factors(adjusted, distributions / later_splits)
    return later_splits, adjusted, adjusted * _product_of_later(payout)


def derive_distributions(close: Floats, adj_close: Floats, splits: Floats | None = None) -> Floats:
    """Distributions by a vendor's adjusted closes, in currency per share as traded on the ex-date.

    The inverse of `build`: D_t = C * (1 - r ÷ r_t), with r = adj_close ÷ close, C and r of the previous
    session on which both closes are known. Shapes: (sessions,) or (sessions, symbols), the result alike; 0.0
    where there is none or where a close is missing. Give `splits` (as in `build`) where `close` is as traded
    over a split.

    A negative result (the ratio fell) is no distribution but a vendor's error: it is returned for the data
    check to reject, not hidden.
    """
    shares = 1.0 if splits is None else np.cumprod(splits, axis=0)  # held on t by who bought one at the start
    holding = accepted(close) * shares
    adjusted = accepted(adj_close)
    ratio = adjusted / holding
    known = np.where(np.isnan(ratio), np.nan, adjusted)
    drop = 1 - previous(ratio) / ratio
    cash = previous(np.where(np.isnan(ratio), np.nan, holding)) * drop / shares
    noise = NOISE + _resolution(adj_close) * (1 / known + 1 / previous(known))
    return np.where(np.abs(drop) >= noise, cash, 0.0)


def _resolution(prices: Floats) -> float:
    """The step that prices were rounded to: 0.01, 0.001 or 0.0001; 0.0 when they were not.

    A price rounded to cents moves adj_close ÷ close by up to a cent in the price on every day, which is no
    distribution. A hundredth of a step is allowed for prices that passed through single precision.
    """
    given = prices[np.isfinite(prices)]
    for step in (0.01, 0.001, 0.0001):
        if np.all(np.abs(given / step - np.round(given / step)) < 0.01):
            return step
    return 0.0


def _product_of_later(factors: Floats) -> Floats:
    """For each row the product of all rows below it; 1.0 for the last."""
    later = np.ones(factors.shape)
    later[:-1] = np.cumprod(factors[:0:-1], axis=0)[::-1]
    return later


def _payout_factors(close: Floats, distributions: Floats) -> Floats:
    """1 - distribution ÷ previous accepted close, both in the same shares.

    1.0 without a distribution, and where no close precedes it (there is nothing to adjust). NaN for a
    distribution that is negative, NaN or not below the previous close: no shareholder can have received it,
    so the total-return history before that ex-date is unknown rather than guessed.
    """
    before = previous(accepted(close))
    possible = (distributions >= 0) & (distributions < before)
    factors = np.where(possible, 1 - distributions / before, np.nan)
    return np.where((distributions == 0) | np.isnan(before), 1.0, factors)


def _freeze(panel: Panel) -> None:
    for value in vars(panel).values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
