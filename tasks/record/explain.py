"""The story of a run's trades, from what it stored and what it knew: why each, and why nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from config.holdings import Lot
from quant.decide import Decision, decide
from quant.decision_inputs import DecisionInputs
from quant.errors import InputError
from quant.rebalance.harvest import considered
from quant.trading.lots import UNTAXED, term
from tasks.context.context import Context
from tasks.context.find_run import find_run
from tasks.fills.importing import Filled, of_run
from tasks.orders import recommendations
from tasks.orders.recommendations import Recommendation
from tasks.record import alternatives
from tasks.record.alternatives import Alternative
from tasks.report.assemble import by_concern
from tasks.run.account import Stored, of_account, read
from tasks.snapshot import decision_inputs
from tasks.snapshot.snapshot import Snapshot, load_snapshot
from warehouse.database.database import Database
from warehouse.tables.decided import Decided
from warehouse.tables.found import CheckRow, Construction, DriftRow, Trade, TriggerRow
from warehouse.tables.table import of_run as rows_of_run


@dataclass(frozen=True)
class Gain:
    """What a sale would realise of one lot, at the close, less its commission, in the instrument's unit.

    `gain` is None where the lot's cost is not known, `long_term` where its day is not.
    """

    quantity: float
    cost_basis: float | None
    acquired: date | None
    gain: float | None
    long_term: bool | None


@dataclass(frozen=True)
class TradeStory:
    """One trade: its row, the drifts behind it, what else could have been done, its checks and its life.

    `position` names what drifts: the symbol, or both symbols of a pair.
    """

    trade: Trade
    position: str
    close: float
    drift: tuple[DriftRow, ...]
    alternatives: tuple[Alternative, ...]
    gains: tuple[Gain, ...]
    checks: tuple[CheckRow, ...]
    life: Recommendation | None
    fills: tuple[Filled, ...]


@dataclass(frozen=True)
class Untraded:
    """A symbol that the run does not trade, with its drift and the reason."""

    symbol: str
    drift: float | None
    band: float | None
    reason: str


@dataclass(frozen=True)
class RunStory:
    """What a run decided, symbol by symbol. Money is in `currency`.

    `triggers` are all rules, `when` the last; `construction` is how the trades were found, None for a run of
    an older version.
    """

    run_id: str
    portfolio: str
    account: str | None
    session: date
    known_at: datetime | None
    currency: str
    value: float | None
    triggers: tuple[TriggerRow, ...]
    construction: Construction | None
    trades: tuple[TradeStory, ...]
    untraded: tuple[Untraded, ...]


def explain(context: Context, text: str, symbol: str | None, account: str | None = None) -> RunStory:
    """The story of one symbol in a run, or of every one; of one of its accounts.

    Raises:
        InputError: no such run, it has failed, the symbol is not part of its portfolio, or an account has to
            be named, or is unknown.
    """
    run_id = find_run(context, text, None)
    known = context.warehouse.read(lambda db: _known(db, run_id, account, context.now()))
    if known.own is not None:
        known = _of_account(known, known.own)
    snapshot, drift, decided = known.snapshot, known.drift, known.decided
    chosen, inputs, run = _chosen(snapshot, symbol), decision_inputs.of(snapshot), snapshot.run
    traded = [row.symbol for row in decided.trades]
    choices = alternatives.of(inputs)
    tell = partial(_story, snapshot, inputs, drift, decided.checks, choices, known.lives, known.fills)
    again = decide(inputs)
    return RunStory(
        run_id,
        run.portfolio,
        account,
        run.session,
        run.known_at,
        snapshot.portfolio.currency,
        known.value,
        tuple(known.rules),
        next(iter(decided.construction), None),
        tuple(tell(row) for row in decided.trades if row.symbol in chosen),
        tuple(_untraded(snapshot, name, drift, again, inputs) for name in chosen if name not in traded),
    )


@dataclass(frozen=True)
class _Known:
    """What is stored of a run; `own`, `lives` and `fills` are of one of its accounts, where one is named."""

    snapshot: Snapshot
    value: float | None
    drift: Sequence[DriftRow]
    rules: Sequence[TriggerRow]
    decided: Decided
    own: Stored | None
    lives: Sequence[Recommendation]
    fills: Sequence[Filled]


def _of_account(known: _Known, own: Stored) -> _Known:
    """The same of an account, as if it were the portfolio."""
    found = of_account(known.snapshot, own)
    return replace(
        known, snapshot=found.snapshot, value=found.standing.value,
        drift=found.drift, rules=found.triggers, decided=found.decided,
    )  # fmt: skip


def _known(db: Database, run_id: str, account: str | None, now: datetime) -> _Known:
    snapshot = load_snapshot(db, run_id)
    _refuse(snapshot, account)
    return _Known(
        snapshot,
        snapshot.run.value,
        rows_of_run(db, run_id, DriftRow),
        rows_of_run(db, run_id, TriggerRow),
        _decided(db, run_id),
        None if account is None else read(db, snapshot, account),
        recommendations.of_run(db, run_id, now)
        if account is None
        else recommendations.of_accounts(db, run_id, [account], now),
        [fill for fill in of_run(db, run_id) if fill.account == account],
    )


def _decided(db: Database, run_id: str) -> Decided:
    return Decided(
        rows_of_run(db, run_id, Trade),
        rows_of_run(db, run_id, CheckRow),
        rows_of_run(db, run_id, Construction),
    )


def _refuse(snapshot: Snapshot, account: str | None) -> None:
    run = snapshot.run
    if run.status == "failed":
        raise InputError(
            f"run {run.run_id} failed ({run.error}): it has decided nothing that could be explained."
        )
    if snapshot.portfolio.accounts_digest and account is None:
        raise InputError(
            f"run {run.run_id} is of a portfolio with accounts, each with its own story. Name one: "
            f"`ballast explain {run.run_id} --account A`."
        )


def _chosen(snapshot: Snapshot, symbol: str | None) -> Sequence[str]:
    symbols = snapshot.portfolio.symbols
    if symbol is not None and symbol not in symbols:
        raise InputError(
            f"{symbol} is neither a target nor a holding of run {snapshot.run.run_id}; "
            f"those are {', '.join(symbols)}."
        )
    return symbols if symbol is None else [symbol]


def _story(
    snapshot: Snapshot,
    inputs: DecisionInputs,
    drift: Sequence[DriftRow],
    checks: Sequence[CheckRow],
    others: Sequence[Mapping[str, Alternative]],
    lives: Sequence[Recommendation],
    done: Sequence[Filled],
    trade: Trade,
) -> TradeStory:
    symbol = trade.symbol
    asset_class = snapshot.portfolio.classes[symbol]
    column = snapshot.book.symbols.index(symbol)
    close = float(snapshot.book.close[column])
    position = _position(snapshot, symbol)
    own, other = (
        {("instrument", position), ("asset_class", asset_class)},
        snapshot.book.replacements.get(position),
    )
    return TradeStory(
        trade,
        f"{position} with {other}" if other else position,
        close,
        tuple(row for row in drift if (row.level, row.key) in own),
        tuple(one[symbol] for one in others),
        _gains(snapshot.portfolio.lots, trade, close, float(inputs.book.fx[column]), inputs.known_terms.day),
        tuple(by_concern(checks)(symbol, asset_class)),
        next((one for one in lives if one.symbol == symbol), None),
        tuple(fill for fill in done if fill.symbol == symbol),
    )


def _stored_gains(trade: Trade, fx: float) -> tuple[Gain, ...]:
    """The lots that the run's tax method took; empty where the portfolio states no tax."""
    return tuple(
        Gain(
            lot.quantity,
            lot.cost_basis / fx,
            date.fromisoformat(lot.acquired),
            lot.gain / fx,
            lot.term == "long",
        )
        for lot in trade.lots or ()
    )


def _gains(lots: Sequence[Lot], trade: Trade, close: float, fx: float, day: date) -> tuple[Gain, ...]:
    """What a sale takes of its lots; nothing for a purchase. `fx` is what one of its unit is worth."""
    if trade.side == "BUY":
        return ()
    commission = (trade.costs and trade.costs.commission) or 0.0
    net = close - commission / (trade.quantity * fx)
    untaxed = gains(lots, trade.symbol, trade.quantity, net, day)
    return _stored_gains(trade, fx) or tuple(untaxed)


def gains(lots: Sequence[Lot], symbol: str, quantity: float, price: float, day: date) -> list[Gain]:
    """(price - cost basis) x quantity of each lot that a sale on `day` takes without [tax]: the oldest first.

    What has no date is older than what has one, as when a fill is booked.
    """
    left, found = quantity, []
    for lot in sorted(
        (one for one in lots if one.symbol == symbol), key=lambda one: one.acquired or date.min
    ):
        taken = min(left, lot.quantity)
        if taken <= 0:
            break
        left -= taken
        gain = None if lot.cost_basis is None else (price - lot.cost_basis) * taken
        long_term = None if lot.acquired is None else term(lot.acquired, day, UNTAXED) == "long"
        found.append(Gain(taken, lot.cost_basis, lot.acquired, gain, long_term))
    return found


def _position(snapshot: Snapshot, symbol: str) -> str:
    """Under which symbol drift knows a symbol: a replacement's is its target's."""
    return next(
        (target for target, other in snapshot.portfolio.replacements.items() if other == symbol), symbol
    )


def _untraded(
    snapshot: Snapshot, symbol: str, drift: Sequence[DriftRow], decision: Decision, inputs: DecisionInputs
) -> Untraded:
    """What the run decided anew says of the symbol: the reason is of the functions that decide."""
    own = ("instrument", _position(snapshot, symbol))
    row = next((one for one in drift if (one.level, one.key) == own), None)
    again = (
        f"this version of Ballast would trade it: `ballast replay {snapshot.run.run_id}` names what changed"
    )
    if not snapshot.book.value > 0:
        return Untraded(symbol, None, None, "the portfolio has no value: a price or a rate is missing")
    drift_of, band = (row.drift, row.band) if row else (None, None)
    why = [decision.untraded.get(symbol, again), *_unharvested(inputs, symbol)]
    return Untraded(symbol, drift_of, band, "; ".join(why))


def _unharvested(inputs: DecisionInputs, symbol: str) -> Iterator[str]:
    """Why a loss in a symbol that is not sold was left."""
    for one, refused in considered(inputs.book, inputs.policy, inputs.past, inputs.known_terms):
        if one.sold == symbol:
            why = refused or "a check, the cash or the turnover cap would not let both of its orders pass"
            yield f"its loss of {one.loss:,.2f} is not harvested: {why}"
