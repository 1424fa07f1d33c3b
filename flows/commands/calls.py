"""What each command does, without the words around it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from config import environment
from config.settings import Settings
from flows import clock
from quant.errors import InputError, shown

if TYPE_CHECKING:
    from flows.every import Outcome
    from flows.up.server import Server
    from tasks.context.context import Context
    from tasks.data.backfill import Backfilled
    from tasks.data.check_files import Flaw
    from tasks.data.doctor import Finding
    from tasks.data.export import Exported
    from tasks.data.load import Loaded
    from tasks.data.measure_symbols import Estimated
    from tasks.data.minutes import Brought, Wanted
    from tasks.data.minutes import Found as MinutesFound
    from tasks.data.symbol_risk import Options
    from tasks.record.replay import Replayed
    from tasks.report.model import Report
    from warehouse.tables.batches import Interval

log = logging.getLogger(__name__)
DEMO = Path(__file__).parents[2] / "config" / "demo" / "demo.toml"
DEMO_SESSION = date(2010, 5, 6)
DEMO_EVENING = datetime(2010, 5, 6, 22, 30, tzinfo=UTC)
"""18:30 in New York on the day of the flash crash: where the demo's clock stands."""


@dataclass(frozen=True)
class Daily:
    """A daily run as it was asked for."""

    portfolio: str
    session: date | None = None
    source: str | None = None
    notify: bool = True


def context(settings: Settings, command: str) -> Context:
    """Where a command works: its HOME, by the clock of all who share its warehouse."""
    from tasks.context.context import live

    return live(settings, clock.now, clock.sleep, command)


def demo_context(settings: Settings) -> Context:
    """The demo's own HOME inside the real one, so that they never mix; its clock stands, it has no token."""
    from tasks.context.context import Context

    own = settings.elsewhere(settings.home / "demo").model_copy(update={"slack_token": None})
    return Context(own, lambda: DEMO_EVENING, clock.sleep, "ballast demo")


def demo() -> Daily:
    """What the demo runs."""
    return Daily(str(DEMO), DEMO_SESSION, "bundled")


def all_names(context: Context) -> Sequence[str]:
    """The portfolios that `--portfolio all` means."""
    from tasks.run import plan

    return plan.every_portfolio(context.home)


def run(context: Context, daily: Daily, *, watch: bool) -> Report:
    """One daily run: through the Prefect server of this HOME when `ballast up` runs, else right here."""
    from flows.day import run_day
    from flows.terminal.watching import watching
    from flows.up.up import server_of
    from tasks.run import plan
    from tasks.run.plan import Asked

    asked = Asked(daily.portfolio, daily.session, daily.source)
    request = plan.plan(context, asked)  # a caller's mistake is reported before anything is started
    for said in request.portfolio.oddities:
        log.warning("portfolio %s: %s", request.portfolio.name, said)
    server = server_of(context.home)
    if server is not None:
        return _through_prefect(context, server, daily)
    with watching(watch) as progress:
        return run_day(replace(context, progress=progress), request, notifying=daily.notify)


def run_all(context: Context, names: Sequence[str], daily: Daily, *, watch: bool) -> Sequence[Outcome]:
    """The day of several portfolios, whose prices are fetched once; what became of each, in their order."""
    from flows import every
    from flows.day import finish
    from flows.terminal.watching import watching
    from flows.up.up import server_of
    from tasks.run.plan import Asked

    server = server_of(context.home)
    if server is not None:
        return _all_through_prefect(context, server, daily)
    asked = {name: Asked(name, daily.session, daily.source) for name in names}
    outcomes = {}
    with watching(watch) as progress, context.warehouse.keeping():
        context = replace(context, progress=progress)
        found = every.prepare(context, [*asked.values()])
        for name in (*found.first, *found.last):
            outcomes[name] = every.day_of(
                context, asked[name], notifying=daily.notify,
                typed=bool(daily.session or daily.source), offered=found.offered,
            )  # fmt: skip
        finish(context)
    return [outcomes[name] for name in names]


def backfill(
    context: Context, portfolio: str, start: date, end: date | None, source: str | None, *, watch: bool
) -> Backfilled:
    """Fetch and check a portfolio's history."""
    from flows import backfill_run
    from flows.terminal.watching import watching

    with watching(watch) as progress:
        return backfill_run.backfill(replace(context, progress=progress), portfolio, start, end, source)


def check(source: str, calendar: str | None, home: Path | None = None) -> list[Flaw]:
    """All checks on the files that a source text such as files:PATH names."""
    from tasks import sources
    from tasks.data.check_files import examine

    found = sources.resolve(source)
    if not found.location:
        raise InputError(f"{shown(source)} is not files:PATH: only files are checked without a portfolio.")
    return examine(Path(found.location), calendar, home)


def measure(
    context: Context,
    symbols: Sequence[str],
    session: date | None,
    source: str | None,
    calendar: str,
    options: Options,
    *,
    watch: bool,
) -> Estimated:
    """Every estimator and signal of symbols without a portfolio."""
    from flows.terminal.watching import watching
    from tasks.data.measure_symbols import estimate

    with watching(watch) as progress:
        return estimate(replace(context, progress=progress), symbols, session, source, calendar, options)


def load(
    context: Context,
    path: Path,
    known_at: datetime | None,
    source: str | None,
    calendar: str,
    *,
    watch: bool,
) -> Loaded:
    """An archived delivery into the warehouse, as known when the vendor delivered it."""
    from flows.terminal.watching import watching
    from tasks.context.safekeeping import leave_copies
    from tasks.data import load as loading

    archived = loading.examine(context, path, known_at, source, calendar)
    with watching(watch) as progress:
        done = loading.load(replace(context, progress=progress), archived)
    leave_copies(context)
    return done


def minutes(context: Context, wanted: Wanted, *, stored: bool, watch: bool) -> tuple[Brought, MinutesFound]:
    """Minute bars fetched, checked and stored (`stored`: nothing is), and what is stored of them."""
    from flows.terminal.watching import watching
    from tasks.context.safekeeping import leave_copies
    from tasks.data import minutes as bars
    from warehouse.backend import must_exist

    if stored:
        must_exist(context.warehouse)
        return bars.Brought(), bars.look(context, wanted)
    with watching(watch) as progress:
        brought = bars.fetch(replace(context, progress=progress), wanted)
    leave_copies(context)
    return brought, bars.look(context, wanted)


def export(
    context: Context,
    known_at: datetime,
    out: Path,
    source: str | None,
    *,
    interval: Interval = "1d",
    adjusted: bool,
    watch: bool,
) -> Exported:
    """What was known at an instant, as a file."""
    from flows.terminal.watching import watching
    from tasks.data import export as exporting
    from warehouse.backend import must_exist

    must_exist(context.warehouse)
    with watching(watch) as progress:
        return exporting.export(
            replace(context, progress=progress),
            known_at,
            out,
            adjusted=adjusted,
            source=source,
            interval=interval,
        )


def show(context: Context, run: str, portfolio: str | None, account: str | None = None) -> Report:
    """The report of the run that `run` means; of one of its accounts."""
    from warehouse.backend import must_exist

    must_exist(context.warehouse)
    if account is not None:
        from tasks.run.account import report_of

        return report_of(context, run, portfolio, account)
    from tasks.report.find_report import find_report

    return find_report(context, run, portfolio)


def replay(context: Context, run: str) -> Replayed:
    """A run recomputed from what it knew, compared with what it found."""
    from tasks.context.find_run import find_run
    from tasks.record import replay as replaying
    from warehouse.backend import must_exist

    must_exist(context.warehouse)
    return replaying.replay(context, find_run(context, run, None))


def refresh_pages(context: Context) -> None:
    """Write the pages of the runs that a decision has changed; the decision stands without them too."""
    from tasks.context.safekeeping import optional
    from tasks.site.publish import refresh

    with optional("the pages were not written"):
        refresh(context)


def pages(context: Context) -> list[str]:
    """Write the pages that are not up to date, and draw all that nobody has drawn; the drawn runs."""
    from tasks.site.draw import draw, undrawn
    from tasks.site.publish import refresh
    from warehouse.backend import must_exist

    must_exist(context.warehouse)
    try:
        refresh(context)
        return [run_id for run_id in undrawn(context.home) if draw(context, run_id)]
    except OSError as error:
        raise InputError(
            f"{error.filename} cannot be written ({error.strerror}): let whoever runs Ballast write to it."
        ) from None


def doctor(context: Context) -> list[Finding]:
    """Everything that the daily run needs, looked at."""
    from flows.up.diagnosis import findings
    from flows.up.up import running_server
    from tasks.data import doctor as diagnosing

    return [*diagnosing.examine(context, running_server(context.home)), *findings(context.settings)]


def _through_prefect(context: Context, server: Server, daily: Daily) -> Report:
    """The flow in this process, its states and artifacts on the running server."""
    flow, failed = _flow(context, server)
    try:
        return cast("Report", flow(daily.portfolio, daily.session, daily.source, daily.notify))
    except failed as error:
        [outcome] = error.outcomes
        if outcome.report is None:
            raise
        return cast("Report", outcome.report)


def _all_through_prefect(context: Context, server: Server, daily: Daily) -> Sequence[Outcome]:
    """The flow for all portfolios in this process; each is a flow run of its own on the running server."""
    from flows.every import Outcome

    flow, failed = _flow(context, server)
    try:
        reports = flow("all", daily.session, daily.source, daily.notify)
    except failed as error:
        return cast("Sequence[Outcome]", error.outcomes)
    return [Outcome(report.portfolio, report) for report in reports]


def _flow(context: Context, server: Server) -> tuple[Any, Any]:
    """The flow `daily` and the error with which it fails, once this process speaks with the server."""
    # Prefect reads its environment when it is imported, so this comes first, and files of the current folder:
    # that is HOME meanwhile.
    environment.extend(
        BALLAST_HOME=str(context.home),
        DO_NOT_TRACK="1",
        **server.environment,
        PREFECT_HOME=str(context.home / "prefect"),
        PREFECT_PROFILES_PATH=str(context.home / "prefect" / "profiles.toml"),
        PREFECT_LOGGING_LEVEL="WARNING",
    )
    with chdir(context.home):
        from flows.daily import RunFailedError, daily

    return daily, RunFailedError
