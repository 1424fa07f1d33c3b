"""What each command does, without the words around it."""

import logging
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

from config import environment
from config.settings import Settings
from flows import backfill_run, clock
from flows.day import refuse_day, run_day
from flows.terminal.terminal import watching
from flows.up import secret
from flows.up.up import running_server
from quant.errors import BallastError, InputError, shown
from tasks import sources
from tasks.context.find_run import find_run
from tasks.context.place import Place
from tasks.context.safekeeping import leave_copies, optional
from tasks.data import doctor as diagnosing
from tasks.data import export as exporting
from tasks.data import load as loading
from tasks.data.backfill import Backfilled
from tasks.data.check_files import Flaw, examine
from tasks.data.doctor import Finding
from tasks.data.export import Exported
from tasks.data.load import Loaded
from tasks.data.measure_symbols import Estimated, estimate
from tasks.record import replay as replaying
from tasks.record.replay import Replayed
from tasks.report.model import Report
from tasks.run import plan, refused
from tasks.run.account import report_of
from tasks.run.lifecycle import find_report
from tasks.run.plan import Asked

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


def place(settings: Settings, command: str) -> Place:
    """Where a command works: its HOME, by the real clock."""
    return Place(settings, clock.now, clock.sleep, command)


def demo_place(settings: Settings) -> Place:
    """The demo's own HOME inside the real one, so that they never mix; its clock stands, it has no token."""
    own = settings.model_copy(update={"home": settings.home / "demo", "slack_token": None})
    return Place(own, lambda: DEMO_EVENING, clock.sleep, "ballast demo")


def demo() -> Daily:
    """What the demo runs."""
    return Daily(str(DEMO), DEMO_SESSION, "bundled")


def every(place: Place) -> Sequence[str]:
    """The portfolios that `--portfolio all` means."""
    return plan.every_portfolio(place.home)


def run(place: Place, daily: Daily, *, watch: bool) -> Report:
    """One daily run: through the Prefect server of this HOME when `ballast up` runs, else right here."""
    asked = Asked(daily.portfolio, daily.session, daily.source)
    order = plan.plan(place, asked)  # a caller's mistake is told before anything is started
    for said in order.portfolio.oddities:
        log.warning("portfolio %s: %s", order.portfolio.name, said)
    server = running_server(place.home)
    if server is not None:
        return _through_prefect(place, server, daily)
    with watching(watch) as progress:
        return run_day(replace(place, progress=progress), order, notifying=daily.notify)


def refuse(place: Place, daily: Daily, error: BallastError) -> str | None:
    """Tell a portfolio's people that it could not be run; the failed run's id, None where none is entered."""
    asked = Asked(daily.portfolio, daily.session, daily.source)
    with optional(f"that portfolio {daily.portfolio} could not be run was not entered"):
        order = refused.order(place, asked, typed=bool(daily.session or daily.source))
        if order is not None:
            return refuse_day(place, order, error, notifying=daily.notify).run_id
    return None


def backfill(
    place: Place, portfolio: str, start: date, end: date | None, source: str | None, *, watch: bool
) -> Backfilled:
    """Fetch and check a portfolio's history."""
    with watching(watch) as progress:
        return backfill_run.backfill(replace(place, progress=progress), portfolio, start, end, source)


def check(source: str, calendar: str | None, home: Path | None = None) -> list[Flaw]:
    """All checks on the files that a source text such as files:PATH names."""
    found = sources.resolve(source)
    if not found.location:
        raise InputError(f"{shown(source)} is not files:PATH: only files are checked without a portfolio.")
    return examine(Path(found.location), calendar, home)


def measure(
    place: Place,
    symbols: Sequence[str],
    session: date | None,
    source: str | None,
    calendar: str,
    *,
    watch: bool,
) -> Estimated:
    """Every estimator and signal of symbols without a portfolio."""
    with watching(watch) as progress:
        return estimate(replace(place, progress=progress), symbols, session, source, calendar)


def load(
    place: Place,
    path: Path,
    known_at: datetime | None,
    source: str | None,
    calendar: str,
    *,
    watch: bool,
) -> Loaded:
    """An archived delivery into the warehouse, as known when the vendor told it."""
    archived = loading.examine(place, path, known_at, source, calendar)
    with watching(watch) as progress:
        done = loading.load(replace(place, progress=progress), archived)
    leave_copies(place)
    return done


def export(
    place: Place, known_at: datetime, out: Path, source: str | None, *, adjusted: bool, watch: bool
) -> Exported:
    """What was known at an instant, as a file."""
    _must_exist(place)
    with watching(watch) as progress:
        return exporting.export(
            replace(place, progress=progress), known_at, out, adjusted=adjusted, source=source
        )


def show(place: Place, run: str, portfolio: str | None, account: str | None = None) -> Report:
    """The report of the run that `run` means; of one of its accounts."""
    _must_exist(place)
    if account is not None:
        return report_of(place, run, portfolio, account)
    return find_report(place, run, portfolio)


def replay(place: Place, run: str) -> Replayed:
    """A run recomputed from what it knew, compared with what it found."""
    _must_exist(place)
    return replaying.replay(place, find_run(place, run, None))


def doctor(place: Place) -> list[Finding]:
    """Everything that the daily run needs, looked at."""
    return diagnosing.examine(place, running_server(place.home))


def _must_exist(place: Place) -> None:
    if not place.warehouse.file.exists():
        raise InputError(
            f"there is no warehouse in {place.home} yet: start a run with `ballast daily`, "
            "or name another folder with --home."
        )


def _through_prefect(place: Place, server: str, daily: Daily) -> Report:
    """The flow in this process, its states and artifacts on the running server."""
    # Prefect reads its environment when it is imported, so this comes first, and files of the current folder:
    # that is HOME meanwhile.
    environment.extend(
        BALLAST_HOME=str(place.home),
        DO_NOT_TRACK="1",
        PREFECT_API_URL=server,
        PREFECT_API_AUTH_STRING=secret.read(place.home) or "",
        PREFECT_HOME=str(place.home / "prefect"),
        PREFECT_PROFILES_PATH=str(place.home / "prefect" / "profiles.toml"),
        PREFECT_LOGGING_LEVEL="WARNING",
    )
    with chdir(place.home):
        from flows.daily import RunFailedError  # noqa: PLC0415
        from flows.daily import daily as flow  # noqa: PLC0415

    try:
        return cast("Report", flow(daily.portfolio, daily.session, daily.source, daily.notify))
    except RunFailedError as error:
        if error.report is None:
            raise
        return error.report
