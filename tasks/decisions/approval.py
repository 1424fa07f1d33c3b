"""Approving and rejecting what a run recommends."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from quant.errors import InputError
from quant.people import Actor
from tasks.context.context import Context
from tasks.context.find_run import find_run
from tasks.context.safekeeping import leave_copies
from tasks.decisions.reasons import explained
from tasks.orders import recommendations
from tasks.orders.entries import Change, Decided
from tasks.orders.recommendations import OPEN, Recommendation
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.runs import Run

Choice = Literal["approved", "rejected"]


def decide(
    context: Context, run: str, symbols: Sequence[str], choice: Choice, by: Actor, reason: str | None
) -> list[Recommendation]:
    """Approve or reject those of a run that are named, all or none; without names, all that are open.

    Raises:
        InputError: no such run or recommendation, the run has failed, it cannot be decided on any more, or
            the reason is empty. Nothing has been written but that a recommendation has
            expired.
    """
    reason = None if reason is None else explained(reason)
    run_id = find_run(context, run, None)
    done, refusal = context.warehouse.transact(
        lambda db: _decide(db, run_id, symbols, choice, by, reason, context.now())
    )
    if refusal is not None:
        raise InputError(refusal)
    leave_copies(context)
    return done


def _decide(
    db: Database,
    run_id: str,
    symbols: Sequence[str],
    choice: Choice,
    by: Actor,
    reason: str | None,
    now: datetime,
) -> tuple[list[Recommendation], str | None]:
    """The chosen ones as they stand then, and why they cannot be decided on: then expiry is entered."""
    _refuse_failed(runs.load(db, run_id))
    chosen = _chosen(recommendations.of_run(db, run_id, now), run_id, symbols)
    refusal = _refusal(chosen, choice)
    if refusal is None:
        for one in {one.symbol: one for one in chosen}.values():  # accounts may buy and sell it
            _enter(db, one, choice, by, reason, now)
    else:
        for one in chosen:
            if one.state == "expired" and one.at is None:
                _enter(db, one, "expired", by, f"to be {choice}, too late", now)
    names = [one.symbol for one in chosen]
    return [one for one in recommendations.of_run(db, run_id, now) if one.symbol in names], refusal


def _refuse_failed(run: Run) -> None:
    """What a failed run left was never told as whole: nothing of it may be traded."""
    if run.status == "failed":
        raise InputError(
            f"run {run.run_id} failed ({run.error}): its trades are held. Run the day again and decide on "
            "that run."
        )


def _chosen(known: Sequence[Recommendation], run_id: str, symbols: Sequence[str]) -> list[Recommendation]:
    if not known:
        raise InputError(f"run {run_id} recommends nothing: `ballast show {run_id}` shows what it found.")
    names = [*dict.fromkeys(one.symbol for one in known)]
    for symbol in symbols:
        if symbol not in names:
            raise InputError(f"run {run_id} does not recommend {symbol}; it recommends {', '.join(names)}.")
    if symbols:
        return [one for one in known if one.symbol in symbols]
    waiting = [one for one in known if one.state in OPEN]
    return waiting or [*known]


def _refusal(chosen: Sequence[Recommendation], choice: Choice) -> str | None:
    """Why one of them cannot become what was chosen; None when all can."""
    for one in chosen:
        if one.state == "proposed" or (one.state, choice) == ("approved", "rejected"):
            continue
        order = f"{one.side} {one.symbol} of run {one.run_id}"
        if one.state == "superseded":
            return f"{order} was replaced by {one.by} on {one.at:%Y-%m-%d %H:%M} UTC: decide on that one."
        if one.state == "withdrawn":
            return f"{order} is withdrawn: {one.reason}. Run the day again and decide on that run."
        if one.state == "expired":
            when = f"{one.expires:%Y-%m-%d %H:%M} UTC"
            return f"{order} expired at {when} and cannot be {choice}: run the day again."
        return f"{order} is {one.state} by {one.by} on {one.at:%Y-%m-%d}; it cannot be {choice}."
    return None


def _enter(
    db: Database, one: Recommendation, state: Decided, by: Actor, reason: str | None, now: datetime
) -> None:
    said = Change(symbol=one.symbol, state=state, **by.entry(), reason=reason)
    entered.append(db, one.run_id, said, now)
