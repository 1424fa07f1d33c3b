"""What may call for a rebalance on a run's session: the policy in force, the calendar and the past."""

from datetime import timedelta

import numpy as np

from quant.book.drift import Bands
from quant.book.holdings import Holdings
from quant.market.schedule import calendar_due
from quant.policy.policy import Policy
from quant.rebalance.pairs import situation, together
from quant.rebalance.triggering import judge, measures
from quant.triggers import Past
from quant.volatility import close_to_close
from tasks.decisions import kept_controls
from tasks.snapshot.snapshot import Snapshot
from warehouse.tables.found import TriggerRow


def rows(snapshot: Snapshot) -> list[TriggerRow]:
    """Every rule with its number, as rows of the table `triggers`."""
    holdings, bands = Holdings.of(snapshot.book), Bands(together(snapshot.book), in_force(snapshot))
    found = situation(holdings, bands, is_due(snapshot), past(snapshot))
    rules = judge(found, measures(found)).rules
    return [TriggerRow(row.trigger, row.scope, row.value, row.limit, row.fired, row.rule) for row in rules]


def in_force(snapshot: Snapshot) -> Policy:
    """The portfolio's policy; cash that is needed for a withdrawal is kept beside the buffer, up to all."""
    policy, needed = snapshot.portfolio.rebalance, snapshot.portfolio.cash_needed
    if not needed or not snapshot.book.value > 0:
        return policy
    reserve = min(1.0, policy.cash_buffer + needed / snapshot.book.value)
    return policy.model_copy(update={"cash_buffer": reserve})


def is_due(snapshot: Snapshot) -> bool:
    """Whether the policy's calendar asks for a rebalancing on the run's session."""
    session = snapshot.run.session
    # Fifteen days reach back over every holiday to the session before.
    days = snapshot.portfolio.exchange().sessions(session - timedelta(days=15), session)
    return calendar_due(days, snapshot.portfolio.rebalance.calendar)


def past(snapshot: Snapshot) -> Past:
    """20-session volatilities in own currencies, sessions since a rebalance, and what was sold at a loss."""
    parameters = close_to_close.Parameters()
    known = {
        symbol: value
        for panel in snapshot.markets.values()
        for symbol, value in zip(panel.symbols, close_to_close.annualised(panel, parameters), strict=True)
    }
    last, session = snapshot.run.last_rebalance, snapshot.run.session
    idle = None if last is None else len(snapshot.portfolio.exchange().sessions(last, session)) - 1
    wash_sales = kept_controls.of(snapshot.run).wash_sales
    sold = frozenset(one.symbol for one in wash_sales.sold) if wash_sales else frozenset[str]()
    return Past(np.array([known[symbol] for symbol in snapshot.book.symbols]), idle, sold)
