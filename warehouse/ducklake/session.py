"""Open DuckDB instances that reach a lake: a process keeps a few, since making one takes 0.2 s."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Lock

import duckdb

from quant.errors import InUseError, WarehouseError
from warehouse.database.connect import quiet, quoted
from warehouse.database.migrate import is_current
from warehouse.ducklake import extensions, schema
from warehouse.ducklake.place import Place

KEPT = 8
"""Open instances that a process keeps for later visits."""
_KEY = 0x62616C6C617374  # "ballast": PostgreSQL's advisory locks are numbers
_THERE = "select to_regclass('public.ducklake_metadata') is not null"
_STANDS = "select schema_version from ducklake_snapshot order by snapshot_id desc limit 1"
_MARKED = "select count(*) from ducklake_snapshot_changes where commit_extra_info = "
_HOLDER = f"""select application_name, to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')
from pg_locks join pg_stat_activity using (pid)
where locktype = 'advisory' and granted and (classid::bigint << 32) + objid::bigint = {_KEY}"""  # noqa: S608 - a number
_CATALOG = "__ducklake_metadata_warehouse"
"""What DuckLake calls its own connection to PostgreSQL."""


class Session:
    """An instance with PostgreSQL attached as `server` and the lake, when it is needed, as `warehouse`.

    It is for one visit at a time. Its queries reach the lake, its files, `reach` (files, or folders with a /
    at their end) and no more.
    """

    def __init__(self, place: Place, command: str, lock_timeout: float, reach: Sequence[str] = ()) -> None:
        self.place, self._command, self._lock_timeout = place, command, lock_timeout
        self._schema: int | None = None
        self._holds = self._attached = False
        self._connection = quiet(Path(":memory:"))
        try:
            self._limit(reach)
            self._load("postgres_scanner")
            server = quoted(place.connection(command, lock_timeout))
            self._connection.execute(f"attach {server} as server (type postgres)")
        except BaseException:
            self.close()
            raise

    def _load(self, extension: str) -> None:
        self._connection.execute(f"load {quoted(extensions.file(extension))}")

    def _limit(self, reach: Sequence[str]) -> None:
        """Say what may be reached: once access is off, DuckDB lets nobody widen it."""
        folders = [f"{self.place.data}/", *(one for one in reach if one.endswith("/"))]
        self._connection.execute("set allowed_directories = $1", [folders])
        self._connection.execute("set allowed_paths = $1", [[one for one in reach if not one.endswith("/")]])

    def _attach(self) -> None:
        """Attach the lake; in an empty database one is begun."""
        for extension in ("ducklake", *(["httpfs"] if self.place.is_remote() else [])):
            self._load(extension)
        # A commit that another one came before is not repeated by itself: what it has read is old.
        self._connection.execute("set ducklake_max_retry_count = 0")
        # Two that begin a lake at once would both make its catalog; nobody waits for one that is there.
        with nullcontext() if self.is_there() else self.locked():
            self._prepare()
            self._connection.execute(self.place.attach(self._command, self._lock_timeout))
        self._connection.execute("set python_enable_replacements = false; set enable_external_access = false")
        self._attached = True

    def _prepare(self) -> None:
        """Make the folder of a new lake; one with the files of a lake whose catalog is gone is none.

        Raises:
            WarehouseError: such files are there, or the folder cannot be made.
        """
        folder = self.place.files()
        if folder is None or self.is_there():
            return
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise WarehouseError(
                f"{folder} cannot be made ({error.strerror}): let whoever runs Ballast write there, or set "
                "BALLAST_WAREHOUSE_DATA right."
            ) from None
        if next(folder.rglob("*.parquet"), None) is not None:
            raise WarehouseError(
                f"{folder} holds the files of a DuckLake, but {self.place.server} has no catalog of one: "
                "bring that back with pg_restore, or move the folder away and run `ballast restore`."
            )

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the lake."""
        if not self._attached:
            self._attach()
        found = self._connection.cursor()
        found.execute("use warehouse")
        return found

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock on commits: PostgreSQL's, on a connection of its own, until the block ends.

        Raises:
            InUseError: it is held too long; whoever holds it is named.
            duckdb.Error: PostgreSQL cannot be reached.
        """
        if self._holds:
            yield
            return
        holder = self._connection.cursor()
        try:
            holder.execute("begin transaction")
            self._take(holder)
            self._holds = True
            yield
        finally:
            self._holds = False
            with suppress(duckdb.Error):  # a broken connection holds nothing
                holder.execute("rollback")
            holder.close()

    def _take(self, holder: duckdb.DuckDBPyConnection) -> None:
        try:
            holder.execute(f"call postgres_execute('server', 'select pg_advisory_xact_lock({_KEY})')")
        except duckdb.Error as error:
            if "due to lock timeout" not in str(error):
                raise
            who = f"{self.place} is in use by {self.holder()}; waited {self._lock_timeout:g} s."
            raise InUseError(who) from None

    @contextmanager
    def beside(self, file: Path | None, name: str, *, read_only: bool = True) -> Iterator[None]:
        """A DuckDB file that is reached, attached under a name until the block ends; None is no file."""
        if file is None:
            yield
            return
        how = "(read_only)" if read_only else ""
        self._connection.execute(f"attach {quoted(file.resolve())} as {name} {how}")
        try:
            yield
        finally:
            with suppress(duckdb.Error):  # as after a fatal error
                self._connection.execute(f"detach {name}")

    @contextmanager
    def begun(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A transaction on the newest snapshot, in this version's schema; undone unless committed."""
        cursor = self.cursor()
        try:
            self._begin(cursor, read_only)
            yield cursor
        finally:
            with suppress(duckdb.Error):  # it is committed, or the connection is broken
                cursor.execute("rollback")
            cursor.close()

    def _begin(self, cursor: duckdb.DuckDBPyConnection, read_only: bool) -> None:
        begin = f"begin transaction {'read only' if read_only else ''}"
        cursor.execute(begin)
        stands = self._stands(cursor)
        if stands == self._schema:
            return
        if not is_current(cursor):
            cursor.execute("rollback")
            with self.locked():
                schema.migrate(cursor, str(self.place))
            cursor.execute(begin)
            stands = self._stands(cursor)
        self._schema = stands

    def _stands(self, cursor: duckdb.DuckDBPyConnection) -> int:
        """The schema's number, which begins the transaction at the newest snapshot."""
        found = cursor.execute(f"from postgres_query('{_CATALOG}', {quoted(_STANDS)})").fetchone()
        assert found is not None
        return int(found[0])

    def is_there(self) -> bool:
        """Whether the database holds a lake's catalog."""
        return self.ask(_THERE) == (True,)

    def commit(self, cursor: duckdb.DuckDBPyConnection, mark: str) -> None:
        """Commit a transaction; its snapshot says who did it and carries the mark."""
        cursor.execute(
            "call warehouse.set_commit_message('ballast', $1, extra_info => $2)", [self._command, mark]
        )
        cursor.execute("commit")

    def came(self, mark: str) -> bool:
        """Whether the commit with this mark came."""
        return self.ask(f"{_MARKED}'{mark}'") != (0,)

    def ask(self, sql: str) -> tuple[object, ...] | None:
        """The first row of a query of PostgreSQL, outside of any transaction."""
        cursor = self._connection.cursor()
        try:
            found: tuple[object, ...] | None = cursor.execute(
                f"from postgres_query('server', {quoted(sql)})"
            ).fetchone()
        finally:
            cursor.close()
        return found

    def holder(self) -> str:
        """Who holds the lock, for a sentence."""
        found = self.ask(_HOLDER)
        return f"{found[0]} (since {found[1]} UTC)" if found and found[0] else "another process"

    def close(self) -> None:
        """Close the instance and its connections."""
        with suppress(duckdb.Error):
            self._connection.close()


_Key = tuple[int, Place, str, float, tuple[str, ...]]
_idle: dict[_Key, list[Session]] = {}
_guard = Lock()


@contextmanager
def session(place: Place, command: str, lock_timeout: float, reach: Sequence[str] = ()) -> Iterator[Session]:
    """An instance for one visit, kept for the next one unless DuckDB has failed in it."""
    key = (os.getpid(), place, command, lock_timeout, tuple(reach))
    with _guard:
        kept = _idle.get(key)
        found = kept.pop() if kept else None
    found = found or Session(place, command, lock_timeout, reach)
    try:
        yield found
    except duckdb.Error:
        found.close()
        raise
    except BaseException:
        _keep(key, found)
        raise
    _keep(key, found)


def _keep(key: _Key, one: Session) -> None:
    with _guard:
        kept = _idle.setdefault(key, [])
        if len(kept) < KEPT:
            kept.append(one)
            return
    one.close()


def close_all() -> None:
    """Close the instances that are kept, as when a database is to be removed."""
    with _guard:
        found = [one for kept in _idle.values() for one in kept]
        _idle.clear()
    for one in found:
        one.close()
