"""Reduce only: beyond a drawdown of the current weights, backcast over 252 sessions, no trade adds risk."""

from dataclasses import replace

import numpy as np

from quant.checks import CheckContext, Measured, Words
from quant.checks import _backcast as past
from quant.checks._judge import at_most
from quant.checks._weights import raised
from quant.risk.exposure import gross
from quant.risk.measures import backcast_drawdown

CHECK = "reduce_only_drawdown"
REFERENCE = "house"


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio, a share of value; the weights before the trades decide on the state.

    In it a trade is held that, alone, raises gross exposure (each buy does, also of what would hedge) or the
    drawdown of the backcast. So sells of holdings pass, except of one that has softened the fall.
    """
    limit = context.inputs.limits.reduce_only_drawdown
    if limit is None:
        return []
    value = past.of_rows(context, backcast_drawdown, after=False)
    beyond = value > limit
    holds = raised(context, gross, np.abs, beyond) | past.raised(context, backcast_drawdown, beyond)
    found = at_most(CHECK, "portfolio", "drawdown of the current weights", value, limit, holds=holds)

    def words(row: int, column: int) -> Words:
        plain = found.words(row, column)
        rule = f"{plain.rule}; beyond it reduce only: no trade that raises gross exposure or the drawdown"
        return Words(rule, f"{plain.because}: reduce only")

    return [replace(found, words=words)]
