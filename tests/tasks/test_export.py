"""Exports: exactly what was known, in order, adjusted by the one place that adjusts, never half a file."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from quant.errors import InputError
from tasks.data import export as exporting
from tests.warehouse.deliveries import action, bar, deliver

DAYS = [date(2015, 8, day) for day in (20, 21, 24)]
TOLD = datetime(2015, 8, 24, 22, 30, tzinfo=UTC)
LATER = TOLD + timedelta(days=1)
COLUMNS = ["symbol", "session", "open", "high", "low", "close", "volume"]


@pytest.fixture
def warehouse(desk):
    """SPY splits 2:1 on the second day and pays 1.00 on the third; AGG has one bar with only a close."""
    desk.home.mkdir(parents=True)
    warehouse = desk.context().warehouse
    bars = [
        bar(100.0, session=DAYS[0], high=110.0, low=90.0),
        bar(50.0, session=DAYS[1], volume=2000.0),
        bar(49.0, session=DAYS[2], volume=2000.0),
        bar(7.0, "AGG", DAYS[0], open=None, high=None, low=None, volume=None),
    ]
    actions = [action(2.0, "split", ex_date=DAYS[1]), action(1.0, ex_date=DAYS[2])]
    deliver(warehouse, bars, now=TOLD, actions=actions, source="files:/one")
    restated = bar(51.0, session=DAYS[1], volume=2000.0)
    deliver(warehouse, [restated], batch_id="two", now=LATER, source="files:/one")
    return warehouse


def export(desk, instant=TOLD, name="then.parquet", *, adjusted=False, source=None):
    context = desk.at(LATER + timedelta(days=1)).context()
    return exporting.export(context, instant, desk.folder / name, adjusted=adjusted, source=source)


def test_as_traded_in_order(desk, warehouse):
    done = export(desk)
    assert (done.rows, done.symbols, done.sources) == (4, 2, ("files:/one",))
    table = pq.read_table(done.out)
    assert table.column_names == COLUMNS
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        ("AGG", DAYS[0], None, None, None, 7.0, None),
        ("SPY", DAYS[0], 100.0, 110.0, 90.0, 100.0, 1000.0),
        ("SPY", DAYS[1], 50.0, 50.0, 50.0, 50.0, 2000.0),
        ("SPY", DAYS[2], 49.0, 49.0, 49.0, 49.0, 2000.0),
    ]


def test_adjusted_for_split_and_distribution(desk, warehouse):
    # A dividend of 1 on a close of 50 leaves 0.98 of what came before; a 2:1 split halves it.
    rows = pq.read_table(export(desk, adjusted=True).out).to_pylist()
    assert [row["symbol"] for row in rows] == ["AGG", "SPY", "SPY", "SPY"]
    expected = [
        (None, None, None, 7.0, None),
        (49.0, 53.9, 44.1, 49.0, 2000.0),
        (49.0, 49.0, 49.0, 49.0, 2000.0),
        (49.0, 49.0, 49.0, 49.0, 2000.0),
    ]
    for row, numbers in zip(rows, expected, strict=True):
        for name, number in zip(COLUMNS[2:], numbers, strict=True):
            assert row[name] == (number if number is None else pytest.approx(number, rel=1e-12)), row


def test_later_knowledge_is_not_in_it(desk, warehouse):
    def close(instant, name):
        rows = pq.read_table(export(desk, instant, name).out).to_pylist()
        return [row["close"] for row in rows if row["session"] == DAYS[1]]

    assert close(LATER - timedelta(microseconds=1), "before.parquet") == [50.0]
    assert close(LATER, "after.parquet") == [51.0]


def test_csv_and_parquet_say_the_same(desk, warehouse):
    csv = pyarrow.csv.read_csv(export(desk, name="then.csv").out)
    assert csv.cast(pq.read_schema(export(desk).out)).equals(pq.read_table(desk.folder / "then.parquet"))


@pytest.mark.parametrize("adjusted", [False, True])
def test_many_symbols_are_read_in_parts(desk, monkeypatch, adjusted):
    desk.home.mkdir(parents=True)
    names = [f"S{number:02d}" for number in range(9)]
    for source, part in (("files:/one", names[::2]), ("files:/two", names[1::2])):
        bars = [bar(10.0, name, DAYS[0]) for name in part]
        deliver(desk.context().warehouse, bars, batch_id=source[-3:], now=TOLD, source=source)
    monkeypatch.setitem(exporting.SYMBOLS, "1d", 4)
    done = export(desk, LATER, adjusted=adjusted)
    assert done.sources == ("files:/one", "files:/two")
    assert pq.read_table(done.out)["symbol"].to_pylist() == names


def test_a_symbol_of_several_sources_needs_one_named(desk, warehouse):
    deliver(warehouse, [bar(98.0, session=DAYS[0])], batch_id="three", now=LATER, source="yfinance")
    with pytest.raises(InputError, match="SPY has data of files:/one and yfinance: name one"):
        export(desk, LATER + timedelta(hours=1))
    done = export(desk, LATER + timedelta(hours=1), source="yfinance")
    assert pq.read_table(done.out)["close"].to_pylist() == [98.0]


def test_before_anything_was_known(desk, warehouse):
    with pytest.raises(InputError, match=r"nothing was known at 2015.*files:/one since 2015-08-24T22:30"):
        export(desk, TOLD - timedelta(seconds=1))
    assert not (desk.folder / "then.parquet").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("then.xlsx", "neither in .parquet nor in .csv"),
        ("nowhere/then.csv", "there is no folder"),
        ("folder.csv", "is a folder"),
    ],
)
def test_where_it_cannot_be_written(desk, warehouse, name, said):
    (desk.folder / "folder.csv").mkdir()
    with pytest.raises(InputError, match=said):
        export(desk, name=name)


def test_an_earlier_export_is_replaced_and_only_by_a_whole_one(desk, warehouse):
    out = export(desk, name="then.csv").out
    then = out.read_bytes()
    with pytest.raises(InputError, match="nothing was known"):
        export(desk, TOLD - timedelta(seconds=1), name="then.csv")
    assert out.read_bytes() == then
    export(desk, LATER, name="then.csv")
    assert out.read_bytes() != then


def test_an_instant_that_has_not_been(desk, warehouse):
    with pytest.raises(InputError, match="in the future"):
        export(desk, LATER + timedelta(days=2))


def test_nothing_is_left_when_it_fails_half_way(desk, warehouse, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "_bars", full)
    with pytest.raises(InputError, match=r"cannot be written .No space left on device"):
        export(desk)
    assert sorted(path.name for path in desk.folder.iterdir()) == ["home"]


def test_what_is_exported_can_be_loaded(desk, warehouse):
    from tasks.sources import Request
    from tasks.sources.files import fetch

    again = fetch(Request(("SPY",), None, DAYS[-1], str(export(desk, name="then.csv").out)))
    assert again.bars.to_pylist() == pq.read_table(export(desk).out).to_pylist()[1:]
    assert isinstance(again.bars, pa.Table)
