"""The rows that the data check rejected, and what people decide about them."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from quant.errors import InputError
from quant.people import Actor
from tasks.context.context import Context
from tasks.context.safekeeping import leave_copies
from tasks.decisions.reasons import explained
from warehouse import decisions
from warehouse.database.database import Database
from warehouse.decisions import Decision, Quarantined
from warehouse.record import entered
from warehouse.record.entered import Acted

SHORT = 8
"""Characters of an id that are shown; any beginning that means one row is understood."""


class Decided(Acted):
    """What somebody decided on a rejected row, whose id is the entry's subject; `row` is what it is of."""

    KIND: ClassVar[str] = "quarantine"

    row: str
    source: str
    decision: Decision
    reason: str


NOT_ITS_VALUES = {
    "unique_key": "the delivery has this key twice",
    "before_calendar": "the exchange calendar does not go back so far",
    "trading_day": "its day is no session of its exchange",
    "not_future": "it is after the requested session",
}
"""Rules that are broken whatever the values are, so that nobody can vouch for these."""


def listing(context: Context, symbol: str | None, *, every: bool) -> list[Quarantined]:
    """The rejected rows that wait for a decision, or every one, newest session first."""
    return context.warehouse.read(lambda db: decisions.quarantined(db, symbol, every=every))


def waiting_for(context: Context, symbol: str, rule: str) -> list[str]:
    """The ids of a symbol's rows that broke a rule and wait for a decision, oldest session first.

    Of a bar or an action that came with several values, those that came last.

    Raises:
        InputError: there is none.
    """
    newest: dict[tuple[object, ...], Quarantined] = {}
    for row in sorted(listing(context, symbol, every=False), key=lambda row: row.last_seen):
        if any(broken.rule == rule for broken in row.rules):
            newest[_key(row)] = row
    if not newest:
        raise InputError(
            f"no row of {symbol!r} that broke {rule!r} waits for a decision: `ballast data quarantine` lists "
            "those that do, with the rule of each."
        )
    rows = sorted(newest.values(), key=lambda row: str(row.session))
    return [row.id for row in rows]


def _key(row: Quarantined) -> tuple[object, ...]:
    """What can have one version at a time."""
    return row.source, row.table_name, row.symbol, row.session, row.kind


def decide(
    context: Context, ids: Sequence[str], decision: Decision, reason: str, by: Actor
) -> list[Quarantined]:
    """Record a decision on the rows with these ids; all of them or none. The rows as they stand now.

    An accepted row is the version of its bar or action that is known from now on.

    Raises:
        InputError: an id is unknown or ambiguous, a row is decided on already or cannot be accepted, or the
            reason is empty; nothing has been written.
    """
    reason = explained(reason)
    done = context.warehouse.transact(lambda db: _decide(db, ids, decision, reason, by, context.now()))
    leave_copies(context)
    return done


def _decide(
    db: Database, ids: Sequence[str], decision: Decision, reason: str, by: Actor, now: datetime
) -> list[Quarantined]:
    rows = list({row.id: row for row in (_open_row(db, text) for text in ids)}.values())
    if decision == "accepted":
        _refuse_unacceptable(rows)
    record = decisions.accept if decision == "accepted" else decisions.reject
    record(db, rows, by.name, reason, now)
    for row in rows:
        said = Decided(row=name(row), source=row.source, decision=decision, **by.entry(), reason=reason)
        entered.append(db, row.id, said, now)
    return [found for row in rows for found in decisions.like(db, row.id)]


def name(row: Quarantined) -> str:
    """What a row is of: its symbol, session and, for an action, its kind."""
    return " ".join(str(part) for part in (row.symbol or "?", row.session or "?", row.kind) if part)


def _open_row(db: Database, text: str) -> Quarantined:
    found = decisions.like(db, text.lower()) if text else []
    if not found:
        raise InputError(
            f"no quarantined row has the id {text!r}: `ballast data quarantine --all` lists every one."
        )
    if len(found) > 1:
        raise InputError(f"{len(found)} quarantined rows have an id that begins with {text!r}: write more.")
    [row] = found
    if row.decision is not None:
        raise InputError(
            f"{row.id[:SHORT]} ({name(row)}) was {row.decision} by {row.decided_by} on "
            f"{row.decided_at:%Y-%m-%d}: {row.reason!r}. A decision is final."
        )
    return row


def _refuse_unacceptable(rows: Sequence[Quarantined]) -> None:
    keys = set()
    for row in rows:
        lacking = _lacking(row)
        if lacking:
            raise InputError(
                f"{row.id[:SHORT]} ({name(row)}) cannot be accepted: {lacking}. "
                "Reject it, or have the vendor correct it."
            )
        key = _key(row)
        if key in keys:
            raise InputError(f"{name(row)} is named with two different values: accept one of them.")
        keys.add(key)


def _lacking(row: Quarantined) -> str | None:
    """Why a row cannot become a version; None when it can."""
    for broken in row.rules:
        if broken.rule in NOT_ITS_VALUES:
            return NOT_ITS_VALUES[broken.rule]
    if row.symbol is None or row.session is None:
        return "it has no symbol or no session"
    if row.table_name == "actions":
        known = row.kind in {"split", "dividend", "capital_gain"}
        return None if known and _positive(row.amount) else "it has no kind or amount that an action needs"
    return _lacking_prices(row)


def _lacking_prices(row: Quarantined) -> str | None:
    if not _positive(row.close):
        return "a bar needs a close above 0"
    prices = (row.open, row.high, row.low)
    if not all(price is None or _positive(price) for price in prices):
        return "a price, where given, must be above 0"
    if row.volume is not None and not (math.isfinite(row.volume) and row.volume >= 0):
        return "a volume, where given, must be at least 0"
    return None


def _positive(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and value > 0
