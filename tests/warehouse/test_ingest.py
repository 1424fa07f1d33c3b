"""Merging deliveries: what is new, restated or unchanged; what was known when; what was refused."""

import json
from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest

from tests.warehouse.deliveries import DAY, NOW, SOURCE, action, bar, batch, closes, deliver, rows
from warehouse import ingest
from warehouse.tables.batches import KeptFailure, Rejected
from warehouse.tables.table import of_batches

BEFORE = date(2015, 8, 21)
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def counts(merged):
    return merged.rows_new, merged.rows_restated, merged.rows_quarantined


def current(warehouse):
    return rows(warehouse, "select close from bars where known_to is null order by symbol, session")


def test_new_then_unchanged_then_restated(warehouse):
    first = deliver(warehouse, [bar(100.0), bar(50.0, "AGG")], batch_id="a")
    second = deliver(warehouse, [bar(100.0), bar(50.0, "AGG")], batch_id="b", now=NOW + HOUR)
    third = deliver(
        warehouse, [bar(101.0), bar(50.0, "AGG"), bar(9.0, "GLD")], batch_id="c", now=NOW + 2 * HOUR
    )
    assert [counts(merged) for merged in (first, second, third)] == [(2, 0, 0), (0, 0, 0), (1, 1, 0)]
    versions = "select batch_id, close, known_to is null from bars order by known_from, symbol"
    assert rows(warehouse, versions) == [
        ("a", 50.0, True), ("a", 100.0, False), ("c", 9.0, True), ("c", 101.0, True),
    ]  # fmt: skip


def test_each_instant_has_its_own_truth(warehouse):
    a = deliver(warehouse, [bar(100.0)], batch_id="a").known_from
    b = deliver(warehouse, [bar(101.0)], batch_id="b", now=NOW + HOUR).known_from
    assert closes(warehouse, a - TICK) == []
    assert closes(warehouse, a) == [("SPY", DAY, 100.0)]
    assert closes(warehouse, b - TICK) == [("SPY", DAY, 100.0)]
    assert closes(warehouse, b) == [("SPY", DAY, 101.0)]


def test_two_versions_that_take_turns(warehouse):
    """A vendor that cannot make up its mind: each answer is known for its time."""
    told = [100.0, 101.0, 100.0, 101.0]
    instants = [
        deliver(warehouse, [bar(close)], batch_id=str(turn), now=NOW + turn * HOUR).known_from
        for turn, close in enumerate(told)
    ]
    assert [closes(warehouse, instant)[0][2] for instant in instants] == told
    assert current(warehouse) == [(101.0,)]


@pytest.mark.parametrize(
    ("old", "new", "restated"),
    [
        (100.0, 100.0001, False),  # 1e-6 relative, as a file with four decimals rounds
        (100.0, 100.000101, True),
        (100.0, 99.9998, True),
        (1e-4, 1.0000009e-4, False),
        (1e-4, 1.000002e-4, True),
    ],
)
def test_a_restatement_is_more_than_a_millionth(warehouse, old, new, restated):
    deliver(warehouse, [bar(old)], batch_id="a")
    assert counts(deliver(warehouse, [bar(new)], batch_id="b")) == (0, int(restated), 0)
    assert current(warehouse) == [(new if restated else old,)]


def test_small_steps_add_up_to_a_restatement(warehouse):
    deliver(warehouse, [bar(100.0)], batch_id="a")
    steps = [deliver(warehouse, [bar(100.0 + n * 0.00008)], batch_id=str(n)).rows_restated for n in (1, 2)]
    assert steps == [0, 1]


@pytest.mark.parametrize("field", ["open", "high", "low", "volume"])
@pytest.mark.parametrize(
    ("old", "new", "restated"),
    [(90.0, 91.0, 1), (None, 90.0, 1), (90.0, None, 1), (None, None, 0), (0.0, 0.0, 0), (0.0, 1.0, 1)],
)
def test_every_field_can_be_restated_also_from_and_to_nothing(warehouse, field, old, new, restated):
    deliver(warehouse, [bar(100.0, **{field: old})], batch_id="a")
    assert deliver(warehouse, [bar(100.0, **{field: new})], batch_id="b").rows_restated == restated
    assert rows(warehouse, f"select {field} from bars where known_to is null") == [(new,)]


def test_known_from_increases_even_when_the_clock_goes_back(warehouse):
    instants = [
        deliver(warehouse, [bar(100.0 + turn)], batch_id=str(turn), now=now).known_from
        for turn, now in enumerate([NOW, NOW - HOUR, NOW, NOW + HOUR, NOW - timedelta(days=3)])
    ]
    assert instants == [NOW, NOW + TICK, NOW + 2 * TICK, NOW + HOUR, NOW + HOUR + TICK]
    assert [closes(warehouse, instant)[0][2] for instant in instants] == [100.0, 101.0, 102.0, 103.0, 104.0]


def test_a_delivery_without_a_row_leaves_everything(warehouse):
    deliver(warehouse, [bar(100.0)], batch_id="a")
    assert counts(deliver(warehouse, [], batch_id="b")) == (0, 0, 0)
    assert current(warehouse) == [(100.0,)]


def test_sources_do_not_touch_each_other(warehouse):
    deliver(warehouse, [bar(100.0)], batch_id="a", source="yfinance")
    merged = deliver(warehouse, [bar(200.0)], batch_id="b", source="files:x.csv")
    assert counts(merged) == (1, 0, 0)
    assert closes(warehouse, merged.known_from, "yfinance") == [("SPY", DAY, 100.0)]
    assert closes(warehouse, merged.known_from, "files:x.csv") == [("SPY", DAY, 200.0)]


def test_a_rejected_row_is_quarantined_whole_and_never_known(warehouse):
    deliver(warehouse, [bar(100.0)], batch_id="a")
    merged = deliver(
        warehouse,
        [bar(900.0, open=890.0, high=905.0, low=None, volume=7.0), bar(50.0, "AGG")],
        batch_id="b",
        rejected=[("bars", 0, "move_bound", 8.0), ("bars", 0, "low_is_lowest", None)],
    )
    assert counts(merged) == (1, 0, 2)
    assert closes(warehouse, merged.known_from) == [("AGG", DAY, 50.0), ("SPY", DAY, 100.0)]
    with warehouse.open() as db:
        assert of_batches(db, "a", Rejected) == []
        found = of_batches(db, "b", Rejected)
    kept = Rejected(
        source=SOURCE, table_name="bars", symbol="SPY", session=DAY, rule="low_is_lowest",
        words="low_is_lowest in words", value=None, open=890.0, high=905.0, low=None, close=900.0,
        volume=7.0, kind=None, amount=None, derived=None, proposed=None,
    )  # fmt: skip
    assert found == [kept, replace(kept, rule="move_bound", words="move_bound in words", value=8.0)]


def test_of_a_row_that_stands_twice_only_the_accepted_one_is_known(warehouse):
    merged = deliver(warehouse, [bar(100.0), bar(101.0)], rejected=[("bars", 1, "unique", None)])
    assert counts(merged) == (1, 0, 1)
    assert current(warehouse) == [(100.0,)]


def test_a_symbol_that_is_sql_is_data(warehouse):
    nasty = "'; drop table bars; --\"%_\\"
    merged = deliver(warehouse, [bar(1.0, nasty)], actions=[action(0.1, symbol=nasty)])
    assert closes(warehouse, merged.known_from) == [(nasty, DAY, 1.0)]
    assert rows(warehouse, "select symbol from actions") == [(nasty,)]


def test_the_batch_is_kept_with_what_it_came_to(warehouse):
    errors = [{"symbol": "AGG", "kind": "not_understood", "error": "no JSON", "answer": "<html>'\"</html>"}]
    order = batch(
        "b", symbols=("SPY", "AGG"), start=BEFORE, rows_delivered=3, errors=(KeptFailure(**errors[0]),)
    )
    deliver(warehouse, [bar(100.0)], batch_id="a")
    with warehouse.open() as db:
        ingest.hold(db, order, "most symbols are missing")
        row = asdict(ingest.stored(db, "b"))
        merged = ingest.stored(db, "a")
    assert json.loads(row.pop("errors")) == errors
    assert row == {
        "batch_id": "b", "source": SOURCE, "symbols": ["SPY", "AGG"], "range_start": BEFORE, "range_end": DAY,
        "fetched_at": NOW, "digest": "d" * 64, "rows_delivered": 3, "rows_new": 0, "rows_restated": 0,
        "rows_quarantined": 0, "held": "most symbols are missing", "returns": "total", "illustration": None,
        "known_from": None, "interval": "1d",
    }  # fmt: skip
    assert (merged.rows_new, merged.held, merged.known_from) == (1, None, NOW)


def test_a_held_batch_does_not_move_what_is_known(warehouse):
    first = deliver(warehouse, [bar(100.0)], batch_id="a").known_from
    with warehouse.open() as db:
        held = ingest.hold(db, batch("b"), "empty")
        assert db.column("latest_known") == [first]
    assert held == ingest.Merged(None, 0, 0, 0, "empty")


def test_the_vendors_adjusted_closes_are_kept_latest_only(warehouse):
    def adjusted(first, second):
        return [{"symbol": "SPY", "session": BEFORE, "adj_close": first},
                {"symbol": "SPY", "session": DAY, "adj_close": second}]  # fmt: skip

    bars = [bar(100.0, session=BEFORE), bar(101.0)]
    deliver(warehouse, bars, batch_id="a", adjusted=adjusted(98.0, 99.0))
    merged = deliver(warehouse, bars, batch_id="b", adjusted=adjusted(97.0, 99.00001))
    assert counts(merged) == (0, 0, 0)  # never a restatement
    assert rows(warehouse, "select session, adj_close, batch_id from vendor_adjusted order by session") == [
        (BEFORE, 97.0, "b"), (DAY, 99.0, "a"),
    ]  # fmt: skip
