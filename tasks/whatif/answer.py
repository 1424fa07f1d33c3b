"""The answer to a what-if: decided as a run decides, from what is known now, and stored nowhere."""

import math
from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np

from config.portfolio import Portfolio
from quant.book import drift
from quant.book.book import Book
from quant.book.drift import actual_weights
from quant.errors import InputError
from quant.rebalance.instructed import Instruction
from quant.rebalance.pairs import together
from quant.risk import contributions, measures
from quant.trading.allowance import TaxLots
from quant.trading.lots import UNTAXED, Lot
from tasks.accounts import many as accounts
from tasks.context.context import Context
from tasks.context.instants import instant
from tasks.context.words import amount
from tasks.day.check_risk import decided
from tasks.report.assemble import outcome, trade_rows
from tasks.report.model import TradeRow
from tasks.snapshot.between_steps import Known
from tasks.snapshot.snapshot import Snapshot
from tasks.whatif.changed import changed
from tasks.whatif.known import known
from tasks.whatif.model import Standing, WhatIf
from tasks.whatif.question import Question
from warehouse.tables.decided import Decided
from warehouse.tables.found import Costs, DriftRow


def answer(context: Context, asked: Question) -> WhatIf:
    """What the portfolio would trade, and where it would stand then.

    Raises:
        InputError: what is asked is not possible; the sentence says why and what is.
    """
    portfolio = changed(context, asked)
    before = known(context, portfolio, asked)
    now = _with_cash(before, asked)
    instruction = _instruction(now, asked)
    rows, untraded = _decided(context, now, instruction)
    trades = trade_rows(rows.trades, rows.checks, portfolio, [None] * len(rows.trades))
    done = [row for row in trades if row.status == "proposed"]
    after = _traded(now.book, done)
    return WhatIf(
        portfolio=portfolio.name,
        session=before.run.session.isoformat(),
        known_at=instant(before.run.known_at) if before.run.known_at else None,
        historical=before.run.historical,
        source=before.run.source,
        currency=portfolio.currency,
        time_zone=portfolio.exchange().zone.key,
        asked=_words(asked, portfolio),
        status=outcome(rows.trades, rows.checks),
        before=_standing(before, before.book),
        after=_standing(before, after),
        trades=trades,
        cost=_sum([row.cost for row in done]),
        costs=_costs(done),
        tax=None if portfolio.tax is None else sum(row.tax.tax for row in done if row.tax),
        gain=_gain(now, done),
        shortfall=_shortfall(now, done) if instruction and instruction.kind == "withdrawal" else None,
        checks=rows.checks,
        untraded=untraded,
        disabled=before.run.kill_switch,
        accounts=len({*portfolio.holders.owners}) if portfolio.holders else None,
        stale=before.stale,
    )


def _decided(
    context: Context, now: Snapshot, instruction: Instruction | None
) -> tuple[Decided, dict[str, str]]:
    """Trades and checks, and why each other symbol has no trade (of accounts: nothing)."""
    if now.portfolio.holders is not None:
        lots = accounts.as_columns(now.portfolio.holders)
        found = accounts.decided(now, accounts.gathered(now, lots), context.progress)
        return found.rows, {}
    inputs = Known(now, instruction=instruction)
    rows = decided(inputs)
    traded = {row.symbol for row in rows.trades}
    reasons = inputs.proposal.untraded
    return rows, {symbol: why for symbol, why in reasons.items() if symbol not in traded}


def _with_cash(before: Snapshot, asked: Question) -> Snapshot:
    """What is known, with the deposit in the cash or the withdrawal out of it."""
    if not asked.cash_flow:
        return before
    portfolio, value = before.portfolio, before.book.value
    if math.isnan(value):
        raise InputError(f"the portfolio has no value: no price of {', '.join(before.stale)} is known.")
    if asked.withdraw is not None and not asked.withdraw < value:
        raise InputError(
            f"--withdraw {asked.withdraw:,.2f} is not less than the portfolio's value, "
            f"{amount(value, portfolio.currency)}: withdraw less, or sell everything with weights of 0."
        )
    cash = portfolio.cash + asked.cash_flow
    return replace(before, portfolio=portfolio.model_copy(update={"cash": cash}))


def _instruction(now: Snapshot, asked: Question) -> Instruction | None:
    """What is asked for instead of the policy's trades; None where the policy decides."""
    if asked.rebalance:
        return None
    currency, lots = now.portfolio.currency, _tax_lots(now)
    if asked.deposit is not None:
        return Instruction("deposit", f"deposit of {amount(asked.deposit, currency)}")
    if asked.up_to_gain is not None and not lots.lots:
        raise InputError(
            "--up-to-gain needs what was paid: give the holdings file the columns cost_basis and acquired."
        )
    allowed = "" if asked.up_to_gain is None else f"gain allowance of {amount(asked.up_to_gain, currency)}"
    if asked.withdraw is not None:
        within = f" within a {allowed}" if allowed else ""
        words = f"withdrawal of {amount(asked.withdraw, currency)}{within}"
        taxed = lots if now.portfolio.tax is not None or asked.up_to_gain is not None else TaxLots()
        return Instruction("withdrawal", words, asked.up_to_gain, taxed)
    return Instruction("gain_allowance", allowed, asked.up_to_gain, lots) if allowed else None


def _tax_lots(now: Snapshot) -> TaxLots:
    """The lots whose cost and day are known, at the session's rate."""
    fx = dict(zip(now.book.symbols, now.book.fx.tolist(), strict=True))
    found: dict[str, list[Lot]] = {}
    for lot in now.portfolio.lots:
        if lot.quantity and lot.acquired is not None and lot.cost_basis is not None:
            own = Lot(lot.symbol, lot.acquired, lot.quantity, lot.cost_basis * fx[lot.symbol])
            found.setdefault(lot.symbol, []).append(own)
    day = now.portfolio.exchange().next_close(now.run.session).date()
    return TaxLots(found, now.portfolio.tax or UNTAXED, day)


def _traded(book: Book, done: Sequence[TradeRow]) -> Book:
    """The book once these trades are done at the close."""
    quantity, cash = book.quantity.copy(), book.cash
    for row in done:
        at, side = book.places[row.symbol], 1.0 if row.side == "BUY" else -1.0
        quantity[at] += side * row.quantity
        cash -= side * row.notional
    return replace(book, quantity=quantity, cash=cash)


def _standing(snapshot: Snapshot, book: Book) -> Standing:
    weights, returns = actual_weights(book), snapshot.evidence.returns
    rows = drift.measure(together(book), snapshot.portfolio.rebalance)
    return Standing(
        value=book.value,
        cash=book.cash,
        drift=[DriftRow(**asdict(row)) for row in rows],
        volatility=contributions.contributions(
            weights, returns, snapshot.portfolio.risk.covariance
        ).volatility,
        var_95=measures.historical_var(weights, returns),
        cvar_95=measures.historical_cvar(weights, returns),
    )


def _sum(values: Sequence[float | None]) -> float | None:
    return None if None in values else sum(value for value in values if value is not None)


def _costs(done: Sequence[TradeRow]) -> Costs | None:
    """The expected costs of all trades, part by part."""
    rows = [row.costs for row in done if row.costs is not None]
    if len(rows) < len(done):
        return None
    return Costs(*(_sum([getattr(row, part) for row in rows]) for part in ("commission", "spread", "impact")))


def _gain(now: Snapshot, done: Sequence[TradeRow]) -> float | None:
    """What the sales gain by the lots' own cost, before commissions; None where a cost is not known."""
    lots, book = _tax_lots(now), now.book
    total = 0.0
    for row in done:
        if row.side == "SELL":
            at = book.places[row.symbol]
            if now.portfolio.holders is not None or not lots.covers(row.symbol, float(book.quantity[at])):
                return None
            total += lots.gain(row.symbol, row.quantity, float(book.price[at]))
    return total


def _shortfall(now: Snapshot, done: Sequence[TradeRow]) -> float:
    """What lacks to the buffer once the sales are executed at their limit prices; 0 where nothing does."""
    fx = dict(zip(now.book.symbols, now.book.fx.tolist(), strict=True))
    proceeds = sum(row.quantity * row.limit_price * fx[row.symbol] for row in done)
    missing = Known(now).inputs.policy.cash_buffer * now.book.value - now.book.cash - proceeds
    return float(np.maximum(missing, 0.0)) if missing > 0.005 else 0.0


def _words(asked: Question, portfolio: Portfolio) -> list[str]:
    """What was asked, a phrase each."""
    money = {"deposit": asked.deposit, "withdrawal": asked.withdraw, "gain allowance": asked.up_to_gain}
    said = [
        f"{name} of {amount(size, portfolio.currency)}" for name, size in money.items() if size is not None
    ]
    with_policy = ["the policy decides"] if asked.rebalance and asked.cash_flow else []
    return [*said, *(one.removeprefix("--") for one in asked.changes), *with_policy]
