"""A critical alert that nobody has acknowledged calls the deputy and then risk, in its thread, each once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from config.people import Person, Role
from config.portfolio import stored
from quant.errors import InputError
from tasks.alerts import in_force, silences
from tasks.alerts.escalation import Called, called, due
from tasks.context.context import Context
from tasks.decisions.authority import authority
from tasks.notifiers import Channel
from tasks.outbox import answer
from tasks.outbox.alerting import alert_thread
from tasks.report.messages.alerted import of_escalated
from warehouse import alerts
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.runs import Run
from warehouse.tables.alerts import AlertPortfolio

Told = tuple[str, str, Role]
"""A portfolio, the run or the watched session and kind that told it, and who is to be called."""


def escalate(context: Context) -> None:
    """Call whoever is to be called by now."""
    waits, now = in_force.rules(context).escalation, context.now()

    def waiting(db: Database) -> dict[Told, list[AlertPortfolio]]:
        links = alerts.uncalled(db)
        known, silent = alerts.of(db, [one.fingerprint for one in links]), silences.active(db, now)
        found = defaultdict[Told, list[AlertPortfolio]](list)
        for link in links:
            alert = known[link.fingerprint]
            role, muted = due(link, waits, now), silences.why(silent, alert, link.portfolio)
            if role is not None and not muted:
                found[link.portfolio, link.run_id or f"{alert.session} {alert.kind}", role].append(link)
        return found

    def work(db: Database) -> list[Channel]:
        channels: list[Channel] = []
        for (_, _, role), links in waiting(db).items():
            channels += _call(db, context, role, links)
        return channels

    if context.warehouse.exists() and context.warehouse.read(waiting):
        answer.bring(context, context.warehouse.transact(work))


def _call(db: Database, context: Context, role: Role, links: list[AlertPortfolio]) -> list[Channel]:
    """Call the people of a role to the alerts of a message; nobody is told where the portfolio lists none."""
    alerts.store_portfolios(db, [replace(one, called=role) for one in links])
    found, now = [*alerts.of(db, [one.fingerprint for one in links]).values()], context.now()
    thread = alert_thread.of_link(db, links[0], found[0])
    people = called(_people(context, thread.run), links[0], role) if thread else []
    if thread is None or not people:
        return []
    names = tuple(one.name for one in people)
    entries = [
        entered.append(db, one.fingerprint, Called(portfolio=thread.portfolio, role=role, people=names), now)
        for one in found
    ]
    minutes = (now - min(one.told_at for one in links if one.told_at)).total_seconds() / 60
    message = of_escalated(thread, found, [f"{one.name} ({one.role})" for one in people], minutes)
    mention = " ".join(f"<@{one.slack}>" for one in people if one.slack)
    return thread.ask(db, context, message, entries[-1].hash, mention)


def _people(context: Context, run: Run) -> Sequence[Person]:
    """The people of a run's portfolio now; where its file is gone or wrong, those that the run knew."""
    try:
        return authority(context.home, run).people
    except InputError:
        return stored(run.config).person
