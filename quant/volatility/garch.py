"""GARCH(1,1): the variance of the next session from that of the last one and its shock."""

from typing import Any

from quant.fits import Fits
from quant.market.panel import Floats, Panel
from quant.volatility import _arch
from quant.volatility._arch import ON_DEMAND, Parameters, lookback, window

__all__ = ["ON_DEMAND", "Fits", "Parameters", "annualised", "fitted", "lookback", "window"]


def annualised(panel: Panel, parameters: Parameters, fits: Fits | None = None) -> Floats:
    """√(forecast * 252): σ² = omega + alpha e² + beta σ², e the last return above mu; NaN as in `_arch`.

    Bollerslev, Generalized Autoregressive Conditional Heteroskedasticity, Journal of Econometrics 31 (1986).
    """
    return _arch.annualised(panel, parameters, 0, fits)


def fitted(panel: Panel, parameters: Parameters) -> list[dict[str, Any]]:
    """mu, omega, alpha[1] and beta[1] of each symbol, for returns in percent."""
    return _arch.fitted(panel, parameters, 0)
