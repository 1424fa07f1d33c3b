"""Decisions and fills of a day that has run, and what they leave; a day is a desk and a run."""

import shutil
from datetime import timedelta
from pathlib import Path

from quant.people import Actor
from tasks.decisions.ruling import Wish
from tasks.fills import importing
from tasks.fills.importing import Imported
from tasks.outbox import answered
from tests.tasks.desk import EVENING, Desk
from warehouse.record import ledger
from warehouse.record.ledger import Entry

HEAD = "run,symbol,side,quantity,price,commission,filled_at,id"
Day = tuple[Desk, str]


def anew(ran: tuple[Desk, str, Path]) -> Day:
    """The day an hour later, with the folder as it was kept: files and runs name where they lie."""
    desk, run_id, kept = ran
    shutil.rmtree(desk.folder)
    shutil.copytree(kept, desk.folder)
    return desk.at(EVENING + timedelta(hours=1)), run_id


def take(day: Day, *rows: str, head: str = HEAD, superseded: bool = False) -> Imported:
    """Import rows, in which RUN means the day's run."""
    desk, run_id = day
    file = desk.folder / "fills.csv"
    file.write_text("\n".join([head, *(row.replace("RUN", run_id) for row in rows)]) + "\n")
    return importing.take(desk.context(), file, Actor.typed("Bob"), superseded=superseded)


def text(day: Day, name: str) -> str:
    return (day[0].folder / name).read_text()


def entries(day: Day) -> list[Entry]:
    with day[0].visit() as db:
        return ledger.entries(db)


def decide(day, choice, *symbols, by="Ada", reason="agreed", now=None, **more):
    """`by` is a typed name or an actor."""
    desk, run_id = day
    actor = Actor.typed(by) if isinstance(by, str) else by
    wish = Wish(choice, actor, symbols, reason, **more)
    return answered.decide((desk.at(now) if now else desk).context(), run_id, wish)
