"""Proof that a warehouse is sound: every row can be read, and every invariant holds.

An invariant is one file of queries/invariants, found by its name: its first line says what must hold, its
query returns one sentence, `offence`, for each row that breaks it. `$now` is bound in all of them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from quant.errors import WarehouseError
from warehouse.database import objects
from warehouse.database.connect import connect
from warehouse.database.database import QUERIES, Database, Visit
from warehouse.database.objects import identifier
from warehouse.record import proof
from warehouse.record.anchors import Anchor

OURS = "Every table, view and macro is one that Ballast makes; drop what is not."
LEDGER = "Each entry of the ledger follows the one before it, and each run is what its entry says."


@dataclass(frozen=True)
class Invariant:
    """What must hold, how many rows break it, and the first of them in words (None when it holds)."""

    name: str
    rule: str
    broken: int
    first: str | None


@dataclass(frozen=True)
class _Table:
    schema_name: str
    table_name: str


@dataclass(frozen=True)
class Content:
    """A table's rows, and a digest of them that does not depend on their order."""

    table: str
    rows: int
    digest: str


def verify(
    visit: Visit, now: datetime, outside: Sequence[Anchor] = ()
) -> tuple[list[Content], list[Invariant]]:
    """Read all of the warehouse and judge it, in a short visit for each table and invariant.

    `outside` is what others know of its ledger.

    Raises:
        WarehouseError: it cannot be read; the sentence says what to do.
    """
    return contents(visit), judge(visit, now, outside)


def contents(visit: Visit) -> list[Content]:
    """Read every column of every row; DuckDB checks each block that it reads."""
    tables = visit(lambda db: db.select(_Table, "tables"))
    return [_content(visit, one.schema_name, one.table_name) for one in tables]


def of_file(file: Path) -> list[Content]:
    """What a DuckDB file holds that is not open anywhere else."""
    with closing(connect(file, read_only=True)) as connection:
        return contents(Database(connection).visit)


def must_be_equal(source: Sequence[Content], target: Sequence[Content], of: str, to: str) -> None:
    """Prove that two warehouses hold the same: each table's rows, and a digest of them.

    Raises:
        WarehouseError: they do not; the first table that differs is named.
    """
    there = {one.table: one for one in target}
    for one in source:
        found = there.get(one.table)
        if found != one:
            other = "none" if found is None else f"{found.rows} rows ({found.digest})"
            raise WarehouseError(
                f"the table {one.table} has {one.rows} rows ({one.digest}) in {of} and {other} in {to}: "
                "the copy is not used, nothing has changed."
            )


def judge(visit: Visit, now: datetime, outside: Sequence[Anchor] = ()) -> list[Invariant]:
    """Whether all objects are ours, what each invariant finds, by name, and whether the ledger holds."""
    found = [_judge(visit, file, now) for file in invariants()]
    return [only_ours(visit), *found, chain(visit, outside=outside)]


def only_ours(visit: Visit) -> Invariant:
    """Whether the warehouse holds the tables, views and macros of this version and nothing else."""
    others = visit(lambda db: objects.foreign(db.connection))
    return Invariant("objects_are_ours", OURS, len(others), str(others[0]) if others else None)


def chain(
    visit: Visit, progress: Callable[[str, int, int], None] = lambda *_: None, outside: Sequence[Anchor] = ()
) -> Invariant:
    """Whether the ledger's chain is whole, and whether every run is still what its entry says.

    The first offence is the one that lies furthest back in the chain. `progress` is told what is being done,
    how much of it is, and of how much. `outside` is what others know of the ledger.
    """
    offences = proof.offences(visit, progress, outside)
    first = min(offences, default=(0, None), key=lambda one: one[0])[1]
    return Invariant("the_ledger_holds", LEDGER, len(offences), first)


def broken(found: list[Invariant]) -> Iterator[str]:
    """A sentence for each invariant that does not hold."""
    for one in found:
        if one.broken:
            yield f"{one.name}: {one.rule} Broken {one.broken} times, first by {one.first}."


@cache
def invariants() -> tuple[Path, ...]:
    """The files of all invariants, by name."""
    return tuple(sorted((QUERIES / "invariants").glob("*.sql")))


def _judge(visit: Visit, file: Path, now: datetime) -> Invariant:
    sql = file.read_text(encoding="utf-8")
    rule = sql.splitlines()[0].removeprefix("-- ")
    # Proof: `sql` is a file of this package's queries/invariants, and nothing of a warehouse is in it.
    count = f"with settings as (select $now::timestamp as now) select count(*), min(offence) from ({sql})"  # noqa: S608
    row = visit(lambda db: db.connection.execute(count, {"now": now}).fetchone())
    assert row is not None
    return Invariant(file.stem, rule, *row)


def _content(visit: Visit, schema: str, table: str) -> Content:
    # Proof: a quoted identifier ends at no letter of its name (tests/warehouse/test_objects.py).
    of = f"{identifier(schema)}.{identifier(table)}"
    read = f"select count(*), coalesce(bit_xor(hash(content)), 0) from {of} as content"  # noqa: S608
    row = visit(lambda db: db.connection.execute(read).fetchone())
    assert row is not None
    return Content(table, row[0], f"{row[1]:016x}")
