"""What may call for a rebalance on a run's session: the policy in force, the calendar and the past."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np

from quant.book.drift import measure
from quant.market.schedule import calendar_due
from quant.policy.policy import Policy
from quant.rebalance.pairs import past_together, together
from quant.rebalance.triggering import judge
from quant.triggers import Past
from quant.volatility import close_to_close
from tasks.decisions import run_controls
from tasks.snapshot.snapshot import Known


def rows(scope: Known) -> list[dict[str, Any]]:
    """Every rule with its number, as rows of the table `triggers`."""
    policy, book = in_force(scope), together(scope.book)
    before = past_together(scope.book, past(scope))
    found = judge(book, policy, measure(book, policy), is_due(scope), before).rules
    return [{name: value for name, value in asdict(row).items() if name != "level"} for row in found]


def in_force(scope: Known) -> Policy:
    """The portfolio's policy; cash that is needed for a withdrawal is kept beside the buffer, up to all."""
    policy, needed = scope.portfolio.rebalance, scope.portfolio.cash_needed
    if not needed or not scope.book.value > 0:
        return policy
    reserve = min(1.0, policy.cash_buffer + needed / scope.book.value)
    return policy.model_copy(update={"cash_buffer": reserve})


def is_due(scope: Known) -> bool:
    """Whether the policy's calendar asks for a rebalancing on the run's session."""
    session = scope.run.session
    # Fifteen days reach back over every holiday to the session before.
    days = scope.portfolio.exchange().sessions(session - timedelta(days=15), session)
    return calendar_due(days, scope.portfolio.rebalance.calendar)


def past(scope: Known) -> Past:
    """20-session volatilities in own currencies, sessions since a rebalance, and what was sold at a loss."""
    parameters = close_to_close.Parameters()
    known = {
        symbol: value
        for panel in scope.markets.values()
        for symbol, value in zip(panel.symbols, close_to_close.annualised(panel, parameters), strict=True)
    }
    last, session = scope.run.last_rebalance, scope.run.session
    idle = None if last is None else len(scope.portfolio.exchange().sessions(last, session)) - 1
    wash_sales = run_controls.of(scope.run).wash_sales
    sold = frozenset(one.symbol for one in wash_sales.sold) if wash_sales else frozenset[str]()
    return Past(np.array([known[symbol] for symbol in scope.book.symbols]), idle, sold)
