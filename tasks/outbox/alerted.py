"""What people do with alerts, told in the thread of the message that had them: ledger and outbox at once."""

from datetime import datetime

from quant.errors import InputError
from quant.people import Actor
from tasks.alerts import decided, noted, silences
from tasks.alerts.decided import Alert
from tasks.context.context import Context
from tasks.context.safekeeping import leave_copies
from tasks.decisions.authority import authority, who
from tasks.notifiers import Channel
from tasks.outbox import answer
from tasks.report.alerted import of_acknowledged, of_silenced
from tasks.report.message import Message
from warehouse import alerts, runs
from warehouse.database.database import Database
from warehouse.runs import Run
from warehouse.tables.alerts import AlertState
from warehouse.tables.found import AlertRow
from warehouse.tables.table import of_run as rows_of_run


def acknowledge(context: Context, name: str, by: Actor) -> Alert:
    """Look after the alert whose fingerprint begins with `name`, for every portfolio that it concerns.

    Raises:
        InputError: there is no such alert, or several; it is over or acknowledged already; the person is not
            among those of a portfolio that it concerns.
    """

    def work(db: Database) -> tuple[Alert, list[Channel]]:
        alert = decided.one(db, name)
        links = alerts.portfolios(db, [alert.fingerprint])
        concerned = [runs.load(db, link.run_id) for link in links if link.run_id is not None]
        person = decided.entitled(context, concerned, by)
        entry = decided.acknowledge(db, alert, person, context.now()).hash
        channels: list[Channel] = []
        for run in concerned:
            channels += _tell(db, context, run, of_acknowledged(run, [alert], person.name), entry)
        return decided.shown(db, [*alerts.of(db, [alert.fingerprint]).values()])[0], channels

    done, channels = context.warehouse.transact(work)
    answer.bring(context, channels)
    leave_copies(context)
    return done


def acknowledge_message(context: Context, run: Run, by: Actor) -> None:
    """Look after every alert of a run's message that still fires, as one of the portfolio's people.

    Raises:
        InputError: the person is not listed, or none of them fires.
    """
    by = who(authority(context.home, run), by, None)

    def work(db: Database) -> list[Channel]:
        found = of_message(db, run)
        firing = [one for one in found if one.state == "firing"]
        if not firing:
            raise InputError(decided.refused(found[0]) or f"{found[0].symbol} cannot be acknowledged.")
        entries = [decided.acknowledge(db, one, by, context.now()) for one in firing]
        return _tell(db, context, run, of_acknowledged(run, firing, by.name), entries[-1].hash)

    answer.bring(context, context.warehouse.transact(work))
    leave_copies(context)


def silence_message(
    context: Context, run: Run, by: Actor, until: datetime, reason: str, key: str
) -> list[str]:
    """Silence the symbols of a run's alerts for its portfolio until an instant; those symbols.

    Raises:
        InputError: the person may not, or what `silences.silence` refuses.
    """
    by = who(authority(context.home, run), by, "silence")

    def work(db: Database) -> tuple[list[str], list[Channel]]:
        symbols = [one.symbol for one in of_message(db, run)]
        entries = [
            silences.silence(
                db, by, until, reason, context.now(), symbol=symbol, portfolios=[run.portfolio],
                key=f"{key} {symbol}",
            )
            for symbol in symbols
        ]  # fmt: skip
        message = of_silenced(run, symbols, by.name, until, reason)
        return symbols, _tell(db, context, run, message, entries[-1].hash)

    symbols, channels = context.warehouse.transact(work)
    answer.bring(context, channels)
    leave_copies(context)
    return symbols


def of_message(db: Database, run: Run) -> list[AlertState]:
    """The alerts that a run's message tells of.

    Raises:
        InputError: there are none, since the run is for study.
    """
    known = alerts.of(db, noted.fingerprints(run, rows_of_run(db, run.run_id, AlertRow)))
    if not known:
        raise InputError(f"run {run.run_id} has no alert.")
    return [*known.values()]


def _tell(db: Database, context: Context, run: Run, message: Message, entry: str) -> list[Channel]:
    return answer.ask(db, context, run.run_id, message, entry, "alert")
