"""A delivery with wrong prices on its way into the staging file."""

from datetime import date, timedelta

import pyarrow as pa
import pytest

from tasks.ingest import staging
from tasks.sources import ACTIONS, ADJUSTED, BARS, Delivery

DAYS = [date(2024, 6, 3) + timedelta(days=number) for number in range(10)]
CLOSES = [100.0, 101.0, 100.0, 102.0, 101.0, 100.0, 101.0, 102.0, 101.0, 100.0]


def staged(closes, actions=(), known=(), *, repair):
    bars = [
        {
            "symbol": "AAA",
            "session": day,
            "open": close,
            "high": close,
            "low": close,
            "close": close,
            "volume": 7,
        }
        for day, close in zip(DAYS, closes, strict=True)
    ]
    told = [
        {"symbol": "AAA", "ex_date": DAYS[row], "kind": kind, "value": value, "derived": False}
        for row, kind, value in actions
    ]
    delivery = Delivery(
        pa.Table.from_pylist(bars, BARS), pa.Table.from_pylist(told, ACTIONS), ADJUSTED.empty_table(), (), ""
    )
    earlier = [{"symbol": "AAA", "session": day, "close": close} for day, close in known]
    known = pa.Table.from_pylist(earlier, staging.KNOWN)
    return staging.tables(delivery, {"AAA": "XNYS"}, {"XNYS": DAYS}, known, repair=repair)


def spoilt(*rows, factor=0.01):
    return [close * (factor if row in rows else 1) for row, close in enumerate(CLOSES)]


def test_without_repair_the_row_keeps_its_values_and_says_what_is_wrong_and_right():
    bars = staged(spoilt(4), repair=False)["bars"]
    assert bars["fault"].to_pylist() == [None] * 4 + ["unit_100x"] + [None] * 5
    assert bars["close"].to_pylist()[4] == bars["fault_value"].to_pylist()[4] == pytest.approx(1.01)
    assert '"close": 101.0' in bars["proposed"].to_pylist()[4]


def test_with_repair_the_row_is_right_and_the_original_recorded():
    tables = staged(spoilt(4), repair=True)
    assert tables["bars"]["close"].to_pylist() == pytest.approx(CLOSES)
    assert set(tables["bars"]["fault"].to_pylist()) == {None}
    records = tables["repairs"].to_pylist()
    assert [row["field"] for row in records] == ["open", "high", "low", "close"]
    assert records[3]["original"] == pytest.approx(1.01)
    assert records[3]["repaired"] == pytest.approx(101.0)
    assert (records[3]["session"], records[3]["kind"]) == (DAYS[4], "unit_100x")


@pytest.mark.parametrize("repair", [False, True])
def test_the_newest_row_is_never_repaired_and_two_that_agree_are_not_believed(repair):
    bars = staged(spoilt(8, 9), repair=repair)["bars"]
    assert bars["fault"].to_pylist() == [None] * 8 + ["unit_100x"] * 2
    assert bars["close"].to_pylist()[8:] == pytest.approx([1.01, 1.0])
    assert bars["reference_close"].to_pylist()[8:] == [None, None]


def test_what_was_accepted_before_tells_which_level_is_right():
    """Seven days in a new unit would be believed, had the old one not been accepted the day before."""
    bars = staged(spoilt(*range(3, 10)), known=[(DAYS[2], 100.0)], repair=False)["bars"]
    assert bars["fault"].to_pylist() == [None] * 3 + ["unit_100x"] * 7
    whole = staged(spoilt(*range(10)), known=[(DAYS[9], 100.0)], repair=False)["bars"]
    assert set(whole["fault"].to_pylist()) == {"unit_100x"}


def test_a_row_that_misses_a_split_is_repaired_in_its_own_shares():
    """As traded: 100 until the 2:1 split, then 50; the row before it was delivered in the new shares."""
    closes = [*CLOSES[:4], CLOSES[4] / 2, *(close / 2 for close in CLOSES[5:])]
    tables = staged(closes, [(5, "split", 2.0)], repair=True)
    assert tables["bars"]["close"].to_pylist()[:5] == pytest.approx(CLOSES[:5])
    assert tables["bars"]["volume"].to_pylist()[4] == pytest.approx(3.5)
    assert {row["kind"] for row in tables["repairs"].to_pylist()} == {"split_applied_twice"}


def test_a_wrong_dividend_is_marked_on_its_action():
    actions = staged(CLOSES, [(5, "dividend", 50.0)], repair=True)["actions"]
    assert actions["fault"].to_pylist() == ["dividend_100x"]
    assert actions["value"].to_pylist() == [50.0]
