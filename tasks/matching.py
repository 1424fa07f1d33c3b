"""Matching reported fills with what was recommended: which are new, and whether each is allowed."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from config.calendars import Calendar
from config.fills import Fill
from quant.errors import InputError
from tasks import known, recommendations
from tasks.known import Known
from tasks.recommendations import FILL, Recommendation
from warehouse import ledger, runs
from warehouse.connection import Database

TOLERANCE = 1e-6
"""Of a share: by so much the fills of an order may exceed it, for brokers that round."""

APART = 0.25
"""Of the limit price: a fill that is further from it is a slip of the pen, or of another unit or share."""


@dataclass(frozen=True)
class Match:
    """A new fill under its own id, with the order that it fills and what the order's run knew."""

    id: str
    fill: Fill
    order: Recommendation
    scope: Known

    @property
    def column(self) -> int:
        """Where the symbol stands in the run's book."""
        return self.scope.book.symbols.index(self.fill.symbol)

    @property
    def fx(self) -> Decimal:
        """What one of the symbol's unit was worth in the portfolio's currency."""
        return Decimal(repr(float(self.scope.book.fx[self.column])))


def particulars(fill: Fill) -> dict[str, Any]:
    """What a fill is, as it is entered; numbers as decimal text, so that none is rounded."""
    numbers = {name: f"{getattr(fill, name).normalize():f}" for name in ("quantity", "price", "commission")}
    return {"symbol": fill.symbol, "side": fill.side, **numbers, "filled_at": fill.filled_at}


def match(db: Database, fills: Sequence[Fill], now: datetime) -> list[Match]:
    """The fills that are not in the ledger yet, each with its order.

    Raises:
        InputError: a fill names no run, was not recommended, or is told differently than before.
    """
    new = _new(db, _identified(db, fills))
    runs_of = {run_id for run_id, _, _ in new}
    scopes = {run_id: known.load(db, run_id) for run_id in runs_of}
    for run_id, fill, _ in new:
        if scopes[run_id].portfolio.accounts_digest:
            raise InputError(
                f"{fill.where}: run {run_id} is of a portfolio with accounts, and a fill names none. "
                "Restate each account's holdings in its file instead."
            )
    orders = {run_id: recommendations.of_run(db, run_id, now) for run_id in runs_of}
    filled: defaultdict[tuple[str, str], float] = defaultdict(float)
    found = []
    for run_id, fill, name in new:
        order = orders[run_id].get(fill.symbol)
        if order is None:
            raise InputError(
                f"{fill.where}: run {run_id} does not recommend to trade {fill.symbol}; "
                f"it recommends {', '.join(orders[run_id]) or 'nothing'}."
            )
        filled[run_id, fill.symbol] += float(fill.quantity)
        _check(fill, order, order.filled + filled[run_id, fill.symbol])
        _check_money(fill, order, scopes[run_id])
        _check_time(fill, scopes[run_id], now)
        found.append(Match(name, fill, order, scopes[run_id]))
    return found


Named = tuple[str, Fill, str]
"""A fill with its run's id before and its own id behind."""


def _identified(db: Database, fills: Sequence[Fill]) -> list[Named]:
    """Each fill by its broker's id; one without, by its content and how often the file has told it before."""
    named, seen = [], Counter[str]()
    for fill in fills:
        try:
            run_id = runs.find(db, fill.run, None)
        except InputError as error:
            raise InputError(f"{fill.where}: {error}") from None
        content = ledger.digest([run_id, particulars(fill)])
        seen[content] += 1
        named.append((run_id, fill, fill.id or f"{content[:16]}-{seen[content]}"))
    return named


def _new(db: Database, named: Sequence[Named]) -> list[Named]:
    """Those that are not in the ledger yet."""
    told = {(entry.subject, entry.payload["id"]): entry.payload for entry in ledger.entries(db, (FILL,))}
    new = []
    for run_id, fill, name in named:
        own = particulars(fill)
        _require_own(db, run_id, fill, [told_of for told_of, known_as in told if known_as == name])
        before = told.setdefault((run_id, name), own)
        if before is own:
            new.append((run_id, fill, name))
        elif any(before[key] != value for key, value in own.items()):
            raise InputError(
                f"{fill.where}: the fill {name!r} of run {run_id} is known with other values. "
                "Give another fill another id; what was imported stays."
            )
    return new


def _require_own(db: Database, run_id: str, fill: Fill, told_of: Sequence[str]) -> None:
    """Refuse an id that is known of another run of the same portfolio: consecutive runs recommend alike."""
    portfolio = runs.load(db, run_id).portfolio
    for other in told_of:
        if other != run_id and runs.load(db, other).portfolio == portfolio:
            raise InputError(
                f"{fill.where}: the fill {fill.id!r} is known of run {other}, and would be booked twice. "
                "Leave the row out; if the broker uses an id again, add the day to it."
            )


def _check(fill: Fill, order: Recommendation, filled: float) -> None:
    """Refuse what the order does not allow; `filled` are its shares with this fill and all before it."""
    run = f"run {order.run_id}"
    if order.side != fill.side:
        raise InputError(
            f"{fill.where}: side {fill.side} of {fill.symbol}, and {run} recommends {order.side}."
        )
    if order.state == "rejected":
        raise InputError(
            f"{fill.where}: {fill.side} {fill.symbol} of {run} was rejected by {order.by} ({order.reason}). "
            "If it was traded all the same, change the holdings yourself."
        )
    if filled > order.quantity + TOLERANCE:
        raise InputError(
            f"{fill.where}: {filled:,.10g} {fill.symbol} would be filled, and {run} recommends "
            f"{order.quantity:,.10g}; at most {TOLERANCE:g} of a share more is allowed."
        )


def _check_money(fill: Fill, order: Recommendation, scope: Known) -> None:
    """Refuse a price or a commission that must be a slip: what is booked stays."""
    if abs(float(fill.price) / order.limit_price - 1) > APART:
        raise InputError(
            f"{fill.where}: price {fill.price} of {fill.symbol}, and its limit {order.limit_price:,.10g}; "
            f"at most {APART:.0%} apart is allowed. Mend the price; if it was traded at it all the same, "
            "change the holdings yourself."
        )
    worth = float(fill.quantity * fill.price) * float(scope.book.fx[scope.book.symbols.index(fill.symbol)])
    if float(fill.commission) > worth:
        raise InputError(
            f"{fill.where}: commission {fill.commission} is more than the fill is worth, {worth:,.2f} "
            f"{scope.portfolio.currency}. Mend it."
        )


def _check_time(fill: Fill, scope: Known, now: datetime) -> None:
    calendar = scope.calendars[fill.symbol]
    today = day_of(now.isoformat(), calendar)
    if fill.filled_at and not scope.run.session <= day_of(fill.filled_at, calendar) <= today:
        raise InputError(
            f"{fill.where}: filled_at {fill.filled_at} must lie between the session of its run, "
            f"{scope.run.session}, and today, {today}."
        )


def day_of(moment: str, calendar: str) -> date:
    """The day of an instant at an exchange; a day is itself."""
    if len(moment) == len("2024-12-31"):
        return date.fromisoformat(moment)
    return datetime.fromisoformat(moment).astimezone(Calendar(calendar).zone).date()
