"""Migrations: applied once, whole or not at all, and never backwards."""

import pytest

from quant.errors import InputError
from tasks.alerts.grouping import standing
from tests.warehouse.deliveries import rows
from warehouse import alerts
from warehouse.database import migrate
from warehouse.database.connect import connect
from warehouse.database.database import Database

pytestmark = pytest.mark.file

APPLIED = "select version, name, applied_at from migrations order by version"
SHIPPED = sorted((migrate.HERE / "migrations").glob("*.sql"))


@pytest.fixture
def another(monkeypatch, tmp_path):
    """Add a migration, after those shipped."""

    def add(sql):
        script = tmp_path / f"{len(SHIPPED) + 1:04}_another.sql"
        script.write_text(sql)
        monkeypatch.setattr(migrate, "_migrations", lambda: (*SHIPPED, script))
        return len(SHIPPED) + 1

    return add


def test_each_is_applied_once_and_recorded(warehouse):
    first = rows(warehouse, APPLIED)
    assert [version for version, _, _ in first] == list(range(len(SHIPPED) + 1))  # 0: the views
    assert [name for _, name, _ in first[1:]] == [script.stem for script in SHIPPED]
    assert rows(warehouse, APPLIED) == first


def test_they_are_numbered_without_a_gap():
    assert [int(script.name[:4]) for script in SHIPPED] == list(range(1, len(SHIPPED) + 1))


def test_a_new_one_comes_on_top_and_keeps_what_is_there(warehouse, another):
    rows(warehouse, "insert into run_notices values ('kept', 'key')")
    version = another("alter table run_notices add column extra integer; create table added (x integer)")
    assert rows(warehouse, "select * from run_notices") == [("kept", "key", None)]
    assert rows(warehouse, "select * from added") == []
    assert rows(warehouse, APPLIED)[-1][:2] == (version, f"{version:04}_another")


def test_one_that_fails_leaves_nothing_of_itself(warehouse, another, monkeypatch):
    before = rows(warehouse, APPLIED)
    another("create table half (x integer); drop table bars; select 1 / nothing")
    with pytest.raises(Exception, match="nothing"):
        rows(warehouse, "select 1")
    monkeypatch.undo()
    assert rows(warehouse, APPLIED) == before
    assert rows(warehouse, "select count(*) from bars") == [(0,)]
    assert rows(warehouse, "select * from duckdb_tables() where table_name = 'half'") == []


def test_the_first_one_that_fails_leaves_no_warehouse(tmp_path, monkeypatch):
    script = tmp_path / "0001_bad.sql"
    script.write_text("create table bars (x integer); nonsense")
    monkeypatch.setattr(migrate, "_migrations", lambda: (script,))
    connection = connect(tmp_path / "w.duckdb")
    with pytest.raises(Exception, match="nonsense"):
        migrate.migrate(connection, tmp_path / "w.duckdb")
    assert connection.execute("from duckdb_tables()").fetchall() == []
    connection.close()


def test_a_newer_schema_is_refused_and_left_alone(warehouse, another, monkeypatch):
    version = another("create table of_the_future (x integer)")
    rows(warehouse, "select 1")
    monkeypatch.undo()
    before = warehouse.file.read_bytes()
    with pytest.raises(
        InputError, match=rf"newer Ballast \(schema {version}; .* {len(SHIPPED)}\).*--home"
    ) as caught:
        rows(warehouse, "select 1")
    assert caught.value.exit_code == 2
    assert warehouse.file.read_bytes() == before


def test_views_follow_their_text(warehouse, tmp_path, monkeypatch):
    view = tmp_path / "differs.sql"
    view.write_text("create or replace macro differs(a, b) as 'changed';")
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_views", lambda: (view,))
        migrate._views_digest.cache_clear()
        assert rows(warehouse, "select differs(1, 1)") == [("changed",)]
        changed = rows(warehouse, APPLIED)
        assert rows(warehouse, APPLIED) == changed  # once
    migrate._views_digest.cache_clear()
    assert rows(warehouse, "select differs(1, 1), differs(1, 2)") == [(False, True)]
    assert len(rows(warehouse, APPLIED)) == len(changed)


def test_what_was_told_of_alerts_before_it_was_kept_counts_as_told_as_it_stands(tmp_path, monkeypatch):
    file = tmp_path / "w.duckdb"
    with connect(file) as connection:
        monkeypatch.setattr(migrate, "_migrations", lambda: tuple(SHIPPED[:26]))
        migrate.migrate(connection, file)
        connection.execute(
            "insert into alert_states "
            "select f, 'range_shock', 'AAA', '2024-06-28', '', 'warning', s, true, '', "
            "null, null, null, [], '2024-06-28', null, null, o "
            "from (values ('a', 'firing', null), ('b', 'resolved', '2024-06-28 16:00:05.5')) as t(f, s, o)"
        )
        connection.execute(
            "insert into alert_portfolios values ('a', 'p', 'run', '2024-06-29', null, null), "
            "('a', 'q', 'run', null, 'silenced', null), ('b', 'p', 'run', '2024-06-29', null, null)"
        )
        monkeypatch.undo()
        migrate.migrate(connection, file)
        db = Database(connection)
        found = {(one.fingerprint, one.portfolio): one for one in alerts.portfolios(db, ["a", "b"])}
        stood = alerts.of(db, ["a", "b"])
    assert found["a", "p"].told_as == standing(stood["a"]) == "warning confirmed firing"
    assert found["b", "p"].told_as == standing(stood["b"]) == "resolved 2024-06-28T16:00:05Z"
    assert found["a", "p"].told_last == found["a", "p"].told_at
    assert (found["a", "q"].told_as, found["a", "q"].told_last) == (None, None)
