"""The market of a backtest, read from the warehouse in one visit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt

from config.portfolio import Portfolio
from quant.errors import InputError
from quant.market.panel import Floats
from tasks import sources
from tasks.backtest.market import Market
from tasks.backtest.question import Asked
from tasks.context.context import Context
from tasks.ingest.depth import lookback, timeline
from tasks.ingest.source_selection import serving
from tasks.snapshot import definitions
from tasks.snapshot.snapshot import snapshot_of
from tasks.whatif.known import run_now
from warehouse import history, runs
from warehouse.backend import must_exist
from warehouse.database.database import Database

SHORTEST = 2
"""Sessions: what is decided on one is done on the next."""


def read(context: Context, portfolio: Portfolio, asked: Asked) -> Market:
    """The history of the portfolio's symbols, as known at `asked.known_at`, and its sessions.

    Raises:
        InputError: there are no prices for the sessions asked for; what to do is said.
    """
    if portfolio.holders is not None:
        raise InputError(
            f"portfolio {portfolio.name!r} has accounts, and a backtest is of one: write a portfolio file "
            "without `accounts` and with the same targets and policy."
        )
    must_exist(context.warehouse)
    return context.warehouse.read(lambda db: _read(db, context, portfolio, asked))


def _read(db: Database, context: Context, portfolio: Portfolio, asked: Asked) -> Market:
    source = _source(db, context, portfolio, asked)
    exchange = portfolio.exchange()
    end = exchange.last_session(min(asked.end or date.max, exchange.last_completed(context.now())))
    sessions = exchange.sessions(asked.start, end)
    _refuse_short(len(sessions), asked, end, "sessions", exchange.name)
    run = run_now(db, context, portfolio, end, source, portfolio.asked)
    run = run if asked.known_at is None else replace(run, known_at=asked.known_at)
    if run.known_at is None:
        raise InputError(_unpriced(db, portfolio, source, sessions[0]))
    days = timeline(portfolio, sessions[0], lookback())
    days = [*days, *(day for day in timeline(portfolio, end, len(sessions)) if day > days[-1])]
    window = history.window(db, serving(db, run, portfolio).read_from, days, run.known_at)
    closes = window.bars["close"][:, [window.symbols.index(one) for one in portfolio.watched]]
    places = _priced(db, portfolio, source, window.sessions.tolist(), closes, sessions, asked)
    last = window.sessions[places[-1]].item()
    _refuse_short(len(places), asked, last, "sessions with prices", exchange.name)
    run = replace(run, session=last)
    snapshot = snapshot_of(db, run, portfolio, definitions.of(db, run))
    return Market(run, portfolio, replace(snapshot, quarantine=[]), window.part(0, places[-1] + 1), places)


def _priced(
    db: Database,
    portfolio: Portfolio,
    source: str,
    days: Sequence[date],
    closes: Floats,
    sessions: Sequence[date],
    asked: Asked,
) -> npt.NDArray[np.intp]:
    """The rows of the sessions, up to the last one on which anything has a price."""
    rows = np.searchsorted(np.array(days), np.array(sessions))
    known = np.logical_or.accumulate(~np.isnan(closes), axis=0)
    everything = np.asarray(known.all(axis=1))
    if not everything[rows].any():
        raise InputError(_unpriced(db, portfolio, source, sessions[0]))
    first = days[int(rows[np.argmax(everything[rows])])]
    if first != sessions[0]:
        at = known[rows[0]]
        lacking = [symbol for symbol, has in zip(portfolio.watched, at.tolist(), strict=True) if not has]
        raise InputError(
            f"no price of {', '.join(lacking)} is stored for {sessions[0]}: begin with --start {first}, the "
            f"first session on which everything has one, or fetch more: {_backfill(portfolio, asked.start)}"
        )
    priced = np.flatnonzero(np.asarray((~np.isnan(closes)).any(axis=1))[rows])
    return rows[: int(priced[-1]) + 1]


def _refuse_short(count: int, asked: Asked, end: date, what: str, calendar: str) -> None:
    if count < SHORTEST:
        raise InputError(
            f"from {asked.start} to {end} there are fewer than two {what} of {calendar}, and what is decided "
            "on one is done on the next: give an earlier --start."
        )


def _source(db: Database, context: Context, portfolio: Portfolio, asked: Asked) -> str:
    """The source that is asked for, else that of the portfolio's newest run, else of BALLAST_SOURCE."""
    if asked.source is not None:
        return sources.resolve(asked.source).name
    newest = runs.latest(db, portfolio.name)
    return runs.load(db, newest).source if newest else sources.resolve(context.settings.source).name


def _unpriced(db: Database, portfolio: Portfolio, source: str, start: date) -> str:
    """What is not stored, what to do about it, and which other sources are there."""
    others = [one.source for one in history.stored_sources(db) if one.source != source]
    there = f" Prices of {', '.join(others)} are stored: --source names one." if others else ""
    return (
        f"no prices of portfolio {portfolio.name!r} from {source} are stored for {start} and later: "
        f"{_backfill(portfolio, start)}{there}"
    )


def _backfill(portfolio: Portfolio, start: date) -> str:
    """The commands that bring what is missing, with the years before that the measures look back on."""
    return (
        f"`ballast backfill --portfolio {portfolio.name} --start {start.year - 4}-01-01`, "
        "or `ballast data load` an archive."
    )
