"""What must hold in a HOME after whatever happened to it, read from the files themselves."""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

KEYS = {
    "bars": "source, symbol, session",
    "actions": "source, symbol, ex_date, kind",
    "vendor_adjusted": "source, symbol, session",
    "batches": "batch_id",
    "runs": "run_id",
    "notices": "key",
}
VERSIONED = ("bars", "actions")
OF_A_RUN = ("drift", "volatility", "signals", "trades", "checks", "alerts")
RESTING = {"sent", "preview", "superseded", "dropped"}


def query(home: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """The rows of a query on the warehouse; no process may be at work in it."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        return connection.execute(sql, values).fetchall()


def check(home: Path, *, resting: bool = True) -> None:
    """Assert that nothing is doubled, torn or left over.

    With `resting` also that nothing is under way: no running run, no staging file, every notice told.
    """
    for table, key in KEYS.items():
        current = "where known_to is null" if table in VERSIONED else ""
        doubled = query(home, f"select {key} from {table} {current} group by all having count(*) > 1")
        assert not doubled, f"{table}: more than one current row of {doubled}"
    for table in VERSIONED:
        assert not overlapping(home, table)
    for table in OF_A_RUN:
        doubled = query(home, f"select run_id from {table} group by run_id, ordinal having count(*) > 1")
        assert not doubled, f"{table}: a row stands twice in {doubled}"
    if resting:
        running = query(home, "select run_id from runs where status = 'running'")
        assert not running
        states = {state for (state,) in query(home, "select state from notices")}
        assert states <= RESTING
        assert not list((home / "staging").glob("*"))


def overlapping(home: Path, table: str) -> list[tuple[Any, ...]]:
    """Versions that end before they begin, or begin before the one before has ended."""
    key = KEYS[table]
    before = f"lag(known_to, 1, known_from) over (partition by {key} order by known_from)"
    versions = f"select {key}, known_from, known_to, {before} as ended, row_number() over "
    versions += f"(partition by {key} order by known_from) as number from {table}"
    return query(
        home,
        f"select * from ({versions}) where known_to <= known_from or (number > 1 and ended is null) "
        "or ended > known_from",
    )


def runs(home: Path, portfolio: str) -> list[tuple[str, str | None, datetime | None]]:
    """(status, error, known_at) of a portfolio's runs, oldest first."""
    return query(
        home,
        "select status, error, known_at from runs where portfolio = ? order by started_at",
        portfolio,
    )


def find_text(home: Path, text: str) -> list[str]:
    """Every file under HOME, and every table of the warehouse, in which `text` stands."""
    found = [str(file) for file in home.rglob("*") if file.is_file() and text.encode() in file.read_bytes()]
    tables = [name for (name,) in query(home, "select table_name from duckdb_tables()")]
    for table in tables:
        rows = query(home, f"select count(*) from {table} as t where contains(t::varchar, ?)", text)
        found += [table] if rows[0][0] else []
    return found
