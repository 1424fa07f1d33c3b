"""Each invariant is broken by hand, and exactly that one is named."""

import re
import shutil
from datetime import UTC, date, datetime

import pytest

from tests.standins.lakes import filled_in
from tests.warehouse.conftest import LAKE
from tests.warehouse.deliveries import DAY, NOW, action, bar, deliver, rows
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.log import fold
from warehouse.record import verify
from warehouse.record.verify import invariants

LATER = datetime(2015, 8, 25, 22, 30, tzinfo=UTC)
RUN = """insert into runs by name select '{id}' as run_id, 'daily' as flow, 'core' as portfolio,
    date '2015-08-24' as session, 's' as source, false as historical, {batch} as batch_id,
    {known} as known_at,
    timestamp '2015-08-24' as started_at, timestamp '2015-08-24' as heartbeat, {end} as finished_at,
    'o' as owner, '{status}' as status, '{{}}' as config, '{{}}' as settings, '{{}}' as versions"""
NOTICE = """insert into notices by name select '{key}' as key, 'r' as run_id, 'c' as channel,
    'core' as portfolio, date '2015-08-24' as session, 'digest' as kind, '{{}}' as payload,
    '{state}' as state, {owner} as owner,
    0 as attempts, timestamp '2015-08-24' as created_at, timestamp '2015-08-24' as updated_at"""
FINDING = "insert into signals by name select '{id}' as run_id, 0 as ordinal, 'SPY' as symbol, 'x' as signal"

FIT = """insert into fits by name select 'SPY' as symbol, 1 as asymmetry, 'a1' as returns, 'v' as made_with,
    300 as observations, false as converged, '{}' as estimates, timestamp '2015-08-24' as made_at"""


def run(run_id="r", batch="null", known="null", end="null", status="running"):
    return RUN.format(id=run_id, batch=batch, known=known, end=end, status=status)


def notice(state, owner="null", key="k"):
    return NOTICE.format(key=key, state=state, owner=owner)


MINUTES = """insert into batches
        select * replace (batch_id || '-m' as batch_id, '1m' as interval) from batches;
    insert into minutes by name
        select * replace (batch_id || '-m' as batch_id), session + time '13:30' as instant from bars;
    insert into rejected_minutes by name
        select batch_id || '-m' as batch_id, source, symbol, session, rule, words from quarantine;"""

# The warehouse holds SPY on 24 August at 100, restated to 101 by the batch "two", its dividend of 1, and QQQ;
# and of each bar a minute with its values.
BREAKS = [
    (
        "one_current_version",
        (
            "insert into bars select * from bars where symbol = 'QQQ';"
            "update batches set rows_new = 3 where batch_id = 'one'"
        ),
        "2 current.*bar of QQQ",
    ),
    ("one_current_version", "insert into actions select * from actions", "2 current.*dividend of SPY"),
    (
        "one_current_version",
        "insert into vendor_adjusted select * from vendor_adjusted",
        "2 adjusted closes of SPY",
    ),
    (
        "validity_begins_before_it_ends",
        "update bars set known_to = known_from where symbol = 'QQQ'",
        "bar of QQQ on 2015-08-24",
    ),
    (
        "validity_begins_before_it_ends",
        "update actions set known_to = known_from",
        "dividend of SPY",
    ),
    (
        "validities_do_not_overlap",
        (
            "update bars set known_from = timestamp '2015-08-24 22:30:00', batch_id = 'one' "
            "where close = 101;"
            "update batches set rows_new = 3, rows_restated = 0 where batch_id = 'one';"
            "update batches set rows_restated = 0 where batch_id = 'two'"
        ),
        "bar of SPY on 2015-08-24.*still holds",
    ),
    (
        "validities_do_not_overlap",
        "insert into actions select * replace (timestamp '2015-08-25 22:30:00' as known_to) from actions",
        "dividend of SPY.*still holds",
    ),
    (
        "nothing_is_known_from_the_future",
        "update bars set known_from = timestamp '2035-01-01' where symbol = 'QQQ'",
        "bar of QQQ on 2015-08-24 from files:prices.parquet is known from 2035-01-01",
    ),
    ("rows_belong_to_a_batch", "update actions set batch_id = 'gone'", "gone, which does not exist"),
    (
        "rows_belong_to_a_batch",
        "update actions set batch_id = 'two'",
        "two, which became known at .* after",
    ),
    (
        "versions_end_with_a_batch",
        "update bars set known_to = timestamp '2015-08-25 22:00:00' where known_to is not null",
        "bar of SPY.*ends at 2015-08-25 22:00:00",
    ),
    (
        "versions_end_with_a_batch",
        "update actions set known_to = timestamp '2015-08-25 22:00:00'",
        "dividend of SPY.*ends at 2015-08-25 22:00:00",
    ),
    (
        "batches_are_whole",
        "delete from bars where symbol = 'QQQ'",
        "one says 2 bars and 1 quarantined .* 1 and 1",
    ),
    (
        "batches_are_whole",
        "delete from quarantine",
        "one says 2 bars and 1 quarantined rows, and has 2 and 0",
    ),
    (
        "batches_follow_each_other",
        (
            "insert into batches select * replace ('three' as batch_id, 'e' as digest, 0 as rows_new, "
            "0 as rows_quarantined) from batches where batch_id = 'one'"
        ),
        "told 2 deliveries at 2015-08-24 22:30:00, the batch one",
    ),
    ("prices_are_positive", "update bars set close = 'nan' where symbol = 'QQQ'", "QQQ.* has the close nan"),
    ("prices_are_positive", "update bars set close = 0 where symbol = 'QQQ'", "QQQ.* has the close 0"),
    (
        "actions_reconcile",
        "update actions set kind = 'split', value = -4",
        "split of SPY on 2015-08-25.* is -4",
    ),
    (
        "actions_reconcile",
        "update actions set value = 101.5",
        "is 101.5, and the close before it 101.0",
    ),
    (
        "actions_reconcile",
        (
            "update actions set value = 26;"
            "insert into actions select * replace ('split' as kind, 4 as value) from actions"
        ),
        "is 26.0, and the close before it 25.25",
    ),
    (
        "quarantine_belongs_to_a_batch",
        "insert into quarantine (batch_id, source, table_name, rule) values ('gone', 's', 'bars', 'low')",
        r"no symbol \(low\) names the batch gone",
    ),
    (
        "quarantine_belongs_to_a_batch",
        "update vendor_adjusted set batch_id = 'gone'",
        "adjusted close of SPY on 2015-08-24 names the batch gone",
    ),
    (
        "fits_are_stored_once",
        f"{FIT}; {FIT}",
        "2 fits of SPY with asymmetry 1 of the returns a1",
    ),
    ("runs_know_a_batch", run(batch="'gone'"), "the run r names the batch gone"),
    ("runs_know_a_batch", run(known="timestamp '2015-08-24 20:00:00'"), "the run r knew .* 20:00:00"),
    ("runs_have_a_status", run(status="lost"), "the run r is lost, finished never"),
    ("runs_have_a_status", run(status="failed"), "the run r is failed, finished never"),
    ("runs_have_a_status", run(end="timestamp '2015-08-24'"), "the run r is running, finished 2015"),
    ("findings_belong_to_a_run", FINDING.format(id="gone"), "row 0 of signals names the run gone"),
    (
        "findings_belong_to_a_run",
        ";".join([run(), *[FINDING.format(id="r")] * 2]),
        "row 0 of signals stands 2 times in the run r",
    ),
    ("notices_have_a_state", notice("lost"), "the notice k to c is lost"),
    ("notices_have_a_state", notice("sending"), "sending, owner none, lease until never"),
    ("notices_have_a_state", notice("sent", "'o'"), "sent, owner o"),
    (
        "notices_have_a_state",
        f"{run()}; insert into run_notices values ('r', 'gone')",
        "names the notice gone",
    ),
    (
        "notices_have_a_state",
        f"{notice('sent')}; insert into run_notices values ('gone', 'k')",
        "wanted by the run gone",
    ),
    (
        "one_current_version",
        (
            "insert into minutes select * from minutes where symbol = 'QQQ';"
            "update batches set rows_new = 3 where batch_id = 'one-m'"
        ),
        "2 current versions of the minute 2015-08-24 13:30:00 of QQQ",
    ),
    (
        "validity_begins_before_it_ends",
        "update minutes set known_to = known_from where symbol = 'QQQ'",
        "QQQ",
    ),
    (
        "validities_do_not_overlap",
        (
            "update minutes set known_from = timestamp '2015-08-24 22:30:00', batch_id = 'one-m' "
            "where close = 101;"
            "update batches set rows_new = 3 where batch_id = 'one-m';"
            "update batches set rows_restated = 0 where batch_id = 'two-m'"
        ),
        "minute 2015-08-24 13:30:00 of SPY.*still holds",
    ),
    (
        "nothing_is_known_from_the_future",
        "update minutes set known_from = timestamp '2035-01-01' where symbol = 'QQQ'",
        "minute 2015-08-24 13:30:00 of QQQ from files:prices.parquet is known from 2035-01-01",
    ),
    (
        "versions_end_with_a_batch",
        "update minutes set known_to = known_to - interval 1 second",
        "minute.*SPY.*ends",
    ),
    ("batches_are_whole", "delete from minutes where symbol = 'QQQ'", "one-m says 2 bars .* has 1 and 1"),
    ("batches_are_whole", "delete from rejected_minutes", "one-m says 2 bars and 1 .*, and has 2 and 0"),
    ("prices_are_positive", "update minutes set close = 0 where symbol = 'QQQ'", "13:30:00 of QQQ.* close 0"),
    (
        "rows_belong_to_a_batch",
        (
            "insert into minutes select * replace ('gone' as batch_id, 'IWM' as symbol) from minutes "
            "where symbol = 'QQQ'"
        ),
        "minute 2015-08-24 13:30:00 of IWM .* gone, which does not exist",
    ),
    (
        "quarantine_belongs_to_a_batch",
        "insert into rejected_minutes select * replace ('gone' as batch_id) from rejected_minutes",
        "rejected minute of IWM .* gone, which does not exist",
    ),
]


@pytest.fixture
def filled(request, warehouse):
    if LAKE:
        return request.getfixturevalue("lakes")(warehouse.home, request.getfixturevalue("filled_lake"))
    shutil.copyfile(request.getfixturevalue("filled_file"), warehouse.file)
    return warehouse


@pytest.fixture(scope="session")
def filled_lake(postgres, empty_lake, tmp_path_factory):
    """Filling one takes longer than copying it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPASSWORD", postgres.password)
        yield from filled_in(postgres, empty_lake, tmp_path_factory.mktemp("filled"), fill)


@pytest.fixture(scope="session")
def filled_file(empty_warehouse, tmp_path_factory):
    """Filling one takes longer than copying it."""
    warehouse = DuckDBFile(tmp_path_factory.mktemp("filled"))
    shutil.copyfile(empty_warehouse, warehouse.file)
    fill(warehouse)
    fold(warehouse.file)
    return warehouse.file


def fill(warehouse):
    deliver(
        warehouse,
        [bar(100.0), bar(50.0, "QQQ"), bar(-1.0, "IWM")],
        batch_id="one",
        actions=[action(1.0, ex_date=DAY.replace(day=25))],
        adjusted=[{"symbol": "SPY", "session": DAY, "adj_close": 99.0}],
        rejected=[("bars", 2, "positive_close", -1.0)],
    )
    deliver(warehouse, [bar(101.0)], batch_id="two", now=LATER)
    rows(warehouse, MINUTES)


def offences(warehouse):
    with warehouse.open() as db:
        found = verify.judge(db.visit, LATER)
    return {one.name: one for one in found if one.broken}


def test_a_sound_warehouse_breaks_none_and_says_what_was_read(filled):
    tables, found = verify.verify(filled.read, LATER)
    assert [one for one in found if one.broken or one.first] == []
    assert [one.name for one in found] == [
        "objects_are_ours",
        *(file.stem for file in invariants()),
        "the_ledger_holds",
    ]
    assert {table.table: table.rows for table in tables if table.rows} == {
        "actions": 1, "bars": 3, "batches": 4, "migrations": len(rows(filled, "from migrations")),
        "minutes": 3, "quarantine": 1, "rejected_minutes": 1, "vendor_adjusted": 1,
    }  # fmt: skip


def test_what_a_run_leaves_breaks_none(filled):
    sound = [
        run(
            batch="'two'",
            known="timestamp '2015-08-25 22:30:00'",
            end="timestamp '2015-08-25'",
            status="held",
        ),
        run(run_id="now"),
        FINDING.format(id="r"),
        *(
            notice(state, key=state)
            for state in ("pending", "sent", "preview", "failed", "refused", "unknown")
        ),
        "insert into run_notices values ('r', 'sent')",
    ]
    rows(filled, ";".join(sound))
    assert offences(filled) == {}


@pytest.mark.parametrize(("name", "sql", "words"), BREAKS, ids=lambda value: value[:34].replace(" ", "-"))
def test_what_is_broken_is_named_alone_with_its_first_row(filled, name, sql, words):
    rows(filled, sql)
    found = offences(filled)
    assert list(found) == [name]
    assert re.search(words, found[name].first)
    (sentence,) = verify.broken(list(found.values()))
    assert sentence.startswith(f"{name}: {found[name].rule} Broken {found[name].broken} times, first by ")


def test_each_invariant_is_broken_above():
    assert {name for name, *_ in BREAKS} == {file.stem for file in invariants()}


def test_each_says_in_a_sentence_what_must_hold():
    for file in invariants():
        first = file.read_text().splitlines()[0]
        assert first.startswith("-- ")
        assert first.endswith(".")


def test_doubles_are_seen_on_days_that_are_counted_together(filled):
    days = [date(1933, 1, 2), date(1933, 1, 3), date(1970, 1, 1), date(2069, 12, 31), date(2070, 1, 2)]
    deliver(filled, [bar(100.0, "OLD", day) for day in days], batch_id="three", now=LATER)
    assert offences(filled) == {}
    for day in days:
        double = f"insert into bars select * from bars where symbol = 'OLD' and session = '{day}'"
        rows(filled, f"{double}; update batches set rows_new = rows_new + 1 where batch_id = 'three'")
        (found,) = offences(filled).values()
        assert (found.name, found.broken) == ("one_current_version", days.index(day) + 1)


def test_the_clock_may_have_been_set_back_by_hours(filled):
    assert [one.name for one in verify.judge(filled.read, NOW) if one.broken] == []


def test_the_digest_of_a_table_sees_every_column_and_no_order(filled):
    before = verify.contents(filled.read)
    rows(filled, "create table shuffled as from bars order by close desc; delete from bars; "
                 "insert into bars from shuffled; drop table shuffled;"
                 "update minutes set volume = volume + 1 where symbol = 'QQQ'")  # fmt: skip
    changed = [new.table for old, new in zip(before, verify.contents(filled.read), strict=True) if old != new]
    assert changed == ["minutes"]
