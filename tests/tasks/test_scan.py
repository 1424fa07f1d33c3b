"""What the fault rules find in a delivery: a split told the wrong way round is itself the fault."""

from datetime import date

import pyarrow as pa
import pytest

from tasks.ingest import staging
from tasks.ingest.faults import scan
from tasks.sources import ACTIONS, ADJUSTED, BARS, Delivery

DAYS = [date(2025, 5, day) for day in (5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 19, 20, 21)]
EX = 9
LEVEL = [100.0, 101.0, 100.0, 102.0, 101.0, 100.0, 101.0, 102.0, 101.0, 100.0, 101.0, 100.0, 101.0]


def delivery(ratio, told, rows=None):
    """As traded: on the ex-date one share becomes `ratio`, and the split is told as `told`."""
    prices = [close * (ratio if row < EX else 1.0) for row, close in enumerate(LEVEL[:rows])]
    bars = [
        {"symbol": "AAA", "session": day} | dict.fromkeys(BARS.names[2:], close)
        for day, close in zip(DAYS, prices, strict=False)
    ]
    split = {"symbol": "AAA", "ex_date": DAYS[EX], "kind": "split", "value": told, "derived": False}
    paid = split | {"kind": "dividend", "value": 0.5}
    actions = pa.Table.from_pylist([paid, split], ACTIONS)
    return Delivery(pa.Table.from_pylist(bars, BARS), actions, ADJUSTED.empty_table(), (), "")


@pytest.mark.parametrize("rows", [EX + 1, len(DAYS)])
@pytest.mark.parametrize("ratio", [4.0, 10.0, 1.5, 0.1, 1 / 30])
def test_a_split_that_is_told_the_wrong_way_round_is_the_one_thing_that_is_wrong(ratio, rows):
    """Of 10:1 told as 0.1 the others would say that all earlier prices are a hundredfold."""
    [found] = scan(delivery(ratio, 1 / ratio, rows), staging.KNOWN.empty_table())
    assert (found.kind, found.table, found.rows, found.session) == (
        "split_inverse",
        "actions",
        (1,),
        DAYS[EX],
    )
    assert (found.value, found.proposed) == (1 / ratio, None)


@pytest.mark.parametrize("ratio", [4.0, 10.0, 1.5, 0.1, 1 / 30, 1.01])
def test_a_split_that_is_told_rightly_is_none(ratio):
    assert scan(delivery(ratio, ratio), staging.KNOWN.empty_table()) == []


def test_the_split_is_rejected_and_the_bar_of_its_ex_date_is_compared_without_it():
    tables = staging.tables(
        delivery(4.0, 0.25), {"AAA": "XNYS"}, {"XNYS": DAYS}, staging.KNOWN.empty_table(), repair=True
    )
    assert tables["actions"]["fault"].to_pylist() == [None, "split_inverse"]
    assert tables["bars"]["reference_close"][EX].as_py() == pytest.approx(404.0 - 0.5)
    assert tables["repairs"].num_rows == 0
