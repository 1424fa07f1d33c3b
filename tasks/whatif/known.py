"""What a what-if knows: prices as the warehouse has them now, or those of a file read for it alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from config.portfolio import Portfolio
from quant.errors import InputError
from quant.policy.definitions import now as definitions_now
from tasks import sources
from tasks.context.context import Context
from tasks.decisions import run_controls
from tasks.decisions.halts import kill_switch
from tasks.ingest.source_selection import due
from tasks.run.plan import with_fallback
from tasks.snapshot import definitions
from tasks.snapshot.snapshot import NOTHING, Snapshot, snapshot_of
from tasks.whatif.question import Question
from warehouse import decisions, history, owner, runs
from warehouse.database.database import Database
from warehouse.ingest import latest_known
from warehouse.runs import Run
from warehouse.tables.table import names

RUN = "what-if"
"""What stands where a run has its id; no run has this one."""
BACK = 15
"""Sessions that are looked back for one on which every symbol has a price."""


def known(context: Context, portfolio: Portfolio, asked: Question) -> Snapshot:
    """All that a run would know now; nothing is fetched from a vendor and nothing is kept.

    Without a source from the warehouse, of the source of the portfolio's newest run, else of BALLAST_SOURCE.

    Raises:
        InputError: there are no prices, or the session or the source is not right; what to do is said.
    """
    source = None if asked.source is None else sources.resolve(asked.source)
    if source is not None and source.source.VENDOR is None:
        from tasks.whatif.private import read  # noqa: PLC0415 - Great Expectations takes seconds to import

        found = read(context, portfolio, asked.session, source.name)
        return _with_lots(found)
    if not context.warehouse.exists():
        raise InputError(f"there is no warehouse in {context.home} yet, so no prices: {_remedy(asked)}")
    name = None if source is None else source.name
    snapshot = context.warehouse.read(lambda db: _stored(db, context, portfolio, asked, name))
    return _with_lots(snapshot)


def _remedy(asked: Question) -> str:
    on = f" --session {asked.session}" if asked.session else ""
    return (
        f"`ballast daily --portfolio {asked.portfolio}{on} --no-notify` fetches them, "
        "or name a file of prices with --source files:PATH."
    )


def _stored(
    db: Database, context: Context, portfolio: Portfolio, asked: Question, source: str | None
) -> Snapshot:
    newest = runs.latest(db, portfolio.name)
    last = runs.load(db, newest) if newest else None
    source = source or (last.source if last else sources.resolve(context.settings.source).name)
    if portfolio.data.fallback:
        session = portfolio.exchange().last_completed(context.now())
        portfolio = with_fallback(context, source, portfolio, session)
    session = _session(db, context, portfolio, asked, source, last)
    own = [symbol for symbol in portfolio.asked if symbol not in asked.holdings]
    run = controlled(db, context, run_now(db, context, portfolio, session, source, own))
    snapshot = snapshot_of(db, run, portfolio, definitions.of(db, run))
    accepted = {
        (one.source, one.symbol, one.session)
        for one in decisions.in_use(db, session, run.known_at or NOTHING)
    }
    waiting = [row for row in snapshot.quarantine if (row.source, row.symbol, row.session) not in accepted]
    return replace(snapshot, quarantine=waiting)


def _session(
    db: Database, context: Context, portfolio: Portfolio, asked: Question, source: str, last: Run | None
) -> date:
    """The session that is asked for, else the last one with prices: all, or those of the newest run."""
    now, exchange = context.now(), portfolio.exchange()
    until = exchange.resolve(asked.session, now)
    newest = _newest(db, portfolio, source, until)
    _refuse_unpriced(portfolio, asked, newest, source)
    if asked.session is not None:
        if not any(newest[symbol] == day for symbol, day in due(portfolio, until, now).items()):
            raise InputError(f"no price of {until} is stored from {source}: {_remedy(asked)}")
        return until
    for session in reversed(exchange.window(until, BACK)):
        owed = due(portfolio, session, now)
        if all((newest[symbol] or date.min) >= day for symbol, day in owed.items()):
            return max(session, last.session) if last and last.session <= until else session
    if last is None or last.source != source or last.session > until:
        lacking = [symbol for symbol, day in newest.items() if day is None]
        what = f"of {', '.join(lacking)} no price is" if lacking else "not all prices of one session are"
        raise InputError(f"{what} stored from {source}: {_remedy(asked)}")
    return last.session


def _newest(db: Database, portfolio: Portfolio, source: str, until: date) -> dict[str, date | None]:
    """The session of the newest accepted bar of each symbol and rate at any of the sources."""
    owed = dict.fromkeys(portfolio.asked, until)
    found: dict[str, date | None] = dict.fromkeys(portfolio.asked)
    known_at = latest_known(db)
    if known_at is None:
        return found
    for offer in history.offers(db, RUN, (source, *portfolio.data.fallback), owed, known_at):
        known = [day for day in (found[offer.symbol], offer.newest) if day is not None]
        found[offer.symbol] = max(known, default=None)
    return found


def _refuse_unpriced(
    portfolio: Portfolio, asked: Question, newest: Mapping[str, date | None], source: str
) -> None:
    if all(day is None for day in newest.values()):
        raise InputError(
            f"no prices of portfolio {portfolio.name!r} are stored from {source}: {_remedy(asked)}"
        )
    for symbol in asked.holdings:
        if newest.get(symbol) is None:
            raise InputError(
                f"--holding {symbol}: no price of it is stored from {source}. The portfolio knows "
                f"{', '.join(name for name in portfolio.symbols if newest.get(name))}; of another symbol "
                "put a row into its holdings file and run `ballast backfill` first."
            )


def run_now(
    db: Database, context: Context, portfolio: Portfolio, session: date, source: str, own: Sequence[str]
) -> Run:
    """The run as it would be entered now; it rests on the newest delivery of the session, if there is one."""
    now = context.now()
    ingest = runs.delivered(db, source, own, session)
    known: dict[str, object] = dict.fromkeys(names(Run))
    known |= {
        "run_id": RUN, "flow": "daily", "portfolio": portfolio.name, "session": session, "source": source,
        "historical": session < portfolio.exchange().last_completed(now), "known_at": latest_known(db),
        "started_at": now, "heartbeat": now, "owner": owner.current(), "status": "running",
        "config": portfolio.model_dump_json(), "settings": "{}", "versions": "{}", "ingest": ingest,
        "definitions": definitions_now().model_dump_json(), "batch_id": ingest,
        "last_rebalance": runs.last_rebalance(db, portfolio.name, session),
        "asked_at": runs.load(db, ingest).started_at if ingest else now,
    }  # fmt: skip
    return Run(**known)  # type: ignore[arg-type]


def controlled(db: Database, context: Context, run: Run) -> Run:
    """The run with what people have decided and other runs have done until now, and why it is halted."""
    found = run_controls.controls(db, run, context.now())
    halted = kill_switch(context.home, run.portfolio) or found.disabled
    return replace(run, controls=found.model_dump_json(), kill_switch=halted)


def _with_lots(snapshot: Snapshot) -> Snapshot:
    """With the day and the close of the session as those of shares that are only supposed."""
    portfolio, closes = snapshot.portfolio, snapshot.book.close
    if portfolio.tax is None or all(lot.acquired for lot in portfolio.lots if lot.quantity):
        return snapshot
    day, places = snapshot.run.session, snapshot.book.places
    lots = tuple(
        lot
        if lot.acquired or not lot.quantity
        else lot.model_copy(update={"acquired": day, "cost_basis": float(closes[places[lot.symbol]])})
        for lot in portfolio.lots
    )
    return replace(snapshot, portfolio=portfolio.model_copy(update={"lots": lots}))
