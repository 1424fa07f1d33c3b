"""What one machine of test_two_hosts.py does: `python host.py FOLDER LIBPQ DATA MINUTES ACTION ...`.

`MINUTES` is how far its clock is from the others'. Each action prints one line of JSON.
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from quant.people import Actor
from tasks.context.context import Context, live
from tasks.decisions import overrides
from tasks.outbox.halted import switch
from tasks.record.replay import replay
from tasks.report.find_report import find_report
from tasks.run.lifecycle import close_run, open_run
from tests.tasks.desk import EVENING, SESSION, Desk, market, proposed
from tests.tasks.importing import decide, take
from warehouse import runs
from warehouse.ducklake.session import Session
from warehouse.record import ledger

TIGHT = "[risk]\nmax_order_value = 20000.0\n"
LATER = EVENING + timedelta(hours=1)
ADA, BOB = Actor.typed("Ada"), Actor.typed("Bob")


def day(desk: Desk, later: str = "60") -> dict[str, object]:
    here = desk.at(EVENING + timedelta(minutes=int(later)))
    report = here.day(market(), here.portfolio(tables=TIGHT))
    held = {row.symbol: row.held_because for row in report.trades if row.status == "held"}
    return {"run": report.run_id, "status": report.status, "proposed": len(proposed(report)), "held": held}


def seen(desk: Desk, run_id: str) -> dict[str, object]:
    report = find_report(desk.at(LATER).context(), run_id, None)
    return {row.symbol: row.state for row in report.trades}


def approve(desk: Desk, run_id: str) -> dict[str, object]:
    decide((desk.at(LATER), run_id), "approved", "BBB")
    return {}


def fill(desk: Desk, run_id: str) -> dict[str, object]:
    done = take((desk.at(LATER), run_id), "RUN,BBB,BUY,20,50.1,1,,one", superseded=True)
    return {"new": len(done.fills), "known": done.known}


def ask(desk: Desk) -> dict[str, object]:
    given = ("trio", "max_order_value", "AAA", ADA, "so", f"{SESSION}")
    return {"id": overrides.request(desk.at(LATER).context(), *given).id}


def allow(desk: Desk, asked: str) -> dict[str, object]:
    overrides.approve(desk.at(LATER).context(), asked, BOB)
    return {}


def halt(desk: Desk, state: str) -> dict[str, object]:
    switch(desk.at(LATER).context(), "trio", state, ADA, "a fire")
    return {}


def leave(desk: Desk) -> dict[str, object]:
    """Begin a run and die."""
    file = desk.portfolio()
    return {"run": open_run(desk.context(), desk.order(file, desk.prices(market())))}


def commit(desk: Desk) -> dict[str, object]:
    """Append to the ledger, and say so just before the commit; then wait to be told, or cut off."""
    done = Session.commit

    def slow(one: Session, cursor: object, mark: str) -> None:
        print("at the commit", flush=True)
        sys.stdin.readline()
        done(one, cursor, mark)  # type: ignore[arg-type]

    Session.commit = slow  # type: ignore[method-assign,assignment]
    desk.context().warehouse.transact(lambda db: ledger.append(db, "test", "of the cut", {}, EVENING))
    return {}


def append(desk: Desk) -> dict[str, object]:
    began, context = time.monotonic(), desk.context(lock_timeout=60.0)  # as by default
    entry = context.warehouse.transact(lambda db: ledger.append(db, "test", "x", {}, EVENING))
    return {"seq": entry.seq, "waited": time.monotonic() - began}


def same(desk: Desk, run_id: str) -> dict[str, object]:
    return {"difference": replay(desk.at(LATER).context(), run_id).difference}


def by_clock(desk: Desk) -> dict[str, object]:
    """A run by the real clock, as this machine has it."""
    context: Context = live(desk.context().settings, own_clock, time.sleep, "test")
    run_id = open_run(context, desk.order(desk.portfolio(), desk.prices(market())))
    close_run(context, run_id, "so ended")
    run = context.warehouse.read(lambda db: runs.load(db, run_id))
    return {"own": own_clock().isoformat(), "times": [run.started_at.isoformat(), str(run.finished_at)]}


def own_clock() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=int(sys.argv[4]))


if __name__ == "__main__":
    folder, libpq, data, _, action, *words = sys.argv[1:]
    print(json.dumps(globals()[action](Desk(Path(folder), lake=libpq, data=data), *words)), flush=True)
