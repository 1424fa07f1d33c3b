"""Who knows the ledger's end outside its file: each alone misses what was cut. Messages are covered."""

from datetime import timedelta

import pytest
from typer import Exit

from flows.commands import warehouse
from tasks.outbox.notify import notify
from tasks.record import ledger
from tests.tasks.importing import decide, entries, take
from tests.tasks.test_supersession import begun, ended
from warehouse.duckdb_file import backup, restore
from warehouse.record import anchors, verify

FILL = "RUN,AAA,SELL,105,99.8,,,x1"
UNKNOWN = "0123456789abcdef" * 4


def approved(day):
    decide(day, "approved", "AAA")


def backed_up(day):
    approved(day)
    backup.take(day[0].context().warehouse, day[0].now, 7, 4)


def previewed(day):
    approved(day)
    newer = begun(day)
    notify(newer[0].context(), newer[1])
    ended(newer)


def booked(day):
    take(day, FILL)


def cut(day, after=1):
    """Take away what came after an entry, with runs, messages and published copy, and tell the head so."""
    end = entries(day)[after - 1]
    sql = day[0].sql
    sql("delete from notices")
    sql("delete from run_notices")
    sql("delete from runs where run_id not in (select subject from ledger where seq <= ?)", after)
    sql("delete from ledger where seq > ?", after)
    sql("update ledger_head set seq = ?, hash = ?", after, end.hash)
    (day[0].home / "published" / "warehouse.duckdb").unlink(missing_ok=True)


def offences(day, *told):
    """How much the proof finds, and what it finds first."""
    found = ledger.verify(day[0].context(), told)[2]
    return found.broken, found.first


@pytest.mark.parametrize(
    ("happened", "knows"),
    [
        (backed_up, "backups/warehouse-20240628T233000Z.duckdb"),
        (previewed, "the message "),
        (booked, "holdings.booked"),
    ],
)
def test_a_tail_that_was_cut_with_the_head_is_missed_by_the_only_one_who_knows(day, happened, knows):
    happened(day)
    lost = entries(day)[1].hash
    assert offences(day) == (0, None)
    cut(day)
    broken, first = offences(day)
    assert broken == 1
    assert first.startswith(f"the entry {lost}, which {knows}")
    assert first.endswith(" knows and the ledger has not")


def test_the_next_copy_for_readers_is_not_written_over_one_that_knows_more(day):
    approved(day)
    lost, copy = entries(day)[1].hash, day[0].home / "published" / "warehouse.duckdb"
    known = copy.read_bytes()
    cut(day)
    copy.write_bytes(known)
    decide(day, "approved", "BBB")
    kept = f"warehouse-{lost[:12]}.duckdb"
    assert {file.name for file in copy.parent.iterdir()} == {copy.name, kept}
    assert offences(day) == (
        1,
        f"the entry {lost}, which published/{kept} knows and the ledger has not",
    )
    with pytest.raises(Exit) as left:
        warehouse.verify(day[0].home)
    assert left.value.exit_code == 1


def test_a_restore_explains_what_the_copy_for_readers_knows(day):
    desk, _ = day
    backup.take(desk.context().warehouse, desk.now, 7, 4)
    approved(day)
    restore.restore(desk.context().warehouse, desk.now + timedelta(hours=1))
    decide(day, "approved", "BBB")
    assert [file.name for file in (desk.home / "published").iterdir()] == ["warehouse.duckdb"]


def test_what_the_holdings_have_is_what_was_entered(day):
    booked(day)
    file = day[0].home / "holdings.booked"
    file.write_text(file.read_text().replace("99.8", "99.9"))
    assert offences(day) == (1, f"entry 2 (fill {day[1]}), which differs in holdings.booked")


def test_a_message_that_stayed_in_the_warehouse_misses_what_was_cut(day):
    approved(day)
    newer = begun(day)
    notify(newer[0].context(), newer[1])
    lost = entries(day)[1].hash
    messages = [day[0].sql(f"from {table}") for table in ("notices", "run_notices")]
    for preview in newer[0].home.glob("previews/*.json"):
        preview.unlink()
    cut(day)
    for table, rows in zip(("notices", "run_notices"), messages, strict=True):
        for row in rows:
            day[0].sql(f"insert into {table} values ({', '.join('?' * len(row))})", *row)
    broken, first = offences(day)
    assert (broken, first.startswith(f"the entry {lost}, which the message ")) == (1, True)


def test_what_nobody_outside_knows_is_not_missed(day):
    approved(day)
    cut(day)
    assert offences(day) == (0, None)


def test_a_hash_that_a_message_told_must_be_an_entrys(day):
    approved(day)
    told = [one.hash for one in entries(day)]
    assert offences(day, *told) == (0, None)
    assert offences(day, told[0], UNKNOWN) == (
        1,
        f"the entry {UNKNOWN}, which the message with this hash knows and the ledger has not",
    )
    cut(day)
    assert told[1] in offences(day, *told)[1]


def after(day, statement):
    """What the proof finds once something was done to the warehouse, which is undone after it."""
    with day[0].visit() as db:
        db.connection.execute(statement)
        found = verify.chain(db.visit)
        db.connection.execute("rollback")
        db.connection.execute("begin transaction")
    return found


@pytest.mark.long
def test_a_message_that_arrived_before_its_run_ended_is_never_changed_or_deleted(day):
    newer = begun(day)
    notify(newer[0].context(), newer[1])
    ended(newer)
    for statement in (
        "update notices set payload = replace(payload, 'AAA', 'ZZZ')",
        "update notices set state = 'sent'",
        "update notices set state = 'pending'",
        "update notices set channel = 'slack:#elsewhere'",
        "update notices set session = session - 1",
        "delete from notices",
        "delete from run_notices",
    ):
        found = after(day, statement)
        assert found.broken == 1, statement
        assert f"(run {newer[1]}): its message " in found.first, statement
    assert after(day, "update notices set attempts = attempts + 1").broken == 0
    assert offences(day) == (0, None)


def test_a_copy_that_cannot_be_read_knows_nothing(tmp_path):
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "torn.duckdb").write_bytes(b"half a file")
    assert anchors.outside(tmp_path) == []
