"""A unit of work may be called again after a conflict: each one undone once, all comes out the same."""

import json
from datetime import timedelta
from typing import Any

from quant.people import Actor
from tasks.data import quarantine
from tasks.decisions import overrides
from tests.tasks.desk import EVENING, SESSION, Desk, change, held, market, proposed, sessions
from tests.tasks.importing import decide, take
from warehouse import engines
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.record.verify import judge

ADA, BOB = Actor.typed("Ada"), Actor.typed("Bob")
LATER = EVENING + timedelta(hours=1)
TIGHT = "[risk]\nmax_order_value = 20000.0\n"
JUMP = {"open": 33.0, "high": 33.1, "low": 32.9, "close": 33.0}
MADE = {"owner", "batch_id", "hash", "previous", "entry"}
"""Columns with names that are made anew each time, and the hashes that stand over them."""
WRITTEN = {".toml", ".csv", ".json", ".booked", ".due", ".duckdb"}


class ConflictError(Exception):
    """Another transaction was quicker."""


class Contested(DuckDBFile):
    """A warehouse in which every transaction meets a conflict at its end, and is done again."""

    undone = 0

    def transact(self, work: Any, staged: Any = None) -> Any:
        def beaten(db: Any) -> None:
            work(db)
            raise ConflictError

        try:
            super().transact(beaten, staged)
        except ConflictError:
            Contested.undone += 1
        return super().transact(work, staged)


def worked(folder):
    """A day with a bar that jumps, an approval, fills, the jump accepted, and an override."""
    desk = Desk(folder)
    jumped = change(market(), "CCC", sessions()[5], **JUMP)
    report = desk.day(jumped, desk.portfolio(tables=TIGHT), notifying=True, token="00000001")
    later = desk.at(LATER)
    decide((later, report.run_id), "approved", "BBB")
    row = "RUN,BBB,BUY,20,50.1,1,,one"
    assert [take((later, report.run_id), row).known for _ in range(2)] == [0, 1]
    [rejected] = quarantine.listing(later.context(), None, every=False)
    quarantine.decide(later.context(), [rejected.id], "accepted", "it was so", ADA)
    asked = overrides.request(later.context(), "trio", "max_order_value", "AAA", ADA, "a block", f"{SESSION}")
    overrides.approve(later.context(), asked.id, BOB)
    assert (report.status, list(held(report)), len(proposed(report))) == ("partial", ["AAA"], 2)
    return stored(later, asked.id) | written(later)


def stored(desk, override):
    """The rows of each table."""
    names = desk.sql("select table_name from duckdb_tables() where schema_name = 'main' and not internal")
    with desk.visit() as db:
        tables = {
            name: db.connection.execute(f'select * from "{name}"').to_arrow_table().to_pylist()
            for (name,) in names
        }
    return {name: sorted(said(row, override) for row in rows) for name, rows in tables.items()}


def said(row, override):
    own = {column: value for column, value in row.items() if column not in MADE}
    return json.dumps(own, default=str).replace(override, "OVERRIDE")


def written(desk):
    """The text of each file, or that it is there."""
    files = [path for path in desk.folder.rglob("*") if path.suffix in WRITTEN]
    return {
        str(path.relative_to(desk.folder)): path.suffix == ".duckdb" or path.read_text() for path in files
    }


def test_what_is_done_again_after_a_conflict_comes_out_the_same(tmp_path, monkeypatch):
    once = worked(tmp_path / "desk")
    (tmp_path / "desk").rename(tmp_path / "once")
    monkeypatch.setattr(engines, "DuckDBFile", Contested)
    again = worked(tmp_path / "desk")
    assert Contested.undone > 12
    assert {name: content for name, content in again.items() if once.get(name) != content} == {}
    assert once.keys() == again.keys()
    assert [
        one.first for one in judge(DuckDBFile(tmp_path / "desk" / "home").read, LATER) if one.broken
    ] == []
    assert len(once["ledger"]) > 5
