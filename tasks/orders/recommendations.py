"""The life of a recommendation: proposed, approved, rejected, expired, executed, superseded or withdrawn.

Each change is an entry of the ledger and nothing is ever taken out of it. What has expired is seen from the
clock; it is entered only when somebody wanted to decide on it too late.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from quant.people import Actor, Identity
from tasks.orders.entries import Cancellation, Change, End, Fill, Supersession, Withdrawal, ending, key
from warehouse import accounts, runs
from warehouse.database.database import Database
from warehouse.record import ledger
from warehouse.record.entered import Entered, entered
from warehouse.record.ledger import Entry
from warehouse.tables.accounts import AccountTrade
from warehouse.tables.found import Trade
from warehouse.tables.table import of_run as found_of_run

TOLERANCE = 1e-6
"""Of a share: by so much the fills of an order may exceed it, for brokers that round."""

State = Literal["proposed", "approved", "rejected", "expired", "executed", "superseded", "withdrawn"]
APPROVING = frozenset({"approved_once", "approved"})
OPEN: frozenset[State] = frozenset({"proposed", "approved"})
ENDS: Mapping[str, State] = {Supersession.KIND: "superseded", Withdrawal.KIND: "withdrawn"}
"""What becomes of all that a run recommends, by the kind of the entry that ends it."""


@dataclass(frozen=True)
class Approval:
    """One person's approval of an order; `quantity` in shares, None for all of it."""

    by: str
    actor: Identity
    at: datetime
    quantity: float | None

    @property
    def who(self) -> Actor:
        """Whoever approved."""
        return Actor(self.actor.kind, self.actor.id, self.by)


@dataclass(frozen=True)
class Recommendation:
    """One trade of a run that may be done, and how far it has come; of one account, or of all together.

    `filled` is in shares, without what was cancelled; it is executed from its first fill on. `by`, `at` and
    `reason` are of its last change, None while it is as it was proposed or has expired unseen. Since `over`
    nothing more of it may be done, `why`; None while the run stands. `approvals` are those so far: where two
    are needed it stays as proposed until the second.
    """

    run_id: str
    symbol: str
    side: str
    quantity: float
    limit_price: float
    expires: datetime
    state: State
    filled: float
    by: str | None
    at: datetime | None
    reason: str | None
    account: str | None = None
    over: datetime | None = None
    why: str | None = None
    approvals: tuple[Approval, ...] = ()

    @property
    def allowed(self) -> float:
        """The shares that may be traded: of approvals of different quantities the lowest."""
        return min([self.quantity, *(one.quantity for one in self.approvals if one.quantity is not None)])


def of_run(db: Database, run_id: str, now: datetime) -> list[Recommendation]:
    """The recommendations of a run as they stand now, in its order; none is held, or of a failed run."""
    return [] if runs.load(db, run_id).status == "failed" else ordered(db, run_id, now)


def ordered(db: Database, run_id: str, now: datetime) -> list[Recommendation]:
    """The same, also of a failed run: a message may have sent them before it failed."""
    return of_trades(db, run_id, found_of_run(db, run_id, Trade), now)


def of_trades(db: Database, run_id: str, trades: Sequence[Trade], now: datetime) -> list[Recommendation]:
    """The same, from the run's rows of trades."""
    return _as_they_stand(db, run_id, [(None, row) for row in trades if row.status == "proposed"], now)


def of_accounts(db: Database, run_id: str, names: Collection[str], now: datetime) -> list[Recommendation]:
    """What a run recommends to each of these accounts; approved and rejected is for all accounts together."""
    if runs.load(db, run_id).status == "failed":
        return []
    trades = accounts.proposed(db, run_id, names)
    return _as_they_stand(db, run_id, [(row.account, row) for row in trades], now)


Recorded = tuple[Entered[Fill], Entered[Cancellation] | None]
"""A fill and its cancellation: None while it stands."""


def recorded(db: Database, run_id: str | None = None) -> list[Recorded]:
    """Every fill of a run, or of all, each with its cancellation."""
    return _recorded(ledger.entries(db, (Fill.KIND, Cancellation.KIND), run_id))


def _recorded(entries: Iterable[Entry]) -> list[Recorded]:
    """The fills among entries, each with its cancellation."""
    found: list[Recorded] = []
    open_at: dict[tuple[str, ...], int] = {}
    for entry in entries:
        if entry.kind == Fill.KIND:
            fill = entered(entry, Fill)
            open_at[key(fill)] = len(found)
            found.append((fill, None))
        elif entry.kind == Cancellation.KIND:
            cancellation = entered(entry, Cancellation)
            place = open_at.pop(key(cancellation))
            found[place] = (found[place][0], cancellation)
    return found


def standing(db: Database, run_id: str | None = None) -> list[Entered[Fill]]:
    """The fills of a run, or of all, that were not cancelled."""
    return [fill for fill, cancellation in recorded(db, run_id) if cancellation is None]


def _as_they_stand(
    db: Database,
    run_id: str,
    trades: Sequence[tuple[str | None, Trade | AccountTrade]],
    now: datetime,
) -> list[Recommendation]:
    entries = ledger.entries(db, (Change.KIND, *ENDS, Fill.KIND, Cancellation.KIND), run_id)
    changes: defaultdict[str, list[Entered[Change]]] = defaultdict(list)
    for change in (entered(one, Change) for one in entries if one.kind == Change.KIND):
        changes[change.said.symbol].append(change)
    ends = [end for end in map(ending, entries) if end]
    fills: defaultdict[tuple[str | None, ...], list[Entered[Fill]]] = defaultdict(list)
    for fill in (fill for fill, cancelled in _recorded(entries) if cancelled is None):
        for whose in {None, fill.said.account}:
            fills[whose, fill.said.symbol, fill.said.side].append(fill)
    return [
        _stands(
            run_id,
            account,
            row,
            changes[row.symbol],
            fills[account, row.symbol, row.side],
            ends,
            now,
        )
        for account, row in trades
    ]


def _stands(
    run_id: str,
    account: str | None,
    trade: Trade | AccountTrade,
    changes: Sequence[Entered[Change]],
    fills: Sequence[Entered[Fill]],
    ends: Sequence[End],
    now: datetime,
) -> Recommendation:
    decided = changes[-1] if changes and changes[-1].said.state != "approved_once" else None
    last: Entered[Change] | Entered[Fill] | End | None = fills[-1] if fills else decided
    state: State = "executed" if fills else _state(decided)
    # A cancellation opens an order again, and each account has its own: what was open then does not tell.
    dropped = next((one for one in ends if one.at < trade.expires), None)
    if state in OPEN and dropped:
        state, last = ENDS[dropped.kind], dropped
    elif state in OPEN and now >= trade.expires:
        state, last = "expired", None
    return Recommendation(
        run_id,
        trade.symbol,
        trade.side,
        trade.quantity,
        trade.limit_price,
        trade.expires,
        state,
        sum(float(one.said.quantity) for one in fills),
        last.said.by if last else None,
        last.at if last else None,
        last.said.reason if last else None,
        account,
        ends[0].at if ends else None,
        f"{ENDS[ends[0].kind]} by {ends[0].said.by}" if ends else None,
        tuple(_approval(one) for one in changes if one.said.state in APPROVING),
    )


def _state(decided: Entered[Change] | None) -> State:
    return "proposed" if decided is None or decided.said.state == "approved_once" else decided.said.state


def _approval(entry: Entered[Change]) -> Approval:
    who, quantity = entry.said.who, entry.said.quantity
    return Approval(
        who.name, Identity(who.kind, who.id), entry.at, None if quantity is None else float(quantity)
    )
