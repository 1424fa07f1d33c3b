"""How a portfolio has done, from question to answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from config import portfolio_file
from config.portfolio import Portfolio
from quant.errors import InputError
from quant.market.panel import Days, Floats
from tasks.context.context import Context
from tasks.performance.attributed import Attribution
from tasks.performance.measured import Others, measured, others
from tasks.performance.model import Performance
from tasks.performance.question import Asked
from tasks.performance.stretch import FEWEST, Stretch, base, stretch
from tasks.report.performance import recorded
from warehouse import runs
from warehouse.backend import must_exist
from warehouse.database.database import Database
from warehouse.runs import Run

SamePolicy = Callable[[Context, Portfolio, float, Days], Floats]
"""What one unit in the benchmark under the same policy becomes (tasks/backtest/same_policy.py)."""


def answer(context: Context, asked: Asked, same_policy: SamePolicy) -> Performance:
    """How a portfolio has done, beside its benchmark, that under the same policy, and its strategic weights.

    Raises:
        InputError: it has too few recorded sessions in that time; the sentence says which it has.
    """
    must_exist(context.warehouse)
    name = asked.portfolio
    if name.endswith(".toml"):
        name = portfolio_file.load(name, context.home).name
    known = context.warehouse.read(lambda db: _known(db, name, asked))
    attribution = Attribution(known)
    beside = _with_policy(context, known, others(known, attribution), same_policy)
    return measured(known, attribution, beside)


def of_run(db: Database, run: Run, start: date | None = None) -> Performance | None:
    """The same up to a run, without the simulation; None where fewer than two sessions are recorded."""
    known = stretch(db, run, start)
    if known is None:
        return None
    attribution = Attribution(known)
    return measured(known, attribution, others(known, attribution))


def _known(db: Database, name: str, asked: Asked) -> Stretch:
    newest = runs.latest_live(db, name)
    if newest is None:
        raise InputError(
            f"portfolio {name!r} has no finished run of its own day, and one of an older session is for "
            "study, so nothing is recorded of it: "
            f"`ballast daily --portfolio {name}` records a session."
        )
    run = runs.load(db, newest)
    found = stretch(db, run, _start(db, run, asked), asked.end)
    if found is None:
        have = [row.session for row in recorded(db, run)]
        span = f"from {have[0]} to {have[-1]}" if len(have) > 1 else ", ".join(map(str, have)) or "no session"
        raise InputError(
            f"portfolio {name!r} has fewer than {FEWEST} recorded sessions in that time (it has {span}): "
            "a return is between two."
        )
    return found


def _start(db: Database, run: Run, asked: Asked) -> date | None:
    """The first day: with `since` the last recorded one before the month or year, else the first in it."""
    if asked.since is None:
        return asked.start
    last = min(run.session, asked.end or run.session)
    return base(db, run, last.replace(day=1, month=last.month if asked.since == "month" else 1), asked.end)


def _with_policy(context: Context, known: Stretch, found: Others, same_policy: SamePolicy) -> Others:
    if known.portfolio.benchmark is None:
        return found
    try:
        growth = same_policy(context, known.portfolio, float(known.values[0]), known.days)
    except InputError as error:
        said = f"The benchmark under the same policy could not be simulated: {error}"
        return replace(found, unknown=(*found.unknown, said))
    return replace(found, growth={**found.growth, "same_policy": growth})
