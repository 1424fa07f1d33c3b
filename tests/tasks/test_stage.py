import math
from datetime import date

import pyarrow as pa
import pytest

from tasks.ingest import staging
from tasks.sources import ACTIONS, ADJUSTED, BARS, Delivery
from tests.tasks.desk import sessions

DAYS = [date(2024, 6, day) for day in (3, 4, 5, 6, 7)]
LAST = DAYS[-1]


def delivery(closes, actions=()):
    """`closes`: (symbol, day, close), the close standing for the other prices too; `actions`: (day, kind,
    value) of AAA."""
    bars = [
        {"symbol": s, "session": day, "open": c, "high": c, "low": c, "close": c, "volume": 1.0}
        for s, day, c in closes
    ]
    told = [
        {"symbol": "AAA", "ex_date": day, "kind": kind, "value": value, "derived": False}
        for day, kind, value in actions
    ]
    return Delivery(
        pa.Table.from_pylist(bars, BARS),
        pa.Table.from_pylist(told, ACTIONS),
        ADJUSTED.empty_table(),
        (),
        "",
    )


def series(closes):
    return [("AAA", day, close) for day, close in zip(DAYS, closes, strict=False)]


def staged(closes, actions=(), known=()):
    """The reference close and sigma of each delivered row."""
    earlier = [{"symbol": "AAA", "session": day, "close": close} for day, close in known]
    known = pa.Table.from_pylist(earlier, staging.KNOWN)
    tables = staging.tables(delivery(closes, actions), {"AAA": "XNYS"}, {"XNYS": DAYS}, known)
    return tables["bars"]["reference_close"].to_pylist(), tables["bars"]["reference_sigma"].to_pylist()


def test_a_bar_is_compared_with_the_close_before_and_the_volatility_through_it():
    reference, sigma = staged(series([100.0, 102.0, 99.0, 100.0]))
    one, two = math.log(102 / 100), math.log(99 / 102)
    assert reference == pytest.approx([None, 100.0, 102.0, 99.0])
    assert sigma == pytest.approx([None, None, one, math.sqrt(0.94 * one**2 + 0.06 * two**2)])


def test_rows_of_the_same_symbol_and_session_are_counted_wherever_they_stand():
    rows = [("AAA", DAYS[0], 1.0), ("BBB", DAYS[0], 1.0), ("AAA", DAYS[1], 1.0), ("AAA", DAYS[0], 2.0)]
    calendars = {"XNYS": DAYS}
    tables = staging.tables(
        delivery(rows), {"AAA": "XNYS", "BBB": "XNYS"}, calendars, staging.KNOWN.empty_table()
    )
    bars = tables["bars"]
    assert bars["session"].to_pylist() == [DAYS[0]] * 3 + [DAYS[1]]
    assert dict(zip(bars["row_id"].to_pylist(), bars["copies"].to_pylist(), strict=True)) == {
        0: 2,
        1: 1,
        2: 1,
        3: 2,
    }


def test_over_a_split_the_reference_is_in_the_bars_own_shares():
    reference, sigma = staged(series([100.0, 100.0, 50.0, 50.0]), [(DAYS[2], "split", 2.0)])
    assert reference == pytest.approx([None, 100.0, 50.0, 50.0])
    assert sigma[1:] == pytest.approx([None, 0.0, 0.0])


def test_a_dividend_lowers_the_reference_of_its_ex_date():
    reference, _ = staged(series([100.0, 95.0, 95.0]), [(DAYS[1], "dividend", 5.0)])
    assert reference == pytest.approx([None, 95.0, 95.0])


def test_a_dividend_after_a_reverse_split_of_the_same_day_is_paid_on_the_new_shares():
    actions = [(DAYS[2], "split", 0.1), (DAYS[2], "dividend", 50.0)]
    reference, _ = staged(series([10.0, 10.0, 50.0]), actions)
    assert reference == pytest.approx([None, 10.0, 50.0])


def test_an_action_between_two_sessions_counts_on_the_next():
    closes = [("AAA", DAYS[0], 100.0), ("AAA", DAYS[2], 50.0)]
    assert staged(closes, [(DAYS[1], "split", 2.0)])[0] == pytest.approx([None, 50.0])


@pytest.mark.parametrize(
    "action",
    [
        (DAYS[2], "dividend", 150.0),
        (DAYS[2], "dividend", -1.0),
        (DAYS[2], "split", 0.0),
        (DAYS[2], "split", math.nan),
        (DAYS[2], "dividend", math.inf),
        (DAYS[2], "dividend", None),
        (date(2024, 6, 10), "split", 2.0),
    ],
)
def test_an_action_that_cannot_be_hides_no_reference(action):
    assert staged(series([100.0] * 4), [action])[0] == pytest.approx([None, 100.0, 100.0, 100.0])


def test_an_action_of_a_symbol_without_bars_is_staged_and_changes_nothing():
    other = delivery([("BBB", DAYS[0], 100.0), ("BBB", DAYS[1], 100.0)], [(DAYS[1], "split", 2.0)])
    tables = staging.tables(
        other, {"AAA": "XNYS", "BBB": "XNYS"}, {"XNYS": DAYS}, staging.KNOWN.empty_table()
    )
    assert tables["bars"]["reference_close"].to_pylist() == [None, 100.0]
    assert tables["actions"]["symbol"].to_pylist() == ["AAA"]


def test_before_a_short_delivery_stand_the_accepted_closes():
    known = [(DAYS[0], 100.0), (DAYS[1], 102.0)]
    reference, sigma = staged([("AAA", DAYS[2], 103.0)], known=known)
    assert reference == pytest.approx([102.0])
    assert sigma == pytest.approx([math.log(102 / 100)])


def test_a_split_on_the_first_delivered_day_reaches_back_to_the_accepted_closes():
    reference, _ = staged([("AAA", DAYS[1], 50.0)], [(DAYS[1], "split", 2.0)], known=[(DAYS[0], 100.0)])
    assert reference == pytest.approx([50.0])


@pytest.mark.parametrize("garbage", [0.0, -100.0, math.nan, None, math.inf, 10_000.0])
@pytest.mark.filterwarnings("error")
def test_a_close_that_is_no_price_does_not_condemn_the_next(garbage):
    reference, _ = staged(series([100.0, 101.0, garbage, 102.0, 101.0]))
    assert reference[1] == 100.0
    assert reference[3:] == pytest.approx([101.0, 102.0])


def test_rows_that_stand_twice_are_each_compared():
    closes = [*series([100.0, 101.0]), ("AAA", DAYS[1], 101.5)]
    assert staged(closes)[0] == pytest.approx([None, 100.0, 100.0])


def test_each_symbol_has_its_own_past():
    closes = [("AAA", DAYS[0], 100.0), ("BBB", DAYS[0], 20.0), ("BBB", DAYS[1], 21.0), ("AAA", DAYS[1], 99.0)]
    assert staged(closes)[0] == pytest.approx([None, None, 20.0, 100.0])


def test_coverage_tells_what_was_asked_and_what_came():
    asked, calendars = {"AAA": "XNYS", "GONE": "XLON"}, {"XNYS": DAYS, "XLON": DAYS[:-1]}
    bars = delivery(series([100.0, 101.0]))
    tables = staging.tables(bars, asked, calendars, staging.KNOWN.empty_table())
    came = {"calendar": "XNYS", "session": LAST, "last_session": DAYS[1], "rows": 2}
    not_due_on_a_holiday = {"calendar": "XLON", "session": DAYS[-2], "last_session": None, "rows": 0}
    assert tables["coverage"].to_pylist() == [
        {"row_id": 0, "symbol": "AAA"} | came,
        {"row_id": 1, "symbol": "GONE"} | not_due_on_a_holiday,
    ]
    assert tables["calendar"]["session"].to_pylist() == [*DAYS, *DAYS[:-1]]
    assert tables["calendar"]["calendar"].to_pylist() == ["XNYS"] * 5 + ["XLON"] * 4
    assert tables["bars"]["row_id"].to_pylist() == [0, 1]


def test_an_empty_delivery_stages_empty_tables():
    tables = staging.tables(delivery([]), {"AAA": "XNYS"}, {"XNYS": DAYS}, staging.KNOWN.empty_table())
    assert {name: len(table) for name, table in tables.items()} == {
        "bars": 0, "actions": 0, "adjusted": 0, "begins": 0, "coverage": 1, "calendar": 5, "repairs": 0,
        "differences": 0, "accepted": 0,
    }  # fmt: skip
    assert {"reference_close", "reference_sigma"} <= set(tables["bars"].column_names)


@pytest.mark.parametrize(("stored", "volume", "busy"), [(20, 1e6, 20), (19, 1e6, 19), (25, 9999.0, 0)])
def test_a_repeated_close_counts_the_busy_bars_before_it_stored_ones_too(stored, volume, busy):
    days, again = sessions(stored + 1), dict.fromkeys(("open", "high", "low", "close"), 10.0)
    rows = [{"symbol": symbol, "session": days[-1], **again, "volume": 0.0} for symbol in ("AAA", "BBB")]
    earlier = [{"symbol": "AAA", "session": day, "close": 10.0, "volume": volume} for day in days[:-1]]
    tables = staging.tables(
        Delivery(pa.Table.from_pylist(rows, BARS), ACTIONS.empty_table(), ADJUSTED.empty_table(), (), ""),
        {"AAA": "XNYS", "BBB": "XNYS"},
        {"XNYS": days},
        pa.Table.from_pylist(earlier, staging.KNOWN),
    )
    assert tables["bars"]["busy"].to_pylist() == [busy, 0]
