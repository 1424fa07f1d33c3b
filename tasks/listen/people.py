"""Whose person somebody in Slack is."""

from contextlib import suppress

from quant.errors import InputError
from tasks.context.context import Context
from tasks.decisions.authority import authority
from warehouse import runs
from warehouse.database.database import Database
from warehouse.runs import Run


def portfolios_of(context: Context, user: str) -> dict[str, Run]:
    """The portfolios that list this user of Slack now, each with its newest finished daily run, by name.

    Raises:
        InputError: no portfolio does, or none of them has had a run.
    """
    newest = context.warehouse.read(_newest) if context.warehouse.exists() else {}
    found = {}
    for name, run in newest.items():
        with suppress(InputError):  # its file is gone or broken: it lists nobody
            if user in {one.slack for one in authority(context.home, run).people}:
                found[name] = run
    if not found:
        raise InputError("you are not among the people of any portfolio that has had a run here.")
    return found


def _newest(db: Database) -> dict[str, Run]:
    ids = {name: runs.latest(db, name) for name in db.column("run_portfolios")}
    return {name: runs.load(db, run_id) for name, run_id in ids.items() if run_id is not None}
