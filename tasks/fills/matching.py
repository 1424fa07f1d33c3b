"""Matching reported fills with what was recommended: which are new, and whether each is allowed."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from config.calendars import Calendar
from config.fills import Fill
from quant.errors import InputError
from tasks.fills.particulars import Unnamed, particulars, unnamed_id
from tasks.orders import entries, recommendations
from tasks.orders.entries import Particulars, key
from tasks.orders.recommendations import TOLERANCE, Recommendation
from tasks.snapshot.snapshot import Snapshot, load_snapshot
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record.entered import Entered
from warehouse.runs import Run

APART = 0.25
"""Of the limit price: a fill that is further from it is a slip of the pen, or of another unit or share."""


@dataclass(frozen=True)
class Match:
    """A new fill under its own id, with the order that it fills and what the order's run knew."""

    id: str
    fill: Fill
    order: Recommendation
    snapshot: Snapshot

    @property
    def column(self) -> int:
        """Where the symbol stands in the run's book."""
        return self.snapshot.book.symbols.index(self.fill.symbol)

    @property
    def fx(self) -> Decimal:
        """What one of the symbol's unit was worth in the portfolio's currency."""
        return Decimal(repr(float(self.snapshot.book.fx[self.column])))


def match(
    db: Database, fills: Sequence[Fill], now: datetime, *, superseded: bool = False
) -> tuple[list[Match], int]:
    """The fills that are not in the ledger yet, each with its order; and how many others were cancelled.

    `superseded` allows what was executed after its run was replaced or withdrawn.

    Raises:
        InputError: a fill names no run, or one that failed or is still at work, was not recommended, or is
            given with other values than before.
    """
    new, cancelled = _new(db, _identified(db, fills))
    for run_id, fill, _ in new:
        _check_ended(fill, runs.load(db, run_id))
    scopes = {run_id: load_snapshot(db, run_id) for run_id in {run_id for run_id, _, _ in new}}
    for run_id, fill, _ in new:
        _check_account(fill, scopes[run_id])
    orders = _orders(db, new, now)
    filled: defaultdict[tuple[str | None, ...], float] = defaultdict(float)
    found = []
    for run_id, fill, name in new:
        request = _order(fill, run_id, orders[run_id, fill.account])
        filled[run_id, fill.account, fill.symbol, fill.side] += float(fill.quantity)
        _check(fill, request, request.filled + filled[run_id, fill.account, fill.symbol, fill.side])
        _check_money(fill, request, scopes[run_id])
        _check_time(fill, scopes[run_id], now)
        if not superseded:
            _check_live(fill, request, scopes[run_id].calendars[fill.symbol])
        found.append(Match(name, fill, request, scopes[run_id]))
    return found, cancelled


Named = tuple[str, Fill, str]
"""A fill with its run's id before and its own id behind."""


def _check_ended(fill: Fill, run: Run) -> None:
    """Refuse a fill of a run whose trades nobody may do: it failed, or may yet."""
    if run.status == "failed":
        raise InputError(
            f"{fill.where}: run {run.run_id} failed ({run.error}), and its trades are held. If it was traded "
            "anyway, change the holdings yourself."
        )
    if run.status == "running":
        raise InputError(
            f"{fill.where}: run {run.run_id} is still running. Import the file again when it has ended."
        )


def _check_account(fill: Fill, snapshot: Snapshot) -> None:
    """Refuse a fill that names no account where there are some, or one where there are none."""
    if snapshot.portfolio.accounts_digest and not fill.account:
        raise InputError(
            f"{fill.where}: run {snapshot.run.run_id} is of a portfolio with accounts, "
            "and the fill names none. Add the column account with the account's name."
        )
    if fill.account and not snapshot.portfolio.accounts_digest:
        raise InputError(
            f"{fill.where}: account {fill.account!r}, and run {snapshot.run.run_id} is of a "
            "portfolio without accounts. Leave the cell empty."
        )


def _orders(
    db: Database, new: Sequence[Named], now: datetime
) -> Mapping[tuple[str, str | None], list[Recommendation]]:
    """What the runs of some fills recommend, to each account that the fills name or to the portfolio."""
    accounts: defaultdict[str, set[str]] = defaultdict(set)
    found: defaultdict[tuple[str, str | None], list[Recommendation]] = defaultdict(list)
    for run_id, fill, _ in new:
        accounts[run_id] |= {fill.account} if fill.account else set()
    for run_id, names in accounts.items():
        rows = recommendations.of_accounts(db, run_id, names, now) if names else None
        for row in recommendations.of_run(db, run_id, now) if rows is None else rows:
            found[run_id, row.account].append(row)
    return found


def _order(fill: Fill, run_id: str, orders: Sequence[Recommendation]) -> Recommendation:
    """The order that a fill is of."""
    for order in orders:
        if order.symbol == fill.symbol:
            return order
    whom = f" for account {fill.account!r}" if fill.account else ""
    names = ", ".join(order.symbol for order in orders) or "nothing"
    raise InputError(
        f"{fill.where}: run {run_id} does not recommend {fill.symbol}{whom}; it recommends {names}."
    )


def _identified(db: Database, fills: Sequence[Fill]) -> list[Named]:
    """Each fill by its broker's id; one without, by its content and how often it stood in the file before."""
    named, seen = [], Counter[str]()
    for fill in fills:
        try:
            run_id = runs.find(db, fill.run, None)
        except InputError as error:
            raise InputError(f"{fill.where}: {error}") from None
        content = unnamed_id(run_id, particulars(fill))
        seen[content] += 1
        named.append((run_id, fill, fill.id or f"{content}-{seen[content]}"))
    return named


def _new(db: Database, named: Sequence[Named]) -> tuple[list[Named], int]:
    """Those that are not in the ledger yet, and how many were cancelled with the values that they have."""
    known = recommendations.recorded(db)
    standing = [fill for fill, cancellation in known if cancellation is None]
    before: dict[tuple[str, str, str], Particulars] = {key(fill): fill.said for fill in standing}
    booked = frozenset(before)
    cancelled = [(key(fill), fill.said) for fill, cancellation in known if cancellation is not None]
    by_id: defaultdict[str, list[Entered[entries.Fill]]] = defaultdict(list)
    for fill in standing:
        by_id[fill.said.id].append(fill)
    new, out, unnamed = [], 0, Unnamed(db, standing)
    for run_id, row, name in named:
        own, own_key = particulars(row), (run_id, row.account or "", name)
        if any(known_as == own_key and _same(said, own) for known_as, said in cancelled):
            out += 1
            continue
        _require_own(db, run_id, row, by_id[name])
        if row.id is None and own_key not in before and unnamed.is_known(run_id, row, name):
            continue
        if before.setdefault(own_key, own) is own:
            new.append((run_id, row, name))
        elif not _same(before[own_key], own):
            raise InputError(f"{row.where}: {_differs(run_id, name, in_ledger=own_key in booked)}")
    return new, out


def _differs(run_id: str, name: str, *, in_ledger: bool) -> str:
    """What to do about a fill given with other values than in the ledger, or than in the same file."""
    if in_ledger:
        return (
            f"the fill {name!r} of run {run_id} is known with other values. If those are wrong, "
            "cancel it with `ballast fills cancel`; another fill needs another id."
        )
    return (
        f"the fill {name!r} of run {run_id} is in the file twice, with different values. "
        "Keep the right one; another fill needs another id."
    )


def _same(said: Particulars, own: Particulars) -> bool:
    """Whether a fill was recorded with these values."""
    return all(getattr(said, name) == value for name, value in own)


def _require_own(db: Database, run_id: str, fill: Fill, known_so: Sequence[Entered[entries.Fill]]) -> None:
    """Refuse an id that is known of another run of the same portfolio: consecutive runs recommend alike."""
    portfolio = runs.load(db, run_id).portfolio
    for entry in known_so:
        said = entry.said
        if entry.subject == run_id or said.account != fill.account:
            continue
        if (said.portfolio or runs.load(db, entry.subject).portfolio) == portfolio:
            raise InputError(
                f"{fill.where}: the fill {fill.id!r} is known of run {entry.subject}, and would be booked "
                "twice. Leave the row out; if the broker reuses ids, add the day to the id."
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
            "If it was traded anyway, change the holdings yourself."
        )
    if filled > order.allowed + TOLERANCE:
        less = f", of which {order.allowed:,.10g} were approved" if order.allowed < order.quantity else ""
        raise InputError(
            f"{fill.where}: {filled:,.10g} {fill.symbol} would be filled, and {run} recommends "
            f"{order.quantity:,.10g}{less}; at most {TOLERANCE:g} of a share more is allowed."
        )


def _check_money(fill: Fill, order: Recommendation, snapshot: Snapshot) -> None:
    """Refuse a price or a commission that must be a slip: what is booked stays."""
    if abs(float(fill.price) / order.limit_price - 1) > APART:
        raise InputError(
            f"{fill.where}: price {fill.price} of {fill.symbol}, and its limit {order.limit_price:,.10g}; "
            f"at most {APART:.0%} apart is allowed. Correct the price; if it was really traded at it, "
            "change the holdings yourself."
        )
    worth = float(fill.quantity * fill.price) * float(
        snapshot.book.fx[snapshot.book.symbols.index(fill.symbol)]
    )
    if float(fill.commission) > worth:
        raise InputError(
            f"{fill.where}: commission {fill.commission} is more than the fill is worth, {worth:,.2f} "
            f"{snapshot.portfolio.currency}. Correct it."
        )


def _check_time(fill: Fill, snapshot: Snapshot, now: datetime) -> None:
    calendar = snapshot.calendars[fill.symbol]
    today = day_of(now.isoformat(), calendar)
    if fill.filled_at and not snapshot.run.session <= day_of(fill.filled_at, calendar) <= today:
        raise InputError(
            f"{fill.where}: filled_at {fill.filled_at} must lie between the session of its run, "
            f"{snapshot.run.session}, and today, {today}."
        )


def _check_live(fill: Fill, order: Recommendation, calendar: str) -> None:
    """Refuse what was done, or may have been, once the fill's run had been replaced or withdrawn."""
    if order.over is None:
        return
    end = order.over.replace(tzinfo=UTC)
    before = _executed_before(fill.filled_at, end, calendar)
    if before:
        return
    when = f"filled_at {fill.filled_at} is after that"
    remedy = "If it was traded anyway, import the file with --superseded."
    if before is None:
        when = "it is not known whether the fill was executed before that"
        remedy = f"Give filled_at with its time. {remedy}"
    raise InputError(
        f"{fill.where}: run {order.run_id} was {order.why} on {end:%Y-%m-%d %H:%M:%S} UTC, and {when}. "
        f"{remedy}"
    )


def _executed_before(given: str | None, end: datetime, calendar: str) -> bool | None:
    """Whether a fill was executed before an instant; None where no time of that day is given."""
    if given is None:
        return None
    if moment := moment_of(given):
        return moment < end
    day, last = date.fromisoformat(given), day_of(end.isoformat(), calendar)
    return None if day == last else day < last


def moment_of(given: str | None) -> datetime | None:
    """The instant that a fill tells; None where it tells a day or nothing."""
    return datetime.fromisoformat(given) if given and len(given) > len("2024-12-31") else None


def day_of(moment: str, calendar: str) -> date:
    """The day of an instant at an exchange; a day is itself."""
    instant = moment_of(moment)
    return instant.astimezone(Calendar(calendar).zone).date() if instant else date.fromisoformat(moment)
