"""Keeping a lake quick: small files merged, old snapshots expired, and what nothing needs removed.

A replay does not need old snapshots: what was known at an instant is told by `known_from` and `known_to`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import duckdb

from warehouse.ducklake import refusals

if TYPE_CHECKING:
    from warehouse.ducklake.backend import DuckLake

DEAD = 0.1
"""The part of a file's rows that is no longer so, from which on it is written anew without them."""
KEPT = timedelta(days=7)
"""For how long an old snapshot can still be looked at."""
LEFT = timedelta(days=1)
"""How old a file must be that no snapshot has: a commit that is under way has written some."""


def tidy(lake: DuckLake, now: datetime) -> str:
    """Write rows that lie in the catalog into files, merge small files, expire snapshots; what was done.

    Raises:
        WarehouseError: PostgreSQL or the files cannot be reached; what was done so far stays.
    """
    with refusals.explained(lake.place), lake.session() as one, one.locked():
        cursor = one.cursor()
        try:
            written = _count(cursor, "ducklake_flush_inlined_data('warehouse')")
            merged = _count(cursor, f"ducklake_rewrite_data_files('warehouse', delete_threshold => {DEAD})")
            merged += _count(cursor, "ducklake_merge_adjacent_files('warehouse')")
            expired = _count(cursor, "ducklake_expire_snapshots('warehouse', older_than => $1)", now - KEPT)
            gone = _count(cursor, "ducklake_cleanup_old_files('warehouse', older_than => $1)", now - LEFT)
            gone += _count(
                cursor, "ducklake_delete_orphaned_files('warehouse', older_than => $1)", now - LEFT
            )
        finally:
            cursor.close()
    said = f"{written} tables written out, {merged} merged, {expired} snapshots expired"
    return f"{said}, {gone} files removed"


def _count(cursor: duckdb.DuckDBPyConnection, call: str, *values: object) -> int:
    # Fetched to the end: until then nothing is committed.
    [(number,)] = cursor.execute(f"select count(*) from {call}", values).fetchall()  # noqa: S608 - this module's
    return int(number)
