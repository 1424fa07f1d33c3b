"""Where alerts were told, by a run or by the crash watch: what people do with them is told there too."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from config import portfolio_file as portfolios
from config.portfolio import Portfolio, stored
from quant.errors import InputError
from tasks.alerts import noted
from tasks.context.context import Context
from tasks.context.run_file import file_of_run
from tasks.notifiers import Channel, channels_of
from tasks.outbox import answer
from tasks.outbox.alerting import fell
from tasks.report.messages.message import Message
from warehouse import alerts, notices, runs
from warehouse.database.database import Database
from warehouse.notices import Notice
from warehouse.runs import Run
from warehouse.tables.alerts import AlertPortfolio, AlertState
from warehouse.tables.found import AlertRow
from warehouse.tables.table import of_run as rows_of_run


@dataclass(frozen=True)
class Thread:
    """Alerts that one message told to a portfolio.

    `run` is the run that found them; for the watch, which has none, the last one of the portfolio: it says
    who may decide and where messages go. `watched` is the kind of alert where the watch saw them.
    """

    portfolio: str
    session: date
    run: Run
    watched: str | None = None

    @property
    def run_id(self) -> str | None:
        """The run that found the alerts; None for the watch."""
        return None if self.watched else self.run.run_id

    def alerts(self, db: Database) -> list[AlertState]:
        """The alerts that the message tells of.

        Raises:
            InputError: there are none, since the run is for study.
        """
        if self.watched:
            links = alerts.watched(db, self.session, [self.portfolio])
            found = alerts.of(db, [one.fingerprint for one in links])
            return [one for one in found.values() if one.kind == self.watched]
        known = alerts.of(db, noted.fingerprints(self.run, rows_of_run(db, self.run.run_id, AlertRow)))
        if not known:
            raise InputError(f"run {self.run.run_id} has no alert.")
        return [*known.values()]

    def ask(
        self, db: Database, context: Context, message: Message, entry: str, mention: str | None = None
    ) -> list[Channel]:
        """Put an answer into the outbox where the ledger's `entry` is made; the channels that get it."""
        channels = channels_of(context.settings, self._portfolio(context))
        return answer.to(db, context, channels, self._told(db), message, entry, mention)

    def _portfolio(self, context: Context) -> Portfolio:
        """The portfolio as the message was told: of the watch as its file is now, if it can be read."""
        file = file_of_run(context.home, self.run) if self.watched else None
        with suppress(InputError):
            if file is not None:
                return portfolios.read(file)
        return stored(self.run.config)

    def _told(self, db: Database) -> Mapping[str, Notice]:
        if self.watched:
            return fell.messages(db, self.portfolio, self.session, self.watched)
        return answer.said(db, self.run.run_id, "alert")


def of_run(run: Run) -> Thread:
    """Where a run told its alerts."""
    return Thread(run.portfolio, run.session, run)


def of_link(db: Database, link: AlertPortfolio, alert: AlertState) -> Thread | None:
    """Where a portfolio was told of an alert; None where the watch told it and it has had no run."""
    if link.run_id is not None:
        return of_run(runs.load(db, link.run_id))
    newest = runs.latest(db, link.portfolio)
    run = runs.load(db, newest) if newest else None
    return Thread(link.portfolio, alert.session, run, alert.kind) if run else None


def of_message(db: Database, key: str) -> Thread:
    """Where the message of the watch with this key stands.

    Raises:
        InputError: there is none, or its portfolio has had no run, which would say who its people are.
    """
    entry = notices.by_key(db, key)
    kinds = {notice: kind for kind, notice in fell.KINDS.items()}
    if entry is None or entry.notice.kind not in kinds:
        raise InputError("this message is not known here.")
    notice = entry.notice
    newest = runs.latest(db, notice.portfolio)
    if newest is None:
        raise InputError(
            f"portfolio {notice.portfolio!r} has had no run, so nobody is known who may answer: "
            "run its day once."
        )
    return Thread(notice.portfolio, notice.session, runs.load(db, newest), kinds[notice.kind])
