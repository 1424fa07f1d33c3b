"""A critical alert that nobody has acknowledged calls the deputy and then risk, in its thread, each once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from config import alerts as rules
from config.people import Person, Role
from config.portfolio import stored
from quant.errors import InputError
from tasks.alerts import silences
from tasks.alerts.escalation import Called, called, due
from tasks.context.context import Context
from tasks.decisions.authority import authority
from tasks.notifiers import Channel
from tasks.outbox import answer
from tasks.report.alerted import of_escalated
from warehouse import alerts, runs
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.runs import Run
from warehouse.tables.alerts import AlertPortfolio


def escalate(context: Context) -> None:
    """Call whoever is to be called by now.

    Raises:
        InputError: HOME/alerts.toml is not right.
    """
    waits, now = rules.of_home(context.home).escalation, context.now()

    def waiting(db: Database) -> dict[tuple[str, Role], list[AlertPortfolio]]:
        links = alerts.uncalled(db)
        known, silent = alerts.of(db, [one.fingerprint for one in links]), silences.active(db, now)
        found = defaultdict[tuple[str, Role], list[AlertPortfolio]](list)
        for link in links:
            role, muted = due(link, waits, now), silences.why(silent, known[link.fingerprint], link.portfolio)
            if link.run_id is not None and role is not None and not muted:
                found[link.run_id, role].append(link)
        return found

    def work(db: Database) -> list[Channel]:
        channels: list[Channel] = []
        for (run_id, role), links in waiting(db).items():
            channels += _call(db, context, run_id, role, links)
        return channels

    if context.warehouse.exists() and context.warehouse.read(waiting):
        answer.bring(context, context.warehouse.transact(work))


def _call(
    db: Database, context: Context, run_id: str, role: Role, links: list[AlertPortfolio]
) -> list[Channel]:
    """Call the people of a role to the alerts of a run; nobody is told where the portfolio lists none."""
    alerts.store_portfolios(db, [replace(one, called=role) for one in links])
    run, now = runs.load(db, run_id), context.now()
    people = called(_people(context, run), links[0], role)
    if not people:
        return []
    found = [*alerts.of(db, [one.fingerprint for one in links]).values()]
    names = tuple(one.name for one in people)
    entries = [
        entered.append(db, one.fingerprint, Called(portfolio=run.portfolio, role=role, people=names), now)
        for one in found
    ]
    minutes = (now - min(one.told_at for one in links if one.told_at)).total_seconds() / 60
    message = of_escalated(run, found, [f"{one.name} ({one.role})" for one in people], minutes)
    mention = " ".join(f"<@{one.slack}>" for one in people if one.slack)
    return answer.ask(db, context, run_id, message, entries[-1].hash, "alert", mention)


def _people(context: Context, run: Run) -> Sequence[Person]:
    """The people of a run's portfolio now; where its file is gone or wrong, those that the run knew."""
    try:
        return authority(context.home, run).people
    except InputError:
        return stored(run.config).person
