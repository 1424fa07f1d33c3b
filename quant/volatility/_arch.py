"""What GARCH and GJR-GARCH share: the returns that are fitted, when they are, and how the variance goes on.

Returns are simple total returns in percent between consecutive accepted closes, rounded to 1e-8 percent: a
total-return index is known up to a factor (every later distribution changes it), and the last bits of that
factor must not move an optimiser.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from quant.fits import Fit, Fits, inference
from quant.market.panel import Floats, Panel
from quant.market.returns import ANNUALISATION, accepted

MONTH = 24
"""Prices: no month has more than 23 sessions, and the first return needs the close before."""


@dataclass(frozen=True)
class Parameters:
    """`sessions`: the most returns fitted, `minimum`: the fewest.

    `monthly`: fitted up to the last session of the previous month, and the returns since then go through the
    recursion with these estimates; else fitted up to the last session itself.
    """

    sessions: int = 756
    minimum: int = 250
    monthly: bool = True


ON_DEMAND = Parameters(sessions=7560, monthly=False)
"""All the history that there is, of 30 years at most: what arch finds of the same returns."""


def lookback(parameters: Parameters) -> int:
    return parameters.sessions + MONTH


def window(parameters: Parameters) -> int | None:  # noqa: ARG001  the weights fade, whatever the parameters
    return None


def annualised(panel: Panel, parameters: Parameters, asymmetry: int, fits: Fits | None) -> Floats:
    """√(forecast of the next session's variance * 252), shape (symbols,).

    NaN where there are too few returns, they are all equal, or the fit does not converge. `asymmetry` is the
    number of terms for losses alone: 0 is GARCH, 1 GJR-GARCH.
    """
    found = _fits(panel, parameters, asymmetry, fits or Fits())
    variances = [fit.forecast(since) for fit, since in found]
    return np.sqrt(variances) / 100 * ANNUALISATION


def fitted(panel: Panel, parameters: Parameters, asymmetry: int) -> list[dict[str, Any]]:
    """Of each symbol the estimates, the number of returns fitted, and whether the fit converged.

    And what quant/fits.py says of how well it describes them.
    """
    return [
        {
            **fit.estimates, "observations": fit.observations, "converged": fit.converged,
            **(inference(returns, asymmetry) if fit.converged else {}),
        }
        for (fit, _), (_, returns, _) in zip(
            _fits(panel, parameters, asymmetry, Fits()), _returns(panel, parameters), strict=True
        )
    ]  # fmt: skip


def _fits(panel: Panel, parameters: Parameters, asymmetry: int, fits: Fits) -> Iterator[tuple[Fit, Floats]]:
    """The fit of each symbol, and its returns since then."""
    for symbol, returns, since in _returns(panel, parameters):
        enough = len(returns) >= parameters.minimum
        yield fits.of(symbol, returns, asymmetry) if enough else Fit(len(returns)), since


def _returns(panel: Panel, parameters: Parameters) -> Iterator[tuple[str, Floats, Floats]]:
    """Each symbol, the returns that are fitted, and those since then."""
    rows = len(panel.sessions)
    if parameters.monthly:
        month = panel.sessions[-1:].astype("datetime64[M]").astype(panel.sessions.dtype)
        rows = int(np.searchsorted(panel.sessions, month[0]))
    first = max(rows - parameters.sessions - 1, 0)
    for symbol, closes in zip(panel.symbols, accepted(panel.total[first:]).T, strict=True):
        known = ~np.isnan(closes)
        prices = closes[known]
        returns = np.round(100 * (prices[1:] / prices[:-1] - 1), 8)
        count = max(int(np.count_nonzero(known[: rows - first])) - 1, 0)
        yield symbol, returns[:count], returns[count:]
