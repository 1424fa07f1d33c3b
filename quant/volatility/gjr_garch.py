"""GJR-GARCH(1,1,1): as GARCH, and a loss counts for more (or less) than a gain of its size."""

from typing import Any

from quant.fits import Fits
from quant.market.panel import Floats, Panel
from quant.volatility import _arch
from quant.volatility._arch import ON_DEMAND, Parameters, lookback, window

__all__ = ["ON_DEMAND", "Fits", "Parameters", "annualised", "fitted", "lookback", "window"]


def annualised(panel: Panel, parameters: Parameters, fits: Fits | None = None) -> Floats:
    """√(forecast * 252): σ² = omega + alpha e² + gamma e² (where e < 0) + beta σ²; NaN as in `_arch`.

    Glosten, Jagannathan and Runkle, On the Relation between the Expected Value and the Volatility of the
    Nominal Excess Return on Stocks, Journal of Finance 48 (1993).
    """
    return _arch.annualised(panel, parameters, 1, fits)


def fitted(panel: Panel, parameters: Parameters) -> list[dict[str, Any]]:
    """mu, omega, alpha[1], gamma[1] and beta[1] of each symbol, for returns in percent."""
    return _arch.fitted(panel, parameters, 1)
