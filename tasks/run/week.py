"""A portfolio's week: what ran, what was proposed and became of it, and how far it is from its targets."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from config.calendars import Calendar
from config.portfolio import stored
from tasks.context.context import Context
from tasks.context.words import count, share
from tasks.orders import recommendations
from tasks.performance import answer as performance
from tasks.performance import stretch
from tasks.performance.document import parts as parts_of
from tasks.performance.model import Performance
from tasks.report.assemble import assemble
from tasks.report.digest import digest
from tasks.report.document import (
    AnyPart,
    Document,
    Fact,
    Facts,
    Importance,
    Notes,
    Table,
    Tone,
    Verdict,
    fact,
    line,
    note,
    row,
)
from tasks.report.model import Report
from warehouse import runs
from warehouse.database.database import Database

STATES = ("proposed", "approved", "executed", "rejected", "expired", "superseded", "withdrawn")


@dataclass(frozen=True)
class Last:
    """The last run of a session that did not fail."""

    session: date
    run_id: str


@dataclass(frozen=True)
class Week:
    """A week from Monday to Sunday: the last run of each session, and what its orders came to by state.

    `earned` is how the portfolio has done since the last close before the week, the month and the year of its
    last session, by these names, as far as two sessions are recorded.
    """

    portfolio: str
    monday: date
    sessions: Sequence[date]
    reports: Sequence[Report]
    orders: Counter[str]
    earned: Mapping[str, Performance] = field(default_factory=dict)

    @property
    def ran(self) -> int:
        """How many of the week's sessions were run."""
        return len(self.reports)


def week_of(context: Context, portfolio: str, day: date) -> Week | None:
    """The week in which a day lies, up to that day; None where the portfolio was not run in it."""
    monday = day - timedelta(days=day.weekday())
    if not context.warehouse.exists():
        return None
    return context.warehouse.read(lambda db: _week(db, portfolio, monday, day, context.now()))


def _week(db: Database, portfolio: str, monday: date, until: date, now: datetime) -> Week | None:
    last = db.select(Last, "runs_of_week", portfolio=portfolio, since=monday, until=until)
    if not last:
        return None
    calendar: Calendar = stored(runs.load(db, last[-1].run_id).config).exchange()
    sessions = [one for one in calendar.sessions(monday, until) if calendar.is_complete(one, now)]
    orders = Counter[str](
        one.state for found in last for one in recommendations.of_run(db, found.run_id, now)
    )
    reports = [assemble(db, found.run_id, now) for found in last]
    return Week(portfolio, monday, sessions, reports, orders, _earned(db, last[-1], monday))


def _earned(db: Database, last: Last, monday: date) -> dict[str, Performance]:
    """How the portfolio has done up to the week's last run."""
    run, day = runs.load(db, last.run_id), last.session
    begins = {"week": monday, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}
    found = {
        name: performance.of_run(db, run, stretch.base(db, run, first)) for name, first in begins.items()
    }
    return {name: one for name, one in found.items() if one is not None}


def review(week: Week) -> Document:
    """The week as a document: verdict, the runs, the orders by state, and the drift at its end."""
    newest, show = week.reports[-1], f"ballast runs --portfolio {week.portfolio}"
    ran = f"{week.ran} of {count(len(week.sessions), 'session')} run"
    tone: Tone = "good" if week.ran >= len(week.sessions) else "warning"
    subject = f"{line(week.portfolio, 60)} · week of {week.monday}"
    parts = (
        _missing(week, show),
        Facts("orders", "Orders", Importance.NEEDED, show, tuple(_counted(week.orders))),
        *_returns(week),
        _runs(week, show),
        *(part for part in digest(newest).parts if part.name in {"position", "drift"}),
    )
    where = Facts("where", "Where", Importance.DETAIL, show, (fact("Runs", show, "command"),))
    verdict = Verdict(subject, f"{ran}; {orders(week)}", tone)
    return Document(verdict, tuple(part for part in parts if part is not None), where)


def _returns(week: Week) -> Iterator[AnyPart]:
    """How the portfolio has done, and where the week's return over its strategic weights comes from."""
    if not week.earned:
        return
    show = f"ballast performance {week.portfolio}"
    yield Table(
        "returns", "Returns", Importance.NEEDED, show, ("", "portfolio", "benchmark", "strategic weights"),
        tuple(
            row(
                name, share(one.twr, "+"),
                share(one.benchmark.return_ if one.benchmark else None, "+"),
                share(one.strategic.return_ if one.strategic else None, "+"),
            )
            for name, one in week.earned.items()
        ),
        brief=4,
    )  # fmt: skip
    names = {"attribution", "rebalancing"}
    of_week = week.earned.get("week")
    if of_week:
        yield from (part for part in parts_of(of_week, show) if part.name in names)


def _missing(week: Week, show: str) -> Notes | None:
    missing = sorted({*map(str, week.sessions)} - {one.session for one in week.reports})
    told = (note(", ".join(missing), "warning"),)
    return Notes("missing", "Sessions without a run", Importance.FIRST, show, told) if missing else None


def _counted(found: Counter[str]) -> Iterator[Fact]:
    return (fact(name, str(found[name])) for name in STATES)


def _runs(week: Week, show: str) -> Table:
    rows = tuple(row(one.session, digest(one).verdict.decision) for one in week.reports)
    return Table("runs", "Runs", Importance.NEEDED, show, ("session", "decision"), rows, 2)


def orders(week: Week) -> str:
    """What the week's orders came to, such as "12 proposed, 10 approved, 8 executed"."""
    proposed = sum(week.orders.values())
    moved = [f"{week.orders[name]} {name}" for name in STATES[1:] if week.orders[name]]
    return ", ".join([f"{proposed} proposed", *moved]) if proposed else "nothing to trade"
