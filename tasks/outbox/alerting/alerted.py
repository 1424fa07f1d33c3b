"""What people do with alerts, told in the thread of the message that had them: ledger and outbox at once."""

from datetime import datetime

from quant.errors import InputError
from quant.people import Actor
from tasks.alerts import decided, silences
from tasks.alerts.decided import Alert
from tasks.context.context import Context
from tasks.context.safekeeping import leave_copies
from tasks.decisions.authority import authority, who
from tasks.notifiers import Channel
from tasks.outbox import answer
from tasks.outbox.alerting import alert_thread
from tasks.outbox.alerting.alert_thread import Thread
from tasks.report.messages.alerted import of_acknowledged, of_silenced
from warehouse import alerts
from warehouse.database.database import Database


def acknowledge(context: Context, name: str, by: Actor) -> Alert:
    """Look after the alert whose fingerprint begins with `name`, for every portfolio that it concerns.

    Raises:
        InputError: there is no such alert, or several; it is over or acknowledged already; the person is not
            among those of a portfolio that it concerns.
    """

    def work(db: Database) -> tuple[Alert, list[Channel]]:
        alert = decided.one(db, name)
        links = alerts.portfolios(db, [alert.fingerprint])
        threads = [one for one in (alert_thread.of_link(db, link, alert) for link in links) if one]
        person = decided.entitled(context, [one.run for one in threads], by)
        entry = decided.acknowledge(db, alert, person, context.now()).hash
        channels: list[Channel] = []
        for one in threads:
            channels += one.ask(db, context, of_acknowledged(one, [alert], person.name), entry)
        return decided.shown(db, [*alerts.of(db, [alert.fingerprint]).values()])[0], channels

    done, channels = context.warehouse.transact(work)
    answer.bring(context, channels)
    leave_copies(context)
    return done


def acknowledge_message(context: Context, thread: Thread, by: Actor) -> None:
    """Look after every alert of a message that still fires, as one of the portfolio's people.

    Raises:
        InputError: the person is not listed, or none of them fires.
    """
    by = who(authority(context.home, thread.run), by, None)

    def work(db: Database) -> list[Channel]:
        found = thread.alerts(db)
        firing = [one for one in found if one.state == "firing"]
        if not firing:
            raise InputError(decided.refused(found[0]) or f"{found[0].symbol} cannot be acknowledged.")
        entries = [decided.acknowledge(db, one, by, context.now()) for one in firing]
        return thread.ask(db, context, of_acknowledged(thread, firing, by.name), entries[-1].hash)

    answer.bring(context, context.warehouse.transact(work))
    leave_copies(context)


def silence_message(
    context: Context, thread: Thread, by: Actor, until: datetime, reason: str, key: str
) -> list[str]:
    """Silence the symbols of a message's alerts for its portfolio until an instant; those symbols.

    Raises:
        InputError: the person may not, or what `silences.silence` refuses.
    """
    by = who(authority(context.home, thread.run), by, "silence")

    def work(db: Database) -> tuple[list[str], list[Channel]]:
        symbols = [one.symbol for one in thread.alerts(db)]
        entries = [
            silences.silence(
                db, by, until, reason, context.now(), symbol=symbol, portfolios=[thread.portfolio],
                key=f"{key} {symbol}",
            )
            for symbol in symbols
        ]  # fmt: skip
        message = of_silenced(thread, symbols, by.name, until, reason)
        return symbols, thread.ask(db, context, message, entries[-1].hash)

    symbols, channels = context.warehouse.transact(work)
    answer.bring(context, channels)
    leave_copies(context)
    return symbols
