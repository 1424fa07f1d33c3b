"""Prices of a file read for a what-if alone: fetched and checked as by a day, in a HOME of its own."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from config.portfolio import Portfolio
from tasks.context.context import Context
from tasks.day.check_data import check_data
from tasks.day.fetch import fetch
from tasks.run.lifecycle import RunRequest, begin
from tasks.run.plan import check_source
from tasks.snapshot import between_steps
from tasks.snapshot.snapshot import Snapshot
from tasks.whatif.known import controlled
from warehouse import runs
from warehouse.database.database import Database
from warehouse.runs import Run


def read(context: Context, portfolio: Portfolio, session: date | None, source: str) -> Snapshot:
    """What a day on the session would know of the source, and what people decided; nothing of it is kept.

    Without a session the last one on which the source has a price. What people decided about rejected rows
    is not looked at: it belongs to what is stored.

    Raises:
        InputError: the session or the source is not right.
    """
    exchange = portfolio.exchange()
    until = exchange.resolve(session, context.now())
    check_source(context, source, portfolio.watched, until, portfolio.calendars)
    found = _checked(context, portfolio, until, source)
    newest = _newest(found)
    if session is None and newest is not None and newest < until:
        found = _checked(context, portfolio, exchange.last_session(newest), source)
    if not context.warehouse.exists():
        return found
    return found.under(context.warehouse.read(lambda db: controlled(db, context, _as_here(db, found))))


def _as_here(db: Database, found: Snapshot) -> Run:
    """The run with what this HOME knows of the portfolio's past."""
    last = runs.last_rebalance(db, found.run.portfolio, found.run.session)
    return replace(found.run, last_rebalance=last)


def _checked(context: Context, portfolio: Portfolio, session: date, source: str) -> Snapshot:
    """What the first two steps of a day know, in a folder that is removed."""
    with TemporaryDirectory(prefix="ballast-whatif-") as folder:
        scratch = replace(context, settings=context.settings.elsewhere(Path(folder)))
        request = RunRequest(
            "daily", portfolio, session, source, session < portfolio.exchange().last_completed(context.now())
        )
        run_id = begin(scratch, request).run_id
        try:
            fetch(scratch, run_id)
            check_data(scratch, run_id)
            return between_steps.known_of(scratch, run_id).snapshot
        finally:
            between_steps.forget(scratch, run_id)


def _newest(found: Snapshot) -> date | None:
    """The last session on which any symbol of the portfolio has an accepted price."""
    priced = ~np.isnan(found.panel.traded[:, [found.columns[one] for one in found.portfolio.symbols]])
    rows = np.flatnonzero(priced.any(axis=1))
    return found.panel.sessions[rows[-1]].item() if len(rows) else None
