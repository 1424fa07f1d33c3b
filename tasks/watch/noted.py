"""What the watch saw, as alerts: each fall one, however often the same minutes are read."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from quant.detectors.market_fall import halt_level
from tasks.alerts import silences
from tasks.alerts.life import Fall, begun, merged
from tasks.context.instants import instant
from tasks.context.words import count, number
from tasks.decisions import fall_holds
from tasks.report.messages.fell import percent
from tasks.watch.minutes import Seen
from tasks.watch.wanted import Wanted
from warehouse import alerts
from warehouse.database.database import Database
from warehouse.tables.alerts import AlertPortfolio, AlertState, AlertTest

HALTING = ("XNYS", "XNAS")
"""Exchanges with the halts of `quant.detectors.market_fall`."""


def note(db: Database, wanted: Wanted, seen: Sequence[Seen], now: datetime) -> None:
    """Keep what changed in a minute as alerts of every portfolio that they concern."""
    falls = [_fall(one, wanted) for one in seen]
    known = alerts.of(db, [one.fingerprint for one in falls])
    for one, fall in zip(seen, falls, strict=True):
        known[fall.fingerprint] = after(known.get(fall.fingerprint), fall, one)
    alerts.store(db, [*known.values()])
    alerts.store_tests(db, [AlertTest(*key, value) for key, value in _tests(falls).items()])
    linked = {(one.fingerprint, one.portfolio): one for one in alerts.portfolios(db, [*known])}
    silent = silences.active(db, now)
    for state in known.values():
        concerned = wanted.concerned(None if state.kind == "market_wide" else state.symbol)
        if state.state == "resolved":
            fall_holds.recover(db, concerned, state, now)
        elif state.severity == "critical":
            for portfolio in concerned:
                fall_holds.hold(db, portfolio, state, now)
    alerts.store_portfolios(
        db,
        [
            replace(
                linked.get((key, portfolio)) or AlertPortfolio(key, portfolio, None),
                muted=silences.why(silent, state, portfolio),
            )
            for key, state in known.items()
            for portfolio in wanted.concerned(None if state.kind == "market_wide" else state.symbol)
        ],
    )


def after(known: AlertState | None, fall: Fall, seen: Seen) -> AlertState:
    """The alert after a change that the watch saw. Minutes that are read a second time change nothing.

    A symbol that falls again in a session, after its fall was over, fires its alert again.
    """
    if known is None or (known.at < fall.at and known.state == "resolved" and known.kind == fall.kind):
        state = begun(fall, seen.fired_at)
    elif known.at > fall.at and known.kind == fall.kind:
        return known
    else:
        state = merged(known, fall)
        if state.state != "resolved":  # of one fall the watch knows best how deep it is
            state = replace(state, detail=fall.detail, depth=fall.depth)
    if seen.fall.change == "resolved" and state.state != "resolved":
        return replace(state, state="resolved", resolved_at=seen.at)
    return state


def _fall(seen: Seen, wanted: Wanted) -> Fall:
    fall = seen.fall
    return Fall(
        fall.kind,
        fall.symbol or wanted.calendar.name,
        wanted.session,
        instant(seen.fired_at),
        "critical" if fall.severity == "critical" else "warning",
        fall.confirmed,
        words(seen, wanted),
        fall.move,
        fall.depth,
        fall.recovered if fall.change == "resolved" else None,
        fall.tests,
        fall.vetoes,
    )


def words(seen: Seen, wanted: Wanted) -> str:
    """What happened to the prices, in one sentence."""
    fall, minutes = seen.fall, count(max(seen.fall.duration, 1), "minute")
    at = f"{seen.fired_at.astimezone(wanted.calendar.zone):%H:%M %Z}"
    if fall.symbol is None:
        said = f"the market lost {percent(fall.depth)} up to {at}"
    else:
        said = f"from {number(_cents(fall.peak))} to {number(_cents(fall.trough))}"
    parts = [said]
    if fall.change == "resolved":
        parts.append(f"{percent(max(0.0, fall.recovered))} recovered after {minutes}")
    elif fall.symbol is not None and np.isfinite(seen.last_close):
        parts.append(f"{percent(fall.price / seen.last_close - 1, '+')} since the last close")
    if (volume := fall.tests.get("volume")) is not None and volume > 0:
        parts.append(f"volume {volume:.1f} times the last hour's")
    if fall.with_market and fall.symbol is not None:
        parts.append("the market falls too")
    if (level := _halted(seen, wanted)) > 0:
        parts.append(f"the exchanges halt all trading (level {level})")
    return "; ".join(parts)


def _halted(seen: Seen, wanted: Wanted) -> int:
    """The level of the market-wide halt that a fall of the market has reached; 0: none, or not in the US."""
    if seen.fall.kind != "market_wide" or wanted.calendar.name not in HALTING:
        return 0
    left = (wanted.calendar.close(wanted.session) - seen.at) // timedelta(minutes=1)
    return halt_level(seen.fall.tests.get("market_fall", np.nan), left)


def _tests(falls: Iterable[Fall]) -> dict[tuple[str, str], float | None]:
    """The newest statistic of each alert and test."""
    return {(fall.fingerprint, name): value for fall in falls for name, value in fall.tests.items()}


def _cents(price: float) -> float:
    return round(price, 2 if price >= 1 else 4)
