"""Reduce only: beyond a drawdown of the current weights, backcast over 252 sessions, no trade adds risk."""

from dataclasses import replace

from quant.book.drift import actual_weights
from quant.checks import CheckContext, Finding
from quant.checks._judge import at_most
from quant.market.panel import Floats
from quant.policy.policy import Limits
from quant.risk.exposure import GROSS, gross, raising
from quant.risk.marginal import of_past
from quant.risk.measures import backcast_drawdown

CHECK = "reduce_only_drawdown"
REFERENCE = "house"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding for the portfolio, a share of value; the weights before the trades decide on the state.

    In it a trade is held that, alone, raises gross exposure (each buy does, also of what would hedge) or the
    drawdown of the backcast. So sells of holdings pass, except of one that has softened the fall.
    """
    limit = limits.reduce_only_drawdown
    if limit is None:
        return []

    def drawdown(weights: Floats) -> float:
        return backcast_drawdown(weights, context.returns)

    value = drawdown(actual_weights(context.book))
    holds = frozenset[str]()
    if value > limit:
        past = of_past(backcast_drawdown, context.returns)
        holds = raising(context.book, context.trades, gross, GROSS) | raising(
            context.book, context.trades, drawdown, past
        )
    what = "drawdown of the current weights"
    found = at_most(CHECK, "portfolio", what, value, limit, holds=holds)
    rule = f"{found.rule}; beyond it reduce only: no trade that raises gross exposure or the drawdown"
    return [replace(found, rule=rule, because=found.because and f"{found.because}: reduce only")]
