"""A policy over history: holdings stand still until a day on which a run may trade, and that run decides."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np

from config.portfolio import Portfolio
from quant.book.holdings import Mask
from quant.decide import Decision, decide
from quant.decision_inputs import DecisionInputs
from quant.market.panel import Floats
from quant.policy.policy import FIXED
from quant.rebalance.controls import Controls
from quant.trading.wash_sales import SoldAtLoss, WashSales, still_open
from tasks.backtest.held import Execution, Held, executed
from tasks.backtest.market import Market
from tasks.backtest.still import Still
from tasks.context.context import Progress
from tasks.snapshot import decision_inputs
from tasks.snapshot.snapshot import Snapshot

FIRST_LOOK = 64
"""Sessions that are looked at together at first; twice as many each time nothing is found in them."""


@dataclass(frozen=True)
class Decided:
    """A session on which a run proposed trades: how many, how many of them a check held, and why."""

    session: date
    trades: int
    held: int
    because: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a portfolio that began with cash alone; arrays (sessions,) are at the closes.

    `value` and `cash` are in the portfolio's currency, after the taxes that were paid; `outside` says where a
    band was broken. `owed` is the tax that is not paid yet, below 0 where losses are carried forward. `held`
    is what is held at the last close: what is decided then is not done any more.
    """

    sessions: Sequence[date]
    value: Floats
    cash: Floats
    outside: Mask
    executions: tuple[Execution, ...]
    decided: tuple[Decided, ...]
    owed: float
    held: Held


@dataclass
class _State:
    """Where a simulation stands; `last` is the place of the last session that asked for a rebalance."""

    held: Held
    last: int | None = None
    owed: float = 0.0
    executions: list[Execution] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)


@dataclass(frozen=True)
class Simulation:
    """A portfolio on a market, from `cash` at the close of the first session.

    `once`: after the first purchases nothing is traded any more.
    """

    market: Market
    portfolio: Portfolio
    cash: float
    once: bool = False

    def run(self, progress: Progress = lambda *_: None) -> Outcome:
        """From the first session to the last."""
        state, prices = _State(Held(0, (), self.cash)), self.market.prices
        still = Still(self.market, self.portfolio, self.snapshot(state.held).book, self._target)
        count, place, look = len(self.market.sessions), 0, FIRST_LOOK
        while place < count:
            self._pay_taxes(state, place)
            rows = slice(place, self._end(place, look))
            still.fill(state.held, rows)
            found = self._first(state, still, rows)
            place, look = (rows.stop, 2 * look) if found is None else (found + 1, FIRST_LOOK)
            state.held = state.held.rolled(prices, place - 1, float(still.cash[place - 1]))
            if found is not None:
                self._decide(state)
                progress("backtest", place, count)
        return Outcome(
            sessions=self.market.sessions,
            value=still.worth.sum(axis=1) + still.cash,
            cash=still.cash,
            outside=still.outside(),
            executions=tuple(state.executions),
            decided=tuple(state.decided),
            owed=state.owed,
            held=state.held,
        )

    def inputs(
        self, held: Held, last: date | None = None, controls: Controls | None = None
    ) -> DecisionInputs:
        """What a run of the session at whose close this is held decides from.

        `last` is the session of the rebalance before it, `controls` are those of the run.
        """
        return decision_inputs.of(self.snapshot(held, last, controls))

    def snapshot(self, held: Held, last: date | None = None, controls: Controls | None = None) -> Snapshot:
        """What that run knows."""
        session = self.market.sessions[held.at]
        known = controls.model_dump_json() if controls else None
        run = replace(self.market.run, session=session, last_rebalance=last, controls=known)
        return self.market.snapshot(held.at, held.of(self.portfolio, session), run)

    def _first(self, state: _State, still: Still, rows: slice) -> int | None:
        """The first of some sessions on which a run may trade."""
        if self.once and {lot.symbol for lot in state.held.lots} >= self._wanted:
            return None
        found = still.may_trade(state.held, rows)
        if state.last is not None:
            found &= np.arange(rows.start, rows.stop) - state.last >= self.portfolio.rebalance.cooldown
        places = np.flatnonzero(found)
        return rows.start + int(places[0]) if len(places) else None

    def _decide(self, state: _State) -> None:
        """Decide as a run of the session would; the orders are done on the next one, or not at all."""
        at, sessions = state.held.at, self.market.sessions
        last = None if state.last is None else sessions[state.last]
        inputs = self.inputs(state.held, last, self._controls(state))
        decision = decide(inputs)
        free = [row.trade for row in decision.trades if row.held_because is None]
        if decision.trades:
            state.decided.append(_noted(sessions[at], decision))
        if any(trade.trigger != "harvest" for trade in free):
            state.last = at
        if free and at + 1 < len(sessions):
            state.held, done = executed(state.held, free, inputs, self.portfolio, self.market.prices)
            state.executions.extend(done)
            state.owed += sum(one.tax for one in done)

    def _controls(self, state: _State) -> Controls | None:
        """The losses that a purchase would disallow; None where no tax is stated."""
        tax = self.portfolio.tax
        if tax is None:
            return None
        day = self.portfolio.exchange().next_close(self.market.sessions[state.held.at]).date()
        sold = [
            SoldAtLoss(symbol=one.symbol, day=one.session, quantity=one.quantity, loss=-one.gain)
            for one in state.executions
            if one.gain is not None and one.gain < 0
        ]
        near = still_open(sold, day, tax.wash_sale_days)
        return Controls(wash_sales=WashSales(block=tax.blocks_wash_sales, sold=near))

    def _pay_taxes(self, state: _State, place: int) -> None:
        """On the first session of a year the taxes of before are paid; what losses save is kept for later."""
        if place in self._years and state.owed > 0:
            state.held = replace(state.held, cash=state.held.cash - state.owed)
            state.owed = 0.0

    @cached_property
    def _years(self) -> Sequence[int]:
        """The places of the first sessions of years; none where no tax is stated."""
        if self.portfolio.tax is None:
            return []
        years = self.market.prices.days.astype("datetime64[Y]").astype(int)
        places: list[int] = (np.flatnonzero(np.diff(years)) + 1).tolist()
        return places

    def _end(self, place: int, look: int) -> int:
        """Where a look at so many sessions ends: before the next day on which taxes are paid."""
        return min([place + look, len(self.market.sessions), *(year for year in self._years if year > place)])

    @cached_property
    def _strategic(self) -> Floats:
        weights = np.zeros(len(self.portfolio.symbols))
        weights[: len(self.portfolio.target)] = [target.weight for target in self.portfolio.target]
        return weights

    @cached_property
    def _wanted(self) -> frozenset[str]:
        return frozenset(target.symbol for target in self.portfolio.target if target.weight)

    def _target(self, place: int) -> Floats:
        """The weights in force on a session, aligned with the portfolio's symbols."""
        if self.portfolio.allocation.model == FIXED:
            return self._strategic
        return self.snapshot(Held(place, (), 1.0)).book.target


def _noted(session: date, decision: Decision) -> Decided:
    because = tuple(row.held_because for row in decision.trades if row.held_because)
    return Decided(session, len(decision.trades), len(because), tuple(dict.fromkeys(because)))
