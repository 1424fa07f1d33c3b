"""What a policy did in a backtest, in figures."""

import numpy as np

from config.portfolio import Portfolio
from quant.performance.measures import YEAR
from tasks.backtest.model import Traded
from tasks.backtest.simulate import Outcome


def traded(outcome: Outcome, portfolio: Portfolio) -> Traded:
    """What was decided and done."""
    notional = sum(one.notional for one in outcome.executions)
    orders = sum(one.trades - one.held for one in outcome.decided if one.session != outcome.sessions[-1])
    reasons = (because for one in outcome.decided for because in one.because)
    return Traded(
        sessions=len(outcome.decided),
        blocked=sum(one.held == one.trades for one in outcome.decided),
        held=sum(one.held for one in outcome.decided),
        orders=orders,
        done=len(outcome.executions),
        turnover=notional / 2 / float(np.mean(outcome.value)) / _years(outcome),
        cost=sum(one.cost for one in outcome.executions),
        tax=None if portfolio.tax is None else sum(one.tax for one in outcome.executions),
        outside=int(outcome.outside.sum()),
        reasons=list(dict.fromkeys(reasons))[:20],
    )


def _years(outcome: Outcome) -> float:
    return (outcome.sessions[-1] - outcome.sessions[0]).days / YEAR
