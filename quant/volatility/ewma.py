"""RiskMetrics volatility: exponentially weighted squared log total returns, mean zero."""

from dataclasses import dataclass

from quant.market.panel import Floats, Panel
from quant.market.returns import ANNUALISATION, DECAY, ewma_volatility, log_returns


@dataclass(frozen=True)
class Parameters:
    """`decay`: λ. `sessions`: the most returns used, the first one as seed. `minimum`: the fewest."""

    decay: float = DECAY
    sessions: int = 500
    minimum: int = 20


def lookback(parameters: Parameters) -> int:
    return parameters.sessions + 1


def window(parameters: Parameters) -> int | None:  # noqa: ARG001  the weights fade, whatever the parameters
    return None


def annualised(panel: Panel, parameters: Parameters) -> Floats:
    """The daily EWMA sigma through the last session * √252; NaN with fewer than `minimum` returns."""
    returns = log_returns(panel.tail(lookback(parameters)).total)
    return ewma_volatility(returns, parameters.decay, parameters.minimum) * ANNUALISATION
