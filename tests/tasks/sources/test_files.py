"""People's own files: every kind that is read gives the same rows, every wrong one is one clear sentence."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from quant.errors import InputError
from tasks.sources import Request
from tasks.sources.files import begins, fetch

END = date(2024, 12, 31)
HEADER = "symbol,session,open,high,low,close,volume"
ROWS = f"""{HEADER}
SPY,2024-01-02,10,11,9,10.5,100
SPY,2024-01-03,10.5,12,10,11,200
AGG,2024-01-03,50,51,49,50,300
"""


def ask(path, *symbols, start=None, end=END):
    return Request(symbols or ("SPY", "AGG"), start, end, str(path))


def write(folder, text, name="bars.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def parquet(folder, text, **types):
    """The same text as a Parquet file with real types."""
    header, *lines = [line.split(",") for line in text.split()]
    columns = dict(zip(header, zip(*lines, strict=True), strict=True))
    kinds = {"symbol": pa.string(), "session": pa.date32()} | types
    arrays = {name: pa.array(cells).cast(kinds.get(name, pa.float64())) for name, cells in columns.items()}
    pq.write_table(pa.table(arrays), folder / "bars.parquet")
    return folder / "bars.parquet"


def actions(delivery):
    return [
        (one["symbol"], one["ex_date"], one["kind"], one["value"], one["derived"])
        for one in delivery.actions.to_pylist()
    ]


def test_csv_parquet_and_a_folder_give_the_same(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for symbol in ("SPY", "AGG"):
        lines = [line.partition(",")[2] for line in ROWS.split() if line.startswith((symbol, "symbol"))]
        write(folder, "\n".join(lines), f"{symbol}.CSV")
    write(folder, "whatever,it,is\n1,2,3\n", "OTHER.csv")  # nobody asked for it
    expected = fetch(ask(write(tmp_path, ROWS))).bars
    assert expected.to_pylist()[0] == {
        "symbol": "SPY",
        "session": date(2024, 1, 2),
        "open": 10.0,
        "high": 11.0,
        "low": 9.0,
        "close": 10.5,
        "volume": 100.0,
    }
    assert expected.num_rows == 3
    assert fetch(ask(parquet(tmp_path, ROWS))).bars == expected
    assert fetch(ask(folder)).bars == expected


def test_one_csv_file_may_be_named_for_its_symbol(tmp_path):
    text = "Date,Open,High,Low,Close,Volume\n2024-01-02,1,1,1,1,5\n"
    assert fetch(ask(write(tmp_path, text, "SPY.csv"), "SPY")).bars["symbol"].to_pylist() == ["SPY"]


@pytest.mark.parametrize(
    "header",
    [
        "Symbol,Date,Open,High,Low,Close,Volume",
        " SYMBOL ,session,open,HIGH,Low,close,volume",
        "symbol,DATE,open,high,low,close,volume",
    ],
)
def test_case_and_spaces_of_column_names_do_not_matter(tmp_path, header):
    assert fetch(ask(write(tmp_path, ROWS.replace(HEADER, header)))).bars.num_rows == 3


def test_order_and_extra_columns_do_not_matter(tmp_path):
    text = "note,close,volume,low,high,open,session,symbol,date\nx,10.5,100,9,11,10,2024-01-02,SPY,never\n"
    delivery = fetch(ask(write(tmp_path, text), "SPY"))
    assert delivery.bars["high"].to_pylist() == [11.0]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("2024-01-02", pa.date32()),
        ("2024-01-02", pa.date64()),
        ("2024-01-02T23:00:00", pa.timestamp("us")),
        ("2024-01-02 00:00:00-05:00", pa.string()),
        ("2024-01-02 16:00", pa.large_string()),
        ("2024-01-02", pa.dictionary(pa.int32(), pa.string())),
    ],
)
def test_a_time_of_day_is_cut_off(tmp_path, cell, kind):
    table = pa.table({"symbol": ["SPY"], "session": pa.array([cell]).cast(kind)})
    for name in ("open", "high", "low", "close", "volume"):
        table = table.append_column(name, pa.array([1.0]))
    pq.write_table(table, tmp_path / "bars.parquet")
    assert fetch(ask(tmp_path / "bars.parquet", "SPY")).bars["session"].to_pylist() == [date(2024, 1, 2)]


def test_missing_numbers_are_null(tmp_path):
    delivery = fetch(ask(write(tmp_path, ROWS.replace("10,11,9,10.5,100", ",NaN, ,10.5,")), "SPY"))
    first = delivery.bars.to_pylist()[0]
    assert [first[name] for name in ("open", "high", "low", "volume")] == [None] * 4
    path = parquet(tmp_path, ROWS.replace("10,11,9,10.5,100", "nan,nan,nan,10.5,100"))
    assert fetch(ask(path, "SPY")).bars["open"].null_count == 1


def test_only_what_was_asked_for(tmp_path):
    path = write(tmp_path, ROWS)
    delivery = fetch(ask(path, "SPY", "NOPE", start=date(2024, 1, 3), end=date(2024, 1, 3)))
    assert delivery.bars["close"].to_pylist() == [11.0]
    assert [(error.symbol, error.kind) for error in delivery.errors] == [("NOPE", "empty")]
    later = fetch(ask(path, "SPY", start=date(2024, 2, 1)))
    assert "2024-01-02 to 2024-01-03" in later.errors[0].error


def test_where_it_begins(tmp_path):
    for path in (write(tmp_path, ROWS), parquet(tmp_path, ROWS)):
        assert begins(ask(path)) == date(2024, 1, 2)
        assert begins(ask(path, "AGG")) == date(2024, 1, 3)
        assert begins(ask(path, "NOPE")) is None


def test_repeated_rows_are_delivered_for_the_checks_to_reject(tmp_path):
    text = (
        ROWS.replace("volume", "volume,adj_close").replace("00\n", "00,10\n")
        + "SPY,2024-01-03,9,9,9,9,9,10\n"
    )
    delivery = fetch(ask(write(tmp_path, text)))
    assert delivery.bars["session"].to_pylist().count(date(2024, 1, 3)) == 3
    assert delivery.adjusted.num_rows == 4


PAID = """symbol,session,open,high,low,close,volume,dividend,split
SPY,2024-01-02,8,8,8,8,1,,
SPY,2024-01-03,8,8,8,8,1,0.25,1
SPY,2024-01-04,4,4,4,4,1,0,2
"""


def test_dividends_and_splits_of_the_file(tmp_path):
    delivery = fetch(ask(write(tmp_path, PAID), "SPY"))
    assert actions(delivery) == [
        ("SPY", date(2024, 1, 4), "split", 2.0, False),
        ("SPY", date(2024, 1, 3), "dividend", 0.25, False),
    ]
    assert delivery.returns == "total"


def test_dividends_are_derived_from_adjusted_closes(tmp_path):
    # 1.00 on a close of 100: what came before is worth 0.99 of itself. Then 0.50 on 50 after a 2:1 split.
    text = (
        "symbol,session,open,high,low,close,volume,split,Adj Close\n"
        "SPY,2024-01-02,100,100,100,100,1,,49.005\n"
        "SPY,2024-01-03,100,100,100,100,1,,49.5\n"
        "SPY,2024-01-04,50,50,50,50,1,2,49.5\n"
        "SPY,2024-01-05,49,49,49,49,1,,49\n"
    )
    path = write(tmp_path, text)
    delivery = fetch(ask(path, "SPY"))
    dividends = [one for one in actions(delivery) if one[2] == "dividend"]
    assert [one[1] for one in dividends] == [date(2024, 1, 3), date(2024, 1, 5)]
    assert [one[3] for one in dividends] == pytest.approx([1.0, 0.5])
    assert all(one[4] for one in dividends)
    assert delivery.returns == "total"
    assert delivery.adjusted["adj_close"].to_pylist() == [49.005, 49.5, 49.5, 49.0]
    late = fetch(ask(path, "SPY", start=date(2024, 1, 5)))  # the close before it isn't asked for, but known
    assert [one[3] for one in actions(late)] == pytest.approx([0.5])


def test_without_distributions_returns_are_price_returns(tmp_path):
    assert fetch(ask(write(tmp_path, ROWS))).returns == "price"


def test_the_digest_is_that_of_the_bytes(tmp_path):
    path = write(tmp_path, ROWS)
    first, second = fetch(ask(path)).digest, fetch(ask(path)).digest
    write(tmp_path, ROWS.replace("10.5", "10.6"))
    assert first == second != fetch(ask(path)).digest


REFUSED = {
    "absent": ("none.csv", None, ["does not exist", "give a .parquet file"]),
    "empty": ("bars.csv", "", ["is empty", "required are symbol"]),
    "empty parquet": ("bars.parquet", "", ["is empty"]),
    "text named parquet": ("bars.parquet", ROWS, ["is not a Parquet file"]),
    "binary named csv": ("bars.csv", "PAR1\0\0\x15\x04", ["is not a CSV", "binary"]),
    "other kind": ("bars.xlsx", ROWS, ["neither .parquet nor .csv"]),
    "no column": ("bars.csv", ROWS.replace("close", "last"), ["lacks the column close", "required are"]),
    "no session": ("bars.csv", ROWS.replace("session", "day"), ["lacks the column session"]),
    "no symbol": ("bars.csv", ROWS.replace("symbol", "name"), ["lacks the column symbol"]),
    "twice": ("bars.csv", ROWS.replace("open", "Close"), ["two columns for close", "'Close' and 'close'"]),
    "date": (
        "bars.csv",
        ROWS.replace("2024-01-03,10.5", "03/01/2024,10.5"),
        ["row 2", "'session'", "'03/01/2024'"],
    ),
    "no such day": ("bars.csv", ROWS.replace("2024-01-03,50", "2024-02-30,50"), ["row 3", "'2024-02-30'"]),
    "no day": ("bars.csv", ROWS.replace("2024-01-03,50", ",50"), ["row 3", "'session'"]),
    "word": (
        "bars.csv",
        ROWS.replace(",11,200", ",eleven,200"),
        ["row 2", "'close'", "'eleven'", "a number"],
    ),
    "comma": ("bars.csv", ROWS.replace(",200", ',"1,200"'), ["row 2", "'volume'", "'1,200'"]),
    "ragged": ("bars.csv", ROWS + "SPY,2024-01-04\n", ["cannot be read", "Expected 7 columns"]),
}


@pytest.mark.parametrize(("name", "text", "parts"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("call", [begins, fetch])
def test_a_wrong_file_is_refused_before_anything_is_written(tmp_path, call, name, text, parts):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError) as refusal:
        call(ask(path))
    for part in [str(path), *parts]:
        assert part in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_text_in_parquet_is_a_number_or_refused(tmp_path):
    assert fetch(ask(parquet(tmp_path, ROWS, close=pa.string()))).bars["close"].to_pylist() == [
        10.5,
        11.0,
        50.0,
    ]
    path = parquet(tmp_path, ROWS.replace("10.5,100", "x,100"), close=pa.string())
    for call in (begins, fetch):
        with pytest.raises(InputError, match="column 'close': 'x' is not a number"):
            call(ask(path))


def test_an_integer_is_no_date(tmp_path):
    path = parquet(tmp_path, ROWS.replace("-", ""), session=pa.int64())
    with pytest.raises(InputError, match="20240102 is not a date"):
        begins(ask(path))


def test_a_folder_without_csv_files_or_with_unlike_ones(tmp_path):
    with pytest.raises(InputError, match=r"holds no \.csv file"):
        begins(ask(tmp_path))
    write(tmp_path, ROWS, "a.csv")
    write(tmp_path, PAID, "b.csv")
    with pytest.raises(InputError, match="different columns"):
        begins(ask(tmp_path))


def test_real_fund_bars_as_they_stand_in_the_file(shared_data):
    """SPY's published closes, and its distributions of 2015 as the issuer paid them."""
    request = ask(shared_data / "etf_daily.parquet", "SPY", "BIL", end=date(2015, 12, 31))
    delivery = fetch(request)
    assert delivery.errors == ()
    closes = dict(zip(delivery.bars["session"].to_pylist(), delivery.bars["close"].to_pylist(), strict=True))
    assert begins(request) == date(1993, 1, 29)
    spy = [bar for bar in delivery.bars.to_pylist() if bar["symbol"] == "SPY"]
    closes = {bar["session"]: bar["close"] for bar in spy}
    assert closes[date(2015, 8, 24)] == pytest.approx(189.50, abs=0.005)
    assert closes[date(2010, 5, 6)] == pytest.approx(112.94, abs=0.005)
    paid = [one for one in actions(delivery) if one[0] == "SPY" and one[1].year == 2015]
    assert [one[1] for one in paid] == [
        date(2015, 3, 20),
        date(2015, 6, 19),
        date(2015, 9, 18),
        date(2015, 12, 18),
    ]
    np.testing.assert_allclose([one[3] for one in paid], [0.931, 1.030, 1.033, 1.212], atol=0.002)


def test_the_wrong_cell_is_the_first_of_many(tmp_path):
    lines = [f"SPY,2024-01-02,1,1,1,{'x' if row in {7_001, 9_000} else 1},1" for row in range(1, 10_001)]
    with pytest.raises(InputError, match="row 7001, column 'close': 'x'"):
        begins(ask(write(tmp_path, "\n".join([HEADER, *lines]))))


@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
def test_a_file_without_a_row_is_refused(tmp_path, name):
    if name.endswith(".csv"):
        (tmp_path / name).write_text("symbol,session,open,high,low,close,volume\n")
    else:
        empty = {column: pa.array([], pa.string()) for column in ("symbol", "session")}
        numbers = {
            column: pa.array([], pa.float64()) for column in ("open", "high", "low", "close", "volume")
        }
        pq.write_table(pa.table(empty | numbers), tmp_path / name)
    with pytest.raises(InputError, match="not one row"):
        fetch(ask(tmp_path / name))


def test_a_parquet_file_of_other_symbols_only_is_read(tmp_path):
    rows = {"symbol": ["XYZ"], "session": ["2024-01-02"]}
    numbers = dict.fromkeys(("open", "high", "low", "close", "volume"), pa.array([1.0]))
    pq.write_table(pa.table(rows | numbers), tmp_path / "bars.parquet")
    assert [error.kind for error in fetch(ask(tmp_path / "bars.parquet")).errors] == ["empty", "empty"]


def test_a_folder_may_mix_files_with_and_without_a_symbol_column(tmp_path):
    (tmp_path / "SPY.csv").write_text("date,open,high,low,close,volume\n2024-01-02,1,1,1,1,1\n")
    (tmp_path / "all.csv").write_text("symbol,close,open,high,low,volume,date\nSPY,2,2,2,2,2,2024-01-03\n")
    assert fetch(ask(tmp_path)).bars["close"].to_pylist() == [1.0, 2.0]


def test_a_row_that_stands_twice_with_the_same_values_is_one(tmp_path):
    same = "SPY,2024-01-03,10.5,12,10,11,200\n"
    once = fetch(ask(write(tmp_path, ROWS))).bars
    assert fetch(ask(write(tmp_path, ROWS + same + same))).bars.equals(once)
    without_volume = ROWS.replace(",200\n", ",\n") + same.replace(",200\n", ",\n")
    assert fetch(ask(write(tmp_path, without_volume))).bars.num_rows == once.num_rows


@pytest.mark.parametrize("other", ["SPY,2024-01-03,10.5,12,10,11,\n", "SPY,2024-01-03,10.5,12,10,11.5,200\n"])
def test_rows_of_one_session_with_different_values_all_come(tmp_path, other):
    assert fetch(ask(write(tmp_path, ROWS + other))).bars.num_rows == 4
